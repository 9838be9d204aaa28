//! Tokens as OpenAI's models count them, whose tokenizers are public.
//!
//! A dictionary is read in the background when it is first asked for; until
//! then every byte counts as a token, which is never too few. So does a word of
//! more than 128 bytes: the work grows with the square of a word that is one long
//! repetition, and who writes such words is not trusted. Nothing is counted beyond `MOST_COUNTED` bytes.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use bpe_openai::{cl100k_base, o200k_base};
use domain::Dialect;

/// Bytes of one conversation that are counted; at most some 3 ms of work (measured).
const MOST_COUNTED: usize = 128 << 10;
/// A longer word counts as its bytes.
const LONGEST_WORD: usize = 128;

/// How a model cuts text into tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tokenizer {
    O200k,
    Cl100k,
}

/// Those who are cut by `O200k`; other `gpt-4` and `gpt-3.5` are cut by `Cl100k`. Source:
/// tiktoken, `model.py`.
const O200K: [&str; 8] =
    ["gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "chatgpt-4o", "o1", "o3", "o4-mini"];
const CL100K: [&str; 2] = ["gpt-4", "gpt-3.5-turbo"];

struct Dictionary {
    read: OnceLock<&'static bpe_openai::Tokenizer>,
    /// Somebody reads it.
    reading: AtomicBool,
}

impl Dictionary {
    const fn unread() -> Self {
        Self { read: OnceLock::new(), reading: AtomicBool::new(false) }
    }
}

static DICTIONARIES: [Dictionary; 2] = [const { Dictionary::unread() }; 2];

impl Tokenizer {
    /// The tokenizer of a model; none where it is not public.
    pub(crate) fn of(dialect: Dialect, model: &str) -> Option<Self> {
        if dialect != Dialect::OpenAi {
            return None;
        }
        // Aggregators put the maker's name before it.
        let name = model.strip_prefix("openai/").unwrap_or(model);
        let named = |stem: &&str| {
            let rest = name.strip_prefix(*stem);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', ':', '@']))
        };
        if O200K.iter().any(named) || name.starts_with("gpt-5.") {
            Some(Self::O200k)
        } else {
            CL100K.iter().any(named).then_some(Self::Cl100k)
        }
    }

    fn dictionary(self) -> &'static Dictionary {
        let [o200k, cl100k] = &DICTIONARIES;
        match self {
            Self::O200k => o200k,
            Self::Cl100k => cl100k,
        }
    }

    /// Reads the dictionary, which takes a tenth of a second the first time.
    pub(crate) fn read(self) -> &'static bpe_openai::Tokenizer {
        self.dictionary().read.get_or_init(|| match self {
            Self::O200k => o200k_base(),
            Self::Cl100k => cl100k_base(),
        })
    }

    /// The dictionary where it was read already; else it is from now on.
    fn ready(self) -> Option<&'static bpe_openai::Tokenizer> {
        let Dictionary { read, reading } = self.dictionary();
        if read.get().is_none() && !reading.swap(true, Ordering::AcqRel) {
            let read_it = move || {
                self.read();
            };
            if std::thread::Builder::new().name("tokenizer".to_owned()).spawn(read_it).is_err() {
                reading.store(false, Ordering::Release);
            }
        }
        read.get().copied()
    }
}

/// Counts the texts of one conversation, none of them as less than it is.
pub(crate) struct Counter {
    by: Option<&'static bpe_openai::Tokenizer>,
    left: usize,
}

impl Counter {
    pub(crate) fn new(tokenizer: Option<Tokenizer>) -> Self {
        Self { by: tokenizer.and_then(Tokenizer::ready), left: MOST_COUNTED }
    }

    /// The tokens of a text; none where nobody counts them.
    pub(crate) fn count(&mut self, text: &str) -> Option<usize> {
        let tokenizer = self.by.filter(|_| text.len() <= self.left)?;
        self.left -= text.len();
        let word = |word: &str| match word.len() {
            ..=LONGEST_WORD => tokenizer.bpe.count(word.as_bytes()),
            bytes => bytes,
        };
        Some(tokenizer.split(text).map(word).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(tokenizer: Tokenizer, text: &str) -> Option<usize> {
        tokenizer.read();
        Counter::new(Some(tokenizer)).count(text)
    }

    #[test]
    fn a_models_name_says_its_tokenizer_and_a_strangers_says_none() {
        let of = |model| Tokenizer::of(Dialect::OpenAi, model);
        for model in ["gpt-4o", "gpt-4o-mini", "gpt-5.1-mini", "o3", "o4-mini-2025-04-16"] {
            assert_eq!(of(model), Some(Tokenizer::O200k), "{model}");
        }
        assert_eq!(of("openai/gpt-4.1"), Some(Tokenizer::O200k), "through an aggregator");
        assert_eq!(of("gpt-4-turbo"), Some(Tokenizer::Cl100k), "an older one");
        for model in ["gpt-4all", "o3x", "llama-3.3-70b", "mistral-large", "gpt-6"] {
            assert_eq!(of(model), None, "{model}: nobody says how it counts");
        }
        assert_eq!(Tokenizer::of(Dialect::Anthropic, "gpt-4o"), None, "nor who else calls it so");
    }

    #[test]
    fn tokens_are_counted_as_openai_counts_them() {
        let text = "The tide gauge at station 4 — two centimetres low. 潮汐";
        assert_eq!(counted(Tokenizer::O200k, "hello world"), Some(2));
        assert_eq!(
            counted(Tokenizer::Cl100k, "tiktoken is great!"),
            Some(6),
            "OpenAI's own example"
        );
        for tokenizer in [Tokenizer::O200k, Tokenizer::Cl100k] {
            assert_eq!(
                counted(tokenizer, text),
                Some(tokenizer.read().count(text)),
                "word by word"
            );
        }
    }

    #[test]
    fn what_is_not_counted_is_never_too_few() {
        let hyphens = "-".repeat(LONGEST_WORD + 1);
        assert_eq!(
            counted(Tokenizer::O200k, &hyphens),
            Some(hyphens.len()),
            "a long word by its bytes"
        );
        let long = "tide ".repeat(MOST_COUNTED / 5 + 1);
        assert_eq!(counted(Tokenizer::O200k, &long), None, "a long text is left to its bytes");
        assert_eq!(Counter::new(None).count("hello world"), None, "and one that nobody can count");
    }
}
