//! A segment read from its first row to its last, some rows at a time: each page is decoded once.

use super::{Footer, ReadError, Segment, Source, guarded};
use crate::block::Data;
use crate::column::{Held, Rows};
use crate::error::Result;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::sync::Arc;

/// Rows of a segment in their order, with their user agents where those are still there.
pub(crate) struct Reading<'s> {
    segment: &'s Segment,
    main: Sequence,
    facts: Option<Sequence>,
    groups: std::ops::Range<usize>,
    rows: usize,
}

/// A file's columns, batch by batch.
struct Sequence {
    source: Source,
    footer: Arc<Footer>,
    /// Place in the file and in the table of each column that is read.
    wanted: Vec<(usize, usize)>,
    batches: Option<ParquetRecordBatchReader>,
}

impl Segment {
    /// Reads all columns from the first row on, `rows` at a time at most.
    pub fn in_order(&self, rows: usize) -> Result<Reading<'_>> {
        let (source, footer) = self.source()?;
        let groups = 0..footer.reader.metadata().num_row_groups();
        let in_segment = self.entry.table.in_segment();
        let main = Sequence::new(source, footer, 0..in_segment);
        let facts = || -> std::result::Result<Sequence, ReadError> {
            let file = File::open(&self.facts_path)?;
            let length = file.metadata()?.len();
            let source = Source { file: Arc::new(file), length };
            let footer = Footer::read(&source, self.entry.table)?;
            let all = self.entry.table.columns().len();
            Ok(Sequence::new(source, Arc::new(footer), in_segment..all))
        };
        let facts =
            if self.has_facts() { guarded(facts).map_err(|error| self.no_facts(error)).ok() } else { None };
        Ok(Reading { segment: self, main, facts, groups, rows: rows.max(1) })
    }

    fn no_facts(&self, error: ReadError) {
        tracing::debug!(path = %self.facts_path.display(), %error, "No user agents for this segment");
    }
}

impl Reading<'_> {
    /// The next rows; nothing at the end.
    pub fn next(&mut self) -> Result<Option<Rows<'static>>> {
        let segment = self.segment;
        let specs = segment.entry.table.columns();
        loop {
            let mut held: Vec<Option<Held>> = specs.iter().map(|_| None).collect();
            let read =
                guarded(|| self.main.next(specs, &mut held)).map_err(|error| segment.unreadable(error))?;
            let Some(rows) = read else {
                let Some(group) = self.groups.next() else { return Ok(None) };
                let rows = self.rows;
                guarded(|| self.main.enter(group, rows)).map_err(|error| segment.unreadable(error))?;
                if let Some(facts) = &mut self.facts
                    && let Err(error) = guarded(|| facts.enter(group, rows))
                {
                    segment.no_facts(error);
                    self.facts = None;
                }
                continue;
            };
            // User agents may be gone at any moment, and are then empty: that is no damage.
            if let Some(facts) = &mut self.facts {
                match guarded(|| facts.next(specs, &mut held)) {
                    Ok(Some(beside)) if beside == rows => {}
                    Ok(_) => self.facts = None,
                    Err(error) => {
                        segment.no_facts(error);
                        self.facts = None;
                    }
                }
            }
            if self.facts.is_none() {
                held.iter_mut().skip(segment.entry.table.in_segment()).for_each(|held| *held = None);
            }
            for (held, spec) in held.iter_mut().zip(specs) {
                held.get_or_insert_with(|| Held::Data(Data::empty(spec.kind, rows)));
            }
            return Ok(Some(Rows::Read { rows, columns: held }));
        }
    }
}

impl Sequence {
    fn new(source: Source, footer: Arc<Footer>, places: std::ops::Range<usize>) -> Self {
        // In file order, which is the order of a batch's columns.
        let mut wanted: Vec<(usize, usize)> =
            places.filter_map(|place| Some((footer.places[place]?, place))).collect();
        wanted.sort_unstable();
        Self { source, footer, wanted, batches: None }
    }

    fn enter(&mut self, group: usize, rows: usize) -> std::result::Result<(), ReadError> {
        let reader = &self.footer.reader;
        let schema = reader.metadata().file_metadata().schema_descr();
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(self.source.clone(), reader.clone())
            .with_projection(ProjectionMask::leaves(schema, self.wanted.iter().map(|(leaf, _)| *leaf)))
            .with_row_groups(vec![group])
            .with_batch_size(rows)
            .build()?;
        self.batches = Some(batches);
        Ok(())
    }

    /// Number of the next rows, whose columns are put in their places; nothing at the end of the row group.
    fn next(
        &mut self,
        specs: &[crate::schema::Spec],
        held: &mut [Option<Held>],
    ) -> std::result::Result<Option<usize>, ReadError> {
        let Some(batches) = &mut self.batches else { return Ok(None) };
        let Some(batch) = batches.next() else { return Ok(None) };
        let batch = batch?;
        for ((_, place), array) in self.wanted.iter().zip(batch.columns()) {
            let spec = &specs[*place];
            let column =
                Held::new(array.clone(), spec.kind).map_err(|reason| ReadError::Column(spec.name, reason))?;
            held[*place] = Some(column);
        }
        Ok(Some(batch.num_rows()))
    }
}
