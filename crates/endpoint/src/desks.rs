//! The port for the programs of open desks.
//!
//! Opened with the first desk that has programs, and kept until Carrel ends: a
//! port that was given back could be taken by somebody else's program, to which
//! one's own would go on showing their tokens. While every desk is locked all are
//! strangers. Every connection carries one request: its buffers hold a person's
//! words, and a lock must leave none.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engine::App;
use engine::programs::PortState;
use tokio::sync::watch;

use crate::{Rules, Server};

/// Another program may give the port back.
const TRY_AGAIN: Duration = Duration::from_secs(5);
const USUAL_PORT: u16 = 8484;

/// Where programs find the desks of this computer: port 8484, unless `CARREL_PORT` says
/// otherwise. Port 0 takes any free one.
#[must_use]
pub fn usual_address() -> SocketAddr {
    let port = std::env::var("CARREL_PORT").ok().and_then(|text| text.parse().ok());
    SocketAddr::from(([127, 0, 0, 1], port.unwrap_or(USUAL_PORT)))
}

/// Opens the port once the desks of `app` want it, and keeps it for as long as that runs.
/// Whoever asks for the port waits for it from this call on.
pub fn keep_open(app: Arc<App>, address: SocketAddr) -> impl Future<Output = ()> + Send {
    let wanted = app.port_wanted();
    open_when(app, address, wanted)
}

async fn open_when(app: Arc<App>, address: SocketAddr, mut wanted: watch::Receiver<bool>) {
    while wanted.wait_for(|wanted| *wanted).await.is_ok() {
        match Server::bind(address).await {
            Ok(server) => {
                app.port_is(PortState::Open(server.base_url()));
                // Dropped with the application.
                server.run(Arc::clone(&app), Rules::default(), std::future::pending()).await;
            }
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "the port for programs is not free");
                app.port_is(match error.kind() {
                    io::ErrorKind::AddrInUse => PortState::Taken(address.port()),
                    _ => PortState::Refused(address.port()),
                });
                tokio::select! {
                    () = tokio::time::sleep(TRY_AGAIN) => {}
                    // Closed with the application.
                    _ = wanted.changed() => app.port_is(PortState::Closed),
                }
            }
        }
    }
}
