//! Events become pieces, and pieces deltas.
//!
//! Hands each event to the dialect, keeps count of what was said, and passes
//! it on. What the end of the stream means is not decided here.

use super::watch::Watch;
use crate::dialect::{self, Piece, Unreadable};
use crate::progress::Progress;
use crate::redact::without_key;
use crate::tool_calls::ToolPiece;
use crate::{Call, Delta};

/// The longest model name that is kept.
const LONGEST_NAME: usize = 200;

/// Hands events to the dialect, and their pieces to the sink.
pub(super) struct Reader<'r> {
    pub(super) call: &'r Call,
    pub(super) swallow_space: &'r mut bool,
    pub(super) progress: &'r mut Progress,
    pub(super) watch: &'r mut Watch,
    pub(super) sink: &'r mut (dyn FnMut(Delta) + Send),
}

impl Reader<'_> {
    pub(super) fn event(&mut self, name: &[u8], data: &[u8]) -> Result<(), Unreadable> {
        let mut transcript = std::mem::take(&mut self.progress.transcript);
        let was_named = transcript.served_model.is_some();
        let dialect = self.call.endpoint.dialect;
        let read =
            dialect::read(dialect, name, data, &mut transcript, &mut |piece| self.piece(piece));
        if transcript.ending.is_some() {
            self.watch.ending();
        }
        if let Some(model) = transcript.served_model.take_if(|_| !was_named) {
            let key = self.call.endpoint.key.as_ref();
            transcript.served_model = Some(shortened(&without_key(&model, key)));
        }
        self.progress.transcript = transcript;
        read
    }

    fn piece(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Text(text) => self.text(text),
            Piece::Reasoning(text) => {
                self.token(text.len());
                self.progress.reasoning.add(text);
                self.progress.said.reasoning(text);
                self.progress.shown = true;
                (self.sink)(Delta::Reasoning(text.to_owned()));
            }
            Piece::Signature(data) => {
                self.unseen(data.len());
                self.progress.said.signature(self.call.endpoint.dialect, data);
            }
            Piece::Withheld(data) => {
                self.unseen(data.len());
                self.progress.said.withheld(self.call.endpoint.dialect, data);
            }
            Piece::Tool(piece) => self.tool(piece),
            Piece::Beside(words) => self.progress.beside.add(words),
            Piece::Life => self.watch.life(),
        }
    }

    /// A tool that was not offered is heard but not passed on: the verdict is about it.
    fn tool(&mut self, piece: ToolPiece<'_>) {
        self.token(
            piece.id.len() + piece.name.len() + piece.arguments.len() + piece.signature.len(),
        );
        let Some(delta) = self.progress.tools.add(piece, self.call.attempt) else { return };
        if self.call.wishes.offer_tools() {
            self.progress.said.call(delta.number);
            self.progress.shown = true;
            (self.sink)(Delta::Tool(delta));
        }
    }

    fn text(&mut self, text: &str) {
        self.token(text.len());
        self.progress.text.add(text);
        let shown = if *self.swallow_space { text.trim_start() } else { text };
        if !shown.is_empty() {
            *self.swallow_space = false;
            self.progress.shown = true;
            self.progress.said.text(shown);
            (self.sink)(Delta::Text(shown.to_owned()));
        }
    }

    /// A part of the answer that is kept and not shown.
    fn unseen(&mut self, bytes: usize) {
        self.watch.life();
        self.progress.answer_bytes = self.progress.answer_bytes.saturating_add(bytes);
    }

    fn token(&mut self, bytes: usize) {
        self.watch.token();
        self.progress.note_token();
        self.progress.answer_bytes = self.progress.answer_bytes.saturating_add(bytes);
    }
}

pub(super) fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}
