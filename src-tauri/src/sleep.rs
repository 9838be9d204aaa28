//! Locks desks before the computer sleeps, and when its screen is locked.
//!
//! systemd-logind tells of both, and waits a few seconds with sleeping while
//! somebody holds one of its delay inhibitors. Where there is no logind, the
//! engine notices on waking that the computer slept.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use engine::App;
use futures::StreamExt;
use zbus::zvariant::{OwnedFd, OwnedObjectPath};

#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1",
    gen_blocking = false
)]
trait LoginManager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::Result<OwnedFd>;

    fn get_session(&self, id: &str) -> zbus::Result<OwnedObjectPath>;

    #[zbus(signal)]
    fn prepare_for_sleep(&self, start: bool) -> zbus::Result<()>;
}

#[zbus::proxy(
    interface = "org.freedesktop.login1.Session",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1/session/auto",
    gen_blocking = false
)]
trait LoginSession {
    #[zbus(property(emits_changed_signal = "false"))]
    fn id(&self) -> zbus::Result<String>;

    #[zbus(signal)]
    fn lock(&self) -> zbus::Result<()>;
}

/// Locks desks when logind says so, for as long as it does.
pub(crate) async fn watch(app: Arc<App>) {
    let watched = match zbus::Connection::system().await {
        Ok(bus) => obey(&bus, &app).await,
        Err(error) => Err(error),
    };
    match watched {
        Ok(()) => tracing::debug!("logind is gone; desks lock on waking"),
        Err(error) => tracing::debug!(%error, "no word from logind; desks lock on waking"),
    }
}

async fn obey(bus: &zbus::Connection, app: &Arc<App>) -> zbus::Result<()> {
    let manager = LoginManagerProxy::new(bus).await?;
    // Listens before it inhibits, so that no sleep is missed in between.
    let mut sleeps = manager.receive_prepare_for_sleep().await?;
    let mut screen_locks = match screen_locks(bus, &manager).await {
        Ok(locks) => Some(locks),
        Err(error) => {
            tracing::debug!(%error, "no login session; desks stay open when the screen locks");
            None
        }
    };
    let mut inhibitor = inhibit(&manager).await;
    loop {
        let screen_locked = async {
            match &mut screen_locks {
                Some(locks) => locks.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            sleep = sleeps.next() => {
                let Some(sleep) = sleep else { return Ok(()) };
                match sleep.args() {
                    Ok(sleep) if sleep.start => {
                        app.lock_for_sleep().await;
                        // The computer sleeps as soon as this is closed.
                        drop(inhibitor.take());
                    }
                    Ok(_) => inhibitor = inhibit(&manager).await,
                    Err(error) => tracing::debug!(%error, "logind spoke unclearly of sleep"),
                }
            }
            locked = screen_locked => {
                if locked.is_none() {
                    return Ok(());
                }
                app.lock_for_sleep().await;
            }
        }
    }
}

/// Makes logind wait with the next sleep; without it desks lock as fast as they can.
async fn inhibit(manager: &LoginManagerProxy<'_>) -> Option<OwnedFd> {
    let taken = manager.inhibit("sleep", "Carrel", "Lock open desks", "delay").await;
    taken.inspect_err(|error| tracing::debug!(%error, "logind does not wait for Carrel")).ok()
}

/// The screen locks of this person's login. Signals come from the session's own path,
/// never from the alias, so its id is asked for first.
async fn screen_locks(
    bus: &zbus::Connection,
    manager: &LoginManagerProxy<'_>,
) -> zbus::Result<LockStream> {
    let id = match LoginSessionProxy::new(bus).await?.id().await {
        Ok(id) => id,
        Err(error) => std::env::var("XDG_SESSION_ID").map_err(|_| error)?,
    };
    let path = manager.get_session(&id).await?;
    LoginSessionProxy::builder(bus).path(path)?.build().await?.receive_lock().await
}
