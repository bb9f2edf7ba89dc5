//! The manifest: which segments there are, and how far into the spool they reach. Both change in one transaction.

use crate::days::Days;
use crate::error::{Error, Result};
use crate::schema::Table;
use model::time::UtcDay;
use model::{Position, WorkspaceId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

/// Format of the manifest, kept in SQLite's `user_version`. 2: checksums of the files. 3: segments of several days.
const FORMAT: i64 = 3;

/// From format 1 to 2. Segments that are there have no checksum until they are written again.
const TO_2: &str = "alter table segments add column checksum integer;
    alter table segments add column facts_checksum integer;";

/// From format 2 to 3. Until then every segment had the rows of one day, and all of its user agents or none.
const TO_3: &str = "alter table segments add column days integer not null default 1 check (days > 0);
    alter table segments add column facts_from integer;";

/// Longest that a change waits while somebody else holds the manifest. It is tried again later; a stop is not kept
/// waiting.
const BUSY: Duration = Duration::from_secs(2);

/// The manifest's row of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// File name without extension; unique for ever.
    pub name: Uuid,
    pub table: Table,
    /// UTC days of its rows: none lies on another day, but not every one of these must have some.
    pub days: Days,
    /// How often its rows were merged; one of finished, merged days has [`Entry::WHOLE`].
    pub level: u8,
    pub rows: u64,
    pub bytes: u64,
    /// Size of the facts file, if there is one.
    pub facts_bytes: Option<u64>,
    /// Day from which on the facts file still tells something; nothing where it tells all.
    pub facts_from: Option<UtcDay>,
    /// Earliest and latest time of the sort key.
    pub first_at: i64,
    pub last_at: i64,
    /// Workspaces of the first and the last row.
    pub first_workspace: WorkspaceId,
    pub last_workspace: WorkspaceId,
    /// CRC-32C of the file, and of the facts file; nothing where the program that wrote it kept none.
    pub checksum: Option<u32>,
    pub facts_checksum: Option<u32>,
}

impl Entry {
    /// Level of a segment that holds all that was sealed of its days when they were merged.
    pub const WHOLE: u8 = 255;
    /// Level of one that holds what was sealed of its day when it ended, while traces still come.
    pub const SETTLED: u8 = 254;
}

/// The open manifest. One writer: its owner serialises the calls.
pub(crate) struct Manifest {
    path: PathBuf,
    connection: Connection,
}

/// What a transaction changes.
#[derive(Default)]
pub(crate) struct Change<'a> {
    pub add: &'a [Entry],
    pub remove: &'a [Uuid],
    /// New position of the consumer.
    pub position: Option<Position>,
    /// Segments whose facts file is given up.
    pub without_facts: &'a [Uuid],
}

impl Manifest {
    /// Opens the manifest, creating it if there is none.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |source| Error::Manifest { path: path.to_owned(), source };
        let connection = Connection::open(path).map_err(failed)?;
        (|| -> rusqlite::Result<()> {
            connection.busy_timeout(BUSY)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "full")
        })()
        .map_err(failed)?;
        let found: i64 =
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
        if found > FORMAT {
            return Err(Error::Newer { found, known: FORMAT });
        }
        // Only where it is new: a start on a full disk must not need to write.
        if found < FORMAT {
            let steps = [TO_2, TO_3];
            let change = match usize::try_from(found - 1) {
                Ok(done) => steps[done..].concat(),
                Err(_) => include_str!("manifest.sql").to_owned(),
            };
            let change = format!("begin immediate; {change} pragma user_version = {FORMAT}; commit;");
            connection.execute_batch(&change).map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), connection })
    }

    /// Opens the manifest of a store that may be in use, to look at it only.
    ///
    /// # Errors
    /// Also where there is none, or one of another format: starting the server once brings an older one up to date.
    pub fn read_only(path: &Path) -> Result<Self> {
        let failed = |source| Error::Manifest { path: path.to_owned(), source };
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        let found: i64 =
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
        match found {
            FORMAT => Ok(Self { path: path.to_owned(), connection }),
            _ if found < FORMAT => Err(Error::Older { found, known: FORMAT }),
            _ => Err(Error::Newer { found, known: FORMAT }),
        }
    }

    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How far into the spool the segments reach.
    pub fn position(&self) -> Result<Option<Position>> {
        self.connection
            .query_row("select epoch, seq from position", [], |row| {
                Ok(Position { epoch: row.get(0)?, seq: row.get::<_, i64>(1)? as u64 })
            })
            .optional()
            .map_err(|source| self.failed(source))
    }

    /// All segments, oldest day first.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        (|| {
            let mut statement = self.connection.prepare(
                "select name, kind, day, level, rows, bytes, facts_bytes, first_at, last_at,
                        first_workspace, last_workspace, checksum, facts_checksum, days, facts_from
                 from segments order by day, name",
            )?;
            statement.query_map([], entry)?.collect::<rusqlite::Result<Vec<Entry>>>()
        })()
        .map_err(|source| self.failed(source))
    }

    /// Applies `change` as a whole or not at all; durable when it returns.
    pub fn commit(&mut self, change: &Change<'_>) -> Result<()> {
        let path = self.path.clone();
        self.apply(change).map_err(|source| Error::Manifest { path, source })
    }

    fn apply(&mut self, change: &Change<'_>) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for name in change.remove {
            transaction.execute("delete from segments where name = ?1", [name.as_bytes().as_slice()])?;
        }
        for entry in change.add {
            transaction.execute(
                "insert into segments (name, kind, day, level, rows, bytes, facts_bytes, first_at, last_at,
                                       first_workspace, last_workspace, checksum, facts_checksum,
                                       days, facts_from)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                params![
                    entry.name.as_bytes().as_slice(),
                    entry.table.as_str(),
                    entry.days.first.0,
                    entry.level,
                    entry.rows as i64,
                    entry.bytes as i64,
                    entry.facts_bytes.map(|bytes| bytes as i64),
                    entry.first_at,
                    entry.last_at,
                    entry.first_workspace.as_bytes().as_slice(),
                    entry.last_workspace.as_bytes().as_slice(),
                    entry.checksum,
                    entry.facts_checksum,
                    entry.days.count() as i64,
                    entry.facts_from.map(|day| day.0),
                ],
            )?;
        }
        for name in change.without_facts {
            transaction.execute(
                "update segments set facts_bytes = null, facts_checksum = null, facts_from = null where name = ?1",
                [name.as_bytes().as_slice()],
            )?;
        }
        if let Some(position) = change.position {
            transaction.execute(
                "insert into position (id, epoch, seq) values (1, ?1, ?2)
                 on conflict (id) do update set epoch = excluded.epoch, seq = excluded.seq",
                params![position.epoch, position.seq as i64],
            )?;
        }
        transaction.commit()
    }

    fn failed(&self, source: rusqlite::Error) -> Error {
        Error::Manifest { path: self.path.clone(), source }
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let uuid =
        |column: usize| -> rusqlite::Result<Uuid> { Ok(Uuid::from_bytes(row.get::<_, [u8; 16]>(column)?)) };
    let kind: String = row.get(1)?;
    let table = Table::from_word(&kind).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            1,
            rusqlite::types::Type::Text,
            "unknown kind of segment".into(),
        )
    })?;
    let first: i32 = row.get(2)?;
    Ok(Entry {
        name: uuid(0)?,
        table,
        days: Days { first: UtcDay(first), last: UtcDay(first.saturating_add(row.get::<_, i32>(13)? - 1)) },
        level: row.get(3)?,
        rows: row.get::<_, i64>(4)? as u64,
        bytes: row.get::<_, i64>(5)? as u64,
        facts_bytes: row.get::<_, Option<i64>>(6)?.map(|bytes| bytes as u64),
        first_at: row.get(7)?,
        last_at: row.get(8)?,
        first_workspace: WorkspaceId(uuid(9)?),
        last_workspace: WorkspaceId(uuid(10)?),
        checksum: row.get(11)?,
        facts_checksum: row.get(12)?,
        facts_from: row.get::<_, Option<i32>>(14)?.map(UtcDay),
    })
}
