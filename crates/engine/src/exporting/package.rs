//! The signed package: every form of the record in one file, and how to verify it.
//!
//! A tar file (POSIX ustar) in the one form that `block` and `packed` give it, so
//! that two readers cannot read it differently. Nothing is compressed. It is made
//! twice: once to be measured, for the manifest stands before what it signs, and
//! once to be written.

use domain::UnixMs;
use policy::Grant;
use sealed::Sha256;
use workspace::{AuditReport, Digest, Packed, SignedManifest};

use super::{Flat, Sink, Source};
use crate::api::Failure;

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SIGNATURE: &str = "manifest.sig";
pub(super) const RECORD: &str = "record.jsonl";

/// How to verify it.
const README: &str = include_str!("README.txt");
/// What verifies it without Carrel.
const VERIFIER: &str = include_str!("../../../../docs/audit-verify.py");

/// What a file of a package holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Fixed(&'static str),
    Record(Flat),
}

/// Every file behind manifest and signature, in their order, and how long each may be, in bytes.
const FILES: [(&str, u64, Content); 5] = [
    ("README.txt", 64 << 10, Content::Fixed(README)),
    ("audit-verify.py", 1 << 20, Content::Fixed(VERIFIER)),
    ("record.csv", LARGEST, Content::Record(Flat::Csv)),
    (RECORD, LARGEST, Content::Record(Flat::Jsonl)),
    ("record.ocsf.jsonl", LARGEST, Content::Record(Flat::Ocsf)),
];

/// The length of a block, in bytes.
pub(super) const BLOCK: usize = 512;
/// The largest number that a ustar header can name: the longest file, in bytes.
pub(super) const LARGEST: u64 = (8 << 30) - 1;

/// The name and the greatest length of each file, in bytes, those that sign the others first.
pub(super) fn names() -> impl Iterator<Item = (&'static str, u64)> {
    let signing = [(MANIFEST, 16 << 10), (SIGNATURE, 129)];
    signing.into_iter().chain(signed())
}

/// The same of those that the manifest lists, in its order.
pub(super) fn signed() -> impl Iterator<Item = (&'static str, u64)> {
    FILES.into_iter().map(|(name, most, _)| (name, most))
}

/// The one header that a file has, of whatever bytes its name is; `size` in bytes, `at` in
/// seconds since 1970.
pub(super) fn block(name: &[u8], size: u64, at: u64) -> [u8; BLOCK] {
    let mut header = tar::Header::new_ustar();
    let room = &mut header.as_old_mut().name;
    for (place, byte) in room.iter_mut().zip(name) {
        *place = *byte;
    }
    header.set_size(size);
    header.set_mtime(at);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    *header.as_bytes()
}

/// How many zeros stand behind a file of this length, in bytes.
pub(super) fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64) - size
}

/// Counts and hashes what goes on to `to`.
struct Measured<'a> {
    size: u64,
    hash: Sha256,
    to: Option<&'a mut dyn Sink>,
}

impl<'a> Measured<'a> {
    fn new(to: Option<&'a mut dyn Sink>) -> Self {
        Self { size: 0, hash: Sha256::default(), to }
    }

    fn packed(self, name: &str) -> Packed {
        let sha256 = Digest(self.hash.digest());
        Packed { name: name.to_owned(), size: self.size, sha256 }
    }
}

impl Sink for Measured<'_> {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.size += bytes.len() as u64;
        self.hash.take(bytes);
        self.to.as_mut().map_or(Ok(()), |to| to.take(bytes))
    }
}

/// A package that is being made.
pub(super) struct Packing<'a> {
    pub(super) source: Source<'a>,
    pub(super) grant: &'a Grant,
    /// What the record was found to be, up to where the source goes.
    pub(super) record: &'a AuditReport,
    pub(super) now: UnixMs,
}

impl Packing<'_> {
    pub(super) async fn write(&self, to: &mut dyn Sink) -> Result<(), Failure> {
        let mut files = Vec::new();
        for (name, _, content) in FILES {
            let file = self.fill(name, content, None).await?;
            if file.size > LARGEST {
                return Err(Failure::invalid(
                    "The record is too long for a package. Export it as lines of JSON.",
                ));
            }
            files.push(file);
        }
        let signed = self.source.workspace.sign_manifest(
            self.grant,
            self.record,
            files.clone(),
            self.now,
        )?;
        let SignedManifest { text, signature } = signed;
        for (name, content) in [(MANIFEST, text), (SIGNATURE, signature)] {
            self.begin(name, content.len() as u64, to)?;
            to.take(content.as_bytes())?;
            to.take(zeros(padding(content.len() as u64)))?;
        }
        for ((name, _, content), measured) in FILES.into_iter().zip(&files) {
            self.begin(name, measured.size, to)?;
            let written = self.fill(name, content, Some(&mut *to)).await?;
            if written != *measured {
                return Err(Failure::internal("the record changed while it was written out"));
            }
            to.take(zeros(padding(written.size)))?;
        }
        to.take(zeros(2 * BLOCK as u64))
    }

    fn begin(&self, name: &str, size: u64, to: &mut dyn Sink) -> Result<(), Failure> {
        let seconds = u64::try_from(self.now.0 / 1_000).unwrap_or_default();
        to.take(&block(name.as_bytes(), size, seconds.min(LARGEST)))
    }

    async fn fill(
        &self,
        name: &str,
        content: Content,
        to: Option<&mut dyn Sink>,
    ) -> Result<Packed, Failure> {
        let mut measured = Measured::new(to);
        match content {
            Content::Fixed(text) => measured.take(text.as_bytes())?,
            Content::Record(form) => self.source.write(form, &mut measured).await?,
        }
        Ok(measured.packed(name))
    }
}

/// At most two blocks of nothing.
fn zeros(count: u64) -> &'static [u8] {
    const ZEROS: [u8; 2 * BLOCK] = [0; 2 * BLOCK];
    let count = usize::try_from(count).unwrap_or_default();
    ZEROS.get(..count).unwrap_or_default()
}
