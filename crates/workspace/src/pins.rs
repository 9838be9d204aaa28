//! What one profile remembers of the workspace in its own private store.
//!
//! The root key says whom to believe; the rest says how far one has seen, so
//! that nobody can show an older or shorter workspace later.

use std::cmp::Ordering;

use domain::WorkspaceId;
use sealed::PublicKey;
use serde::{Deserialize, Serialize};

use crate::{AuditHead, Digest, DocumentName, WorkspaceError};

/// A version of a document that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pinned {
    pub(crate) name: DocumentName,
    pub(crate) version: u32,
    pub(crate) hash: Digest,
}

/// The file's commit counter in one key generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileAnchor {
    pub(crate) generation: u64,
    pub(crate) counter: u64,
}

/// The last automatic checkpoint that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PinnedCheckpoint {
    pub(crate) number: u64,
    /// The hash of its note.
    pub(crate) note: Digest,
}

impl PinnedCheckpoint {
    pub(crate) fn of(number: u64, note: &str) -> Self {
        Self { number, note: Digest::leaf(note.as_bytes()) }
    }
}

/// Everything pinned. Opaque to callers, who keep its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    pub(crate) workspace: WorkspaceId,
    pub(crate) root: PublicKey,
    pub(crate) documents: Vec<Pinned>,
    pub(crate) audit: Option<AuditHead>,
    pub(crate) file: Option<FileAnchor>,
    /// Left out where none, as pins were that knew nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checkpoint: Option<PinnedCheckpoint>,
}

impl Pins {
    /// For storing them sealed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // A struct of ids, numbers and digests always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What [`Pins::to_bytes`] gave.
    ///
    /// # Errors
    /// `Damaged`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WorkspaceError> {
        serde_json::from_slice(bytes).map_err(|_| WorkspaceError::Damaged)
    }

    /// Only whom to believe, not how far one has seen. What the workspace then says is
    /// still signed, but may be outdated.
    pub(crate) fn accepting_older(&self) -> Self {
        Self { documents: Vec::new(), audit: None, file: None, checkpoint: None, ..self.clone() }
    }

    /// The least commit counter that the file of `generation` must have.
    pub(crate) fn anchor_of(&self, generation: u64) -> Option<u64> {
        self.file.and_then(|seen| match seen.generation.cmp(&generation) {
            Ordering::Less => None,
            Ordering::Equal => Some(seen.counter),
            Ordering::Greater => Some(u64::MAX),
        })
    }

    /// The workspace.
    #[must_use]
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// The root key that every document leads to.
    #[must_use]
    pub fn root(&self) -> PublicKey {
        self.root
    }
}
