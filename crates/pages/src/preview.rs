//! A step as its page would show it, for the editor.

use crate::closed::Closed;
use crate::contact::{Contact, Maps};
use crate::document::{Back, Frame, Page};
use crate::form::Form;
use crate::links::{MultiLink, SocialLinks};
use crate::look::{Images, Look};
use crate::message::{Message, ThankYou};
use crate::password::Password;
use crate::theme::PageTheme;
use model::language::PageLanguage;
use model::workflow::{Payload, StepDraft};
use std::collections::BTreeMap;

/// Leads nowhere.
const NOWHERE: &str = "#";

/// The page of a step in one scheme, with addresses that lead nowhere; nothing of a step without a page. Meant for an
/// `<iframe sandbox srcdoc>`, whose policy is the embedding page's: that must allow inline styles.
pub fn preview(
    step: &StepDraft,
    language: PageLanguage,
    theme: &PageTheme,
    images: &Images<'_>,
    dark: bool,
) -> Option<String> {
    let look = Look::in_scheme(theme, images, dark);
    let back = step.back_button.as_ref().filter(|back| back.enabled);
    let back = back.map(|back| Back { url: NOWHERE, label: &back.label });
    let frame = Frame { language, look: &look, back, app_schemes: &[] };
    Some(page(&step.payload, &frame)?.html)
}

fn page(payload: &Payload, frame: &Frame<'_>) -> Option<Page> {
    let action = NOWHERE;
    Some(match payload {
        Payload::Password(payload) => Password { payload, action, refusal: None }.page(frame),
        Payload::Form(payload) => {
            let (values, problems) = (BTreeMap::new(), BTreeMap::new());
            Form { payload, action, values: &values, problems: &problems, trap: "", is_once_more: false }
                .page(frame)
        }
        Payload::Vcard(payload) => Contact { payload, file: NOWHERE, maps: Maps::Web }.page(frame),
        Payload::MultiLink(payload) => MultiLink { payload, action }.page(frame),
        Payload::SocialLinks(payload) => SocialLinks { payload, by_way_of: None }.page(frame),
        Payload::MessagePage(payload) => Message { payload, action, next: NOWHERE }.page(frame),
        Payload::ThankYouPage(payload) => ThankYou { payload }.page(frame),
        // What a visitor sees of it while the file is missing.
        Payload::OpenMedia(_) => Closed::Gone.page(frame),
        Payload::LinkVisit(_)
        | Payload::ClientRedirect(_)
        | Payload::VisitTypeCondition(_)
        | Payload::CountryCondition(_)
        | Payload::DayOfWeekCondition(_)
        | Payload::TimeOfDayCondition(_)
        | Payload::DayOfMonthCondition(_)
        | Payload::SpecificDateCondition(_)
        | Payload::DeviceTypeCondition(_)
        | Payload::DevicePlatformCondition(_)
        | Payload::DeviceBrowserCondition(_)
        | Payload::DeviceBrandCondition(_)
        | Payload::DeviceActorCondition(_)
        | Payload::VisitorDataCondition(_)
        | Payload::XRulesCondition(_)
        | Payload::XSplit(_) => return None,
    })
}
