//! Tool calls put together from the pieces of a stream.
//!
//! Providers split names and arguments anywhere, number calls or do not,
//! name a call only once, and some reuse one number for two calls. Each piece
//! is passed on as a delta of one call; whether a call is whole is decided by
//! the end of the answer, not here.

use domain::{AttemptId, Dialect, Signature, ToolCall};

use crate::ToolDelta;

/// One piece as a dialect reads it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ToolPiece<'a> {
    /// The call's number, where the provider counts.
    pub(crate) index: Option<u64>,
    /// The call's id, often only in its first piece.
    pub(crate) id: &'a str,
    /// More of the tool's name.
    pub(crate) name: &'a str,
    /// More of the arguments, as JSON text.
    pub(crate) arguments: &'a str,
    /// Gemini's proof of the reasoning before the call.
    pub(crate) signature: &'a str,
}

/// A call as far as it has arrived.
#[derive(Clone, Debug, Default)]
struct Begun {
    index: Option<u64>,
    /// The provider's id; it tells pieces apart.
    said_id: String,
    /// The id it has here: the provider's, or one that was made because its
    /// first piece had none. One that comes later changes nothing any more.
    id: String,
    name: String,
    arguments: String,
    signature: Option<Signature>,
}

/// More calls in one answer than this are nobody's wish.
const MOST: usize = 128;
/// Longer ids are nobody's, in bytes; every piece of a call repeats it.
const LONGEST_ID: usize = 512;

/// The calls of one answer, in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct ToolCalls(Vec<Begun>);

impl ToolCalls {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of the first.
    pub(crate) fn first_name(&self) -> Option<&str> {
        self.0.first().map(|call| call.name.as_str())
    }

    /// Everything that was written for them, call by call.
    pub(crate) fn written(&self) -> impl Iterator<Item = [&str; 2]> {
        self.0.iter().map(|call| [call.name.as_str(), call.arguments.as_str()])
    }

    /// What `piece` adds to its call; none where there are too many.
    pub(crate) fn add(&mut self, piece: ToolPiece<'_>, attempt: AttemptId) -> Option<ToolDelta> {
        if piece.id.len() > LONGEST_ID {
            return None;
        }
        let number = self.place_of(&piece)?;
        let call = self.0.get_mut(number)?;
        if call.said_id.is_empty() {
            call.said_id.push_str(piece.id);
        }
        if call.id.is_empty() {
            call.id =
                if piece.id.is_empty() { made_id(attempt, number) } else { piece.id.to_owned() };
        }
        // Some servers repeat the whole name in every piece, others split it.
        let name = if call.name == piece.name { "" } else { piece.name };
        call.name.push_str(name);
        call.arguments.push_str(piece.arguments);
        if !piece.signature.is_empty() {
            let (dialect, data) = (Dialect::Gemini, piece.signature.to_owned());
            call.signature = Some(Signature { dialect, data });
        }
        Some(ToolDelta {
            number,
            id: call.id.clone(),
            name: name.to_owned(),
            arguments: piece.arguments.to_owned(),
        })
    }

    /// The calls of an answer that is whole.
    pub(crate) fn whole(self) -> Vec<ToolCall> {
        let whole = |call: Begun| ToolCall {
            id: call.id,
            name: call.name,
            arguments: if call.arguments.trim().is_empty() {
                "{}".to_owned()
            } else {
                call.arguments
            },
            signature: call.signature,
        };
        self.0.into_iter().map(whole).collect()
    }

    /// The call that a piece belongs to: same number and no other id; without
    /// a number the call of that id; without both the last one.
    fn place_of(&mut self, piece: &ToolPiece<'_>) -> Option<usize> {
        let same_id = |call: &Begun| {
            piece.id.is_empty() || call.said_id.is_empty() || call.said_id == piece.id
        };
        let found = match piece.index {
            Some(_) => self.0.iter().rposition(|call| call.index == piece.index && same_id(call)),
            None if piece.id.is_empty() => self.0.len().checked_sub(1),
            None => self.0.iter().rposition(|call| call.said_id == piece.id),
        };
        if found.is_none() && self.0.len() < MOST {
            self.0.push(Begun { index: piece.index, ..Begun::default() });
            return Some(self.0.len() - 1);
        }
        found
    }
}

/// An id that no other call has, within the 40 characters that OpenAI takes.
fn made_id(attempt: AttemptId, number: usize) -> String {
    let hex: String = attempt.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("call_{hex}{number}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::UnixMs;

    fn attempt() -> AttemptId {
        AttemptId::new(UnixMs(1), [1; 10])
    }

    fn piece<'a>(index: Option<u64>, id: &'a str, name: &'a str, args: &'a str) -> ToolPiece<'a> {
        ToolPiece { index, id, name, arguments: args, signature: "" }
    }

    #[test]
    fn an_id_that_nobody_would_give_is_not_kept() {
        let mut calls = ToolCalls::default();
        let long = "x".repeat(LONGEST_ID + 1);
        assert!(calls.add(piece(Some(0), &long, "look", ""), attempt()).is_none());
        assert!(calls.is_empty(), "or every piece would repeat it");
    }

    /// The calls at the end, after checking that their deltas say the same.
    fn put_together(pieces: &[ToolPiece<'_>]) -> Vec<(String, String, String)> {
        let mut calls = ToolCalls::default();
        let mut heard: Vec<(String, String, String)> = Vec::new();
        for piece in pieces {
            let delta = calls.add(*piece, attempt()).expect("few calls");
            heard.resize(heard.len().max(delta.number + 1), Default::default());
            let (id, name, arguments) = &mut heard[delta.number];
            *id = delta.id;
            name.push_str(&delta.name);
            arguments.push_str(&delta.arguments);
        }
        let whole = calls.whole().into_iter();
        let whole: Vec<_> = whole.map(|call| (call.id, call.name, call.arguments)).collect();
        assert_eq!(heard, whole, "who listens hears the same calls");
        whole
    }

    fn call(id: &str, name: &str, arguments: &str) -> (String, String, String) {
        (id.to_owned(), name.to_owned(), arguments.to_owned())
    }

    #[test]
    fn wall_38_split_names_and_arguments_join() {
        let calls = put_together(&[
            piece(Some(0), "a", "get_", ""),
            piece(Some(0), "", "weather", "{\"ci"),
            piece(Some(0), "", "", "ty\":1}"),
        ]);
        assert_eq!(calls, vec![call("a", "get_weather", "{\"city\":1}")], "cut anywhere");
    }

    #[test]
    fn wall_38_two_calls_with_one_number_and_two_ids_stay_two() {
        let calls = put_together(&[
            piece(Some(0), "a", "one", "{}"),
            piece(Some(0), "b", "two", "["),
            piece(Some(0), "", "", "]"),
        ]);
        assert_eq!(
            calls,
            vec![call("a", "one", "{}"), call("b", "two", "[]")],
            "an id tells calls apart where numbers do not; later pieces go to the last"
        );
    }

    #[test]
    fn wall_38_interleaved_calls_keep_their_pieces() {
        let calls = put_together(&[
            piece(Some(0), "a", "one", ""),
            piece(Some(1), "b", "two", ""),
            piece(Some(0), "", "", "1"),
            piece(Some(1), "", "", "2"),
        ]);
        assert_eq!(calls, vec![call("a", "one", "1"), call("b", "two", "2")], "by number");
    }

    #[test]
    fn wall_38_pieces_without_numbers_follow_their_id_or_the_last_call() {
        let calls = put_together(&[
            piece(None, "a", "one", "1"),
            piece(None, "b", "two", ""),
            piece(None, "", "", "2"),
            piece(None, "a", "", "1"),
        ]);
        assert_eq!(calls, vec![call("a", "one", "11"), call("b", "two", "2")], "by id, else last");
    }

    #[test]
    fn wall_38_a_call_without_an_id_is_given_one_that_stays() {
        let made = format!("call_{}0", "00000000000171018101010101010101");
        let calls = put_together(&[piece(Some(0), "", "one", "1"), piece(Some(0), "a", "", "2")]);
        assert_eq!(calls, vec![call(&made, "one", "12")], "a late id is the same call's");
        assert_eq!(made_id(attempt(), MOST - 1).len(), 40, "OpenAI refuses longer ones");
    }

    #[test]
    fn wall_38_a_name_repeated_in_each_piece_is_not_doubled() {
        let calls =
            put_together(&[piece(Some(0), "a", "one", "1"), piece(Some(0), "a", "one", "2")]);
        assert_eq!(calls, vec![call("a", "one", "12")], "some servers repeat it");
    }

    #[test]
    fn a_call_without_arguments_has_an_empty_object() {
        let calls = put_together(&[piece(Some(0), "a", "one", "{}")]);
        assert_eq!(calls, vec![call("a", "one", "{}")], "as it was said");
        let mut silent = ToolCalls::default();
        let delta = silent.add(piece(Some(0), "a", "one", ""), attempt());
        assert_eq!(delta.map(|delta| delta.arguments), Some(String::new()), "nothing was said");
        let arguments: Vec<_> = silent.whole().into_iter().map(|call| call.arguments).collect();
        assert_eq!(arguments, ["{}"], "but arguments are always JSON");
    }
}
