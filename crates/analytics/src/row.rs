//! One row of the scan table as a [`Scan`] again.

use crate::column::Rows;
use crate::schema::{SCANS, ScanColumn};
use model::Millis;
use model::ids::{LinkId, ScanId, WorkspaceId};
use model::judged::Judged;
use model::report::OwnedScan;
use model::scan::{
    Action, AddressClass, DeviceType, Identity, Method, Outcome, Path, Scan, Verdict, VisitType,
};
use uuid::Uuid;

/// All columns of a scan.
pub(crate) fn all_columns() -> Vec<usize> {
    (0..SCANS.len()).collect()
}

/// The scan at `row`, of rows read with all columns. A word that this program does not know (a newer one wrote the
/// file) becomes the set's most careful member.
pub(crate) fn scan(rows: &Rows<'_>, row: usize) -> OwnedScan {
    use ScanColumn as C;
    let id = |column: C| Uuid::from_bytes(rows.column(column as usize).ids()[row]);
    let text = |column: C| rows.column(column as usize).words().text(row);
    let u16 = |column: C| rows.column(column as usize).u16s()[row];
    let u32 = |column: C| rows.column(column as usize).u32s()[row];
    let i16 = |column: C| rows.column(column as usize).i16s()[row];
    let bool = |column: C| rows.column(column as usize).bools()[row];
    let path = rows.column(C::Path as usize).words();
    let first = Verdict::from_word(text(C::FirstVerdict)).map(|verdict| Judged {
        verdict,
        reason: text(C::FirstReason).to_owned(),
        rules_version: u16(C::FirstRules),
    });
    let scan = OwnedScan::from(&Scan {
        id: ScanId(id(C::Id)),
        at: Millis(rows.column(C::At as usize).times()[row]),
        workspace: WorkspaceId(id(C::Workspace)),
        link: LinkId(id(C::Link)),
        slug: text(C::Slug),
        domain: text(C::Domain),
        workflow_version: u32(C::WorkflowVersion),
        path: Path(path.word(path.codes[row])),
        outcome: Outcome::from_word(text(C::Outcome)).unwrap_or(Outcome::Error),
        status: u16(C::Status),
        destination: u16(C::Destination),
        action: Action::from_word(text(C::Action)).unwrap_or(Action::Click),
        method: Method::from_word(text(C::Method)).unwrap_or(Method::Get),
        verdict: Verdict::from_word(text(C::Verdict)).unwrap_or(Verdict::Bot),
        reason: text(C::Reason),
        rules_version: u16(C::RulesVersion),
        header_flags: u16(C::HeaderFlags),
        address_class: AddressClass::from_word(text(C::AddressClass)).unwrap_or(AddressClass::Private),
        identity: Identity::from_word(text(C::Identity)).unwrap_or(Identity::None),
        visitor: rows.column(C::Visitor as usize).u64s()[row],
        first_in_workspace: bool(C::FirstInWorkspace),
        first_on_link: bool(C::FirstOnLink),
        nth_today: u16(C::NthToday),
        visit_type: VisitType::from_word(text(C::VisitType)).unwrap_or(VisitType::Unspecified),
        country: text(C::Country),
        region: text(C::Region),
        city: text(C::City),
        latitude: i16(C::Latitude),
        longitude: i16(C::Longitude),
        timezone: text(C::Timezone),
        asn: u32(C::Asn),
        organisation: text(C::Organisation),
        device_type: DeviceType::from_word(text(C::DeviceType)).unwrap_or(DeviceType::Unknown),
        device_brand: text(C::DeviceBrand),
        device_model: text(C::DeviceModel),
        platform: text(C::Platform),
        platform_version: text(C::PlatformVersion),
        browser: text(C::Browser),
        browser_version: text(C::BrowserVersion),
        language: text(C::Language),
        languages: text(C::Languages),
        referrer_host: text(C::ReferrerHost),
        utm_source: text(C::UtmSource),
        utm_medium: text(C::UtmMedium),
        utm_campaign: text(C::UtmCampaign),
        utm_term: text(C::UtmTerm),
        utm_content: text(C::UtmContent),
        parameters: text(C::Parameters),
        shared_network: bool(C::SharedNetwork),
        campaign: id(C::Campaign),
        user_agent: text(C::UserAgent),
    });
    scan.judged_before(first)
}
