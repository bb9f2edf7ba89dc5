//! One field of a form as HTML.

use super::{Form, TICKED, input_name, label, say};
use crate::html::{Attribute, Text, add, said};
use crate::signs;
use crate::words::Words;
use model::workflow::form::MAX_TEXTAREA;
use model::workflow::payload::{Choice, ExtraType, FieldType, FormField};

/// Points of a rating.
const RATING: std::ops::RangeInclusive<u32> = 1..=5;

/// A field at hand: what it is called in HTML, and what is known of its answer.
struct Shown<'a> {
    field: &'a FormField,
    /// Ids begin with it.
    id: String,
    words: &'a Words,
    /// What stands in it.
    values: Vec<&'a str>,
    /// What is wrong with it, in words.
    fault: Option<String>,
    /// Whether no rating stands before it: it draws the star.
    is_first_rating: bool,
}

/// Adds a field; `at` is its place in the form.
pub(super) fn add_field(html: &mut String, form: &Form<'_>, field: &FormField, at: usize, words: &Words) {
    let answered = form.values.get(input_name(field));
    let values = match answered {
        Some(values) => values.iter().map(String::as_str).collect(),
        None => said(&field.default_value).into_iter().collect(),
    };
    let fault = form.problems.get(input_name(field)).map(|problem| say(*problem, field, &words.problems));
    let is_first_rating = !html.contains("class=\"stars\"");
    let shown = Shown { field, id: format!("f{at}"), words, values, fault, is_first_rating };
    match (field.x_type, field.kind) {
        (Some(ExtraType::Hidden), _) => {}
        (Some(ExtraType::Consent), _) => {
            shown.tick(html, said(&field.x_consent_text).unwrap_or(&field.label))
        }
        (None, FieldType::Checkbox) if field.options.is_empty() => shown.tick(html, label(field)),
        (None, FieldType::Checkbox) => shown.choices(html, "checkbox"),
        (None, FieldType::Radio) => shown.choices(html, "radio"),
        (None, FieldType::Rating) => shown.rating(html),
        (None, FieldType::Dropdown) => shown.dropdown(html),
        (None, FieldType::Textarea) => shown.lines(html),
        (None, _) => shown.line(html),
    }
}

impl Shown<'_> {
    fn value(&self) -> Option<&str> {
        self.values.first().copied()
    }

    /// ` (optional)`, where it is.
    fn optional(&self) -> String {
        if self.field.required { String::new() } else { format!(" <small>{}</small>", self.words.optional) }
    }

    /// `name`, `required`, and what describes the control.
    fn common(&self) -> String {
        let mut attributes = Attribute("name", Some(input_name(self.field))).to_string();
        if self.field.required {
            attributes.push_str(" required");
        }
        attributes + &self.described()
    }

    fn described(&self) -> String {
        let mut by = Vec::new();
        if self.fault.is_some() {
            by.push(format!("{}-fault", self.id));
        }
        if said(&self.field.help_text).is_some() {
            by.push(format!("{}-help", self.id));
        }
        let invalid = if self.fault.is_some() { " aria-invalid=\"true\"" } else { "" };
        if by.is_empty() { String::new() } else { format!("{invalid} aria-describedby=\"{}\"", by.join(" ")) }
    }

    /// Fault and help, below the control.
    fn notes(&self, html: &mut String) {
        let id = &self.id;
        if let Some(fault) = &self.fault {
            add(html, format_args!("<p class=\"fault\" id=\"{id}-fault\">{}{fault}</p>", signs::ALARM_AGAIN));
        }
        if let Some(help) = said(&self.field.help_text) {
            add(html, format_args!("<p class=\"help\" id=\"{id}-help\">{}</p>", Text(help)));
        }
    }

    fn open(&self, html: &mut String) {
        let (id, text) = (&self.id, Text(label(self.field)));
        add(html, format_args!("<div class=\"field\"><label for=\"{id}\">{text}{}</label>", self.optional()));
    }

    fn close(&self, html: &mut String) {
        self.notes(html);
        html.push_str("</div>");
    }

    fn line(&self, html: &mut String) {
        self.open(html);
        let field = self.field;
        let kind = match field.kind {
            FieldType::Email => "email",
            FieldType::Phone => "tel",
            FieldType::Date => "date",
            // A browser empties a number field that holds anything else; what was typed has to stay.
            _ => "text",
        };
        let is_number = field.kind == FieldType::Number;
        let own = said(&field.validation_pattern).filter(|_| field.kind != FieldType::Date);
        let own = own.filter(|pattern| means_the_same_to_browsers(pattern));
        let pattern = own.or(is_number.then_some("[+\\-]?[0-9]*[.,]?[0-9]+"));
        let hint = own.and(said(&field.help_text));
        add(
            html,
            format_args!(
                "<input id=\"{}\" type=\"{kind}\"{}{}{}{}{}{}{}>",
                self.id,
                self.common(),
                Attribute("value", self.value()),
                Attribute("placeholder", said(&field.placeholder)),
                Attribute("pattern", pattern),
                Attribute("title", hint),
                Attribute("inputmode", is_number.then_some("decimal")),
                Attribute("autocomplete", autocomplete(field)),
            ),
        );
        self.close(html);
    }

    fn lines(&self, html: &mut String) {
        self.open(html);
        add(
            html,
            format_args!(
                // A line break after the tag is not part of the text: one of the answer's own stays.
                "<textarea id=\"{}\" rows=\"4\" maxlength=\"{MAX_TEXTAREA}\"{}{}>\n{}</textarea>",
                self.id,
                self.common(),
                Attribute("placeholder", said(&self.field.placeholder)),
                Text(self.value().unwrap_or_default())
            ),
        );
        self.close(html);
    }

    fn dropdown(&self, html: &mut String) {
        self.open(html);
        let prompt = said(&self.field.placeholder).unwrap_or(self.words.choose);
        add(
            html,
            format_args!(
                "<div class=\"select\"><select id=\"{}\"{}><option value=\"\">{}</option>",
                self.id,
                self.common(),
                Text(prompt)
            ),
        );
        for option in &self.field.options {
            let chosen = if self.is_chosen(option) { " selected" } else { "" };
            add(
                html,
                format_args!(
                    "<option value=\"{}\"{chosen}>{}</option>",
                    Text(option.value()),
                    Text(&option.label)
                ),
            );
        }
        add(html, format_args!("</select>{}</div>", signs::ONWARD));
        self.close(html);
    }

    fn is_chosen(&self, option: &Choice) -> bool {
        self.values.contains(&option.value())
    }

    fn choices(&self, html: &mut String, kind: &str) {
        self.open_set(html, "");
        // `required` on boxes would ask for every one of them.
        let required = if self.field.required && kind == "radio" { " required" } else { "" };
        for (at, option) in self.field.options.iter().enumerate() {
            add(
                html,
                format_args!(
                    "<label class=\"choice\"><input type=\"{kind}\"{}{}{}{required}{}{}><span>{}</span></label>",
                    // The summary's link leads to the first.
                    Attribute("id", (at == 0).then_some(self.id.as_str())),
                    Attribute("name", Some(input_name(self.field))),
                    Attribute("value", Some(option.value())),
                    if self.is_chosen(option) { " checked" } else { "" },
                    if self.fault.is_some() { " aria-invalid=\"true\"" } else { "" },
                    Text(&option.label)
                ),
            );
        }
        self.close_set(html);
    }

    fn rating(&self, html: &mut String) {
        self.open_set(html, " rating");
        let words = self.words;
        html.push_str("<div class=\"stars\">");
        for points in RATING {
            let value = points.to_string();
            let meaning = match points {
                1 => format!("<span class=\"aside\"> ({})</span>", words.lowest),
                5 => format!("<span class=\"aside\"> ({})</span>", words.highest),
                _ => String::new(),
            };
            add(
                html,
                format_args!(
                    "<label class=\"star\"><input type=\"radio\"{}{} value=\"{value}\"{}{}{}>{}<span>{value}{meaning}</span></label>",
                    Attribute("id", (points == 1).then_some(self.id.as_str())),
                    Attribute("name", Some(input_name(self.field))),
                    if self.value() == Some(value.as_str()) { " checked" } else { "" },
                    if self.field.required { " required" } else { "" },
                    if self.fault.is_some() { " aria-invalid=\"true\"" } else { "" },
                    if points == 1 && self.is_first_rating { signs::STAR } else { signs::STAR_AGAIN }
                ),
            );
        }
        html.push_str("</div>");
        self.close_set(html);
    }

    fn open_set(&self, html: &mut String, class: &str) {
        let described = self.described().replace(" aria-invalid=\"true\"", "");
        let (text, optional) = (Text(label(self.field)), self.optional());
        add(
            html,
            format_args!("<fieldset class=\"field{class}\"{described}><legend>{text}{optional}</legend>"),
        );
    }

    fn close_set(&self, html: &mut String) {
        self.notes(html);
        html.push_str("</fieldset>");
    }

    /// One box, to be ticked or not.
    fn tick(&self, html: &mut String, text: &str) {
        let checked = self.value().is_some_and(|value| value == TICKED);
        // An agreement has a text; the label, where there is one too, is its heading.
        let heading = said(&self.field.label).filter(|heading| *heading != text);
        html.push_str("<div class=\"field\">");
        if let Some(heading) = heading {
            add(html, format_args!("<p class=\"label\">{}</p>", Text(heading)));
        }
        add(
            html,
            format_args!(
                "<label class=\"choice\"><input id=\"{}\" type=\"checkbox\" value=\"{TICKED}\"{}{}><span>{}{}</span></label>",
                self.id,
                self.common(),
                if checked { " checked" } else { "" },
                Text(text),
                self.optional()
            ),
        );
        self.close(html);
    }
}

/// Whether browsers, whose patterns are ECMAScript's (flag `v`), read a pattern as we do. What is in doubt they are not
/// given: their "no" would stand before our "yes".
fn means_the_same_to_browsers(pattern: &str) -> bool {
    let in_doubt = [
        "(?", "[[", "[^[", "&&", "--", "~~", "\\p", "\\P", "\\x", "\\u", "\\A", "\\z", "\\b", "\\B", "\\w",
        "\\W", "\\s", "\\S",
    ];
    !in_doubt.iter().any(|sign| pattern.contains(sign))
}

/// What a browser or keyboard may offer (HTML, autofill), by the field's key and kind.
fn autocomplete(field: &FormField) -> Option<&'static str> {
    let key: String =
        field.key.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    let by_key = match key.as_str() {
        "email" | "mail" => "email",
        "phone" | "mobile" | "telephone" => "tel",
        "firstname" | "givenname" => "given-name",
        "lastname" | "familyname" | "surname" => "family-name",
        "name" | "fullname" => "name",
        "company" | "organization" | "organisation" => "organization",
        "jobtitle" | "role" => "organization-title",
        "street" | "streetaddress" | "address" => "street-address",
        "city" | "town" => "address-level2",
        "state" | "region" => "address-level1",
        "zip" | "postalcode" | "postcode" => "postal-code",
        "country" => "country-name",
        "website" | "url" => "url",
        "birthday" | "birthdate" | "dateofbirth" => "bday",
        _ => "",
    };
    match (field.kind, said(by_key)) {
        (FieldType::Email, _) => Some("email"),
        (FieldType::Phone, _) => Some("tel"),
        (FieldType::Number, _) => None,
        (FieldType::Date, token) => token.filter(|token| *token == "bday"),
        (_, token) => token,
    }
}
