//! Characters that a server cut in half.
//!
//! Servers written in JavaScript cut text by UTF-16 units, so that an emoji
//! ends one event as `"\ud83c"` and begins the next as `"\udf0a"`. No strict
//! JSON parser takes either; joined again they are the character.

use std::borrow::Cow;

use memchr::memmem;

/// The first half, kept until the second arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HalfCharacter(Option<u16>);

impl HalfCharacter {
    /// `json` with its halves joined; a half without its other is left out.
    pub(super) fn mend<'a>(&mut self, json: &'a [u8]) -> Cow<'a, [u8]> {
        let has_any = [b"\\ud", b"\\uD"].iter().any(|half| memmem::find(json, *half).is_some());
        if !has_any {
            return Cow::Borrowed(json);
        }
        let mut mended = Vec::with_capacity(json.len() + 6);
        let mut rest = json;
        while let Some(at) = memchr::memchr(b'\\', rest) {
            let (before, from) = rest.split_at(at);
            mended.extend_from_slice(before);
            rest = match (escaped_unit(from), from.get(6..).and_then(escaped_unit)) {
                (Some(first @ 0xD800..=0xDBFF), Some(second @ 0xDC00..=0xDFFF)) => {
                    push_pair(&mut mended, first, second);
                    from.get(12..)
                }
                (Some(first @ 0xD800..=0xDBFF), _) => {
                    self.0 = Some(first);
                    from.get(6..)
                }
                (Some(second @ 0xDC00..=0xDFFF), _) => {
                    if let Some(first) = self.0.take() {
                        push_pair(&mut mended, first, second);
                    }
                    from.get(6..)
                }
                // Any other escape: the backslash and what it escapes stay together.
                _ => {
                    let (escape, after) = from.split_at(from.len().min(2));
                    mended.extend_from_slice(escape);
                    Some(after)
                }
            }
            .unwrap_or_default();
        }
        mended.extend_from_slice(rest);
        Cow::Owned(mended)
    }
}

/// The unit of an escape such as `\ud83c` at the beginning of `bytes`.
fn escaped_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

fn push_pair(json: &mut Vec<u8>, first: u16, second: u16) {
    json.extend_from_slice(format!("\\u{first:04x}\\u{second:04x}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text of two events whose text was cut before unit `cut`, as JavaScript writes it.
    fn cut_and_mended(text: &str, cut: usize) -> String {
        let units: Vec<u16> = text.encode_utf16().collect();
        let (one, two) = units.split_at(cut.min(units.len()));
        let mut half = HalfCharacter::default();
        [one, two].map(|units| read(&mut half, &as_json(units))).concat()
    }

    fn as_json(units: &[u16]) -> String {
        let escaped: String = char::decode_utf16(units.iter().copied())
            .map(|unit| match unit {
                Ok(c @ ('"' | '\\')) => format!("\\{c}"),
                Ok(c) if c.is_control() => format!("\\u{:04x}", u32::from(c)),
                Ok(c) => c.to_string(),
                Err(lone) => format!("\\u{:04x}", lone.unpaired_surrogate()),
            })
            .collect();
        format!("\"{escaped}\"")
    }

    fn read(half: &mut HalfCharacter, json: &str) -> String {
        serde_json::from_slice(&half.mend(json.as_bytes())).expect("mended")
    }

    #[test]
    fn wall_34_an_emoji_cut_between_two_events_is_whole_again() {
        let text = "a🌊b";
        for cut in 0..=4 {
            assert_eq!(cut_and_mended(text, cut), text, "cut before unit {cut}");
        }
    }

    #[test]
    fn what_looks_like_half_a_character_but_is_text_stays() {
        let mut half = HalfCharacter::default();
        let whole = r#""\\ud83c \\\\ud83c \ud83c\udf0a \u00e9""#;
        assert_eq!(read(&mut half, whole), "\\ud83c \\\\ud83c 🌊 é", "a backslash may be text");
        assert_eq!(read(&mut half, r#""x\udf0ay\ud83cz""#), "xyz", "a half alone is left out");
    }

    proptest! {
        #[test]
        fn wall_34_no_cut_changes_any_text(text in "\\PC{0,20}", cut in 0_usize..24) {
            prop_assert_eq!(cut_and_mended(&text, cut), text);
        }

        #[test]
        fn no_bytes_make_it_fail(bytes in "[\\\\ud8cf0-9\"a ]{0,40}") {
            let mut half = HalfCharacter::default();
            prop_assert!(half.mend(bytes.as_bytes()).len() <= bytes.len() + 6);
        }
    }
}
