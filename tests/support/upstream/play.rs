//! Plays scripts on one connection.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Gate, Record, Request, Stage, Step};

/// A write that takes longer than this waits for the client.
const BLOCKED_AFTER: Duration = Duration::from_millis(200);

/// What follows a step.
enum Next {
    Step,
    /// The connection is over: by the script, or because the client left.
    Over,
}

pub(super) async fn connection(mut socket: TcpStream, number: u64, stage: Arc<Stage>) {
    // Without it the kernel would join the bytes of single writes.
    let nodelay = socket.set_nodelay(true);
    let mut buffer = Vec::new();
    while nodelay.is_ok() {
        let Some(request) = Request::read(&mut socket, &mut buffer).await else {
            return;
        };
        let (record, script) = stage.record(request, number);
        let mut player = Player { socket: &mut socket, buffer: &mut buffer, record, blocked: None };
        for step in script.into_steps() {
            if matches!(player.play(step).await, Next::Over) {
                return;
            }
        }
        // Whoever kept the connection may leave it later.
        if player.until_next_request().await {
            continue;
        }
        return;
    }
}

struct Player<'a> {
    socket: &'a mut TcpStream,
    buffer: &'a mut Vec<u8>,
    record: Arc<Record>,
    blocked: Option<Gate>,
}

impl Player<'_> {
    async fn play(&mut self, step: Step) -> Next {
        match step {
            Step::Write(bytes) => self.write(&bytes).await,
            Step::WriteForEver(bytes) => loop {
                if matches!(self.write(&bytes).await, Next::Over) {
                    return Next::Over;
                }
            },
            Step::Wait(gate) => {
                let opened = tokio::select! {
                    () = gate.passed() => true,
                    () = gone(self.socket, self.buffer) => false,
                };
                if opened { Next::Step } else { self.client_left() }
            }
            Step::Mark(gate) => {
                gate.open();
                Next::Step
            }
            Step::MarkBlocked(gate) => {
                self.blocked = Some(gate);
                Next::Step
            }
            Step::Close => Next::Over,
            Step::Reset => {
                // Closing a socket without lingering sends a reset.
                match self.socket.set_zero_linger() {
                    Ok(()) | Err(_) => Next::Over,
                }
            }
            Step::Hold => {
                gone(self.socket, self.buffer).await;
                self.client_left()
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Next {
        let writing = self.socket.write_all(bytes);
        tokio::pin!(writing);
        let written = loop {
            match tokio::time::timeout(BLOCKED_AFTER, &mut writing).await {
                Ok(written) => break written,
                Err(_) => {
                    if let Some(gate) = &self.blocked {
                        gate.open();
                    }
                }
            }
        };
        if written.is_err() {
            return self.client_left();
        }
        self.record.written.fetch_add(bytes.len() as u64, Ordering::AcqRel);
        Next::Step
    }

    fn client_left(&self) -> Next {
        self.record.left.open();
        Next::Over
    }

    /// True where the client sends something more, false where it left.
    async fn until_next_request(&mut self) -> bool {
        gone(self.socket, self.buffer).await;
        let more = !self.buffer.is_empty();
        if !more {
            self.record.left.open();
        }
        more
    }
}

/// Returns when the client closed the connection, or sent a further request.
async fn gone(socket: &mut TcpStream, buffer: &mut Vec<u8>) {
    match socket.read_buf(buffer).await {
        Ok(_) | Err(_) => {}
    }
}
