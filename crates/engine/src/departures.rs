//! Which attempts of an open desk have begun to leave this machine.
//!
//! A desk notes each in a small file in `run/` before its first byte leaves,
//! so that after a crash what never left costs nothing. The notes are not
//! synced: they outlive the process, not the computer, and say so by naming
//! the start of the computer under which they were written.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use domain::AttemptId;
use gateway::Leaving;
use sealed::files;

/// The first bytes of the file, and the form of what follows.
const MARK: [u8; 16] = *b"carrel departed1";
const ID: usize = 16;
/// Four million attempts; a longer file is not looked through.
const LARGEST: usize = 64 << 20;

/// The notes of one desk.
#[derive(Debug)]
pub(crate) struct Departures {
    at: PathBuf,
    /// Open once the first attempt is reserved.
    file: Mutex<Option<Arc<File>>>,
}

/// What the notes of a desk that ended without settling say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// These left, and no others.
    All(HashSet<AttemptId>),
    /// The notes are missing, cut, or of an earlier start of the computer.
    Doubtful,
}

impl Departures {
    pub(crate) fn new(at: PathBuf) -> Self {
        Self { at, file: Mutex::default() }
    }

    /// Makes the notes of this session, in the place of the last one's. Blocks, once.
    pub(crate) fn begin(&self) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.is_none() {
            let head = [MARK, this_start().unwrap_or_default()].concat();
            files::write_atomic(&self.at, &head)?;
            *file = Some(Arc::new(files::open_to_append(&self.at)?));
        }
        Ok(())
    }

    /// Removes the notes of a desk that is erased.
    pub(crate) fn remove(&self) {
        match std::fs::remove_file(&self.at) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(kind = ?error.kind(), "a desk's notes could not be removed");
            }
            _ => {}
        }
    }

    /// For the gateway to call before the first byte of `attempt` leaves.
    pub(crate) fn leaving(&self, attempt: AttemptId) -> Leaving {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Leaving::new(move || match file.as_deref() {
            Some(mut file) => file.write_all(attempt.as_bytes()),
            None => Err(io::ErrorKind::NotFound.into()),
        })
    }
}

impl Noted {
    /// What stands at `at`, before a new session writes there.
    pub(crate) fn read(at: &Path) -> Self {
        match files::read_small(at, LARGEST) {
            Ok(bytes) => Self::parse(&bytes, this_start()),
            Err(_) => Self::Doubtful,
        }
    }

    fn parse(bytes: &[u8], start: Option<[u8; ID]>) -> Self {
        let (notes, rest) = bytes.as_chunks::<ID>();
        let (Some(start), [mark, under, left @ ..], []) = (start, notes, rest) else {
            return Self::Doubtful;
        };
        if *mark != MARK || *under != start {
            return Self::Doubtful;
        }
        Self::All(left.iter().map(|id| AttemptId::from_bytes(*id)).collect())
    }

    /// True where the attempt certainly never left.
    pub(crate) fn never_left(&self, attempt: AttemptId) -> bool {
        match self {
            Self::All(left) => !left.contains(&attempt),
            Self::Doubtful => false,
        }
    }
}

/// Names the time since the computer started; none where it cannot be told.
fn this_start() -> Option<[u8; ID]> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    // Only compared, so any sixteen bytes of it that differ would do; these are all of it.
    Some(*text.trim().parse::<AttemptId>().ok()?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: [u8; ID] = [7; ID];

    fn attempt(n: u8) -> AttemptId {
        AttemptId::from_bytes([n; 16])
    }

    fn file(parts: &[[u8; ID]]) -> Vec<u8> {
        parts.concat()
    }

    #[test]
    fn what_is_not_in_whole_notes_never_left() {
        let noted = Noted::parse(&file(&[MARK, START, [1; ID]]), Some(START));
        assert!(!noted.never_left(attempt(1)), "it is noted");
        assert!(noted.never_left(attempt(2)), "it is not");
    }

    #[test]
    fn notes_that_may_lack_something_release_nothing() {
        let whole = file(&[MARK, START, [1; ID]]);
        let mut cut = whole.clone();
        cut.pop();
        for (bytes, start, why) in [
            (whole.as_slice(), Some([8; ID]), "the computer started again: the last may be lost"),
            (whole.as_slice(), None, "nobody knows when it started"),
            (cut.as_slice(), Some(START), "cut within a note"),
            (&whole[..ID], Some(START), "cut within the head"),
            (b"", Some(START), "empty"),
            (&whole[ID..], Some(START), "something else"),
        ] {
            let noted = Noted::parse(bytes, start);
            assert_eq!(noted, Noted::Doubtful, "{why}");
            assert!(!noted.never_left(attempt(2)), "{why}");
        }
    }

    #[test]
    fn a_session_writes_what_the_next_one_reads() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("desk.left");
        assert_eq!(Noted::read(&at), Noted::Doubtful, "no notes");
        let departures = Departures::new(at.clone());
        assert!(departures.leaving(attempt(1)).note().is_err(), "nothing leaves without notes");
        departures.begin().unwrap();
        departures.leaving(attempt(1)).note().unwrap();
        departures.begin().unwrap();
        departures.leaving(attempt(2)).note().unwrap();
        let left = HashSet::from([attempt(1), attempt(2)]);
        assert_eq!(Noted::read(&at), Noted::All(left), "begun once, and both noted");
        Departures::new(at.clone()).begin().unwrap();
        assert_eq!(Noted::read(&at), Noted::All(HashSet::new()), "a new session begins anew");
    }
}
