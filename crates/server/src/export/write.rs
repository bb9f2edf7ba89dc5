//! From rows to the bytes of a file: CSV (RFC 4180), NDJSON, Parquet.

use super::cell::{Cell, Kind, Row};
use super::columns::Column;
use crate::api::spreadsheet::harmless;
use crate::api::wire::time;
use crate::error::{ApiError, ApiResult};
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parking_lot::Mutex;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

/// Rows of a Parquet row group.
const ROW_GROUP: usize = 65_536;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// By its word; CSV where none is said.
    pub fn asked(word: Option<&str>) -> ApiResult<Self> {
        match word.unwrap_or("csv") {
            "csv" => Ok(Self::Csv),
            "ndjson" => Ok(Self::Ndjson),
            "parquet" => Ok(Self::Parquet),
            other => {
                let message = format!("\"{other}\" is not a format; there are csv, ndjson and parquet");
                Err(ApiError::field("/format", message))
            }
        }
    }

    /// The word for programs, which is also the end of a file's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }

    /// Media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// Bytes that were written and not taken yet. The Parquet writer keeps its sink to itself; this is the other end.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes one file.
pub struct Writer {
    columns: Vec<Column>,
    sink: Sink,
    kind: Form,
}

enum Form {
    Csv(Box<csv::Writer<Sink>>),
    Ndjson(Vec<u8>),
    Parquet(Arc<Schema>, Box<ArrowWriter<Sink>>),
}

impl Writer {
    /// Begins a file.
    pub fn new(format: Format, columns: Vec<Column>, bom: bool) -> anyhow::Result<Self> {
        let mut sink = Sink::default();
        let kind = match format {
            Format::Csv => {
                if bom {
                    sink.write_all("\u{feff}".as_bytes())?;
                }
                let mut writer =
                    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(sink.clone());
                writer.write_record(columns.iter().map(|column| harmless(&column.name).into_owned()))?;
                Form::Csv(Box::new(writer))
            }
            Format::Ndjson => Form::Ndjson(Vec::new()),
            Format::Parquet => {
                let field = |column: &Column| Field::new(&*column.name, data_type(column.kind), true);
                let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
                    .set_max_row_group_row_count(Some(ROW_GROUP))
                    .build();
                let writer = ArrowWriter::try_new(sink.clone(), schema.clone(), Some(properties))?;
                Form::Parquet(schema, Box::new(writer))
            }
        };
        Ok(Self { columns, sink, kind })
    }

    /// Writes rows, each with a cell a column.
    pub fn write(&mut self, rows: &[Row]) -> anyhow::Result<()> {
        match &mut self.kind {
            Form::Csv(writer) => {
                for row in rows {
                    for cell in row {
                        writer.write_field(&*csv_cell(cell))?;
                    }
                    writer.write_record(None::<&[u8]>)?;
                }
                writer.flush()?;
            }
            Form::Ndjson(line) => {
                for row in rows {
                    line.clear();
                    json_line(line, &self.columns, row)?;
                    self.sink.write_all(line)?;
                }
            }
            Form::Parquet(schema, writer) if !rows.is_empty() => {
                let arrays =
                    self.columns.iter().enumerate().map(|(place, column)| array(rows, place, column));
                writer.write(&RecordBatch::try_new(schema.clone(), arrays.collect())?)?;
            }
            Form::Parquet(..) => {}
        }
        Ok(())
    }

    /// The bytes written since they were last taken.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut *self.sink.0.lock())
    }

    /// Ends the file; its last bytes.
    pub fn finish(mut self) -> anyhow::Result<Vec<u8>> {
        match &mut self.kind {
            Form::Csv(writer) => writer.flush()?,
            Form::Ndjson(_) => {}
            Form::Parquet(_, writer) => drop(writer.finish()?),
        }
        Ok(self.take())
    }
}

fn csv_cell(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Nothing => Cow::Borrowed(""),
        Cell::Text(text) => harmless(text),
        Cell::Integer(number) => Cow::Owned(number.to_string()),
        Cell::Decimal(number) => Cow::Owned(number.to_string()),
        Cell::Flag(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        Cell::Time(at) => Cow::Owned(time(*at)),
    }
}

/// One object with every column, and the end of the line.
fn json_line(line: &mut Vec<u8>, columns: &[Column], row: &[Cell]) -> anyhow::Result<()> {
    let mut separator = b'{';
    for (column, cell) in columns.iter().zip(row) {
        line.push(separator);
        separator = b',';
        serde_json::to_writer(&mut *line, &*column.name)?;
        line.push(b':');
        match cell {
            Cell::Nothing => line.extend_from_slice(b"null"),
            Cell::Text(text) => serde_json::to_writer(&mut *line, text)?,
            Cell::Integer(number) => write!(line, "{number}")?,
            Cell::Decimal(number) => serde_json::to_writer(&mut *line, number)?,
            Cell::Flag(flag) => write!(line, "{flag}")?,
            Cell::Time(at) => serde_json::to_writer(&mut *line, &time(*at))?,
        }
    }
    if columns.is_empty() {
        line.push(b'{');
    }
    line.extend_from_slice(b"}\n");
    Ok(())
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Integer => DataType::Int64,
        Kind::Decimal => DataType::Float64,
        Kind::Flag => DataType::Boolean,
        Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
    }
}

/// The cells of one column. A cell of another kind than its column's is nothing.
fn array(rows: &[Row], place: usize, column: &Column) -> ArrayRef {
    let cells = rows.iter().map(|row| row.get(place).unwrap_or(&Cell::Nothing));
    match column.kind {
        Kind::Text => Arc::new(StringArray::from_iter(cells.map(|cell| match cell {
            Cell::Text(text) => Some(text.as_str()),
            _ => None,
        }))),
        Kind::Integer => Arc::new(Int64Array::from_iter(cells.map(|cell| match cell {
            Cell::Integer(number) => Some(*number),
            _ => None,
        }))),
        Kind::Decimal => Arc::new(Float64Array::from_iter(cells.map(|cell| match cell {
            Cell::Decimal(number) => Some(*number),
            _ => None,
        }))),
        Kind::Flag => Arc::new(BooleanArray::from_iter(cells.map(|cell| match cell {
            Cell::Flag(flag) => Some(*flag),
            _ => None,
        }))),
        Kind::Time => {
            let times = TimestampMillisecondArray::from_iter(cells.map(|cell| match cell {
                Cell::Time(at) => Some(at.0),
                _ => None,
            }));
            Arc::new(times.with_timezone("UTC"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Millis;

    fn written(format: Format, bom: bool, rows: &[Row]) -> Vec<u8> {
        let column = |name: &'static str, kind| Column { name: name.into(), kind, usual: true };
        let columns = vec![column("who", Kind::Text), column("n", Kind::Integer), column("at", Kind::Time)];
        let mut writer = Writer::new(format, columns, bom).unwrap();
        writer.write(rows).unwrap();
        let mut bytes = writer.take();
        bytes.extend(writer.finish().unwrap());
        bytes
    }

    #[test]
    fn csv_quotes_what_must_be_and_defuses_formulas_but_no_numbers() {
        let rows = [
            vec![Cell::text("=cmd|' /C calc'!A0"), Cell::Integer(-5), Cell::Time(Millis(0))],
            vec![Cell::text("a \"b\",\nc"), Cell::Nothing, Cell::Nothing],
        ];
        let text = String::from_utf8(written(Format::Csv, true, &rows)).unwrap();
        let expected =
            "\u{feff}who,n,at\r\n'=cmd|' /C calc'!A0,-5,1970-01-01T00:00:00Z\r\n\"a \"\"b\"\",\nc\",,\r\n";
        assert_eq!(text, expected);
        assert_eq!(written(Format::Csv, false, &[]), b"who,n,at\r\n");
    }

    #[test]
    fn each_line_of_ndjson_has_every_column() {
        let rows = [vec![Cell::text("ü\n"), Cell::Nothing, Cell::Time(Millis(1))]];
        let text = String::from_utf8(written(Format::Ndjson, false, &rows)).unwrap();
        assert_eq!(text, "{\"who\":\"ü\\n\",\"n\":null,\"at\":\"1970-01-01T00:00:00.001Z\"}\n");
    }
}
