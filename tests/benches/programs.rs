//! The programs as they are built in release: their sizes, what they hold in
//! memory, and how fast the built-in model writes.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use support::desktop::{models_dir, target_dir};
use support::people::{Carrel, PASSPHRASE};
use support::upstream::openai::openai_stream_held;
use support::upstream::{Gate, Upstream};

use crate::Outcome;
use crate::figures::{Figure, Samples, Sheet, now};
use crate::held::{Held, missing};

const PROGRAMS: [&str; 3] = ["carrel-desktop", "carrel", "carrel-local-model"];
const SIDECAR: &str = "carrel-local-model";
/// Guards a port that only this bench knows.
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// Whose memory it is, in the table.
const COMMAND_LINE: &str = "command line";
const MODEL: &str = "built-in model";
const ANSWERS: usize = 5;
const LONGEST: usize = 200;

pub(crate) async fn measure(sheet: &mut Sheet) -> Outcome {
    for program in PROGRAMS {
        let figure = match std::fs::metadata(app().join(program)) {
            Ok(file) => Figure::one(&size_of(program), "MB", megabytes(file.len()))
                .note("release, stripped; with all it links statically"),
            Err(error) => Figure::missing(&size_of(program), "MB", &format!("not built: {error}")),
        };
        sheet.add(&figure)?;
    }
    tokio::task::spawn_blocking(built_in_model)
        .await??
        .iter()
        .try_for_each(|row| sheet.add(row))?;
    Ok(sheet.add(&command_line().await?)?)
}

/// `carrel ask` over a new desk, in the middle of its answer.
async fn command_line() -> Outcome<Figure> {
    let program = app().join("carrel");
    if !program.is_file() {
        return Ok(missing(COMMAND_LINE, "`carrel` is not built"));
    }
    let folder = tempfile::tempdir()?;
    let gate = Gate::new();
    let upstream = Upstream::start(openai_stream_held(&["One"], &gate, &["two"])).await;
    let carrel = Carrel::start(folder.path()).await;
    carrel.first_run().await.add_provider(&upstream.base_url()).await;
    carrel.app.close().await;
    let mut asking = Command::new(program)
        .args(["ask", "--passphrase-fd", "0", "Why?"])
        .env("CARREL_DATA_DIR", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    asking.stdin.take().ok_or("no pipe to it")?.write_all(PASSPHRASE.as_bytes())?;
    let mut said = asking.stdout.take().ok_or("no pipe from it")?;
    // Its first word: the desk is open and the answer on its way.
    std::io::Read::read_exact(&mut said, &mut [0; 3])?;
    let held = Held::of(asking.id());
    gate.open();
    asking.wait()?;
    Ok(held?.figure(COMMAND_LINE, "while an answer arrives"))
}

fn size_of(program: &str) -> String {
    format!("size of {program}")
}

/// The folder of the application in release.
pub(crate) fn app() -> PathBuf {
    let named = std::env::var_os("CARREL_BENCH_APP").map(PathBuf::from);
    named.unwrap_or_else(|| target_dir().join("release"))
}

fn built_in_model() -> Outcome<Vec<Figure>> {
    let (load, first, speed) =
        ("built-in model: start", "built-in model: first token", "built-in model: writing");
    let weights = models_dir().join(engine::WEIGHTS_FILE);
    if !weights.is_file() {
        let why = "the weights are not here (`cargo xtask weights`)";
        return Ok(vec![
            Figure::missing(load, "ms", why),
            Figure::missing(first, "ms", why),
            Figure::missing(speed, "tokens/s", why),
            missing(MODEL, why),
        ]);
    }
    let (mut loading, mut waiting, mut speeds) =
        (Samples::default(), Samples::default(), Samples::default());
    let mut held = None;
    for answer in 0..ANSWERS {
        let (sidecar, took) = Sidecar::start(&weights)?;
        loading.push_ms(took);
        let answer = sidecar.answer(answer)?;
        waiting.push_ms(answer.waited);
        speeds.push(answer.tokens_per_second);
        held = Some(Held::of(sidecar.process.id())?);
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let note = format!(
        "{} with {threads} cores, {ANSWERS} answers of up to {LONGEST} tokens to a question of a line",
        engine::BUILT_IN_LABEL
    );
    Ok(vec![
        Figure::of(load, "ms", &loading).note("process start to ready, weights in the page cache"),
        Figure::of(first, "ms", &waiting).note("from the request; reads the question first"),
        Figure::of(speed, "tokens/s", &speeds)
            .tail(speeds.quantile(0.05))
            .note(&format!("{note}; p95: the slow end")),
        held.map_or_else(
            || missing(MODEL, "no answer was written"),
            |held| held.figure(MODEL, "after an answer, the weights' pages among it"),
        ),
    ])
}

/// The running sidecar, and the pipe that keeps it alive.
struct Sidecar {
    process: Child,
    _stdin: ChildStdin,
    port: u16,
}

struct Answer {
    waited: Duration,
    tokens_per_second: f64,
}

impl Sidecar {
    fn start(weights: &Path) -> Outcome<(Self, Duration)> {
        let start = now();
        let mut process = Command::new(app().join(SIDECAR))
            .arg("--model")
            .arg(weights)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut stdin = process.stdin.take().ok_or("no pipe to the sidecar")?;
        writeln!(stdin, "{TOKEN}")?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("no pipe from the sidecar")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let took = start.elapsed();
        let said: Value = serde_json::from_str(&line)?;
        let port = said["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        let port = port.ok_or_else(|| format!("the sidecar did not start: {said}"))?;
        Ok((Self { process, _stdin: stdin, port }, took))
    }

    /// Has one question answered; `seed` makes each answer another one.
    fn answer(&self, seed: usize) -> Outcome<Answer> {
        let question = "Tell a long story about a lighthouse keeper and the tide.";
        let body = json!({
            "messages": [{ "role": "user", "content": question }],
            "stream": true, "stream_options": { "include_usage": true },
            "max_tokens": LONGEST, "seed": seed,
        })
        .to_string();
        let mut socket = TcpStream::connect(("127.0.0.1", self.port))?;
        socket.set_nodelay(true)?;
        let start = now();
        write!(
            socket,
            "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {TOKEN}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )?;
        let (mut first, mut last, mut tokens) = (None, None, None);
        for line in BufReader::new(socket).lines() {
            let line = line?;
            let Some(event) = line.strip_prefix("data: ").filter(|event| *event != "[DONE]") else {
                continue;
            };
            let event: Value = serde_json::from_str(event)?;
            if event["choices"][0]["delta"]["content"].as_str().is_some_and(|text| !text.is_empty())
            {
                last = Some(start.elapsed());
                first = first.or(last);
            }
            tokens = event["usage"]["completion_tokens"].as_f64().or(tokens);
        }
        let (Some(first), Some(last), Some(tokens)) = (first, last, tokens) else {
            return Err("the built-in model did not answer".into());
        };
        let tokens_per_second = (tokens - 1.0) / (last - first).as_secs_f64();
        Ok(Answer { waited: first, tokens_per_second })
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
