//! Checkpoints that Carrel makes by itself as the record grows.
//!
//! Each is signed with a key that signs nothing else, is destroyed right afterwards,
//! and names the key of the next one: so keys that are stolen today cannot sign what
//! the record was yesterday, and whoever knows the first key can follow all of them.

use data_encoding::BASE64;
use domain::WorkspaceId;
use sealed::{PublicKey, SigningKey};

use super::Fault;
use super::checkpoint::{body, parts};
use super::note;
use crate::Digest;
use crate::pins::PinnedCheckpoint;

/// What such a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Automatic {
    pub(crate) workspace: WorkspaceId,
    /// Counts from 1 without gaps, also where the keys begin anew.
    pub(crate) number: u64,
    /// How many events it stands for.
    pub(crate) size: u64,
    /// The root of the tree over their hashes.
    pub(crate) root: Digest,
    /// The key of the next one.
    pub(crate) next: PublicKey,
    signature: Vec<u8>,
}

impl Automatic {
    /// Signs it with the key of its number.
    pub(crate) fn sign(
        workspace: WorkspaceId,
        (number, key): (u64, &SigningKey),
        (size, root): (u64, Digest),
        next: PublicKey,
    ) -> Self {
        let unsigned = Self { workspace, number, size, root, next, signature: Vec::new() };
        let signature = note::sign(&unsigned.body(), &unsigned.name(), key);
        Self { signature, ..unsigned }
    }

    fn is_signed_by(&self, key: &PublicKey) -> bool {
        note::is_signed(&self.body(), &self.name(), &self.signature, key)
    }

    fn body(&self) -> String {
        let next = BASE64.encode(&self.next.0);
        format!("{}next {next}\n", body(self.workspace, self.size, self.root))
    }

    fn name(&self) -> String {
        format!("once/{}", self.number)
    }

    /// As it is written down.
    pub(crate) fn note(&self) -> String {
        note::written(&self.body(), &self.name(), &self.signature)
    }

    /// Reads a note as `note` writes it, and in no other way.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (body, signatures) = note::read(text)?;
        let (workspace, size, root, further) = parts(&body)?;
        let [next] = further.as_slice() else { return None };
        let next = BASE64.decode(next.strip_prefix("next ")?.as_bytes()).ok()?;
        let [(name, signature)]: [_; 1] = signatures.try_into().ok()?;
        let number = name.strip_prefix("once/")?.parse().ok()?;
        let next = PublicKey(next.try_into().ok()?);
        let read = Self { workspace, number, size, root, next, signature };
        (read.note() == text).then_some(read)
    }
}

/// Where the automatic checkpoints stand, as they and the record's events are read in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpointed {
    /// How many hold.
    pub checkpoints: u64,
    /// How many events the last of them stands for.
    pub events: u64,
    /// The key of the first one since they began, or began anew.
    pub first: Option<PublicKey>,
    /// How often they began: more than once where a key was lost, or somebody removed some.
    pub begun: u64,
    /// The number and key of the next one.
    due: Option<(u64, PublicKey)>,
    last: Option<PinnedCheckpoint>,
    /// They just began: the first one belongs to the same moment.
    begins: bool,
}

impl Checkpointed {
    /// The number of the last one; 0 before the first.
    pub(crate) fn number(&self) -> u64 {
        self.last.map_or(0, |last| last.number)
    }

    /// The last one that holds.
    pub(crate) fn last(&self) -> Option<PinnedCheckpoint> {
        self.last
    }

    /// Whether they began with the event before, and the first one is still to come.
    pub(crate) fn lacks_its_first(&self) -> bool {
        self.begins
    }

    /// The record says that checkpoints begin with this number and key. Numbers may be left out
    /// where they begin anew: what stood there may have been somebody else's.
    pub(crate) fn begin(&mut self, number: u64, key: PublicKey) -> Result<(), Fault> {
        if number <= self.number() {
            return Err(Fault::BadCheckpoint);
        }
        self.begins = true;
        (self.first, self.due) = (Some(key), Some((number, key)));
        self.begun = self.begun.saturating_add(1);
        Ok(())
    }

    /// Takes the next checkpoint, where the record by then has this size and root.
    pub(crate) fn take(
        &mut self,
        text: &str,
        workspace: WorkspaceId,
        (size, root): (u64, Digest),
    ) -> Result<(), Fault> {
        let one = Automatic::read(text).ok_or(Fault::BadCheckpoint)?;
        let (number, key) = self.due.ok_or(Fault::BadCheckpoint)?;
        let is_due = one.number == number && one.workspace == workspace && one.size == size;
        if !is_due || size <= self.events || !one.is_signed_by(&key) {
            return Err(Fault::BadCheckpoint);
        }
        if one.root != root {
            return Err(Fault::NotAsCheckpointed);
        }
        (self.last, self.events) = (Some(PinnedCheckpoint::of(number, text)), size);
        self.begins = false;
        self.checkpoints = self.checkpoints.saturating_add(1);
        self.due = Some((number.saturating_add(1), one.next));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    fn made(number: u64, size: u64, by: u8, next: u8) -> Automatic {
        let (workspace, root) = (WorkspaceId::from_bytes([1; 16]), Digest::leaf(b"root"));
        Automatic::sign(workspace, (number, &key(by)), (size, root), key(next).public())
    }

    fn taken(after: &mut Checkpointed, one: &Automatic) -> Result<(), Fault> {
        after.take(&one.note(), one.workspace, (one.size, Digest::leaf(b"root")))
    }

    fn begun() -> Checkpointed {
        let mut found = Checkpointed::default();
        found.begin(1, key(1).public()).expect("nothing was before");
        found
    }

    #[test]
    fn it_is_read_as_it_was_written_and_in_no_other_way() {
        let note = made(1, 7, 1, 2).note();
        assert_eq!(Automatic::read(&note), Some(made(1, 7, 1, 2)));
        for (from, to) in
            [("once/1", "once/01"), ("\n7\n", "\n07\n"), ("next ", "other "), ("next ", "next  ")]
        {
            assert_eq!(
                Automatic::read(&note.replacen(from, to, 1)),
                None,
                "{from:?} became {to:?}"
            );
        }
        assert_eq!(Automatic::read(&format!("{note}\u{2014} once/1 AAAA\n")), None, "signed twice");
    }

    #[test]
    fn each_is_signed_with_the_key_that_the_one_before_named() {
        let mut found = begun();
        assert_eq!(taken(&mut found, &made(1, 7, 1, 2)), Ok(()));
        assert_eq!(taken(&mut found, &made(2, 9, 2, 3)), Ok(()));
        assert_eq!((found.checkpoints, found.events), (2, 9));
        for (wrong, why) in [
            (made(3, 12, 2, 4), "a key that was used before"),
            (made(3, 12, 4, 4), "a key that nobody named"),
            (made(4, 12, 3, 4), "one is missing"),
            (made(2, 12, 3, 4), "its number is taken"),
            (made(3, 9, 3, 4), "the record had not grown"),
        ] {
            assert_eq!(taken(&mut found.clone(), &wrong), Err(Fault::BadCheckpoint), "{why}");
        }
        assert_eq!(taken(&mut found, &made(3, 12, 3, 4)), Ok(()), "the right one");
    }

    #[test]
    fn it_stands_for_one_root_of_one_workspace() {
        let one = made(1, 7, 1, 2);
        let other = begun().take(&one.note(), one.workspace, (7, Digest::leaf(b"rewritten")));
        assert_eq!(other, Err(Fault::NotAsCheckpointed), "what it stands for reads differently");
        let foreign = WorkspaceId::from_bytes([2; 16]);
        let other = begun().take(&one.note(), foreign, (7, Digest::leaf(b"root")));
        assert_eq!(other, Err(Fault::BadCheckpoint), "it is of another workspace");
    }

    #[test]
    fn they_begin_anew_with_a_later_number_only() {
        let mut found = begun();
        assert_eq!(taken(&mut found, &made(1, 7, 1, 2)), Ok(()));
        assert_eq!(found.clone().begin(1, key(5).public()), Err(Fault::BadCheckpoint), "again");
        assert_eq!(found.clone().begin(3, key(5).public()), Ok(()), "one may be left out");
        assert_eq!(found.begin(2, key(5).public()), Ok(()));
        assert_eq!(found.first, Some(key(5).public()), "whom to believe from now on");
        assert_eq!(taken(&mut found, &made(2, 9, 2, 3)), Err(Fault::BadCheckpoint), "the old key");
        assert_eq!(taken(&mut found, &made(2, 9, 5, 6)), Ok(()));
    }

    #[test]
    fn none_stands_before_the_record_says_that_they_begin() {
        let one = made(1, 7, 1, 2);
        assert_eq!(taken(&mut Checkpointed::default(), &one), Err(Fault::BadCheckpoint));
    }
}
