//! JSON values as they are meant. serde also reads a struct from a list, by the order of its fields, and passes over fields that
//! the struct does not have; here a list is no object, and a field that there is not is a mistake: most often it is one that
//! there is, misspelt.

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// A value whose lists are no objects and whose objects have no fields but those that are asked for, at any depth that serde
/// does not buffer (`flatten`, tagged enums).
pub struct Strict(pub Value);

/// The field that there is not, by serde's sentence.
pub fn unknown_field(message: &str) -> Option<&str> {
    message.strip_prefix("unknown field `")?.split('`').next()
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(values) => {
                let mut values = SeqDeserializer::new(values.into_iter().map(Strict));
                let read = visitor.visit_seq(&mut values)?;
                values.end().map(|()| read)
            }
            Value::Object(fields) => {
                let mut fields =
                    MapDeserializer::new(fields.into_iter().map(|(name, value)| (name, Self(value))));
                let read = visitor.visit_map(&mut fields)?;
                fields.end().map(|()| read)
            }
            // Each by itself: serde_json's own way would compile every body a second time, for values that are not ours.
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => number.deserialize_any(visitor),
            Value::String(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.0 {
            Value::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &visitor)),
            Value::Object(fields) => match fields.keys().find(|name| !known.contains(&name.as_str())) {
                Some(name) => Err(Error::unknown_field(name, known)),
                None => self.deserialize_any(visitor),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            // What a variant holds is read as strictly.
            Value::Object(fields) if fields.len() == 1 => {
                let fields = fields.into_iter().map(|(name, value)| (name, Self(value)));
                MapAccessDeserializer::new(MapDeserializer::new(fields))
                    .deserialize_enum(name, variants, visitor)
            }
            other => other.deserialize_enum(name, variants, visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Room {
        #[serde(alias = "floor")]
        storey: u32,
        has_door: bool,
        next: Option<Box<Room>>,
    }

    impl Default for Room {
        fn default() -> Self {
            Self { storey: 0, has_door: true, next: None }
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Thing {
        Room(Room),
        Nothing,
    }

    fn refused<T: std::fmt::Debug + for<'de> Deserialize<'de>>(value: Value) -> String {
        T::deserialize(Strict(value)).unwrap_err().to_string()
    }

    #[test]
    fn a_field_that_there_is_not_is_refused_wherever_it_stands() {
        let message = refused::<Room>(json!({ "hasDor": true }));
        assert_eq!(unknown_field(&message), Some("hasDor"));
        assert!(message.contains("`hasDoor`"), "{message}");
        assert_eq!(unknown_field(&refused::<Room>(json!({ "next": { "stair": 1 } }))), Some("stair"));
        assert_eq!(unknown_field(&refused::<Vec<Room>>(json!([{}, { "stair": 1 }]))), Some("stair"));
        assert_eq!(unknown_field(&refused::<Thing>(json!({ "room": { "stair": 1 } }))), Some("stair"));
        assert_eq!(unknown_field(&refused::<Room>(json!({ "storey": "x" }))), None);
    }

    #[test]
    fn what_there_is_is_read() {
        let room = Room::deserialize(Strict(json!({ "floor": 2, "next": { "hasDoor": false } }))).unwrap();
        assert_eq!((room.storey, room.next.unwrap().has_door), (2, false));
        assert_eq!(Thing::deserialize(Strict(json!("nothing"))).unwrap(), Thing::Nothing);
        let thing = Thing::deserialize(Strict(json!({ "room": {} }))).unwrap();
        assert_eq!(thing, Thing::Room(Room::default()));
        assert!(refused::<Thing>(json!({ "room": {}, "nothing": null })).contains("single key"));
    }
}
