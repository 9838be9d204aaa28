//! A record that was written out, verified without a desk and without Carrel's files.
//!
//! Lines of JSON: whose record it is, every signed document in order, every
//! event in order. The documents show whose keys stand under the events; they
//! lead to the root key, which whoever verifies compares with one they trust.
//! What was cut off the end does not show: there is no pin to hold it against.

use std::collections::HashMap;
use std::io::{BufRead, Read};

use domain::{ProfileId, WorkspaceId};
use sealed::PublicKey;
use serde::{Deserialize, Serialize};

use super::{AuditReport, Chain, Entry, Seen, signers};
use crate::book::Book;
use crate::digest::unhex;
use crate::document::Written;
use crate::pins::Pins;
use crate::{Digest, WorkspaceError};

/// The longest line, in bytes: the largest policy, with every character escaped.
const LONGEST_LINE: u64 = 8 << 20;
/// The form of the export.
pub(crate) const FORM: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportHead {
    /// The form of the export; 1.
    pub carrel_record: u32,
    /// Whose record it is.
    pub workspace: WorkspaceId,
    /// The Ed25519 key to which every document leads.
    pub root: PublicKey,
}

/// A further line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Document {
        document: String,
        signature: String,
    },
    Event {
        text: String,
        hash: Digest,
        signature: String,
    },
    /// Stands right behind the last event that it is about.
    Checkpoint {
        checkpoint: String,
    },
}

/// A signed document as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedText {
    /// Its place in the chain, from 0.
    pub position: u64,
    /// The canonical JSON that was signed.
    pub text: String,
    /// Ed25519 over "carrel workspace document 1", a zero byte and the text; lowercase
    /// hexadecimal.
    pub signature: String,
}

/// What verifying an export found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedExport {
    /// Whose record it is, and the root key that it names.
    pub head: ExportHead,
    /// How many documents hold: all.
    pub documents: u64,
    /// Whether the events hold.
    pub report: AuditReport,
    /// The members' keys, as the documents say.
    pub keys: HashMap<ProfileId, PublicKey>,
}

/// Why an export cannot be verified.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A line is not one of an export.
    #[error("Line {0} is not one of an exported record. Export it again, and keep every line.")]
    Unreadable(u64),
    /// Its root key is another one than is trusted.
    #[error("This record leads to another root key than the one you named.")]
    OtherRoot,
    /// A signed document does not hold.
    #[error(transparent)]
    Document(#[from] WorkspaceError),
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Verifies an export; `root` is the key that is trusted, none to believe the export's own. The
/// report says the root of the tree at the size `mark` besides.
///
/// # Errors
/// Why it cannot be verified. That an event does not hold is no error but in the report.
pub fn verify_export(
    mut from: impl BufRead,
    root: Option<PublicKey>,
    mark: Option<u64>,
) -> Result<VerifiedExport, ExportError> {
    let mut lines = Lines { from: &mut from, number: 0 };
    let head: ExportHead = lines.next()?.ok_or(ExportError::Unreadable(1))?;
    if head.carrel_record != FORM {
        return Err(ExportError::Unreadable(1));
    }
    if root.is_some_and(|trusted| trusted != head.root) {
        return Err(ExportError::OtherRoot);
    }
    let mut documents = Vec::new();
    let mut line = lines.next::<Line>()?;
    while let Some(Line::Document { document, signature }) = line {
        let signature = unhex(&signature).ok_or(ExportError::Unreadable(lines.number))?;
        let position = documents.len() as u64;
        documents.push(Written { position, text: document, signature });
        line = lines.next()?;
    }
    let pins = Pins {
        workspace: head.workspace,
        root: head.root,
        documents: Vec::new(),
        audit: None,
        file: None,
        checkpoint: None,
    };
    let book = Book::read_whenever(&documents, &pins)?;
    let keys = signers(&book).profiles;
    let chain = Chain::new(signers(&book), Seen::default());
    let mut chain = match mark {
        Some(size) => chain.marking(size),
        None => chain,
    };
    while let Some(found) = line {
        let taken = match found {
            Line::Event { text, hash, signature } => {
                let signature = unhex(&signature).ok_or(ExportError::Unreadable(lines.number))?;
                chain.take(&Entry { sequence: chain.next(), text, hash, signature })
            }
            Line::Checkpoint { checkpoint } => chain.take_checkpoint(&checkpoint),
            Line::Document { .. } => return Err(ExportError::Unreadable(lines.number)),
        };
        if let Err(fault) = taken {
            let report = chain.report(Some(fault));
            return Ok(VerifiedExport { head, documents: documents.len() as u64, report, keys });
        }
        line = lines.next()?;
    }
    let report = chain.report(chain.end(None).err());
    Ok(VerifiedExport { head, documents: documents.len() as u64, report, keys })
}

struct Lines<'a, R> {
    from: &'a mut R,
    number: u64,
}

impl<R: BufRead> Lines<'_, R> {
    fn next<T: for<'de> Deserialize<'de>>(&mut self) -> Result<Option<T>, ExportError> {
        self.number += 1;
        let mut line = Vec::new();
        self.from.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
            return Err(ExportError::Unreadable(self.number));
        }
        let read = serde_json::from_slice(&line).ok();
        read.map(Some).ok_or(ExportError::Unreadable(self.number))
    }
}
