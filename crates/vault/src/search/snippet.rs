//! A snippet as pieces, cut at marks that FTS5 puts around what was found.

/// A piece of a snippet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnippetPiece {
    /// The text.
    pub text: String,
    /// True where it is what was searched for.
    pub hit: bool,
}

/// The marks around hits. They carry a random number, so that no stored text can contain
/// them, by chance or by intent.
pub(super) struct Marks {
    pub(super) open: String,
    pub(super) close: String,
}

impl Marks {
    pub(super) fn new(random: [u8; 8]) -> Self {
        let number = u64::from_be_bytes(random);
        Self { open: format!("\u{E000}{number:016x}"), close: format!("\u{E001}{number:016x}") }
    }

    /// The pieces of a marked text, in single spaces, without empty pieces.
    pub(super) fn cut(&self, marked: &str) -> Vec<SnippetPiece> {
        let mut pieces = Vec::new();
        for part in marked.split(&self.open) {
            let (hit, plain) = match part.split_once(&self.close) {
                Some((hit, plain)) => (hit, plain),
                None => ("", part),
            };
            push(&mut pieces, hit, true);
            push(&mut pieces, plain, false);
        }
        pieces
    }
}

fn push(pieces: &mut Vec<SnippetPiece>, text: &str, hit: bool) {
    let mut spaced = String::with_capacity(text.len());
    for c in text.chars() {
        if !(c.is_whitespace() || c.is_control()) {
            spaced.push(c);
        } else if !spaced.ends_with(' ') {
            spaced.push(' ');
        }
    }
    if !spaced.is_empty() {
        pieces.push(SnippetPiece { text: spaced, hit });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_text_becomes_pieces() {
        let marks = Marks::new([1; 8]);
        let marked = format!("the {}blue{} \n\n\twhale", marks.open, marks.close);
        let piece = |text: &str, hit| SnippetPiece { text: text.to_owned(), hit };
        assert_eq!(
            marks.cut(&marked),
            vec![piece("the ", false), piece("blue", true), piece(" whale", false)],
            "the hit is a piece of its own"
        );
    }

    #[test]
    fn a_text_with_marks_of_its_own_stays_text() {
        let marks = Marks::new([1; 8]);
        let pieces = marks.cut("\u{E000}0000 no hit \u{E001}");
        assert_eq!(pieces.len(), 1, "only this search's marks cut");
        assert!(pieces.iter().all(|piece| !piece.hit), "a message cannot make itself a hit");
    }
}
