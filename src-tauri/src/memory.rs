//! What the window system frees in this process.
//!
//! A desk's text also passes through C and C++ code here: GTK, and WebKit's
//! part of each window. glibc overwrites what such code frees, but neither the
//! small blocks in its cache for each thread nor what WebKit keeps in an
//! allocator of its own. Both are settings that are read only as a process
//! begins, so the program begins once more with them.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) use linux::begin_again_wiping;

/// Nothing to do: only glibc has these settings.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn begin_again_wiping() {}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod linux {
    use std::ffi::OsString;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    /// Source: "Memory Allocation Tunables" in the glibc manual.
    const TUNABLES: (&str, &str) =
        ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.perturb=90");
    /// WebKit then takes its memory from glibc. Source: `Environment.cpp` of its bmalloc.
    const SYSTEM_MALLOC: (&str, &str) = ("Malloc", "1");
    /// Says that this is the second beginning, and what `GLIBC_TUNABLES` was before.
    const BEGAN: &str = "CARREL_BEGAN_WIPING";

    /// Replaces this process by itself with the settings, once. Call it before
    /// any thread and any window. Where that fails the program goes on without.
    pub(crate) fn begin_again_wiping() {
        if let Some(before) = std::env::var_os(BEGAN) {
            return restore(&before);
        }
        let mut arguments = std::env::args_os();
        let (Some(name), Ok(program)) = (arguments.next(), std::env::current_exe()) else {
            return;
        };
        let before = std::env::var_os(TUNABLES.0).unwrap_or_default();
        let mut tunables = before.clone();
        if !tunables.is_empty() {
            tunables.push(":");
        }
        tunables.push(TUNABLES.1);
        let error = Command::new(program)
            .arg0(name)
            .args(arguments)
            .env(TUNABLES.0, tunables)
            .env(SYSTEM_MALLOC.0, SYSTEM_MALLOC.1)
            .env(BEGAN, before)
            .exec();
        tracing::warn!(%error, "what the window system frees is not overwritten");
    }

    /// Takes the settings out of what webviews inherit: they end with their
    /// desk, and WebKit's own allocator is the safer one for what they draw.
    fn restore(before: &OsString) {
        #[expect(unsafe_code, reason = "the environment has no safe setter")]
        // SAFETY: called before any other thread exists.
        unsafe {
            std::env::remove_var(BEGAN);
            std::env::remove_var(SYSTEM_MALLOC.0);
            if before.is_empty() {
                std::env::remove_var(TUNABLES.0);
            } else {
                std::env::set_var(TUNABLES.0, before);
            }
        }
    }
}
