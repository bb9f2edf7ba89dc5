//! Links as other programs export them: which program it was, and what of its links has a place here. Pure.
//!
//! Every export becomes the same [`Table`]: columns by what they hold, rows of cells. What a program calls its columns, and how
//! it writes what is in them, stands in its own file.

pub mod bitly;
pub mod cell;
pub mod csv;
pub mod dub;
pub mod json;
pub mod kutt;
pub mod plain;
pub mod shlink;
pub mod yourls;

use cell::Reading;

/// Rows of a table, at most.
pub const MAX_ROWS: usize = 10_000;

/// The program that made a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Any table, by the names of its columns.
    Plain,
    /// Bitly.
    Bitly,
    /// Dub.
    Dub,
    /// Kutt.
    Kutt,
    /// Shlink.
    Shlink,
    /// YOURLS.
    Yourls,
}

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
    /// From when on it leads to its destination.
    Starts,
    /// The last day on which it does.
    Expires,
    /// When it was made, elsewhere.
    Created,
    /// How often it was followed, elsewhere.
    Clicks,
    /// When it was last, elsewhere.
    LastClick,
    /// A key of its metadata.
    Metadata(String),
    /// What has no place here, where it says something: the sentence about it.
    Lost(&'static str),
    /// Nothing of a link.
    Unknown,
}

/// A field of a program's export.
pub struct Field {
    /// Names it has, folded to small letters and digits.
    pub names: &'static [&'static str],
    /// What it holds.
    pub column: Column,
    /// How it is written.
    pub reading: Reading,
}

/// What is odd about a row, or wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// The column by its name in the file.
    pub column: String,
    /// A sentence.
    pub message: String,
}

/// A row: where it begins in the file, and its cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Line of a table, or number of an entry of a list, counted from 1.
    pub line: u64,
    /// Cells, one a column; empty where there is none.
    pub cells: Vec<String>,
    /// What of it could not be taken over.
    pub oddities: Vec<Oddity>,
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The program that made it.
    pub source: Source,
    /// Columns, by the names they have in the file. One of the file may be two: an address is a domain and a slug.
    pub columns: Vec<(String, Column)>,
    /// Rows that are not empty.
    pub rows: Vec<Row>,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Plain, Self::Bitly, Self::Dub, Self::Kutt, Self::Shlink, Self::Yourls];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "csv",
            Self::Bitly => "bitly",
            Self::Dub => "dub",
            Self::Kutt => "kutt",
            Self::Shlink => "shlink",
            Self::Yourls => "yourls",
        }
    }

    /// The source of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == word)
    }

    /// What is known of its fields; a plain table goes by [`plain::column`].
    const fn fields(self) -> &'static [Field] {
        match self {
            Self::Plain => &[],
            Self::Bitly => bitly::FIELDS,
            Self::Dub => dub::FIELDS,
            Self::Kutt => kutt::FIELDS,
            Self::Shlink => shlink::FIELDS,
            Self::Yourls => yourls::FIELDS,
        }
    }

    /// The program that names its columns so; plain where it is none of them.
    pub fn of_names<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Self {
        let folded: Vec<String> = names.map(fold_name).collect();
        let has = |name: &str| folded.iter().any(|folded| folded == name);
        let is = |source: Self| match source {
            Self::Yourls => yourls::is_it(&has),
            Self::Shlink => shlink::is_it(&has),
            Self::Kutt => kutt::is_it(&has),
            Self::Bitly => bitly::is_it(&has),
            Self::Dub => dub::is_it(&has),
            Self::Plain => false,
        };
        let order = [Self::Yourls, Self::Shlink, Self::Kutt, Self::Bitly, Self::Dub];
        order.into_iter().find(|source| is(*source)).unwrap_or(Self::Plain)
    }
}

/// A name without what programs write between its words.
pub fn fold_name(name: &str) -> String {
    crate::slug::fold(name).chars().filter(|c| c.is_alphanumeric() || *c == '.').collect()
}

impl Table {
    /// Reads a file: CSV, or the list that a program's API hands out (JSON). `source`: the program, if somebody has said it.
    /// The error is a sentence.
    pub fn read(text: &str, source: Option<Source>) -> Result<Self, String> {
        let text = text.trim_start_matches('\u{feff}');
        match text.trim_start().as_bytes().first() {
            Some(b'{' | b'[') => json::read(text, source),
            _ => csv::read(text, source),
        }
    }

    /// Columns of a file with these names, each with the place of its name and how it is read.
    fn plan(source: Source, names: &[String]) -> Vec<(usize, Column, Reading)> {
        let mut plan: Vec<(usize, Column, Reading)> = Vec::new();
        // The order of the fields: of two that tell the same the first is believed.
        for field in source.fields() {
            for (place, _) in
                names.iter().enumerate().filter(|(_, name)| field.names.contains(&&*fold_name(name)))
            {
                plan.push((place, field.column.clone(), field.reading));
            }
        }
        for (place, name) in names.iter().enumerate() {
            let (column, reading) = match source {
                Source::Plain => plain::column(name),
                _ => (Column::Unknown, Reading::Text),
            };
            // What says the same twice is believed once.
            let is_new = source == Source::Plain && !plan.iter().any(|(_, other, _)| *other == column);
            if column != Column::Unknown && is_new {
                plan.push((place, column, reading));
            } else if !plan.iter().any(|(other, ..)| *other == place) {
                plan.push((place, Column::Unknown, Reading::Text));
            }
        }
        plan
    }

    /// Makes the table of a plan and of rows as they stand in the file.
    fn make(
        source: Source,
        names: &[String],
        rows: impl Iterator<Item = (u64, Vec<String>)>,
    ) -> Result<Self, String> {
        let plan = Self::plan(source, names);
        if !plan.iter().any(|(_, column, _)| *column == Column::Destination) {
            return Err(without_destination(source, names));
        }
        // Made with other slugs than those that are printed, the links would be worth nothing.
        if source != Source::Plain && !plan.iter().any(|(_, column, _)| *column == Column::Slug) {
            return Err(format!(
                "no column is known as {source}'s for the short address, so that printed codes would lead nowhere; if the file \
                 comes from another program, name that one, or \"csv\" where links may have new addresses",
                source = source.as_str()
            ));
        }
        let columns = plan.iter().map(|(place, column, _)| (names[*place].clone(), column.clone())).collect();
        let mut made = Vec::new();
        for (line, raw) in rows {
            let mut row = Row { line, cells: Vec::with_capacity(plan.len()), oddities: Vec::new() };
            for (place, column, reading) in &plan {
                let text = raw.get(*place).map_or("", |text| text.trim());
                let odd = |message: String| Oddity { column: names[*place].clone(), message };
                let cell = match (column, reading.read(text)) {
                    (Column::Lost(message), Ok(told)) => {
                        if !told.is_empty() {
                            row.oddities.push(odd((*message).to_owned()));
                        }
                        String::new()
                    }
                    (_, Ok(cell)) => cell,
                    (_, Err(why)) => {
                        row.oddities.push(odd(why));
                        String::new()
                    }
                };
                row.cells.push(cell);
            }
            made.push(row);
        }
        if made.is_empty() {
            return Err("there is no row below the names of the columns".to_owned());
        }
        Ok(Self { source, columns, rows: made })
    }

    /// A row's cell of a column: the first that says something; empty where none does.
    pub fn cell<'r>(&self, row: &'r Row, wanted: &Column) -> &'r str {
        let cells = self.columns.iter().zip(&row.cells);
        let mut found = cells.filter(|((_, column), cell)| column == wanted && !cell.is_empty());
        found.next().map_or("", |(_, cell)| cell.as_str())
    }

    /// The name that a column has in the file.
    pub fn name_of(&self, wanted: &str) -> &str {
        let found = self.columns.iter().find(|(_, column)| column.as_str() == wanted);
        found.map_or("", |(name, _)| name.as_str())
    }
}

fn without_destination(source: Source, names: &[String]) -> String {
    let found = match names {
        [] => "this file is empty".to_owned(),
        names => format!("these are: {}", names.join(", ")),
    };
    match source {
        Source::Plain => format!(
            "the first row names the columns, and one of them must be \"destination\" (or \"url\"); {found}"
        ),
        source => {
            format!("this is no export of {}: no column says where links lead; {found}", source.as_str())
        }
    }
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
            Self::Starts => "startsAt",
            Self::Expires => "expiresAt",
            Self::Created => "createdAt",
            Self::Clicks => "clicks",
            Self::LastClick => "lastClickAt",
            Self::Metadata(_) => "metadata",
            Self::Lost(_) => "lost",
            Self::Unknown => "ignored",
        }
    }
}

#[cfg(test)]
mod tests;
