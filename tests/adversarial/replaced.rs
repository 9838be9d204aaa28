//! Files that are whole and sealed, and in the wrong place or time.
//!
//! Two people's files swapped, old ones put back, a log cut short: each opens
//! as something that once was true for its owner, or is refused.

use std::path::{Path, PathBuf};

use domain::Role;
use engine::api::{
    AssignRole, ChangePassphrase, DeskState, DoorState, FailureCode, Nothing, Unlock,
};
use support::dice::{Dice, soak};
use support::files::copy_tree;
use support::people::{Carrel, PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use crate::content::{desk_of, everything, is_clear, live, lived_in};

/// Bytes of a page, and of the head of a frame and of a log.
const PAGE: usize = 8_192;
const FRAME_HEAD: usize = 24;
const LOG_HEAD: usize = 32;

async fn folders_of(dir: &Path) -> [PathBuf; 2] {
    let carrel = Carrel::start(dir).await;
    let (mira, jonas) = (carrel.profile("Mira").await, carrel.profile("Jonas").await);
    carrel.app.close().await;
    [mira, jonas].map(|profile| dir.join(format!("profiles/{profile}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_peoples_files_swapped_open_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    lived_in(dir.path()).await;
    let whole = everything(dir.path()).await.expect("nothing is swapped yet");
    let [mira, jonas] = folders_of(dir.path()).await;
    let aside = dir.path().join("aside");
    let swap = |file: &str| {
        for (from, to) in [
            (mira.join(file), aside.clone()),
            (jonas.join(file), mira.join(file)),
            (aside.clone(), jonas.join(file)),
        ] {
            std::fs::rename(from, to).expect("a test may move its own files");
        }
    };
    for file in ["keyring", "private.db", "history/1.db", "history"] {
        swap(file);
        let failure = everything(dir.path()).await.expect_err("another's file is not one's own");
        assert!(is_clear(&failure), "{file}: {failure:?}");
        swap(file);
        let again = everything(dir.path()).await.expect("back in place");
        assert_eq!(again, whole, "{file}: being refused changed nothing");
    }
    std::fs::rename(&mira, &aside).expect("a test may move its own files");
    std::fs::rename(&jonas, &mira).expect("a test may move its own files");
    std::fs::rename(&aside, &jonas).expect("a test may move its own files");
    let failure = everything(dir.path()).await.expect_err("a whole folder in another's place");
    assert!(is_clear(&failure), "the whole folder: {failure:?}");
}

/// A folder as it was, the same folder later, and its databases below it.
struct OldAndNew {
    old: tempfile::TempDir,
    new: tempfile::TempDir,
    databases: Vec<PathBuf>,
}

impl OldAndNew {
    async fn lived_in() -> Self {
        let (old, new) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("one"));
        lived_in(old.path()).await;
        copy_tree(old.path(), new.path());
        let upstream = Upstream::start(openai_stream(&["Another answer."])).await;
        let carrel = Carrel::start(new.path()).await;
        let mira = carrel.unlock("Mira", PASSPHRASE, "w").await;
        mira.add_provider(&upstream.base_url()).await;
        live(&mira, "Mira", 1).await;
        carrel.app.close().await;
        let databases = databases_of(new.path()).await;
        Self { old, new, databases }
    }
}

/// The door, Mira's two databases and the workspace, below `dir`.
async fn databases_of(dir: &Path) -> Vec<PathBuf> {
    let [folder, _] = folders_of(dir).await;
    let folder = folder.strip_prefix(dir).expect("below it").to_path_buf();
    let workspace = std::fs::read_dir(dir.join("workspace")).expect("a folder").flatten();
    let names = workspace.map(|entry| PathBuf::from("workspace").join(entry.file_name()));
    let databases: Vec<_> = [PathBuf::from("door.db"), folder.join("private.db")]
        .into_iter()
        .chain([folder.join("history/1.db")])
        .chain(names.filter(|name| name.extension().is_some_and(|end| end == "db")))
        .collect();
    assert_eq!(databases.len(), 4, "every kind of database: {databases:?}");
    databases
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_file_put_back_is_refused_or_makes_no_difference() {
    let OldAndNew { old, new, mut databases } = OldAndNew::lived_in().await;
    let whole = everything(new.path()).await.expect("nothing is put back yet");
    databases.push(PathBuf::from("workspace/envelopes"));
    for file in databases {
        let copy = tempfile::tempdir().expect("a folder");
        copy_tree(new.path(), copy.path());
        std::fs::copy(old.path().join(&file), copy.path().join(&file)).expect("it is there");
        match everything(copy.path()).await {
            Ok(seen) => assert_eq!(seen, whole, "{}: old data passed as new", file.display()),
            Err(failure) => {
                let code = if file.starts_with("workspace") {
                    FailureCode::WorkspaceRolledBack
                } else {
                    FailureCode::RolledBack
                };
                assert_eq!(failure.code, code, "{}: {failure:?}", file.display());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_page_put_back_never_shows_what_never_was() {
    let OldAndNew { old, new, databases } = OldAndNew::lived_in().await;
    let mut dice = Dice::new();
    let mut once = std::collections::BTreeSet::new();
    for dir in [old.path(), new.path()] {
        let copy = tempfile::tempdir().expect("a folder");
        copy_tree(dir, copy.path());
        let seen = everything(copy.path()).await.expect("nothing is put back yet");
        once.extend(seen.lines().map(str::to_owned));
    }
    for file in databases {
        let read = |dir: &Path| std::fs::read(dir.join(&file)).expect("it is there");
        let (before, after) = (read(old.path()), read(new.path()));
        let changed: Vec<usize> = (0..before.len().min(after.len()) / PAGE)
            .filter(|page| before[page * PAGE..][..PAGE] != after[page * PAGE..][..PAGE])
            .collect();
        assert!(!changed.is_empty(), "{}: no page changed", file.display());
        let pages = if soak() {
            changed
        } else {
            (0..3).map(|_| changed[dice.below(changed.len())]).collect()
        };
        for page in pages {
            let copy = tempfile::tempdir().expect("a folder");
            copy_tree(new.path(), copy.path());
            let mut bytes = after.clone();
            bytes[page * PAGE..][..PAGE].copy_from_slice(&before[page * PAGE..][..PAGE]);
            std::fs::write(copy.path().join(&file), bytes).expect("ours");
            let what = format!("page {page} of {}; {}", file.display(), dice.told());
            // A single stale page is not promised to be noticed.
            match everything(copy.path()).await {
                Ok(seen) => {
                    let never = seen.lines().find(|line| !once.contains(*line));
                    assert_eq!(never, None, "{what}: shows what never was");
                }
                Err(failure) => {
                    let gone = failure.code == FailureCode::NotFound;
                    assert!(gone || is_clear(&failure), "{what}: {failure:?}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_keyring_put_back_opens_no_desk_with_the_old_passphrase() {
    let dir = tempfile::tempdir().expect("a folder");
    lived_in(dir.path()).await;
    let [folder, _] = folders_of(dir.path()).await;
    let old = std::fs::read(folder.join("keyring")).expect("it is there");
    let carrel = Carrel::start(dir.path()).await;
    let mira = carrel.unlock("Mira", PASSPHRASE, "w").await;
    let new = "eleven otters under the pier";
    let change = ChangePassphrase { current: PASSPHRASE.to_owned(), new: new.to_owned() };
    let _: Nothing = mira.ok("change_passphrase", &change).await;
    carrel.app.close().await;
    std::fs::write(folder.join("keyring"), old).expect("a test may damage its own files");

    let profile = carrel.profile("Mira").await;
    let mut request = Unlock { profile, passphrase: PASSPHRASE.to_owned(), accept_older: false };
    let tried = carrel.window("again").try_call::<_, DeskState>("unlock", &request).await;
    let failure = tried.expect_err("a passphrase that was given up opens nothing");
    assert_eq!(failure.code, FailureCode::RolledBack, "{failure:?}");
    // Whoever put it back from a backup of their own goes on knowingly.
    request.accept_older = true;
    let _: DeskState = carrel.window("knowingly").ok("unlock", &request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_cut_at_any_frame_shows_nothing_that_never_was() {
    let dir = tempfile::tempdir().expect("a folder");
    lived_in(dir.path()).await;
    let upstream = Upstream::start(openai_stream(&["Another answer."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let mira = carrel.unlock("Mira", PASSPHRASE, "w").await;
    mira.add_provider(&upstream.base_url()).await;
    live(&mira, "Mira", 1).await;
    // The last that happens is what an admin signs: who may come, and what may be used.
    let promoted = AssignRole { member: carrel.profile("Jonas").await, role: Role::Admin };
    let _: Nothing = mira.ok("assign_role", &promoted).await;
    mira.offer("Signed last", &upstream.base_url(), false).await;
    let last = desk_of(&mira).await.expect("the desk is open");
    let copied = tempfile::tempdir().expect("a folder");
    copy_tree(dir.path(), copied.path());
    carrel.app.close().await;

    let mut dice = Dice::new();
    for database in databases_of(dir.path()).await {
        let log = PathBuf::from(format!("{}-wal", database.display()));
        let bytes = std::fs::read(copied.path().join(&log)).expect("a log that was not folded in");
        let frames = bytes.len().saturating_sub(LOG_HEAD) / (PAGE + FRAME_HEAD);
        let mut cuts: Vec<usize> = (0..frames).collect();
        if !soak() {
            // All of it, its end, and somewhere between.
            let between = (0..2).map(|_| dice.below(frames.max(1)));
            cuts = [0, frames.saturating_sub(1)].into_iter().chain(between).collect();
        }
        for kept in cuts {
            let copy = tempfile::tempdir().expect("a folder");
            copy_tree(copied.path(), copy.path());
            let length = LOG_HEAD + kept * (PAGE + FRAME_HEAD) + dice.below(FRAME_HEAD);
            std::fs::write(copy.path().join(&log), &bytes[..length.min(bytes.len())])
                .expect("ours");
            let _ = std::fs::remove_file(copy.path().join(format!("{}-shm", database.display())));
            let what =
                format!("{} cut to {kept} of {frames} frames; {}", database.display(), dice.told());
            match opened(copy.path()).await {
                Ok(seen) if database.ends_with("history/1.db") => {
                    assert_eq!(
                        seen, last,
                        "{what}: the history lost something and does not say so"
                    );
                }
                // What was read or signed stands in the pins, in another file, with each command.
                Ok(seen) if database.starts_with("workspace") => {
                    assert_eq!(seen, last, "{what}: a signed document was lost unnoticed");
                }
                // What the door and the private file took since the last lock is not anchored.
                Ok(seen) => assert!(chats(&seen) == chats(&last), "{what}: {seen}"),
                Err(failure) => assert!(is_clear(&failure), "{what}: {failure:?}"),
            }
        }
    }
}

/// Mira's desk, as it opens.
async fn opened(dir: &Path) -> Result<String, engine::api::Failure> {
    let carrel = Carrel::start(dir).await;
    let window = carrel.window("w");
    let door: DoorState = window.try_call("door_state", &Nothing {}).await?;
    if let Some(failure) = door.failure {
        return Err(failure);
    }
    let profile = carrel.profile("Mira").await;
    let request = Unlock { profile, passphrase: PASSPHRASE.to_owned(), accept_older: false };
    let seen = match window.try_call::<_, DeskState>("unlock", &request).await {
        Ok(_) => desk_of(&window).await,
        Err(failure) => Err(failure),
    };
    carrel.app.close().await;
    seen
}

/// The chats and messages among what was seen.
fn chats(seen: &str) -> Vec<&str> {
    seen.lines().filter(|line| line.starts_with("chat") || line.starts_with("  ")).collect()
}
