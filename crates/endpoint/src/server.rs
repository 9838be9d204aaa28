//! The socket: who may connect, how many, and for how long.
//!
//! Binds to the loopback interface alone, under both of its addresses: whoever
//! asks `localhost` may come by either, and nobody else may sit at the other one.
//! Every connection ends with the server, and what was asked over it is cancelled.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
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
use crate::chat::ROOM_FOR_BODIES;
use crate::http::{Shared, router};
use crate::patient::Patient;

/// Connections at once.
const MOST_CONNECTIONS: usize = 512;
/// The head of a request, in bytes and in lines.
const LARGEST_HEAD: usize = 64 << 10;
const MOST_HEADERS: usize = 64;
/// Free ports that are tried until one is free in both protocols.
const FREE_PORTS: usize = 16;
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
    /// At the same port of the other protocol's loopback address, where the system has one.
    other: Option<TcpListener>,
    address: SocketAddr,
}

impl Server {
    /// Takes the port, so that others see who has it before anything is asked.
    ///
    /// # Errors
    /// `AddrNotAvailable` for an address that others could reach; `AddrInUse` where somebody
    /// has it under either address; else the system's.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::AddrNotAvailable,
                "programs are answered on this machine only: listen on 127.0.0.1 or [::1]",
            ));
        }
        for _ in 0..FREE_PORTS {
            let listener = TcpListener::bind(address).await?;
            let bound = listener.local_addr()?;
            match TcpListener::bind(SocketAddr::new(other_loopback(bound.ip()), bound.port())).await
            {
                Ok(other) => return Ok(Self { listener, other: Some(other), address: bound }),
                // A free port of one protocol need not be free in the other.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    if address.port() != 0 {
                        return Err(error);
                    }
                }
                // The system speaks one protocol only.
                Err(_) => return Ok(Self { listener, other: None, address: bound }),
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let Some(other) = &self.other else { return self.listener.accept().await };
        tokio::select! {
            entered = self.listener.accept() => entered,
            entered = other.accept() => entered,
        }
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
        let bodies = Semaphore::new(ROOM_FOR_BODIES);
        let shared = Arc::new(Shared { app, rules, gatekeeper, bodies });
        let service = TowerToHyperService::new(router(shared));
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = JoinSet::new();
        let mut end = std::pin::pin!(end);
        loop {
            let entering = async {
                // The semaphore is never closed.
                let place = Arc::clone(&places).acquire_owned().await.ok();
                (place, self.accept().await)
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

/// This machine's other name for itself.
fn other_loopback(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv4Addr::LOCALHOST.into(),
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
