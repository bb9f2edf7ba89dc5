//! Whether files of a store in use are as they were written, since damage that still decodes would give wrong numbers
//! without a word.

use crate::error::{Error, Result};
use crate::local::Local;
use crate::segment::Segment;
use crate::verify;
use std::io;
use uuid::Uuid;

impl Segment {
    /// Reads the file whole and compares it with its checksum; an error says what is damaged. False when `go_on` says so
    /// on the way.
    pub fn is_as_written(&self, go_on: impl FnMut() -> bool) -> Result<bool> {
        let damaged = |reason: String| Error::Segment { path: self.path().to_owned(), reason };
        let found = match verify::sum_of(self.path(), go_on) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(damaged(error.to_string())),
            found => found.map_err(Error::file("read", self.path()))?,
        };
        let Some(found) = found else { return Ok(false) };
        verify::as_written(found, self.entry.bytes, self.entry.checksum).map_err(damaged)?;
        Ok(true)
    }
}

impl Local {
    /// Compares the segment behind `after`, in the order of their names, with its checksum. One that is damaged is left
    /// out of all later answers. Returns its name; nothing behind the last one, and when `go_on` says false.
    pub fn check_next(&self, after: Option<Uuid>, go_on: impl FnMut() -> bool) -> Result<Option<Uuid>> {
        let snapshot = self.snapshot();
        let behind = |name: Uuid| after.is_none_or(|after| name > after);
        let sound = snapshot.segments.iter().filter(|segment| !segment.is_damaged());
        let Some(next) = sound.filter(|s| behind(s.entry.name)).min_by_key(|s| s.entry.name) else {
            return Ok(None);
        };
        match next.is_as_written(go_on) {
            Ok(false) => return Ok(None),
            Ok(true) => {}
            Err(error) => self.leave_out(&snapshot, error)?,
        }
        Ok(Some(next.entry.name))
    }
}
