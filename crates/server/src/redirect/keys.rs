//! The secret of each UTC day: one file a day under `DIR/keys`, outside every database, destroyed at 02:00 UTC of the
//! next day (DESIGN §1.4). Until then whoever holds the whole disk could test a guessed address against that day;
//! afterwards nobody can.

use model::Millis;
use model::time::UtcDay;
use model::visitor::DayKey;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How long a day's key outlives the day.
const GRACE_MS: i64 = 2 * 3_600_000;

/// The folder of key files.
#[derive(Debug, Clone)]
pub struct KeyFolder(PathBuf);

impl KeyFolder {
    /// Opens the folder below the data directory, making it where missing.
    pub fn open(data: &Path) -> io::Result<Self> {
        let folder = data.join("keys");
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// The key of a day if there is a file of it.
    pub fn read(&self, day: UtcDay) -> io::Result<Option<DayKey>> {
        match fs::read(self.path(day)) {
            Ok(bytes) => Ok(<[u8; 16]>::try_from(bytes).ok().map(DayKey)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the key of a day and syncs it.
    pub fn write(&self, day: UtcDay, key: &DayKey) -> io::Result<()> {
        let path = self.path(day);
        let temporary = path.with_extension("tmp");
        let mut file = fs::File::create(&temporary)?;
        file.write_all(&key.0)?;
        file.sync_all()?;
        fs::rename(temporary, path)?;
        fs::File::open(&self.0)?.sync_all()
    }

    /// Destroys the keys of days that ended more than two hours ago: overwritten, synced, unlinked. Keys from the
    /// future (a clock that was wrong) go as well, except tomorrow's, which is made ahead of time.
    pub fn destroy_old(&self, now: Millis) -> io::Result<usize> {
        let (oldest, newest) = (now.plus(-GRACE_MS).utc_day(), now.utc_day().next());
        let mut destroyed = 0;
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            let day = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .and_then(|stem| stem.parse::<jiff::civil::Date>().ok());
            let keep = path.extension().is_some_and(|extension| extension == "key")
                && day.is_some_and(|day| (oldest..=newest).contains(&day_of(day)));
            if !keep {
                if let Ok(mut file) = fs::OpenOptions::new().write(true).open(&path) {
                    file.write_all(&[0; 16])?;
                    file.sync_all()?;
                }
                fs::remove_file(&path)?;
                destroyed += 1;
            }
        }
        if destroyed > 0 {
            fs::File::open(&self.0)?.sync_all()?;
        }
        Ok(destroyed)
    }

    fn path(&self, day: UtcDay) -> PathBuf {
        let date = day.start().timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
        self.0.join(format!("{date}.key"))
    }
}

fn day_of(date: jiff::civil::Date) -> UtcDay {
    let start = jiff::tz::TimeZone::UTC.to_ambiguous_timestamp(date.at(0, 0, 0, 0)).compatible();
    start.map_or(UtcDay(i32::MIN), |start| Millis::from(start).utc_day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::DAY_MS;

    #[test]
    fn a_key_lives_until_two_in_the_morning() {
        let data = tempfile::tempdir().unwrap();
        let keys = KeyFolder::open(data.path()).unwrap();
        let day = UtcDay(20_000);
        for day in [UtcDay(day.0 - 1), day, day.next(), day.next().next()] {
            keys.write(day, &DayKey([day.0 as u8; 16])).unwrap();
        }
        let files = || fs::read_dir(data.path().join("keys")).unwrap().count();
        keys.destroy_old(day.start().plus(GRACE_MS - 1)).unwrap();
        assert_eq!(files(), 3, "yesterday, today, tomorrow");
        keys.destroy_old(day.start().plus(GRACE_MS)).unwrap();
        assert_eq!(files(), 2, "yesterday's is gone");
        assert_eq!(keys.read(day).unwrap(), Some(DayKey([day.0 as u8; 16])));
        assert_eq!(keys.read(UtcDay(day.0 - 1)).unwrap(), None);
        keys.destroy_old(day.start().plus(30 * DAY_MS)).unwrap();
        assert_eq!(files(), 0);
    }
}
