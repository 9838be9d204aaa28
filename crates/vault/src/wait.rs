//! Futures without a runtime: wait for one here, or start one and leave it.
//!
//! A database answers from its own threads and enqueues its work when first
//! polled, so neither needs an executor.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks this thread until `future` is done.
pub(crate) fn until<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Has the database begin with `future`, whose answer nobody needs.
pub(crate) fn start<T>(future: impl Future<Output = T>) {
    let mut future = pin!(future);
    // Ready at once or not: it was enqueued, and runs although nobody waits.
    let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}
