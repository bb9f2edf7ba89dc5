//! Lists of links as the APIs of programs hand them out.

use super::{MAX_ROWS, Source, Table};
use serde_json::{Map, Value};

/// Reads a list. The error is a sentence.
pub fn read(text: &str, source: Option<Source>) -> Result<Table, String> {
    let whole: Value = serde_json::from_str(text).map_err(|why| {
        format!("this begins as JSON and is none: line {}, column {}", why.line(), why.column())
    })?;
    let entries = entries(&whole).ok_or_else(|| {
        "this JSON holds no list of links; known are the lists that the APIs of Bitly, Dub, Kutt, Shlink and YOURLS \
         hand out"
            .to_owned()
    })?;
    if entries.len() > MAX_ROWS {
        return Err(format!("at most {MAX_ROWS} links at a time; cut the file into parts"));
    }
    let flat: Vec<Vec<(String, String)>> = entries.iter().map(|entry| flattened(entry)).collect();
    let mut names: Vec<String> = Vec::new();
    for (name, _) in flat.iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let source = source.unwrap_or_else(|| Source::of_names(names.iter().map(String::as_str)));
    let rows = flat.into_iter().enumerate().map(|(index, fields)| {
        let cell = |name: &String| {
            let found = fields.iter().find(|(other, _)| other == name);
            found.map_or_else(String::new, |(_, text)| text.clone())
        };
        (index as u64 + 1, names.iter().map(cell).collect())
    });
    Table::make(source, &names, rows)
}

/// The links of a document: a list of objects, alone or below `links`, `data` or `shortUrls.data`; YOURLS numbers them.
fn entries(whole: &Value) -> Option<Vec<&Map<String, Value>>> {
    let list = match whole {
        Value::Array(list) => return list.iter().map(Value::as_object).collect(),
        Value::Object(map) => {
            ["links", "data", "shortUrls", "result"].iter().find_map(|name| map.get(*name))?
        }
        _ => return None,
    };
    match list {
        Value::Array(list) => list.iter().map(Value::as_object).collect(),
        Value::Object(map) => match map.get("data") {
            Some(Value::Array(list)) => list.iter().map(Value::as_object).collect(),
            _ => map.values().map(Value::as_object).collect(),
        },
        _ => None,
    }
}

/// Fields of an entry as text, those of objects in it behind a point; what a list holds stands side by side.
fn flattened(entry: &Map<String, Value>) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (name, value) in entry {
        match value {
            Value::Object(inner) => {
                fields.extend(inner.iter().map(|(key, value)| (format!("{name}.{key}"), text(value))));
            }
            value => fields.push((name.clone(), text(value))),
        }
    }
    fields
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            // Tags are texts, or objects with a name.
            let named = list.iter().map(|item| item.get("name").map_or_else(|| text(item), text));
            named.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("|")
        }
        Value::Object(map) if map.is_empty() => String::new(),
        other => other.to_string(),
    }
}
