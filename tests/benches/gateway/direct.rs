//! The same call past the gateway: what the HTTP client alone takes.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use support::upstream::Upstream;

use crate::Outcome;
use crate::figures::now;

/// A bare client with kept connections.
pub(super) struct Direct {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
    body: Bytes,
}

impl Direct {
    pub(super) fn new(upstream: &Upstream) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let body = json!({
            "model": "test-model", "stream": true,
            "messages": [{ "role": "user", "content": "What is a tide?" }],
        });
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            url: format!("{}/chat/completions", upstream.base_url()),
            body: Bytes::from(body.to_string()),
        }
    }

    /// How long the first bytes of an answer take, and the whole.
    pub(super) async fn stages(&self) -> Outcome<(Duration, Duration)> {
        let start = now();
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(self.body.clone()))?;
        let mut answer = self.client.request(request).await?.into_body();
        let mut first = None;
        while let Some(frame) = answer.frame().await {
            frame?;
            first.get_or_insert_with(|| start.elapsed());
        }
        Ok((first.ok_or("the answer was empty")?, start.elapsed()))
    }
}
