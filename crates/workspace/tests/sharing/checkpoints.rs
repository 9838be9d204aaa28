//! Checkpoints that were kept, against a record that somebody with every key rewrote.

use domain::Role;
use policy::{Action, Grant};
use workspace::{AuditKind, Checkpoint, Compared, Proof, ProofError, WorkspaceError, check_proof};

use crate::support::{House, NOW};

pub(crate) async fn logged(events: u64) -> House {
    let house = House::new();
    for _ in 0..events {
        house.workspace.record(AuditKind::SignedIn, NOW).await.unwrap();
    }
    house
}

fn may(house: &House) -> Grant {
    house.ada.may_here(Action::AuditRead)
}

async fn kept(house: &House) -> Checkpoint {
    house.workspace.make_checkpoint(&may(house), NOW).await.unwrap()
}

async fn compared(house: &House, kept: &Checkpoint) -> Compared {
    house.workspace.compare_checkpoint(&may(house), kept).await.unwrap()
}

/// Rewrites an event and everything after it, with her own key, so that the chain holds.
pub(crate) async fn rewrite(house: &House, from: i64) {
    let key = sealed::SigningKey::from_seed(house.ada.signing.seed());
    house
        .tamper(&house.ada, move |tx| {
            let rows: Vec<(i64, String)> = {
                let mut statement = tx.prepare(
                    "SELECT sequence, text FROM audit WHERE sequence >= ?1 ORDER BY sequence",
                )?;
                let rows = statement.query_map([from], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.collect::<Result<_, _>>()?
            };
            let mut previous: Option<(String, workspace::Digest)> = None;
            for (sequence, text) in rows {
                let mut text =
                    if sequence == from { text.replace("signed_in", "locked") } else { text };
                if let Some((old, new)) = &previous {
                    text = text.replace(old, &new.to_string());
                }
                let old: Vec<u8> = tx.query_row(
                    "SELECT hash FROM audit WHERE sequence = ?1",
                    [sequence],
                    |row| row.get(0),
                )?;
                let old = workspace::Digest(old.try_into().unwrap_or_default()).to_string();
                let hash = workspace::Digest::leaf(text.as_bytes());
                let signature = key.sign(format!("carrel audit event 1\0{text}").as_bytes());
                tx.execute(
                    "UPDATE audit SET text = ?1, hash = ?2, signature = ?3 WHERE sequence = ?4",
                    (text, hash.0, signature, sequence),
                )?;
                previous = Some((old, hash));
            }
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn a_record_that_only_grew_begins_with_what_was_kept_and_names_who_signed_it() {
    let house = logged(5).await;
    let kept = kept(&house).await;
    house.workspace.record(AuditKind::Locked, NOW).await.unwrap();
    let holds = Compared::Holds { signer: Some(house.ada.profile) };
    assert_eq!(compared(&house, &kept).await, holds);
    let read = Checkpoint::read(&kept.note()).unwrap();
    assert_eq!(compared(&house, &read).await, holds, "also as it was written down");
    let report = house.workspace.verify_audit().await.unwrap();
    assert!(report.events > kept.size, "and that it was made stands in it: {report:?}");
}

#[tokio::test]
async fn whoever_rewrites_the_record_with_every_key_is_found_out_by_a_checkpoint_kept_elsewhere() {
    let house = logged(9).await;
    let kept = kept(&house).await;
    rewrite(&house, 4).await;
    let (fresh, _) = house.open(&house.ada, &root_pins(&house)).unwrap();
    let report = fresh.verify_audit().await.unwrap();
    assert_eq!(report.fault, None, "by itself it holds, for who never saw it: {report:?}");
    let compared = fresh.compare_checkpoint(&may(&house), &kept).await.unwrap();
    assert_eq!(compared, Compared::Changed, "but it is not what was signed then");
    let proof = fresh.prove_growth(&may(&house), &kept).await;
    assert!(matches!(proof, Err(WorkspaceError::NotItsBeginning)), "nor is that proven: {proof:?}");
}

pub(crate) fn root_pins(house: &House) -> workspace::Pins {
    crate::support::root_only(&house.workspace.pins())
}

#[tokio::test]
async fn a_record_that_was_cut_is_shorter_than_what_was_kept() {
    let house = logged(9).await;
    let kept = kept(&house).await;
    house
        .tamper(&house.ada, |tx| tx.execute("DELETE FROM audit WHERE sequence > 5", []).map(drop))
        .await;
    let (fresh, _) = house.open(&house.ada, &root_pins(&house)).unwrap();
    let compared = fresh.compare_checkpoint(&may(&house), &kept).await.unwrap();
    assert_eq!(compared, Compared::Shorter);
    let other = logged(2).await;
    assert_eq!(self::compared(&other, &kept).await, Compared::Foreign, "of another workspace");
}

#[tokio::test]
async fn a_proof_shows_one_event_to_who_may_see_no_other_and_cannot_be_bent() {
    let house = logged(20).await;
    let kept = kept(&house).await;
    let proof = house.workspace.prove_event(&may(&house), 7, Some(kept.clone())).await.unwrap();
    let text = serde_json::to_string(&proof).unwrap();
    let shown = check_proof(&text).unwrap();
    assert_eq!(shown.event.unwrap().0, 7);
    assert_eq!((shown.checkpoint.size, shown.checkpoint.root), (kept.size, kept.root));
    let Proof::Inclusion { text: event, .. } = &proof else { panic!("about an event: {proof:?}") };
    assert!(!text.contains("\"sequence\":8"), "no other event is in it: {event}");
    for (from, to, why) in [
        ("\"sequence\":7", "\"sequence\":8", ProofError::Unreadable),
        ("signed_in", "locked", ProofError::LeadsElsewhere),
        ("\\\"sequence\\\":7", "\\\"sequence\\\": 7", ProofError::Unreadable),
        ("\\\"sequence\\\":7", "\\u001b[2J\\\"sequence\\\":7", ProofError::Unreadable),
    ] {
        let bent = text.replacen(from, to, 1);
        assert_ne!(bent, text, "{from} stands there");
        assert_eq!(check_proof(&bent), Err(why), "{from} became {to}");
    }
    let nowhere = house.workspace.prove_event(&may(&house), 99, None).await;
    assert!(matches!(nowhere, Err(WorkspaceError::NotFound)), "{nowhere:?}");
    let growth = house.workspace.prove_growth(&may(&house), &kept).await.unwrap();
    let shown = check_proof(&serde_json::to_string(&growth).unwrap()).unwrap();
    assert_eq!(shown.earlier.unwrap().size, kept.size, "it only grew since");
    assert!(shown.checkpoint.size > kept.size);
}

#[tokio::test]
async fn a_record_that_does_not_hold_is_signed_by_nobody() {
    let house = logged(9).await;
    house
        .tamper(&house.ada, |tx| {
            tx.execute("UPDATE audit SET text = '{}' WHERE sequence = 4", []).map(drop)
        })
        .await;
    let made = house.workspace.make_checkpoint(&may(&house), NOW).await;
    assert!(matches!(made, Err(WorkspaceError::RecordBroken)), "{made:?}");
    let (mira, ..) = house.join("Mira", Role::Auditor).await;
    let grant = mira.may_here(Action::AuditRead);
    let made = house.workspace.make_checkpoint(&grant, NOW).await;
    assert!(matches!(made, Err(WorkspaceError::WrongGrant)), "nor with another's: {made:?}");
}

#[tokio::test]
async fn a_checkpoint_that_somebody_made_up_accuses_nobody() {
    let house = logged(9).await;
    let note = kept(&house).await.note();
    for (from, to) in [("\n10\n", "\n5\n"), ("\n10\n", "\n1000000\n")] {
        let forged = note.replacen(from, to, 1);
        assert_ne!(forged, note, "there are ten events");
        let forged = Checkpoint::read(&forged).unwrap();
        assert_eq!(compared(&house, &forged).await, Compared::Unsigned, "{to:?}");
        let proof = house.workspace.prove_growth(&may(&house), &forged).await;
        assert!(matches!(proof, Err(WorkspaceError::NotItsBeginning)), "{proof:?}");
    }
}

#[tokio::test]
async fn rows_that_are_no_events_bend_no_proof() {
    let house = logged(9).await;
    house
        .tamper(&house.ada, |tx| {
            tx.execute(
                "INSERT INTO audit (sequence, event, text, hash, signature)
                 VALUES (0, x'00', '', zeroblob(32), x'00')",
                [],
            )
            .map(drop)
        })
        .await;
    let proof = house.workspace.prove_event(&may(&house), 3, None).await.unwrap();
    let shown = check_proof(&serde_json::to_string(&proof).unwrap());
    assert_eq!(
        shown.map(|shown| shown.event.unwrap().0),
        Ok(3),
        "what was walked is what is shown"
    );
}
