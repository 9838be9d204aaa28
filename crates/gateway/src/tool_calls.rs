//! Tool calls put together from the pieces of a stream.
//!
//! Providers split names and arguments anywhere, number calls or do not,
//! name a call only once, and some reuse one number for two calls. No tool
//! is offered yet; a model that asks for one anyway is answered clearly.

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
}

/// A call as far as it has arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ToolCall {
    index: Option<u64>,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: String,
}

/// More calls in one answer than this are nobody's wish.
const MOST: usize = 128;

/// The calls of one answer, in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct ToolCalls(Vec<ToolCall>);

impl ToolCalls {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ToolCall> {
        self.0.iter()
    }

    pub(crate) fn add(&mut self, piece: ToolPiece<'_>) {
        let Some(at) = self.place_of(&piece) else {
            return;
        };
        let Some(call) = self.0.get_mut(at) else {
            return;
        };
        if call.id.is_empty() {
            call.id.push_str(piece.id);
        }
        // Some servers repeat the whole name in every piece, others split it.
        if call.name != piece.name {
            call.name.push_str(piece.name);
        }
        call.arguments.push_str(piece.arguments);
    }

    /// The call that a piece belongs to: same number and no other id; without
    /// a number the call of that id; without both the last one.
    fn place_of(&mut self, piece: &ToolPiece<'_>) -> Option<usize> {
        let same_id =
            |call: &ToolCall| piece.id.is_empty() || call.id.is_empty() || call.id == piece.id;
        let found = match piece.index {
            Some(_) => self.0.iter().rposition(|call| call.index == piece.index && same_id(call)),
            None if piece.id.is_empty() => self.0.len().checked_sub(1),
            None => self.0.iter().rposition(|call| call.id == piece.id),
        };
        if found.is_none() && self.0.len() < MOST {
            self.0.push(ToolCall { index: piece.index, ..ToolCall::default() });
            return Some(self.0.len() - 1);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece<'a>(index: Option<u64>, id: &'a str, name: &'a str, args: &'a str) -> ToolPiece<'a> {
        ToolPiece { index, id, name, arguments: args }
    }

    fn put_together(pieces: &[ToolPiece<'_>]) -> Vec<(String, String, String)> {
        let mut calls = ToolCalls::default();
        for piece in pieces {
            calls.add(*piece);
        }
        calls
            .iter()
            .map(|call| (call.id.clone(), call.name.clone(), call.arguments.clone()))
            .collect()
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
    fn wall_38_an_id_that_comes_late_is_still_taken() {
        let calls = put_together(&[piece(Some(0), "", "one", "1"), piece(Some(0), "a", "", "2")]);
        assert_eq!(calls, vec![call("a", "one", "12")], "the id is needed to answer the call");
    }

    #[test]
    fn wall_38_a_name_repeated_in_each_piece_is_not_doubled() {
        let calls =
            put_together(&[piece(Some(0), "a", "one", "1"), piece(Some(0), "a", "one", "2")]);
        assert_eq!(calls, vec![call("a", "one", "12")], "some servers repeat it");
    }
}
