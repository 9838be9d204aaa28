//! One attempt: send, wait, read, and say how it ended.
//!
//! Every wait ends by the answer, by a time limit or by cancellation, and
//! leaving this function closes the connection. Nothing is retried but a
//! request that met a kept connection just as the server closed it.

mod answer;
mod reader;
mod watch;

use std::io::ErrorKind;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::Finish;
use reqwest::Response;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use self::answer::Answer;
use self::watch::{Halt, Watch};
use crate::body::read_some;
use crate::call::Waiting;
use crate::dialect::Written;
use crate::error_body::ProviderError;
use crate::failure::{About, Trouble};
use crate::progress::Progress;
use crate::wire::{ConnectTimeout, Dial, Forbidden, Outgoing, Unnoted, Unresolved, cause};
use crate::{Call, CallError, Delta, Leaving, Pace};

/// The most that is read of an error's body, and for how long.
const LARGEST_ERROR: usize = 64 << 10;
/// A kept connection that was closing all along is found closed sooner than this.
const CLOSING: Duration = Duration::from_secs(1);
const ERROR_PATIENCE: Duration = Duration::from_secs(5);
/// A connection whose answer is read is kept for the next call, if it ends soon.
const DRAIN_PATIENCE: Duration = Duration::from_secs(1);
const DRAIN_LIMIT: usize = 16 << 10;

/// How an attempt ended.
pub(crate) type Ended = (Finish, Option<CallError>);

/// Everything an attempt needs but the request itself.
pub(crate) struct Attempt<'a> {
    pub(crate) call: &'a Call,
    pub(crate) client: reqwest::Client,
    pub(crate) about: About<'a>,
    pub(crate) cancel: CancellationToken,
    pub(crate) pace: Pace,
    pub(crate) leaving: Leaving,
}

impl Attempt<'_> {
    pub(crate) async fn run(
        self,
        written: Written,
        progress: &mut Progress,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Ended {
        let mut watch = Watch::new(self.call, progress.started, self.cancel.clone());
        sink(Delta::Waiting(Waiting::Provider));
        let response = match self.send(&written, progress, &mut watch, sink).await {
            Ok(response) => response,
            Err(Halt::Cancelled) => return (Finish::Stopped, None),
            Err(Halt::Trouble(trouble)) => return self.failed(&trouble),
        };
        if response.status().as_u16() != 200 {
            return self.turned_away(response, progress).await;
        }
        self.read(response, written.swallow_space, progress, &mut watch, sink).await
    }

    async fn send(
        &self,
        written: &Written,
        progress: &Progress,
        watch: &mut Watch,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Response, Halt> {
        let mut replayed = false;
        loop {
            let dial = Dial::new(self.call.timeouts.connect);
            let (left, leaving) = (progress.left.clone(), self.leaving.clone());
            let body = Outgoing::body(written.body.clone(), left, leaving);
            let request =
                self.client.post(written.url.clone()).headers(written.headers.clone()).body(body);
            let sending = Instant::now();
            let sent = watch.guard(dial.run(request.send()), sink).await?;
            let error = match sent {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let met_closing =
                dial.reused() && is_closed(&error) && cause::<Unnoted>(&error).is_none();
            let left = progress.left.load(Ordering::Acquire);
            // One that is closed later was closed over an answer, which may be billed.
            let at_once = !left || sending.elapsed() < CLOSING;
            if replayed || !met_closing || !at_once {
                return Err(Halt::Trouble(sending_trouble(&error, left)));
            }
            replayed = true;
        }
    }

    async fn turned_away(&self, mut response: Response, progress: &mut Progress) -> Ended {
        let status = response.status().as_u16();
        let reading = read_some(&mut response, LARGEST_ERROR, ERROR_PATIENCE);
        let body = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return (Finish::Stopped, None),
            body = reading => body,
        };
        progress.turned_away = true;
        let said = ProviderError::parse(&body);
        let error = self.about.stated(status, response.headers(), said.as_ref());
        let finish = match error.class {
            domain::FailureClass::ContentRefusal => Finish::Refused,
            _ => Finish::Failed,
        };
        (finish, Some(error))
    }

    async fn read(
        &self,
        mut response: Response,
        swallow_space: bool,
        progress: &mut Progress,
        watch: &mut Watch,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Ended {
        let mut answer = Answer::new(self.call, &self.about, response.headers(), swallow_space);
        loop {
            if !self.pace.has_room() {
                let whole = progress.started + self.call.timeouts.whole;
                tokio::select! {
                    biased;
                    () = self.cancel.cancelled() => return answer.cancelled(progress),
                    () = self.pace.room() => {}
                    () = sleep_until(whole) => return answer.halted(Trouble::TookTooLong, progress),
                }
                // Nobody listened meanwhile: that was not the provider's silence.
                watch.life();
            }
            let chunk = match watch.guard(response.chunk(), sink).await {
                Ok(chunk) => chunk,
                Err(Halt::Cancelled) => return answer.cancelled(progress),
                Err(Halt::Trouble(trouble)) => return answer.halted(trouble, progress),
            };
            let more = match chunk {
                Ok(Some(bytes)) => answer.take(&bytes, progress, watch, sink),
                Ok(None) => answer.end(progress, watch, sink),
                Err(_) => answer.broke_off(progress, watch, sink),
            };
            if let Some(ended) = more {
                if progress.transcript.closed {
                    keep_connection(response);
                }
                return ended;
            }
        }
    }

    fn failed(&self, trouble: &Trouble) -> Ended {
        (Finish::Failed, Some(self.about.error(trouble)))
    }
}

/// Reads the rest of a finished answer aside, so that the connection can be
/// used again; one that stays open is closed soon.
fn keep_connection(mut response: Response) {
    tokio::spawn(async move { read_some(&mut response, DRAIN_LIMIT, DRAIN_PATIENCE).await });
}

/// What an error while sending means; `left` says that the request had begun to leave.
pub(crate) fn sending_trouble(error: &reqwest::Error, left: bool) -> Trouble {
    if cause::<Unnoted>(error).is_some() {
        Trouble::Unnoted
    } else if cause::<Forbidden>(error).is_some() {
        Trouble::Forbidden
    } else if cause::<Unresolved>(error).is_some() {
        Trouble::Unresolved
    } else if cause::<ConnectTimeout>(error).is_some() {
        Trouble::ConnectTimeout
    } else if error.is_connect() {
        match cause::<std::io::Error>(error).map(std::io::Error::kind) {
            // TLS errors arrive wrapped in this kind.
            Some(ErrorKind::InvalidData | ErrorKind::Other) => Trouble::Insecure,
            _ => Trouble::Unreachable,
        }
    } else {
        Trouble::Reset { may_have_been_billed: left }
    }
}

/// True where the peer closed the connection before a byte of an answer.
fn is_closed(error: &reqwest::Error) -> bool {
    let by_kind = cause::<std::io::Error>(error).is_some_and(|error| {
        matches!(
            error.kind(),
            ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
                | ErrorKind::UnexpectedEof
        )
    });
    // hyper's own "connection closed before message completed".
    by_kind
        || (error.is_request() && !error.is_connect() && cause::<std::io::Error>(error).is_none())
}
