//! The threads that own a database's connections.
//!
//! Writes and maintenance queue at one writer, reads at a small pool. A
//! database in memory has one connection, so its reads queue at the writer.

use rusqlite::{Connection, TransactionBehavior};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::DatabaseError;
use super::counter::Counter;
use super::group::{self, Job};

/// Work on a connection that answers for itself.
pub(super) type Errand = Box<dyn FnOnce(&Connection) + Send>;

/// At most so many writes share a commit.
const GROUP: usize = 64;

enum Order {
    Write(Box<dyn Job>),
    Read(Errand),
    Maintain(Errand),
    End,
}

/// The running threads of one database.
pub(super) struct Threads {
    writer: Sender<Order>,
    readers: Sender<Order>,
    counter: Arc<AtomicU64>,
    /// Readers first, the writer last: the last connection to close folds the log in.
    handles: Mutex<Vec<JoinHandle<()>>>,
    in_memory: bool,
}

impl Threads {
    /// Starts the writer, and a reader for each connection in `readers`.
    pub(super) fn start(
        writer: Connection,
        counter: Counter,
        readers: Vec<Connection>,
    ) -> Result<Self, DatabaseError> {
        let commits = Arc::new(AtomicU64::new(counter.read(&writer)?));
        let (to_writer, orders) = channel();
        let (to_readers, reads) = channel();
        let in_memory = readers.is_empty();
        let threads = Self {
            writer: to_writer,
            readers: to_readers,
            counter: Arc::clone(&commits),
            handles: Mutex::new(Vec::new()),
            in_memory,
        };
        let reads = Arc::new(Mutex::new(reads));
        for connection in readers {
            let reads = Arc::clone(&reads);
            threads.spawn("database reader", move || read_all(connection, &reads))?;
        }
        threads.spawn("database writer", move || {
            write_all(writer, &counter, &orders, &commits);
        })?;
        Ok(threads)
    }

    fn spawn(&self, name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), DatabaseError> {
        let handle = std::thread::Builder::new().name(name.to_owned()).spawn(body)?;
        self.handles.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
        Ok(())
    }

    // A closed channel drops the order, and with it the caller's sender: they hear `Closed`.

    pub(super) fn write(&self, job: Box<dyn Job>) {
        drop(self.writer.send(Order::Write(job)));
    }

    pub(super) fn read(&self, errand: Errand) {
        let to = if self.in_memory { &self.writer } else { &self.readers };
        drop(to.send(Order::Read(errand)));
    }

    pub(super) fn maintain(&self, errand: Errand) {
        drop(self.writer.send(Order::Maintain(errand)));
    }

    pub(super) fn counter(&self) -> u64 {
        self.counter.load(Ordering::Acquire)
    }

    pub(super) fn is_in_memory(&self) -> bool {
        self.in_memory
    }

    /// Lets the threads finish what is queued, closes the connections and joins.
    pub(super) fn end(&self) {
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        // Whichever reader comes first takes an end: all are sent before any is joined.
        handles.iter().for_each(|_| drop(self.readers.send(Order::End)));
        let last = handles.len().saturating_sub(1);
        for (place, handle) in handles.drain(..).enumerate() {
            if place == last {
                drop(self.writer.send(Order::End));
            }
            // The last owner may be a closure on this very thread.
            if handle.thread().id() != std::thread::current().id() && handle.join().is_err() {
                tracing::error!("a database thread ended in a panic");
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs `f` in a read transaction: one snapshot from its first query to its last.
pub(super) fn snapshot<T, E: From<DatabaseError>>(
    connection: &Connection,
    f: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let tx = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Deferred)
        .map_err(|error| E::from(error.into()))?;
    f(&tx)
}

fn read_all(connection: Connection, orders: &Mutex<Receiver<Order>>) {
    loop {
        let order = orders.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match order {
            Ok(Order::Read(errand)) => errand(&connection),
            Ok(Order::Write(_) | Order::Maintain(_)) => {}
            Ok(Order::End) | Err(_) => break,
        }
    }
    close(connection);
}

fn write_all(
    mut connection: Connection,
    counter: &Counter,
    orders: &Receiver<Order>,
    commits: &AtomicU64,
) {
    let mut jobs: VecDeque<Box<dyn Job>> = VecDeque::new();
    let mut next = None;
    loop {
        match next.take().map_or_else(|| orders.recv().ok(), Some) {
            Some(Order::Write(job)) => {
                jobs.push_back(job);
                next = gather(&mut jobs, orders);
                while !jobs.is_empty() {
                    group::commit(&mut connection, counter, commits, &mut jobs);
                }
            }
            Some(Order::Read(errand)) => read_here(&connection, errand),
            Some(Order::Maintain(errand)) => errand(&connection),
            Some(Order::End) | None => break,
        }
    }
    close(connection);
}

/// Takes the writes that are already waiting, up to the first other order, which is returned.
fn gather(jobs: &mut VecDeque<Box<dyn Job>>, orders: &Receiver<Order>) -> Option<Order> {
    while jobs.len() < GROUP {
        match orders.try_recv() {
            Ok(Order::Write(job)) => jobs.push_back(job),
            Ok(other) => return Some(other),
            Err(_) => break,
        }
    }
    None
}

/// A read on the writer's connection, which for its length refuses to write.
fn read_here(connection: &Connection, errand: Errand) {
    let guard = |on: bool| connection.pragma_update(None, "query_only", on);
    if let Err(error) = guard(true) {
        tracing::error!(%error, "a read was dropped: the connection could not be guarded");
        return;
    }
    errand(connection);
    if let Err(error) = guard(false) {
        tracing::error!(%error, "the connection stays read-only");
    }
}

fn close(connection: Connection) {
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "a database connection did not close cleanly");
    }
}
