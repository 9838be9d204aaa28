//! Small files: private whatever the umask, whole whatever happens, never through a link.
#![expect(clippy::unwrap_used, reason = "tests")]

use rustix::fs::{CWD, FileType, Mode, mknodat};
use sealed::files::{ensure_dir, read_small, remove_tree, write_atomic};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

fn loosen(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn kind<T: std::fmt::Debug>(result: std::io::Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn under_a_permissive_umask_everything_is_still_private() {
    rustix::process::umask(Mode::empty());
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("a/b/c");
    ensure_dir(&deep).unwrap();
    for made in ["a", "a/b", "a/b/c"] {
        assert_eq!(mode(&dir.path().join(made)), 0o700, "{made} is ours alone");
    }
    let file = deep.join("file");
    write_atomic(&file, b"content").unwrap();
    assert_eq!(mode(&file), 0o600, "a written file");
    let lock = sealed::files::lock(&deep.join("lock")).unwrap();
    assert_eq!(mode(&deep.join("lock")), 0o600, "a lock file");
    drop(lock);
    let shape = sealed::Shape { name: "x", application_id: 1, migrations: &[] };
    let db = sealed::Database::create(&deep.join("x.db"), &sealed::Key::random(), &shape).unwrap();
    for name in ["x.db", "x.db-wal", "x.db-shm"] {
        assert_eq!(mode(&deep.join(name)), 0o600, "{name}, made by SQLite itself");
    }
    drop(db);
}

#[test]
fn what_was_loosened_is_narrowed_again() {
    let dir = tempfile::tempdir().unwrap();
    let (inner, file) = (dir.path().join("inner"), dir.path().join("file"));
    ensure_dir(&inner).unwrap();
    loosen(&inner, 0o777);
    ensure_dir(&inner).unwrap();
    assert_eq!(mode(&inner), 0o700, "a directory");
    write_atomic(&file, b"x").unwrap();
    loosen(&file, 0o666);
    assert_eq!(read_small(&file, 10).unwrap(), b"x", "it is still read");
    assert_eq!(mode(&file), 0o600, "and narrowed");
}

#[test]
fn links_fifos_and_directories_are_never_read() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    write_atomic(&at("file"), b"secret").unwrap();
    symlink(at("file"), at("link")).unwrap();
    symlink(at("nowhere"), at("dangling")).unwrap();
    mknodat(CWD, at("fifo"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    assert_eq!(kind(read_small(&at("link"), 100)), ErrorKind::InvalidData, "a link");
    assert_eq!(kind(read_small(&at("dangling"), 100)), ErrorKind::InvalidData, "to nowhere");
    assert_eq!(kind(read_small(&at("fifo"), 100)), ErrorKind::InvalidData, "a FIFO, no hanging");
    assert_eq!(kind(read_small(dir.path(), 100)), ErrorKind::InvalidData, "a directory");
    assert_eq!(kind(read_small(Path::new("/dev/zero"), 100)), ErrorKind::InvalidData, "a device");
    assert_eq!(kind(read_small(&at("absent"), 100)), ErrorKind::NotFound, "nothing");
    assert_eq!(kind(read_small(&at("file"), 5)), ErrorKind::InvalidData, "longer than it can be");
    assert_eq!(read_small(&at("file"), 6).unwrap(), b"secret", "exactly as long as allowed");
}

#[test]
fn a_link_is_no_directory_and_a_file_is_none_either() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    ensure_dir(&at("real")).unwrap();
    symlink(at("real"), at("link")).unwrap();
    std::fs::write(at("file"), b"").unwrap();
    assert!(ensure_dir(&at("link")).is_err(), "a link");
    assert!(ensure_dir(&at("file")).is_err(), "a file");
    assert!(ensure_dir(&at("file/below")).is_err(), "below a file");
}

#[test]
fn other_peoples_files_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    // A file of root's, or, for root, one given away.
    let (path, root) = if rustix::process::geteuid().is_root() {
        std::fs::write(&file, b"x").unwrap();
        std::os::unix::fs::chown(&file, Some(12_345), None).unwrap();
        (file.as_path(), true)
    } else {
        (Path::new("/etc/passwd"), false)
    };
    assert_eq!(kind(read_small(path, 1 << 20)), ErrorKind::PermissionDenied, "root: {root}");
    if root {
        let theirs = dir.path().join("theirs");
        std::fs::create_dir(&theirs).unwrap();
        std::os::unix::fs::chown(&theirs, Some(12_345), None).unwrap();
        assert_eq!(kind(ensure_dir(&theirs)), ErrorKind::PermissionDenied, "their directory");
    }
}

#[test]
fn writing_replaces_a_planted_link_instead_of_following_it() {
    let dir = tempfile::tempdir().unwrap();
    let (target, place) = (dir.path().join("target"), dir.path().join("place"));
    std::fs::write(&target, b"theirs").unwrap();
    symlink(&target, &place).unwrap();
    write_atomic(&place, b"ours").unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), b"theirs", "nothing went through the link");
    assert!(std::fs::symlink_metadata(&place).unwrap().is_file(), "the link is gone");
    assert_eq!(read_small(&place, 10).unwrap(), b"ours", "the file is ours");
}

#[test]
fn a_write_is_a_new_file_and_leaves_no_temporary_one() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    write_atomic(&file, b"one").unwrap();
    let before = std::fs::metadata(&file).unwrap().ino();
    let reader = std::fs::File::open(&file).unwrap();
    write_atomic(&file, b"two").unwrap();
    assert_ne!(std::fs::metadata(&file).unwrap().ino(), before, "never written in place");
    let mut old = String::new();
    std::io::Read::read_to_string(&mut &reader, &mut old).unwrap();
    assert_eq!(old, "one", "who has it open sees the old one, whole");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file stays");
    std::fs::create_dir(dir.path().join("taken")).unwrap();
    assert!(write_atomic(&dir.path().join("taken"), b"x").is_err(), "a directory is in the way");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "nor after a failure");
}

#[test]
fn removing_a_tree_spares_what_its_links_point_to() {
    let dir = tempfile::tempdir().unwrap();
    let (tree, outside) = (dir.path().join("tree"), dir.path().join("outside"));
    ensure_dir(&tree.join("deep")).unwrap();
    ensure_dir(&outside).unwrap();
    std::fs::write(outside.join("kept"), b"").unwrap();
    symlink(&outside, tree.join("deep/link")).unwrap();
    remove_tree(&tree).unwrap();
    remove_tree(&tree).unwrap();
    assert!(!tree.exists(), "the tree is gone");
    assert!(outside.join("kept").exists(), "what a link pointed to is not");
}
