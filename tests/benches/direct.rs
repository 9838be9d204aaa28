//! A question with nothing but an HTTP client: what the way itself takes.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use memchr::memmem;
use serde_json::json;
use support::upstream::Upstream;

use crate::Outcome;
use crate::figures::now;

/// What every measured answer says.
pub(crate) const ANSWER: &str = "Flood and ebb.";

/// A bare client with kept connections.
pub(crate) struct Direct {
    client: Client<HttpConnector, Full<Bytes>>,
    url: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Direct {
    /// Asks the upstream itself.
    ///
    /// # Errors
    /// Where its address is none.
    pub(crate) fn new(upstream: &Upstream) -> Outcome<Self> {
        Self::to(&upstream.base_url(), "test-model")
    }

    /// Asks whoever answers at `base_url`, for this model.
    ///
    /// # Errors
    /// Where that is no address.
    pub(crate) fn to(base_url: &str, model: &str) -> Outcome<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let body = json!({
            "model": model, "stream": true,
            "messages": [{ "role": "user", "content": "What is a tide?" }],
        });
        let json = HeaderValue::from_static("application/json");
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            url: format!("{base_url}/chat/completions").parse()?,
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, json)]),
            body: Bytes::from(body.to_string()),
        })
    }

    /// With one more header.
    ///
    /// # Errors
    /// Where the value cannot be sent.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Outcome<Self> {
        self.headers.insert(name, value.parse()?);
        Ok(self)
    }

    /// How long the first bytes of an answer take, and the whole.
    ///
    /// # Errors
    /// Where anything but the whole answer came.
    pub(crate) async fn stages(&self) -> Outcome<(Duration, Duration)> {
        let start = now();
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.url.clone())
            .body(Full::new(self.body.clone()))?;
        request.headers_mut().extend(self.headers.clone());
        let answer = self.client.request(request).await?;
        let status = answer.status();
        let (mut body, mut first, mut said) = (answer.into_body(), None, Vec::new());
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                first.get_or_insert_with(|| start.elapsed());
                said.extend_from_slice(&data);
            }
        }
        let whole = start.elapsed();
        if status != StatusCode::OK || memmem::find(&said, ANSWER.as_bytes()).is_none() {
            return Err(format!("not the answer: {status} {}", said.escape_ascii()).into());
        }
        Ok((first.ok_or("the answer was empty")?, whole))
    }
}
