//! Every call by which this program changes a file: counted, refused or fatal.
//!
//! The functions of the C library that change files are defined here, so that SQLite and the
//! standard library end up here as well. Where no folder is watched, and outside of it, they
//! only pass on. Locks and memory maps change nothing that outlives a process and pass.

#![expect(unsafe_code, reason = "standing in for functions of the C library has no safe form")]

use std::ffi::{CStr, OsStr, c_char, c_int, c_uint, c_void};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Signal, getpid, kill_process};

/// The smallest unit in which a disk gives space away, in bytes.
pub(crate) const BLOCK: u64 = 4_096;

/// What becomes of the calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// All pass.
    Count,
    /// The process dies in the place of the call with this number, counted from 0.
    DieAt(usize),
    /// From this number on they fail with this error.
    FailFrom(usize, c_int),
    /// Files may grow by so many blocks in all.
    Room(u64),
}

struct Watch {
    folder: PathBuf,
    rule: Rule,
    calls: Vec<String>,
}

static WATCHES: AtomicBool = AtomicBool::new(false);
static WATCH: Mutex<Option<Watch>> = Mutex::new(None);

/// Applies `rule` to everything below `folder`, from now on.
pub(crate) fn watch(folder: &Path, rule: Rule) {
    let folder = folder.canonicalize().expect("it is there");
    *held() = Some(Watch { folder, rule, calls: Vec::new() });
    WATCHES.store(true, Ordering::SeqCst);
}

/// Lets everything pass again, and returns the calls since `watch`, each with its file.
pub(crate) fn release() -> Vec<String> {
    WATCHES.store(false, Ordering::SeqCst);
    held().take().map(|watch| watch.calls).unwrap_or_default()
}

fn held() -> MutexGuard<'static, Option<Watch>> {
    WATCH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One call that is about to change `path`, and by how many bytes it lets the file grow.
struct Change {
    call: &'static str,
    path: PathBuf,
    growth: u64,
}

impl Change {
    /// The error to answer with, where it may not happen. Must neither panic nor print: both
    /// would come back here.
    fn refused(self) -> Option<c_int> {
        let mut held = held();
        let watch = held.as_mut()?;
        let inside = self.path.strip_prefix(&watch.folder).ok()?;
        let number = watch.calls.len();
        watch.calls.push(format!("{} {}", self.call, inside.display()));
        match &mut watch.rule {
            Rule::DieAt(last) if number >= *last => die(),
            Rule::FailFrom(first, error) if number >= *first => Some(*error),
            Rule::Room(left) => {
                let wanted = self.growth.div_ceil(BLOCK);
                if wanted > *left {
                    return Some(libc::ENOSPC);
                }
                *left -= wanted;
                None
            }
            Rule::Count | Rule::DieAt(_) | Rule::FailFrom(..) => None,
        }
    }
}

/// As a power cut would: nothing is unwound, flushed or closed.
fn die() -> ! {
    loop {
        // Nothing else ends a process that fails to end itself.
        let _ = kill_process(getpid(), Signal::KILL);
    }
}

/// A change of an open file that will reach up to `end`, where that is known.
fn of_file(call: &'static str, file: c_int, end: Option<u64>) -> Option<c_int> {
    if !WATCHES.load(Ordering::SeqCst) || file < 0 {
        return None;
    }
    let path = std::fs::read_link(format!("/proc/self/fd/{file}")).ok()?;
    // SAFETY: the caller has it open for the length of this call.
    let open = unsafe { BorrowedFd::borrow_raw(file) };
    let long = rustix::fs::fstat(open).map_or(0, |state| u64::try_from(state.st_size).unwrap_or(0));
    let used = long.div_ceil(BLOCK) * BLOCK;
    let growth = end.unwrap_or(0).saturating_sub(used);
    Change { call, path, growth }.refused()
}

/// Where a write without an offset ends.
fn end_of_write(file: c_int, count: usize) -> Option<u64> {
    if !WATCHES.load(Ordering::SeqCst) || file < 0 {
        return None;
    }
    // SAFETY: the caller has it open for the length of this call.
    let open = unsafe { BorrowedFd::borrow_raw(file) };
    Some(rustix::fs::tell(open).unwrap_or(0) + u64::try_from(count).unwrap_or(0))
}

fn end(offset: i64, count: usize) -> Option<u64> {
    Some(u64::try_from(offset).ok()? + u64::try_from(count).ok()?)
}

/// A change of what stands under a name, seen from an open folder where it is relative.
fn of_name(call: &'static str, folder: c_int, name: *const c_char) -> Option<c_int> {
    if !WATCHES.load(Ordering::SeqCst) || name.is_null() {
        return None;
    }
    Change { call, path: full(folder, name)?, growth: 0 }.refused()
}

fn full(folder: c_int, name: *const c_char) -> Option<PathBuf> {
    // SAFETY: the C library's callers pass a string that ends with a zero.
    let name = unsafe { CStr::from_ptr(name) };
    let name = Path::new(OsStr::from_bytes(name.to_bytes()));
    let base = match folder {
        libc::AT_FDCWD => std::env::current_dir().ok()?,
        open => std::fs::read_link(format!("/proc/self/fd/{open}")).ok()?,
    };
    Some(base.join(name))
}

/// Opening changes something where it makes a file or empties one; on a disk that may not be
/// written it fails where writing is wanted at all.
fn of_opening(folder: c_int, name: *const c_char, flags: c_int) -> Option<c_int> {
    if !WATCHES.load(Ordering::SeqCst) || name.is_null() {
        return None;
    }
    let path = full(folder, name)?;
    let is_new = path.symlink_metadata().is_err();
    if flags & libc::O_CREAT != 0 && is_new {
        return Change { call: "create", path, growth: 0 }.refused();
    }
    if flags & libc::O_TRUNC != 0 {
        return Change { call: "empty", path, growth: 0 }.refused();
    }
    let held = held();
    let watch = held.as_ref().filter(|watch| path.starts_with(&watch.folder))?;
    match watch.rule {
        Rule::FailFrom(first, libc::EROFS)
            if watch.calls.len() >= first && flags & libc::O_ACCMODE != libc::O_RDONLY =>
        {
            Some(libc::EROFS)
        }
        _ => None,
    }
}

fn fails(error: c_int) -> c_int {
    // SAFETY: the place of this thread's own error number.
    unsafe { *libc::__errno_location() = error };
    -1
}

macro_rules! stand_in {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $result:ty:
        $refused:expr => $system:ident($($passed:expr),*);)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name($($argument: $kind),*) -> $result {
            if let Some(error) = $refused {
                return fails(error) as $result;
            }
            // SAFETY: the arguments go to the system as they came.
            unsafe { libc::syscall(libc::$system, $($passed),*) as $result }
        }
    )*};
}

const HERE: c_int = libc::AT_FDCWD;

stand_in! {
    write(file: c_int, from: *const c_void, count: usize) -> isize:
        of_file("write", file, end_of_write(file, count)) => SYS_write(file, from, count);
    writev(file: c_int, from: *const libc::iovec, count: c_int) -> isize:
        of_file("write", file, None) => SYS_writev(file, from, count);
    pwrite(file: c_int, from: *const c_void, count: usize, at: i64) -> isize:
        of_file("write", file, end(at, count)) => SYS_pwrite64(file, from, count, at);
    pwrite64(file: c_int, from: *const c_void, count: usize, at: i64) -> isize:
        of_file("write", file, end(at, count)) => SYS_pwrite64(file, from, count, at);
    ftruncate(file: c_int, length: i64) -> c_int:
        of_file("cut", file, None) => SYS_ftruncate(file, length);
    ftruncate64(file: c_int, length: i64) -> c_int:
        of_file("cut", file, None) => SYS_ftruncate(file, length);
    fsync(file: c_int) -> c_int: of_file("sync", file, None) => SYS_fsync(file);
    fdatasync(file: c_int) -> c_int: of_file("sync", file, None) => SYS_fdatasync(file);
    rename(from: *const c_char, to: *const c_char) -> c_int:
        of_name("rename", HERE, from) => SYS_renameat2(HERE, from, HERE, to, 0);
    link(from: *const c_char, to: *const c_char) -> c_int:
        of_name("link", HERE, to) => SYS_linkat(HERE, from, HERE, to, 0);
    mkdir(name: *const c_char, mode: c_uint) -> c_int:
        of_name("make", HERE, name) => SYS_mkdirat(HERE, name, mode);
    rmdir(name: *const c_char) -> c_int:
        of_name("remove", HERE, name) => SYS_unlinkat(HERE, name, libc::AT_REMOVEDIR);
    unlink(name: *const c_char) -> c_int:
        of_name("remove", HERE, name) => SYS_unlinkat(HERE, name, 0);
    unlinkat(folder: c_int, name: *const c_char, flags: c_int) -> c_int:
        of_name("remove", folder, name) => SYS_unlinkat(folder, name, flags);
    open(name: *const c_char, flags: c_int, mode: c_uint) -> c_int:
        of_opening(HERE, name, flags) => SYS_openat(HERE, name, flags, mode);
    open64(name: *const c_char, flags: c_int, mode: c_uint) -> c_int:
        of_opening(HERE, name, flags) => SYS_openat(HERE, name, flags, mode);
    openat(folder: c_int, name: *const c_char, flags: c_int, mode: c_uint) -> c_int:
        of_opening(folder, name, flags) => SYS_openat(folder, name, flags, mode);
    openat64(folder: c_int, name: *const c_char, flags: c_int, mode: c_uint) -> c_int:
        of_opening(folder, name, flags) => SYS_openat(folder, name, flags, mode);
}

#[test]
fn each_change_of_a_file_is_seen_and_can_be_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    watch(dir.path(), Rule::Count);
    std::fs::write(&file, "text").expect("it can be written");
    std::fs::rename(&file, dir.path().join("other")).expect("and renamed");
    std::fs::create_dir(dir.path().join("folder")).expect("a folder");
    std::fs::remove_file(dir.path().join("other")).expect("and removed");
    let seen = release();
    let all = ["create file", "write file", "rename file", "make folder", "remove other"];
    assert_eq!(seen, all, "the standard library goes through here");

    watch(dir.path(), Rule::FailFrom(1, libc::EIO));
    let mut made = std::fs::File::create(&file).expect("the first call passes");
    let failed = std::io::Write::write_all(&mut made, b"text").expect_err("the second does not");
    release();
    assert_eq!(failed.raw_os_error(), Some(libc::EIO), "it fails as told");

    watch(dir.path(), Rule::Room(1));
    let fits = std::fs::write(&file, [0; 4_096]);
    let full = std::fs::write(dir.path().join("more"), [0; 1]);
    release();
    assert!(fits.is_ok(), "there was room for a block: {fits:?}");
    assert_eq!(full.expect_err("and for no other").raw_os_error(), Some(libc::ENOSPC), "full");
}
