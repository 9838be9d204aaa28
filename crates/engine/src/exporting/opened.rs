//! A package that somebody brings, verified without a desk.
//!
//! Nobody vouches for its bytes: nothing in it is unpacked, every length is bounded
//! before it is read, and whatever is not exactly as Carrel writes it is refused. In
//! the order of `docs/audit-verify.py`, which says the same sentences.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use domain::UnixMs;
use sealed::Sha256;
use workspace::{Digest, Manifest, ManifestError, Packed, SignedManifest};

use super::package::{BLOCK, LARGEST, MANIFEST, RECORD, SIGNATURE, block, names, padding, signed};
use crate::CheckedExport;
use crate::api::Failure;
use crate::auditing::{shown, verified};

/// A package whose signature and hashes hold, and what its record is.
#[derive(Clone, Debug)]
pub struct CheckedPackage {
    /// What its record is.
    pub export: CheckedExport,
    /// Who made it, by pseudonym.
    pub by: String,
    /// That member's key, with which it is signed; lowercase hexadecimal.
    pub key: String,
    /// When, by the clock of who made it.
    pub made_at: UnixMs,
}

/// Why a package does not hold.
#[derive(Debug, thiserror::Error)]
enum PackageError {
    #[error("This package is cut off or was changed: it is not in the form that Carrel writes.")]
    Form,
    #[error("This package holds {0}, which is none of its files.")]
    Foreign(String),
    #[error("This package holds {0} twice.")]
    Twice(&'static str),
    #[error("This package lacks {0}.")]
    Missing(&'static str),
    #[error("In this package {0} is longer than such a file can be.")]
    TooLong(&'static str),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error("In this package {0} is not what was signed.")]
    Changed(&'static str),
    #[error("This package says something else about its record than the record does.")]
    Elsewhere,
    #[error("This package is signed with another key than that of the member whom it names.")]
    Stranger,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl From<PackageError> for Failure {
    fn from(error: PackageError) -> Self {
        match error {
            PackageError::Io(error) => error.into(),
            other => Self::invalid(other.to_string()),
        }
    }
}

/// True where this is a package, and neither a record nor a proof.
///
/// # Errors
/// When it cannot be read.
pub fn is_package(from: &mut impl BufRead) -> std::io::Result<bool> {
    // No line of JSON has a zero byte in it.
    Ok(from.fill_buf()?.get(257..263) == Some(b"ustar\0"))
}

/// Verifies a package; `root` and `note` as of an exported record.
///
/// # Errors
/// Why it does not hold; what is wrong with the events of its record is in the report.
pub fn check_package(
    mut from: impl Read + Seek,
    root: Option<&str>,
    note: Option<&str>,
) -> Result<CheckedPackage, Failure> {
    from.seek(SeekFrom::Start(0))?;
    let places = places(&mut BufReader::new(&mut from))?;
    let text = text_of(&mut from, &places, MANIFEST)?;
    let signature = text_of(&mut from, &places, SIGNATURE)?;
    let manifest =
        Manifest::read(&SignedManifest { text, signature }).map_err(PackageError::from)?;
    hold(&mut from, &places, &manifest)?;
    let record = BufReader::new(open(&mut from, &places, RECORD)?);
    let found = verified(record, root, note)?;
    let is_same = found.head.workspace == manifest.workspace
        && found.report.events == manifest.events
        && found.report.root == manifest.tree;
    if found.report.fault.is_none() {
        if !is_same {
            return Err(PackageError::Elsewhere.into());
        }
        if found.keys.get(&manifest.by) != Some(&manifest.key) {
            return Err(PackageError::Stranger.into());
        }
    }
    let key = serde_json::to_value(manifest.key).unwrap_or_default();
    Ok(CheckedPackage {
        export: shown(found),
        by: manifest.by.to_string(),
        key: key.as_str().unwrap_or_default().to_owned(),
        made_at: manifest.made_at,
    })
}

/// Where a file of the package is, in bytes.
struct Place {
    name: &'static str,
    begins: u64,
    size: u64,
}

/// Where each file is. Nothing else is in it.
fn places(from: &mut impl Read) -> Result<Vec<Place>, PackageError> {
    let mut places: Vec<Place> = Vec::new();
    let mut at = 0;
    loop {
        let header = read_block(from)?;
        at += BLOCK as u64;
        if header == [0; BLOCK] {
            break;
        }
        let (name, size) = read_header(&header)?;
        let named = names().find(|(one, _)| one.as_bytes() == name);
        let (name, most) = named.ok_or_else(|| PackageError::Foreign(printable(name)))?;
        if places.iter().any(|place| place.name == name) {
            return Err(PackageError::Twice(name));
        }
        if size > most {
            return Err(PackageError::TooLong(name));
        }
        let behind = padding(size);
        skip(from, size)?;
        nothing(from, behind)?;
        places.push(Place { name, begins: at, size });
        at += size + behind;
    }
    nothing(from, BLOCK as u64)?;
    if from.read(&mut [0])? != 0 {
        return Err(PackageError::Form);
    }
    for (name, _) in names() {
        if !places.iter().any(|place| place.name == name) {
            return Err(PackageError::Missing(name));
        }
    }
    Ok(places)
}

/// The name and the length that a header names, where it is written as Carrel writes one.
fn read_header(header: &[u8; BLOCK]) -> Result<(&[u8], u64), PackageError> {
    let read = tar::Header::from_byte_slice(header);
    let (size, at) = (read.entry_size(), read.mtime());
    let (Ok(size @ ..=LARGEST), Ok(at @ ..=LARGEST)) = (size, at) else {
        return Err(PackageError::Form);
    };
    let name = header.get(..100).unwrap_or_default();
    let length = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    let name = name.get(..length).unwrap_or_default();
    if block(name, size, at) == *header { Ok((name, size)) } else { Err(PackageError::Form) }
}

/// A name as it can be shown, whoever wrote it.
fn printable(name: &[u8]) -> String {
    let shown = |byte: &u8| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '?' };
    name.iter().map(shown).collect()
}

fn read_block(from: &mut impl Read) -> Result<[u8; BLOCK], PackageError> {
    let mut block = [0; BLOCK];
    exactly(from.read_exact(&mut block))?;
    Ok(block)
}

fn exactly(read: std::io::Result<()>) -> Result<(), PackageError> {
    read.map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => PackageError::Form,
        _ => PackageError::Io(error),
    })
}

fn skip(from: &mut impl Read, count: u64) -> Result<(), PackageError> {
    let skipped = std::io::copy(&mut from.take(count), &mut std::io::sink())?;
    if skipped == count { Ok(()) } else { Err(PackageError::Form) }
}

/// At most a block of zeros.
fn nothing(from: &mut impl Read, count: u64) -> Result<(), PackageError> {
    let mut bytes = Vec::new();
    from.take(count).read_to_end(&mut bytes)?;
    let whole = bytes.len() as u64 == count && bytes.iter().all(|byte| *byte == 0);
    if whole { Ok(()) } else { Err(PackageError::Form) }
}

/// One of the files that were found.
fn open<'a, R: Read + Seek>(
    from: &'a mut R,
    places: &[Place],
    name: &'static str,
) -> Result<std::io::Take<&'a mut R>, PackageError> {
    let place = places.iter().find(|place| place.name == name);
    let place = place.ok_or(PackageError::Missing(name))?;
    from.seek(SeekFrom::Start(place.begins))?;
    Ok(from.take(place.size))
}

/// The whole of a short one; empty where it is no text.
fn text_of(
    from: &mut (impl Read + Seek),
    places: &[Place],
    name: &'static str,
) -> Result<String, PackageError> {
    let mut text = Vec::new();
    open(from, places, name)?.read_to_end(&mut text)?;
    Ok(String::from_utf8(text).unwrap_or_default())
}

/// Whether the manifest lists just these files, as they are.
fn hold(
    from: &mut (impl Read + Seek),
    places: &[Place],
    manifest: &Manifest,
) -> Result<(), PackageError> {
    let listed = manifest.files.iter().map(|file| file.name.as_str());
    if !listed.eq(signed().map(|(name, _)| name)) {
        return Err(ManifestError::Unreadable.into());
    }
    for ((name, _), file) in signed().zip(&manifest.files) {
        let mut hash = Sha256::default();
        let mut size = 0;
        let mut content = BufReader::new(open(from, places, name)?);
        loop {
            let bytes = content.fill_buf()?;
            if bytes.is_empty() {
                break;
            }
            hash.take(bytes);
            let count = bytes.len();
            size += count as u64;
            content.consume(count);
        }
        let sha256 = Digest(hash.digest());
        if *file != (Packed { name: name.to_owned(), size, sha256 }) {
            return Err(PackageError::Changed(name));
        }
    }
    Ok(())
}
