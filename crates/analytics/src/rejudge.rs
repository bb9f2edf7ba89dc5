//! Judging recorded scans again (DESIGN §11.2): the rows of some days get other verdicts, keep their first ones beside
//! them, and who came first is decided anew, all in one exchange of files.

use crate::block::{Block, Data};
use crate::column::Rows;
use crate::days::Days;
use crate::error::{Error, Result};
use crate::firsts::by_number;
use crate::hidden::Hidden;
use crate::local::Local;
use crate::lost::Damage;
use crate::manifest::Entry;
use crate::merge::{Edit, covering, is_harmed};
use crate::purge::key;
use crate::schema::{self, ScanColumn, Table};
use crate::segment::Segment;
use foldhash::HashMap;
use model::judged::{Again, Judged, Recorded, Stays};
use model::scan::{Identity, Method, Verdict, VisitType};
use model::time::UtcDay;
use model::{LinkId, Millis, ScanId, WorkspaceId};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use uuid::Uuid;

/// Which scans are judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Of one workspace, or of all.
    pub workspace: Option<WorkspaceId>,
    /// From this instant on.
    pub from: Millis,
    /// Up to this instant, which is not included.
    pub to: Millis,
    /// Nobody judges: scans that were judged again get their first verdicts back.
    pub restore: bool,
}

/// Scans of a workspace and a day that came from one verdict to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// Whose scans.
    pub workspace: WorkspaceId,
    /// Their UTC day.
    pub day: UtcDay,
    /// The verdict they had.
    pub from: (Verdict, String),
    /// The one they have now.
    pub to: (Verdict, String),
}

/// What came of some days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejudged {
    /// Scans looked at.
    pub scans: u64,
    /// Human ones among them, before.
    pub humans: u64,
    /// Scans with another verdict or reason.
    pub moved: BTreeMap<Move, u64>,
    /// Scans that keep theirs although today's rules may say something else.
    pub stayed: BTreeMap<Stays, u64>,
    /// Human scans that links gain or lose.
    pub links: BTreeMap<(WorkspaceId, LinkId), i64>,
    /// One of the scans that moved: whether the rows are the new ones can be seen by it.
    pub witness: Option<(WorkspaceId, ScanId, Judged)>,
}

/// Columns that a scan is judged by.
const COLUMNS: [ScanColumn; 14] = [
    ScanColumn::Workspace,
    ScanColumn::Link,
    ScanColumn::At,
    ScanColumn::Id,
    ScanColumn::Method,
    ScanColumn::Verdict,
    ScanColumn::Reason,
    ScanColumn::RulesVersion,
    ScanColumn::HeaderFlags,
    ScanColumn::Asn,
    ScanColumn::FirstVerdict,
    ScanColumn::FirstReason,
    ScanColumn::FirstRules,
    ScanColumn::UserAgent,
];

/// A judgement with its reason by number.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Short {
    verdict: Verdict,
    reason: u32,
    rules: u16,
}

/// New verdicts of scans, by id. Some 50 bytes of memory a scan that moves.
#[derive(Default)]
pub(crate) struct Moves {
    /// The verdict from now on, and the first one, unless they are the same.
    rows: HashMap<[u8; 16], (Short, Option<Short>)>,
    reasons: Vec<String>,
}

impl Local {
    /// Stretches of UTC days that have sealed scans in a range, oldest first. A stretch is what segments of several days,
    /// and others that overlap them, cover; clipped to the range's days.
    pub fn stretches(&self, range: Range<Millis>) -> Vec<Days> {
        if range.is_empty() {
            return Vec::new();
        }
        let asked = Days { first: range.start.utc_day(), last: range.end.plus(-1).utc_day() };
        let snapshot = self.snapshot();
        let holds = |entry: &Entry| entry.last_at >= range.start.0 && entry.first_at < range.end.0;
        let segments = snapshot.segments(Table::Scans).filter(|segment| holds(&segment.entry));
        let mut all: Vec<Days> = segments.map(|segment| segment.entry.days).collect();
        all.sort_unstable();
        let mut stretches: Vec<Days> = Vec::new();
        for days in all {
            match stretches.last_mut() {
                Some(last) if last.meet(days) => *last = last.and(days),
                _ => stretches.push(days),
            }
        }
        let clip = |days: &Days| Days { first: days.first.max(asked.first), last: days.last.min(asked.last) };
        stretches.iter().map(clip).filter(|days| days.first <= days.last).collect()
    }

    /// Refuses to judge what cannot be read: the numbers of what was judged would be taken for all of it.
    ///
    /// # Errors
    ///
    /// [`Error::Damage`] where a damaged segment may hold scans of the selection.
    pub fn all_there(&self, of: &Selection) -> Result<()> {
        let mut lost = self.lost(of.workspace, std::slice::from_ref(&(of.from..of.to)));
        lost.retain(|lost| lost.has_scans);
        if lost.is_empty() { Ok(()) } else { Err(Error::Damage(Damage(lost))) }
    }

    /// Says what [`Local::rejudge`] would do, and does nothing.
    pub fn try_rejudge(
        &self,
        days: Days,
        of: &Selection,
        judge: impl Fn(&Recorded<'_>) -> Again,
    ) -> Result<Rejudged> {
        let of = of.on(days);
        loop {
            self.all_there(&of)?;
            let snapshot = self.snapshot();
            match look(&covering(&snapshot, days), &snapshot.hidden, &of, &judge) {
                Ok((_, rejudged)) => return Ok(rejudged),
                Err(error) => self.leave_out(&snapshot, error)?,
            }
        }
    }

    /// Judges the sealed scans of some days again. Their rows get the verdicts that `judge` gives; the first ones stay
    /// beside them. One new segment takes the place of all that cover these days, at once or not at all. Before it does,
    /// and only if a scan moves, `noted` is told what will change; its error leaves everything as it was.
    ///
    /// Hot scans are not looked at: seal them first. Where a segment that may hold some of the scans is damaged, this is
    /// [`Error::Damage`]; where one has other scans of these days, their first scans are not decided anew.
    pub fn rejudge<E: From<Error>>(
        &self,
        days: Days,
        of: &Selection,
        judge: impl Fn(&Recorded<'_>) -> Again,
        noted: impl FnOnce(&Rejudged) -> std::result::Result<(), E>,
    ) -> std::result::Result<Rejudged, E> {
        let of = of.on(days);
        loop {
            self.all_there(&of)?;
            let snapshot = self.snapshot();
            let segments = covering(&snapshot, days);
            // A merge must not carry rows over into new segments unseen.
            let _claim = self.claims.take(&segments);
            if !self.still_there(&segments) {
                continue;
            }
            let written = look(&segments, &snapshot.hidden, &of, &judge).and_then(|(moves, rejudged)| {
                if moves.rows.is_empty() {
                    return Ok((rejudged, None));
                }
                let edit = Edit { moves: Some(&moves), hidden: Some(&snapshot.hidden), ..Edit::default() };
                let decide = !is_harmed(&snapshot, &segments);
                Ok((rejudged, Some(self.write_edited(&segments, decide, edit)?)))
            });
            match written {
                Ok((rejudged, None)) => return Ok(rejudged),
                Ok((rejudged, Some(entry))) => {
                    let entries: Vec<Entry> = entry.into_iter().collect();
                    if let Err(error) = noted(&rejudged) {
                        self.discard(&entries);
                        return Err(error);
                    }
                    self.publish(&entries, &segments, None, |_| ())?;
                    return Ok(rejudged);
                }
                Err(error) => self.leave_out(&snapshot, error)?,
            }
        }
    }
}

impl Selection {
    /// The part of it that lies on some days.
    fn on(&self, days: Days) -> Self {
        let (from, to) = (self.from.max(days.first.start()), self.to.min(days.last.end()));
        Self { from, to, ..*self }
    }
}

/// Judges the scans of segments.
fn look(
    segments: &[Arc<Segment>],
    hidden: &Hidden,
    of: &Selection,
    judge: &impl Fn(&Recorded<'_>) -> Again,
) -> Result<(Moves, Rejudged)> {
    let (mut moves, mut rejudged) = (Moves::default(), Rejudged::default());
    let workspace = of.workspace.map(|id| *id.as_bytes());
    let holds = |entry: &Entry| entry.last_at >= of.from.0 && entry.first_at < of.to.0;
    for segment in segments.iter().filter(|segment| holds(&segment.entry)) {
        let groups = segment.row_groups()?;
        let numbers = match &workspace {
            Some(workspace) => segment.candidates(workspace, None)?,
            None => (0..groups.len()).collect(),
        };
        for group in numbers {
            let whole = 0..groups[group];
            let found = workspace.as_ref().map(|workspace| segment.locate(group, workspace, None));
            let runs = found.transpose()?.unwrap_or_else(|| Vec::from([whole]));
            if !runs.is_empty() {
                let rows = segment.read(group, &runs, &COLUMNS.map(|column| column as usize))?;
                look_at(&rows, hidden, of, judge, &mut moves, &mut rejudged);
            }
        }
    }
    Ok((moves, rejudged))
}

fn look_at(
    rows: &Rows<'_>,
    hidden: &Hidden,
    of: &Selection,
    judge: &impl Fn(&Recorded<'_>) -> Again,
    moves: &mut Moves,
    rejudged: &mut Rejudged,
) {
    let column = |column: ScanColumn| rows.column(column as usize);
    let text = |place: ScanColumn, row: usize| column(place).words().text(row);
    let times = column(ScanColumn::At).times();
    for (row, &at) in times.iter().enumerate() {
        let key = key(rows, row);
        if !(of.from.0..of.to.0).contains(&at) || hidden.holds(key) {
            continue;
        }
        let id = |place: ScanColumn| column(place).ids()[row];
        let workspace = WorkspaceId(Uuid::from_bytes(id(ScanColumn::Workspace)));
        let u16 = |place: ScanColumn| column(place).u16s()[row];
        let before = Judged {
            verdict: verdict(text(ScanColumn::Verdict, row)),
            reason: text(ScanColumn::Reason, row).to_owned(),
            rules_version: u16(ScanColumn::RulesVersion),
        };
        let first = Verdict::from_word(text(ScanColumn::FirstVerdict, row)).map(|verdict| Judged {
            verdict,
            reason: text(ScanColumn::FirstReason, row).to_owned(),
            rules_version: u16(ScanColumn::FirstRules),
        });
        rejudged.scans += 1;
        rejudged.humans += u64::from(before.verdict == Verdict::Human);
        let first_or_only = first.as_ref().unwrap_or(&before);
        let again = if of.restore {
            Again::Judged(first_or_only.clone())
        } else {
            judge(&Recorded {
                workspace,
                method: Method::from_word(text(ScanColumn::Method, row)).unwrap_or(Method::Get),
                header_flags: u16(ScanColumn::HeaderFlags),
                asn: column(ScanColumn::Asn).u32s()[row],
                user_agent: if hidden.holds_facts(key) { "" } else { text(ScanColumn::UserAgent, row) },
                first_verdict: first_or_only.verdict,
                first_reason: &first_or_only.reason,
                first_rules: first_or_only.rules_version,
            })
        };
        let now = match again {
            Again::Stays(why) => {
                *rejudged.stayed.entry(why).or_default() += 1;
                continue;
            }
            Again::Judged(now) if (now.verdict, &now.reason) == (before.verdict, &before.reason) => continue,
            Again::Judged(now) => now,
        };
        let link = LinkId(Uuid::from_bytes(id(ScanColumn::Link)));
        let human = |judged: &Judged| i64::from(judged.verdict == Verdict::Human);
        let gained = human(&now) - human(&before);
        if gained != 0 {
            *rejudged.links.entry((workspace, link)).or_default() += gained;
        }
        let scan = id(ScanColumn::Id);
        if rejudged.witness.is_none() {
            rejudged.witness = Some((workspace, ScanId(Uuid::from_bytes(scan)), now.clone()));
        }
        moves.note(scan, &now, first_or_only);
        let (day, from, to) =
            (Millis(at).utc_day(), (before.verdict, before.reason), (now.verdict, now.reason));
        let moved = Move { workspace, day, from, to };
        *rejudged.moved.entry(moved).or_default() += 1;
    }
}

/// A verdict of the file. One that a newer program gave is most carefully none of a person.
fn verdict(word: &str) -> Verdict {
    Verdict::from_word(word).unwrap_or(Verdict::Bot)
}

impl Moves {
    fn note(&mut self, scan: [u8; 16], now: &Judged, first: &Judged) {
        let is_back = (now.verdict, &now.reason) == (first.verdict, &first.reason);
        // Where it is back at its first verdict, it is as if it never had another.
        let now = self.short(if is_back { first } else { now });
        let first = (!is_back).then(|| self.short(first));
        self.rows.insert(scan, (now, first));
    }

    fn short(&mut self, judged: &Judged) -> Short {
        let known = self.reasons.iter().position(|reason| *reason == judged.reason);
        let reason = known.unwrap_or_else(|| {
            self.reasons.push(judged.reason.clone());
            self.reasons.len() - 1
        });
        Short { verdict: judged.verdict, reason: reason as u32, rules: judged.rules_version }
    }

    /// The verdict that a scan gets, if it gets one.
    pub fn verdict(&self, scan: &[u8; 16]) -> Option<Verdict> {
        self.rows.get(scan).map(|(now, _)| now.verdict)
    }

    /// Gives the rows of a block their new verdicts.
    pub fn apply(&self, block: &mut Block) {
        let ids = block.column(schema::TIE).ids();
        let found: Vec<Option<(Short, Option<Short>)>> =
            ids.iter().map(|id| self.rows.get(id).copied()).collect();
        let lost: Vec<usize> = (0..found.len())
            .filter(|row| found[*row].is_some_and(|(now, _)| now.verdict != Verdict::Human))
            .collect();
        if found.iter().all(Option::is_none) {
            return;
        }
        let text = |short: Short| self.reasons[short.reason as usize].as_str();
        let now = |row: usize| found[row].map(|(now, _)| now);
        let first = |row: usize| found[row].map(|(_, first)| first);
        let word = |short: Option<Short>| short.map_or("", |short| short.verdict.as_str());
        block.replace_words(ScanColumn::Verdict as usize, |row| now(row).map(|now| now.verdict.as_str()));
        block.replace_words(ScanColumn::Reason as usize, |row| now(row).map(text));
        block.replace_words(ScanColumn::FirstVerdict as usize, |row| first(row).map(word));
        block.replace_words(ScanColumn::FirstReason as usize, |row| {
            first(row).map(|first| first.map_or("", text))
        });
        for (row, found) in found.iter().enumerate() {
            let Some((now, first)) = found else { continue };
            set(block, ScanColumn::RulesVersion, row, now.rules);
            set(block, ScanColumn::FirstRules, row, first.map_or(0, |first| first.rules));
        }
        no_visits(block, &lost);
        for place in [ScanColumn::FirstInWorkspace, ScanColumn::FirstOnLink, ScanColumn::NthToday] {
            block.blank(place as usize, &lost, "");
        }
    }
}

fn set(block: &mut Block, place: ScanColumn, row: usize, value: u16) {
    if let Data::U16(values) = block.data_mut(place as usize) {
        values[row] = value;
    }
}

/// A program's scan is nobody's first or return. What a browser's own memory said stays: it could not be had again.
fn no_visits(block: &mut Block, rows: &[usize]) {
    let column = |place: ScanColumn| block.column(place as usize);
    let (identities, types) = (column(ScanColumn::Identity).words(), column(ScanColumn::VisitType).words());
    let nths = column(ScanColumn::NthToday).u16s();
    let by_day = |row: &usize| {
        identities.text(*row) == Identity::Day.as_str()
            && VisitType::from_word(types.text(*row)) == by_number(nths[*row])
    };
    let rows: Vec<usize> = rows.iter().copied().filter(by_day).collect();
    block.blank(ScanColumn::VisitType as usize, &rows, VisitType::Unspecified.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(verdict: Verdict, reason: &str, rules_version: u16) -> Judged {
        Judged { verdict, reason: reason.to_owned(), rules_version }
    }

    #[test]
    fn the_first_verdict_stays_until_it_is_the_verdict_again() {
        let mut moves = Moves::default();
        let (person, robot) = (judged(Verdict::Human, "browser", 2), judged(Verdict::Bot, "ua:list", 3));
        moves.note([1; 16], &robot, &person);
        moves.note([2; 16], &judged(Verdict::Human, "browser", 4), &person);
        let read = |short: Short| judged(short.verdict, &moves.reasons[short.reason as usize], short.rules);
        let (now, first) = moves.rows[&[1; 16]];
        assert_eq!((read(now), first.map(read)), (robot, Some(person.clone())));
        let (now, first) = moves.rows[&[2; 16]];
        assert_eq!((read(now), first.is_none()), (person, true), "with the rules that gave it");
        assert_eq!(moves.verdict(&[3; 16]), None);
    }
}
