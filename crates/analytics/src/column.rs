//! One view of a column for the executor, whether its rows are hot or come from a file.

use crate::block::{Block, Data};
use crate::schema::Kind;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int16Type, Int32Type, TimestampMillisecondType, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};

/// Values of a column, borrowed.
#[derive(Clone, Copy)]
pub(crate) enum Column<'a> {
    Id(&'a [[u8; 16]]),
    Time(&'a [i64]),
    Word(WordColumn<'a>),
    U64(&'a [u64]),
    U32(&'a [u32]),
    U16(&'a [u16]),
    I16(&'a [i16]),
    Bool(&'a [bool]),
}

/// Words by number: `codes` has one entry a row, `offsets` and `bytes` are the dictionary.
#[derive(Clone, Copy)]
pub(crate) struct WordColumn<'a> {
    pub codes: &'a [i32],
    pub offsets: &'a [i32],
    pub bytes: &'a [u8],
}

impl<'a> WordColumn<'a> {
    /// Number of words in the dictionary.
    pub fn len(self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    pub fn word(self, code: i32) -> &'a [u8] {
        let code = code as usize;
        &self.bytes[self.offsets[code] as usize..self.offsets[code + 1] as usize]
    }

    /// Word of a row. Words are UTF-8: the dictionary's writer and reader both check.
    pub fn text(self, row: usize) -> &'a str {
        std::str::from_utf8(self.word(self.codes[row])).unwrap_or_default()
    }

    /// The words of the dictionary, by number.
    pub fn texts(self) -> impl Iterator<Item = &'a str> {
        (0..self.len() as i32).map(move |code| std::str::from_utf8(self.word(code)).unwrap_or_default())
    }

    /// For each number of the dictionary whether its word satisfies `keep`.
    pub fn table<T>(self, keep: impl Fn(&[u8]) -> T) -> Vec<T> {
        (0..self.len() as i32).map(|code| keep(self.word(code))).collect()
    }
}

macro_rules! accessors {
    ($($name:ident $variant:ident $type:ty;)*) => {$(
        pub fn $name(self) -> $type {
            match self {
                Self::$variant(values) => values,
                _ => unreachable!("the schema gives the column's kind, and files are checked against it"),
            }
        }
    )*};
}

impl<'a> Column<'a> {
    accessors! {
        ids Id &'a [[u8; 16]];
        times Time &'a [i64];
        words Word WordColumn<'a>;
        u64s U64 &'a [u64];
        u32s U32 &'a [u32];
        u16s U16 &'a [u16];
        i16s I16 &'a [i16];
        bools Bool &'a [bool];
    }
}

/// A column read from a file.
pub(crate) enum Held {
    Array(ArrayRef, Kind),
    Data(Data),
}

impl Held {
    /// Takes an array that came from a file, if it is what the schema says.
    pub fn new(array: ArrayRef, kind: Kind) -> Result<Self, String> {
        if *array.data_type() != kind.data_type() || array.null_count() > 0 {
            return Err(format!("expected {} without nulls, found {}", kind.data_type(), array.data_type()));
        }
        if kind == Kind::Bool {
            let bits = array.as_boolean();
            return Ok(Self::Data(Data::Bool(bits.values().iter().collect())));
        }
        Ok(Self::Array(array, kind))
    }

    pub fn view(&self) -> Column<'_> {
        let (array, kind) = match self {
            Self::Array(array, kind) => (array, kind),
            Self::Data(data) => return data.view(),
        };
        match kind {
            Kind::Id => Column::Id(array.as_fixed_size_binary().value_data().as_chunks().0),
            Kind::Time => Column::Time(array.as_primitive::<TimestampMillisecondType>().values()),
            Kind::Word | Kind::Bytes => {
                let dictionary = array.as_dictionary::<Int32Type>();
                let (offsets, bytes) = if *kind == Kind::Word {
                    let words = dictionary.values().as_string::<i32>();
                    (words.value_offsets(), words.value_data())
                } else {
                    let words = dictionary.values().as_binary::<i32>();
                    (words.value_offsets(), words.value_data())
                };
                Column::Word(WordColumn { codes: dictionary.keys().values(), offsets, bytes })
            }
            Kind::U64 => Column::U64(array.as_primitive::<UInt64Type>().values()),
            Kind::U32 => Column::U32(array.as_primitive::<UInt32Type>().values()),
            Kind::U16 => Column::U16(array.as_primitive::<UInt16Type>().values()),
            Kind::I16 => Column::I16(array.as_primitive::<Int16Type>().values()),
            Kind::Bool => unreachable!("booleans are unpacked when they are read"),
        }
    }
}

/// Rows at hand for the executor: a hot block, or the columns it asked for of some rows of a row group.
pub(crate) enum Rows<'a> {
    Block(&'a Block),
    Read { rows: usize, columns: Vec<Option<Held>> },
}

impl Rows<'_> {
    pub fn len(&self) -> usize {
        match self {
            Self::Block(block) => block.rows(),
            Self::Read { rows, .. } => *rows,
        }
    }

    /// A column that was asked for when the rows were read.
    pub fn column(&self, place: usize) -> Column<'_> {
        match self {
            Self::Block(block) => block.column(place),
            Self::Read { columns, .. } => {
                columns[place].as_ref().expect("the reader was asked for this column").view()
            }
        }
    }
}
