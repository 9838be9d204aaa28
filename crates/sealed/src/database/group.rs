//! Several queued writes in one transaction.
//!
//! Each runs in a savepoint of its own, so that one failing leaves the others;
//! all are answered after the one durable commit. If the commit fails, all
//! fail: nobody is told of a success that is not on disk. A savepoint copies
//! every page that is changed: one that is alone, or fails before it changes
//! anything, needs none.

use rusqlite::{Connection, Transaction, TransactionBehavior, ffi};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::oneshot;

use super::DatabaseError;
use super::counter::Counter;

/// What a closure gave, or the panic that ended it.
pub(super) type Answer<T, E> = std::thread::Result<Result<T, E>>;

/// When a write can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failing {
    /// At any time, and it alone is undone.
    Alone,
    /// Before it changes anything; else its whole transaction is undone.
    BeforeItWrites,
}

/// A queued write.
pub(super) trait Job: Send {
    /// When it can fail.
    fn failing(&self) -> Failing;
    /// Runs it; `true` if its work is to be kept.
    fn run(&mut self, tx: &Transaction<'_>) -> bool;
    /// Tells the caller; `lost` is why the work was undone although it went well.
    fn answer(self: Box<Self>, lost: Option<DatabaseError>);
}

/// A closure and the caller who waits for it.
pub(super) struct WriteJob<T, E, F> {
    work: Option<F>,
    failing: Failing,
    done: Option<Answer<T, E>>,
    to: oneshot::Sender<Answer<T, E>>,
}

impl<T, E, F> WriteJob<T, E, F> {
    pub(super) fn new(work: F, failing: Failing) -> (Self, oneshot::Receiver<Answer<T, E>>) {
        let (to, answer) = oneshot::channel();
        (Self { work: Some(work), failing, done: None, to }, answer)
    }
}

impl<T, E, F> Job for WriteJob<T, E, F>
where
    T: Send,
    E: From<DatabaseError> + Send,
    F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send,
{
    fn failing(&self) -> Failing {
        self.failing
    }

    fn run(&mut self, tx: &Transaction<'_>) -> bool {
        let Some(work) = self.work.take() else {
            return false;
        };
        let done = guarded(|| work(tx));
        let kept = matches!(done, Ok(Ok(_)));
        self.done = Some(done);
        kept
    }

    fn answer(self: Box<Self>, lost: Option<DatabaseError>) {
        let answer = match (self.done, lost) {
            (Some(Ok(Ok(_))) | None, Some(lost)) => Ok(Err(lost.into())),
            (Some(done), _) => done,
            (None, None) => Ok(Err(DatabaseError::Closed.into())),
        };
        // A caller who stopped waiting is told nothing.
        drop(self.to.send(answer));
    }
}

/// Runs `f`, keeping a panic from ending the thread.
pub(super) fn guarded<T>(f: impl FnOnce() -> T) -> std::thread::Result<T> {
    catch_unwind(AssertUnwindSafe(f))
}

/// Runs jobs from the front of `queue` in one transaction, stores the new counter in
/// `commits` if anything was committed, and answers those that ran.
pub(super) fn commit(
    connection: &mut Connection,
    counter: &Counter,
    commits: &AtomicU64,
    queue: &mut VecDeque<Box<dyn Job>>,
) {
    let mut ran = Vec::with_capacity(queue.len());
    let outcome = run_all(connection, counter, queue, &mut ran);
    // Before the answers: who was answered must see the counter of their own commit.
    if let Ok(Some(count)) = outcome {
        commits.store(count, Ordering::Release);
    }
    for job in ran {
        job.answer(outcome.as_ref().err().map(DatabaseError::again));
    }
}

fn run_all(
    connection: &mut Connection,
    counter: &Counter,
    queue: &mut VecDeque<Box<dyn Job>>,
    ran: &mut Vec<Box<dyn Job>>,
) -> Result<Option<u64>, DatabaseError> {
    let tx = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(tx) => tx,
        Err(error) => {
            ran.extend(queue.pop_front());
            return Err(error.into());
        }
    };
    let alone = queue.len() == 1;
    let mut kept = false;
    while let Some(job) = queue.pop_front() {
        ran.push(job);
        let Some(job) = ran.last_mut() else { break };
        let saved = !alone && job.failing() == Failing::Alone;
        if saved {
            tx.execute_batch("SAVEPOINT job")?;
        }
        let before = tx.total_changes();
        let keep = job.run(&tx);
        // SQLite ends the whole transaction by itself on a full disk or a failing one, and
        // those that went before go with it. Jobs still in the queue start afresh.
        if tx.is_autocommit() {
            return Err(undone());
        }
        if saved {
            tx.execute_batch(if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
        } else if !keep && tx.total_changes() != before {
            return Err(undone());
        }
        kept |= keep;
    }
    if !kept {
        tx.rollback()?;
        return Ok(None);
    }
    let commits = counter.raise(&tx)?;
    tx.commit()?;
    Ok(Some(commits))
}

/// "Abort due to rollback": the transaction went with another job's failure.
fn undone() -> DatabaseError {
    let code = ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK);
    rusqlite::Error::SqliteFailure(code, None).into()
}
