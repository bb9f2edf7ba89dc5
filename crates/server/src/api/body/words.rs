//! What is wrong with a body, in words that say what to send instead.

use crate::error::ApiError;
use model::strict::{self, Strict};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// Reads a body, which is an object; an error names the field by its pointer.
pub fn read<T: DeserializeOwned>(body: Value) -> Result<T, ApiError> {
    if !body.is_object() {
        let message = format!("the body is {}; send an object, such as {{\"name\": \"Menu\"}}", kind(&body));
        return Err(ApiError::bad_request(message).about(""));
    }
    deserialize(body)
}

/// Reads a body, which is a list.
pub fn read_list<T: DeserializeOwned>(body: Value) -> Result<Vec<T>, ApiError> {
    if !body.is_array() {
        let message = format!("the body is {}; send a list of objects: [{{…}}, {{…}}]", kind(&body));
        return Err(ApiError::bad_request(message).about(""));
    }
    deserialize(body)
}

fn deserialize<T: DeserializeOwned>(body: Value) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(Strict(body)).map_err(|error| {
        let (field, text) = (pointer(error.path()), error.inner().to_string());
        let (field, message) = match (quoted(&text, "missing field "), strict::unknown_field(&text)) {
            (Some(name), _) => (format!("{field}/{name}"), "is required".to_owned()),
            (_, Some(name)) => (format!("{field}/{}", escaped(name)), sentence(&text)),
            _ => (field, sentence(&text)),
        };
        if field.is_empty() { ApiError::bad_request(message) } else { ApiError::field(field, message) }
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// JSON pointer (RFC 6901) of a place.
fn pointer(path: &Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Map { key } => format!("/{}", escaped(key)),
            Segment::Seq { index } => format!("/{index}"),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}

/// A name as part of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// What stands in backticks behind `before`.
fn quoted<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    text.strip_prefix(before)?.strip_prefix('`')?.split('`').next()
}

/// The words in backticks behind the first, which is the one that there is not.
fn known_words(text: &str) -> Vec<&str> {
    text.split('`').skip(3).step_by(2).collect()
}

/// serde's sentence in ours; any other stays as it is.
pub fn sentence(text: &str) -> String {
    if let Some((is, expected)) =
        text.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        return format!("is {}; send {}", found(is), wanted(expected));
    }
    if let Some(word) = strict::unknown_field(text) {
        return no_field(word, &known_words(text));
    }
    if let Some(word) = quoted(text, "unknown variant ") {
        return format!("\"{word}\" is none of {}", known_words(text).join(", "));
    }
    if let Some((is, expected)) =
        text.strip_prefix("invalid value: ").and_then(|rest| rest.split_once(", expected "))
    {
        // Of a number, the number itself says the most: `integer `-1``.
        let is = is.split('`').nth(1).unwrap_or(found(is));
        return format!("is {is}, which does not fit; send {}", fitting(expected));
    }
    // What serde says of alternatives names our types.
    if text.starts_with("data did not match any variant") {
        return format!("does not fit; send {}", wanted(""));
    }
    text.to_owned()
}

/// 400: there is no such field of a body.
pub fn unknown_field(name: &str, known: &[&str]) -> ApiError {
    ApiError::field(format!("/{}", escaped(name)), no_field(name, known))
}

/// 400: there is no such parameter of a query.
pub fn unknown_parameter(name: &str, known: &[&str]) -> ApiError {
    ApiError::field(name, nothing_such("parameter", name, known))
}

/// A word of those that there are, or an error that names the field and the words.
pub fn one_of<T: Copy>(field: &str, word: &str, known: &[(&str, T)]) -> Result<T, ApiError> {
    known.iter().find(|(name, _)| *name == word).map(|(_, means)| *means).ok_or_else(|| {
        // What stands for nothing said is taken, and not recommended.
        let words = known.iter().map(|(name, _)| *name).filter(|name| !name.ends_with("_UNSPECIFIED"));
        let words: Vec<&str> = words.collect();
        ApiError::field(field, format!("\"{word}\" is not known; there are {}", words.join(", ")))
    })
}

/// That there is no such field.
fn no_field(name: &str, known: &[&str]) -> String {
    nothing_such("field", name, known)
}

/// That there is no such thing, with the one that is most like it, and all there are.
fn nothing_such(what: &str, name: &str, known: &[&str]) -> String {
    let asked = name.to_lowercase();
    let alike = |known: &&&str| strsim::normalized_damerau_levenshtein(&asked, &known.to_lowercase());
    let nearest = known.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    let meant = nearest.filter(|nearest| alike(nearest) > 0.4);
    let meant = meant.map_or(".".to_owned(), |nearest| format!("; did you mean \"{nearest}\"?"));
    match known {
        [] => format!("is not a {what} here; there are none"),
        known => format!("is not a {what} here{meant} There are {}", known.join(", ")),
    }
}

/// What was found, by serde's name of it: `integer `7``, `string "x"`, `map`.
fn found(text: &str) -> &'static str {
    match text.split([' ', '`']).next().unwrap_or_default() {
        "boolean" => "true or false",
        "integer" => "a whole number",
        "floating" => "a number",
        "string" | "character" => "a text",
        "null" | "unit" => "null",
        "sequence" => "a list",
        "map" => "an object",
        _ => "something else",
    }
}

/// What was expected, by serde's name of it: `a string`, `struct X`, `i64`, `a sequence`.
fn wanted(text: &str) -> &'static str {
    match text.trim_start_matches("a ").trim_start_matches("an ").split(' ').next().unwrap_or_default() {
        "string" | "str" | "borrowed" => "a text in quotation marks",
        "boolean" => "true or false",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "integer" => "a whole number",
        "f32" | "f64" => "a number",
        "sequence" | "tuple" => "a list",
        "map" | "struct" => "an object",
        _ => "what the documentation says of this field (/docs)",
    }
}

/// What fits, where a number was expected and another one came.
fn fitting(text: &str) -> &'static str {
    match text {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0 on",
        text => wanted(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Deserialize, Debug)]
    #[expect(dead_code, reason = "only read")]
    struct Wanted {
        name: String,
        #[serde(default)]
        tags: Vec<String>,
        #[serde(default)]
        inner: Option<Inner>,
        #[serde(default)]
        exact: Option<Exact>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Exact {
        limit: Option<u32>,
        values: Option<u32>,
    }

    #[derive(Deserialize, Debug)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        count: Option<u32>,
        kind: Option<Kind>,
    }

    #[derive(Deserialize, Debug)]
    enum Kind {
        A,
        B,
    }

    #[test]
    fn each_mistake_names_its_field_and_what_to_send() {
        for (body, field, message) in [
            (json!({ "name": 7 }), "/name", "is a whole number; send a text in quotation marks"),
            (json!({ "name": null }), "/name", "is null; send a text in quotation marks"),
            (json!({}), "/name", "is required"),
            (json!({ "name": "x", "tags": "a" }), "/tags", "is a text; send a list"),
            (
                json!({ "name": "x", "tags": ["a", {}] }),
                "/tags/1",
                "is an object; send a text in quotation marks",
            ),
            (
                json!({ "name": "x", "inner": { "count": -1 } }),
                "/inner/count",
                "is -1, which does not fit; send a whole number from 0 to 4294967295",
            ),
            (json!({ "name": "x", "inner": { "kind": "C" } }), "/inner/kind", "\"C\" is none of A, B"),
            (json!({ "name": "x", "inner": 1.5 }), "/inner", "is a number; send an object"),
            (
                json!({ "name": "x", "exact": { "limits": 7 } }),
                "/exact/limits",
                "is not a field here; did you mean \"limit\"? There are limit, values",
            ),
            (
                json!({ "name": "x", "exact": { "colour": 7 } }),
                "/exact/colour",
                "is not a field here. There are limit, values",
            ),
            (
                json!({ "name": "x", "tag": [] }),
                "/tag",
                "is not a field here; did you mean \"tags\"? There are name, tags, inner, exact",
            ),
            (
                json!({ "name": "x", "inner": { "a/b": 1 } }),
                "/inner/a~1b",
                "is not a field here. There are count, kind",
            ),
            (json!({ "name": "x", "inner": [] }), "/inner", "is a list; send an object"),
            (json!({ "name": "x", "inner": [1, "A"] }), "/inner", "is a list; send an object"),
        ] {
            let error = read::<Wanted>(body.clone()).unwrap_err();
            let told = error.detail().map(|detail| (detail.field.as_str(), detail.message.as_str()));
            assert_eq!(told, Some((field, message)), "{body}");
        }
    }

    #[test]
    fn a_list_is_no_object() {
        let error = read::<Wanted>(json!(["x"])).unwrap_err();
        assert_eq!(error.detail().unwrap().field, "");
        assert!(error.detail().unwrap().message.contains("is a list"));
    }
}
