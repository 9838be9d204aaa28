//! Where the shell's own words go.
//!
//! Standard error only, warnings and worse unless `CARREL_LOG` says otherwise.
//! Nothing that a person wrote, and no key, is ever logged at any level.

use tracing_subscriber::EnvFilter;

/// Starts logging for the process.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("CARREL_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let started = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if started.try_init().is_err() {
        tracing::debug!("logging was started before");
    }
}
