//! The manifest of a package: what is in it, signed by who wrote it out.
//!
//! Knows no files: names, sizes and digests come in. That the package holds
//! just these, and that the record in it is the one that is named, checks
//! whoever opens it.

use domain::{ProfileId, UnixMs, WorkspaceId};
use policy::{Action, Grant};
use sealed::{PublicKey, SigningKey};
use serde::{Deserialize, Serialize};

use super::AuditReport;
use crate::digest::{hex, unhex};
use crate::{Digest, Workspace, WorkspaceError};

/// Separates these signatures from those on documents and events.
const PURPOSE: &[u8] = b"carrel record package 1\0";
/// The form of a package.
const FORM: u32 = 1;
/// JSON keeps no larger whole number exactly.
const LARGEST: u64 = (1 << 53) - 1;

/// What a package says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of the package; 1.
    pub carrel_package: u32,
    /// Whose record it is.
    pub workspace: WorkspaceId,
    /// How many events are in it.
    pub events: u64,
    /// The root of the tree over their hashes (RFC 9162).
    pub tree: Digest,
    /// Every other file of the package, but for the signature.
    pub files: Vec<Packed>,
    /// When it was made, by the clock of who made it.
    pub made_at: UnixMs,
    /// Who made it, by pseudonym.
    pub by: ProfileId,
    /// The key with which it is signed: that member's own.
    pub key: PublicKey,
}

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    /// Its name.
    pub name: String,
    /// Its length, in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes.
    pub sha256: Digest,
}

/// A manifest as it stands in a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedManifest {
    /// Canonical JSON (RFC 8785).
    pub text: String,
    /// Ed25519 over "carrel record package 1", a zero byte and the text: 128 lowercase
    /// hexadecimal digits and the end of the line.
    pub signature: String,
}

/// Why a manifest says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// It is none.
    #[error("The manifest of this package cannot be read.")]
    Unreadable,
    /// It was changed, or its signature was.
    #[error("The manifest of this package is not signed with the key that it names.")]
    Forged,
}

impl Manifest {
    fn sign(&self, key: &SigningKey) -> Result<SignedManifest, serde_json::Error> {
        let text = serde_jcs::to_string(self)?;
        let signature = format!("{}\n", hex(&key.sign(&purposed(&text))));
        Ok(SignedManifest { text, signature })
    }

    /// Reads a manifest that is signed with the key that it names.
    ///
    /// # Errors
    /// Why it says nothing.
    pub fn read(signed: &SignedManifest) -> Result<Self, ManifestError> {
        let read: Self =
            serde_json::from_str(&signed.text).map_err(|_| ManifestError::Unreadable)?;
        let counts = [read.events, u64::try_from(read.made_at.0).unwrap_or(u64::MAX)];
        let sizes = read.files.iter().map(|file| file.size);
        let is_exact = counts.into_iter().chain(sizes).all(|number| number <= LARGEST);
        let canonical = serde_jcs::to_string(&read).is_ok_and(|text| text == signed.text);
        if read.carrel_package != FORM || !is_exact || !canonical {
            return Err(ManifestError::Unreadable);
        }
        let signature = signed.signature.strip_suffix('\n').and_then(unhex);
        let holds = signature.is_some_and(|one| read.key.verify(&purposed(&signed.text), &one));
        if holds { Ok(read) } else { Err(ManifestError::Forged) }
    }
}

fn purposed(text: &str) -> Vec<u8> {
    [PURPOSE, text.as_bytes()].concat()
}

impl Workspace {
    /// Signs what is in a package, with the key of who writes it out.
    ///
    /// # Errors
    /// `WrongGrant`; `RecordBroken` where the record that is in it does not hold.
    pub fn sign_manifest(
        &self,
        grant: &Grant,
        record: &AuditReport,
        files: Vec<Packed>,
        now: UnixMs,
    ) -> Result<SignedManifest, WorkspaceError> {
        self.check(grant, Action::AuditRead)?;
        if record.fault.is_some() {
            return Err(WorkspaceError::RecordBroken);
        }
        let me = self.me();
        let manifest = Manifest {
            carrel_package: FORM,
            workspace: self.pins().workspace,
            events: record.events,
            tree: record.root,
            files,
            made_at: UnixMs(now.0.clamp(0, LARGEST.cast_signed())),
            by: me.profile,
            key: me.signing.public(),
        };
        manifest.sign(&me.signing).map_err(|_| WorkspaceError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(key: &SigningKey) -> Manifest {
        Manifest {
            carrel_package: FORM,
            workspace: WorkspaceId::from_bytes([1; 16]),
            events: 7,
            tree: Digest::leaf(b"tree"),
            files: vec![Packed { name: "one".into(), size: 3, sha256: Digest::leaf(b"one") }],
            made_at: UnixMs(1_795_716_062_003),
            by: ProfileId::from_bytes([2; 16]),
            key: key.public(),
        }
    }

    #[test]
    fn a_manifest_is_read_as_it_was_signed() {
        let key = SigningKey::from_seed(&[3; 32]);
        let made = manifest(&key);
        let signed = made.sign(&key).unwrap();
        assert_eq!(Manifest::read(&signed), Ok(made), "all of it");
        assert_eq!(signed.signature.len(), 129, "64 bytes, and a line's end");
        let other = manifest(&key).sign(&SigningKey::from_seed(&[4; 32])).unwrap();
        assert_eq!(Manifest::read(&other), Err(ManifestError::Forged), "by somebody else");
    }

    #[test]
    fn what_was_changed_is_no_manifest_or_not_theirs() {
        let key = SigningKey::from_seed(&[3; 32]);
        let signed = manifest(&key).sign(&key).unwrap();
        let changed = |from: &str, to: &str| {
            let text = signed.text.replacen(from, to, 1);
            assert_ne!(text, signed.text, "{from:?} stands there");
            Manifest::read(&SignedManifest { text, ..signed.clone() })
        };
        assert_eq!(changed("\"events\":7", "\"events\":8"), Err(ManifestError::Forged));
        for (from, to) in [
            ("\"events\":7", "\"events\": 7"),
            ("\"events\":7", "\"events\":7.0"),
            ("\"events\":7", "\"events\":9007199254740992"),
            ("\"events\":7", "\"events\":-7"),
            ("\"carrel_package\":1", "\"carrel_package\":2"),
            ("\"size\":3", "\"more\":1,\"size\":3"),
            ("{\"by\"", "{\"above\":1,\"by\""),
        ] {
            assert_eq!(changed(from, to), Err(ManifestError::Unreadable), "{to}");
        }
        for signature in ["", "\n", signed.signature.trim_end(), "zz\n"] {
            let cut = SignedManifest { signature: signature.to_owned(), ..signed.clone() };
            assert_eq!(Manifest::read(&cut), Err(ManifestError::Forged), "{signature:?}");
        }
    }

    #[test]
    fn an_events_signature_is_none_of_a_manifest() {
        let key = SigningKey::from_seed(&[3; 32]);
        let SignedManifest { text, .. } = manifest(&key).sign(&key).unwrap();
        let message = [b"carrel audit event 1\0", text.as_bytes()].concat();
        let signature = format!("{}\n", hex(&key.sign(&message)));
        let read = Manifest::read(&SignedManifest { text, signature });
        assert_eq!(read, Err(ManifestError::Forged), "signed for another purpose");
    }
}
