//! A form: its fields, what was typed, and what is wrong with it. Browsers check what they can; whoever reads the answer
//! checks it all again.

mod field;

use crate::document::{Content, Frame, Layout, Needs, Page};
use crate::html::{Text, add, said};
use crate::message::paragraph;
use crate::signs;
use crate::style;
use crate::words::{Problems, Words};
use model::workflow::payload::{self, ExtraType, FieldType, FormField};
use std::collections::BTreeMap;

/// Name of the button that skips the form.
pub const SKIP: &str = "_skip";
/// Name of the hidden field with the caller's time trap.
pub const TRAP: &str = "_t";
/// Name of a field that people do not see and programs fill in.
pub const HONEYPOT: &str = "_website";
/// Value of a ticked box: of a consent, and of a checkbox without options.
pub const TICKED: &str = "true";

/// The page.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// What its owner wrote.
    pub payload: &'a payload::Form,
    /// Where the answer is posted to.
    pub action: &'a str,
    /// What was answered before, by [name of the input](input_name): it stands there again.
    pub values: &'a BTreeMap<String, Vec<String>>,
    /// What is wrong with it, by name of the input.
    pub problems: &'a BTreeMap<String, Problem>,
    /// The caller's token that says when the form was shown.
    pub trap: &'a str,
    /// Whether it is shown again though nothing is wrong with the answers.
    pub is_once_more: bool,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is none.
    Missing,
    /// Not an e-mail address.
    Email,
    /// Not a telephone number.
    Phone,
    /// Not a number.
    Number,
    /// Not a calendar day.
    Date,
    /// Not what the field's pattern asks for.
    Pattern,
    /// None of the options.
    Option,
    /// Longer than so many characters.
    TooLong(u32),
}

/// Name that a field's answer is posted under: its id, which is its own within the form.
pub fn input_name(field: &FormField) -> &str {
    &field.id
}

impl Form<'_> {
    /// The page.
    pub fn page(&self, frame: &Frame<'_>) -> Page {
        let words = Words::of(frame.language);
        let fields: Vec<&FormField> = self
            .payload
            .fields_in_order()
            .into_iter()
            // A hidden field is filled by whoever reads the answer: a page that carried it could be made to lie.
            .filter(|field| field.x_type != Some(ExtraType::Hidden))
            .collect();
        let mut body = paragraph(&self.payload.form_description);
        self.summary(&mut body, &fields, words);
        add(&mut body, format_args!("<form method=\"post\" action=\"{}\">", Text(self.action)));
        for (at, field) in fields.iter().enumerate() {
            field::add_field(&mut body, self, field, at, words);
        }
        add(
            &mut body,
            format_args!(
                "<div class=\"trap\" aria-hidden=\"true\"><label>{}<input name=\"{HONEYPOT}\" tabindex=\"-1\" \
                 autocomplete=\"off\"></label></div><input type=\"hidden\" name=\"{TRAP}\" value=\"{}\">\
                 <div class=\"actions\"><button class=\"button\">{}</button>",
                words.leave_empty,
                Text(self.trap),
                Text(said(&self.payload.submit_button_text).unwrap_or(words.send)),
            ),
        );
        if self.payload.skip_form {
            let label = said(&self.payload.skip_button_text).unwrap_or(words.skip);
            add(
                &mut body,
                format_args!(
                    "<button class=\"button quietly\" name=\"{SKIP}\" value=\"1\" formnovalidate>{}</button>",
                    Text(label)
                ),
            );
        }
        body.push_str("</div></form>");
        frame.page(&Content {
            title: said(&self.payload.form_title).unwrap_or(words.form),
            layout: Layout::Reading,
            needs: Needs::Post,
            styles: &[&style::FORM],
            sign: None,
            body,
            has_heading: true,
        })
    }

    /// Everything that is wrong, on top, each a link to its field.
    fn summary(&self, body: &mut String, fields: &[&FormField], words: &Words) {
        let faulty: Vec<(usize, &FormField, Problem)> = fields
            .iter()
            .enumerate()
            .filter_map(|(at, field)| Some((at, *field, *self.problems.get(input_name(field))?)))
            .collect();
        if faulty.is_empty() {
            if self.is_once_more {
                add(body, format_args!("<p class=\"summary\" role=\"alert\">{}</p>", words.once_more));
            }
            return;
        }
        let count = u32::try_from(faulty.len()).unwrap_or(u32::MAX);
        add(
            body,
            format_args!(
                "<section class=\"summary\" role=\"alert\"><h2>{}{}</h2><ul>",
                signs::ALARM,
                words.faults.say(count)
            ),
        );
        for (at, field, problem) in faulty {
            add(
                body,
                format_args!(
                    "<li><a href=\"#f{at}\">{}</a>: {}</li>",
                    Text(label(field)),
                    say(problem, field, &words.problems)
                ),
            );
        }
        body.push_str("</ul></section>");
    }
}

/// What a field is called: its label, else its key without the sign of reserved keys.
fn label(field: &FormField) -> &str {
    let agreed = said(&field.x_consent_text).filter(|_| field.x_type == Some(ExtraType::Consent));
    said(&field.label).or(agreed).unwrap_or_else(|| field.key.trim_start_matches('$'))
}

/// A problem in words.
fn say(problem: Problem, field: &FormField, words: &Problems) -> String {
    let is_chosen = matches!(
        field.kind,
        FieldType::Radio | FieldType::Checkbox | FieldType::Dropdown | FieldType::Rating
    );
    match problem {
        Problem::Missing if field.x_type == Some(ExtraType::Consent) => words.consent,
        Problem::Missing if field.kind == FieldType::Checkbox && field.options.is_empty() => words.consent,
        Problem::Missing if is_chosen => words.choose_one,
        Problem::Missing => words.missing,
        Problem::Email => words.email,
        Problem::Phone => words.phone,
        Problem::Number => words.number,
        Problem::Date => words.date,
        Problem::Pattern => words.pattern,
        Problem::Option => words.option,
        Problem::TooLong(most) => return words.too_long.say(most),
    }
    .to_owned()
}
