//! Links and pipes in the place of files, and a process that hides nothing by itself.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use support::child::{Process, orders};
use support::dice::{Dice, soak};
use support::files::copy_tree;

use crate::content::{everything, is_clear, lived_in};

/// So many entries are tried where not all are wanted.
const SAMPLE: usize = 8;

/// Everything below a folder but locks and logs, folders included.
fn entries(top: &Path, dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        let inside = path.strip_prefix(top).expect("below the top").to_path_buf();
        let is_companion = path.to_string_lossy().ends_with("-shm");
        if inside.starts_with("run") || is_companion {
            continue;
        }
        found.push(inside);
        if path.is_dir() {
            entries(top, &path, found);
        }
    }
}

/// Puts something in the place of each entry in turn and looks at the folder.
async fn with_each(plant: impl Fn(&Path, &Path), wanted: impl Fn(&Path) -> bool, what: &str) {
    let whole = tempfile::tempdir().expect("a folder");
    lived_in(whole.path()).await;
    let seen = everything(whole.path()).await.expect("nothing is planted yet");
    let mut all = Vec::new();
    entries(whole.path(), whole.path(), &mut all);
    all.retain(|entry| wanted(&whole.path().join(entry)));
    let mut dice = Dice::new();
    while !soak() && all.len() > SAMPLE {
        all.swap_remove(dice.below(all.len()));
    }
    for entry in &all {
        let (copy, outside) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        copy_tree(whole.path(), copy.path());
        let (path, moved) = (copy.path().join(entry), outside.path().join("moved"));
        std::fs::rename(&path, &moved).expect("a test may move its own files");
        plant(&moved, &path);
        match everything(copy.path()).await {
            Ok(now) => {
                assert!(may_open(entry), "{what} as {} was followed", entry.display());
                assert_eq!(now, seen, "{what} as {}: shows other data", entry.display());
            }
            Err(failure) => {
                assert!(is_clear(&failure), "{what} as {}: {failure:?}", entry.display());
            }
        }
    }
}

/// What is not looked at to open a desk: backups, locks that hold nothing, and the key of the next
/// checkpoint, in whose place another is made.
fn may_open(entry: &Path) -> bool {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    let is_spare = name == "envelopes.lock" || name.starts_with("checkpoint");
    is_spare || entry.iter().any(|part| part == "backups")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_the_place_of_anything_is_not_followed() {
    with_each(|moved, path| symlink(moved, path).expect("a link"), |_| true, "a link").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_in_the_place_of_a_file_holds_nobody_up() {
    let fifo = |_: &Path, path: &Path| {
        mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
    };
    with_each(fifo, Path::is_file, "a pipe").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test below runs it without any umask"]
async fn a_desk_is_lived_in() {
    let dir: PathBuf = orders();
    lived_in(&dir).await;
}

#[test]
fn without_any_umask_the_whole_folder_is_still_private() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let through = ["sh", "-c", "umask 000; exec \"$0\" \"$@\""];
    assert!(Process::start_by(&through, "planted::a_desk_is_lived_in", &data).ended(), "it lives");
    let mut all = vec![PathBuf::new()];
    entries(&data, &data, &mut all);
    all.extend(
        std::fs::read_dir(data.join("run"))
            .expect("locks")
            .flatten()
            .map(|one| PathBuf::from("run").join(one.file_name())),
    );
    assert!(all.len() > 10, "it is lived in: {all:?}");
    for entry in all {
        let state = std::fs::symlink_metadata(data.join(&entry)).expect("it is there");
        let wanted = if state.is_dir() { 0o700 } else { 0o600 };
        let mode = state.permissions().mode() & 0o7777;
        assert_eq!(mode, wanted, "{}: {mode:o}", entry.display());
    }
}
