//! Which files of a target are ours, by their names: all others are somebody else's, and are neither read nor removed.

use super::erasures;

/// Whether an object of a target was made by a backup, finished or not.
pub fn is_ours(object: &str) -> bool {
    let name = object.rsplit('/').next().unwrap_or(object);
    // As `Folder::put` names what is not whole.
    let is_partial = name.starts_with(".tmp") && name.ends_with(".partial");
    match object.split_once('/') {
        None => object == erasures::FILE || is_partial,
        Some(("backups", rest)) => match rest.split_once('/') {
            None => is_record(object) || is_partial,
            Some((id, _)) => is_id(id),
        },
        Some(("segments", name)) => is_segment(name) || is_partial && !name.contains('/'),
        Some(("media", name)) => is_hexadecimal(name, 64) || is_partial && !name.contains('/'),
        Some(_) => false,
    }
}

/// Whether an object is a backup's record.
pub fn is_record(object: &str) -> bool {
    object.strip_prefix("backups/").and_then(|name| name.strip_suffix(".json")).is_some_and(is_id)
}

/// As `Record::id` names backups: `20261118T110640Z-000000ab`.
fn is_id(name: &str) -> bool {
    let Some((instant, random)) = name.split_once('-') else { return false };
    let is_right = |(at, byte): (usize, u8)| match at {
        8 => byte == b'T',
        15 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    instant.len() == 16 && instant.bytes().enumerate().all(is_right) && is_hexadecimal(random, 8)
}

/// As the scan store names its files.
fn is_segment(name: &str) -> bool {
    let begins = ["scans-", "traces-", "facts-"].iter().any(|what| name.starts_with(what));
    let id = name.strip_suffix(".parquet").and_then(|name| name.rsplit('-').next());
    begins && !name.contains('/') && id.is_some_and(|id| is_hexadecimal(id, 32))
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::is_ours;
    use crate::backup::record::Record;
    use model::Millis;

    #[test]
    fn ours_is_what_a_backup_writes_and_nothing_else() {
        let (id, hexadecimal) = (Record::id(Millis(1_795_000_000_000), 0xab), "0af1".repeat(16));
        for object in [
            Record::object(&id),
            format!("backups/{id}/store/manifest.db.zst"),
            format!("backups/{id}/.tmpAbC123.partial"),
            format!("segments/scans-20261122-{}.parquet", &hexadecimal[..32]),
            format!("segments/facts-20261101-20261107-{}.parquet", &hexadecimal[..32]),
            format!("media/{hexadecimal}"),
            "media/.tmpAbC123.partial".to_owned(),
            "erasures.jsonl".to_owned(),
        ] {
            assert!(is_ours(&object), "{object}");
        }
        for object in [
            "media/photo.jpg".to_owned(),
            "backups/mysql.dump".to_owned(),
            "backups/2026.json".to_owned(),
            "backups/20261118ä110640Z-000000ab.json".to_owned(),
            "backups/mysql/.tmpAbC123.partial".to_owned(),
            "segments/s.txt".to_owned(),
            "segments/scans-2026.parquet".to_owned(),
            format!("segments/mine/scans-20261122-{}.parquet", &hexadecimal[..32]),
            format!("media/mine/{hexadecimal}"),
            hexadecimal,
            "notes.txt".to_owned(),
        ] {
            assert!(!is_ours(&object), "{object}");
        }
    }
}
