//! The automatic title of a chat: the beginning of its first question.
//!
//! The first line with words in it, without Markdown, cut at a word.

/// Longest automatic title, in characters, the ellipsis included.
const CHARS: usize = 60;

/// A title for a chat that begins with `question`. Never empty for a question with text.
pub(crate) fn from_question(question: &str) -> String {
    let line = question
        .lines()
        .filter(|line| !is_fence(line))
        .map(plain)
        .find(|line| line.chars().any(char::is_alphanumeric))
        .unwrap_or_else(|| question.split_whitespace().collect::<Vec<_>>().join(" "));
    cut(&line)
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// One line without its Markdown, in single spaces.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = without_prefix(line).chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' if text.ends_with(' ') && rest.peek() == Some(&' ') => text.push(c),
            '`' | '*' | '[' | '~' => {}
            '!' if rest.peek() == Some(&'[') => {}
            '_' if !inside_word(&text, rest.peek()) => {}
            ']' => {
                if rest.peek() == Some(&'(') {
                    // The address of a link is no title.
                    rest.by_ref().find(|c| *c == ')');
                }
            }
            '\\' if rest.peek().is_some_and(char::is_ascii_punctuation) => text.extend(rest.next()),
            c if c.is_control() => text.push(' '),
            c => text.push(c),
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An underscore between two letters is part of a name, not emphasis.
fn inside_word(before: &str, after: Option<&char>) -> bool {
    before.chars().next_back().is_some_and(char::is_alphanumeric)
        && after.is_some_and(|c| c.is_alphanumeric())
}

/// Without the marks that begin headings, quotes, lists and tasks.
fn without_prefix(line: &str) -> &str {
    let mut line = line.trim_start();
    loop {
        let unmarked = line.trim_start_matches(['#', '>']);
        let unmarked = ["- ", "* ", "+ ", "[ ] ", "[x] "]
            .iter()
            .find_map(|mark| unmarked.trim_start().strip_prefix(mark))
            .unwrap_or(unmarked);
        let unmarked = without_number(unmarked.trim_start());
        if unmarked.len() == line.len() {
            return line;
        }
        line = unmarked;
    }
}

/// `12. ` and `3) ` begin an item of a numbered list.
fn without_number(line: &str) -> &str {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() == line.len() {
        return line;
    }
    rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")).unwrap_or(line)
}

/// At most [`CHARS`] characters, ending with a whole word where there is one.
fn cut(line: &str) -> String {
    if line.chars().count() <= CHARS {
        return line.to_owned();
    }
    let head: String = line.chars().take(CHARS - 1).collect();
    let next_is_space = line.chars().nth(CHARS - 1).is_some_and(char::is_whitespace);
    let words = if next_is_space {
        head.as_str()
    } else {
        // A word longer than half the title is cut rather than dropped.
        head.rsplit_once(' ')
            .map(|(words, _)| words)
            .filter(|words| words.chars().count() >= CHARS / 2)
            .unwrap_or(&head)
    };
    format!("{}…", words.trim_end_matches([' ', ',', ';', ':', '.', '-', '–']))
}

#[cfg(test)]
mod tests {
    use super::from_question;

    #[test]
    fn a_title_is_the_first_line_without_markdown() {
        for (question, title) in [
            ("How do tides work?\nIn detail, please.", "How do tides work?"),
            ("\n\n## **Plan** for _Monday_", "Plan for Monday"),
            ("- [ ] call `snake_case_name()` twice", "call snake_case_name() twice"),
            ("> 1. See [the docs](https://example.org/a(b)) now", "See the docs) now"),
            ("![a cat](cat.png) what is this", "a cat what is this"),
            ("```rust\nfn main() {}\n```", "fn main() {}"),
            ("2 \\* 3 = 6?", "2 * 3 = 6?"),
            ("is 2 * 3 = 6?", "is 2 * 3 = 6?"),
            ("1984 was a year", "1984 was a year"),
            ("???", "???"),
            ("a\u{0}b\tc", "a b c"),
        ] {
            assert_eq!(from_question(question), title, "the title of {question:?}");
        }
    }

    #[test]
    fn a_long_title_ends_with_a_whole_word() {
        let long = "Explain the difference between the several kinds of consensus protocols";
        let title = from_question(long);
        assert_eq!(
            title, "Explain the difference between the several kinds of…",
            "a word cut in half reads badly"
        );
        assert_eq!(from_question(&"x".repeat(200)).chars().count(), 60, "no word end to cut at");
        assert_eq!(from_question(&"語".repeat(61)).chars().count(), 60, "characters, not bytes");
    }
}
