//! A data folder that is already lived in, and a window over it.

use std::path::Path;

use support::desktop::Desktop;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};
use support::upstream::{Script, Upstream};

/// A workspace with Mira (admin) and Jonas, and a provider that answers `usual`.
pub(crate) async fn two_desks(dir: &Path, usual: Script) -> Upstream {
    let upstream = Upstream::start(usual).await;
    let carrel = Carrel::start(dir).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    admin.confirm_code().await;
    carrel.join(&admin, "Jonas", "jonas").await.confirm_code().await;
    carrel.app.close().await;
    upstream
}

/// Opens Mira's desk in the window.
pub(crate) async fn open_mira(window: &Desktop) {
    open(window, "Mira", PASSPHRASE).await;
}

/// Opens Jonas's desk in the window.
pub(crate) async fn open_jonas(window: &Desktop) {
    open(window, "Jonas", OTHER_PASSPHRASE).await;
}

async fn open(window: &Desktop, name: &str, passphrase: &str) {
    window.sees("Choose your desk").await;
    window.choose(name).await;
    window.fill("Passphrase", passphrase).await;
    window.press("Open desk").await;
    window.find("textarea[aria-label='Message']:focus").await;
}
