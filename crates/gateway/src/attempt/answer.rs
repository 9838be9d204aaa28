//! The answer's bytes become deltas, and in the end a verdict.
//!
//! Decides what kind of body this is (events, one JSON value, a web page),
//! feeds the dialect, and judges what the end of the stream means: whole,
//! partial, empty, or an error.

use domain::{FailureClass, Finish};
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use super::Ended;
use super::reader::{Reader, shortened};
use super::watch::Watch;
use crate::dialect::Unreadable;
use crate::failure::{About, Trouble};
use crate::progress::{Ending, Progress};
use crate::redact::without_key;
use crate::sse::Framer;
use crate::{Call, Delta};

/// The largest event, and the largest answer that is no stream.
const LARGEST_EVENT: usize = 4 << 20;
/// The largest answer; no model writes this much.
const LARGEST_ANSWER: usize = 32 << 20;

/// What kind of body is arriving.
enum Shape {
    /// Not decided before the first byte that is no white space.
    Unknown,
    Events(Framer),
    Json(Vec<u8>),
}

pub(super) struct Answer<'a> {
    call: &'a Call,
    about: &'a About<'a>,
    headers: HeaderMap,
    shape: Shape,
    swallow_space: bool,
}

impl<'a> Answer<'a> {
    pub(super) fn new(
        call: &'a Call,
        about: &'a About<'a>,
        headers: &HeaderMap,
        swallow_space: bool,
    ) -> Self {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        let is_json = kind.to_ascii_lowercase().starts_with("application/json");
        let shape = if is_json { Shape::Json(Vec::new()) } else { Shape::Unknown };
        Self { call, about, headers: headers.clone(), shape, swallow_space }
    }

    /// Takes the next bytes; some where that ends the attempt.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        progress: &mut Progress,
        watch: &mut Watch,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Option<Ended> {
        if matches!(self.shape, Shape::Unknown) {
            self.shape = match bytes.trim_ascii_start().first()? {
                b'<' => return Some(self.failed(&Trouble::Page)),
                b'{' | b'[' => Shape::Json(Vec::new()),
                _ => Shape::Events(Framer::new(LARGEST_EVENT)),
            };
        }
        let mut read = Ok(());
        let mut reader = Reader {
            call: self.call,
            swallow_space: &mut self.swallow_space,
            progress,
            watch,
            sink,
        };
        let framed = match &mut self.shape {
            Shape::Json(body) if body.len() + bytes.len() <= LARGEST_EVENT => {
                body.extend_from_slice(bytes);
                return None;
            }
            Shape::Json(_) | Shape::Unknown => Err(crate::TooLong),
            Shape::Events(framer) => framer.push(bytes, &mut |event| {
                if read.is_ok() && !reader.progress.transcript.closed {
                    read = reader.event(event.name, event.data);
                }
            }),
        };
        if framed.is_err() || progress.answer_bytes > LARGEST_ANSWER {
            return Some(self.failed(&Trouble::TooLarge));
        }
        match read {
            Err(unreadable) => Some(self.unreadable(unreadable, progress)),
            Ok(()) => progress.transcript.closed.then(|| self.verdict(progress)),
        }
    }

    /// The body ended as HTTP wants it.
    pub(super) fn end(
        &mut self,
        progress: &mut Progress,
        watch: &mut Watch,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Option<Ended> {
        let shape = std::mem::replace(&mut self.shape, Shape::Unknown);
        let mut read = Ok(());
        let mut reader = Reader {
            call: self.call,
            swallow_space: &mut self.swallow_space,
            progress,
            watch,
            sink,
        };
        let was_json = matches!(shape, Shape::Json(_));
        match shape {
            Shape::Unknown => {}
            Shape::Json(body) if body.trim_ascii_start().starts_with(b"<") => {
                return Some(self.failed(&Trouble::Page));
            }
            Shape::Json(body) => read = reader.event(b"", &body),
            // Too long was refused before; a half event is no event.
            Shape::Events(framer) => drop(framer.finish(&mut |event| {
                if read.is_ok() {
                    read = reader.event(event.name, event.data);
                }
            })),
        }
        Some(match read {
            Err(Unreadable::Malformed) if !was_json => self.verdict(progress),
            Err(unreadable) => self.unreadable(unreadable, progress),
            Ok(()) => self.verdict(progress),
        })
    }

    /// The connection broke. What arrived is read to its end; a body that is
    /// one JSON value is then of no use.
    pub(super) fn broke_off(
        &mut self,
        progress: &mut Progress,
        watch: &mut Watch,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Option<Ended> {
        if !matches!(self.shape, Shape::Events(_)) {
            return Some(self.failed(&Trouble::Reset { may_have_been_billed: true }));
        }
        let ended = self.end(progress, watch, sink)?;
        let said_nothing = progress.transcript.ending.is_none() && !progress.turned_away;
        if said_nothing && !progress.has_content() {
            return Some(self.failed(&Trouble::Reset { may_have_been_billed: true }));
        }
        Some(ended)
    }

    /// The person stopped it.
    pub(super) fn cancelled(&self, progress: &Progress) -> Ended {
        match progress.transcript.ending {
            Some(Ending::Whole | Ending::Tools) if self.has_answer(progress) => {
                self.verdict(progress)
            }
            _ => (Finish::Stopped, None),
        }
    }

    /// A time limit ended it.
    pub(super) fn halted(&self, trouble: Trouble, progress: &Progress) -> Ended {
        if progress.transcript.ending.is_some() {
            return self.verdict(progress);
        }
        if progress.has_content() {
            return (Finish::Stalled, Some(self.about.error(&trouble)));
        }
        self.failed(&Trouble::NoFirstToken)
    }

    /// What the end of the stream means.
    fn verdict(&self, progress: &Progress) -> Ended {
        let complete = (Finish::Complete, None);
        match progress.transcript.ending {
            Some(Ending::Length) => (Finish::Length, None),
            Some(Ending::Refused) => (Finish::Refused, Some(self.about.error(&Trouble::Refused))),
            Some(Ending::Aborted) => self.failed(&Trouble::Aborted),
            // A provider that says goodbye without a reason has finished.
            None if !progress.transcript.closed && progress.has_content() => {
                (Finish::Cut, Some(self.about.error(&Trouble::Cut)))
            }
            Some(Ending::Whole | Ending::Tools) | None if self.has_answer(progress) => complete,
            // A partial answer may already have been whole.
            Some(Ending::Whole) if self.call.continue_text => complete,
            Some(Ending::Whole | Ending::Tools) | None => match progress.tools.first_name() {
                Some(name) => {
                    let name = without_key(name, self.about.key);
                    self.failed(&Trouble::UnaskedTool(shortened(&name)))
                }
                None if progress.has_content() => self.failed(&Trouble::OnlyReasoning),
                None => self.failed(&Trouble::Empty),
            },
        }
    }

    /// True where something of it answers the question: words, or tools that were offered.
    fn has_answer(&self, progress: &Progress) -> bool {
        progress.has_text() || (self.call.wishes.offer_tools() && !progress.tools.is_empty())
    }

    fn unreadable(&self, unreadable: Unreadable, progress: &mut Progress) -> Ended {
        match unreadable {
            Unreadable::Malformed => self.failed(&Trouble::Malformed),
            Unreadable::Error(said) => {
                progress.turned_away = true;
                let error = self.about.stated(200, &self.headers, Some(&said));
                let finish = match error.class {
                    FailureClass::ContentRefusal => Finish::Refused,
                    _ => Finish::Failed,
                };
                (finish, Some(error))
            }
        }
    }

    fn failed(&self, trouble: &Trouble) -> Ended {
        (Finish::Failed, Some(self.about.error(trouble)))
    }
}
