//! What of a thing may stand in the log for ever: nothing that lets somebody in, and nothing that tells of a person.

use serde_json::{Map, Value, json};

/// Parts of the names of fields whose values are secrets.
const SECRETS: [&str; 9] =
    ["password", "secret", "token", "filedata", "hash", "apikey", "signed", "search", "body"];
/// What stands in an address's place.
const ADDRESS: &str = "(address)";
/// Characters of a text that are kept.
const MOST: usize = 2000;
/// Bytes of a field that has parts of its own, as JSON.
const MOST_OF_PARTS: usize = 8000;

/// Fields without secrets and without addresses of people.
pub fn fields(fields: Map<String, Value>) -> Map<String, Value> {
    fields.into_iter().filter_map(|(name, value)| Some((name.clone(), kept(&name, value)?))).collect()
}

fn kept(name: &str, value: Value) -> Option<Value> {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is_secret = SECRETS.iter().any(|word| plain.contains(word));
    Some(match value {
        Value::String(_) if is_secret => return None,
        Value::String(text) => Value::String(told(text)),
        Value::Object(inside) => short(Value::Object(fields(inside))),
        Value::Array(list) => short(list.into_iter().filter_map(|item| kept(name, item)).collect()),
        value => value,
    })
}

/// What has too many parts is named as that: a workflow's versions have all of its steps anyway.
fn short(value: Value) -> Value {
    if value.to_string().len() > MOST_OF_PARTS { json!("(long)") } else { value }
}

/// A text without what lets somebody in.
fn told(text: String) -> String {
    if ["sk_live_", "pk_live_", "whsec_", "token=", "/x/media-uploads/", "/x/media/", "/x/qrcode/"]
        .iter()
        .any(|mark| text.contains(mark))
    {
        return "(secret)".to_owned();
    }
    let is_address = |word: &str| {
        let (name, host) = word.split_once('@').unwrap_or_default();
        !name.is_empty() && host.contains('.') && !word.contains("://")
    };
    let mut told = if text.contains('@') {
        text.split_inclusive(|c: char| c.is_whitespace() || ",;<>()".contains(c))
            .map(|word| {
                let end = word.len()
                    - word.chars().next_back().filter(|c| !c.is_alphanumeric()).map_or(0, char::len_utf8);
                let (word, rest) = word.split_at(end);
                if is_address(word) { format!("{ADDRESS}{rest}") } else { format!("{word}{rest}") }
            })
            .collect()
    } else {
        text
    };
    if let Some((end, _)) = told.char_indices().nth(MOST) {
        told.truncate(end);
        told.push('…');
    }
    told
}

/// Of a visitor only which fields there are: what they hold is the visitor's, and can be erased.
pub fn names(fields: &Map<String, Value>) -> Map<String, Value> {
    let mut names: Vec<&String> = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Object(inside) if matches!(name.as_str(), "data" | "attributes" | "visitor") => {
                names.extend(inside.keys());
                // `{"visitor": {"data": {…}}}`.
                names.extend(inside.get("data").and_then(Value::as_object).into_iter().flat_map(Map::keys));
            }
            _ => names.push(name),
        }
    }
    names.retain(|name| !matches!(name.as_str(), "id" | "lbid" | "data"));
    names.sort_unstable();
    names.dedup();
    Map::from_iter([("fields".to_owned(), json!(names))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: Value) -> Value {
        let Value::Object(map) = value else { unreachable!() };
        Value::Object(fields(map))
    }

    #[test]
    fn secrets_and_addresses_are_left_out_wherever_they_stand() {
        let thing = json!({
            "name": "Ada", "xSecret": "whsec_1", "deep": [{ "Password": "p", "size": 4, "xPasswordHash": "h" }],
            "note": "ask ada@example.com, or <bob@example.org>.", "url": "https://u@example.com/", "key": "sk_live_abc",
            "xLeadEmails": ["ada@example.com"], "hasPassword": true, "accessToken": "abc",
        });
        assert_eq!(
            of(thing),
            json!({
                "name": "Ada", "deep": [{ "size": 4 }], "note": "ask (address), or <(address)>.",
                "url": "https://u@example.com/", "key": "(secret)", "xLeadEmails": ["(address)"], "hasPassword": true,
            })
        );
    }

    #[test]
    fn of_a_visitor_the_names_of_fields_are_told() {
        let Value::Object(asked) =
            json!({ "data": { "$email": "a@b.c", "plan": "gold" }, "lbid": "x", "setOnce": true })
        else {
            unreachable!()
        };
        assert_eq!(Value::Object(names(&asked)), json!({ "fields": ["$email", "plan", "setOnce"] }));
    }
}
