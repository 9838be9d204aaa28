//! What the process as a whole must not do.
//!
//! Only core dumps: the process stays dumpable, because making it
//! undumpable breaks the portals' file dialogs.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// Forbids core dumps, for this process and its children, for good.
///
/// # Errors
/// When the system refuses; the limit is read back, so `Ok` means it holds.
pub fn forbid_core_dumps() -> io::Result<()> {
    setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )?;
    if getrlimit(Resource::Core).current == Some(0) {
        Ok(())
    } else {
        Err(io::Error::other("core dumps could not be forbidden"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_forbidding_no_core_can_be_written() {
        forbid_core_dumps().unwrap();
        assert_eq!(
            getrlimit(Resource::Core).current,
            Some(0),
            "the limit in force"
        );
        assert_eq!(
            getrlimit(Resource::Core).maximum,
            Some(0),
            "nobody raises it again"
        );
    }
}
