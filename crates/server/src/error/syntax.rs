//! What is wrong with a body that is no JSON, in words of people.

/// The sentence of serde's, which comes with the framework's preamble: `…: expected value at line 1 column 10`.
pub fn told(text: &str) -> String {
    let place = || {
        let (reason, place) = text.rsplit_once(" at line ")?;
        let (line, column) = place.split_once(" column ")?;
        let reason = reason.rsplit_once(": ").map_or(reason, |(_, reason)| reason);
        Some((reason, line.trim(), column.trim()))
    };
    match place() {
        None => "the body is not well-formed JSON".to_owned(),
        Some((reason, line, column)) => {
            format!("the body is not well-formed JSON: line {line}, column {column}: {}", meant(reason))
        }
    }
}

fn meant(reason: &str) -> &'static str {
    match reason {
        reason if reason.starts_with("EOF") => "it ends in the midst; something is not closed",
        "trailing comma" => "there is a comma behind the last one; take it out",
        "trailing characters" => "something follows behind the end",
        "key must be a string" => "the name of a field must stand in quotation marks (\")",
        "expected `:`" => "a colon is missing behind the name of a field",
        "expected `,` or `}`" => "a comma or a closing brace is missing",
        "expected `,` or `]`" => "a comma or a closing bracket is missing",
        "expected value" | "expected ident" => {
            "there is no value here; texts stand in quotation marks (\"), and there are numbers, true, false and null"
        }
        "invalid number" => "this is no number as JSON writes them, such as 7 or 0.5",
        "number out of range" => "this number is too large",
        "recursion limit exceeded" => "lists and objects lie in each other too deep",
        reason if reason.starts_with("control character") => {
            "a text has a line break or another control character in it; write \\n"
        }
        reason if reason.contains("escape") || reason.contains("unicode") => {
            "a text has a backslash that begins nothing; write \\\\ for the sign itself"
        }
        _ => "this is no JSON",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slip_says_where_it_is_and_what_to_do() {
        for (body, place, words) in [
            (r#"{"name": "x",}"#, "line 1, column 14", "take it out"),
            ("{\n  \"name\": 'x'\n}", "line 2, column 11", "quotation marks"),
            ("{name: 1}", "line 1, column 2", "quotation marks"),
            (r#"{"name" 1}"#, "line 1, column 9", "colon"),
            (r#"{"a": 1 "b": 2}"#, "line 1, column 9", "comma or a closing brace"),
            ("[1 2]", "line 1, column 4", "comma or a closing bracket"),
            (r#"{"name": "x""#, "line 1, column 12", "not closed"),
            ("{} {}", "line 1, column 4", "behind the end"),
            ("{\"a\": \"\n\"}", "line 2, column 0", "line break"),
            (r#"{"a": "\d"}"#, "line 1, column 9", "backslash"),
            ("[1e999]", "line 1, column 6", "too large"),
            ("[01]", "line 1, column 3", "no number"),
        ] {
            let error = serde_json::from_str::<serde_json::Value>(body).unwrap_err();
            let told = told(&format!("Failed to parse the request body as JSON: {error}"));
            assert!(told.contains(place) && told.contains(words), "{body}: {error}: {told}");
        }
    }
}
