//! The clock over an attempt: which limit applies now, and when it is over.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use domain::Dialect;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::call::Waiting;
use crate::failure::Trouble;
use crate::{Call, Delta, Timeouts};

/// After the provider said how the answer ended, this long for usage and goodbye.
const AFTERTHOUGHT: Duration = Duration::from_secs(5);

/// Why waiting ended without what was waited for.
#[derive(Debug)]
pub(super) enum Halt {
    Cancelled,
    Trouble(Trouble),
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Headers,
    FirstToken,
    Tokens,
    Goodbye,
}

pub(super) struct Watch {
    timeouts: Timeouts,
    started: Instant,
    /// The last sign of life.
    alive: Instant,
    stage: Stage,
    loading_notice: Option<Instant>,
    cancel: CancellationToken,
}

impl Watch {
    pub(super) fn new(call: &Call, started: Instant, cancel: CancellationToken) -> Self {
        let loads = call.endpoint.local_allowed || call.endpoint.dialect == Dialect::BuiltIn;
        Self {
            timeouts: call.timeouts,
            started,
            alive: started,
            stage: Stage::Headers,
            loading_notice: loads.then(|| started + call.timeouts.loading_notice),
            cancel,
        }
    }

    /// Waits for `wanted` as long as the stage allows.
    pub(super) async fn guard<T>(
        &mut self,
        wanted: impl Future<Output = T>,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<T, Halt> {
        let cancel = self.cancel.clone();
        let mut cancelled = pin!(cancel.cancelled());
        let mut wanted = pin!(wanted);
        let (deadline, trouble) = self.deadline();
        loop {
            let notice = self.loading_notice.filter(|at| *at < deadline);
            let wake = notice.unwrap_or(deadline);
            tokio::select! {
                biased;
                () = &mut cancelled => return Err(Halt::Cancelled),
                arrived = &mut wanted => {
                    if self.stage == Stage::Headers {
                        self.stage = Stage::FirstToken;
                    }
                    return Ok(arrived);
                }
                () = sleep_until(wake) => {}
            }
            if notice.is_none() {
                return Err(Halt::Trouble(trouble));
            }
            self.loading_notice = None;
            sink(Delta::Waiting(Waiting::LoadingModel));
        }
    }

    /// A token arrived.
    pub(super) fn token(&mut self) {
        self.alive = Instant::now();
        self.loading_notice = None;
        if self.stage != Stage::Goodbye {
            self.stage = Stage::Tokens;
        }
    }

    /// The model works on something that is not shown.
    pub(super) fn life(&mut self) {
        self.alive = Instant::now();
    }

    /// The provider said how the answer ended.
    pub(super) fn ending(&mut self) {
        if self.stage != Stage::Goodbye {
            self.alive = Instant::now();
            self.stage = Stage::Goodbye;
        }
    }

    fn deadline(&self) -> (Instant, Trouble) {
        let limits = &self.timeouts;
        let (at, trouble) = match self.stage {
            Stage::Headers => (self.started + limits.headers, Trouble::NoHeaders),
            Stage::FirstToken => (self.started + limits.first_token, Trouble::NoFirstToken),
            Stage::Tokens => (self.alive + limits.stall, Trouble::Stalled),
            Stage::Goodbye => (self.alive + limits.stall.min(AFTERTHOUGHT), Trouble::Stalled),
        };
        let whole = self.started + limits.whole;
        if whole < at { (whole, Trouble::TookTooLong) } else { (at, trouble) }
    }
}
