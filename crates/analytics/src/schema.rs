//! The columns of the two tables, scans and traces, declared once: name, kind, and where the value comes from.
//!
//! The order is that of the Parquet files. Columns are only ever added (before `user_agent`, which is not in the
//! segment but in the facts file beside it); a file written before a column existed reads as the kind's empty value.

use crate::block::Data;
use arrow_schema::extension::Uuid as UuidType;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use model::{Position, Scan, Trace};
use std::sync::{Arc, LazyLock};

/// Version of the files' layout, kept in each footer under `quietzone.schema`.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// How a column's values look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// UUID.
    Id,
    /// Milliseconds since 1970 UTC.
    Time,
    /// Text from a limited vocabulary: a dictionary.
    Word,
    /// The same with bytes.
    Bytes,
    U64,
    U32,
    U16,
    I16,
    Bool,
}

/// A value on its way into a column.
#[derive(Clone, Copy)]
pub(crate) enum Cell<'a> {
    Id(uuid::Uuid),
    Time(model::Millis),
    Word(&'a str),
    Bytes(&'a [u8]),
    U64(u64),
    U32(u32),
    U16(u16),
    I16(i16),
    Bool(bool),
}

/// A column's name and kind.
#[derive(Debug)]
pub(crate) struct Spec {
    pub name: &'static str,
    pub kind: Kind,
}

macro_rules! columns {
    ($(#[$doc:meta])* $Table:ident $SPECS:ident $push:ident($at:ident: Position, $row:ident: $Row:ty)
     { $($Variant:ident $name:literal $kind:ident = $value:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum $Table { $($Variant,)* }

        pub(crate) const $SPECS: &[Spec] = &[$(Spec { name: $name, kind: Kind::$kind },)*];

        /// Appends one row to the columns of a block of this table.
        pub(crate) fn $push(data: &mut [Data], $at: Position, $row: &$Row) {
            let mut columns = data.iter_mut();
            $(if let Some(column) = columns.next() { column.push(Cell::$kind($value)); })*
        }
    };
}

columns! {
    /// Columns of the scan table, by their place.
    ScanColumn SCANS push_scan(position: Position, scan: Scan<'_>) {
        Workspace "workspace" Id = scan.workspace.0,
        Link "link" Id = scan.link.0,
        At "at" Time = scan.at,
        Id "id" Id = scan.id.0,
        Epoch "epoch" U32 = position.epoch,
        Seq "seq" U64 = position.seq,
        Slug "slug" Word = scan.slug,
        Domain "domain" Word = scan.domain,
        WorkflowVersion "workflow_version" U32 = scan.workflow_version,
        Path "path" Bytes = scan.path.0,
        Outcome "outcome" Word = scan.outcome.as_str(),
        Status "status" U16 = scan.status,
        Destination "destination" U16 = scan.destination,
        Action "action" Word = scan.action.as_str(),
        Method "method" Word = scan.method.as_str(),
        Verdict "verdict" Word = scan.verdict.as_str(),
        Reason "reason" Word = scan.reason,
        RulesVersion "rules_version" U16 = scan.rules_version,
        HeaderFlags "header_flags" U16 = scan.header_flags,
        AddressClass "address_class" Word = scan.address_class.as_str(),
        Identity "identity" Word = scan.identity.as_str(),
        Visitor "visitor" U64 = scan.visitor,
        FirstInWorkspace "first_in_workspace" Bool = scan.first_in_workspace,
        FirstOnLink "first_on_link" Bool = scan.first_on_link,
        NthToday "nth_today" U16 = scan.nth_today,
        VisitType "visit_type" Word = scan.visit_type.as_str(),
        Country "country" Word = scan.country,
        Region "region" Word = scan.region,
        City "city" Word = scan.city,
        Latitude "latitude" I16 = scan.latitude,
        Longitude "longitude" I16 = scan.longitude,
        Timezone "timezone" Word = scan.timezone,
        Asn "asn" U32 = scan.asn,
        Organisation "organisation" Word = scan.organisation,
        DeviceType "device_type" Word = scan.device_type.as_str(),
        DeviceBrand "device_brand" Word = scan.device_brand,
        DeviceModel "device_model" Word = scan.device_model,
        Platform "platform" Word = scan.platform,
        PlatformVersion "platform_version" Word = scan.platform_version,
        Browser "browser" Word = scan.browser,
        BrowserVersion "browser_version" Word = scan.browser_version,
        Language "language" Word = scan.language,
        Languages "languages" Word = scan.languages,
        ReferrerHost "referrer_host" Word = scan.referrer_host,
        UtmSource "utm_source" Word = scan.utm_source,
        UtmMedium "utm_medium" Word = scan.utm_medium,
        UtmCampaign "utm_campaign" Word = scan.utm_campaign,
        UtmTerm "utm_term" Word = scan.utm_term,
        UtmContent "utm_content" Word = scan.utm_content,
        Parameters "parameters" Word = scan.parameters,
        SharedNetwork "shared_network" Bool = scan.shared_network,
        Campaign "campaign" Id = scan.campaign,
        // Empty until the scan is judged again: what was said of it when it was answered.
        FirstVerdict "first_verdict" Word = "",
        FirstReason "first_reason" Word = "",
        FirstRules "first_rules_version" U16 = 0,
        UserAgent "user_agent" Word = scan.user_agent,
    }
}

columns! {
    /// Columns of the trace table, by their place.
    TraceColumn TRACES push_trace(position: Position, trace: Trace) {
        Workspace "workspace" Id = trace.workspace.0,
        Link "link" Id = trace.link.0,
        ScanAt "scan_at" Time = trace.scan_at,
        Scan "scan" Id = trace.scan.0,
        At "at" Time = trace.at,
        Id "id" Id = trace.id.0,
        Epoch "epoch" U32 = position.epoch,
        Seq "seq" U64 = position.seq,
        WorkflowVersion "workflow_version" U32 = trace.workflow_version,
        Step "step" U16 = trace.step,
        Branch "branch" U16 = trace.branch,
        Kind "kind" Word = trace.kind.as_str(),
        Destination "destination" U16 = trace.destination,
    }
}

/// The two tables a store keeps. Both begin with workspace, link and the scan's time, in this order, and are sorted
/// so; the fourth column settles ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Scans,
    Traces,
}

/// Places of the sort key, the same in both tables.
pub(crate) const WORKSPACE: usize = 0;
pub(crate) const LINK: usize = 1;
pub(crate) const TIME: usize = 2;
pub(crate) const TIE: usize = 3;

impl Table {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scans => "scans",
            Self::Traces => "traces",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Scans, Self::Traces].into_iter().find(|table| table.as_str() == word)
    }

    /// All columns, that of the facts file included.
    pub fn columns(self) -> &'static [Spec] {
        match self {
            Self::Scans => SCANS,
            Self::Traces => TRACES,
        }
    }

    /// Number of leading columns that are in the segment file; those behind are in the facts file.
    pub fn in_segment(self) -> usize {
        match self {
            Self::Scans => ScanColumn::UserAgent as usize,
            Self::Traces => TRACES.len(),
        }
    }

    /// Arrow schema of the segment file.
    pub fn schema(self) -> Arc<Schema> {
        static SCANS_SCHEMA: LazyLock<Arc<Schema>> =
            LazyLock::new(|| arrow_schema(&SCANS[..Table::Scans.in_segment()]));
        static TRACES_SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| arrow_schema(TRACES));
        match self {
            Self::Scans => SCANS_SCHEMA.clone(),
            Self::Traces => TRACES_SCHEMA.clone(),
        }
    }
}

/// Arrow schema of the facts file: the user agent of each row of its segment, in the same order.
pub(crate) fn facts_schema() -> Arc<Schema> {
    static FACTS: LazyLock<Arc<Schema>> = LazyLock::new(|| arrow_schema(&SCANS[Table::Scans.in_segment()..]));
    FACTS.clone()
}

fn arrow_schema(specs: &[Spec]) -> Arc<Schema> {
    let field = |spec: &Spec| {
        let field = Field::new(spec.name, spec.kind.data_type(), false);
        if spec.kind == Kind::Id { field.with_extension_type(UuidType) } else { field }
    };
    Arc::new(Schema::new(specs.iter().map(field).collect::<Vec<_>>()))
}

impl Kind {
    pub fn data_type(self) -> DataType {
        let dictionary = |value: DataType| DataType::Dictionary(Box::new(DataType::Int32), Box::new(value));
        match self {
            Self::Id => DataType::FixedSizeBinary(16),
            Self::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Self::Word => dictionary(DataType::Utf8),
            Self::Bytes => dictionary(DataType::Binary),
            Self::U64 => DataType::UInt64,
            Self::U32 => DataType::UInt32,
            Self::U16 => DataType::UInt16,
            Self::I16 => DataType::Int16,
            Self::Bool => DataType::Boolean,
        }
    }
}
