//! How long a program's questions may take, and how much is done for them.

use std::time::Duration;

use gateway::{Effort, Route};

/// What differs from a question in a window; none stays as it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Name lookup, TCP and TLS together.
    pub connect: Option<Duration>,
    /// From sending to the response headers.
    pub headers: Option<Duration>,
    /// From sending to the first token.
    pub first_token: Option<Duration>,
    /// Between two tokens.
    pub stall: Option<Duration>,
    /// One call, from sending to its end.
    pub whole: Option<Duration>,
    /// Calls over retries and fallbacks together.
    pub tries: Option<u32>,
    /// From the question to the end of the answer.
    pub deadline: Option<Duration>,
    /// A longer pause is not waited for.
    pub longest_wait: Option<Duration>,
}

impl Manner {
    /// Has the route's candidates keep to it.
    pub(crate) fn hold(&self, route: &mut Route) {
        let lists = [&mut route.candidates, &mut route.on_overflow, &mut route.on_refusal];
        for candidate in lists.into_iter().flatten() {
            let limits = &mut candidate.timeouts;
            limits.connect = self.connect.unwrap_or(limits.connect);
            limits.headers = self.headers.unwrap_or(limits.headers);
            limits.first_token = self.first_token.unwrap_or(limits.first_token);
            limits.stall = self.stall.unwrap_or(limits.stall);
            limits.whole = self.whole.unwrap_or(limits.whole);
        }
    }

    /// The effort in the place of the usual one.
    pub(crate) fn effort(&self, usual: Effort) -> Effort {
        Effort {
            tries: self.tries.unwrap_or(usual.tries),
            deadline: self.deadline.unwrap_or(usual.deadline),
            longest_wait: self.longest_wait.unwrap_or(usual.longest_wait),
        }
    }
}
