//! The HTTP clients: what they may reach, and what they must never do.
//!
//! No redirects (a key must not travel on), no retries, no proxies, no
//! cookies. One client for each reach, because a pooled connection carries
//! the judgement under which it was opened.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tower_layer::Layer;
use tower_service::Service;

use crate::Leaving;
use crate::address::Reach;
use crate::gateway::Lookup;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The clients, made when first needed: reading the system's certificates takes milliseconds.
pub(crate) struct Clients {
    lookup: Lookup,
    by_reach: Mutex<[Option<reqwest::Client>; Reach::ALL.len()]>,
}

impl Clients {
    pub(crate) fn new(lookup: Lookup) -> Self {
        Self { lookup, by_reach: Mutex::default() }
    }

    pub(crate) fn get(&self, reach: Reach) -> Result<reqwest::Client, reqwest::Error> {
        let mut made = self.by_reach.lock().unwrap_or_else(PoisonError::into_inner);
        let place = made.iter_mut().zip(Reach::ALL).find(|(_, known)| *known == reach);
        if let Some((Some(client), _)) = place {
            return Ok(client.clone());
        }
        let client = build(reach, self.lookup.clone())?;
        if let Some((cell, _)) = place {
            *cell = Some(client.clone());
        }
        Ok(client)
    }

    /// Lets go of all clients; calls under way keep theirs to their end.
    pub(crate) fn forget(&self) {
        *self.by_reach.lock().unwrap_or_else(PoisonError::into_inner) = Default::default();
    }
}

fn build(reach: Reach, lookup: Lookup) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(concat!("Carrel/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .tcp_nodelay(true)
        .dns_resolver(Arc::new(Judge { reach, lookup }))
        .connector_layer(DialLayer)
        .build()
}

/// Resolves names and lets only permitted addresses through.
struct Judge {
    reach: Reach,
    lookup: Lookup,
}

/// A name resolved to nothing that may be called.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not allowed")]
pub(crate) struct Forbidden;

/// A name that does not resolve.
#[derive(Debug, thiserror::Error)]
#[error("the name does not resolve")]
pub(crate) struct Unresolved;

impl Resolve for Judge {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, found) = (self.reach, (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move {
            let all = found.await.map_err(|_| Box::new(Unresolved) as BoxError)?;
            if all.is_empty() {
                return Err(Box::new(Unresolved) as BoxError);
            }
            let allowed: Vec<SocketAddr> = all
                .into_iter()
                .filter(|ip| reach.permits(*ip))
                .map(|ip| SocketAddr::new(ip, 0))
                .collect();
            if allowed.is_empty() {
                return Err(Box::new(Forbidden) as BoxError);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// The system's name lookup.
pub(crate) async fn system_lookup(name: String) -> std::io::Result<Vec<IpAddr>> {
    let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

tokio::task_local! {
    static DIAL: Arc<Dial>;
}

/// How one request gets its connection.
#[derive(Debug)]
pub(crate) struct Dial {
    timeout: Duration,
    dialled: AtomicBool,
}

impl Dial {
    pub(crate) fn new(timeout: Duration) -> Arc<Self> {
        Arc::new(Self { timeout, dialled: AtomicBool::new(false) })
    }

    /// True where no connection was asked for: the request went out on a kept one.
    pub(crate) fn reused(&self) -> bool {
        !self.dialled.load(Ordering::Acquire)
    }

    /// Runs `sending` with this dial in charge of its connection.
    pub(crate) fn run<F: Future>(self: &Arc<Self>, sending: F) -> impl Future<Output = F::Output> {
        DIAL.scope(self.clone(), sending)
    }
}

/// The connection was not made in time.
#[derive(Debug, thiserror::Error)]
#[error("no connection in time")]
pub(crate) struct ConnectTimeout;

#[derive(Clone)]
struct DialLayer;

#[derive(Clone)]
struct Dialler<S>(S);

impl<S> Layer<S> for DialLayer {
    type Service = Dialler<S>;
    fn layer(&self, inner: S) -> Dialler<S> {
        Dialler(inner)
    }
}

impl<S, R> Service<R> for Dialler<S>
where
    S: Service<R, Error = BoxError>,
    S::Response: 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, target: R) -> Self::Future {
        const UNASKED: Duration = Duration::from_secs(10);
        let dial = DIAL.try_with(Arc::clone).ok();
        if let Some(dial) = &dial {
            dial.dialled.store(true, Ordering::Release);
        }
        let limit = dial.map_or(UNASKED, |dial| dial.timeout);
        let connecting = self.0.call(target);
        Box::pin(async move {
            match tokio::time::timeout(limit, connecting).await {
                Ok(connected) => connected,
                Err(_) => Err(Box::new(ConnectTimeout) as BoxError),
            }
        })
    }
}

/// That a request leaves could not be noted; so it did not.
#[derive(Debug, thiserror::Error)]
#[error("the departure could not be noted")]
pub(crate) struct Unnoted;

/// A request body that notes when it begins to leave.
pub(crate) struct Outgoing {
    bytes: Option<Bytes>,
    left: Arc<AtomicBool>,
    leaving: Leaving,
}

impl Outgoing {
    pub(crate) fn body(bytes: Bytes, left: Arc<AtomicBool>, leaving: Leaving) -> reqwest::Body {
        reqwest::Body::wrap(Self { bytes: Some(bytes), left, leaving })
    }

    /// Notes the departure, once; a request that is sent again has left already.
    fn depart(&self) -> Result<(), Unnoted> {
        if !self.left.load(Ordering::Acquire) {
            self.leaving.note().map_err(|error| {
                tracing::error!(kind = ?error.kind(), "a departure could not be noted");
                Unnoted
            })?;
            self.left.store(true, Ordering::Release);
        }
        Ok(())
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Unnoted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Unnoted>>> {
        let Some(bytes) = self.bytes.take() else { return Poll::Ready(None) };
        Poll::Ready(Some(self.depart().map(|()| Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// The first cause of kind `E` below an error.
pub(crate) fn cause<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        at = error.source();
    }
    None
}
