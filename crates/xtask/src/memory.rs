//! A folder in memory, for tests that make tens of thousands of folders.
//!
//! A soak waits for a disk as long as for everything else, and no test is about
//! the disk: those that are about writing stand in for its calls.

use std::path::Path;
use std::process::Command;

/// Where Linux has one.
const SHARED: &str = "/dev/shm";
/// GiB that must be free in it; containers often get 64 MiB.
const ROOM: u64 = 4;

/// The folder, where there is one with room.
pub(crate) fn folder() -> Option<&'static Path> {
    let asked = Command::new("df").args(["--output=avail", "--block-size=1G", SHARED]).output();
    let said = asked.ok().filter(|asked| asked.status.success())?.stdout;
    let free = free(&String::from_utf8_lossy(&said))?;
    (free >= ROOM).then_some(Path::new(SHARED))
}

/// The number below the head of what `df` says.
fn free(said: &str) -> Option<u64> {
    said.lines().nth(1)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_stands_below_the_head() {
        assert_eq!(free("Avail\n  24G\n"), None, "no plain number");
        assert_eq!(free(" Avail\n    23\n"), Some(23), "as df writes it");
        assert_eq!(free(""), None, "nothing is said where there is no such folder");
    }
}
