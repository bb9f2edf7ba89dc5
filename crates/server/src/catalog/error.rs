//! What a catalog query can fail with.

use std::sync::Arc;

/// See the top.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique key holds already: the constraint's columns, as the database names them.
    #[error("{0} is taken")]
    Taken(String),
    /// The database failed.
    #[error("catalog: {0}")]
    Database(Arc<sqlx::Error>),
    /// The transaction that held the change did not commit.
    #[error("catalog: the change could not be committed: {0}")]
    Commit(Arc<sqlx::Error>),
    /// Somebody read the log for so long that it could not be emptied.
    #[error("catalog: the log is being read and could not be emptied")]
    LogInUse,
    /// The change itself was refused, and is undone; see [`super::Catalog::attempt`].
    #[error("catalog: the change was refused")]
    Refused,
    /// The writer has stopped.
    #[error("catalog: stopping")]
    Stopping,
}

/// What outside this program keeps the catalog from working at the moment. Later it will go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// Somebody else holds the database.
    Locked,
    /// The disk, or the user's part of it, is full.
    Full,
    /// The disk answers with errors, or is mounted for reading only.
    Failing,
}

impl Error {
    /// What hinders it, if the fault is neither the request's nor this program's.
    pub fn hindrance(&self) -> Option<Hindrance> {
        match &**self.cause()? {
            sqlx::Error::Database(error) => of_code(error.code()?.parse().ok()?),
            sqlx::Error::PoolTimedOut => Some(Hindrance::Locked),
            sqlx::Error::Io(_) => Some(Hindrance::Failing),
            _ => None,
        }
    }

    /// What the database said.
    pub(super) const fn cause(&self) -> Option<&Arc<sqlx::Error>> {
        match self {
            Self::Database(cause) | Self::Commit(cause) => Some(cause),
            Self::Taken(_) | Self::LogInUse | Self::Refused | Self::Stopping => None,
        }
    }
}

/// SQLite's codes; of extended ones the last byte says the kind.
const fn of_code(code: u32) -> Option<Hindrance> {
    Some(match code & 0xff {
        // SQLITE_BUSY, SQLITE_LOCKED
        5 | 6 => Hindrance::Locked,
        // SQLITE_FULL
        13 => Hindrance::Full,
        // SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN
        8 | 10 | 14 => Hindrance::Failing,
        _ => return None,
    })
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => {
                // SQLite: "UNIQUE constraint failed: slugs.domain_id, slugs.folded"
                let columns = inner.message().rsplit(": ").next().unwrap_or_default();
                Self::Taken(columns.to_owned())
            }
            _ => Self::Database(Arc::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_codes_are_of_their_kind() {
        // SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_WRITE, SQLITE_READONLY_DBMOVED, SQLITE_CONSTRAINT_UNIQUE, SQLITE_CORRUPT
        let codes = [517, 778, 1032, 2067, 11];
        let hindrances = codes.map(of_code);
        let (locked, failing) = (Some(Hindrance::Locked), Some(Hindrance::Failing));
        assert_eq!(hindrances, [locked, failing, failing, None, None]);
        assert_eq!(of_code(13), Some(Hindrance::Full));
    }
}
