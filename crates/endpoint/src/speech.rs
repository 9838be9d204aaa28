//! What was said, as the events of a stream.
//!
//! Pure: pieces in, bytes out. A tool call is held back until its first
//! argument, because official clients take the last name they hear of a call
//! for the whole of it, and some models split names.

use domain::{Finish, UnixMs};
use engine::programs::{Ended, Said, ToolDelta, What};

use crate::refusal::Refusal;
use crate::request::AnswerForm;
use crate::shapes::{CallPiece, Chunk, ChunkChoice, DeltaView, FunctionPiece, Head, UsageView};

/// The stream of one request.
pub(crate) struct Speech {
    head: Head,
    form: AnswerForm,
    usage: UsageView,
    choices: Vec<Choice>,
    left: u32,
    over: bool,
}

/// One answer as far as it was passed on.
#[derive(Default)]
struct Choice {
    calls: Vec<Call>,
}

/// A tool call as far as it was passed on.
#[derive(Default)]
struct Call {
    id: String,
    name: String,
    opened: bool,
}

impl Speech {
    pub(crate) fn new(head: Head, form: AnswerForm, answers: u32) -> Self {
        let choices = (0..answers).map(|_| Choice::default()).collect();
        Self { head, form, usage: UsageView::default(), choices, left: answers, over: false }
    }

    /// True once nothing more is to come.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Adds the events for a piece to `out`.
    pub(crate) fn say(&mut self, said: Said, now: UnixMs, out: &mut Vec<u8>) {
        let index = said.choice;
        match said.what {
            What::Begun(model) => {
                self.head.model = model;
                let delta = DeltaView {
                    role: Some("assistant"),
                    content: Some(""),
                    ..DeltaView::default()
                };
                self.chunk(index, delta, None, out);
            }
            What::Text(text) => {
                let delta = DeltaView { content: Some(&text), ..DeltaView::default() };
                self.chunk(index, delta, None, out);
            }
            What::Reasoning(text) => {
                let delta = DeltaView { reasoning_content: Some(&text), ..DeltaView::default() };
                self.chunk(index, delta, None, out);
            }
            What::Tool(piece) => self.tool(index, piece, out),
            What::Ended(ended) => self.end(index, &ended, now, out),
        }
    }

    /// The answers ended without saying how.
    pub(crate) fn break_off(&mut self, out: &mut Vec<u8>) {
        self.over = true;
        event(&Refusal::broken().envelope(), out);
    }

    fn tool(&mut self, index: u32, piece: ToolDelta, out: &mut Vec<u8>) {
        let number = piece.number;
        if self.form.one_tool && number > 0 {
            return;
        }
        let Some(choice) = self.choices.get_mut(index as usize) else { return };
        if choice.calls.len() <= number {
            choice.calls.resize_with(number + 1, Call::default);
        }
        let Some(call) = choice.calls.get_mut(number) else { return };
        if call.id.is_empty() {
            call.id = piece.id;
        }
        call.name.push_str(&piece.name);
        if !piece.arguments.is_empty() {
            self.arguments(index, number, &piece.arguments, out);
        }
    }

    /// More arguments of a call; with its name, where nothing of it was passed on.
    fn arguments(&mut self, index: u32, number: usize, arguments: &str, out: &mut Vec<u8>) {
        let call = self.choices.get_mut(index as usize).and_then(|c| c.calls.get_mut(number));
        let Some(call) = call else { return };
        let first = !std::mem::replace(&mut call.opened, true);
        let (id, name) = if first {
            (std::mem::take(&mut call.id), std::mem::take(&mut call.name))
        } else {
            Default::default()
        };
        let piece = CallPiece {
            index: number,
            id: first.then_some(id.as_str()),
            kind: first.then_some("function"),
            function: FunctionPiece { name: first.then_some(name.as_str()), arguments },
        };
        let delta = DeltaView { tool_calls: Some([piece]), ..DeltaView::default() };
        self.chunk(index, delta, None, out);
    }

    fn end(&mut self, index: u32, ended: &Ended, now: UnixMs, out: &mut Vec<u8>) {
        if let Some(refused) = ended.refused.as_ref().filter(|_| ended.finish != Finish::Refused) {
            self.over = true;
            return event(&Refusal::from_refused(refused, now).envelope(), out);
        }
        let calls = self.choices.get(index as usize).map_or(0, |choice| choice.calls.len());
        for number in 0..calls {
            let call = self.choices.get(index as usize).and_then(|c| c.calls.get(number));
            // It has no arguments.
            if call.is_some_and(|call| !call.opened) && ended.finish == Finish::Complete {
                self.arguments(index, number, "{}", out);
            }
        }
        self.usage.add(&ended.usage);
        self.chunk(index, DeltaView::default(), Some(reason(ended)), out);
        self.left = self.left.saturating_sub(1);
        if self.left > 0 {
            return;
        }
        self.over = true;
        if self.form.include_usage {
            let usage = Some(Some(self.usage));
            event(&Chunk { head: &self.head, choices: &[], usage }, out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn chunk(
        &self,
        index: u32,
        delta: DeltaView<'_>,
        finish_reason: Option<&'static str>,
        out: &mut Vec<u8>,
    ) {
        let choices = &[ChunkChoice { index, delta, logprobs: None, finish_reason }];
        let usage = self.form.include_usage.then_some(None);
        event(&Chunk { head: &self.head, choices, usage }, out);
    }
}

/// Why an answer that is passed on ends.
pub(crate) fn reason(ended: &Ended) -> &'static str {
    match ended.finish {
        Finish::Length => "length",
        Finish::Refused => "content_filter",
        _ if !ended.calls.is_empty() => "tool_calls",
        _ => "stop",
    }
}

fn event(value: &impl serde::Serialize, out: &mut Vec<u8>) {
    let before = out.len();
    out.extend_from_slice(b"data: ");
    // Plain values into memory: this cannot fail; half an event would be worse than none.
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(before);
        return;
    }
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests;
