//! Closed sets of words: enums that know their own spelling.

/// A closed set of words: an enum that knows its spelling in columns, logs and our own JSON.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word this value is written as.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The value written as `word`, if there is one.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    )*};
}

/// A closed set of words as the wire writes them, prefix and all. Absent is the first, `…_UNSPECIFIED` where there is one.
macro_rules! wire_words {
    ($($(#[$doc:meta])* $name:ident { $(#[$fdoc:meta])* $first:ident = $fword:literal, $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name {
            $(#[$fdoc])* #[default] #[serde(rename = $fword)] $first,
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[Self::$first, $(Self::$variant,)*];

            /// The word this value is written as.
            pub const fn as_str(self) -> &'static str {
                match self { Self::$first => $fword, $(Self::$variant => $word,)* }
            }

            /// The value written as `word`, if there is one.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $fword => Some(Self::$first), $($word => Some(Self::$variant),)* _ => None }
            }
        }
    )*};
}
