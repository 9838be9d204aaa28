//! Reading a body that may be endless, slow or hostile.

use std::time::Duration;

use reqwest::Response;
use tokio::time::{Instant, timeout_at};

/// At most `limit` bytes of the body, taking at most `time`. Whatever arrived
/// by then is returned; an error's body is worth no more trouble.
pub(crate) async fn read_some(response: &mut Response, limit: usize, time: Duration) -> Vec<u8> {
    let deadline = Instant::now() + time;
    let mut body = Vec::new();
    while let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await {
        let room = limit.saturating_sub(body.len());
        body.extend(chunk.iter().take(room));
        if body.len() >= limit {
            break;
        }
    }
    body
}

/// The whole body, or none where it is larger than `limit`, too slow or broken.
pub(crate) async fn read_whole(
    response: &mut Response,
    limit: usize,
    time: Duration,
) -> Option<Vec<u8>> {
    let deadline = Instant::now() + time;
    let mut body = Vec::new();
    while let Some(chunk) = timeout_at(deadline, response.chunk()).await.ok()?.ok()? {
        if body.len() + chunk.len() > limit {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}
