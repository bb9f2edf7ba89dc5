//! What scans are grouped and filtered by: the dimensions of the scan row, and what is made of it together with the
//! catalog (tags, folders), the clock on the wall, or the visitor's query.

use crate::clock::{Clock, WEEK_HOURS};
use crate::ids::LinkId;
use crate::query;
use crate::scan::{Scan, header_flags};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

words! {
    /// What the scan row itself can be grouped or filtered by. The words are the API's dimension names.
    Dimension {
        /// ISO 3166-1 alpha-2.
        Country = "country",
        /// First-level subdivision, within its country.
        Region = "region",
        /// City, within its country.
        City = "city",
        /// Kind of device.
        DeviceType = "device_type",
        /// Maker.
        DeviceBrand = "device_brand",
        /// Model.
        DeviceModel = "device_model",
        /// Browser.
        Browser = "browser",
        /// Operating system.
        Platform = "platform",
        /// First language.
        Language = "language",
        /// Referring host.
        Referrer = "referrer",
        /// Organisation of the autonomous system.
        Network = "network",
        /// First or returning.
        VisitType = "visit_type",
        /// Verdict.
        Verdict = "verdict",
        /// Reason of the verdict.
        Reason = "reason",
        /// Outcome.
        Outcome = "outcome",
        /// Code or link.
        Action = "action",
        /// Link; the label is its id.
        Link = "link",
        /// Slug (placement).
        Slug = "slug",
        /// `utm_source`.
        UtmSource = "utm_source",
        /// `utm_medium`.
        UtmMedium = "utm_medium",
        /// `utm_campaign`.
        UtmCampaign = "utm_campaign",
        /// `utm_term`.
        UtmTerm = "utm_term",
        /// `utm_content`.
        UtmContent = "utm_content",
        /// Host that was asked.
        Domain = "domain",
        /// Version of the operating system.
        PlatformVersion = "platform_version",
        /// Version of the browser.
        BrowserVersion = "browser_version",
        /// Zone of the place, where the geo file knows it.
        Timezone = "timezone",
        /// GET or HEAD.
        Method = "method",
        /// Kind of the client's address.
        AddressClass = "address_class",
        /// What stands behind the visitor: nothing, a day's hash, a cookie.
        Identity = "identity",
        /// Number of the autonomous system.
        Asn = "asn",
        /// HTTP status of the answer.
        Status = "status",
        /// Version of the workflow that decided.
        WorkflowVersion = "workflow_version",
        /// Whether many visitors share the address: `yes` or `no`.
        SharedNetwork = "shared_network",
        /// What the browser asks for by header: `gpc`, `dnt`, or nothing.
        PrivacySignal = "privacy_signal",
        /// Campaign; the label is its id.
        Campaign = "campaign",
        /// Every language of the browser: a scan has several.
        Languages = "languages",
        /// Names of the query's parameters: a scan has several.
        Parameter = "parameter",
    }
}

/// What the clock on the wall is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockPart {
    /// `0` to `23`.
    Hour,
    /// `1` (Monday) to `7`.
    Weekday,
    /// Weekday and hour: `1 0` to `7 23`.
    WeekHour,
}

impl ClockPart {
    /// Labels in the order of the clock.
    pub fn labels(self) -> Vec<String> {
        match self {
            Self::Hour => (0..24).map(|hour| hour.to_string()).collect(),
            Self::Weekday => (1..=7).map(|day| day.to_string()).collect(),
            Self::WeekHour => {
                (0..WEEK_HOURS).map(|hour| format!("{} {}", hour / 24 + 1, hour % 24)).collect()
            }
        }
    }

    /// Place among the labels of what a clock shows.
    pub const fn of(self, shown: u8) -> usize {
        match self {
            Self::Hour => shown as usize % 24,
            Self::Weekday => shown as usize / 24,
            Self::WeekHour => shown as usize,
        }
    }
}

/// What the catalog says of links today: their tags, or their folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Labels that occur.
    pub labels: Vec<String>,
    /// Places in `labels` for each link that has any.
    pub by_link: HashMap<LinkId, Vec<u32>>,
    /// Whether a link can have several.
    pub several: bool,
}

impl Labels {
    /// Labels of a link; one empty label for a link that has none.
    pub fn of(&self, link: LinkId) -> Vec<&str> {
        match self.by_link.get(&link) {
            Some(places) if !places.is_empty() => {
                places.iter().map(|&place| self.labels[place as usize].as_str()).collect()
            }
            _ => vec![""],
        }
    }
}

/// What scans are grouped or filtered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Something of the scan row.
    Dimension(Dimension),
    /// The first value of the query's parameter of this name; empty where there is none.
    Parameter(String),
    /// What the catalog says of the link.
    Labels(Arc<Labels>),
    /// What the clock on the wall showed. It covers the range that is asked about.
    Clock(Arc<Clock>, ClockPart),
}

impl From<Dimension> for By {
    fn from(dimension: Dimension) -> Self {
        Self::Dimension(dimension)
    }
}

impl By {
    /// The dimension of the scan row, where it is one.
    pub const fn dimension(&self) -> Option<Dimension> {
        match self {
            Self::Dimension(dimension) => Some(*dimension),
            _ => None,
        }
    }

    /// Whether a scan can have several values, so that the groups may add up to more than the total.
    pub fn may_exceed_total(&self) -> bool {
        match self {
            Self::Dimension(dimension) => matches!(dimension, Dimension::Languages | Dimension::Parameter),
            Self::Labels(labels) => labels.several,
            Self::Parameter(_) | Self::Clock(..) => false,
        }
    }

    /// The values of a scan, as filters take them: one that is empty for unknown, never none.
    pub fn values<'s>(&'s self, scan: &Scan<'s>) -> Vec<Cow<'s, str>> {
        match self {
            Self::Dimension(dimension) => dimension.values(scan),
            Self::Parameter(name) => vec![parameter(scan.parameters, name)],
            Self::Labels(labels) => labels.of(scan.link).into_iter().map(Cow::Borrowed).collect(),
            Self::Clock(clock, part) => {
                vec![part.labels().swap_remove(part.of(clock.at(scan.at))).into()]
            }
        }
    }
}

impl Dimension {
    /// The values of a scan in this dimension; one that is empty for unknown.
    pub fn values<'s>(self, scan: &Scan<'s>) -> Vec<Cow<'s, str>> {
        let word: &'s str = match self {
            Self::Languages => return languages(scan.languages).map(Cow::Borrowed).collect(),
            Self::Parameter => return parameters(scan.parameters),
            Self::Link => return vec![scan.link.to_string().into()],
            Self::Asn => return vec![number(scan.asn)],
            Self::Status => return vec![number(scan.status.into())],
            Self::WorkflowVersion => return vec![number(scan.workflow_version)],
            Self::Campaign if scan.campaign.is_nil() => "",
            Self::Campaign => return vec![scan.campaign.to_string().into()],
            Self::SharedNetwork => yes_or_no(scan.shared_network),
            Self::PrivacySignal => privacy_signal(scan.header_flags),
            Self::Country => scan.country,
            Self::Region => scan.region,
            Self::City => scan.city,
            Self::DeviceType => scan.device_type.as_str(),
            Self::DeviceBrand => scan.device_brand,
            Self::DeviceModel => scan.device_model,
            Self::Browser => scan.browser,
            Self::Platform => scan.platform,
            Self::Language => scan.language,
            Self::Referrer => scan.referrer_host,
            Self::Network => scan.organisation,
            Self::VisitType => scan.visit_type.as_str(),
            Self::Verdict => scan.verdict.as_str(),
            Self::Reason => scan.reason,
            Self::Outcome => scan.outcome.as_str(),
            Self::Action => scan.action.as_str(),
            Self::Slug => scan.slug,
            Self::UtmSource => scan.utm_source,
            Self::UtmMedium => scan.utm_medium,
            Self::UtmCampaign => scan.utm_campaign,
            Self::UtmTerm => scan.utm_term,
            Self::UtmContent => scan.utm_content,
            Self::Domain => scan.domain,
            Self::PlatformVersion => scan.platform_version,
            Self::BrowserVersion => scan.browser_version,
            Self::Timezone => scan.timezone,
            Self::Method => scan.method.as_str(),
            Self::AddressClass => scan.address_class.as_str(),
            Self::Identity => scan.identity.as_str(),
        };
        vec![word.into()]
    }
}

/// A number as a label; 0 is not known.
pub fn number(number: u32) -> Cow<'static, str> {
    if number == 0 { "".into() } else { number.to_string().into() }
}

/// A truth as a label.
pub const fn yes_or_no(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// What the header flags say of the visitor's wish.
pub const fn privacy_signal(flags: u16) -> &'static str {
    if flags & header_flags::GPC != 0 {
        "gpc"
    } else if flags & header_flags::DNT != 0 {
        "dnt"
    } else {
        ""
    }
}

/// The languages of a scan's list; one that is empty where there is none.
pub fn languages(list: &str) -> impl Iterator<Item = &str> {
    let mut seen = Vec::new();
    list.split(',').enumerate().filter_map(move |(place, language)| {
        let is_new = (!language.is_empty() || place == 0) && !seen.contains(&language);
        seen.push(language);
        is_new.then_some(language)
    })
}

/// The names of a scan's parameters, each once; one that is empty where there is none.
pub fn parameters(encoded: &str) -> Vec<Cow<'_, str>> {
    let mut names: Vec<Cow<'_, str>> = Vec::new();
    for (name, _) in query::parameters(encoded) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { vec!["".into()] } else { names }
}

/// The first value of a scan's parameter.
pub fn parameter<'e>(encoded: &'e str, name: &str) -> Cow<'e, str> {
    query::parameters(encoded).find(|(named, _)| named == name).map(|(_, value)| value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_has_each_of_its_languages_and_parameters_once() {
        assert_eq!(languages("de-ch,de,en,de").collect::<Vec<_>>(), ["de-ch", "de", "en"]);
        assert_eq!(languages("").collect::<Vec<_>>(), [""]);
        assert_eq!(parameters("a=1&b=2&a=3"), ["a", "b"]);
        assert_eq!(parameters(""), [""]);
        assert_eq!(parameter("a=1&b=%C3%BC&a=3", "a"), "1");
        assert_eq!(parameter("a=1&b=%C3%BC", "b"), "ü");
        assert_eq!(parameter("a=1", "c"), "");
    }

    #[test]
    fn a_clock_has_a_label_for_all_it_shows() {
        for part in [ClockPart::Hour, ClockPart::Weekday, ClockPart::WeekHour] {
            let labels = part.labels();
            assert!((0..WEEK_HOURS as u8).all(|shown| part.of(shown) < labels.len()));
        }
        assert_eq!(ClockPart::WeekHour.labels()[ClockPart::WeekHour.of(25)], "2 1");
    }
}
