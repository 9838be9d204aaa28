//! What a model said, in the order in which it said it.
//!
//! Collected while the answer streams, so that a conversation with tools can
//! go on from it: providers check that signed reasoning comes back unchanged
//! and in its place.

use domain::{Dialect, Part, Reasoning, Signature, ToolCall};

#[derive(Debug)]
enum Slot {
    Part(Part),
    /// The call of that number.
    Call(usize),
}

/// The parts of one answer so far.
#[derive(Debug, Default)]
pub(crate) struct Said(Vec<Slot>);

impl Said {
    pub(crate) fn text(&mut self, more: &str) {
        match self.0.last_mut() {
            Some(Slot::Part(Part::Text(text))) => text.push_str(more),
            _ => self.0.push(Slot::Part(Part::Text(more.to_owned()))),
        }
    }

    pub(crate) fn reasoning(&mut self, more: &str) {
        match self.open_reasoning() {
            Some(reasoning) => reasoning.text.push_str(more),
            None => self.push(Reasoning { text: more.to_owned(), signature: None }),
        }
    }

    /// The proof of the reasoning just heard, or one that stands alone.
    pub(crate) fn signature(&mut self, dialect: Dialect, data: &str) {
        let signature = Some(Signature { dialect, data: data.to_owned() });
        match self.open_reasoning() {
            Some(reasoning) => reasoning.signature = signature,
            None => self.push(Reasoning { text: String::new(), signature }),
        }
    }

    pub(crate) fn withheld(&mut self, dialect: Dialect, data: &str) {
        let signature = Signature { dialect, data: data.to_owned() };
        self.0.push(Slot::Part(Part::Withheld(signature)));
    }

    /// Something of the call of that number; it stands where it began.
    pub(crate) fn call(&mut self, number: usize) {
        if !self.0.iter().any(|slot| matches!(slot, Slot::Call(known) if *known == number)) {
            self.0.push(Slot::Call(number));
        }
    }

    /// Everything, with the calls in their places; none of them where `calls` is empty.
    pub(crate) fn into_parts(self, calls: Vec<ToolCall>) -> Vec<Part> {
        let mut calls: Vec<Option<ToolCall>> = calls.into_iter().map(Some).collect();
        let part = |slot| match slot {
            Slot::Part(part) => Some(part),
            Slot::Call(number) => calls.get_mut(number)?.take().map(Part::ToolCall),
        };
        self.0.into_iter().filter_map(part).collect()
    }

    fn open_reasoning(&mut self) -> Option<&mut Reasoning> {
        match self.0.last_mut() {
            Some(Slot::Part(Part::Reasoning(reasoning))) if reasoning.signature.is_none() => {
                Some(reasoning)
            }
            _ => None,
        }
    }

    fn push(&mut self, reasoning: Reasoning) {
        self.0.push(Slot::Part(Part::Reasoning(reasoning)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(data: &str) -> Signature {
        Signature { dialect: Dialect::Anthropic, data: data.to_owned() }
    }

    #[test]
    fn parts_stay_in_their_order_and_each_keeps_its_proof() {
        let mut said = Said::default();
        said.reasoning("Hm");
        said.reasoning(".");
        said.signature(Dialect::Anthropic, "one");
        said.withheld(Dialect::Anthropic, "two");
        said.text("Let me ");
        said.call(0);
        said.text("look.");
        said.call(0);
        said.reasoning("More.");
        said.call(1);
        let call = |id: &str| ToolCall {
            id: id.to_owned(),
            name: "look".to_owned(),
            arguments: "{}".to_owned(),
            signature: None,
        };
        let parts = said.into_parts(vec![call("a"), call("b")]);
        let expected = vec![
            Part::Reasoning(Reasoning { text: "Hm.".into(), signature: Some(signature("one")) }),
            Part::Withheld(signature("two")),
            Part::Text("Let me ".into()),
            Part::ToolCall(call("a")),
            Part::Text("look.".into()),
            Part::Reasoning(Reasoning { text: "More.".into(), signature: None }),
            Part::ToolCall(call("b")),
        ];
        assert_eq!(parts, expected, "as the provider wants it back");
    }

    #[test]
    fn calls_of_a_partial_answer_are_left_out() {
        let mut said = Said::default();
        said.text("Half");
        said.call(0);
        assert_eq!(said.into_parts(Vec::new()), vec![Part::Text("Half".into())], "never run");
    }
}
