//! A model that does what the test says, and a client that hides nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use local_model::generate::{Broken, Ended, Generator, Line, Model, Prompt, Refused, Sampling};
use local_model::http::{Server, router};
use local_model::queue;

pub(crate) const TOKEN: &str = "the-token-of-this-test";

/// What the model does with a prompt.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Writes these tokens, as many as it may.
    Write(Vec<&'static str>),
    /// Writes this token, then fails.
    WriteAndBreak(&'static str),
    /// Writes this token, then works in silence until nobody listens.
    WriteAndHang(&'static str),
}

/// What a test can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Began,
    Ended(Ended),
}

/// Counts words as tokens.
pub(crate) struct ScriptedModel;

pub(crate) const CONTEXT: usize = 10;

impl Model for ScriptedModel {
    fn name(&self) -> &str {
        "scripted"
    }

    fn context(&self) -> usize {
        CONTEXT
    }

    fn prompt(&self, chat: &[Line]) -> Result<Prompt, Refused> {
        let words = chat.iter().map(|line| line.text.split_whitespace().count()).sum();
        if words >= CONTEXT {
            return Err(Refused::TooLong { tokens: Some(words), context: CONTEXT });
        }
        Ok(Prompt { tokens: vec![0; words], stops: vec!["</end>".to_owned()] })
    }
}

/// Plays one act for each prompt, and tells when each began and how it ended.
pub(crate) struct Script {
    acts: Vec<Act>,
    moments: Sender<Moment>,
}

impl Script {
    pub(crate) fn new(acts: Vec<Act>) -> (Self, Receiver<Moment>) {
        let (moments, receiver) = channel();
        (Self { acts: acts.into_iter().rev().collect(), moments }, receiver)
    }

    fn play(
        &mut self,
        most: usize,
        token: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Ended, Broken> {
        match self.acts.pop().expect("an act for each prompt") {
            Act::Write(tokens) => {
                for text in tokens.iter().take(most) {
                    if token(text.as_bytes()).is_break() {
                        return Ok(Ended::Cancelled);
                    }
                }
                Ok(if tokens.len() > most { Ended::Length } else { Ended::Stop })
            }
            Act::WriteAndBreak(text) => {
                let _heard = token(text.as_bytes());
                Err(Broken("out of ink".to_owned()))
            }
            Act::WriteAndHang(text) => {
                let _heard = token(text.as_bytes());
                while token(&[]).is_continue() {
                    std::thread::yield_now();
                }
                Ok(Ended::Cancelled)
            }
        }
    }
}

impl Generator for Script {
    fn generate(
        &mut self,
        _prompt: &Prompt,
        _sampling: Sampling,
        most: usize,
        token: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Ended, Broken> {
        // Not every test looks at the moments.
        let _ = self.moments.send(Moment::Began);
        let ended = self.play(most, token)?;
        let _ = self.moments.send(Moment::Ended(ended));
        Ok(ended)
    }
}

/// A server with a scripted model, on a port of its own.
pub(crate) fn serve(acts: Vec<Act>) -> (SocketAddr, Receiver<Moment>) {
    let (mut script, moments) = Script::new(acts);
    let (queue, inbox) = queue::open();
    std::thread::spawn(move || inbox.serve(&mut script));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    listener.set_nonblocking(true).expect("as tokio wants it");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let server = Server::new(Arc::new(ScriptedModel), queue, TOKEN.to_owned());
            axum::serve(listener, router(server)).await.expect("it serves to the end");
        });
    });
    (address, moments)
}

/// A response as it came.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    /// The data of each server-sent event.
    pub(crate) fn events(&self) -> Vec<&str> {
        self.body.lines().filter_map(|line| line.strip_prefix("data: ")).collect()
    }
}

/// Sends a request and leaves the answer unread.
pub(crate) fn send(to: SocketAddr, head: &str, body: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(to).expect("the server listens");
    let request = format!(
        "{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("the server reads");
    BufReader::new(stream)
}

/// Sends a chat completion with the right token.
pub(crate) fn send_chat(to: SocketAddr, body: &serde_json::Value) -> BufReader<TcpStream> {
    let head = format!("POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer {TOKEN}");
    send(to, &head, &body.to_string())
}

/// Reads a response to its end.
pub(crate) fn read(mut from: BufReader<TcpStream>) -> Response {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(from.read_line(&mut head).expect("a head") > 0, "the head ends: {head:?}");
    }
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
    let body = if head.to_lowercase().contains("transfer-encoding: chunked") {
        chunks(&mut from)
    } else {
        let mut body = String::new();
        from.read_to_string(&mut body).expect("a body");
        body
    };
    Response { status, head: head.to_lowercase(), body }
}

fn chunks(from: &mut impl BufRead) -> String {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        from.read_line(&mut size).expect("a chunk");
        let size = usize::from_str_radix(size.trim(), 16).expect("a chunk size");
        let start = body.len();
        body.resize(start + size + 2, 0);
        from.read_exact(&mut body[start..]).expect("a whole chunk");
        body.truncate(start + size);
        if size == 0 {
            return String::from_utf8(body).expect("text");
        }
    }
}

/// Asks, and reads the answer to its end.
pub(crate) fn chat(to: SocketAddr, body: &serde_json::Value) -> Response {
    read(send_chat(to, body))
}

/// Reads until `text` has arrived.
pub(crate) fn wait_for(from: &mut BufReader<TcpStream>, text: &str) {
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(from.read_line(&mut line).expect("more") > 0, "{text:?} should arrive");
    }
}
