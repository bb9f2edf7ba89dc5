//! Findings in pages and exits.

use super::{Findings, MAX_OPTIONS};
use crate::workflow::attribute::check_key;
use crate::workflow::form::{is_source, pattern};
use crate::workflow::payload::{ExtraType, FieldType, Form, FormField, Navigation, Payload, SocialLink};

/// Seconds a message page may wait, at most.
const MAX_TIMER: i32 = 300;

pub(super) fn check(payload: &Payload, findings: &mut Findings<'_>) {
    match payload {
        Payload::ClientRedirect(redirect) => {
            if redirect.destination.trim().is_empty() {
                findings.error("DESTINATION_MISSING", "destination", "write where visitors are to go");
            } else {
                findings.web_address("destination", &redirect.destination);
            }
        }
        Payload::Password(password) if !password.is_set() => {
            let message = "no password is set, so nobody gets past; write one";
            findings.error("PASSWORD_EMPTY", "password", message);
        }
        Payload::Form(form) => self::form(form, findings),
        Payload::Vcard(card) => {
            let name = [&card.first_name, &card.last_name, &card.organization];
            if name.iter().all(|part| part.trim().is_empty()) {
                findings.error("TEXT_MISSING", "firstName", "a contact card needs a name or an organisation");
            }
            if !card.website.is_empty() {
                findings.web_address("website", &card.website);
            }
            links("socialLinks", &card.social_links, findings);
        }
        Payload::MultiLink(page) => {
            if page.buttons.is_empty() {
                findings.error("NO_BUTTONS", "buttons", "there are no buttons, so nobody gets on; add one");
            }
            count("buttons", page.buttons.len(), findings);
            for (index, button) in page.buttons.iter().enumerate() {
                findings.required(
                    &format!("buttons/{index}/label"),
                    &button.label,
                    "write what the button says",
                );
            }
        }
        Payload::SocialLinks(page) => {
            if page.links.is_empty() {
                findings.error("NO_LINKS", "links", "there are no links on this page; add one");
            }
            count("links", page.links.len(), findings);
            links("links", &page.links, findings);
        }
        Payload::MessagePage(page) => {
            findings.required("title", &page.title, "write a title for the page");
            let seconds = page.timer_seconds.unwrap_or_default();
            if page.navigation_type == Navigation::Timer && !(1..=MAX_TIMER).contains(&seconds) {
                let message = format!("the timer waits 1 to {MAX_TIMER} seconds; say how many");
                findings.error("TIMER_INVALID", "timerSeconds", message);
            }
        }
        Payload::ThankYouPage(page) => findings.required("title", &page.title, "write a title for the page"),
        Payload::OpenMedia(media) => {
            let is_ready = |id: &str| findings.surroundings.media.is_none_or(|ready| ready.contains(id));
            if media.media_id.is_empty() {
                findings.error("MEDIA_MISSING", "mediaId", "choose the file that is opened");
            } else if !is_ready(&media.media_id) {
                let message = "this file is not in the library, or not uploaded yet; choose another";
                findings.error("MEDIA_MISSING", "mediaId", message);
            }
        }
        _ => {}
    }
}

fn count(field: &str, length: usize, findings: &mut Findings<'_>) {
    if length > MAX_OPTIONS {
        findings.error("TOO_MANY", field, format!("there are at most {MAX_OPTIONS}; delete some"));
    }
}

fn links(list: &str, links: &[SocialLink], findings: &mut Findings<'_>) {
    for (index, link) in links.iter().enumerate() {
        findings.web_address(&format!("{list}/{index}/url"), &link.url);
    }
}

fn form(form: &Form, findings: &mut Findings<'_>) {
    let fields = &form.form_fields;
    if fields.iter().all(FormField::is_hidden) {
        findings.error("NO_FIELDS", "formFields", "the form asks nothing; add a field");
    }
    count("formFields", fields.len(), findings);
    for (index, field) in fields.iter().enumerate() {
        let place = |name: &str| format!("formFields/{index}/{name}");
        if let Err(why) = check_key(&field.key) {
            findings.error("KEY_INVALID", &place("key"), why.to_string());
        } else if let Some(other) = fields[..index].iter().find(|other| other.key == field.key) {
            let message = format!(
                "\"{}\" and \"{}\" share the key {}; give one of them another",
                other.title(),
                field.title(),
                field.key
            );
            findings.error("DUPLICATE_KEY", &place("key"), message);
        }
        if field.id.starts_with('_') {
            let message = "ids with _ in front are the page's own; take another";
            findings.error("DUPLICATE_OPTION", &place("id"), message);
        }
        if let Some(other) = fields[..index].iter().find(|other| other.id == field.id) {
            let message = format!(
                "\"{}\" and \"{}\" have the same id; give one of them another",
                other.title(),
                field.title()
            );
            findings.error("DUPLICATE_OPTION", &place("id"), message);
        }
        match field.x_type {
            Some(ExtraType::Consent) => {
                findings.required(&place("xConsentText"), &field.x_consent_text, "write what is agreed to");
                continue;
            }
            Some(ExtraType::Hidden) => {
                if !is_source(&field.x_from) {
                    let message = format!(
                        "\"{}\" is no source; write query:NAME, utm_source, utm_medium, utm_campaign, utm_term, utm_content, slug or placement",
                        field.x_from
                    );
                    findings.error("SOURCE_INVALID", &place("xFrom"), message);
                }
                continue;
            }
            None if field.label.trim().is_empty() => {
                findings.warning(
                    "TEXT_MISSING",
                    &place("label"),
                    "visitors see the key for a label; write what the field asks",
                );
            }
            None => {}
        }
        if matches!(field.kind, FieldType::Radio | FieldType::Dropdown) && field.options.is_empty() {
            findings.error("NO_OPTIONS", &place("options"), "there is nothing to choose from; add an option");
        }
        count(&place("options"), field.options.len(), findings);
        for (number, option) in field.options.iter().enumerate() {
            let at = place(&format!("options/{number}"));
            if option.value().trim().is_empty() {
                findings.error("TEXT_MISSING", &format!("{at}/label"), "write what the option says");
            } else if field.options[..number].iter().any(|other| other.value() == option.value()) {
                let message = format!("\"{}\" is there twice; delete one of them", option.value());
                findings.error("DUPLICATE_OPTION", &format!("{at}/value"), message);
            }
        }
        if !field.validation_pattern.is_empty()
            && let Err(message) = pattern(&field.validation_pattern)
        {
            findings.error("PATTERN_INVALID", &place("validationPattern"), message);
        }
    }
}
