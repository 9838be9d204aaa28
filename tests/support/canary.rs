//! Words that occur nowhere else, and looking for them in every byte.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::dice::Dice;

/// What a person would least like to find somewhere, each in words of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Canaries {
    /// Opens the desk.
    pub passphrase: String,
    /// What is asked.
    pub question: String,
    /// What is answered.
    pub answer: String,
    /// The provider's key.
    pub key: String,
    /// A title that the person typed.
    pub title: String,
    /// What is searched for.
    pub search: String,
    /// What was typed and not sent.
    pub draft: String,
    /// Instructions before every chat.
    pub instructions: String,
}

impl Canaries {
    /// Canaries that no other run has.
    #[must_use]
    pub fn new() -> Self {
        let mut dice = Dice::from_seed(Dice::default().roll());
        let mut two = |between: &str| format!("{}{between}{}", dice.word(6), dice.word(6));
        Self {
            passphrase: two(" "),
            question: two(" moved over to "),
            answer: two(" lies east of "),
            key: format!("sk-{}", two("-")),
            title: two(" and "),
            search: two(" "),
            draft: two(" not yet "),
            instructions: two(" before "),
        }
    }

    /// Each single word with the name of what it belongs to. The words are
    /// looked for one by one, so that half of one is found as well.
    #[must_use]
    pub fn words(&self) -> Vec<(String, Vec<u8>)> {
        let texts = [
            ("passphrase", &self.passphrase),
            ("question", &self.question),
            ("answer", &self.answer),
            ("provider key", &self.key),
            ("title", &self.title),
            ("search", &self.search),
            ("draft", &self.draft),
            ("instructions", &self.instructions),
        ];
        let mut words = Vec::new();
        for (name, text) in texts {
            for word in text.split([' ', '-']).filter(|word| word.len() > 12) {
                words.push((name.to_owned(), word.as_bytes().to_vec()));
            }
        }
        words
    }
}

impl Default for Canaries {
    fn default() -> Self {
        Self::new()
    }
}

/// The forms in which a word could lie somewhere: UTF-8 and both UTF-16.
#[must_use]
pub fn forms(word: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    [
        ("UTF-8", word.to_vec()),
        ("UTF-16LE", word.iter().flat_map(|byte| [*byte, 0]).collect()),
        ("UTF-16BE", word.iter().flat_map(|byte| [0, *byte]).collect()),
    ]
}

/// The files that hold `canary`, as UTF-8 or as UTF-16 of either order.
#[must_use]
pub fn find(folder: &Path, canary: &[u8]) -> Vec<PathBuf> {
    let forms = forms(canary);
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let bytes = std::fs::read(&path).unwrap_or_default();
                if forms.iter().any(|(_, form)| memchr::memmem::find(&bytes, form).is_some()) {
                    found.push(path);
                }
            }
        }
    }
    found
}

/// The names of the canaries that occur in `bytes`.
#[must_use]
pub fn named_in(words: &[(String, Vec<u8>)], bytes: &[u8]) -> Vec<String> {
    let occurs = |word: &[u8]| {
        forms(word).iter().any(|(_, form)| memchr::memmem::find(bytes, form).is_some())
    };
    words.iter().filter(|(_, word)| occurs(word)).map(|(name, _)| name.clone()).collect()
}
