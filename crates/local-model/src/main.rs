//! `carrel-local-model --model FILE [--threads N] [--context N]`
//!
//! Reads a bearer token as the first line of standard input, prints one JSON
//! line when it is ready (or why it is not, and exits with 1), and serves
//! `GET /v1/models` and `POST /v1/chat/completions` on a free port of
//! 127.0.0.1 until standard input closes.

use std::future::IntoFuture;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::available_parallelism;

use axum::serve::ListenerExt;
use clap::Parser;
use local_model::decoder::Decoder;
use local_model::generate::Model;
use local_model::http::{Server, router};
use local_model::queue::{self, Inbox, Queue};
use local_model::startup::{self, Ready, StartupError};
use local_model::weights::Weights;
use local_model::{cpu, parent};
use tokio::sync::oneshot;

/// Runs one GGUF model behind an OpenAI-compatible port of this machine.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The model, any GGUF file that llama.cpp can run
    #[arg(long)]
    model: PathBuf,
    /// Processor threads; all cores but one unless told
    #[arg(long)]
    threads: Option<usize>,
    /// Tokens the model reads at once, where it was trained for that many
    #[arg(long, default_value_t = 4096)]
    context: u32,
}

fn main() -> ExitCode {
    residue::hide_panic_texts();
    residue::wipe_freed_memory();
    match residue::forbid_core_dumps().map_err(failed).and_then(|()| run(&Options::parse())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a standard output there is nobody left to tell.
            drop(startup::complain(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), StartupError> {
    let lacking = cpu::missing_features();
    if !lacking.is_empty() {
        return Err(StartupError::UnsupportedCpu(lacking.join(", ")));
    }
    let token = parent::read_token(&mut std::io::stdin().lock())?;
    let gone = parent::watch();
    let weights = Arc::new(Weights::load(&options.model, options.context)?);
    let queue = start_decoder(Arc::clone(&weights), options.threads.unwrap_or_else(spare_one))?;
    // One thread is enough for a handful of requests; the cores belong to the model.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(failed)?.block_on(serve(weights, queue, token, gone))
}

/// A busy machine slows a model that takes every core to a crawl: 13 instead of 74 tokens a second.
fn spare_one() -> usize {
    available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

/// The decoder borrows the weights, so it is made on the thread that keeps both.
fn start_decoder(weights: Arc<Weights>, threads: usize) -> Result<Queue, StartupError> {
    let (queue, inbox) = queue::open();
    let (started, outcome) = std::sync::mpsc::channel();
    std::thread::spawn(move || decode(&weights, threads, inbox, &started));
    outcome.recv().map_err(failed)??;
    Ok(queue)
}

fn decode(
    weights: &Weights,
    threads: usize,
    inbox: Inbox,
    started: &std::sync::mpsc::Sender<Result<(), StartupError>>,
) {
    // Whoever started this thread waits for the outcome.
    match Decoder::new(weights, threads) {
        Ok(mut decoder) => {
            drop(started.send(Ok(())));
            inbox.serve(&mut decoder);
        }
        Err(error) => drop(started.send(Err(error))),
    }
}

async fn serve(
    weights: Arc<Weights>,
    queue: Queue,
    token: String,
    gone: oneshot::Receiver<()>,
) -> Result<(), StartupError> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let name = weights.name().to_owned();
    let ready = Ready { port, model: &name, context: weights.context() };
    startup::announce(&ready).map_err(failed)?;
    // Without TCP_NODELAY a token can wait 44 ms for the one before it.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let server = axum::serve(listener, router(Server::new(weights, queue, token)));
    tokio::select! {
        served = server.into_future() => served.map_err(failed),
        _ = gone => Ok(()),
    }
}

fn failed(error: impl std::fmt::Display) -> StartupError {
    StartupError::Failed(error.to_string())
}
