//! From what a person typed to an FTS5 expression and filters.
//!
//! Everything reaches FTS5 as quoted strings, so no input is a syntax error.
//! What looks like a filter but is none is searched as words.

use domain::{Author, UnixMs};

use crate::history::day::DAY_MS;
use crate::limits;

/// What a search narrows down to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filters {
    pub(super) author: Option<Author>,
    /// Not before this time.
    pub(super) from: Option<UnixMs>,
    /// Before this time.
    pub(super) until: Option<UnixMs>,
    pub(super) pinned: Option<bool>,
    pub(super) archived: Option<bool>,
    /// Part of a model's name, in lower case.
    pub(super) model: Option<String>,
}

/// One word or quoted phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    text: String,
    /// It may go on: its last word was not finished.
    open: bool,
    quoted: bool,
}

/// A parsed query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    terms: Vec<Term>,
    pub(super) filters: Filters,
}

impl Query {
    pub(super) fn parse(typed: &str) -> Self {
        let mut query = Self::default();
        let cleaned: String = typed
            .chars()
            .take(limits::QUERY_CHARS)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let mut rest = cleaned.trim_start();
        while !rest.is_empty() {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (phrase, after) = quoted.split_once('"').unwrap_or((quoted, ""));
                let open = phrase.len() == quoted.len() && !phrase.ends_with(' ');
                query.add(phrase, open, true);
                rest = after.trim_start();
            } else {
                let end = rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                if !query.filters.take(word) {
                    query.add(word, after.is_empty(), false);
                }
                rest = after.trim_start();
            }
        }
        query
    }

    /// Nothing to look for and nothing to narrow down.
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.filters == Filters::default()
    }

    /// The FTS5 expression for all words anywhere; none where there are no words.
    pub(super) fn words(&self) -> Option<String> {
        let terms: Vec<_> = self.terms.iter().map(Term::expression).collect();
        (!terms.is_empty()).then(|| terms.join(" "))
    }

    /// The FTS5 expression for the words side by side, where that says more than `words`.
    pub(super) fn side_by_side(&self) -> Option<String> {
        let last = self.terms.last()?;
        if self.terms.len() < 2 || self.terms.iter().any(|term| term.quoted) {
            return None;
        }
        let text = self.terms.iter().map(|term| term.text.as_str()).collect::<Vec<_>>().join(" ");
        Some(Term { text, open: last.open, quoted: false }.expression())
    }

    /// Adds a term, unless the index would see no word in it.
    fn add(&mut self, text: &str, open: bool, quoted: bool) {
        if text.chars().any(is_word_char) {
            self.terms.push(Term { text: text.to_owned(), open, quoted });
        }
    }
}

/// What the index's tokenizer keeps: letters, digits, and what is neither known nor ASCII.
fn is_word_char(c: char) -> bool {
    c.is_alphanumeric()
}

impl Term {
    /// A quoted FTS5 string, with a star where the last word may go on. One letter does not
    /// go on: that would be a large part of all words.
    fn expression(&self) -> String {
        let last = self.text.rsplit(|c| !is_word_char(c)).next().unwrap_or("");
        let long = last.chars().nth(1).is_some() || !last.is_ascii();
        let star = if self.open && long { "*" } else { "" };
        format!("\"{}\"{star}", self.text.replace('"', "\"\""))
    }
}

impl Filters {
    /// Takes `key:value` if it is a filter.
    fn take(&mut self, word: &str) -> bool {
        let Some((key, value)) = word.split_once(':') else {
            return false;
        };
        let value = value.to_lowercase();
        match key.to_lowercase().as_str() {
            "from" => set(&mut self.author, author(&value)),
            "before" => set(&mut self.until, day(&value)),
            "after" => set(&mut self.from, day(&value)),
            "pinned" => set(&mut self.pinned, yes_or_no(&value)),
            "archived" => set(&mut self.archived, yes_or_no(&value)),
            "model" => set(&mut self.model, Some(value).filter(|name| !name.is_empty())),
            _ => false,
        }
    }
}

fn set<T>(filter: &mut Option<T>, value: Option<T>) -> bool {
    let known = value.is_some();
    if known {
        *filter = value;
    }
    known
}

fn author(value: &str) -> Option<Author> {
    match value {
        "me" => Some(Author::User),
        "model" => Some(Author::Assistant),
        _ => None,
    }
}

fn yes_or_no(value: &str) -> Option<bool> {
    match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// The first moment (UTC) of a day written as `2026-01-31`.
fn day(value: &str) -> Option<UnixMs> {
    let mut parts = value.splitn(3, '-');
    let mut number = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<i64>().ok()).flatten()
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1..=days).contains(&day) {
        return None;
    }
    // Days since 1970-01-01, with years that begin in March so that leap days come last.
    let shifted = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let before = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400;
    Some(UnixMs((before + of_year - 719_468) * DAY_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(typed: &str) -> Option<String> {
        Query::parse(typed).words()
    }

    #[test]
    fn words_become_quoted_strings_and_the_last_may_go_on() {
        for (typed, wanted) in [
            ("blue whale", Some(r#""blue" "whale"*"#)),
            ("blue whale ", Some(r#""blue" "whale""#)),
            (r#""blue whale" song"#, Some(r#""blue whale" "song"*"#)),
            (r#""blue wha"#, Some(r#""blue wha"*"#)),
            (r#"say"hi"now"#, Some(r#""say" "hi" "now"*"#)),
            ("a", Some(r#""a""#)),
            ("語", Some(r#""語"*"#)),
            ("NEAR(a b) OR -text:^x*", Some(r#""NEAR(a" "b)" "OR" "-text:^x*""#)),
            ("+++ \"\" ---", None),
            ("", None),
        ] {
            assert_eq!(words(typed).as_deref(), wanted, "what {typed:?} asks for");
        }
    }

    #[test]
    fn words_side_by_side_are_asked_for_only_where_that_says_more() {
        let side = |typed| Query::parse(typed).side_by_side();
        assert_eq!(side("blue wha").as_deref(), Some(r#""blue wha"*"#), "two words");
        assert_eq!(side("whale"), None, "one word is beside itself");
        assert_eq!(side(r#"a "b c""#), None, "the person already said what stands together");
    }

    #[test]
    fn filters_are_taken_out_and_everything_else_stays_a_word() {
        let query = Query::parse("from:me before:2026-01-31 pinned:yes model:GPT tide");
        assert_eq!(
            query.filters,
            Filters {
                author: Some(Author::User),
                until: Some(UnixMs(1_769_817_600_000)),
                pinned: Some(true),
                model: Some("gpt".to_owned()),
                ..Filters::default()
            },
            "four filters"
        );
        assert_eq!(query.words().as_deref(), Some(r#""tide"*"#), "one word");
        let typing = Query::parse("from:m before:2026-02-30 http://x pinned:");
        assert_eq!(typing.filters, Filters::default(), "a filter that is still typed is none");
        assert_eq!(typing.terms.len(), 4, "and is searched as words");
    }

    #[test]
    fn days_are_counted_like_the_calendar() {
        for (text, days) in [
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(11_016)),
            ("2026-11-23", Some(20_780)),
            ("1900-02-29", None),
            ("2026-13-01", None),
            ("2026-1-01", None),
            ("+026-01-01", None),
        ] {
            assert_eq!(day(text).map(|at| at.0 / DAY_MS), days, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_expression_is_quoted_strings_and_nothing_else(typed in ".{0,80}") {
            let query = Query::parse(&typed);
            for expression in query.words().into_iter().chain(query.side_by_side()) {
                // Outside quotes only spaces and stars may stand; quotes inside are doubled.
                let outside: String = expression.split('"').step_by(2).collect();
                prop_assert!(outside.chars().all(|c| c == ' ' || c == '*'), "{expression}");
            }
        }
    }
}
