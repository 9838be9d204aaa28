//! Other people's words made safe to show.
//!
//! Providers echo keys in errors, answer in HTML, or send novels. What goes
//! on screen or into the log is one plain line, short, without the key.

use crate::ApiKey;

const MASK: &str = "‹key›";
/// Longest quotation of a provider's own words, in characters.
const LONGEST: usize = 300;
/// A piece of the key this long counts as the key.
const TELLING: usize = 8;
/// Local servers take any word as key; masking `x` everywhere would hide the message.
const SHORTEST_KEY: usize = 6;

/// `text` as one plain line without secrets; none where nothing readable is left.
pub(crate) fn quotable(text: &str, key: Option<&ApiKey>) -> Option<String> {
    if looks_like_markup(text) {
        return None;
    }
    let shown = without_key(text, key);
    let mut line = String::new();
    let mut length = 0;
    for word in shown.split(|c: char| c.is_whitespace() || is_invisible(c)) {
        if word.is_empty() {
            continue;
        }
        if length > 0 {
            line.push(' ');
        }
        line.push_str(word);
        length += word.chars().count() + 1;
        if length > LONGEST {
            let short: String = line.chars().take(LONGEST).collect();
            return Some(format!("{short}…"));
        }
    }
    (!line.is_empty()).then_some(line)
}

/// `text` with the key, its pieces and anything shaped like a key masked.
pub(crate) fn without_key(text: &str, key: Option<&ApiKey>) -> String {
    let key = key.map(ApiKey::expose).filter(|key| key.len() >= SHORTEST_KEY);
    let text = match key {
        Some(key) => text.replace(key, MASK).replace(&percent_encoded(key), MASK),
        None => text.to_owned(),
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let word_len = rest.find(|c| !is_key_char(c)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(word_len);
        out.push_str(if is_telling(word, key) { MASK } else { word });
        let gap_len = tail.find(is_key_char).unwrap_or(tail.len());
        let (gap, tail) = tail.split_at(gap_len);
        out.push_str(gap);
        rest = tail;
    }
    out
}

fn is_telling(word: &str, key: Option<&str>) -> bool {
    const SHAPES: [&str; 7] = ["sk-", "sk_", "gsk_", "xai-", "AIza", "hf_", "pplx-"];
    let shaped = word.len() >= 12 && SHAPES.iter().any(|shape| word.starts_with(shape));
    shaped || (word.len() >= TELLING && key.is_some_and(|key| key.contains(word)))
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '%')
}

fn percent_encoded(key: &str) -> String {
    key.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

fn looks_like_markup(text: &str) -> bool {
    let start = text.trim_start();
    start.starts_with('<') || start.contains("</") || start.contains("<!")
}

/// Control characters, and those that reorder or hide text.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> ApiKey {
        ApiKey::new("sk-proj-Abc/def+0123456789".into())
    }

    #[test]
    fn wall_75_a_key_is_masked_in_every_form() {
        for text in [
            "Incorrect API key provided: sk-proj-Abc/def+0123456789.",
            "GET /v1?key=sk-proj-Abc%2Fdef%2B0123456789 failed",
            "Bearer sk-proj-Abc/def+0123456789",
            "key 0123456789 is unknown",
            "another one: sk-ant-api03-zzzzzzzzzzzz",
        ] {
            let shown = quotable(text, Some(&key())).expect("readable");
            assert!(shown.contains(MASK), "{shown}");
            assert!(!shown.contains("0123456789") && !shown.contains("zzzz"), "{shown}");
        }
    }

    #[test]
    fn ordinary_words_stay() {
        let text = "The model `gpt-4.1-mini` does not exist or you do not have access to it.";
        assert_eq!(quotable(text, Some(&key())).as_deref(), Some(text), "it must stay helpful");
    }

    #[test]
    fn wall_14_markup_is_never_quoted() {
        assert_eq!(quotable("<html><body>502</body></html>", None), None, "a page is no message");
        assert_eq!(quotable("\n<!DOCTYPE html>", None), None, "nor its beginning");
    }

    #[test]
    fn a_novel_is_cut_and_hidden_characters_go() {
        let long = quotable(&"word ".repeat(1_000), None).expect("readable");
        assert_eq!(long.chars().count(), LONGEST + 1, "one line on the screen");
        assert_eq!(quotable("a\u{202E}b\u{0}c\nd", None).as_deref(), Some("a b c d"), "plain text");
    }

    proptest! {
        #[test]
        fn wall_75_no_surrounding_text_saves_the_key(before in ".{0,20}", after in ".{0,20}") {
            let text = format!("{before}{}{after}", key().expose());
            prop_assert!(!without_key(&text, Some(&key())).contains("0123456789"));
        }
    }
}
