//! What can be said of one entry by itself, without those around it: on all cores at once.

use std::num::NonZero;
use std::thread;

use sealed::PublicKey;
use serde::Deserialize;

use super::chain::Signers;
use super::{Actor, AuditKind, Entry, Event, Fault, Signer};
use crate::Digest;

/// As it stands in an event that says that checkpoints begin.
const BEGUN: &str = r#""kind":"checkpoints_begun""#;
/// With fewer entries for each thread, one does it sooner by itself.
const WORTH_A_THREAD: usize = 64;

/// How much of an entry is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All of it.
    #[default]
    Whole,
    /// Its hash and its place. Up to the last checkpoint that is enough to know that nothing
    /// was changed since; who signed each event, it does not say.
    Tree,
}

/// An entry that is the event it was hashed as.
pub(super) struct Examined {
    pub(super) sequence: u64,
    pub(super) previous: Option<Digest>,
    /// The number and key of the checkpoints that begin with it.
    pub(super) begins: Option<(u64, PublicKey)>,
    /// Whether it is signed by whom it must be.
    pub(super) signed: Result<(), Fault>,
}

/// Examines all of these, in order.
pub(super) fn examine_all(
    entries: &[Entry],
    signers: &Signers,
    depth: Depth,
) -> Vec<Result<Examined, Fault>> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let each = entries.len().div_ceil(cores).max(WORTH_A_THREAD);
    let one_after_another = |part: &[Entry]| {
        part.iter().map(|entry| examine(entry, signers, depth)).collect::<Vec<_>>()
    };
    if entries.len() <= each {
        return one_after_another(entries);
    }
    thread::scope(|scope| {
        let parts: Vec<_> =
            entries.chunks(each).map(|part| scope.spawn(move || one_after_another(part))).collect();
        let joined = parts.into_iter().map(|part| match part.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    })
}

fn examine(entry: &Entry, signers: &Signers, depth: Depth) -> Result<Examined, Fault> {
    if entry.hash != Digest::leaf(entry.text.as_bytes()) {
        return Err(Fault::Changed);
    }
    match depth {
        Depth::Whole => whole(entry, signers),
        // Where checkpoints begin is no matter of course: that event is looked at whole.
        Depth::Tree if entry.text.contains(BEGUN) => whole(entry, signers),
        Depth::Tree => place(&entry.text).ok_or(Fault::Changed),
    }
}

fn whole(entry: &Entry, signers: &Signers) -> Result<Examined, Fault> {
    let event: Event = serde_json::from_str(&entry.text).map_err(|_| Fault::Changed)?;
    let canonical = event.text().is_ok_and(|text| text == entry.text);
    if !canonical || event.v != 1 {
        return Err(Fault::Changed);
    }
    let signed = match signer_of(&event, signers) {
        None => Err(Fault::UnknownSigner),
        Some(key) if entry.is_signed_by(&key) => Ok(()),
        Some(_) => Err(Fault::BadSignature),
    };
    let Event { sequence, previous, what, .. } = event;
    Ok(Examined { sequence, previous, begins: begins(&what), signed })
}

/// The parts of an event that say where it stands.
#[derive(Deserialize)]
struct Place {
    sequence: u64,
    previous: Option<Digest>,
}

fn place(text: &str) -> Option<Examined> {
    let Place { sequence, previous } = serde_json::from_str(text).ok()?;
    Some(Examined { sequence, previous, begins: None, signed: Ok(()) })
}

fn begins(what: &AuditKind) -> Option<(u64, PublicKey)> {
    match what {
        AuditKind::CheckpointsBegun { first, public, .. } => Some((*first, *public)),
        _ => None,
    }
}

/// A member's event is signed by that member; the door's and guests' events by the
/// device, or by the member who took them from the door.
fn signer_of(event: &Event, signers: &Signers) -> Option<PublicKey> {
    match (event.actor, event.signer) {
        (Actor::Profile(actor), Signer::Profile(signer)) if actor == signer => {
            signers.profiles.get(&actor).copied()
        }
        (Actor::Profile(_), _) => None,
        (Actor::Guest | Actor::Door, Signer::Profile(signer)) => {
            signers.profiles.get(&signer).copied()
        }
        (Actor::Guest | Actor::Door, Signer::Device) => signers.device,
    }
}
