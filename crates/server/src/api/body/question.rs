//! Questions about scans: a range flattened into a body of its own. What serde flattens it does not look at to the letter, so
//! that is done here, by the names of the body's description.

use super::words;
use crate::api::population::Range;
use crate::error::ApiError;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// Reads a question; an error names the field by its pointer.
pub fn read_question<T: DeserializeOwned + ToSchema>(body: Value) -> Result<T, ApiError> {
    if let Value::Object(fields) = &body {
        let known = fields_of::<T>();
        if let Some(name) = fields.keys().find(|name| !known.contains(*name)) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return Err(words::unknown_field(name, &known));
        }
        // By itself first: flattened into another body, a field at fault has no name any more.
        let ranged = fields_of::<Range>();
        let range: Map<String, Value> = fields
            .iter()
            .filter(|(name, _)| ranged.contains(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        words::read::<Range>(Value::Object(range))?;
    }
    words::read(body)
}

/// The names of the fields that a body has by its description, those of what is flattened into it among them.
fn fields_of<T: ToSchema>() -> Vec<String> {
    let mut others = Vec::new();
    T::schemas(&mut others);
    let mut names = Vec::new();
    let own = T::schema();
    let named = |name: &str| others.iter().find(|(other, _)| other == name).map(|(_, schema)| schema);
    collect_fields(&own, &named, &mut names);
    names
}

/// The names of the fields of a schema, those of what is flattened into it among them; `named` finds other schemas.
pub fn collect_fields<'s>(
    schema: &'s RefOr<Schema>,
    named: &impl Fn(&str) -> Option<&'s RefOr<Schema>>,
    names: &mut Vec<String>,
) {
    match schema {
        RefOr::T(Schema::Object(object)) => names.extend(object.properties.keys().cloned()),
        RefOr::T(Schema::AllOf(parts)) => {
            parts.items.iter().for_each(|part| collect_fields(part, named, names));
        }
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
            if let Some(found) = named(name) {
                collect_fields(found, named, names);
            }
        }
        RefOr::T(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Deserialize, ToSchema)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only read")]
    struct Asked {
        #[serde(flatten)]
        range: Range,
        group_by: Option<String>,
    }

    #[test]
    fn a_question_has_the_fields_of_its_range_and_its_own_and_no_others() {
        assert!(read_question::<Asked>(json!({ "groupBy": "x", "startDate": "2026-01-01" })).is_ok());
        for (body, field, words) in [
            (json!({ "groupedBy": "x" }), "/groupedBy", "did you mean \"groupBy\"?"),
            (json!({ "startdate": "2026-01-01" }), "/startdate", "did you mean \"startDate\"?"),
            (json!({ "startDate": 7 }), "/startDate", "send a text"),
            (json!({ "groupBy": 7 }), "/groupBy", "send a text"),
            (json!([]), "", "is a list"),
        ] {
            let error = read_question::<Asked>(body.clone()).err().unwrap();
            let detail = error.detail().unwrap();
            assert!(detail.field == field && detail.message.contains(words), "{body}: {detail:?}");
        }
    }
}
