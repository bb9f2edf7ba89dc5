//! **The event schema.** A scan is one answered request of a slug we know (DESIGN §11.2).
//!
//! The same struct is written to the spool before the redirect is answered, kept in the hot tier, and becomes one row
//! of a Parquet segment. Columns are only ever added. There is no field for the visitor's address, on purpose.

use crate::ids::{LinkId, ScanId, WorkspaceId};
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

words! {
    /// Who asked, as far as a request can tell.
    Verdict {
        /// A person.
        Human = "human",
        /// A crawler, a script, a client without a browser's user agent.
        Bot = "bot",
        /// A program acting for a person (an AI assistant's fetcher).
        Agent = "agent",
        /// A link preview of a messenger or social network; also every HEAD.
        Preview = "preview",
        /// A browser fetching ahead of the person's decision.
        Prefetch = "prefetch",
        /// An uptime or link checker.
        Monitor = "monitor",
        /// The workspace's own team.
        Internal = "internal",
    }

    /// What the scan was answered with.
    Outcome {
        /// Redirected to a destination.
        Redirect = "redirect",
        /// Sent on to a page of the workflow.
        Page = "page",
        /// Redirected to the link's fallback destination.
        Fallback = "fallback",
        /// The link is over (deleted, or expired).
        Ended = "ended",
        /// The link is paused by its owner.
        Paused = "paused",
        /// The link has not started yet.
        NotStarted = "not_started",
        /// The link's limit of scans is reached.
        Limited = "limited",
        /// The workflow leads nowhere and there is no fallback.
        Error = "error",
    }

    /// How the visitor came: through a code or through a link.
    Action {
        /// The path or query marker of a QR code was present.
        Scan = "scan",
        /// A link was followed or typed.
        Click = "click",
    }

    /// Method of the request.
    Method {
        /// GET.
        Get = "GET",
        /// HEAD.
        Head = "HEAD",
    }

    /// Kind of the client's address; all that is kept of it.
    AddressClass {
        /// A public IPv4 address.
        PublicV4 = "public_v4",
        /// A public IPv6 address.
        PublicV6 = "public_v6",
        /// A private, shared or link-local address.
        Private = "private",
        /// This machine itself.
        Loopback = "loopback",
    }

    /// What the visitor number of a scan stands for.
    Identity {
        /// No identity: level NONE, or the visitor asked not to be tracked (GPC, DNT).
        None = "none",
        /// A keyed hash that lives for one UTC day.
        Day = "day",
        /// A first-party cookie the visitor agreed to.
        Cookie = "cookie",
    }

    /// First time or again.
    VisitType {
        /// Not known (no identity).
        Unspecified = "unspecified",
        /// First scan of this link by this visitor.
        First = "first",
        /// A later one.
        Returning = "returning",
    }

    /// Kind of device.
    DeviceType {
        /// A phone.
        Mobile = "mobile",
        /// A tablet.
        Tablet = "tablet",
        /// A laptop or desktop computer, a television, a console.
        Desktop = "desktop",
        /// A scanner without browser capabilities.
        Native = "native",
        /// Not told.
        Unknown = "unknown",
    }
}

/// Bits of [`Scan::header_flags`]: request headers that say something about the visitor's wish or the request's nature.
pub mod header_flags {
    /// `Sec-GPC: 1` (Global Privacy Control).
    pub const GPC: u16 = 1;
    /// `DNT: 1`.
    pub const DNT: u16 = 1 << 1;
    /// `Sec-Purpose: prefetch` and its older spellings.
    pub const PREFETCH: u16 = 1 << 2;
    /// `Sec-Fetch-User: ?1`: the browser vouches for a person's gesture.
    pub const FETCH_USER: u16 = 1 << 3;
    /// `Sec-Fetch-Site: none`: typed, scanned or opened from outside the browser.
    pub const FETCH_SITE_NONE: u16 = 1 << 4;
    /// The request carried any `Sec-Fetch-*` header.
    pub const FETCH_ANY: u16 = 1 << 5;
    /// The request came through a trusted proxy.
    pub const PROXIED: u16 = 1 << 6;
    /// `Sec-Fetch-Dest` says that the answer is not shown as a page.
    pub const NOT_SHOWN: u16 = 1 << 7;
    /// `Accept` asks for something other than a page.
    pub const NO_PAGE_ASKED: u16 = 1 << 8;
    /// The two flags before are kept of this scan; older programs did not.
    pub const PURPOSE_KEPT: u16 = 1 << 9;
}

/// Version of the layout that [`Scan::encode`] writes; the spool keeps it in each record.
pub const LAYOUT: u8 = 1;

/// One scan. Strings are borrowed, from the request while it is answered and from the spool's bytes afterwards.
///
/// An empty string means "not known"; so do `asn == 0` and `NO_DESTINATION`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scan<'a> {
    /// UUIDv7 made from the request's one clock read.
    pub id: ScanId,
    /// When the request was read; equal to the milliseconds inside `id`.
    pub at: Millis,
    /// Workspace of the link.
    pub workspace: WorkspaceId,
    /// Link that was asked for.
    pub link: LinkId,
    /// Slug that was asked for, folded (the placement).
    pub slug: &'a str,
    /// Host (and port) that was asked.
    pub domain: &'a str,
    /// Number of the workflow version that decided, counted from 1; 0 before any decision (ended, paused).
    pub workflow_version: u32,
    /// Steps walked.
    #[serde(borrow)]
    pub path: Path<'a>,
    /// What the visitor got.
    pub outcome: Outcome,
    /// HTTP status of the answer.
    pub status: u16,
    /// Index into the version's table of destinations, or [`NO_DESTINATION`].
    pub destination: u16,
    /// Code or link.
    pub action: Action,
    /// HTTP method.
    pub method: Method,
    /// Who asked.
    pub verdict: Verdict,
    /// Why the verdict: one of the closed list in `docs/API.md`, e.g. `ua:crawler`.
    pub reason: &'a str,
    /// Version of the rules that judged.
    pub rules_version: u16,
    /// [`header_flags`].
    pub header_flags: u16,
    /// Kind of the client's address.
    pub address_class: AddressClass,
    /// What `visitor` stands for.
    pub identity: Identity,
    /// Keyed hash of the visitor (DESIGN §4.3), or random number of the cookie; 0 with identity none.
    pub visitor: u64,
    /// First human scan of this visitor in the workspace on this UTC day.
    pub first_in_workspace: bool,
    /// First human scan of this visitor on this link on this UTC day.
    pub first_on_link: bool,
    /// How many times this visitor has scanned this link today, this one included; 0 with identity none.
    pub nth_today: u16,
    /// First or returning, as the contract's `visitType` tells it.
    pub visit_type: VisitType,
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// First-level subdivision, in the geo file's words.
    pub region: &'a str,
    /// City, in the geo file's words.
    pub city: &'a str,
    /// Latitude of the place (not of the visitor), tenths of a degree.
    pub latitude: i16,
    /// Longitude of the place, tenths of a degree.
    pub longitude: i16,
    /// IANA time zone of the place, where the geo file knows it.
    pub timezone: &'a str,
    /// Autonomous system number.
    pub asn: u32,
    /// Organisation of the autonomous system.
    pub organisation: &'a str,
    /// Kind of device.
    pub device_type: DeviceType,
    /// Maker of the device.
    pub device_brand: &'a str,
    /// Model of the device.
    pub device_model: &'a str,
    /// Operating system.
    pub platform: &'a str,
    /// Its version.
    pub platform_version: &'a str,
    /// Browser or in-app browser.
    pub browser: &'a str,
    /// Its version.
    pub browser_version: &'a str,
    /// First language of `Accept-Language`, lower case (`de-ch`).
    pub language: &'a str,
    /// All of them in order of preference, separated by commas.
    pub languages: &'a str,
    /// Host of the `Referer`.
    pub referrer_host: &'a str,
    /// `utm_source` of the request or the link.
    pub utm_source: &'a str,
    /// `utm_medium`.
    pub utm_medium: &'a str,
    /// `utm_campaign`.
    pub utm_campaign: &'a str,
    /// `utm_term`.
    pub utm_term: &'a str,
    /// `utm_content`.
    pub utm_content: &'a str,
    /// Other query parameters, form-urlencoded, at most 10.
    pub parameters: &'a str,
    /// Many different visitors share this address today (a carrier, a school, a café).
    pub shared_network: bool,
    /// Campaign the link belonged to at the time of the scan; nil when none.
    pub campaign: Uuid,
    /// The user agent, 256 bytes at most. Kept apart from the row, for 30 days, for re-judging.
    pub user_agent: &'a str,
}

/// Value of [`Scan::destination`] when the answer led to none of the version's destinations.
pub const NO_DESTINATION: u16 = u16::MAX;

/// The record in the spool is not one this program can read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Written by a newer program.
    #[error("record layout {0} is newer than this program's {LAYOUT}")]
    Layout(u8),
    /// Not a whole record.
    #[error("record is malformed: {0}")]
    Malformed(#[from] postcard::Error),
}

impl<'a> Scan<'a> {
    /// Appends the scan's bytes to `buffer`: [postcard](https://postcard.jamesmunns.com/wire-format) of the fields in order.
    pub fn encode(&self, buffer: &mut Vec<u8>) {
        encode(self, buffer);
    }

    /// Reads what [`Scan::encode`] wrote under `layout`, borrowing the strings.
    pub fn decode(layout: u8, bytes: &'a [u8]) -> Result<Self, DecodeError> {
        decode(layout, bytes)
    }
}

/// Appends postcard's bytes of `record`. Writing to memory cannot fail, and every field has a known length.
pub(crate) fn encode<T: Serialize>(record: &T, buffer: &mut Vec<u8>) {
    struct Append<'b>(&'b mut Vec<u8>);
    impl postcard::ser_flavors::Flavor for Append<'_> {
        type Output = ();
        fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
            self.0.push(byte);
            Ok(())
        }
        fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
            self.0.extend_from_slice(bytes);
            Ok(())
        }
        fn finalize(self) -> postcard::Result<()> {
            Ok(())
        }
    }
    let before = buffer.len();
    if postcard::serialize_with_flavor(record, Append(buffer)).is_err() {
        buffer.truncate(before);
    }
}

pub(crate) fn decode<'a, T: Deserialize<'a>>(layout: u8, bytes: &'a [u8]) -> Result<T, DecodeError> {
    if layout > LAYOUT {
        return Err(DecodeError::Layout(layout));
    }
    Ok(postcard::from_bytes(bytes)?)
}

/// The steps a scan walked, packed: each is the step's index in its workflow version and the branch taken, two bytes
/// each, little-endian. [`Path::NO_BRANCH`] marks a step without an outgoing branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Path<'a>(#[serde(borrow)] pub &'a [u8]);

impl<'a> Path<'a> {
    /// Branch of the last step of a path.
    pub const NO_BRANCH: u16 = u16::MAX;

    /// Appends one step to a packed path.
    pub fn push(bytes: &mut Vec<u8>, step: u16, branch: u16) {
        bytes.extend_from_slice(&step.to_le_bytes());
        bytes.extend_from_slice(&branch.to_le_bytes());
    }

    /// `(step, branch)` in the order walked.
    pub fn steps(self) -> impl Iterator<Item = (u16, u16)> + 'a {
        self.0
            .chunks_exact(4)
            .map(|four| (u16::from_le_bytes([four[0], four[1]]), u16::from_le_bytes([four[2], four[3]])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A scan with a distinct value in each field.
    fn sample<'a>() -> Scan<'a> {
        Scan {
            id: ScanId(Uuid::from_u128(1)),
            at: Millis(1_790_000_000_123),
            workspace: WorkspaceId(Uuid::from_u128(2)),
            link: LinkId(Uuid::from_u128(3)),
            slug: "menü",
            domain: "go.example.com",
            workflow_version: 4,
            path: Path(&[0, 0, 1, 0, 1, 0, 0xff, 0xff]),
            outcome: Outcome::Redirect,
            status: 302,
            destination: 0,
            action: Action::Scan,
            method: Method::Get,
            verdict: Verdict::Human,
            reason: "browser",
            rules_version: 1,
            header_flags: header_flags::FETCH_USER,
            address_class: AddressClass::PublicV6,
            identity: Identity::Day,
            visitor: u64::MAX,
            first_in_workspace: true,
            first_on_link: false,
            nth_today: 2,
            visit_type: VisitType::Returning,
            country: "CH",
            region: "Zurich",
            city: "Zürich",
            latitude: 474,
            longitude: -85,
            timezone: "",
            asn: 3303,
            organisation: "Swisscom",
            device_type: DeviceType::Mobile,
            device_brand: "Apple",
            device_model: "iPhone",
            platform: "iOS",
            platform_version: "19.1",
            browser: "Mobile Safari",
            browser_version: "19.1",
            language: "de-ch",
            languages: "de-ch,de,en",
            referrer_host: "",
            utm_source: "poster",
            utm_medium: "print",
            utm_campaign: "summer",
            utm_term: "t",
            utm_content: "c",
            parameters: "table=7",
            shared_network: true,
            campaign: Uuid::nil(),
            user_agent: "Mozilla/5.0",
        }
    }

    #[test]
    fn a_scan_survives_its_encoding() {
        let mut bytes = Vec::new();
        sample().encode(&mut bytes);
        assert_eq!(Scan::decode(LAYOUT, &bytes).unwrap(), sample());
        assert!(bytes.len() < 300, "a scan takes {} bytes", bytes.len());
    }

    #[test]
    fn a_cut_record_and_a_newer_layout_are_errors_not_guesses() {
        let mut bytes = Vec::new();
        sample().encode(&mut bytes);
        for length in 0..bytes.len() {
            assert!(Scan::decode(LAYOUT, &bytes[..length]).is_err(), "cut at {length}");
        }
        assert!(matches!(Scan::decode(LAYOUT + 1, &bytes), Err(DecodeError::Layout(_))));
    }

    #[test]
    fn a_path_is_read_as_it_was_walked() {
        let mut bytes = Vec::new();
        Path::push(&mut bytes, 0, 0);
        Path::push(&mut bytes, 300, Path::NO_BRANCH);
        assert_eq!(Path(&bytes).steps().collect::<Vec<_>>(), [(0, 0), (300, Path::NO_BRANCH)]);
    }

    #[test]
    fn words_are_read_back() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::from_word(verdict.as_str()), Some(*verdict));
        }
        assert_eq!(Outcome::from_word("teapot"), None);
    }
}
