//! A population compiled for the executor: which scans count, and what counts as a visitor among them.

use crate::schema::ScanColumn;
use model::Millis;
use model::report::{self, By, Dimension, Filter, Scope, Test, Verdicts};
use model::scan::Verdict;
use std::collections::HashSet;
use uuid::Uuid;

/// How the visitors of a group of scans are counted (DESIGN §11.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visitors {
    /// Scans that are their visitor's first in the workspace on their UTC day.
    FirstInWorkspace,
    /// Scans that are their visitor's first on the link on their UTC day.
    FirstOnLink,
    /// Different visitors of each UTC day, added.
    Distinct,
}

/// All ways of counting visitors.
pub(crate) const WAYS: [Visitors; 3] =
    [Visitors::FirstInWorkspace, Visitors::FirstOnLink, Visitors::Distinct];

impl Visitors {
    /// Column that says who a visitor is.
    pub fn column(self) -> ScanColumn {
        match self {
            Self::FirstInWorkspace => ScanColumn::FirstInWorkspace,
            Self::FirstOnLink => ScanColumn::FirstOnLink,
            Self::Distinct => ScanColumn::Visitor,
        }
    }
}

/// Which scans count.
#[derive(Clone)]
pub(crate) struct Population {
    pub workspace: [u8; 16],
    /// Ascending, without repetitions; nothing stands for all links of the workspace.
    pub links: Option<Vec<[u8; 16]>>,
    pub verdicts: Verdicts,
    pub from: i64,
    pub to: i64,
    /// Where rows begin to be read: `from`, or before it to see who came on its day before.
    pub since: i64,
    pub filters: Vec<Filter>,
    pub visitor: Option<u64>,
}

impl Population {
    /// Compiles a population. Filters on links, on what the catalog says of them, and on verdicts become part of scope
    /// and verdicts where they can, so that a number does not depend on which of the two ways a question was put.
    pub fn new(asked: &report::Population) -> Self {
        let mut links = match &asked.scope {
            Scope::Workspace => None,
            Scope::Links(links) => Some(links.iter().map(|link| *link.as_bytes()).collect::<HashSet<_>>()),
        };
        let mut verdicts = asked.verdicts;
        let mut filters = Vec::new();
        for filter in &asked.filters {
            if let Some(named) = links_of(filter) {
                links = Some(match links {
                    Some(links) => links.intersection(&named).copied().collect(),
                    None => named,
                });
            } else if filter.by.dimension() == Some(Dimension::Verdict) {
                let both =
                    |verdict: &Verdict| verdicts.contains(*verdict) && filter.passes(&[verdict.as_str()]);
                verdicts = Verdicts::of(Verdict::ALL.iter().copied().filter(both));
            } else {
                filters.push(filter.clone());
            }
        }
        let links = links.map(|links| {
            let mut links: Vec<_> = links.into_iter().collect();
            links.sort_unstable();
            links
        });
        Self {
            workspace: *asked.workspace.as_bytes(),
            links,
            verdicts,
            from: asked.from.0,
            to: asked.to.0,
            since: asked.from.0,
            filters,
            visitor: None,
        }
    }

    /// The part of it between two instants that lie in it.
    pub fn within(&self, (from, to): (i64, i64)) -> Self {
        Self { from, to, since: from, ..self.clone() }
    }

    /// The same scans, read from the midnight (UTC) before the first of them: whoever came before `from` on its day is
    /// not a visitor of the rest of the day, as the bits say it where they are asked.
    pub fn read_from_midnight(self) -> Self {
        Self { since: Millis(self.from).utc_day().start().0.min(self.from), ..self }
    }

    /// Whether nothing can be in it.
    pub fn is_empty(&self) -> bool {
        self.from >= self.to
            || self.verdicts.is_empty()
            || self.links.as_ref().is_some_and(Vec::is_empty)
            || self
                .filters
                .iter()
                .any(|filter| filter.values.is_empty() && matches!(filter.test, Test::Is | Test::Contains))
    }

    /// How visitors are counted in the whole population, or in each group of it.
    pub fn visitors(&self, by: Option<&By>) -> Visitors {
        // The bits are set on human scans, and a filter keeps either all scans of a visitor's day or none only if it
        // looks at what the visitor's number is made of.
        let of_visitor = |by: &By| by.dimension().is_some_and(|dimension| OF_VISITOR.contains(&dimension));
        let whole =
            self.verdicts == Verdicts::HUMAN && self.filters.iter().all(|filter| of_visitor(&filter.by));
        if !whole {
            return Visitors::Distinct;
        }
        match by {
            Some(By::Dimension(Dimension::Link)) => Visitors::FirstOnLink,
            Some(by) if by.dimension() != Some(Dimension::Verdict) && !of_visitor(by) => Visitors::Distinct,
            _ => match self.links.as_deref() {
                None => Visitors::FirstInWorkspace,
                Some([_]) => Visitors::FirstOnLink,
                Some(_) => Visitors::Distinct,
            },
        }
    }

    /// Columns that are read to decide whether a scan counts.
    pub fn columns(&self) -> Vec<usize> {
        let mut columns = vec![ScanColumn::At as usize];
        if self.verdicts != Verdicts::ALL {
            columns.push(ScanColumn::Verdict as usize);
        }
        if self.visitor.is_some() {
            columns.push(ScanColumn::Visitor as usize);
        }
        columns.extend(self.filters.iter().map(|filter| of(&filter.by) as usize));
        columns
    }
}

/// The links a filter comes down to, where it names them: those whose labels pass are known only while a link without
/// any does not.
fn links_of(filter: &Filter) -> Option<HashSet<[u8; 16]>> {
    match &filter.by {
        By::Dimension(Dimension::Link) if filter.test == Test::Is => {
            let id = |value: &String| Uuid::parse_str(value).ok().map(Uuid::into_bytes);
            Some(filter.values.iter().filter_map(id).collect())
        }
        By::Labels(labels) if !filter.passes(&[""]) => {
            let passes = |link: &&model::LinkId| filter.passes(&labels.of(**link));
            Some(labels.by_link.keys().filter(passes).map(|link| *link.as_bytes()).collect())
        }
        _ => None,
    }
}

/// Dimensions that are functions of the visitor's number: of the client's address and user agent. All scans of a
/// visitor's day have the same value. (Language, for one, is not: two languages can stand behind one address and user
/// agent.)
const OF_VISITOR: [Dimension; 13] = [
    Dimension::Country,
    Dimension::Region,
    Dimension::City,
    Dimension::DeviceType,
    Dimension::DeviceBrand,
    Dimension::DeviceModel,
    Dimension::Browser,
    Dimension::Platform,
    Dimension::Network,
    Dimension::Asn,
    Dimension::Timezone,
    Dimension::BrowserVersion,
    Dimension::PlatformVersion,
];

/// Column that a dimension's label is made of.
pub(crate) fn column(dimension: Dimension) -> ScanColumn {
    match dimension {
        Dimension::Country => ScanColumn::Country,
        Dimension::Region => ScanColumn::Region,
        Dimension::City => ScanColumn::City,
        Dimension::DeviceType => ScanColumn::DeviceType,
        Dimension::DeviceBrand => ScanColumn::DeviceBrand,
        Dimension::DeviceModel => ScanColumn::DeviceModel,
        Dimension::Browser => ScanColumn::Browser,
        Dimension::Platform => ScanColumn::Platform,
        Dimension::Language => ScanColumn::Language,
        Dimension::Referrer => ScanColumn::ReferrerHost,
        Dimension::Network => ScanColumn::Organisation,
        Dimension::VisitType => ScanColumn::VisitType,
        Dimension::Verdict => ScanColumn::Verdict,
        Dimension::Reason => ScanColumn::Reason,
        Dimension::Outcome => ScanColumn::Outcome,
        Dimension::Action => ScanColumn::Action,
        Dimension::Link => ScanColumn::Link,
        Dimension::Slug => ScanColumn::Slug,
        Dimension::UtmSource => ScanColumn::UtmSource,
        Dimension::UtmMedium => ScanColumn::UtmMedium,
        Dimension::UtmCampaign => ScanColumn::UtmCampaign,
        Dimension::UtmTerm => ScanColumn::UtmTerm,
        Dimension::UtmContent => ScanColumn::UtmContent,
        Dimension::Domain => ScanColumn::Domain,
        Dimension::PlatformVersion => ScanColumn::PlatformVersion,
        Dimension::BrowserVersion => ScanColumn::BrowserVersion,
        Dimension::Timezone => ScanColumn::Timezone,
        Dimension::Method => ScanColumn::Method,
        Dimension::AddressClass => ScanColumn::AddressClass,
        Dimension::Identity => ScanColumn::Identity,
        Dimension::Asn => ScanColumn::Asn,
        Dimension::Status => ScanColumn::Status,
        Dimension::WorkflowVersion => ScanColumn::WorkflowVersion,
        Dimension::SharedNetwork => ScanColumn::SharedNetwork,
        Dimension::PrivacySignal => ScanColumn::HeaderFlags,
        Dimension::Campaign => ScanColumn::Campaign,
        Dimension::Languages => ScanColumn::Languages,
        Dimension::Parameter => ScanColumn::Parameters,
    }
}

/// Column that grouping or filtering reads.
pub(crate) fn of(by: &By) -> ScanColumn {
    match by {
        By::Dimension(dimension) => column(*dimension),
        By::Parameter(_) => ScanColumn::Parameters,
        By::Labels(_) => ScanColumn::Link,
        By::Clock(..) => ScanColumn::At,
    }
}

/// Column that tells equal labels apart: the country of cities and regions.
pub(crate) fn within(dimension: Dimension) -> Option<ScanColumn> {
    matches!(dimension, Dimension::City | Dimension::Region).then_some(ScanColumn::Country)
}
