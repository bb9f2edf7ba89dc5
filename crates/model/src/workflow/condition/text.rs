//! Tests of texts. They compare without regard to case.

use crate::scan::{DeviceType, VisitType};
use crate::workflow::facts::{Facts, Needs};
use crate::workflow::form::parameter;
use crate::workflow::payload::ActorValue;
use std::borrow::Cow;

/// A fact that is a text, or several: a device's system has our word and its own name, a link several tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextFact {
    /// Country.
    Country,
    /// Region.
    Region,
    /// City.
    City,
    /// The language most wanted, and (`true`) the others too.
    Language(bool),
    /// Kind of device.
    DeviceType,
    /// Operating system.
    Platform,
    /// Browser.
    Browser,
    /// Maker.
    Brand,
    /// Person or program.
    Actor,
    /// First time or again.
    VisitType,
    /// Host of the referrer.
    Referrer,
    /// A query parameter, UTM values among them.
    Parameter(Box<str>),
    /// Number (`as13335`, `13335`) or organisation of the network.
    Network,
    /// The slug that was scanned.
    Placement,
    /// Tags of the link.
    Tag,
}

/// How a text is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is the value.
    Is,
    /// The value is in it.
    Contains,
    /// It begins with the value.
    StartsWith,
}

/// A comparison with one of several values, or (`negate`) with none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextTest {
    /// How.
    pub how: How,
    /// Whether none may fit.
    pub negate: bool,
    /// Values, in lower case.
    pub values: Box<[Box<str>]>,
}

impl TextTest {
    /// Whether it is one of these.
    pub(in crate::workflow) fn is<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let values = values.into_iter().map(|value| value.to_lowercase().into()).collect();
        Self { how: How::Is, negate: false, values }
    }

    pub(in crate::workflow) fn holds(&self, fact: &TextFact, facts: &Facts<'_>) -> bool {
        fact.any(facts, &mut |text| self.fits(text)).is_some_and(|fits| fits != self.negate)
    }

    fn fits(&self, text: &str) -> bool {
        if self.how == How::Is && text.is_ascii() {
            return self.values.iter().any(|value| text.eq_ignore_ascii_case(value));
        }
        let text = if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
            Cow::Borrowed(text)
        } else {
            text.to_lowercase().into()
        };
        self.values.iter().any(|value| match self.how {
            How::Is => *text == **value,
            How::Contains => text.contains(&**value),
            How::StartsWith => text.starts_with(&**value),
        })
    }
}

impl TextFact {
    /// What the shell must gather for it.
    pub const fn needs(&self) -> Needs {
        match self {
            Self::Country | Self::Region | Self::City => Needs::PLACE,
            Self::Language(_) => Needs::LANGUAGES,
            Self::DeviceType | Self::Platform | Self::Browser | Self::Brand => Needs::DEVICE,
            Self::Actor => Needs::ACTOR,
            Self::VisitType => Needs::VISIT_TYPE,
            Self::Referrer => Needs::REFERRER,
            Self::Parameter(_) => Needs::QUERY,
            Self::Network => Needs::NETWORK,
            Self::Placement => Needs::PLACEMENT,
            Self::Tag => Needs::TAGS,
        }
    }

    /// Whether any of the fact's texts fits; `None` where the fact is not known.
    pub(in crate::workflow) fn any(
        &self,
        facts: &Facts<'_>,
        fits: &mut dyn FnMut(&str) -> bool,
    ) -> Option<bool> {
        let known = |text: &str, fits: &mut dyn FnMut(&str) -> bool| (!text.is_empty()).then(|| fits(text));
        let named = |word: &str, name: &str, fits: &mut dyn FnMut(&str) -> bool| {
            (!name.is_empty()).then(|| (!word.is_empty() && fits(word)) || fits(name))
        };
        match self {
            Self::Country => known(facts.country, fits),
            Self::Region => known(facts.region, fits),
            Self::City => known(facts.city, fits),
            Self::Language(all) => {
                let mut tags = facts.languages.split(',').filter(|tag| !tag.is_empty());
                let first = tags.next()?;
                let mut speaks =
                    |tag: &str| fits(tag) || tag.split_once('-').is_some_and(|(primary, _)| fits(primary));
                Some(speaks(first) || (*all && tags.any(speaks)))
            }
            Self::DeviceType => Some(fits(device_type_word(facts.device_type))),
            Self::Platform => named(platform_word(facts.platform), facts.platform, fits),
            Self::Browser => named(browser_word(facts.browser), facts.browser, fits),
            Self::Brand => named(brand_word(facts.brand), facts.brand, fits),
            Self::Actor => Some(fits(actor_word(facts.actor))),
            Self::VisitType => match facts.visit_type {
                VisitType::Unspecified => None,
                known => Some(fits(known.as_str())),
            },
            Self::Referrer => {
                let host = facts.referrer_host;
                Some(fits(host) || host.strip_prefix("www.").is_some_and(fits))
            }
            Self::Parameter(name) => Some(fits(&parameter(facts.query, name).unwrap_or_default())),
            Self::Network => {
                if facts.asn == 0 && facts.organisation.is_empty() {
                    return None;
                }
                let number = facts.asn.to_string();
                let has_number = facts.asn != 0 && (fits(&number) || fits(&format!("as{number}")));
                Some(has_number || (!facts.organisation.is_empty() && fits(facts.organisation)))
            }
            Self::Placement => Some(fits(facts.placement)),
            Self::Tag if facts.tags.is_empty() => Some(fits("")),
            Self::Tag => Some(facts.tags.iter().any(|tag| fits(tag))),
        }
    }
}

/// The word of a kind of device.
pub const fn device_type_word(device_type: DeviceType) -> &'static str {
    match device_type {
        DeviceType::Mobile => "mobile",
        DeviceType::Tablet => "tablet",
        DeviceType::Desktop => "desktop",
        DeviceType::Native | DeviceType::Unknown => "unknown",
    }
}

/// The word of who asks; not said is unknown.
pub const fn actor_word(actor: ActorValue) -> &'static str {
    match actor {
        ActorValue::Human => "human",
        ActorValue::Bot => "bot",
        ActorValue::Agent => "agent",
        ActorValue::Unknown | ActorValue::Unspecified => "unknown",
    }
}

fn begins(name: &str, with: &str) -> bool {
    name.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// The word of the first family whose names begin a name; empty where none does.
fn word(name: &str, families: &[(&'static str, &[&str])]) -> &'static str {
    let is = |(_, names): &&(&str, &[&str])| names.iter().any(|known| begins(name, known));
    families.iter().find(is).map_or("", |(word, _)| word)
}

/// Operating systems by the names that user agents' readers give them.
fn platform_word(name: &str) -> &'static str {
    word(
        name,
        &[
            ("ios", &["iOS", "iPadOS"]),
            ("android", &["Android"]),
            ("windows", &["Windows"]),
            ("macos", &["Mac OS", "macOS"]),
            ("chromeos", &["Chrome OS", "ChromeOS", "Chromium OS"]),
            (
                "linux",
                &[
                    "Linux",
                    "Ubuntu",
                    "Debian",
                    "Fedora",
                    "Red Hat",
                    "SUSE",
                    "Arch Linux",
                    "Gentoo",
                    "CentOS",
                    "Mint",
                ],
            ),
        ],
    )
}

/// Browsers likewise: mobile and in-app relatives count with their family.
fn browser_word(name: &str) -> &'static str {
    word(
        name,
        &[
            ("chrome", &["Chrome", "Chromium", "HeadlessChrome"]),
            ("safari", &["Safari", "Mobile Safari"]),
            ("firefox", &["Firefox"]),
            ("edge", &["Edge"]),
            ("opera", &["Opera"]),
            ("samsung_browser", &["Samsung Internet"]),
        ],
    )
}

/// Makers likewise.
fn brand_word(name: &str) -> &'static str {
    word(
        name,
        &[
            ("apple", &["Apple"]),
            ("samsung", &["Samsung"]),
            ("google", &["Google"]),
            ("huawei", &["Huawei"]),
            ("xiaomi", &["Xiaomi"]),
            ("oneplus", &["OnePlus"]),
        ],
    )
}
