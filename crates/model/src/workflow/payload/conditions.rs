//! Payloads of the conditions.

use serde::{Deserialize, Deserializer, Serialize};

/// An enum value that knows its word on the wire.
pub trait WireWord: Copy {
    /// The word on the wire.
    fn wire(self) -> &'static str;
    /// What people call it.
    fn name(self) -> &'static str;
}

/// Values of the device conditions, with what people call them.
macro_rules! device_words {
    ($($(#[$doc:meta])* $name:ident, $unspecified:literal { $($variant:ident = $word:literal, $label:literal;)* })*) => {
        wire_words! {$(
            $(#[$doc])*
            $name {
                /// Not said.
                Unspecified = $unspecified,
                $(#[doc = $label] $variant = $word,)*
            }
        )*}
        $(
            impl $name {
                /// What people call it.
                pub const fn name(self) -> &'static str {
                    match self { Self::Unspecified => "not said", $(Self::$variant => $label,)* }
                }
            }
            impl WireWord for $name {
                fn wire(self) -> &'static str {
                    self.as_str()
                }
                fn name(self) -> &'static str {
                    Self::name(self)
                }
            }
        )*
    };
}

device_words! {
    /// Kind of device.
    DeviceTypeValue, "DEVICE_TYPE_CONDITION_VALUE_UNSPECIFIED" {
        Mobile = "DEVICE_TYPE_CONDITION_VALUE_MOBILE", "phone";
        Desktop = "DEVICE_TYPE_CONDITION_VALUE_DESKTOP", "computer";
        Tablet = "DEVICE_TYPE_CONDITION_VALUE_TABLET", "tablet";
        Unknown = "DEVICE_TYPE_CONDITION_VALUE_UNKNOWN", "unknown device";
    }
    /// Operating system.
    PlatformValue, "DEVICE_PLATFORM_CONDITION_VALUE_UNSPECIFIED" {
        Ios = "DEVICE_PLATFORM_CONDITION_VALUE_IOS", "iOS";
        Android = "DEVICE_PLATFORM_CONDITION_VALUE_ANDROID", "Android";
        Windows = "DEVICE_PLATFORM_CONDITION_VALUE_WINDOWS", "Windows";
        Macos = "DEVICE_PLATFORM_CONDITION_VALUE_MACOS", "macOS";
        Linux = "DEVICE_PLATFORM_CONDITION_VALUE_LINUX", "Linux";
        Chromeos = "DEVICE_PLATFORM_CONDITION_VALUE_CHROMEOS", "ChromeOS";
    }
    /// Browser.
    BrowserValue, "DEVICE_BROWSER_CONDITION_VALUE_UNSPECIFIED" {
        Chrome = "DEVICE_BROWSER_CONDITION_VALUE_CHROME", "Chrome";
        Safari = "DEVICE_BROWSER_CONDITION_VALUE_SAFARI", "Safari";
        Firefox = "DEVICE_BROWSER_CONDITION_VALUE_FIREFOX", "Firefox";
        Edge = "DEVICE_BROWSER_CONDITION_VALUE_EDGE", "Edge";
        Opera = "DEVICE_BROWSER_CONDITION_VALUE_OPERA", "Opera";
        SamsungBrowser = "DEVICE_BROWSER_CONDITION_VALUE_SAMSUNG_BROWSER", "Samsung Internet";
    }
    /// Maker of the device.
    BrandValue, "DEVICE_BRAND_CONDITION_VALUE_UNSPECIFIED" {
        Apple = "DEVICE_BRAND_CONDITION_VALUE_APPLE", "Apple";
        Samsung = "DEVICE_BRAND_CONDITION_VALUE_SAMSUNG", "Samsung";
        Google = "DEVICE_BRAND_CONDITION_VALUE_GOOGLE", "Google";
        Huawei = "DEVICE_BRAND_CONDITION_VALUE_HUAWEI", "Huawei";
        Xiaomi = "DEVICE_BRAND_CONDITION_VALUE_XIAOMI", "Xiaomi";
        Oneplus = "DEVICE_BRAND_CONDITION_VALUE_ONEPLUS", "OnePlus";
    }
    /// Person or program.
    ActorValue, "DEVICE_ACTOR_CONDITION_VALUE_UNSPECIFIED" {
        Human = "DEVICE_ACTOR_CONDITION_VALUE_HUMAN", "person";
        Bot = "DEVICE_ACTOR_CONDITION_VALUE_BOT", "bot";
        Agent = "DEVICE_ACTOR_CONDITION_VALUE_AGENT", "agent";
        Unknown = "DEVICE_ACTOR_CONDITION_VALUE_UNKNOWN", "unknown";
    }
    /// First time or again.
    VisitTypeValue, "VISIT_TYPE_UNSPECIFIED" {
        First = "VISIT_TYPE_FIRST", "first visit";
        Returning = "VISIT_TYPE_RETURNING", "returning";
    }
}

/// A condition on one fact of the device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "V: Default + Deserialize<'de>"))]
pub struct DeviceCondition<V> {
    /// Its options.
    pub options: Vec<DeviceOption<V>>,
}

/// An option of a device condition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "V: Default + Deserialize<'de>"))]
pub struct DeviceOption<V> {
    /// Its id: the branch.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What fits.
    pub value: V,
}

/// First time or again. The branches are the values themselves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VisitTypeCondition {
    /// Its options.
    pub options: Vec<VisitTypeOption>,
}

/// An option of a [`VisitTypeCondition`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VisitTypeOption {
    /// What fits, and the branch.
    pub value: VisitTypeValue,
}

/// Country of the place. The branches are the codes themselves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CountryCondition {
    /// Its options.
    pub countries: Vec<CountryOption>,
}

/// An option of a [`CountryCondition`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CountryOption {
    /// ISO 3166-1 alpha-2; the branch.
    pub country_code: String,
}

/// Day of the week.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DayOfWeekCondition {
    /// Its options.
    pub options: Vec<DayOfWeekOption>,
    /// Ours: IANA time zone; empty means the workspace's.
    pub x_timezone: String,
}

/// An option of a [`DayOfWeekCondition`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DayOfWeekOption {
    /// Its id: the branch.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Days that fit, 0 = Sunday to 6 = Saturday.
    pub days_of_week: Vec<i32>,
}

/// Time of day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TimeOfDayCondition {
    /// Its options.
    pub ranges: Vec<TimeRange>,
    /// Ours: IANA time zone; empty means the workspace's.
    pub x_timezone: String,
}

/// A range of the day: from the start, up to but without the end. An end before the start is on the next day; equal
/// ones are the whole day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TimeRange {
    /// Its id: the branch.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// `HH:MM`.
    pub start_time: String,
    /// `HH:MM`; `24:00` is the end of the day.
    pub end_time: String,
}

/// Day of the month.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DayOfMonthCondition {
    /// Its options.
    pub options: Vec<DayOfMonthOption>,
    /// Ours: IANA time zone; empty means the workspace's.
    pub x_timezone: String,
}

/// An option of a [`DayOfMonthCondition`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DayOfMonthOption {
    /// Its id: the branch.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// 1 to 31, or -1 for the last day of the month.
    pub day_of_month: i32,
}

/// Dates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SpecificDateCondition {
    /// Its options.
    pub options: Vec<DateOption>,
    /// Ours: IANA time zone; empty means the workspace's.
    pub x_timezone: String,
}

/// An option of a [`SpecificDateCondition`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DateOption {
    /// Its id: the branch.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// 1 to 31.
    pub day: i32,
    /// 1 to 12.
    pub month: i32,
    /// The year; absent means every year.
    pub year: Option<i32>,
}

/// An attribute of the visitor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VisitorDataCondition {
    /// Its options.
    pub options: Vec<VisitorDataOption>,
}

/// An option of a [`VisitorDataCondition`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VisitorDataOption {
    /// Its id: the branch.
    pub id: String,
    /// Which attribute.
    pub attribute_key: String,
    /// How it is compared: an [`Operator`](crate::workflow::attribute::Operator), in any of its spellings.
    pub operator: String,
    /// What with.
    #[serde(deserialize_with = "text")]
    pub comparison_value: String,
}

/// Rules of several tests each (ours).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RulesCondition {
    /// Its rules; the first that fits wins.
    pub options: Vec<Rule>,
}

/// A rule of a [`RulesCondition`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// Its id: the branch.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How many of its tests must hold.
    #[serde(rename = "match")]
    pub mode: Match,
    /// Its tests.
    pub tests: Vec<RuleTest>,
}

/// A test of a rule: a fact, how it is compared, and what with. Which of the fields count depends on the fact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RuleTest {
    /// What is looked at.
    pub fact: Fact,
    /// How: `IS`, `IS_NOT`, `CONTAINS`, `NOT_CONTAINS`, `STARTS_WITH`, `IN`; for numbers `IS`, `AT_LEAST`, `AT_MOST`,
    /// `BETWEEN`; for attributes an [`Operator`](crate::workflow::attribute::Operator).
    pub operator: String,
    /// What with, where one of several suffices.
    #[serde(deserialize_with = "texts")]
    pub values: Vec<String>,
    /// What with.
    #[serde(deserialize_with = "text")]
    pub value: String,
    /// Start of a range.
    #[serde(deserialize_with = "text")]
    pub from: String,
    /// End of a range.
    #[serde(deserialize_with = "text")]
    pub to: String,
    /// Which query parameter.
    pub name: String,
    /// Which attribute.
    pub key: String,
    /// Middle of a radius, degrees north.
    pub latitude: Option<f64>,
    /// Middle of a radius, degrees east.
    pub longitude: Option<f64>,
    /// Radius in kilometres.
    pub radius_km: Option<f64>,
    /// IANA time zone of a test of time; empty means the workspace's.
    pub timezone: String,
}

wire_words! {
    /// How many of a rule's tests must hold.
    Match {
        /// All of them.
        All = "ALL",
        /// One of them.
        Any = "ANY",
    }

    /// What a test looks at.
    Fact {
        /// Not said.
        Unspecified = "UNSPECIFIED",
        /// Country of the place, ISO 3166-1 alpha-2.
        Country = "COUNTRY",
        /// First-level subdivision of the place.
        Region = "REGION",
        /// City of the place.
        City = "CITY",
        /// Distance of the place from a point.
        Radius = "RADIUS",
        /// Languages of the visitor.
        Language = "LANGUAGE",
        /// Kind of device.
        DeviceType = "DEVICE_TYPE",
        /// Operating system.
        Platform = "PLATFORM",
        /// Browser.
        Browser = "BROWSER",
        /// Maker of the device.
        Brand = "BRAND",
        /// Person or program.
        Actor = "ACTOR",
        /// First time or again.
        VisitType = "VISIT_TYPE",
        /// How many times this visitor has come, this time included.
        NthScan = "NTH_SCAN",
        /// Day of the week, 0 = Sunday.
        Weekday = "WEEKDAY",
        /// Time of day.
        TimeOfDay = "TIME_OF_DAY",
        /// Day of the month, -1 = last.
        DayOfMonth = "DAY_OF_MONTH",
        /// Instants or days, from and to.
        DateRange = "DATE_RANGE",
        /// Host of the referrer.
        Referrer = "REFERRER",
        /// `utm_source`.
        UtmSource = "UTM_SOURCE",
        /// `utm_medium`.
        UtmMedium = "UTM_MEDIUM",
        /// `utm_campaign`.
        UtmCampaign = "UTM_CAMPAIGN",
        /// `utm_term`.
        UtmTerm = "UTM_TERM",
        /// `utm_content`.
        UtmContent = "UTM_CONTENT",
        /// A query parameter.
        Parameter = "PARAMETER",
        /// Number or organisation of the network.
        Network = "NETWORK",
        /// The slug that was scanned.
        Placement = "PLACEMENT",
        /// Tags of the link.
        Tag = "TAG",
        /// An attribute of the visitor.
        Attribute = "ATTRIBUTE",
    }

    /// What a split holds on to.
    Sticky {
        /// The same visitor gets the same share, as long as we know him.
        Visitor = "VISITOR",
        /// Every scan is shared out anew.
        Scan = "SCAN",
    }
}

/// Shares out by weight (ours).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Split {
    /// Its shares.
    pub options: Vec<SplitOption>,
    /// What it holds on to.
    pub sticky: Sticky,
}

/// A share of a [`Split`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SplitOption {
    /// Its id: the branch.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// 1 to 1000; its part of the sum.
    pub weight: i32,
}

/// A text, or a number or truth value as text: editors and scripts write both.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Whole(i64),
    Number(f64),
    Truth(bool),
}

impl From<Scalar> for String {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Text(text) => text,
            Scalar::Whole(number) => number.to_string(),
            Scalar::Number(number) => number.to_string(),
            Scalar::Truth(truth) => truth.to_string(),
        }
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Scalar::deserialize(deserializer).map(String::from)
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Vec::<Scalar>::deserialize(deserializer)?.into_iter().map(String::from).collect())
}
