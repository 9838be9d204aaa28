//! The log against someone who edits it.

use domain::{AttemptId, Finish, ModelRef, NanoUsd, ProviderId, Role, Tokens, TurnId, Usage};
use policy::{Action, Grant, ModelFacts, Resource};
use rusqlite::Transaction;
use workspace::{
    AttemptEnd, AttemptStart, AuditFault, AuditKind, AuditReport, Ceiling, Fault, Pins,
    RecordQuery, Wish, Workspace, WorkspaceError,
};

use crate::support::{House, NOW, Person};

const PAGE_BYTES: usize = 8_192;

/// A house whose log has the founding event and nine more, and its last report.
async fn logged() -> (House, AuditReport) {
    let house = House::new();
    for _ in 0..9 {
        house.workspace.record(AuditKind::SignedIn, NOW).await.unwrap();
    }
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!((report.events, report.fault), (10, None), "an untouched log holds");
    (house, report)
}

/// What verifying says after `edit`, to Ada, who had seen the whole log.
async fn after(
    edit: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()> + Send + 'static,
) -> Option<AuditFault> {
    let (house, _) = logged().await;
    house.tamper(&house.ada, edit).await;
    house.workspace.verify_audit().await.unwrap().fault
}

/// The last event that was seen, as the pins keep it.
fn audit_pin(pins: &Pins) -> serde_json::Value {
    let mut json: serde_json::Value = serde_json::from_slice(&pins.to_bytes()).unwrap();
    json["audit"].take()
}

fn at(sequence: u64, fault: Fault) -> Option<AuditFault> {
    Some(AuditFault { sequence, fault })
}

#[tokio::test]
async fn a_changed_event_is_found() {
    let fault = after(|tx| {
        tx.execute(
            "UPDATE audit SET text = replace(text, 'signed_in', 'recovery_used') WHERE sequence = 4",
            [],
        )?;
        Ok(())
    });
    assert_eq!(fault.await, at(4, Fault::Changed), "the hash does not fit");
}

#[tokio::test]
async fn what_is_not_even_written_like_an_event_is_a_changed_one() {
    let edits = [
        "UPDATE audit SET hash = x'00' WHERE sequence = 4",
        "UPDATE audit SET text = '' WHERE sequence = 4",
        "UPDATE audit SET text = CAST(x'ff00' AS TEXT) WHERE sequence = 4",
        "UPDATE audit SET text = text || zeroblob(1000000) WHERE sequence = 4",
    ];
    for edit in edits {
        let fault = after(move |tx| tx.execute(edit, []).map(|_| ()));
        assert_eq!(fault.await, at(4, Fault::Changed), "{edit}");
    }
    let fault = after(|tx| {
        tx.execute("UPDATE audit SET signature = x'00' WHERE sequence = 4", []).map(|_| ())
    });
    assert_eq!(fault.await, at(4, Fault::BadSignature), "no signature at all");
}

#[tokio::test]
async fn a_changed_event_with_a_new_hash_is_found() {
    let (house, _) = logged().await;
    house
        .tamper(&house.ada, |tx| {
            let text: String =
                tx.query_row("SELECT text FROM audit WHERE sequence = 4", [], |row| row.get(0))?;
            let text = text.replace("signed_in", "locked");
            let hash = workspace::Digest::leaf(text.as_bytes());
            tx.execute("UPDATE audit SET text = ?1, hash = ?2 WHERE sequence = 4", (text, hash.0))?;
            Ok(())
        })
        .await;
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, at(4, Fault::BadSignature), "only its actor can sign it");
    assert_eq!(report.events, 3, "what stands before it still holds");
}

#[tokio::test]
async fn an_actor_cannot_rewrite_their_own_past() {
    let (house, _) = logged().await;
    let key = sealed::SigningKey::from_seed(house.ada.signing.seed());
    house
        .tamper(&house.ada, move |tx| {
            let text: String =
                tx.query_row("SELECT text FROM audit WHERE sequence = 4", [], |row| row.get(0))?;
            let text = text.replace("signed_in", "locked");
            let signature = key.sign(format!("carrel audit event 1\0{text}").as_bytes());
            let hash = workspace::Digest::leaf(text.as_bytes());
            tx.execute(
                "UPDATE audit SET text = ?1, hash = ?2, signature = ?3 WHERE sequence = 4",
                (text, hash.0, signature),
            )?;
            Ok(())
        })
        .await;
    let fault = house.workspace.verify_audit().await.unwrap().fault;
    assert_eq!(fault, at(5, Fault::Gap), "what came after names what stood there");
}

#[tokio::test]
async fn a_deleted_event_is_found() {
    let fault = after(|tx| {
        tx.execute("DELETE FROM audit WHERE sequence = 4", [])?;
        Ok(())
    });
    assert_eq!(fault.await, at(4, Fault::Gap), "the next one does not follow");
    let closed_up = after(|tx| {
        tx.execute("DELETE FROM audit WHERE sequence = 4", [])?;
        for sequence in 5..=10 {
            tx.execute("UPDATE audit SET sequence = ?1 - 1 WHERE sequence = ?1", [sequence])?;
        }
        Ok(())
    });
    assert_eq!(closed_up.await, at(4, Fault::Gap), "renumbering does not hide it");
}

#[tokio::test]
async fn reordered_events_are_found() {
    let fault = after(|tx| {
        for (from, to) in [(4, 99), (5, 4), (99, 5)] {
            tx.execute("UPDATE audit SET sequence = ?2 WHERE sequence = ?1", (from, to))?;
        }
        Ok(())
    });
    assert_eq!(fault.await, at(4, Fault::Gap), "order is part of what was signed");
}

#[tokio::test]
async fn a_duplicated_event_is_found() {
    let fault = after(|tx| {
        tx.execute(
            "INSERT INTO audit (sequence, event, text, hash, signature)
             SELECT 11, x'00', text, hash, signature FROM audit WHERE sequence = 10",
            [],
        )?;
        Ok(())
    });
    assert_eq!(fault.await, at(11, Fault::Gap), "the same event cannot stand twice");
}

#[tokio::test]
async fn an_inserted_event_is_found() {
    let fault = after(|tx| {
        for sequence in (5..=10).rev() {
            tx.execute("UPDATE audit SET sequence = ?1 + 1 WHERE sequence = ?1", [sequence])?;
        }
        tx.execute(
            "INSERT INTO audit (sequence, event, text, hash, signature)
             SELECT 5, x'00', text, hash, signature FROM audit WHERE sequence = 4",
            [],
        )?;
        Ok(())
    });
    assert_eq!(fault.await, at(5, Fault::Gap), "nothing fits between two events");
}

#[tokio::test]
async fn a_log_cut_at_its_end_is_found_against_the_pinned_head() {
    let cut = |tx: &Transaction<'_>| {
        tx.execute("DELETE FROM audit WHERE sequence > 7", [])?;
        Ok(())
    };
    assert_eq!(after(cut).await, at(8, Fault::Cut), "Ada had seen ten");
    let (house, _) = logged().await;
    let pins = house.workspace.pins();
    house.tamper(&house.ada, cut).await;
    let (again, kept) = house.open(&house.ada, &pins).unwrap();
    assert!(again.audit_was_cut(), "opening notices it");
    again.record(AuditKind::SignedIn, NOW).await.unwrap();
    let (later, _) = house.open(&house.ada, &again.pins()).unwrap();
    assert!(later.audit_was_cut(), "and so does every later one");
    assert_eq!(audit_pin(&kept), audit_pin(&pins), "the pin stays: it is the evidence");
}

#[tokio::test]
async fn damage_that_opening_does_not_meet_is_found_by_looking_at_every_page() {
    let (house, _) = logged().await;
    let pins = house.workspace.pins();
    house.workspace.close().await;
    let path = house.file(1);
    let whole = std::fs::read(&path).unwrap();
    let mut only_by_looking = 0;
    for page in 0..whole.len() / PAGE_BYTES {
        let mut bytes = whole.clone();
        bytes[page * PAGE_BYTES + PAGE_BYTES / 2] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        if let Ok((opened, _)) = house.open(&house.ada, &pins) {
            let checked = opened.check_file().await;
            let damaged =
                matches!(checked, Err(WorkspaceError::Database(sealed::DatabaseError::Damaged)));
            assert!(damaged, "page {page} is not as it was written: {checked:?}");
            only_by_looking += 1;
            opened.close().await;
        }
        std::fs::write(&path, &whole).unwrap();
    }
    assert!(only_by_looking > 0, "else there was nothing to look for");
}

#[tokio::test]
async fn a_log_that_was_cut_and_went_on_is_found() {
    let (house, report) = logged().await;
    house
        .tamper(&house.ada, |tx| {
            tx.execute("DELETE FROM audit WHERE sequence > 7", [])?;
            Ok(())
        })
        .await;
    for _ in 0..5 {
        house.workspace.record(AuditKind::Locked, NOW).await.unwrap();
    }
    let fault = house.workspace.verify_audit().await.unwrap().fault;
    assert_eq!(fault, at(10, Fault::Forked), "event ten was seen as another one");
    let pinned = audit_pin(&house.workspace.pins());
    assert_eq!(pinned, serde_json::to_value(report.head).unwrap(), "it did not move over it");
}

#[tokio::test]
async fn an_event_in_anothers_name_is_found() {
    let (house, _) = logged().await;
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    hers.record(AuditKind::SignedIn, NOW).await.unwrap();
    let (from, to) = (mira.profile.to_string(), house.ada.profile.to_string());
    house
        .tamper(&mira, move |tx| {
            let (sequence, text): (i64, String) = tx.query_row(
                "SELECT sequence, text FROM audit ORDER BY sequence DESC LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let text = text.replace(&from, &to);
            let hash = workspace::Digest::leaf(text.as_bytes());
            tx.execute(
                "UPDATE audit SET text = ?2, hash = ?3 WHERE sequence = ?1",
                (sequence, text, hash.0),
            )?;
            Ok(())
        })
        .await;
    let fault = house.workspace.verify_audit().await.unwrap().fault.unwrap();
    assert_eq!(fault.fault, Fault::BadSignature, "Mira cannot sign as Ada");
}

pub(crate) fn start(n: u8) -> AttemptStart {
    AttemptStart {
        attempt: AttemptId::new(NOW, [n; 10]),
        turn: TurnId::new(NOW, [n; 10]),
        program: None,
        model: ModelRef { provider: ProviderId::new(NOW, [1; 10]), model: "model-a".into() },
        host: "api.example.com".into(),
        request_bytes: 1_234,
        key: None,
        route: None,
        number: 1,
        retry_of: None,
        hold: None,
        output_cap: None,
        class: None,
        regions: Vec::new(),
        rules: Vec::new(),
    }
}

pub(crate) const WISH: Wish = Wish {
    input: Tokens(1_000),
    output: Tokens(100),
    least: Tokens(10),
    price: Some(Ceiling { input: NanoUsd(4_000), per_output: 10_000 }),
};

pub(crate) fn end(n: u8) -> AttemptEnd {
    AttemptEnd {
        finish: Some(Finish::Complete),
        usage: Some(Usage { input: Tokens(10), output: Tokens(20), ..Usage::default() }),
        first_token_ms: None,
        total_ms: Some(5),
        ..AttemptEnd::unknown(start(n).attempt)
    }
}

pub(crate) fn grant(person: &Person) -> Grant {
    let model = start(0).model;
    person.may(Action::ModelUse, &Resource::Model { model, facts: ModelFacts::ELSEWHERE })
}

async fn events(workspace: &Workspace) -> u64 {
    let report = workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, None, "the log holds");
    report.events
}

#[tokio::test]
async fn an_attempt_is_recorded_before_and_after_and_settled_once() {
    let house = House::new();
    let workspace = &house.workspace;
    workspace.open_attempt(&grant(&house.ada), start(1), WISH, NOW).await.unwrap();
    assert_eq!(events(workspace).await, 2, "the intent stands before the call leaves");
    assert!(workspace.settle_attempt(end(1), NOW).await.unwrap(), "the first time");
    assert!(!workspace.settle_attempt(end(1), NOW).await.unwrap(), "not again");
    let other = AttemptEnd::unknown(start(1).attempt);
    assert!(!workspace.settle_attempt(other, NOW).await.unwrap(), "nor with another outcome");
    assert_eq!(events(workspace).await, 3, "one outcome");
    assert_eq!(workspace.unsettled_attempts().await.unwrap(), [], "nothing is left open");
}

#[tokio::test]
async fn what_a_crash_left_unsettled_is_found_at_the_next_unlock() {
    let house = House::new();
    let pins = house.workspace.pins();
    house.workspace.open_attempt(&grant(&house.ada), start(1), WISH, NOW).await.unwrap();
    house.workspace.open_attempt(&grant(&house.ada), start(2), WISH, NOW).await.unwrap();
    house.workspace.settle_attempt(end(1), NOW).await.unwrap();
    house.workspace.close().await;
    let (again, _) = house.open(&house.ada, &pins).unwrap();
    let left = again.unsettled_attempts().await.unwrap();
    assert_eq!(left.len(), 1, "the one without an outcome");
    assert_eq!((left[0].attempt, left[0].turn), (start(2).attempt, start(2).turn), "with its turn");
    let unknown = AttemptEnd::unknown(left[0].attempt);
    assert!(again.settle_attempt(unknown, NOW).await.unwrap(), "outcome unknown");
    assert_eq!(again.unsettled_attempts().await.unwrap(), [], "and done");
}

#[tokio::test]
async fn attempts_of_others_can_neither_be_read_nor_settled() {
    let house = House::new();
    let (_mira, hers, _) = house.join("Mira", Role::Member).await;
    house.workspace.open_attempt(&grant(&house.ada), start(1), WISH, NOW).await.unwrap();
    assert_eq!(hers.unsettled_attempts().await.unwrap(), [], "not hers");
    let settled = hers.settle_attempt(end(1), NOW).await;
    assert!(matches!(settled, Err(WorkspaceError::NotFound)), "as if it did not exist");
    let unknown = hers.settle_attempt(end(9), NOW).await;
    assert!(matches!(unknown, Err(WorkspaceError::NotFound)), "the same answer");
}

#[tokio::test]
async fn an_attempt_needs_a_grant_for_its_model() {
    let house = House::new();
    let other = ModelRef { model: "other".into(), ..start(1).model };
    let wrong = house
        .ada
        .may(Action::ModelUse, &Resource::Model { model: other, facts: ModelFacts::ELSEWHERE });
    for grant in [wrong, house.ada.may_here(Action::ProviderConfigure)] {
        let opened = house.workspace.open_attempt(&grant, start(1), WISH, NOW).await;
        assert!(matches!(opened, Err(WorkspaceError::WrongGrant)), "{grant:?}");
    }
    assert_eq!(events(&house.workspace).await, 1, "nothing was recorded");
}

#[tokio::test]
async fn the_same_attempt_cannot_be_opened_twice() {
    let house = House::new();
    house.workspace.open_attempt(&grant(&house.ada), start(1), WISH, NOW).await.unwrap();
    let again = house.workspace.open_attempt(&grant(&house.ada), start(1), WISH, NOW).await;
    assert!(again.is_err(), "two calls need two records");
    assert_eq!(events(&house.workspace).await, 2, "the failed one left no event");
}

#[tokio::test]
async fn a_row_that_is_no_event_is_shown_in_its_place_and_hides_no_other() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let hundred = || RecordQuery { limit: 100, ..RecordQuery::default() };
    let before = house.workspace.events(hundred()).await.unwrap().len();
    house
        .tamper(&mira, |tx| {
            let other =
                "UPDATE audit SET text = '{\"sequence\":9007199254740993}' WHERE sequence = 2";
            tx.execute(other, [])?;
            let planted = "INSERT INTO audit (sequence, event, text, hash, signature)
                           VALUES (1099511627776, x'00', 'no event', zeroblob(32), x'')";
            tx.execute(planted, []).map(|_| ())
        })
        .await;
    for newest_first in [true, false] {
        let query = RecordQuery { newest_first, ..hundred() };
        let mut read = house.workspace.events(query).await.unwrap();
        read.sort_by_key(|event| event.sequence);
        assert_eq!(read.len(), before + 1, "all the others are read");
        assert_eq!((read[1].sequence, &read[1].kind), (2, &None), "by its place, not its word");
        let last = read.last().unwrap();
        assert_eq!((last.text.as_str(), last.actor), ("no event", None), "as it stands there");
    }
    let query = RecordQuery { kinds: vec!["member_joined".to_owned()], ..hundred() };
    assert_eq!(house.workspace.events(query).await.unwrap().len(), 1, "a filter passes it by");
}
