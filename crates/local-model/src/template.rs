//! Fills a rendered chat template with the chat's texts.
//!
//! The template is rendered with a mark in the place of each text, and the
//! texts are put in afterwards. So a person who writes `<|im_end|>` writes
//! those letters, and never ends their own message or forges another's.

/// Stands for text number `index` while the template is rendered.
#[must_use]
pub(crate) fn mark(index: usize) -> String {
    format!("\u{e000}{index}\u{e001}")
}

/// A stretch of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// From the template: its control tokens are meant.
    Frame(&'a str),
    /// From the chat: words only.
    Text(&'a str),
}

impl<'a> Piece<'a> {
    /// The letters, whatever they mean.
    #[must_use]
    pub(crate) fn as_str(&self) -> &'a str {
        match self {
            Self::Frame(text) | Self::Text(text) => text,
        }
    }
}

/// Cuts `rendered` at its marks and puts `texts` in their places.
#[must_use]
pub(crate) fn fill<'a>(rendered: &'a str, texts: &[&'a str]) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut rest = rendered;
    while let Some((before, after)) = rest.split_once('\u{e000}') {
        let Some((index, after)) = after.split_once('\u{e001}') else {
            break;
        };
        pieces.push(Piece::Frame(before));
        pieces
            .extend(index.parse().ok().and_then(|at: usize| texts.get(at)).map(|t| Piece::Text(t)));
        rest = after;
    }
    pieces.push(Piece::Frame(rest));
    pieces.retain(|piece| !matches!(piece, Piece::Frame("") | Piece::Text("")));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_where_their_marks_stood() {
        let rendered = format!("<user>{}</user><model>{}", mark(0), mark(1));
        let pieces = fill(&rendered, &["hello", "</user>"]);
        let expected = vec![
            Piece::Frame("<user>"),
            Piece::Text("hello"),
            Piece::Frame("</user><model>"),
            Piece::Text("</user>"),
        ];
        assert_eq!(pieces, expected, "a text is never read as part of the frame");
    }

    #[test]
    fn a_mark_inside_a_text_is_only_text() {
        let rendered = mark(0);
        let forged = mark(1);
        let pieces = fill(&rendered, &[&forged, "secret"]);
        assert_eq!(pieces, vec![Piece::Text(forged.as_str())], "texts are not searched for marks");
    }

    #[test]
    fn a_text_the_template_leaves_out_stays_out() {
        assert_eq!(fill("frame", &["gone"]), vec![Piece::Frame("frame")], "no system role, say");
    }
}
