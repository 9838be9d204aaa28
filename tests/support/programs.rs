//! A person's own program: speaks HTTP over a bare socket, byte by byte.
//!
//! What official clients would never send can be sent, and every byte that
//! comes back can be looked at.

use std::net::SocketAddr;
use std::time::Duration;

use domain::DataClass;
use endpoint::{Rules, Server};
use engine::api::{MadeProgram, MakeProgram};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::people::{Carrel, Person};

/// The token of the program in every test.
pub const TOKEN: &str = "carrel-test-token-0123456789abcdef";

/// A port that answers programs; closed when dropped.
pub struct Port {
    /// Where it listens.
    pub address: SocketAddr,
    /// What is shown; good by default.
    pub token: String,
    end: CancellationToken,
    running: JoinHandle<()>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Without its framing.
    pub body: Vec<u8>,
}

impl Port {
    /// Opens a port over `carrel`, and lets a program with `TOKEN` ask through the desk of
    /// `person`.
    ///
    /// # Panics
    /// Where that is refused.
    pub async fn open(carrel: &Carrel, person: &Person) -> Self {
        carrel.app.let_in(&person.window, "notes", TOKEN).expect("the program is let in");
        Self::open_with(carrel, Rules { keep_alive: true, ..Rules::default() }).await
    }

    /// Opens a port for a program whose questions have this class.
    ///
    /// # Panics
    /// Where the program is not let in.
    pub async fn open_as(carrel: &Carrel, person: &Person, class: DataClass) -> Self {
        let wanted = MakeProgram { name: "notes".to_owned(), class };
        let made: MadeProgram = person.ok("make_program", &wanted).await;
        let mut port = Self::open_with(carrel, Rules::default()).await;
        port.token = made.token;
        port
    }

    /// Opens a port by these rules; nobody is let in.
    ///
    /// # Panics
    /// Where there is no port.
    pub async fn open_with(carrel: &Carrel, rules: Rules) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(any).await.expect("a loopback port");
        let (address, end) = (server.address(), CancellationToken::new());
        let (app, until) = (carrel.app.clone(), end.clone());
        let running = tokio::spawn(async move { server.run(app, rules, until.cancelled()).await });
        Self { address, token: TOKEN.to_owned(), end, running }
    }

    /// A port that another process answers.
    #[must_use]
    pub fn elsewhere(address: SocketAddr, token: &str) -> Self {
        let end = CancellationToken::new();
        Self { address, token: token.to_owned(), end, running: tokio::spawn(async {}) }
    }

    /// Ends the server and waits for it.
    ///
    /// # Panics
    /// Where the server did.
    pub async fn close(mut self) {
        self.end.cancel();
        (&mut self.running).await.expect("it ends");
    }

    /// A connection to it.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("it listens")
    }

    /// The bytes of a request with the usual head.
    #[must_use]
    pub fn request(&self, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.address,
            self.token,
            body.len()
        );
        [head.as_bytes(), body].concat()
    }

    /// Sends these bytes on a connection of their own and reads the answer.
    ///
    /// # Panics
    /// Where none comes.
    pub async fn send(&self, bytes: &[u8]) -> Reply {
        let mut socket = self.connect().await;
        // A server that has seen enough may close before it has read everything.
        let _ = socket.write_all(bytes).await;
        Reply::read(&mut socket).await.expect("an answer")
    }

    /// Gets `path`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(&self.request("GET", path, b"")).await
    }

    /// Asks `/v1/chat/completions`.
    pub async fn ask(&self, body: &Value) -> Reply {
        self.send(&self.question(body)).await
    }

    /// The bytes of that.
    #[must_use]
    pub fn question(&self, body: &Value) -> Vec<u8> {
        self.request("POST", "/v1/chat/completions", body.to_string().as_bytes())
    }

    /// Asks, and leaves the answer unread.
    ///
    /// # Panics
    /// Where it does not listen.
    pub async fn begin(&self, body: &Value) -> TcpStream {
        let mut socket = self.connect().await;
        socket.write_all(&self.question(body)).await.expect("it reads");
        socket
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

impl Reply {
    /// Reads one answer; none where the connection ends before its head.
    pub async fn read(socket: &mut TcpStream) -> Option<Self> {
        let mut buffer = Vec::new();
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if socket.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8_lossy(buffer.get(..end)?).into_owned();
        let mut rest = buffer.split_off(end);
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut reply = Self { status, headers, body: Vec::new() };
        if reply.header("transfer-encoding") == Some("chunked") {
            while !rest.ends_with(b"0\r\n\r\n") {
                if socket.read_buf(&mut rest).await.ok()? == 0 {
                    break;
                }
            }
            reply.body = unchunked(&rest);
        } else {
            let length = reply.header("content-length").and_then(|text| text.parse().ok());
            while length.is_none_or(|length: usize| rest.len() < length) {
                if socket.read_buf(&mut rest).await.ok()? == 0 {
                    break;
                }
            }
            reply.body = rest;
        }
        Some(reply)
    }

    /// The header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `Null` where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The events of a stream: JSON, or the text where it is none.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        let text = self.text();
        let data = text.split("\n\n").filter_map(|event| event.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap_or_else(|_| data.into())).collect()
    }

    /// All text of the first answer of a stream.
    #[must_use]
    pub fn said(&self) -> String {
        let content = |event: &Value| {
            event["choices"][0]["delta"]["content"].as_str().unwrap_or_default().to_owned()
        };
        self.events().iter().map(content).collect()
    }

    /// The error's code.
    #[must_use]
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Reads until `text` has come.
///
/// # Panics
/// Where the connection ends before.
pub async fn read_until(socket: &mut TcpStream, text: &str) {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(text) {
        let more = socket.read_buf(&mut read).await.expect("it answers");
        assert!(more > 0, "ended after {}", String::from_utf8_lossy(&read));
    }
}

/// Waits until `done`, looking again and again; a condition, never a time.
pub async fn eventually<F: Future<Output = bool>>(mut done: impl FnMut() -> F) {
    while !done().await {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn unchunked(bytes: &[u8]) -> Vec<u8> {
    let (mut body, mut rest) = (Vec::new(), bytes);
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).ok();
        let Some(size) = size.and_then(|size| usize::from_str_radix(size, 16).ok()) else { break };
        let from = end + 2;
        if size == 0 || rest.len() < from + size + 2 {
            break;
        }
        body.extend_from_slice(&rest[from..from + size]);
        rest = &rest[from + size + 2..];
    }
    body
}
