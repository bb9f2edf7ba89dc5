//! The OpenAPI document as one page of HTML: no script, nothing to load.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Renders the document.
pub fn page(document: &Value) -> String {
    let mut tags: BTreeMap<&str, Vec<(&str, &str, &Value)>> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or("Other");
            tags.entry(tag).or_default().push((method, path, operation));
        }
    }
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Quietzone API</title>\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><style>",
    );
    html.push_str(STYLE);
    html.push_str(
        "</style></head><body><header><h1>Quietzone API</h1><p>Send <code>Authorization: Bearer &lt;token&gt;</code>. \
         Every error has the shape <code>{code, codeType, message, details[]}</code>. \
         For programs: <a href=\"/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p><nav>",
    );
    for tag in tags.keys() {
        let _ = write!(html, "<a href=\"#{0}\">{0}</a> ", escape(tag));
    }
    html.push_str("</nav></header><main>");
    for (tag, operations) in &tags {
        let _ = write!(html, "<section id=\"{0}\"><h2>{0}</h2>", escape(tag));
        for (method, path, operation) in operations {
            render_operation(&mut html, document, method, path, operation);
        }
        html.push_str("</section>");
    }
    html.push_str("</main></body></html>");
    html
}

fn render_operation(html: &mut String, document: &Value, method: &str, path: &str, operation: &Value) {
    let summary = operation["summary"].as_str().unwrap_or_default();
    let _ = write!(
        html,
        "<details><summary><b>{}</b> <code>{}</code> <span>{}</span></summary>",
        method.to_uppercase(),
        escape(path),
        escape(summary)
    );
    if let Some(text) = operation["description"].as_str() {
        let _ = write!(html, "<p>{}</p>", escape(text));
    }
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        html.push_str("<h3>Parameters</h3><table>");
        for parameter in parameters {
            let name = parameter["name"].as_str().unwrap_or_default();
            let about = parameter["description"].as_str().unwrap_or_default();
            let place = parameter["in"].as_str().unwrap_or_default();
            let _ = write!(
                html,
                "<tr><td><code>{}</code></td><td>{place}, {}</td><td>{}</td></tr>",
                escape(name),
                type_of(&parameter["schema"]),
                escape(about)
            );
        }
        html.push_str("</table>");
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if !body.is_null() {
        html.push_str("<h3>Body</h3>");
        render_schema(html, document, body);
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let schema = &response["content"]["application/json"]["schema"];
        if status == "200" && !schema.is_null() {
            html.push_str("<h3>Answer</h3>");
            render_schema(html, document, schema);
        }
    }
    html.push_str("</details>");
}

fn render_schema(html: &mut String, document: &Value, schema: &Value) {
    let schema = resolve(document, schema);
    let Some(properties) = schema["properties"].as_object() else {
        let _ = write!(html, "<p>{}</p>", type_of(schema));
        return;
    };
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    html.push_str("<table>");
    for (name, property) in properties {
        let mark = if required.contains(&name.as_str()) { "" } else { "?" };
        let about = property["description"].as_str().unwrap_or_default();
        let _ = write!(
            html,
            "<tr><td><code>{}{mark}</code></td><td>{}</td><td>{}</td></tr>",
            escape(name),
            type_of(property),
            escape(about)
        );
    }
    html.push_str("</table>");
}

fn resolve<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).unwrap_or(schema),
        None => schema,
    }
}

fn type_of(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return escape(reference.rsplit('/').next().unwrap_or_default());
    }
    for alternatives in ["oneOf", "anyOf"] {
        if let Some(list) = schema[alternatives].as_array() {
            let kinds: Vec<String> = list.iter().map(type_of).filter(|kind| kind != "null").collect();
            return kinds.join(" or ");
        }
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .filter(|kind| *kind != "null")
            .collect::<Vec<_>>()
            .join(" or "),
        _ => "any".to_owned(),
    };
    if kind == "array" { format!("list of {}", type_of(&schema["items"])) } else { escape(&kind) }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;\
    padding:2rem 1rem;color:light-dark(#1c2024,#eceef0);background:light-dark(#fff,#151718)}nav a{margin-right:.75rem}\
    a{color:light-dark(#0b68cb,#70b8ff)}h2{margin:2.5rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .25rem}\
    details{border-top:1px solid light-dark(#e0e3e6,#313538);padding:.5rem 0}summary{cursor:pointer}\
    summary b{display:inline-block;min-width:4rem}summary span{color:light-dark(#60646c,#b0b4ba)}\
    table{border-collapse:collapse;width:100%}td{border-top:1px solid light-dark(#eceef0,#272a2d);padding:.25rem .75rem .25rem 0;\
    vertical-align:top}code{font:0.9em ui-monospace,monospace;overflow-wrap:anywhere}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page() {
        let document = serde_json::to_value(crate::router::document()).unwrap();
        let html = page(&document);
        for (path, _) in document["paths"].as_object().unwrap() {
            assert!(html.contains(&escape(path)), "{path}");
        }
    }
}
