//! Checkpoints that Carrel makes by itself, against somebody with every key of today.

use std::time::Duration;

use domain::{Limit, LimitMeasure, LimitScope, Role, Span};
use policy::Action;
use workspace::{AuditFault, AuditKind, AuditReport, Fault, Workspace};

use crate::checkpoints::{logged, rewrite, root_pins};
use crate::support::{House, NOW};

/// A record with three checkpoints, and five events after the last.
async fn checkpointed() -> House {
    let house = logged(4).await;
    for _ in 0..2 {
        assert!(house.workspace.checkpoint(NOW).await.unwrap(), "it had grown");
        record(&house, 4).await;
    }
    assert!(house.workspace.checkpoint(NOW).await.unwrap(), "it had grown");
    record(&house, 5).await;
    house
}

async fn record(house: &House, events: u64) {
    for _ in 0..events {
        house.workspace.record(AuditKind::SignedIn, NOW).await.unwrap();
    }
}

/// What somebody finds who has never seen the record.
async fn found_anew(house: &House) -> AuditReport {
    let (fresh, _) = house.open(&house.ada, &root_pins(house)).unwrap();
    fresh.verify_audit().await.unwrap()
}

fn keys(house: &House) -> Vec<String> {
    let names = std::fs::read_dir(house.at()).unwrap();
    let names = names.map(|one| one.unwrap().file_name().to_string_lossy().into_owned());
    let mut keys: Vec<String> = names.filter(|name| name.starts_with("checkpoint-")).collect();
    keys.sort();
    keys
}

fn at(sequence: u64, fault: Fault) -> Option<AuditFault> {
    Some(AuditFault { sequence, fault })
}

#[tokio::test]
async fn a_record_is_followed_by_checkpoints_whose_keys_are_gone() {
    let house = checkpointed().await;
    let report = house.workspace.verify_audit().await.unwrap();
    let found = &report.checkpointed;
    assert_eq!((report.fault, found.checkpoints, found.begun), (None, 3, 1), "{report:?}");
    // The founding event, four, the one that says that checkpoints begin, eight.
    assert_eq!((found.events, report.events), (14, 19), "five came after the last");
    assert_eq!(keys(&house), ["checkpoint-4.key"], "only the next one's is there");
    assert!(house.workspace.checkpoint(NOW).await.unwrap(), "for those five");
    assert!(!house.workspace.checkpoint(NOW).await.unwrap(), "there is nothing new");
    let last = house.workspace.checkpoints(14, 19).await.unwrap();
    assert_eq!(last.len(), 1, "{last:?}");
    assert!(last[0].note.starts_with("carrel.record/") && last[0].note.contains("once/4"));
}

#[tokio::test]
async fn whoever_rewrites_what_was_with_every_key_of_today_is_found_out_by_a_checkpoint() {
    let house = checkpointed().await;
    rewrite(&house, 8).await;
    let report = found_anew(&house).await;
    assert_eq!(report.fault, at(10, Fault::NotAsCheckpointed), "the first after the change");
    assert_eq!(report.checkpointed.checkpoints, 1, "what came before it holds");
}

#[tokio::test]
async fn checkpoints_that_are_removed_cannot_be_made_again_and_begin_anew_for_all_to_see() {
    let house = checkpointed().await;
    rewrite(&house, 8).await;
    house
        .tamper(&house.ada, |tx| {
            tx.execute("DELETE FROM checkpoint WHERE number > 1", []).map(drop)
        })
        .await;
    let report = found_anew(&house).await;
    assert_eq!((report.fault, report.checkpointed.events), (None, 6), "it ends where they cut it");
    let seen = house.workspace.verify_audit().await.unwrap().fault;
    assert_eq!(seen, at(19, Fault::Forked), "whoever had seen it knows at once");
    let (fresh, _) = house.open(&house.ada, &root_pins(&house)).unwrap();
    assert!(fresh.checkpoint(NOW).await.unwrap(), "with the key that is there they cannot go on");
    let report = found_anew(&house).await;
    assert_eq!((report.fault, report.checkpointed.begun), (None, 2), "which says: {report:?}");
}

#[tokio::test]
async fn who_had_seen_checkpoints_misses_them_where_no_event_was_touched() {
    let house = checkpointed().await;
    let cut = |tx: &rusqlite::Transaction<'_>| {
        tx.execute("DELETE FROM checkpoint WHERE number > 2", []).map(drop)
    };
    house.tamper(&house.ada, cut).await;
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, at(20, Fault::CheckpointsGone), "she had seen three: {report:?}");
    assert_eq!(found_anew(&house).await.fault, None, "who comes anew cannot know");
}

#[tokio::test]
async fn a_desk_that_misses_one_keeps_that_in_mind_whatever_it_makes_next() {
    let house = checkpointed().await;
    let pins = house.workspace.pins();
    let cut = |tx: &rusqlite::Transaction<'_>| {
        tx.execute("DELETE FROM checkpoint WHERE number > 2", []).map(drop)
    };
    house.tamper(&house.ada, cut).await;
    let (again, _) = house.open(&house.ada, &pins).unwrap();
    for _ in 0..2 {
        again.record(AuditKind::SignedIn, NOW).await.unwrap();
        assert!(again.checkpoint(NOW).await.unwrap(), "they begin anew, and go on");
    }
    let fault = again.verify_audit().await.unwrap().fault.unwrap();
    assert_eq!(fault.fault, Fault::CheckpointsGone, "another stands in the place of the third");
    let (later, _) = house.open(&house.ada, &again.pins()).unwrap();
    let fault = later.verify_audit().await.unwrap().fault.unwrap();
    assert_eq!(fault.fault, Fault::CheckpointsGone, "and at every later opening");
}

#[tokio::test]
async fn a_checkpoint_that_was_changed_moved_or_is_of_more_than_there_is_does_not_hold() {
    for (edit, fault) in [
        (
            "UPDATE checkpoint SET note = replace(note, 'once/2', 'once/3') WHERE number = 2",
            at(10, Fault::BadCheckpoint),
        ),
        ("UPDATE checkpoint SET note = 'none' WHERE number = 2", at(10, Fault::BadCheckpoint)),
        ("DELETE FROM checkpoint WHERE number = 2", at(14, Fault::BadCheckpoint)),
        ("UPDATE checkpoint SET size = 9 WHERE number = 2", at(9, Fault::BadCheckpoint)),
        ("UPDATE checkpoint SET size = 90 WHERE number = 3", at(20, Fault::Cut)),
        (
            "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE number = 1) WHERE number = 2",
            at(10, Fault::BadCheckpoint),
        ),
    ] {
        let house = checkpointed().await;
        house.tamper(&house.ada, move |tx| tx.execute(edit, []).map(drop)).await;
        assert_eq!(found_anew(&house).await.fault, fault, "{edit}");
    }
}

#[tokio::test]
async fn notes_of_the_tree_that_somebody_changed_are_not_believed() {
    let house = checkpointed().await;
    let edit = "UPDATE checkpoint SET peaks = zeroblob(length(peaks))";
    house.tamper(&house.ada, move |tx| tx.execute(edit, []).map(drop)).await;
    assert!(house.workspace.checkpoint(NOW).await.unwrap());
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!((report.fault, report.checkpointed.checkpoints), (None, 4), "{report:?}");
}

#[tokio::test]
async fn where_the_next_key_is_lost_or_another_they_begin_anew_and_say_so() {
    let house = checkpointed().await;
    std::fs::write(house.at().join("checkpoint-4.key"), [7; 32]).unwrap();
    assert!(house.workspace.checkpoint(NOW).await.unwrap());
    record(&house, 1).await;
    std::fs::remove_file(house.at().join("checkpoint-5.key")).unwrap();
    assert!(house.workspace.checkpoint(NOW).await.unwrap());
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!((report.fault, report.checkpointed.begun), (None, 3), "{report:?}");
    assert_eq!(report.checkpointed.checkpoints, 5, "all of them hold");
}

#[tokio::test]
async fn a_crash_before_a_checkpoint_stands_leaves_a_key_that_the_next_try_replaces() {
    let house = checkpointed().await;
    std::fs::write(house.at().join("checkpoint-5.key"), [7; 32]).unwrap();
    assert!(house.workspace.checkpoint(NOW).await.unwrap());
    record(&house, 1).await;
    assert!(house.workspace.checkpoint(NOW).await.unwrap());
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!((report.fault, report.checkpointed.begun), (None, 1), "{report:?}");
    assert_eq!(keys(&house), ["checkpoint-6.key"]);
}

#[tokio::test]
async fn a_quick_look_finds_what_was_changed_and_leaves_signatures_to_a_whole_one() {
    for (edit, quick, whole) in [
        (
            "UPDATE audit SET signature = zeroblob(64) WHERE sequence = 8",
            None,
            at(8, Fault::BadSignature),
        ),
        (
            "UPDATE audit SET text = replace(text, 'signed_in', 'locked') WHERE sequence = 8",
            at(8, Fault::Changed),
            at(8, Fault::Changed),
        ),
        (
            "UPDATE audit SET signature = zeroblob(64) WHERE sequence = 6",
            at(6, Fault::BadSignature),
            at(6, Fault::BadSignature),
        ),
    ] {
        let house = checkpointed().await;
        house.tamper(&house.ada, move |tx| tx.execute(edit, []).map(drop)).await;
        let (fresh, _) = house.open(&house.ada, &root_pins(&house)).unwrap();
        assert_eq!(fresh.verify_tree().await.unwrap().fault, quick, "quickly: {edit}");
        assert_eq!(fresh.verify_audit().await.unwrap().fault, whole, "wholly: {edit}");
    }
}

#[tokio::test]
async fn two_desks_at_once_make_one_row_of_checkpoints() {
    let house = checkpointed().await;
    let (_, mira, _) = house.join("Mira", Role::Member).await;
    let work = async |desk: &Workspace| {
        for _ in 0..20 {
            desk.record(AuditKind::SignedIn, NOW).await.unwrap();
            desk.checkpoint(NOW).await.unwrap();
        }
    };
    tokio::join!(work(&house.workspace), work(&mira));
    house.workspace.checkpoint(NOW).await.unwrap();
    let report = house.workspace.verify_audit().await.unwrap();
    let found = &report.checkpointed;
    assert_eq!((report.fault, found.begun, found.events), (None, 1, report.events), "{report:?}");
    assert_eq!(keys(&house).len(), 1, "one key is left");
}

#[tokio::test]
async fn a_new_key_of_the_workspace_changes_nothing_about_them() {
    let house = checkpointed().await;
    let (mira, _, _) = house.join("Mira", Role::Member).await;
    let grant = house.ada.may_about(Action::ProfileDisable, &mira);
    house.workspace.set_disabled(&grant, mira.profile, true, NOW).await.unwrap();
    assert!(house.workspace.checkpoint(NOW).await.unwrap());
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!((report.fault, report.checkpointed.begun), (None, 1), "{report:?}");
}

#[tokio::test]
async fn one_is_due_at_once_after_anything_but_calls_and_after_many_of_those() {
    let house = logged(1).await;
    house.workspace.checkpoint_is_due().await;
    house.workspace.checkpoint(NOW).await.unwrap();
    house.workspace.checkpoint_is_due().await;
    house.workspace.checkpoint(NOW).await.unwrap();
    let measure = LimitMeasure::Requests { span: Span::Day };
    let limit = Limit::new(LimitScope::Workspace {}, measure, 1);
    for count in 1..=256 {
        let due = tokio::time::timeout(Duration::ZERO, house.workspace.checkpoint_is_due()).await;
        assert!(due.is_err(), "after {count} calls");
        let routine = AuditKind::LimitNearlyUsed { limit: limit.clone(), percent: 80, pool: false };
        house.workspace.record(routine, NOW).await.unwrap();
    }
    house.workspace.checkpoint_is_due().await;
}
