//! What can be seen of an installation without opening a desk.

use sealed::{Keyring, files};
use workspace::{Card, DoorReading};

use super::Examiner;
use super::findings::{self, Versioned, ill, well};
use crate::anchors;
use crate::api::{Failure, Finding};

pub(super) fn findings(examiner: &Examiner) -> Vec<Finding> {
    let data_dir = &examiner.data_dir;
    if data_dir.symlink_metadata().is_err() {
        return vec![well("Data folder", "There is nothing yet; the first start makes it.")];
    }
    let mut found = findings::files(data_dir, &files::examine(data_dir));
    match examiner.door() {
        Ok(Some(door)) => found.extend(door_findings(examiner, &door)),
        Ok(None) => {
            found.push(well(findings::DOOR, "There is none yet; the first start makes it."));
        }
        Err(failure) => found.push(ill(findings::DOOR, &failure.message)),
    }
    found
}

fn door_findings(examiner: &Examiner, door: &DoorReading) -> Vec<Finding> {
    let file = door.file();
    let read = file.check().map_err(Failure::from).and_then(|()| Ok(door.cards()?));
    let (cards, door_finding) = match read {
        Ok(cards) => {
            let desks = cards.len();
            (cards, well(findings::DOOR, &format!("Readable; {desks} desks.")))
        }
        Err(failure) => (Vec::new(), ill(findings::DOOR, &failure.message)),
    };
    vec![
        door_finding,
        findings::device_key(door.device_place()),
        keys(examiner, &cards),
        kept(door, &cards),
        findings::versions(&[Versioned::of(findings::DOOR_FILE, file)]),
    ]
}

/// Whether each desk has its keys, as far as that shows without a secret.
fn keys(examiner: &Examiner, cards: &[Card]) -> Finding {
    let ills: Vec<String> = cards
        .iter()
        .filter_map(|card| {
            let dir = examiner.profile_dir(card.profile);
            let failure = Failure::from(Keyring::asks_for_passphrase(&dir, card.profile).err()?);
            Some(format!("{}: {}", card.name, failure.message))
        })
        .collect();
    if ills.is_empty() {
        return well(findings::KEYS, "Whole; what they open is examined with each passphrase.");
    }
    ill(findings::KEYS, &ills.join(" "))
}

/// Whether the door would notice an older copy of a desk. Which one is older shows inside.
fn kept(door: &DoorReading, cards: &[Card]) -> Finding {
    let anchored = |card: &Card| door.anchor(&anchors::at_the_door(card.profile));
    match cards.iter().map(anchored).collect::<Result<Vec<_>, _>>() {
        Err(error) => ill(findings::ANCHORS, &Failure::from(error).message),
        Ok(all) if all.iter().all(Option::is_none) => {
            well(findings::ANCHORS, "None yet: they begin when a desk is first closed.")
        }
        Ok(all) => {
            let (desks, of) = (all.iter().flatten().count(), all.len());
            well(findings::ANCHORS, &format!("Kept for {desks} of {of} desks."))
        }
    }
}
