//! What the upstream does after it read a request.

use super::Gate;

/// One thing that it does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Writes these bytes again and again, until the client leaves.
    WriteForEver(Vec<u8>),
    /// Waits until a test opens the gate, or the client leaves.
    Wait(Gate),
    /// Opens a gate: the test learns that the script came this far.
    Mark(Gate),
    /// Opens the gate as soon as a write has to wait for the client to read.
    MarkBlocked(Gate),
    /// Closes the connection in the usual way.
    Close,
    /// Closes it with a reset.
    Reset,
    /// Writes nothing more and keeps the connection open until the client leaves.
    Hold,
}

/// How what follows the head is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    /// The end of the connection is the end of the body.
    UntilClose,
    /// One HTTP chunk for each piece.
    Chunked,
}

/// Steps in order; after the last, the connection waits for the next request.
#[derive(Clone, Debug)]
pub struct Script {
    steps: Vec<Step>,
    framing: Framing,
}

impl Script {
    /// Nothing yet: add steps.
    #[must_use]
    pub fn silent() -> Self {
        Self { steps: Vec::new(), framing: Framing::UntilClose }
    }

    /// The head of an event stream whose end is the connection's end.
    #[must_use]
    pub fn stream() -> Self {
        Self::silent().bytes("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
    }

    /// The head of an event stream in chunks, as most servers send it.
    #[must_use]
    pub fn chunked_stream() -> Self {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
            transfer-encoding: chunked\r\n\r\n";
        Self { framing: Framing::Chunked, ..Self::silent().bytes(head) }
    }

    /// A whole answer with a length; the connection stays usable.
    #[must_use]
    pub fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        Self::silent().bytes(head).bytes(body)
    }

    /// A whole JSON answer.
    #[must_use]
    pub fn json(status: u16, body: impl AsRef<[u8]>) -> Self {
        Self::answer(status, &[("content-type", "application/json")], body)
    }

    /// Adds a step.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Adds bytes as they are, outside any framing.
    #[must_use]
    pub fn bytes(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Write(bytes.as_ref().to_vec()))
    }

    /// Adds a piece of the body.
    #[must_use]
    pub fn body(self, piece: impl AsRef<[u8]>) -> Self {
        let piece = piece.as_ref();
        match self.framing {
            Framing::UntilClose => self.bytes(piece),
            Framing::Chunked => {
                let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
                chunk.extend_from_slice(piece);
                chunk.extend_from_slice(b"\r\n");
                self.bytes(chunk)
            }
        }
    }

    /// Adds an event with this data.
    #[must_use]
    pub fn event(self, data: impl AsRef<str>) -> Self {
        let event = format!("data: {}\n\n", data.as_ref());
        self.body(event)
    }

    /// Adds an event with a name.
    #[must_use]
    pub fn named_event(self, name: &str, data: impl AsRef<str>) -> Self {
        let event = format!("event: {name}\ndata: {}\n\n", data.as_ref());
        self.body(event)
    }

    /// Waits for the test.
    #[must_use]
    pub fn wait(self, gate: &Gate) -> Self {
        self.step(Step::Wait(gate.clone()))
    }

    /// Tells the test that the script came this far.
    #[must_use]
    pub fn mark(self, gate: &Gate) -> Self {
        self.step(Step::Mark(gate.clone()))
    }

    /// Ends the body as HTTP wants it.
    #[must_use]
    pub fn end(self) -> Self {
        match self.framing {
            Framing::UntilClose => self.step(Step::Close),
            Framing::Chunked => self.bytes("0\r\n\r\n"),
        }
    }

    /// Closes the connection here, whatever the framing promised.
    #[must_use]
    pub fn cut(self) -> Self {
        self.step(Step::Close)
    }

    /// Resets the connection here.
    #[must_use]
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    /// Keeps the connection open in silence until the client leaves.
    #[must_use]
    pub fn hold(self) -> Self {
        self.step(Step::Hold)
    }

    /// How many bytes are written, where that is known beforehand.
    #[must_use]
    pub fn size(&self) -> usize {
        let written = |step: &Step| match step {
            Step::Write(bytes) => bytes.len(),
            _ => 0,
        };
        self.steps.iter().map(written).sum()
    }

    /// The same, and then what `next` does.
    #[must_use]
    pub fn then(mut self, next: Self) -> Self {
        self.steps.extend(next.steps);
        self
    }

    /// What the last step writes; nothing where it does something else.
    #[must_use]
    pub fn last_bytes(&self) -> Vec<u8> {
        match self.steps.last() {
            Some(Step::Write(bytes)) => bytes.clone(),
            _ => Vec::new(),
        }
    }

    /// The same up to this byte of what is written, and then `step`.
    #[must_use]
    pub fn broken_at(mut self, byte: usize, step: Step) -> Self {
        let mut left = byte;
        self.steps = self
            .steps
            .into_iter()
            .map_while(|step| match step {
                _ if left == 0 => None,
                Step::Write(mut bytes) => {
                    bytes.truncate(left);
                    left -= bytes.len();
                    Some(Step::Write(bytes))
                }
                other => Some(other),
            })
            .collect();
        self.step(step)
    }

    /// The same bytes, each written alone.
    #[must_use]
    pub fn bytewise(mut self) -> Self {
        self.steps = self
            .steps
            .into_iter()
            .flat_map(|step| match step {
                Step::Write(bytes) => {
                    bytes.into_iter().map(|byte| Step::Write(vec![byte])).collect()
                }
                other => vec![other],
            })
            .collect();
        self
    }

    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}
