//! A block: some thousand rows of a table in columns, in memory. The hot tier is made of blocks, and every segment is
//! written from them.

use crate::column::{Column, WordColumn};
use crate::schema::{self, Cell, Kind, Spec, Table};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, DictionaryArray, FixedSizeBinaryArray, Int16Array, Int32Array,
    StringArray, TimestampMillisecondArray, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use model::Millis;
use model::time::UtcDay;
use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

/// Rows of one table in columns; not changed any more once shared.
#[derive(Debug)]
pub(crate) struct Block {
    table: Table,
    rows: usize,
    data: Vec<Data>,
    /// Earliest and latest time of the sort key, once the block is finished.
    times: (i64, i64),
    /// UTC days of that time, ascending, once the block is finished.
    days: Vec<UtcDay>,
    /// Its links by number, once somebody has asked.
    links: OnceLock<Numbered>,
}

/// Number of each row's link, and the links in the order of their numbers.
pub(crate) type Numbered = (Vec<i32>, Vec<[u8; 16]>);

/// Values of one column.
#[derive(Debug)]
pub(crate) enum Data {
    Id(Vec<[u8; 16]>),
    Time(Vec<i64>),
    Word(Words),
    U64(Vec<u64>),
    U32(Vec<u32>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    Bool(Vec<bool>),
}

/// A column of words: each row holds the number of its word in the dictionary.
#[derive(Debug)]
pub(crate) struct Words {
    codes: Vec<i32>,
    /// Word n lies in `bytes[offsets[n]..offsets[n + 1]]`.
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    /// Word to number; emptied when the block is finished.
    index: HashTable<i32>,
    /// Seeded anew each time: many of the words are the visitors' own.
    hasher: RandomState,
}

impl Words {
    fn new() -> Self {
        Self {
            codes: Vec::new(),
            offsets: vec![0],
            bytes: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::default(),
        }
    }

    /// Number of `word`, which is added if it is new.
    fn code(&mut self, word: &[u8]) -> i32 {
        let Self { offsets, bytes, index, hasher, .. } = self;
        let at = |code: i32| &bytes[offsets[code as usize] as usize..offsets[code as usize + 1] as usize];
        let hash = hasher.hash_one(word);
        if let Some(&code) = index.find(hash, |&code| at(code) == word) {
            return code;
        }
        let code = offsets.len() as i32 - 1;
        index.insert_unique(hash, code, |&code| hasher.hash_one(at(code)));
        bytes.extend_from_slice(word);
        offsets.push(bytes.len() as i32);
        code
    }

    fn push(&mut self, word: &[u8]) {
        // Runs of the same word are common (no referrer, no campaign), and cheaper to see than to look up.
        if let Some(&last) = self.codes.last()
            && &self.bytes[self.offsets[last as usize] as usize..self.offsets[last as usize + 1] as usize]
                == word
        {
            self.codes.push(last);
            return;
        }
        let code = self.code(word);
        self.codes.push(code);
    }

    fn view(&self) -> WordColumn<'_> {
        WordColumn { codes: &self.codes, offsets: &self.offsets, bytes: &self.bytes }
    }
}

impl Data {
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::Id => Self::Id(Vec::new()),
            Kind::Time => Self::Time(Vec::new()),
            Kind::Word | Kind::Bytes => Self::Word(Words::new()),
            Kind::U64 => Self::U64(Vec::new()),
            Kind::U32 => Self::U32(Vec::new()),
            Kind::U16 => Self::U16(Vec::new()),
            Kind::I16 => Self::I16(Vec::new()),
            Kind::Bool => Self::Bool(Vec::new()),
        }
    }

    /// `rows` times the kind's empty value: what a file holds that was written before the column existed.
    pub fn empty(kind: Kind, rows: usize) -> Self {
        let mut data = Self::new(kind);
        match &mut data {
            Self::Id(values) => values.resize(rows, [0; 16]),
            Self::Time(values) => values.resize(rows, 0),
            Self::Word(words) => {
                words.code(b"");
                words.codes.resize(rows, 0);
            }
            Self::U64(values) => values.resize(rows, 0),
            Self::U32(values) => values.resize(rows, 0),
            Self::U16(values) => values.resize(rows, 0),
            Self::I16(values) => values.resize(rows, 0),
            Self::Bool(values) => values.resize(rows, false),
        }
        data
    }

    #[inline]
    pub fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Id(values), Cell::Id(id)) => values.push(id.into_bytes()),
            (Self::Time(values), Cell::Time(at)) => values.push(at.0),
            (Self::Word(words), Cell::Word(word)) => words.push(word.as_bytes()),
            (Self::Word(words), Cell::Bytes(bytes)) => words.push(bytes),
            (Self::U64(values), Cell::U64(value)) => values.push(value),
            (Self::U32(values), Cell::U32(value)) => values.push(value),
            (Self::U16(values), Cell::U16(value)) => values.push(value),
            (Self::I16(values), Cell::I16(value)) => values.push(value),
            (Self::Bool(values), Cell::Bool(value)) => values.push(value),
            _ => unreachable!("a column's data is made from the kind its cells have"),
        }
    }

    pub fn view(&self) -> Column<'_> {
        match self {
            Self::Id(values) => Column::Id(values),
            Self::Time(values) => Column::Time(values),
            Self::Word(words) => Column::Word(words.view()),
            Self::U64(values) => Column::U64(values),
            Self::U32(values) => Column::U32(values),
            Self::U16(values) => Column::U16(values),
            Self::I16(values) => Column::I16(values),
            Self::Bool(values) => Column::Bool(values),
        }
    }

    /// The values of `picks` (source, row), in this order.
    fn gather(kind: Kind, sources: &[Column<'_>], picks: &[(u32, u32)]) -> Self {
        macro_rules! copy {
            ($get:ident) => {{
                let sources: Vec<_> = sources.iter().map(|source| source.$get()).collect();
                picks.iter().map(|&(source, row)| sources[source as usize][row as usize]).collect()
            }};
        }
        match kind {
            Kind::Id => Self::Id(copy!(ids)),
            Kind::Time => Self::Time(copy!(times)),
            Kind::U64 => Self::U64(copy!(u64s)),
            Kind::U32 => Self::U32(copy!(u32s)),
            Kind::U16 => Self::U16(copy!(u16s)),
            Kind::I16 => Self::I16(copy!(i16s)),
            Kind::Bool => Self::Bool(copy!(bools)),
            Kind::Word | Kind::Bytes => {
                let sources: Vec<_> = sources.iter().map(|source| source.words()).collect();
                // Each distinct word of a source is looked up once; rows are then translated by number.
                let mut translated: Vec<Vec<i32>> =
                    sources.iter().map(|words| vec![-1; words.len()]).collect();
                let mut out = Words::new();
                out.codes.reserve(picks.len());
                for &(source, row) in picks {
                    let words = sources[source as usize];
                    let code = words.codes[row as usize];
                    let new = &mut translated[source as usize][code as usize];
                    if *new < 0 {
                        *new = out.code(words.word(code));
                    }
                    out.codes.push(*new);
                }
                Self::Word(out)
            }
        }
    }

    /// The values of all sources, one behind the other.
    fn unite(kind: Kind, sources: &[Column<'_>]) -> Self {
        macro_rules! join {
            ($get:ident) => {
                sources.iter().map(|source| source.$get()).collect::<Vec<_>>().concat()
            };
        }
        match kind {
            Kind::Id => Self::Id(join!(ids)),
            Kind::Time => Self::Time(join!(times)),
            Kind::U64 => Self::U64(join!(u64s)),
            Kind::U32 => Self::U32(join!(u32s)),
            Kind::U16 => Self::U16(join!(u16s)),
            Kind::I16 => Self::I16(join!(i16s)),
            Kind::Bool => Self::Bool(join!(bools)),
            Kind::Word | Kind::Bytes => {
                let mut out = Words::new();
                out.codes.reserve_exact(sources.iter().map(|source| source.words().codes.len()).sum());
                for words in sources.iter().map(|source| source.words()) {
                    let new: Vec<i32> =
                        (0..words.len() as i32).map(|code| out.code(words.word(code))).collect();
                    out.codes.extend(words.codes.iter().map(|&code| new[code as usize]));
                }
                Self::Word(out)
            }
        }
    }

    fn finish(&mut self) {
        match self {
            Self::Id(values) => values.shrink_to_fit(),
            Self::Time(values) => values.shrink_to_fit(),
            Self::Word(words) => {
                words.index = HashTable::new();
                words.codes.shrink_to_fit();
                words.offsets.shrink_to_fit();
                words.bytes.shrink_to_fit();
            }
            Self::U64(values) => values.shrink_to_fit(),
            Self::U32(values) => values.shrink_to_fit(),
            Self::U16(values) => values.shrink_to_fit(),
            Self::I16(values) => values.shrink_to_fit(),
            Self::Bool(values) => values.shrink_to_fit(),
        }
    }

    /// The column as Arrow has it, for the Parquet writer.
    fn into_array(self, kind: Kind) -> ArrayRef {
        match self {
            Self::Id(values) => {
                Arc::new(FixedSizeBinaryArray::new(16, Buffer::from_vec(values.into_flattened()), None))
            }
            Self::Time(values) => Arc::new(TimestampMillisecondArray::from(values).with_timezone("UTC")),
            Self::Word(words) => {
                let offsets = OffsetBuffer::new(ScalarBuffer::from(words.offsets));
                let bytes = Buffer::from_vec(words.bytes);
                let values: ArrayRef = if kind == Kind::Bytes {
                    Arc::new(BinaryArray::new(offsets, bytes, None))
                } else {
                    Arc::new(StringArray::new(offsets, bytes, None))
                };
                Arc::new(DictionaryArray::<Int32Type>::new(Int32Array::from(words.codes), values))
            }
            Self::U64(values) => Arc::new(UInt64Array::from(values)),
            Self::U32(values) => Arc::new(UInt32Array::from(values)),
            Self::U16(values) => Arc::new(UInt16Array::from(values)),
            Self::I16(values) => Arc::new(Int16Array::from(values)),
            Self::Bool(values) => Arc::new(BooleanArray::from(values)),
        }
    }
}

impl Block {
    pub fn new(table: Table) -> Self {
        let data = table.columns().iter().map(|spec| Data::new(spec.kind)).collect();
        Self::of(table, 0, data)
    }

    fn of(table: Table, rows: usize, data: Vec<Data>) -> Self {
        Self { table, rows, data, times: (i64::MAX, i64::MIN), days: vec![], links: OnceLock::new() }
    }

    /// A block of the rows `picks` (source, row) of `sources`, in this order. `source(n, column)` is that column of
    /// source n.
    pub fn gather<'a>(
        table: Table,
        sources: usize,
        source: impl Fn(usize, usize) -> Column<'a>,
        picks: &[(u32, u32)],
    ) -> Self {
        let gather = |(place, spec): (usize, &Spec)| {
            let columns: Vec<_> = (0..sources).map(|n| source(n, place)).collect();
            Data::gather(spec.kind, &columns, picks)
        };
        let data = table.columns().iter().enumerate().map(gather).collect();
        Self::of(table, picks.len(), data)
    }

    /// One finished block of all rows of several.
    pub fn unite(table: Table, blocks: &[Arc<Self>]) -> Self {
        let unite = |(place, spec): (usize, &Spec)| {
            let columns: Vec<_> = blocks.iter().map(|block| block.column(place)).collect();
            Data::unite(spec.kind, &columns)
        };
        let data = table.columns().iter().enumerate().map(unite).collect();
        let rows = blocks.iter().map(|block| block.rows).sum();
        let mut united = Self::of(table, rows, data);
        united.finish();
        united
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn table(&self) -> Table {
        self.table
    }

    /// Appends one row: `push` appends one cell to each column.
    pub fn append(&mut self, push: impl FnOnce(&mut [Data])) {
        push(&mut self.data);
        self.rows += 1;
    }

    /// Sets some rows of a column to `word`, or, where it holds no words, to the kind's empty value. The old words are
    /// not even in the dictionary afterwards.
    pub fn blank(&mut self, place: usize, rows: &[usize], word: &str) {
        macro_rules! empty {
            ($values:ident, $empty:expr) => {
                rows.iter().for_each(|row| $values[*row] = $empty)
            };
        }
        match &mut self.data[place] {
            Data::Id(values) => empty!(values, [0; 16]),
            Data::Time(values) => empty!(values, 0),
            Data::U64(values) => empty!(values, 0),
            Data::U32(values) => empty!(values, 0),
            Data::U16(values) => empty!(values, 0),
            Data::I16(values) => empty!(values, 0),
            Data::Bool(values) => empty!(values, false),
            Data::Word(words) => {
                let (old, mut new, mut rows) = (words.view(), Words::new(), rows.iter().peekable());
                for (row, code) in old.codes.iter().enumerate() {
                    let is_blank = rows.next_if(|blank| **blank == row).is_some();
                    new.push(if is_blank { word.as_bytes() } else { old.word(*code) });
                }
                *words = new;
            }
        }
    }

    /// Gives back the memory that only appending needs, and notes the range of time.
    pub fn finish(&mut self) {
        self.data.iter_mut().for_each(Data::finish);
        let times = self.column(schema::TIME).times();
        let range =
            times.iter().fold((i64::MAX, i64::MIN), |(first, last), &at| (first.min(at), last.max(at)));
        let mut days: Vec<UtcDay> = Vec::new();
        for &at in times {
            let day = Millis(at).utc_day();
            if days.last() != Some(&day) {
                days.push(day);
            }
        }
        days.sort_unstable();
        days.dedup();
        self.times = range;
        self.days = days;
    }

    /// Earliest and latest time of the sort key of a finished block.
    pub fn times(&self) -> (i64, i64) {
        self.times
    }

    /// UTC days of a finished block's rows, ascending.
    pub fn days(&self) -> &[UtcDay] {
        &self.days
    }

    pub fn column(&self, place: usize) -> Column<'_> {
        self.data[place].view()
    }

    /// The links of a block that is not changed any more by number: `number` is asked the first time.
    pub fn links(&self, number: impl FnOnce() -> Numbered) -> &Numbered {
        self.links.get_or_init(number)
    }

    /// The values of one column in the rows `picks` (0, row), in this order.
    pub fn gathered(&self, place: usize, picks: &[(u32, u32)]) -> Data {
        Data::gather(self.table.columns()[place].kind, &[self.column(place)], picks)
    }

    pub fn data_mut(&mut self, place: usize) -> &mut Data {
        &mut self.data[place]
    }

    /// Sets some rows of a column of words: `word` tells a row's new one, if it gets one.
    pub fn replace_words<'w>(&mut self, place: usize, word: impl Fn(usize) -> Option<&'w str>) {
        let Data::Word(words) = &mut self.data[place] else { return };
        let (old, mut new) = (words.view(), Words::new());
        for (row, code) in old.codes.iter().enumerate() {
            new.push(word(row).map_or(old.word(*code), str::as_bytes));
        }
        *words = new;
    }

    /// Replaces a column of words.
    pub fn set_words<'a>(&mut self, place: usize, words: impl Iterator<Item = &'a str>) {
        let mut column = Words::new();
        words.for_each(|word| column.push(word.as_bytes()));
        self.data[place] = Data::Word(column);
    }

    /// The columns as Arrow arrays: those of the segment file, and those of the facts file.
    pub fn into_arrays(self) -> (Vec<ArrayRef>, Vec<ArrayRef>) {
        let mut arrays: Vec<_> = self
            .data
            .into_iter()
            .zip(self.table.columns())
            .map(|(data, spec)| data.into_array(spec.kind))
            .collect();
        let facts = arrays.split_off(self.table.in_segment());
        (arrays, facts)
    }
}
