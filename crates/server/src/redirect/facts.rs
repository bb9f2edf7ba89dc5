//! What a workflow may look at, gathered from what the server knows of a request.

use crate::agent::Agent;
use crate::geo::Place;
use jiff::tz::TimeZone;
use model::scan::{Verdict, VisitType};
use model::workflow::Facts;
use model::workflow::attribute::Attributes;
use model::workflow::payload::ActorValue;
use model::{Millis, ScanId};

/// What is known of a request.
pub struct Known<'k> {
    /// Time of the scan, or of the answer that goes on.
    pub now: Millis,
    /// The workspace's zone; `None` is UTC.
    pub zone: Option<&'k TimeZone>,
    /// Where the address is.
    pub place: &'k Place<'k>,
    /// What the user agent tells.
    pub agent: &'k Agent,
    /// Languages, by [`model::language::preferences`].
    pub languages: &'k str,
    /// Who asks.
    pub verdict: Verdict,
    /// First or again.
    pub visit_type: VisitType,
    /// Which time it is; 0 where that is not known.
    pub nth: u16,
    /// Host of the referrer.
    pub referrer_host: &'k str,
    /// The raw query string.
    pub query: &'k str,
    /// Slug scanned.
    pub placement: &'k str,
    /// Tags of the link.
    pub tags: &'k [String],
    /// Of the visitor that this browser has proved to be; `None`: they could not be read.
    pub attributes: Option<&'k Attributes>,
    /// Number of the visitor; 0 where there is none.
    pub visitor: u64,
    /// The scan.
    pub scan: ScanId,
}

impl<'k> Known<'k> {
    /// As the engine takes it.
    pub fn facts(&self) -> Facts<'k> {
        let place = self.place;
        let has_point = place.latitude != 0 || place.longitude != 0;
        let degrees = |tenths: i16| f64::from(tenths) / 10.0;
        Facts {
            now: self.now,
            zone: self.zone,
            country: place.country,
            region: place.region,
            city: place.city,
            point: has_point.then(|| (degrees(place.latitude), degrees(place.longitude))),
            languages: self.languages,
            device_type: self.agent.device_type,
            platform: &self.agent.platform,
            browser: &self.agent.browser,
            brand: &self.agent.brand,
            actor: ActorValue::of(self.verdict),
            visit_type: self.visit_type,
            nth: (self.nth > 0).then_some(u32::from(self.nth)),
            referrer_host: self.referrer_host,
            query: self.query,
            asn: place.asn,
            organisation: place.organisation,
            placement: self.placement,
            tags: self.tags,
            attributes: self.attributes,
            visitor_seed: (self.visitor != 0).then_some(self.visitor),
            scan_seed: self.scan.0.as_u128() as u64,
        }
    }
}
