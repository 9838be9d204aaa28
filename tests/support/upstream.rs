//! A provider that does exactly what a script says, on a raw socket.
//!
//! Speaks just enough HTTP/1.1 to read requests; everything it answers comes
//! from scripts, so it can be cut, stalled or reset at any byte. It records
//! what was asked, on which connection, and when the client left. Delays are
//! gates that a test opens, never times.

mod gate;
mod play;
mod request;
mod script;

pub mod anthropic;
pub mod gemini;
pub mod openai;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use gate::Gate;
pub use request::Request;
pub use script::{Script, Step};

/// A running upstream; ends when dropped.
pub struct Upstream {
    address: SocketAddr,
    stage: Arc<Stage>,
    accepting: JoinHandle<()>,
}

/// What the connections share.
pub(crate) struct Stage {
    scripts: Mutex<Scripts>,
    records: watch::Sender<Vec<Arc<Record>>>,
    connections: AtomicU64,
}

/// Chooses a script by what is asked.
type Chooser = Arc<dyn Fn(&Request) -> Script + Send + Sync>;

struct Scripts {
    queue: VecDeque<Script>,
    usual: Script,
    chooser: Option<Chooser>,
    models: Script,
}

/// One request and what became of it.
pub struct Record {
    /// What was asked.
    pub request: Request,
    /// Counts connections from 0, in the order in which they were accepted.
    pub connection: u64,
    written: AtomicU64,
    left: Gate,
}

impl Upstream {
    /// An upstream that answers every question with `usual` and lists one
    /// model, `test-model`.
    ///
    /// # Panics
    /// Where no loopback port can be had.
    #[must_use = "it ends when dropped"]
    pub async fn start(usual: Script) -> Self {
        let bound = TcpListener::bind("127.0.0.1:0").await;
        let (listener, address) = match bound.and_then(|l| l.local_addr().map(|at| (l, at))) {
            Ok(listening) => listening,
            Err(error) => refuse_to_start(&error),
        };
        let scripts = Scripts {
            queue: VecDeque::new(),
            usual,
            chooser: None,
            models: openai::models(&["test-model"]),
        };
        let stage = Arc::new(Stage {
            scripts: Mutex::new(scripts),
            records: watch::Sender::new(Vec::new()),
            connections: AtomicU64::new(0),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&stage)));
        Self { address, stage, accepting }
    }

    /// `http://127.0.0.1:PORT/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next question is answered with `script`; several calls queue up.
    pub fn next(&self, script: Script) {
        self.stage.scripts().queue.push_back(script);
    }

    /// From now on questions are answered with `script` where none is queued.
    pub fn usually(&self, script: Script) {
        let mut scripts = self.stage.scripts();
        (scripts.usual, scripts.chooser) = (script, None);
    }

    /// From now on `choose` names the script of each question, where none is queued.
    pub fn choose(&self, choose: impl Fn(&Request) -> Script + Send + Sync + 'static) {
        self.stage.scripts().chooser = Some(Arc::new(choose));
    }

    /// What `GET …/models` is answered with.
    pub fn models(&self, script: Script) {
        self.stage.scripts().models = script;
    }

    /// Every request so far, in order of arrival.
    #[must_use]
    pub fn records(&self) -> Vec<Arc<Record>> {
        self.stage.records.borrow().clone()
    }

    /// The questions (`POST`) so far.
    #[must_use]
    pub fn questions(&self) -> Vec<Arc<Record>> {
        let records = self.records();
        records.into_iter().filter(|record| record.request.method == "POST").collect()
    }

    /// Waits for the request of that number, counted from 0.
    pub async fn record(&self, number: usize) -> Arc<Record> {
        let mut records = self.stage.records.subscribe();
        loop {
            if let Some(record) = records.borrow_and_update().get(number) {
                return Arc::clone(record);
            }
            if records.changed().await.is_err() {
                // The sender lives in `self`; this cannot be reached.
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Record {
    /// Bytes of the answer that the socket took so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// Waits until the client closed the connection of this request.
    pub async fn left(&self) {
        self.left.passed().await;
    }

    /// True where it has.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.left.is_open()
    }
}

impl Stage {
    fn scripts(&self) -> MutexGuard<'_, Scripts> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, request: Request, connection: u64) -> (Arc<Record>, Script) {
        let (script, chooser) = {
            let mut scripts = self.scripts();
            if request.method == "GET" {
                (Some(scripts.models.clone()), None)
            } else {
                (scripts.queue.pop_front(), scripts.chooser.clone())
            }
        };
        let chosen = script.or_else(|| chooser.map(|choose| choose(&request)));
        let script = chosen.unwrap_or_else(|| self.scripts().usual.clone());
        let record =
            Arc::new(Record { request, connection, written: AtomicU64::new(0), left: Gate::new() });
        self.records.send_modify(|records| records.push(Arc::clone(&record)));
        (record, script)
    }
}

async fn accept(listener: TcpListener, stage: Arc<Stage>) {
    while let Ok((socket, _)) = listener.accept().await {
        let number = stage.connections.fetch_add(1, Ordering::AcqRel);
        tokio::spawn(play::connection(socket, number, Arc::clone(&stage)));
    }
}

#[expect(clippy::panic, reason = "test support: without a port there is no test")]
fn refuse_to_start(error: &std::io::Error) -> ! {
    panic!("no loopback port: {error}")
}
