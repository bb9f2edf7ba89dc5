//! Laying the layers of settings over each other, with an error for whatever is in none of them.

use super::ConfigError;
use toml::{Table, Value};

/// The base layer and manual of settings.
pub const DEFAULTS: &str = include_str!("../../../../config.default.toml");

const PREFIX: &str = "QUIETZONE_";

/// Variables that the build and the set-up read; not settings of the server.
const NOT_SETTINGS: &[&str] = &["QUIETZONE_CACHE", "QUIETZONE_LISTS", "QUIETZONE_VENV"];

/// Defaults, then the file (`name`, text), then the variables.
pub fn merge(
    file: Option<(&str, &str)>,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Table, ConfigError> {
    let mut table: Table = DEFAULTS.parse().expect("config.default.toml is valid; a test reads it");
    if let Some((name, text)) = file {
        let over: Table = text
            .parse()
            .map_err(|error: toml::de::Error| ConfigError(format!("{name}, {}", one_line(&error, text))))?;
        lay_over(&mut table, over, "", name)?;
    }
    for (variable, value) in variables.filter(|(name, _)| name.starts_with(PREFIX)) {
        if !NOT_SETTINGS.contains(&variable.as_str()) {
            set_variable(&mut table, &variable, &value)?;
        }
    }
    Ok(table)
}

fn lay_over(base: &mut Table, over: Table, path: &str, file: &str) -> Result<(), ConfigError> {
    for (key, value) in over {
        let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => lay_over(base, over, &full, file)?,
            (Some(slot), value) if slot.same_type(&value) => *slot = value,
            (Some(slot), value) => {
                return Err(ConfigError(format!(
                    "{file}: {full} is {}, expected {}",
                    value.type_str(),
                    slot.type_str()
                )));
            }
            (None, _) => {
                let known: Vec<String> = base.keys().map(|known| full.replace(&key, known)).collect();
                return Err(ConfigError(format!("{file}: unknown setting {full}{}", nearest(&full, &known))));
            }
        }
    }
    Ok(())
}

fn set_variable(table: &mut Table, variable: &str, text: &str) -> Result<(), ConfigError> {
    let mut names = Vec::new();
    for (key, value) in table.iter_mut() {
        let name = format!("{PREFIX}{}", key.to_uppercase());
        match value {
            Value::Table(section) => {
                for (inner, value) in section.iter_mut() {
                    let name = format!("{name}_{}", inner.to_uppercase());
                    if name == variable {
                        return set_value(value, variable, text);
                    }
                    names.push(name);
                }
            }
            value if name == variable => return set_value(value, variable, text),
            _ => names.push(name),
        }
    }
    Err(ConfigError(format!("unknown variable {variable}{}", nearest(variable, &names))))
}

fn set_value(slot: &mut Value, variable: &str, text: &str) -> Result<(), ConfigError> {
    *slot = match slot {
        Value::Integer(_) => Value::Integer(
            text.trim()
                .parse()
                .map_err(|_| ConfigError(format!("{variable}: \"{text}\" is not a whole number")))?,
        ),
        Value::Boolean(_) => match text.trim() {
            "true" | "1" => Value::Boolean(true),
            "false" | "0" => Value::Boolean(false),
            _ => return Err(ConfigError(format!("{variable}: \"{text}\" is neither true nor false"))),
        },
        _ => Value::String(text.to_owned()),
    };
    Ok(())
}

fn nearest(name: &str, known: &[String]) -> String {
    // Jaro-Winkler rather than edit distance: a name that was cut short is still nearest to its own beginning.
    let likeness = |candidate: &&String| strsim::jaro_winkler(name, candidate);
    known
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .map(|candidate| format!("; did you mean {candidate}?"))
        .unwrap_or_default()
}

/// What is wrong with a file, and in which of its lines.
fn one_line(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    format!("line {line}: {}", error.message().lines().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str) -> Result<Table, String> {
        merge(Some(("my.toml", text)), std::iter::empty()).map_err(|error| error.0)
    }

    #[test]
    fn a_file_lies_over_the_defaults() {
        let table = with_file("listen = \"0.0.0.0:80\"\n[spool]\nmax_wait_ms = 5").unwrap();
        assert_eq!(table["listen"].as_str(), Some("0.0.0.0:80"));
        assert_eq!(table["spool"]["max_wait_ms"].as_integer(), Some(5));
        assert_eq!(table["spool"]["sync_interval_ms"].as_integer(), Some(50));
    }

    #[test]
    fn a_mistyped_variable_names_its_nearest() {
        for (wrong, right) in [
            ("QUIETZONE_SPOL_MAX", "QUIETZONE_SPOOL_MAX_BYTES"),
            ("QUIETZONE_ADMIN_MAIL", "QUIETZONE_ADMIN_EMAIL"),
            ("QUIETZONE_TRUSTED_PROXY", "QUIETZONE_TRUSTED_PROXIES"),
        ] {
            let error = merge(None, [(wrong.to_owned(), "1".to_owned())].into_iter()).unwrap_err().0;
            assert!(error.ends_with(&format!("did you mean {right}?")), "{error}");
        }
    }

    #[test]
    fn what_the_manual_does_not_know_names_its_nearest() {
        assert_eq!(
            with_file("lisen = 1").unwrap_err(),
            "my.toml: unknown setting lisen; did you mean listen?"
        );
        let error = with_file("[spool]\nmax_wait = 1").unwrap_err();
        assert_eq!(error, "my.toml: unknown setting spool.max_wait; did you mean spool.max_wait_ms?");
        let error = with_file("listen = \"x\"\ndemo = maybe").unwrap_err();
        assert!(error.starts_with("my.toml, line 2: "), "{error}");
        assert_eq!(
            with_file("[api]\ntoken = 7").unwrap_err(),
            "my.toml: api.token is integer, expected string"
        );
    }
}
