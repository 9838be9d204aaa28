//! From token bytes to the text that is shown.
//!
//! Holds back what cannot be shown yet: the first bytes of a character whose
//! rest is in the next token, and the beginning of what may become a stop
//! text. Knows no model and no network.

/// Joins token bytes into whole characters.
#[derive(Debug, Default)]
pub(crate) struct Characters {
    tail: Vec<u8>,
}

impl Characters {
    /// The characters completed by `bytes`. What is not UTF-8 becomes U+FFFD;
    /// a character that never completes is dropped.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        self.tail.extend_from_slice(bytes);
        let mut text = String::new();
        let mut rest = self.tail.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    rest = &[];
                    break;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(valid));
                    rest = after;
                    let Some(wrong) = error.error_len() else {
                        break;
                    };
                    text.push(char::REPLACEMENT_CHARACTER);
                    rest = rest.get(wrong..).unwrap_or_default();
                }
            }
        }
        self.tail = rest.to_vec();
        text
    }
}

/// Ends an answer at a stop text, and never shows one.
#[derive(Debug)]
pub(crate) struct StopTexts {
    stops: Vec<String>,
    held: String,
}

impl StopTexts {
    /// Watches for `stops`; empty ones are ignored.
    #[must_use]
    pub(crate) fn new(stops: impl IntoIterator<Item = String>) -> Self {
        let stops = stops.into_iter().filter(|stop| !stop.is_empty()).collect();
        Self { stops, held: String::new() }
    }

    /// What may be shown now, and whether a stop text ended the answer.
    pub(crate) fn push(&mut self, text: &str) -> (String, bool) {
        self.held.push_str(text);
        let first = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str())).min();
        if let Some(at) = first {
            self.held.truncate(at);
            return (std::mem::take(&mut self.held), true);
        }
        let shown = self.held.len() - self.undecided();
        let rest = self.held.split_off(shown);
        (std::mem::replace(&mut self.held, rest), false)
    }

    /// What was held back, once nothing follows.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Length of the longest end of `held` that begins a stop text.
    fn undecided(&self) -> usize {
        let longest = |stop: &String| {
            let begins = |&(at, _): &(usize, char)| {
                self.held.get(at..).is_some_and(|end| stop.starts_with(end))
            };
            self.held.char_indices().find(begins).map_or(0, |(at, _)| self.held.len() - at)
        };
        self.stops.iter().map(longest).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_split_at_every_byte_arrives_whole() {
        let text = "né 日本 👩‍🚀.";
        let mut characters = Characters::default();
        let shown: String = text.bytes().map(|byte| characters.push(&[byte])).collect();
        assert_eq!(shown, text, "tokens may end inside a character");
    }

    #[test]
    fn bytes_that_are_no_text_become_replacement_characters() {
        let mut characters = Characters::default();
        assert_eq!(characters.push(b"a\xffb"), "a\u{fffd}b", "the stream must stay valid UTF-8");
        assert_eq!(characters.push(&[0xf0, 0x9f]), "", "an unfinished character waits");
        assert_eq!(characters.push(b"z"), "\u{fffd}z", "until it is known to be broken");
    }

    fn show(stops: &[&str], pieces: &[&str]) -> (String, bool) {
        let mut watch = StopTexts::new(stops.iter().map(|stop| (*stop).to_owned()));
        let mut shown = String::new();
        for piece in pieces {
            let (text, ended) = watch.push(piece);
            shown.push_str(&text);
            if ended {
                return (shown, true);
            }
        }
        shown.push_str(&watch.finish());
        (shown, false)
    }

    #[test]
    fn a_stop_text_ends_the_answer_and_is_not_shown() {
        let whole = show(&["END"], &["one END two"]);
        assert_eq!(whole, ("one ".to_owned(), true), "in one piece");
        let split = show(&["END"], &["one E", "N", "D two"]);
        assert_eq!(split, ("one ".to_owned(), true), "or across tokens");
    }

    #[test]
    fn what_only_began_like_a_stop_text_is_shown() {
        assert_eq!(show(&["END"], &["E", "N"]), ("EN".to_owned(), false), "held text is not lost");
        assert_eq!(show(&["EEND"], &["EE", "END"]), ("E".to_owned(), true), "overlaps are found");
        assert_eq!(show(&["é!"], &["é", "?"]), ("é?".to_owned(), false), "beyond ASCII too");
    }

    #[test]
    fn the_earliest_of_several_stop_texts_wins() {
        assert_eq!(show(&["b", "a"], &["xab"]), ("x".to_owned(), true), "order does not matter");
        assert_eq!(show(&[""], &["x"]), ("x".to_owned(), false), "an empty one never stops");
    }
}
