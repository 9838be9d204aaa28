//! A first look at a weights file, before llama.cpp opens it.
//!
//! Tells a missing file from one that is no GGUF, so that the message names
//! the next step. Whether the tensors are whole only llama.cpp can say.
//! Layout: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

use std::fs::File;
use std::io::Read;
use std::path::Path;

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

/// Magic, version, number of tensors, number of metadata entries.
const HEADER: usize = 24;
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;

/// Looks at the file's first bytes.
///
/// # Errors
/// When it cannot be read, or is not a GGUF file of a known version.
pub(crate) fn inspect(path: &Path) -> Result<(), Unusable> {
    let unreadable = |error: std::io::Error| Unusable::Missing(error.to_string());
    let file = File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(Unusable::Missing("it is not a file".to_owned()));
    }
    let mut header = Vec::with_capacity(HEADER);
    file.take(HEADER as u64).read_to_end(&mut header).map_err(unreadable)?;
    judge(&header)
}

fn judge(header: &[u8]) -> Result<(), Unusable> {
    let [b'G', b'G', b'U', b'F', a, b, c, d, rest @ ..] = header else {
        return Err(Unusable::Damaged("it does not begin with GGUF"));
    };
    if !VERSIONS.contains(&u32::from_le_bytes([*a, *b, *c, *d])) {
        return Err(Unusable::Damaged("its version is unknown"));
    }
    if rest.len() < HEADER - 8 {
        return Err(Unusable::Damaged("it is cut short"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_gguf_header_of_a_known_version_passes() {
        let whole = [b"GGUF\x03\0\0\0".as_slice(), &[0; 16]].concat();
        assert_eq!(judge(&whole), Ok(()), "version 3 is today's");
        let cut = Err(Unusable::Damaged("it is cut short"));
        assert_eq!(judge(&whole[..20]), cut, "a download may break off");
        let newer = [b"GGUF\x09\0\0\0".as_slice(), &[0; 16]].concat();
        assert_eq!(judge(&newer), Err(Unusable::Damaged("its version is unknown")), "not guessed");
        let page = Err(Unusable::Damaged("it does not begin with GGUF"));
        assert_eq!(judge(b"<!doctype html>"), page, "an error page saved as a model");
    }

    #[test]
    fn a_missing_file_is_told_from_a_damaged_one() {
        let found = inspect(Path::new("/nonexistent/model.gguf"));
        assert!(matches!(found, Err(Unusable::Missing(_))), "the next step differs: {found:?}");
        let folder = inspect(Path::new("/"));
        assert!(matches!(folder, Err(Unusable::Missing(_))), "a folder is no model: {folder:?}");
    }
}
