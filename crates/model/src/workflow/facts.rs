//! What a walk may look at, and what of it a workflow asks for: the shell gathers nothing needless.

use super::attribute::Attributes;
use super::payload::ActorValue;
use crate::scan::{DeviceType, Verdict, VisitType};
use crate::time::Millis;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What is known of a scan. Empty text, `None` and 0 mean that it is not known.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Time of the scan, or of the answer that goes on.
    pub now: Millis,
    /// Time zone of the workspace; UTC where none is given.
    pub zone: Option<&'a TimeZone>,
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// First-level subdivision.
    pub region: &'a str,
    /// City.
    pub city: &'a str,
    /// The place, in degrees north and east.
    pub point: Option<(f64, f64)>,
    /// Languages by [`crate::language::preferences`].
    pub languages: &'a str,
    /// Kind of device.
    pub device_type: DeviceType,
    /// Operating system.
    pub platform: &'a str,
    /// Browser.
    pub browser: &'a str,
    /// Maker of the device.
    pub brand: &'a str,
    /// Person or program.
    pub actor: ActorValue,
    /// First time or again.
    pub visit_type: VisitType,
    /// How many times this visitor has come, this time included.
    pub nth: Option<u32>,
    /// Host of the referrer.
    pub referrer_host: &'a str,
    /// The raw query string.
    pub query: &'a str,
    /// Autonomous system number.
    pub asn: u32,
    /// Its organisation.
    pub organisation: &'a str,
    /// The slug that was scanned.
    pub placement: &'a str,
    /// Tags of the link.
    pub tags: &'a [String],
    /// Attributes of the visitor: empty of one who is not known, `None` when they could not be read in time.
    pub attributes: Option<&'a Attributes>,
    /// Number of the visitor, for splits that hold on to him.
    pub visitor_seed: Option<u64>,
    /// Number of the scan, for splits of scans and of visitors without a number.
    pub scan_seed: u64,
}

impl Facts<'_> {
    /// Nothing but the time.
    pub const fn at(now: Millis) -> Self {
        Self {
            now,
            zone: None,
            country: "",
            region: "",
            city: "",
            point: None,
            languages: "",
            device_type: DeviceType::Unknown,
            platform: "",
            browser: "",
            brand: "",
            actor: ActorValue::Unspecified,
            visit_type: VisitType::Unspecified,
            nth: None,
            referrer_host: "",
            query: "",
            asn: 0,
            organisation: "",
            placement: "",
            tags: &[],
            attributes: None,
            visitor_seed: None,
            scan_seed: 0,
        }
    }
}

impl ActorValue {
    /// Who a verdict takes the visitor for (DESIGN §11.1).
    pub const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Human | Verdict::Internal => Self::Human,
            Verdict::Bot | Verdict::Preview | Verdict::Monitor => Self::Bot,
            Verdict::Agent => Self::Agent,
            Verdict::Prefetch => Self::Unknown,
        }
    }
}

/// A set of facts that a workflow asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs(u16);

impl Needs {
    /// None.
    pub const NONE: Self = Self(0);
    /// `country`, `region`, `city`, `point`.
    pub const PLACE: Self = Self(1);
    /// `languages`.
    pub const LANGUAGES: Self = Self(1 << 1);
    /// `device_type`, `platform`, `browser`, `brand`.
    pub const DEVICE: Self = Self(1 << 2);
    /// `actor`.
    pub const ACTOR: Self = Self(1 << 3);
    /// `visit_type`: the link asks first or repeat, so the browser is given the *seen* flag.
    pub const VISIT_TYPE: Self = Self(1 << 4);
    /// `nth`: likewise.
    pub const NTH: Self = Self(1 << 5);
    /// `referrer_host`.
    pub const REFERRER: Self = Self(1 << 6);
    /// `query`.
    pub const QUERY: Self = Self(1 << 7);
    /// `asn`, `organisation`.
    pub const NETWORK: Self = Self(1 << 8);
    /// `placement`.
    pub const PLACEMENT: Self = Self(1 << 9);
    /// `tags`.
    pub const TAGS: Self = Self(1 << 10);
    /// `attributes`.
    pub const ATTRIBUTES: Self = Self(1 << 11);
    /// `visitor_seed`.
    pub const VISITOR_SEED: Self = Self(1 << 12);
    /// `zone`.
    pub const ZONE: Self = Self(1 << 13);

    /// Whether all of `other` is in it.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is in it.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both together.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Which time zone a test of time goes by: 0 is the workspace's, the others are counted from 1 in the workflow's list.
pub(super) type ZoneIndex = u8;

/// The walk's wall clocks: local time in each zone that is asked for, worked out once.
pub(super) struct Clocks<'a> {
    now: Millis,
    workspace: Option<&'a TimeZone>,
    zones: &'a [TimeZone],
    read: Vec<(ZoneIndex, DateTime)>,
}

impl<'a> Clocks<'a> {
    pub(super) const fn new(facts: &Facts<'a>, zones: &'a [TimeZone]) -> Self {
        Self { now: facts.now, workspace: facts.zone, zones, read: Vec::new() }
    }

    pub(super) fn local(&mut self, index: ZoneIndex) -> DateTime {
        if let Some((_, local)) = self.read.iter().find(|(known, _)| *known == index) {
            return *local;
        }
        let own = usize::from(index).checked_sub(1).and_then(|index| self.zones.get(index));
        let zone = own.or(self.workspace).unwrap_or(const { &TimeZone::UTC });
        let local = zone.to_datetime(self.now.timestamp());
        self.read.push((index, local));
        local
    }
}
