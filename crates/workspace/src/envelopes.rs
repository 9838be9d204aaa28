//! The file of sealed workspace keys: one envelope for each who may open it.
//!
//! Names the key generation, and with it the database file that is current;
//! replacing this small file is the moment at which a re-keying takes effect.
//! It is not signed: a swapped envelope opens a file that fails its pins.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sealed::{Key, Recipient, RecipientKey, files};
use serde::{Deserialize, Serialize};

use crate::WorkspaceError;
use crate::digest::{hex, unhex};

const FILE: &str = "envelopes";
const LOCK: &str = "envelopes.lock";
const INFO: &[u8] = b"carrel workspace key 1";
/// Far above what thousands of members need.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The current generation's key, sealed to each who may have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Envelopes {
    v: u32,
    pub(crate) generation: u64,
    /// By profile id or invitation id.
    sealed: BTreeMap<String, String>,
}

/// The file: the envelopes, and a sum by which damage is told from a name that is not there.
/// Whoever edits the file on purpose can write another sum.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    envelopes: Envelopes,
    /// None in files of before there was one.
    #[serde(default)]
    sum: Option<String>,
}

impl Envelopes {
    pub(crate) fn new(generation: u64) -> Self {
        Self { v: 1, generation, sealed: BTreeMap::new() }
    }

    /// Seals `key` to `recipient` under the name `holder`.
    pub(crate) fn put(&mut self, holder: &str, recipient: &Recipient, key: &Key) {
        let sealed = sealed::seal_to(recipient, INFO, &self.context(holder), key.bytes());
        self.sealed.insert(holder.to_owned(), hex(&sealed));
    }

    pub(crate) fn remove(&mut self, holder: &str) {
        self.sealed.remove(holder);
    }

    /// The key, if an envelope for `holder` opens.
    pub(crate) fn open(&self, holder: &str, with: &RecipientKey) -> Result<Key, WorkspaceError> {
        let sealed = self
            .sealed
            .get(holder)
            .and_then(|text| unhex(text))
            .ok_or(WorkspaceError::NotAMember)?;
        let plain = sealed::open_from(with, INFO, &self.context(holder), &sealed)
            .map_err(|_| WorkspaceError::NotAMember)?;
        let bytes = <[u8; 32]>::try_from(plain.as_slice()).map_err(|_| WorkspaceError::Damaged)?;
        Ok(Key::from_bytes(bytes))
    }

    fn context(&self, holder: &str) -> Vec<u8> {
        format!("{}|{holder}", self.generation).into_bytes()
    }

    pub(crate) fn load(dir: &Path) -> Result<Self, WorkspaceError> {
        Self::read(dir, files::read_small)
    }

    /// As [`Envelopes::load`], and leaves the file's mode.
    pub(crate) fn look(dir: &Path) -> Result<Self, WorkspaceError> {
        Self::read(dir, files::look_small)
    }

    fn read(dir: &Path, small: files::ReadSmall) -> Result<Self, WorkspaceError> {
        let bytes = small(&path(dir), MAX_BYTES)?;
        let stored: Stored = serde_json::from_slice(&bytes).map_err(|_| WorkspaceError::Damaged)?;
        let sound = stored.sum.is_none_or(|sum| sum == stored.envelopes.sum());
        if sound && stored.envelopes.v == 1 {
            Ok(stored.envelopes)
        } else {
            Err(WorkspaceError::Damaged)
        }
    }

    pub(crate) fn store(&self, dir: &Path) -> Result<(), WorkspaceError> {
        let stored = Stored { envelopes: self.clone(), sum: Some(self.sum()) };
        let bytes = serde_json::to_vec_pretty(&stored).map_err(|_| WorkspaceError::Damaged)?;
        Ok(files::write_atomic(&path(dir), &bytes)?)
    }

    fn sum(&self) -> String {
        let mut text = format!("{} {}", self.v, self.generation);
        for (holder, sealed) in &self.sealed {
            text.push_str(&format!("\n{holder} {sealed}"));
        }
        hex(&sealed::sha256(text.as_bytes()))
    }
}

/// Where the envelopes lie.
pub(crate) fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

/// Where the database of a key generation lies.
pub(crate) fn database(dir: &Path, generation: u64) -> PathBuf {
    dir.join(format!("{generation}.db"))
}

/// Removes the database of a generation that is over, or never began.
pub(crate) fn remove_database(dir: &Path, generation: u64) -> Result<(), WorkspaceError> {
    for suffix in ["", "-wal", "-shm", ".new", ".new-wal", ".new-shm"] {
        let path = dir.join(format!("{generation}.db{suffix}"));
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// As [`remove_database`], where the next opening may as well do it.
pub(crate) fn tidy(dir: &Path, generation: u64) {
    if let Err(error) = remove_database(dir, generation) {
        tracing::warn!(%error, "a database that is over could not be removed yet");
    }
}

/// Whether the current key is sealed to `holder`; none where that cannot be read.
pub(crate) fn is_sealed_to(dir: &Path, holder: &str) -> Option<bool> {
    Envelopes::load(dir).ok().map(|envelopes| envelopes.sealed.contains_key(holder))
}

/// Held while envelopes change; none while someone else holds it.
pub(crate) fn try_lock(dir: &Path) -> Result<Option<files::FileLock>, WorkspaceError> {
    match files::lock(&dir.join(LOCK)) {
        Ok(lock) => Ok(Some(lock)),
        Err(files::Held::Elsewhere) => Ok(None),
        Err(files::Held::Io(error)) => Err(error.into()),
    }
}
