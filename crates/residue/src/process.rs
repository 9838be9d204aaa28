//! No core dumps, and no text in what C libraries free.
//!
//! The process stays dumpable, because making it undumpable breaks the
//! portals' file dialogs.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// Forbids core dumps, for this process and its children, for good.
///
/// # Errors
/// When the system refuses; the limit is read back, so `Ok` means it holds.
pub fn forbid_core_dumps() -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    if getrlimit(Resource::Core).current == Some(0) {
        Ok(())
    } else {
        Err(io::Error::other("core dumps could not be forbidden"))
    }
}

/// Overwrites what C libraries free, for the rest of this process's life, so
/// that text which passed through the window system does not linger. Does
/// nothing where the system's allocator cannot, and glibc leaves out blocks of
/// up to 1,032 bytes that it keeps for reuse by the same thread. Rust's own
/// memory is wiped without this call.
///
/// Source: mallopt(3), `M_PERTURB`.
pub fn wipe_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "mallopt has no safe form; it only sets a number")]
        // SAFETY: glibc documents mallopt as safe to call at any time before threads start.
        let set = unsafe { libc::mallopt(libc::M_PERTURB, 0x5a) };
        if set == 0 {
            tracing::warn!("freed memory is not overwritten on this system");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_forbidding_no_core_can_be_written() {
        forbid_core_dumps().unwrap();
        assert_eq!(getrlimit(Resource::Core).current, Some(0), "the limit in force");
        assert_eq!(getrlimit(Resource::Core).maximum, Some(0), "nobody raises it again");
    }
}
