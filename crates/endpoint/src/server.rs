//! The socket: who may connect, how many, and for how long.
//!
//! Binds to the loopback interface alone. Every connection ends with the
//! server, and what was asked over it is cancelled.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engine::App;
use engine::programs::Manner;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::admit::Gatekeeper;
use crate::http::{Shared, router};
use crate::patient::Patient;

/// Connections at once.
const MOST_CONNECTIONS: usize = 512;
/// The head of a request, in bytes and in lines.
const LARGEST_HEAD: usize = 64 << 10;
const MOST_HEADERS: usize = 64;
/// After a failure to accept: too many files are open.
const BREATH: Duration = Duration::from_millis(100);

/// How the endpoint deals with those who connect.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long a question may take.
    pub manner: Manner,
    /// True where a connection may carry several requests. Its buffers hold the last one's
    /// words until it ends.
    pub keep_alive: bool,
    /// How long a client may read nothing, or send nothing of a request that it began.
    pub patience: Duration,
}

impl Default for Rules {
    /// As in a window; one request for each connection; half a minute.
    fn default() -> Self {
        Self { manner: Manner::default(), keep_alive: false, patience: Duration::from_secs(30) }
    }
}

/// A port on the loopback interface.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Takes the port, so that others see who has it before anything is asked.
    ///
    /// # Errors
    /// `AddrNotAvailable` for an address that others could reach; else the system's.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::AddrNotAvailable,
                "programs are answered on this machine only: listen on 127.0.0.1 or [::1]",
            ));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What programs call their base URL.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Answers until `end`; then every connection is closed, and what was asked is cancelled.
    pub async fn run(self, app: Arc<App>, rules: Rules, end: impl Future<Output = ()>) {
        let gatekeeper = Gatekeeper::of(self.address);
        let shared = Arc::new(Shared { app, rules, gatekeeper });
        let service = TowerToHyperService::new(router(shared));
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = JoinSet::new();
        let mut end = std::pin::pin!(end);
        loop {
            let entering = async {
                // The semaphore is never closed.
                let place = Arc::clone(&places).acquire_owned().await.ok();
                (place, self.listener.accept().await)
            };
            let (place, stream) = tokio::select! {
                biased;
                () = &mut end => break,
                Some(_) = connections.join_next() => continue,
                (place, entered) = entering => match entered {
                    Ok((stream, _)) => (place, stream),
                    Err(error) => {
                        tracing::warn!(kind = ?error.kind(), "a connection was not accepted");
                        tokio::time::sleep(BREATH).await;
                        continue;
                    }
                },
            };
            let service = service.clone();
            connections.spawn(async move {
                let _place = place;
                serve(stream, service, rules).await;
            });
        }
        connections.shutdown().await;
    }
}

async fn serve(stream: TcpStream, service: TowerToHyperService<axum::Router>, rules: Rules) {
    // Without it, small pieces wait for each other: 44 ms (measured).
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let io = TokioIo::new(Patient::new(stream, rules.patience));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(rules.patience)
        .keep_alive(rules.keep_alive)
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(io, service)
        .await;
    if let Err(error) = served {
        // A client that left is none of our business; hyper's words hold no content.
        tracing::debug!(%error, "a connection ended early");
    }
}
