//! Tables as text: comma, semicolon or tab between the cells, with or without a byte order mark.

use super::{MAX_ROWS, Source, Table};

/// Reads a table. The error is a sentence.
pub fn read(text: &str, source: Option<Source>) -> Result<Table, String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let heads = reader.headers().map_err(|_| "the first row cannot be read".to_owned())?;
    let names: Vec<String> = heads.iter().map(str::to_owned).collect();
    let source = source.unwrap_or_else(|| Source::of_names(names.iter().map(String::as_str)));
    let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
    // The reader's own count of lines stands before what it skips: empty lines, and the second half of an end of line.
    let (mut line, mut counted) = (1, 0);
    for record in reader.records() {
        let record = record.map_err(|why| {
            let line = why.position().map_or(0, csv::Position::line);
            format!("line {line} cannot be read: look at its quotation marks")
        })?;
        let begin = record.position().map_or(counted, |place| place.byte() as usize);
        let skipped =
            text.as_bytes()[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line +=
            text.as_bytes()[counted..begin + skipped].iter().filter(|byte| **byte == b'\n').count() as u64;
        counted = begin + skipped;
        if record.iter().skip(names.len()).any(|cell| !cell.is_empty()) {
            return Err(format!(
                "line {line} has {} cells, and there are {} columns; put quotation marks around a cell with a {} in it",
                record.len(),
                names.len(),
                sign_name(delimiter(text)),
            ));
        }
        let cell = |place: usize| record.get(place).unwrap_or_default().to_owned();
        let cells: Vec<String> = (0..names.len()).map(cell).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if rows.len() == MAX_ROWS {
            return Err(format!("at most {MAX_ROWS} links at a time; cut the file into parts"));
        }
        rows.push((line, cells));
    }
    if let Some(line) = open_quote(text, delimiter(text)) {
        return Err(format!("a quotation mark in line {line} is not closed"));
    }
    Table::make(source, &names, rows.into_iter())
}

/// The line of a cell whose quotation mark is never closed.
fn open_quote(text: &str, delimiter: u8) -> Option<u64> {
    let (mut line, mut opened, mut begins) = (1, None, true);
    for byte in text.bytes() {
        match byte {
            b'"' if opened.is_some() => opened = None,
            b'"' if begins => opened = Some(line),
            _ => {}
        }
        // Two of them within a cell are one of its text: closed and opened again.
        begins = byte == delimiter || byte == b'\n' || byte == b'"' || begins && byte == b' ';
        line += u64::from(byte == b'\n');
    }
    opened
}

fn sign_name(delimiter: u8) -> &'static str {
    match delimiter {
        b';' => "semicolon",
        b'\t' => "tab",
        _ => "comma",
    }
}

/// What stands between the cells of the first row, outside of quotation marks.
fn delimiter(text: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b';', 0), (b'\t', 0), (b',', 0)];
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(sign, _)| *sign == byte).for_each(|(_, count)| *count += 1),
        }
    }
    // Where none is there, the comma: the last of those that are as many.
    counts.iter().max_by_key(|(_, count)| *count).map_or(b',', |(sign, _)| *sign)
}
