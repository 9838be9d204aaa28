//! A folder of backups: what its names say, and which of them go.
//!
//! A name begins with a time of thirteen digits; what follows a dash says of
//! what state the backup is, so that a change is noticed without opening it.

use std::io;
use std::path::Path;

use domain::UnixMs;
use sealed::files;

/// How many backups of one state of keys are kept.
pub(crate) const KEPT: usize = 3;
/// A backup is due after this long, in milliseconds, even where nothing changed hands.
const DAY: u64 = 24 * 60 * 60 * 1_000;

/// One verified backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its name on the shelf.
    pub name: String,
    /// When it was made.
    pub made_at: UnixMs,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A name that sorts by time, for a backup of `state`.
pub(crate) fn name(now: UnixMs, state: &str) -> String {
    format!("{:013}-{state}", now.0.max(0))
}

/// The same where a backup of this moment may be there already.
pub(crate) fn free_name(dir: &Path, now: UnixMs, state: &str) -> String {
    let mut at = now;
    while dir.join(name(at, state)).symlink_metadata().is_ok() {
        at = at.plus(1);
    }
    name(at, state)
}

/// The time and the state that a name says; none for other names.
pub(crate) fn parts(name: &str) -> Option<(UnixMs, &str)> {
    let (time, state) = name.split_once('-')?;
    let digits = time.len() == 13 && time.bytes().all(|byte| byte.is_ascii_digit());
    time.parse().ok().filter(|_| digits).map(|time| (UnixMs(time), state))
}

/// Whether a backup should be made: none of this state was made within a day. A clock that
/// was ahead once does not count for long.
pub(crate) fn is_due(listed: &[Backup], state: &str, now: UnixMs) -> bool {
    let made = listed.iter().filter_map(|backup| parts(&backup.name));
    !made.filter(|(_, saved)| *saved == state).any(|(at, _)| now.0.abs_diff(at.0) < DAY)
}

/// The backups in `dir`, newest first. What was begun and never finished is none.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<Backup>> {
    let mut found = Vec::new();
    for name in names(dir)? {
        if name.ends_with(".new") {
            continue;
        }
        if let Some((made_at, _)) = parts(&name) {
            let bytes = size(&dir.join(&name))?;
            found.push(Backup { name, made_at, bytes });
        }
    }
    found.sort_by(|a, b| b.name.cmp(&a.name));
    Ok(found)
}

/// Removes backups by name, and what was begun and never finished.
pub(crate) fn clear(dir: &Path, spent: &[String]) -> io::Result<()> {
    for name in names(dir)? {
        if name.ends_with(".new") || spent.contains(&name) {
            remove(&dir.join(&name))?;
        }
    }
    sync(dir)
}

pub(crate) fn names(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

pub(crate) fn remove(path: &Path) -> io::Result<()> {
    if path.symlink_metadata()?.is_dir() {
        files::remove_tree(path)
    } else {
        std::fs::remove_file(path)
    }
}

/// Makes the names in a directory durable.
pub(crate) fn sync(dir: &Path) -> io::Result<()> {
    std::fs::File::open(dir)?.sync_all()
}

fn size(backup: &Path) -> io::Result<u64> {
    let state = backup.symlink_metadata()?;
    if !state.is_dir() {
        return Ok(state.len());
    }
    let entries = std::fs::read_dir(backup)?;
    entries.map(|entry| Ok(entry?.metadata()?.len())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(at: i64, state: &str) -> Backup {
        Backup { name: name(UnixMs(at), state), made_at: UnixMs(at), bytes: 1 }
    }

    #[test]
    fn a_backup_is_due_at_first_after_a_change_and_after_a_day() {
        let morning = 1_800_000_000_000;
        let one = [made(morning, "1-4")];
        let noon = UnixMs(morning + 1);
        assert!(is_due(&[], "1-4", noon), "there is none");
        assert!(!is_due(&one, "1-4", noon), "nothing changed since");
        assert!(is_due(&one, "1-5", noon), "a document was added");
        assert!(is_due(&one, "2-4", noon), "the key changed");
        assert!(is_due(&one, "1-4", noon.plus(86_400_000)), "the record grew for a day");
        assert!(is_due(&one, "1-4", UnixMs(1)), "it is of a clock that was ahead");
    }

    #[test]
    fn only_whole_names_are_backups() {
        assert_eq!(parts("1800000000000-2-7"), Some((UnixMs(1_800_000_000_000), "2-7")));
        for other in ["", "..", "../door", "180000000000-1", "x800000000000-1", "1800000000000"] {
            assert_eq!(parts(other), None, "{other:?}");
        }
    }
}
