//! A form's answers: checked, and turned into typed attributes and consents. Browsers check too; this is what counts.

use super::attribute::{AttributeValue, Attributes, number};
use super::draft::AttributeType;
use super::payload::{ExtraType, FieldType, Form, FormField};
use jiff::civil::Date;
use regex::{Regex, RegexBuilder};
use std::borrow::Cow;

/// Characters of a line of text, at most.
pub const MAX_TEXT: usize = 500;
/// Characters of several lines, at most.
pub const MAX_TEXTAREA: usize = 5000;
/// Characters of a `validationPattern`, at most.
pub const MAX_PATTERN: usize = 300;
/// Bytes that a compiled pattern may take.
const PATTERN_BYTES: usize = 1 << 18;
/// Highest rating.
pub const MAX_RATING: i64 = 5;

impl FormField {
    /// Name of its input on the page, and in what the page sends: its id.
    pub fn input_name(&self) -> &str {
        &self.id
    }

    /// Its label, or its key where it has none.
    pub fn title(&self) -> &str {
        if self.label.is_empty() { &self.key } else { &self.label }
    }

    /// Whether it is an agreement.
    pub fn is_consent(&self) -> bool {
        self.x_type == Some(ExtraType::Consent)
    }

    /// Whether visitors do not see it.
    pub fn is_hidden(&self) -> bool {
        self.x_type == Some(ExtraType::Hidden)
    }

    /// The type its answer is captured as.
    pub fn attribute_type(&self) -> AttributeType {
        match self.kind {
            _ if self.is_hidden() => AttributeType::String,
            FieldType::Number | FieldType::Rating => AttributeType::Number,
            FieldType::Date => AttributeType::Date,
            FieldType::Radio | FieldType::Dropdown => AttributeType::Enum,
            FieldType::Checkbox if self.options.is_empty() => AttributeType::Boolean,
            _ => AttributeType::String,
        }
    }
}

/// An answer that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Id of its field.
    pub field: String,
    /// Attribute it becomes.
    pub key: String,
    /// The value.
    pub value: AttributeValue,
}

/// An agreement that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Id of its field.
    pub field: String,
    /// Its key.
    pub key: String,
    /// What was agreed to, word for word.
    pub text: String,
    /// Version of that text.
    pub version: String,
}

/// What a form was answered with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    /// Answers, in the order of the fields; unanswered fields are not among them.
    pub answers: Vec<Answer>,
    /// Agreements.
    pub consents: Vec<Consent>,
}

/// What is wrong with a field's answer. Pages say it in the visitor's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Id of the field.
    pub field: String,
    /// What is wrong.
    pub fault: FieldFault,
}

/// What can be wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldFault {
    /// It is required.
    Required,
    /// It must be agreed to.
    NotAgreed,
    /// Not an e-mail address.
    NotAnEmail,
    /// Not a telephone number.
    NotAPhone,
    /// Not a number.
    NotANumber,
    /// Not a date.
    NotADate,
    /// Not a whole number from 1 to [`MAX_RATING`].
    NotARating,
    /// None of the options.
    NotAnOption,
    /// Not as its owner's pattern wants it.
    DoesNotMatch,
    /// More characters than these.
    TooLong(usize),
}

/// What hidden fields are filled from: the scan that began the run.
#[derive(Clone, Copy, Debug, Default)]
pub struct HiddenFacts<'a> {
    /// Its raw query string.
    pub query: &'a str,
    /// The link's slug.
    pub slug: &'a str,
    /// The slug that was scanned.
    pub placement: &'a str,
}

/// Checks what a page sent: `(input name, value)` in any order, a name several times where several are ticked.
pub fn check(
    form: &Form,
    sent: &[(String, String)],
    hidden: HiddenFacts<'_>,
) -> Result<Submission, Vec<FieldError>> {
    let mut submission = Submission::default();
    let mut errors = Vec::new();
    for field in form.fields_in_order() {
        let mut values = sent
            .iter()
            .filter(|(name, _)| name == field.input_name())
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty());
        if field.is_consent() {
            match (values.next().is_some_and(is_ticked), field.required) {
                (true, _) => submission.consents.push(Consent {
                    field: field.id.clone(),
                    key: field.key.clone(),
                    text: field.x_consent_text.clone(),
                    version: field.x_consent_version.clone(),
                }),
                (false, true) => {
                    errors.push(FieldError { field: field.id.clone(), fault: FieldFault::NotAgreed });
                }
                (false, false) => {}
            }
            continue;
        }
        let answer = if field.is_hidden() {
            Ok(hidden_value(&field.x_from, hidden).map(Cow::into_owned))
        } else {
            value(field, &values.collect::<Vec<_>>())
        };
        match answer {
            Ok(Some(value)) => submission.answers.push(Answer {
                field: field.id.clone(),
                key: field.key.clone(),
                value: AttributeValue::new(field.attribute_type(), value),
            }),
            Ok(None) => {}
            Err(fault) => errors.push(FieldError { field: field.id.clone(), fault }),
        }
    }
    if errors.is_empty() { Ok(submission) } else { Err(errors) }
}

fn is_ticked(value: &str) -> bool {
    matches!(value, "true" | "on" | "1" | "yes")
}

/// The answer of a field, as it is kept.
fn value(field: &FormField, sent: &[&str]) -> Result<Option<String>, FieldFault> {
    if field.kind == FieldType::Checkbox && field.options.is_empty() {
        let ticked = sent.first().copied().is_some_and(is_ticked);
        return if field.required && !ticked {
            Err(FieldFault::Required)
        } else {
            Ok(Some(ticked.to_string()))
        };
    }
    let Some(first) = sent.first().copied() else {
        return if field.required { Err(FieldFault::Required) } else { Ok(None) };
    };
    let longest = if field.kind == FieldType::Textarea { MAX_TEXTAREA } else { MAX_TEXT };
    if sent.iter().map(|value| value.chars().count()).sum::<usize>() > longest {
        return Err(FieldFault::TooLong(longest));
    }
    let value = match field.kind {
        FieldType::Unspecified | FieldType::Text => first.replace(char::is_control, ""),
        FieldType::Textarea => {
            first.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t'), "")
        }
        FieldType::Email => email(first, &field.key).ok_or(FieldFault::NotAnEmail)?,
        FieldType::Phone => phone(first).ok_or(FieldFault::NotAPhone)?,
        FieldType::Number => decimal(first).ok_or(FieldFault::NotANumber)?,
        FieldType::Date => first.parse::<Date>().map_err(|_| FieldFault::NotADate)?.to_string(),
        FieldType::Rating => match first.parse::<i64>() {
            Ok(stars) if (1..=MAX_RATING).contains(&stars) => stars.to_string(),
            _ => return Err(FieldFault::NotARating),
        },
        FieldType::Radio | FieldType::Dropdown => option(field, first)?.to_owned(),
        FieldType::Checkbox => {
            let ticked: Result<Vec<_>, _> = sent.iter().map(|value| option(field, value)).collect();
            ticked?.join(", ")
        }
    };
    if !field.validation_pattern.is_empty() {
        // A pattern that does not compile was refused when the form was published.
        let fits = pattern(&field.validation_pattern).is_ok_and(|pattern| pattern.is_match(&value));
        if !fits {
            return Err(FieldFault::DoesNotMatch);
        }
    }
    Ok(Some(value))
}

fn option<'f>(field: &'f FormField, value: &str) -> Result<&'f str, FieldFault> {
    let found = field.options.iter().map(super::payload::Choice::value).find(|known| *known == value);
    found.ok_or(FieldFault::NotAnOption)
}

/// An address with one `@`, something before it, and a host with a dot behind it (what mail servers say to it is up to
/// them). The reserved attribute is an identity: lower case.
pub fn email(text: &str, key: &str) -> Option<String> {
    let (local, host) = text.rsplit_once('@')?;
    let is_plain = |text: &str| {
        !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '@' | '<' | '>' | ',' | ';' | '"'))
    };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let fine = text.len() <= 254
        && (1..=64).contains(&local.len())
        && is_plain(local)
        && host.contains('.')
        && host.split('.').all(is_label);
    fine.then(|| if key == "$email" { text.to_lowercase() } else { text.to_owned() })
}

/// Digits with an optional `+`, without the signs that people put between; `00` in front is a `+`.
pub fn phone(text: &str) -> Option<String> {
    let mut number = String::new();
    for (index, sign) in text.chars().enumerate() {
        match sign {
            '0'..='9' => number.push(sign),
            '+' if index == 0 => number.push('+'),
            ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' => {}
            _ => return None,
        }
    }
    if let Some(rest) = number.strip_prefix("00") {
        number = format!("+{rest}");
    }
    let digits = number.trim_start_matches('+').len();
    (6..=15).contains(&digits).then_some(number)
}

/// A number, its decimal comma made a point.
fn decimal(text: &str) -> Option<String> {
    let text = if text.contains('.') { Cow::Borrowed(text) } else { text.replacen(',', ".", 1).into() };
    number(&text).map(|number| number.to_string())
}

/// A pattern as it is tested: linear in the answer's length, the whole answer. Look-around and references back are not
/// to be had in linear time. The error is a sentence for the owner.
pub fn pattern(text: &str) -> Result<Regex, String> {
    if text.chars().count() > MAX_PATTERN {
        return Err(format!("the pattern is longer than {MAX_PATTERN} characters; shorten it"));
    }
    RegexBuilder::new(&format!("^(?:{text})$")).size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES).build().map_err(
        |error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern repeats too much; use smaller numbers in {}".to_owned(),
            _ => format!(
                "the pattern \"{text}\" cannot be read; it may use groups, classes and repetitions, not (?= ), (?! ) or \\1"
            ),
        },
    )
}

/// Where hidden fields can be filled from, besides `query:NAME`.
const SOURCES: [&str; 7] =
    ["slug", "placement", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

/// Whether a hidden field's source is one.
pub fn is_source(from: &str) -> bool {
    SOURCES.contains(&from) || from.strip_prefix("query:").is_some_and(|name| !name.is_empty())
}

fn hidden_value<'a>(from: &str, facts: HiddenFacts<'a>) -> Option<Cow<'a, str>> {
    let value = match from {
        "slug" => Cow::Borrowed(facts.slug),
        "placement" => Cow::Borrowed(facts.placement),
        _ => parameter(facts.query, from.strip_prefix("query:").unwrap_or(from))?,
    };
    let value = match value.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => Cow::Owned(value[..end].to_owned()),
        None => value,
    };
    (!value.trim().is_empty()).then_some(value)
}

/// The first value of a name in a raw query string.
pub(super) fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Whether the form need not be shown to a visitor with these attributes: every required answer is known (every answer,
/// where none is required), and there is nothing left to agree to.
pub fn is_known(form: &Form, attributes: &Attributes) -> bool {
    let asked = || form.form_fields.iter().filter(|field| !field.is_hidden());
    let any_required = asked().any(|field| field.required);
    let mut needed = asked().filter(|field| field.required || !any_required).peekable();
    needed.peek().is_some()
        && needed.all(|field| {
            !field.is_consent() && attributes.get(&field.key).is_some_and(|value| !value.value.is_empty())
        })
}

#[cfg(test)]
mod tests {
    use super::super::payload::Choice;
    use super::*;

    fn field(kind: FieldType) -> FormField {
        FormField { id: "f".into(), key: "k".into(), kind, ..FormField::default() }
    }

    fn one(field: FormField, sent: &[&str]) -> Result<Option<(AttributeType, String)>, FieldFault> {
        let form = Form { form_fields: vec![field], ..Form::default() };
        let sent: Vec<_> = sent.iter().map(|value| ("f".to_owned(), (*value).to_owned())).collect();
        match check(&form, &sent, HiddenFacts::default()) {
            Ok(mut submission) => {
                Ok(submission.answers.pop().map(|answer| (answer.value.kind, answer.value.value)))
            }
            Err(errors) => Err(errors[0].fault),
        }
    }

    fn kept(kind: FieldType, text: &str) -> Result<String, FieldFault> {
        one(field(kind), &[text]).map(|answer| answer.unwrap().1)
    }

    #[test]
    fn each_type_checks_and_keeps_its_own() {
        let text = |text: &str| Ok(text.to_owned());
        assert_eq!(kept(FieldType::Text, " Ada "), text("Ada"));
        assert_eq!(kept(FieldType::Email, "Ada@Example.com"), text("Ada@Example.com"));
        for wrong in
            ["ada", "ada@", "@e.com", "ada@localhost", "a b@e.com", "a@e..com", "a@-e.com", "a@b@e.com"]
        {
            assert_eq!(kept(FieldType::Email, wrong), Err(FieldFault::NotAnEmail), "{wrong}");
        }
        assert_eq!(kept(FieldType::Phone, "0049 (30) 123-45.67"), text("+49301234567"));
        assert_eq!(kept(FieldType::Phone, "030 123456"), text("030123456"));
        for wrong in ["12345", "call me", "+1234567890123456", "1+23456"] {
            assert_eq!(kept(FieldType::Phone, wrong), Err(FieldFault::NotAPhone), "{wrong}");
        }
        assert_eq!(kept(FieldType::Number, "3,50"), text("3.5"));
        for wrong in ["three", "inf", "NaN", "1,2,3"] {
            assert_eq!(kept(FieldType::Number, wrong), Err(FieldFault::NotANumber), "{wrong}");
        }
        assert_eq!(kept(FieldType::Date, "2024-02-29"), text("2024-02-29"));
        assert_eq!(kept(FieldType::Date, "2026-02-29"), Err(FieldFault::NotADate));
        assert_eq!(kept(FieldType::Rating, "5"), text("5"));
        assert_eq!(kept(FieldType::Rating, "6"), Err(FieldFault::NotARating));
        assert_eq!(kept(FieldType::Text, &"x".repeat(MAX_TEXT + 1)), Err(FieldFault::TooLong(MAX_TEXT)));
        assert!(kept(FieldType::Textarea, &"x".repeat(MAX_TEXT + 1)).is_ok());
    }

    #[test]
    fn options_are_the_only_answers_of_a_choice() {
        let choice = |label: &str, value: &str| Choice { label: label.into(), value: value.into() };
        let options = vec![choice("Small", "s"), choice("Large", "")];
        let with = |kind| FormField { options: options.clone(), ..field(kind) };
        assert_eq!(one(with(FieldType::Radio), &["s"]), Ok(Some((AttributeType::Enum, "s".into()))));
        assert_eq!(one(with(FieldType::Dropdown), &["Small"]), Err(FieldFault::NotAnOption));
        assert_eq!(
            one(with(FieldType::Checkbox), &["s", "Large"]),
            Ok(Some((AttributeType::String, "s, Large".into())))
        );
        assert_eq!(one(with(FieldType::Checkbox), &["s", "x"]), Err(FieldFault::NotAnOption));
        assert_eq!(
            one(field(FieldType::Checkbox), &["on"]),
            Ok(Some((AttributeType::Boolean, "true".into())))
        );
        assert_eq!(one(field(FieldType::Checkbox), &[]), Ok(Some((AttributeType::Boolean, "false".into()))));
    }

    #[test]
    fn required_consent_and_hidden_fields() {
        let required = FormField { required: true, ..field(FieldType::Text) };
        assert_eq!(one(required.clone(), &["  "]), Err(FieldFault::Required));
        assert_eq!(one(field(FieldType::Text), &[""]), Ok(None));
        let consent = FormField {
            x_type: Some(ExtraType::Consent),
            x_consent_text: "Write to me".into(),
            x_consent_version: "2".into(),
            ..required.clone()
        };
        assert_eq!(one(consent.clone(), &[]), Err(FieldFault::NotAgreed));
        let form = Form { form_fields: vec![consent], ..Form::default() };
        let given = check(&form, &[("f".into(), "on".into())], HiddenFacts::default()).unwrap();
        assert_eq!((&*given.consents[0].text, &*given.consents[0].version), ("Write to me", "2"));
        let hidden = |from: &str| {
            let field =
                FormField { x_type: Some(ExtraType::Hidden), x_from: from.into(), ..required.clone() };
            let facts = HiddenFacts { query: "utm_source=flyer&t=%C3%A9", slug: "menu", placement: "door" };
            let sent = [("f".to_owned(), "forged".to_owned())];
            let form = Form { form_fields: vec![field], ..Form::default() };
            check(&form, &sent, facts).unwrap().answers.pop().map(|answer| answer.value.value)
        };
        assert_eq!(hidden("query:t").as_deref(), Some("é"));
        assert_eq!(hidden("utm_source").as_deref(), Some("flyer"));
        assert_eq!(hidden("placement").as_deref(), Some("door"));
        assert_eq!(hidden("query:none"), None);
        assert!(is_source("query:x") && !is_source("query:") && !is_source("cookie"));
    }

    #[test]
    fn a_pattern_is_for_the_whole_answer_and_runs_in_linear_time() {
        let with = |pattern: &str| FormField { validation_pattern: pattern.into(), ..field(FieldType::Text) };
        assert!(one(with("[A-Z]{2}\\d+"), &["AB12"]).is_ok());
        assert_eq!(one(with("[A-Z]{2}\\d+"), &["xAB12"]), Err(FieldFault::DoesNotMatch));
        assert_eq!(one(with("a|b"), &["ab"]), Err(FieldFault::DoesNotMatch));
        assert_eq!(one(with("(a+)+b"), &[&"a".repeat(MAX_TEXT)]), Err(FieldFault::DoesNotMatch));
        for wrong in ["(", "(?=a)", "(a)\\1", "((a{100}){100}){100}"] {
            assert!(pattern(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_visitor_whose_answers_are_known_may_skip() {
        let required = FormField { required: true, ..field(FieldType::Text) };
        let other = FormField { key: "other".into(), ..field(FieldType::Text) };
        let form = |fields| Form { form_fields: fields, ..Form::default() };
        let known = Attributes::from([("k".to_owned(), AttributeValue::text("v"))]);
        assert!(is_known(&form(vec![required.clone(), other.clone()]), &known));
        assert!(!is_known(&form(vec![field(FieldType::Text), other]), &known));
        assert!(!is_known(&form(vec![]), &known));
        let consent = FormField { x_type: Some(ExtraType::Consent), ..required };
        assert!(!is_known(&form(vec![consent]), &known));
    }
}
