//! What a step holds, by action: the wire's own shapes, without the ids of the next steps, which are in
//! [`StepDraft::branches`](super::StepDraft). Everything may be absent, for a draft may be unfinished: absent text is
//! empty, and [validation](super::validate) tells. Unknown fields are ignored.

mod conditions;
mod pages;
mod wire;

pub use conditions::{
    ActorValue, BrandValue, BrowserValue, CountryCondition, CountryOption, DateOption, DayOfMonthCondition,
    DayOfMonthOption, DayOfWeekCondition, DayOfWeekOption, DeviceCondition, DeviceOption, DeviceTypeValue,
    Fact, Match, PlatformValue, Rule, RuleTest, RulesCondition, SpecificDateCondition, Split, SplitOption,
    Sticky, TimeOfDayCondition, TimeRange, VisitTypeCondition, VisitTypeOption, VisitTypeValue,
    VisitorDataCondition, VisitorDataOption, WireWord,
};
pub use pages::{
    Choice, ClientRedirect, DisplayStyle, ExtraType, FieldType, Form, FormField, LinkButton, LinkVisit,
    MessagePage, MultiLink, Navigation, OpenMedia, Password, SocialLink, SocialLinks, ThankYouPage, Vcard,
};
pub use wire::{Branches, WireError};
pub(in crate::workflow) use wire::{read, step_id, without_nulls};

use super::action::Action;
use serde::{Deserialize, Serialize};

/// A step's payload: one object under the key of its action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Payload {
    /// Nothing.
    LinkVisit(LinkVisit),
    /// Where to.
    ClientRedirect(ClientRedirect),
    /// What is asked for.
    Password(Password),
    /// What is asked for.
    Form(Form),
    /// The card.
    Vcard(Box<Vcard>),
    /// The buttons.
    MultiLink(MultiLink),
    /// The links.
    SocialLinks(SocialLinks),
    /// The message.
    MessagePage(MessagePage),
    /// The thanks.
    ThankYouPage(ThankYouPage),
    /// The file.
    OpenMedia(OpenMedia),
    /// First or again.
    VisitTypeCondition(VisitTypeCondition),
    /// Countries.
    CountryCondition(CountryCondition),
    /// Weekdays.
    DayOfWeekCondition(DayOfWeekCondition),
    /// Ranges of the day.
    TimeOfDayCondition(TimeOfDayCondition),
    /// Days of the month.
    DayOfMonthCondition(DayOfMonthCondition),
    /// Dates.
    SpecificDateCondition(SpecificDateCondition),
    /// Kinds of device.
    DeviceTypeCondition(DeviceCondition<DeviceTypeValue>),
    /// Operating systems.
    DevicePlatformCondition(DeviceCondition<PlatformValue>),
    /// Browsers.
    DeviceBrowserCondition(DeviceCondition<BrowserValue>),
    /// Makers.
    DeviceBrandCondition(DeviceCondition<BrandValue>),
    /// People and programs.
    DeviceActorCondition(DeviceCondition<ActorValue>),
    /// Attributes of the visitor.
    VisitorDataCondition(VisitorDataCondition),
    /// Rules.
    XRulesCondition(RulesCondition),
    /// Weights.
    XSplit(Split),
}

/// A way out of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch<'a> {
    /// `next`, `else`, or the id of the option.
    pub id: &'a str,
    /// What people call it.
    pub label: &'a str,
}

/// Branch of a step with one way on.
pub const NEXT: &str = "next";
/// Branch of a condition none of whose options fits.
pub const ELSE: &str = "else";

impl Payload {
    /// Whose payload it is.
    pub const fn action(&self) -> Action {
        match self {
            Self::LinkVisit(_) => Action::LinkVisit,
            Self::ClientRedirect(_) => Action::ClientRedirect,
            Self::Password(_) => Action::PasswordVerify,
            Self::Form(_) => Action::FormSubmit,
            Self::Vcard(_) => Action::ContactCard,
            Self::MultiLink(_) => Action::MultiLink,
            Self::SocialLinks(_) => Action::SocialLinksPage,
            Self::MessagePage(_) => Action::MessagePage,
            Self::ThankYouPage(_) => Action::ThankYouPage,
            Self::OpenMedia(_) => Action::OpenMedia,
            Self::VisitTypeCondition(_) => Action::VisitTypeCondition,
            Self::CountryCondition(_) => Action::CountryCondition,
            Self::DayOfWeekCondition(_) => Action::DayOfWeekCondition,
            Self::TimeOfDayCondition(_) => Action::TimeOfDayCondition,
            Self::DayOfMonthCondition(_) => Action::DayOfMonthCondition,
            Self::SpecificDateCondition(_) => Action::SpecificDateCondition,
            Self::DeviceTypeCondition(_) => Action::DeviceTypeCondition,
            Self::DevicePlatformCondition(_) => Action::DevicePlatformCondition,
            Self::DeviceBrowserCondition(_) => Action::DeviceBrowserCondition,
            Self::DeviceBrandCondition(_) => Action::DeviceBrandCondition,
            Self::DeviceActorCondition(_) => Action::DeviceActorCondition,
            Self::VisitorDataCondition(_) => Action::VisitorDataCondition,
            Self::XRulesCondition(_) => Action::XRulesCondition,
            Self::XSplit(_) => Action::XSplit,
        }
    }

    /// The ways out of the step, in order: its options as they are listed, then `else`; or `next`; of an exit none.
    pub fn branches(&self) -> Vec<Branch<'_>> {
        /// A branch of an option: its name, or its value where it has no name.
        fn branch<'a>(id: &'a str, name: &'a str, value: &'a str) -> Branch<'a> {
            Branch { id, label: if name.is_empty() { value } else { name } }
        }
        fn device<V: WireWord>(condition: &DeviceCondition<V>) -> Vec<Branch<'_>> {
            condition
                .options
                .iter()
                .map(|option| branch(&option.id, &option.name, option.value.name()))
                .collect()
        }
        let mut branches: Vec<Branch<'_>> = match self {
            Self::ClientRedirect(_)
            | Self::Vcard(_)
            | Self::SocialLinks(_)
            | Self::ThankYouPage(_)
            | Self::OpenMedia(_) => Vec::new(),
            Self::LinkVisit(_) | Self::Password(_) | Self::Form(_) | Self::MessagePage(_) => {
                vec![Branch { id: NEXT, label: "next step" }]
            }
            Self::MultiLink(page) => page.buttons.iter().map(|b| branch(&b.id, &b.label, &b.id)).collect(),
            Self::VisitTypeCondition(condition) => condition
                .options
                .iter()
                .map(|option| Branch { id: option.value.as_str(), label: option.value.name() })
                .collect(),
            Self::CountryCondition(condition) => {
                condition.countries.iter().map(|o| branch(&o.country_code, "", &o.country_code)).collect()
            }
            Self::DayOfWeekCondition(condition) => {
                condition.options.iter().map(|o| branch(&o.id, &o.name, &o.id)).collect()
            }
            Self::TimeOfDayCondition(condition) => {
                condition.ranges.iter().map(|o| branch(&o.id, &o.name, &o.id)).collect()
            }
            Self::DayOfMonthCondition(condition) => {
                condition.options.iter().map(|o| branch(&o.id, &o.name, &o.id)).collect()
            }
            Self::SpecificDateCondition(condition) => {
                condition.options.iter().map(|o| branch(&o.id, &o.name, &o.id)).collect()
            }
            Self::DeviceTypeCondition(condition) => device(condition),
            Self::DevicePlatformCondition(condition) => device(condition),
            Self::DeviceBrowserCondition(condition) => device(condition),
            Self::DeviceBrandCondition(condition) => device(condition),
            Self::DeviceActorCondition(condition) => device(condition),
            Self::VisitorDataCondition(condition) => {
                condition.options.iter().map(|o| branch(&o.id, &o.attribute_key, &o.id)).collect()
            }
            Self::XRulesCondition(condition) => {
                condition.options.iter().map(|o| branch(&o.id, &o.name, &o.id)).collect()
            }
            Self::XSplit(split) => split.options.iter().map(|o| branch(&o.id, &o.name, &o.id)).collect(),
        };
        if self.has_else() {
            branches.push(Branch { id: ELSE, label: "otherwise" });
        }
        branches
    }

    /// Whether the step goes on by `else` where no option fits: every condition but a split, which always takes one.
    pub const fn has_else(&self) -> bool {
        matches!(self.action().kind(), super::action::Kind::Condition) && !matches!(self, Self::XSplit(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::StepId;
    use serde_json::json;
    use uuid::Uuid;

    fn id(n: u128) -> StepId {
        StepId(Uuid::from_u128(n))
    }

    #[test]
    fn every_action_has_a_payload_that_may_be_empty() {
        for action in Action::ALL {
            let (payload, branches) = Payload::from_wire(json!({ action.payload_key(): {} })).unwrap();
            assert_eq!(payload.action(), *action);
            assert!(branches.is_empty());
            assert_eq!(Payload::from_stored(payload.to_stored()).unwrap(), payload);
            assert_eq!(payload.has_else(), payload.branches().iter().any(|branch| branch.id == ELSE));
        }
    }

    #[test]
    fn the_ids_of_the_next_steps_come_apart_and_go_back() {
        let wire = json!({ "multiLink": { "title": "Menu", "buttons": [
            { "id": "a", "label": "Food", "order": 0, "nextStepId": id(7).to_string() },
            { "label": "Drinks", "order": 1, "nextStepId": null },
        ] } });
        let (payload, branches) = Payload::from_wire(wire).unwrap();
        assert_eq!(branches, Branches::from([("a".to_owned(), id(7))]));
        let names: Vec<_> = payload.branches().into_iter().map(|branch| (branch.id, branch.label)).collect();
        assert_eq!(names, [("a", "Food"), ("button-1", "Drinks")]);
        assert!(!payload.to_stored().to_string().contains("nextStepId"));
        let back = payload.to_wire(&branches);
        assert_eq!(back["multiLink"]["buttons"][0]["nextStepId"], json!(id(7)));
        assert_eq!(Payload::from_wire(back).unwrap(), (payload, branches));
    }

    #[test]
    fn countries_and_visit_types_are_their_own_branches() {
        let wire = json!({ "countryCondition": {
            "countries": [{ "countryCode": "fr", "nextStepId": id(1) }],
            "elseNextStepId": id(2),
        } });
        let (payload, branches) = Payload::from_wire(wire).unwrap();
        assert_eq!(branches, Branches::from([("FR".to_owned(), id(1)), ("else".to_owned(), id(2))]));
        assert_eq!(payload.to_wire(&branches)["countryCondition"]["elseNextStepId"], json!(id(2)));
        let wire = json!({ "visitTypeCondition": { "options": [{ "value": "VISIT_TYPE_FIRST", "nextStepId": id(3) }] } });
        let (payload, branches) = Payload::from_wire(wire).unwrap();
        assert_eq!(branches, Branches::from([("VISIT_TYPE_FIRST".to_owned(), id(3))]));
        assert_eq!(payload.branches()[0].label, "first visit");
    }

    #[test]
    fn a_password_goes_in_and_never_out() {
        let wire =
            json!({ "password": { "title": "Staff", "password": "secret", "xPasswordHash": "forged" } });
        let (Payload::Password(mut password), _) = Payload::from_wire(wire).unwrap() else { panic!() };
        assert_eq!((&*password.password, &*password.hash), ("secret", ""));
        password.hash = "$argon2id$…".into();
        password.password.clear();
        let payload = Payload::Password(password);
        assert_eq!(
            payload.to_wire(&Branches::new()),
            json!({ "password": { "title": "Staff", "xPasswordSet": true } })
        );
        assert_eq!(Payload::from_stored(payload.to_stored()).unwrap(), payload);
        assert!(!format!("{payload:?}").contains("argon2"));
        let (mut again, _) = Payload::from_wire(json!({ "password": { "title": "Team" } })).unwrap();
        again.keep_password(&payload);
        assert_eq!(again.to_stored()["password"]["xPasswordHash"], "$argon2id$…");
    }

    #[test]
    fn what_is_no_payload_is_refused_with_its_place() {
        let refused = |wire| {
            let error = Payload::from_wire(wire).unwrap_err();
            (error.field, error.message)
        };
        let form = |field| json!({ "form": { "formFields": [field] } });
        assert_eq!(refused(form(json!({ "key": 5 }))).0, "/form/formFields/0/key");
        let (field, message) = refused(form(json!({ "type": "FORM_FIELD_TYPE_FILE" })));
        assert_eq!(field, "/form/formFields/0/type");
        assert!(message.contains("FORM_FIELD_TYPE_EMAIL"), "{message}");
        let next = json!({ "xSplit": { "options": [{ "id": "a", "nextStepId": "soon" }] } });
        assert_eq!(refused(next).0, "/xSplit/options/0/nextStepId");
        for wire in [json!(null), json!({}), json!({ "form": {}, "vcard": {} })] {
            assert_eq!(refused(wire).0, "");
        }
        let (field, message) = refused(json!({ "teleport": {} }));
        assert!(field == "/teleport" && message.contains("clientRedirect"), "{field} {message}");
        let (field, message) = refused(form(json!({ "requird": true })));
        assert!(field == "/form/formFields/0/requird" && message.contains("`required`"), "{field} {message}");
        assert_eq!(refused(json!({ "form": { "surprise": 1 } })).0, "/form/surprise");
        let stored = json!({ "form": { "formTitle": "Who?", "ofAnOlderProgram": 1 } });
        assert!(Payload::from_stored(stored).is_ok());
    }

    #[test]
    fn tests_of_rules_take_numbers_for_text() {
        let rule = json!({ "id": "r", "match": "ANY", "tests": [
            { "fact": "NTH_SCAN", "operator": "BETWEEN", "from": 2, "to": "5" },
            { "fact": "WEEKDAY", "operator": "IN", "values": [1, 2] },
        ] });
        let (payload, _) = Payload::from_wire(json!({ "xRulesCondition": { "options": [rule] } })).unwrap();
        let Payload::XRulesCondition(rules) = payload else { panic!() };
        let tests = &rules.options[0].tests;
        assert_eq!((rules.options[0].mode, &*tests[0].from, &*tests[0].to), (Match::Any, "2", "5"));
        assert_eq!(tests[1].values, ["1", "2"]);
    }
}
