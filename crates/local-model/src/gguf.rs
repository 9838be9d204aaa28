//! A first look at a weights file, before llama.cpp opens it.
//!
//! Tells a missing file, one that is no GGUF and one that is cut short from
//! one that only llama.cpp could refuse, so that the message names the next
//! step. Reads the file's own table of contents, never the tensors.
//! Layout: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

mod contents;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use contents::{Contents, Unread};

/// Why a file cannot be a model.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    /// There is no such file, or it cannot be read.
    #[error("the model file cannot be read: {0}")]
    Missing(String),
    /// It is something else, or cut short.
    #[error("the file is no complete GGUF model: {0}")]
    Damaged(&'static str),
}

/// What a whole file says about itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The model's kind, such as `llama`; empty where the file does not say.
    pub(crate) architecture: String,
}

/// Looks through the file's table of contents.
///
/// # Errors
/// When it cannot be read, is not a GGUF file of a known version, or ends before its tensors do.
pub(crate) fn inspect(path: &Path) -> Result<Facts, Unusable> {
    let unreadable = |error: std::io::Error| Unusable::Missing(error.to_string());
    let file = File::open(path).map_err(unreadable)?;
    let facts = file.metadata().map_err(unreadable)?;
    if !facts.is_file() {
        return Err(Unusable::Missing("it is not a file".to_owned()));
    }
    let contents = Contents::read(BufReader::new(file));
    judge(contents, facts.len())
}

fn judge(contents: Result<Contents, Unread>, size: u64) -> Result<Facts, Unusable> {
    let contents = contents.map_err(|unread| match unread {
        Unread::Unreadable(kind) => Unusable::Missing(kind.to_string()),
        Unread::OtherMagic => Unusable::Damaged("it does not begin with GGUF"),
        Unread::OtherVersion => Unusable::Damaged("its version is unknown"),
        Unread::CutShort => Unusable::Damaged("it is cut short"),
        Unread::Nonsense => Unusable::Damaged("its table of contents makes no sense"),
    })?;
    match contents.end {
        None => Err(Unusable::Damaged("it holds no tensors")),
        Some(end) if end > size => Err(Unusable::Damaged("it is cut short")),
        Some(_) => Ok(Facts { architecture: contents.architecture }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Vec<u8> {
        let length = u64::try_from(text.len()).unwrap().to_le_bytes();
        [length.as_slice(), text.as_bytes()].concat()
    }

    /// One tensor of eight 32-bit numbers behind a page of metadata.
    fn whole() -> Vec<u8> {
        let mut file = b"GGUF\x03\0\0\0".to_vec();
        file.extend([1_u64, 3].map(u64::to_le_bytes).concat());
        file.extend([text("general.architecture"), vec![8, 0, 0, 0], text("llama")].concat());
        let tokens = [text("a"), text("b")].concat();
        let list = [vec![9, 0, 0, 0, 8, 0, 0, 0], 2_u64.to_le_bytes().to_vec(), tokens].concat();
        file.extend([text("tokenizer.ggml.tokens"), list].concat());
        file.extend([text("general.alignment"), vec![4, 0, 0, 0, 64, 0, 0, 0]].concat());
        file.extend([text("output.weight"), vec![1, 0, 0, 0]].concat());
        file.extend(8_u64.to_le_bytes());
        file.extend([vec![0; 4], vec![0; 8]].concat());
        file.resize(file.len().next_multiple_of(64) + 32, 0);
        file
    }

    fn judged(file: &[u8]) -> Result<Facts, Unusable> {
        judge(Contents::read(std::io::Cursor::new(file)), u64::try_from(file.len()).unwrap())
    }

    #[test]
    fn a_file_is_whole_only_with_the_last_byte_of_its_last_tensor() {
        let whole = whole();
        let facts = Facts { architecture: "llama".to_owned() };
        assert_eq!(judged(&whole), Ok(facts), "every byte is there");
        for length in 8..whole.len() {
            let cut = Err(Unusable::Damaged("it is cut short"));
            assert_eq!(judged(&whole[..length]), cut, "a download may break off after {length}");
        }
    }

    #[test]
    fn what_is_no_gguf_of_a_known_version_is_named() {
        let newer = [b"GGUF\x09\0\0\0".as_slice(), &[0; 16]].concat();
        assert_eq!(judged(&newer), Err(Unusable::Damaged("its version is unknown")), "not guessed");
        let page = Err(Unusable::Damaged("it does not begin with GGUF"));
        assert_eq!(judged(b"<!doctype html>"), page, "an error page saved as a model");
        let empty = [b"GGUF\x03\0\0\0".as_slice(), &[0; 16]].concat();
        assert_eq!(judged(&empty), Err(Unusable::Damaged("it holds no tensors")), "an empty model");
    }

    #[test]
    fn absurd_lengths_are_refused_before_anything_is_set_aside() {
        let counts = [b"GGUF\x03\0\0\0".as_slice(), &[0xff; 16]].concat();
        let nonsense = Err(Unusable::Damaged("its table of contents makes no sense"));
        assert_eq!(judged(&counts), nonsense, "so many tensors fit into no file");
        let mut key = b"GGUF\x03\0\0\0".to_vec();
        key.extend([1_u64, 1, u64::MAX].map(u64::to_le_bytes).concat());
        assert_eq!(judged(&key), nonsense, "nor does a name of this length");
    }

    #[test]
    fn a_missing_file_is_told_from_a_damaged_one() {
        let found = inspect(Path::new("/nonexistent/model.gguf"));
        assert!(matches!(found, Err(Unusable::Missing(_))), "the next step differs: {found:?}");
        let folder = inspect(Path::new("/"));
        assert!(matches!(folder, Err(Unusable::Missing(_))), "a folder is no model: {folder:?}");
    }
}
