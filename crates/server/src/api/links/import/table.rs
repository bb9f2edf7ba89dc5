//! A table of links as people have it: CSV of whatever program, with whatever names its columns have.

use crate::error::{ApiError, ApiResult};
use model::slug::fold;

/// Rows of a table, at most.
pub const MAX_ROWS: usize = 10_000;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// Where the link leads.
    Destination,
    /// What people call it.
    Name,
    /// Its slug.
    Slug,
    /// The domain under which it answers.
    Domain,
    /// Names of tags.
    Tags,
    /// The path of the folder it lies in.
    Folder,
    /// What it is for.
    Purpose,
    /// Its owner's notes.
    Notes,
    /// The last day on which it leads to its destination.
    Expires,
    /// A key of its metadata.
    Metadata(String),
    /// Nothing of a link.
    Unknown,
}

impl Column {
    /// The word for programs.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Destination => "destination",
            Self::Name => "name",
            Self::Slug => "shortlink",
            Self::Domain => "domain",
            Self::Tags => "tags",
            Self::Folder => "folder",
            Self::Purpose => "purpose",
            Self::Notes => "notes",
            Self::Expires => "expiresAt",
            Self::Metadata(_) => "metadata",
            Self::Unknown => "ignored",
        }
    }

    /// The column of a name, as other programs and people write it.
    fn named(name: &str) -> Self {
        let name = name.trim();
        for prefix in ["metadata", "meta"] {
            let rest = name
                .get(prefix.len()..)
                .filter(|_| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)));
            let key = rest.and_then(|rest| rest.strip_prefix(['.', ':', '_', ' ', '[']));
            if let Some(key) = key.map(|key| key.trim_end_matches(']').trim()).filter(|key| !key.is_empty()) {
                return Self::Metadata(key.to_owned());
            }
        }
        let plain: String = fold(name).chars().filter(|c| c.is_alphanumeric()).collect();
        match plain.as_str() {
            "destination" | "destinationurl" | "url" | "longurl" | "longlink" | "target" | "targeturl"
            | "originalurl" | "original" | "redirect" | "redirecturl" | "website" | "ziel" | "zielurl"
            | "adresse" | "destino" => Self::Destination,
            "name" | "title" | "linkname" | "titel" | "bezeichnung" | "nom" | "nombre" => Self::Name,
            "slug" | "shortlink" | "shortcode" | "short" | "shorturl" | "backhalf" | "alias" | "keyword"
            | "path" | "code" | "customslug" | "kürzel" => Self::Slug,
            "domain" | "customdomain" | "host" | "shortdomain" => Self::Domain,
            "tags" | "tag" | "labels" | "label" | "categories" | "category" | "schlagworte" => Self::Tags,
            "folder" | "folders" | "directory" | "group" | "ordner" | "dossier" | "carpeta" => Self::Folder,
            "purpose" | "description" | "zweck" | "beschreibung" => Self::Purpose,
            "notes" | "note" | "comment" | "comments" | "xnotes" | "notizen" => Self::Notes,
            "expires" | "expiresat" | "expiry" | "expirydate" | "expirationdate" | "validuntil" | "ends"
            | "enddate" => Self::Expires,
            _ => Self::Unknown,
        }
    }
}

/// A row: where it begins in the file, and its cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Line of the file, counted from 1.
    pub line: u64,
    /// Cells, trimmed, one a column; empty where the row is shorter.
    pub cells: Vec<String>,
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Columns, by the names they have in the file.
    pub columns: Vec<(String, Column)>,
    /// Rows that are not empty.
    pub rows: Vec<Row>,
}

impl Table {
    /// Reads a file: comma, semicolon or tab between the cells, with or without a byte order mark.
    pub fn read(text: &str) -> ApiResult<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let wrong = |why: String| ApiError::field("/csv", why);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(text))
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let heads = reader.headers().map_err(|_| wrong("the first row cannot be read".to_owned()))?;
        let mut columns: Vec<(String, Column)> =
            heads.iter().map(|name| (name.to_owned(), Column::named(name))).collect();
        // What says the same twice is believed once.
        for place in 1..columns.len() {
            let (before, here) = columns.split_at_mut(place);
            if here[0].1 != Column::Unknown && before.iter().any(|(_, column)| *column == here[0].1) {
                here[0].1 = Column::Unknown;
            }
        }
        if !columns.iter().any(|(_, column)| *column == Column::Destination) {
            let named: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            return Err(wrong(format!(
                "the first row names the columns, and one of them must be \"destination\" (or \"url\"); {}",
                if named.is_empty() {
                    "this file is empty".to_owned()
                } else {
                    format!("these are: {}", named.join(", "))
                }
            )));
        }
        let mut rows = Vec::new();
        // The reader's own count of lines stands before what it skips: empty lines, and the second half of an end of line.
        let (mut line, mut counted) = (1, 0);
        for record in reader.records() {
            let record = record.map_err(|why| {
                let line = why.position().map_or(0, csv::Position::line);
                wrong(format!("line {line} cannot be read: look at its quotation marks"))
            })?;
            let begin = record.position().map_or(counted, |place| place.byte() as usize);
            let skipped =
                text.as_bytes()[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            line += text.as_bytes()[counted..begin + skipped].iter().filter(|byte| **byte == b'\n').count()
                as u64;
            counted = begin + skipped;
            if record.iter().skip(columns.len()).any(|cell| !cell.is_empty()) {
                return Err(wrong(format!(
                    "line {line} has {} cells, and there are {} columns; put quotation marks around a cell with a {} in it",
                    record.len(),
                    columns.len(),
                    sign_name(delimiter(text)),
                )));
            }
            let cell = |place: usize| record.get(place).unwrap_or_default().to_owned();
            let cells: Vec<String> = (0..columns.len()).map(cell).collect();
            if cells.iter().all(String::is_empty) {
                continue;
            }
            if rows.len() == MAX_ROWS {
                return Err(wrong(format!("at most {MAX_ROWS} links at a time; cut the file into parts")));
            }
            rows.push(Row { line, cells });
        }
        if let Some(line) = open_quote(text, delimiter(text)) {
            return Err(wrong(format!("a quotation mark in line {line} is not closed")));
        }
        if rows.is_empty() {
            return Err(wrong("there is no row below the names of the columns".to_owned()));
        }
        Ok(Self { columns, rows })
    }

    /// A row's cell of a column; empty where there is none.
    pub fn cell<'r>(&self, row: &'r Row, wanted: &Column) -> &'r str {
        let place = self.columns.iter().position(|(_, column)| column == wanted);
        place.and_then(|place| row.cells.get(place)).map_or("", String::as_str)
    }

    /// The name that a column has in the file.
    pub fn name_of(&self, wanted: &str) -> &str {
        let found = self.columns.iter().find(|(_, column)| column.as_str() == wanted);
        found.map_or("", |(name, _)| name.as_str())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Table {
        Table::read(text).unwrap_or_else(|why| panic!("{text:?}: {why}"))
    }

    #[test]
    fn files_of_all_programs_are_the_same_table() {
        let plain = read("destination,name\nhttps://a.example/,\"A, B\"\n");
        for text in [
            "\u{feff}Destination,Name\r\nhttps://a.example/,\"A, B\"\r\n",
            "URL;Title\nhttps://a.example/;A, B\n",
            "Long URL\tName\nhttps://a.example/\tA, B",
            " destination , name \n\n https://a.example/ ,\"A, B\"\n,\n",
            "destination,name,\nhttps://a.example/,\"A, B\"",
        ] {
            let table = read(text);
            let row = &table.rows[0];
            assert_eq!(table.rows.len(), 1, "{text:?}");
            assert_eq!(table.cell(row, &Column::Destination), "https://a.example/", "{text:?}");
            assert_eq!(table.cell(row, &Column::Name), "A, B", "{text:?}");
            assert_eq!(table.cell(row, &Column::Slug), "");
            assert_eq!(plain.cell(&plain.rows[0], &Column::Name), "A, B");
        }
    }

    #[test]
    fn columns_are_known_by_the_names_that_people_give_them() {
        for (name, column) in [
            ("Destination URL", Column::Destination),
            ("long_url", Column::Destination),
            ("Ziel-URL", Column::Destination),
            ("Back-half", Column::Slug),
            ("short link", Column::Slug),
            ("TITLE", Column::Name),
            ("Custom Domain", Column::Domain),
            ("Labels", Column::Tags),
            ("Ordner", Column::Folder),
            ("Valid until", Column::Expires),
            ("metadata.Table No", Column::Metadata("Table No".into())),
            ("meta:table", Column::Metadata("table".into())),
            ("Metadata[x]", Column::Metadata("x".into())),
            ("metadata", Column::Unknown),
            ("clicks", Column::Unknown),
        ] {
            assert_eq!(Column::named(name), column, "{name}");
        }
    }

    #[test]
    fn rows_know_their_lines_and_short_rows_are_filled() {
        let table = read("url,name,slug\nhttps://a.example/,\"two\nlines\"\n\nhttps://b.example/,B,b,\n");
        let lines = |table: &Table| -> Vec<u64> { table.rows.iter().map(|row| row.line).collect() };
        assert_eq!(lines(&table), [2, 5]);
        assert_eq!(lines(&read("url\r\nhttps://a.example/\r\n\r\nhttps://b.example/")), [2, 4]);
        assert_eq!((table.cell(&table.rows[0], &Column::Slug), table.name_of("destination")), ("", "url"));
    }

    #[test]
    fn what_is_no_table_of_links_is_refused_with_the_mend() {
        for (text, words) in [
            ("", "destination"),
            ("name,slug\na,b\n", "name, slug"),
            ("https://a.example/\n", "names the columns"),
            ("destination\n\n", "no row"),
            (
                "destination,name\nhttps://a.example/?q=1,2,Menu\n",
                "line 2 has 3 cells, and there are 2 columns",
            ),
            ("url,name\nhttps://a.example/,\"oops\nhttps://b.example/,two\n", "line 2 is not closed"),
        ] {
            let why = Table::read(text).unwrap_err();
            assert!(why.message().contains(words), "{text:?}: {why}");
        }
        let many = format!("url\n{}", "https://a.example/\n".repeat(MAX_ROWS + 1));
        assert!(Table::read(&many).unwrap_err().message().contains("10000"));
    }
}
