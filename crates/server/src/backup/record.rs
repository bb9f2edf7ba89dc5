//! What a backup says of itself: `backups/ID.json` in its target, written when all that it names is there.

use model::Millis;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Version of what lies in a target.
pub const FORMAT: u32 = 1;

/// A backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// [`FORMAT`] of the program that made it.
    pub format: u32,
    /// Its name: the instant and four random bytes, so that names sort as the backups were made, but for those of one second.
    pub id: String,
    /// Its moment: every scan acknowledged before is in it. Unix milliseconds.
    pub at: i64,
    /// Version of the program.
    pub program: String,
    /// Whose data: the id of the installation's first workspace.
    pub installation: Uuid,
    /// All that it consists of.
    pub files: Vec<Stored>,
    /// Bytes that this backup brought to the target; the others lay there already.
    pub copied: u64,
    /// Files that it brought.
    pub copied_files: u64,
    /// How long it took, in milliseconds.
    pub took: i64,
    /// SHA-256 of this record, with nothing here.
    #[serde(default)]
    pub checksum: String,
}

/// A file of the data directory, and where its bytes lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    /// Below the data directory, with `/`.
    pub path: String,
    /// Below the target, with `/`.
    pub object: String,
    /// Of the object.
    pub bytes: u64,
    /// Of the object.
    pub sha256: String,
    /// Whether the object is compressed (Zstandard).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub packed: bool,
}

impl Record {
    /// A name for a backup of this moment.
    pub fn id(at: Millis, random: u32) -> String {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        format!("{}-{random:08x}", at.strftime("%Y%m%dT%H%M%SZ"))
    }

    /// Where the record of a backup lies.
    pub fn object(id: &str) -> String {
        format!("backups/{id}.json")
    }

    /// Bytes of all its files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// As it is written.
    pub fn write(&self) -> Vec<u8> {
        let sealed = Self { checksum: self.sum(), ..self.clone() };
        serde_json::to_vec_pretty(&sealed).unwrap_or_default()
    }

    /// Reads one. The error is a sentence.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let broken = |error: serde_json::Error| format!("it is no record of a backup: {error}");
        let version: Version = serde_json::from_slice(bytes).map_err(broken)?;
        if version.format > FORMAT {
            return Err(format!(
                "it has format {}, this program knows up to {FORMAT}; use the newer program",
                version.format
            ));
        }
        let record: Self = serde_json::from_slice(bytes).map_err(broken)?;
        if record.checksum != record.sum() {
            return Err("its bytes are not those that were written".to_owned());
        }
        Ok(record)
    }

    fn sum(&self) -> String {
        let bare = Self { checksum: String::new(), ..self.clone() };
        hex(&Sha256::digest(serde_json::to_vec(&bare).unwrap_or_default()))
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_when_it_is_not_what_was_written() {
        let file = Stored {
            path: "catalog.db".into(),
            object: "backups/x/catalog.db.zst".into(),
            bytes: 7,
            sha256: "00".into(),
            packed: true,
        };
        let record = Record {
            format: FORMAT,
            id: Record::id(Millis(1_795_000_000_000), 0xab),
            at: 1_795_000_000_000,
            program: "0.1.0".into(),
            installation: Uuid::nil(),
            files: vec![file.clone()],
            copied: 7,
            copied_files: 1,
            took: 3,
            checksum: String::new(),
        };
        assert_eq!(record.id, "20261118T110640Z-000000ab");
        let written = String::from_utf8(record.write()).unwrap();
        assert_eq!(Record::read(written.as_bytes()).unwrap().files, [file]);
        let other = written.replace("\"bytes\": 7", "\"bytes\": 8");
        assert!(Record::read(other.as_bytes()).unwrap_err().contains("not those"));
        let newer = written.replace("\"format\": 1", "\"format\": 2");
        assert!(Record::read(newer.as_bytes()).unwrap_err().contains("newer program"));
        for end in 0..written.len() {
            assert!(Record::read(&written.as_bytes()[..end]).is_err());
        }
    }
}
