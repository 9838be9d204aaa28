//! The port for the programs of open desks.
//!
//! Open only while a desk that has programs is. Every connection carries one
//! request: its buffers hold a person's words, and a lock must leave none.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engine::App;
use engine::programs::PortState;

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

/// Opens and closes the port as the desks of `app` want it, for as long as that runs.
pub async fn keep_open(app: Arc<App>, address: SocketAddr) {
    let mut wanted = app.port_wanted();
    while wanted.wait_for(|wanted| *wanted).await.is_ok() {
        match Server::bind(address).await {
            Ok(server) => {
                app.port_is(PortState::Open(server.base_url()));
                let mut until = app.port_wanted();
                let end = async move { drop(until.wait_for(|wanted| !*wanted).await) };
                server.run(Arc::clone(&app), Rules::default(), end).await;
                app.port_is(PortState::Closed);
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
