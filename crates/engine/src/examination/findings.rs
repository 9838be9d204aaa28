//! What an examination says, from what it saw. Pure; the window and the command line say
//! the same.

use std::path::Path;

use sealed::Reading;
use sealed::files::Trouble;
use workspace::{AuditReport, DevicePlace};

use crate::api::{Failure, Finding};
use crate::local_model::own_folder;

/// The subjects, each of one finding.
pub(crate) const FILES: &str = "Files and permissions";
pub(crate) const DOOR: &str = "Door";
pub(crate) const DEVICE_KEY: &str = "Device key";
pub(crate) const KEYS: &str = "Keys of the desks";
pub(crate) const ANCHORS: &str = "Anchors";
pub(crate) const VERSIONS: &str = "Versions";
pub(crate) const PRIVATE: &str = "History and private files";
pub(crate) const WORKSPACE: &str = "Workspace";
pub(crate) const RECORD: &str = "Record";

/// Files, as sentences begin with them.
pub(crate) const DOOR_FILE: &str = "The list of desks";
pub(crate) const PRIVATE_FILE: &str = "The private file";
pub(crate) const HISTORY: &str = "The history";
pub(crate) const KEYRING: &str = "The file with the keys";
pub(crate) const WORKSPACE_FILE: &str = "The workspace";

pub(crate) fn well(subject: &str, detail: &str) -> Finding {
    Finding { subject: subject.to_owned(), well: true, detail: detail.to_owned() }
}

pub(crate) fn ill(subject: &str, detail: &str) -> Finding {
    Finding { well: false, ..well(subject, detail) }
}

/// What is not private or not ours; one good finding where there is nothing of that.
///
/// A model is nobody's secret, and may be a link to where a person keeps it. Nobody else can
/// put one there: the folder around it is looked at.
pub(crate) fn files(data_dir: &Path, troubles: &[Trouble]) -> Vec<Finding> {
    let models = own_folder(data_dir);
    let troubles: Vec<&Trouble> =
        troubles.iter().filter(|trouble| !trouble.path.starts_with(&models)).collect();
    if troubles.is_empty() {
        return vec![well(FILES, "Private to this user, nothing foreign.")];
    }
    let subject = |path: &Path| {
        let inner = path.strip_prefix(data_dir).unwrap_or(path);
        let shown = if inner.as_os_str().is_empty() { path } else { inner };
        shown.display().to_string()
    };
    troubles.iter().map(|one| ill(&subject(&one.path), &one.sentence)).collect()
}

pub(crate) fn device_key(place: DevicePlace) -> Finding {
    let lies = match place {
        DevicePlace::Keychain => "In this computer's keychain.",
        DevicePlace::File => {
            "In the file device.key: who has the disk can read the names on the chooser."
        }
    };
    well(DEVICE_KEY, lies)
}

/// Whether every page is as it was written.
pub(crate) fn pages(subject: &str, checked: Result<(), Failure>) -> Finding {
    match checked {
        Ok(()) => well(subject, "Every page as written."),
        Err(failure) => ill(subject, &failure.message),
    }
}

pub(crate) fn record(report: &AuditReport) -> Finding {
    match report.fault {
        None => well(RECORD, &format!("{} events, chain and signatures whole.", report.events)),
        Some(at) => ill(RECORD, &format!("At event {}: {}. Tell an admin.", at.sequence, at.fault)),
    }
}

/// A file's counter, and the one that is remembered of it elsewhere.
pub(crate) struct Anchored {
    pub(crate) file: &'static str,
    pub(crate) found: u64,
    pub(crate) anchor: Option<u64>,
}

impl Anchored {
    pub(crate) fn of(file: &'static str, found: u64, anchor: Option<u64>) -> Self {
        Self { file, found, anchor }
    }
}

/// Whether every file is as new as it is known to have been.
pub(crate) fn anchors(all: &[Anchored]) -> Finding {
    let older = all.iter().filter(|one| one.anchor.is_some_and(|anchor| one.found < anchor));
    let sentences: Vec<String> = older
        .map(|one| {
            let file = one.file;
            format!(
                "{file} is older than when it was last closed here; someone may have put an old copy back."
            )
        })
        .collect();
    if !sentences.is_empty() {
        return ill(ANCHORS, &sentences.join(" "));
    }
    if all.iter().all(|one| one.anchor.is_none()) {
        return well(ANCHORS, "None yet: they begin when a desk is first closed.");
    }
    well(ANCHORS, "Every file is as new as when it was last closed.")
}

/// A file's version, and the one that this program brings it to.
pub(crate) struct Versioned {
    pub(crate) file: &'static str,
    pub(crate) found: u32,
    pub(crate) known: u32,
}

impl Versioned {
    pub(crate) fn of(file: &'static str, reading: &Reading) -> Self {
        let (found, known) = reading.version();
        Self { file, found, known }
    }
}

/// Which files the next opening brings up to date. Newer ones do not open at all.
pub(crate) fn versions(all: &[Versioned]) -> Finding {
    let older = all.iter().filter(|one| one.found < one.known);
    let sentences: Vec<String> = older
        .map(|one| {
            let Versioned { file, found, known } = one;
            format!(
                "{file} has version {found}; the next opening backs it up and brings it to {known}."
            )
        })
        .collect();
    if sentences.is_empty() {
        return well(VERSIONS, "All as this Carrel writes them.");
    }
    well(VERSIONS, &sentences.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_fewer_commits_than_it_had_is_not_well() {
        let same = Anchored::of(HISTORY, 7, Some(7));
        let more = Anchored::of(WORKSPACE_FILE, 9, Some(7));
        assert!(anchors(&[same, more]).well, "others may have gone on since");
        let found =
            anchors(&[Anchored::of(HISTORY, 6, Some(7)), Anchored::of(WORKSPACE_FILE, 1, None)]);
        assert!(!found.well, "an old copy was put back");
        assert!(found.detail.starts_with("The history is older"), "it is named");
    }

    #[test]
    fn no_anchor_at_all_is_said_and_not_taken_for_a_good_one() {
        let found = anchors(&[Anchored::of(HISTORY, 7, None)]);
        assert_eq!(found.detail, "None yet: they begin when a desk is first closed.", "so");
    }

    #[test]
    fn a_model_that_others_may_read_is_well_and_nothing_else_is() {
        let trouble = |path: &str| Trouble {
            path: Path::new("/data").join(path),
            sentence: "Others on this computer can reach it.".to_owned(),
        };
        let found = files(Path::new("/data"), &[trouble("models/my-own.gguf")]);
        assert!(found.iter().all(|finding| finding.well), "{found:?}");
        let found = files(Path::new("/data"), &[trouble("models-old"), trouble("door.db")]);
        let ill: Vec<_> = found.iter().map(|finding| finding.subject.as_str()).collect();
        assert_eq!(ill, ["models-old", "door.db"], "what only begins like it is no model");
    }

    #[test]
    fn an_older_version_is_named_and_well() {
        let found = versions(&[
            Versioned { file: DOOR_FILE, found: 1, known: 2 },
            Versioned { file: HISTORY, found: 1, known: 1 },
        ]);
        let said =
            "The list of desks has version 1; the next opening backs it up and brings it to 2.";
        assert_eq!((found.well, found.detail.as_str()), (true, said), "only the older one");
    }
}
