//! Proofs that the record speaks of a text, and what nobody makes of a commitment.

use domain::{AttemptId, Role};
use policy::{Action, Grant, Resource};
use sealed::{Commitment, Key, Side};
use workspace::{
    AttemptEnd, AuditKind, Proof, ProofError, Shown, Workspace, WorkspaceError, check_proof,
};

use crate::audit::{WISH, end, grant, start};
use crate::support::{House, NOW, Person};

const ASKED: &str = "Whose otters?";
const ANSWERED: &str = "Hers.";

/// The keys of a call that ended, as a desk keeps them.
struct Kept {
    attempt: AttemptId,
    input: Key,
    output: Key,
}

/// Somebody's call, with commitments to what was asked and answered.
async fn called(workspace: &Workspace, who: &Person, n: u8) -> Kept {
    let (input, output) = (Key::random(), Key::random());
    let attempt = start(n).attempt;
    workspace.open_attempt(&grant(who), start(n), WISH, NOW).await.unwrap();
    let end = AttemptEnd {
        input: Some(Commitment::to(ASKED, Side::Input, attempt, &input)),
        output: Some(Commitment::to(ANSWERED, Side::Output, attempt, &output)),
        ..end(n)
    };
    workspace.settle_attempt(end, NOW).await.unwrap();
    Kept { attempt, input, output }
}

impl Kept {
    /// The question as this text.
    fn asked(&self, text: &str) -> Shown<'_> {
        let (attempt, side, key) = (self.attempt, Side::Input, &self.input);
        Shown { attempt, side, content: text.to_owned(), key }
    }
}

fn may(who: &Person) -> Grant {
    who.may(Action::ChatReadOwn, &Resource::Profile(who.profile))
}

async fn asked_of(workspace: &Workspace, who: &Person, kept: &Kept) -> Proof {
    workspace.prove_content(&may(who), kept.asked(ASKED), None).await.unwrap()
}

fn written(proof: &Proof) -> String {
    serde_json::to_string(proof).unwrap()
}

#[tokio::test]
async fn a_proof_shows_one_text_of_ones_own_call_to_anyone() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let kept = called(&hers, &mira, 1).await;
    let text = written(&asked_of(&hers, &mira, &kept).await);
    let shown = check_proof(&text).unwrap();
    let content = shown.content.unwrap();
    assert_eq!((content.side, content.text.as_str()), (Side::Input, ASKED));
    let (sequence, event) = shown.event.unwrap();
    assert!(event.contains("attempt_outcome") && sequence <= shown.checkpoint.size);
    assert_eq!(shown.key, mira.signing.public(), "as far as one trusts her key");
    let other = data_encoding::HEXLOWER.encode(kept.output.bytes());
    assert!(!text.contains(ANSWERED) && !text.contains(&other), "and nothing of the other text");
    assert!(!event.contains(ASKED), "the record itself holds none");
}

#[tokio::test]
async fn no_other_text_key_side_call_or_event_passes_for_it() {
    let house = House::new();
    let kept = called(&house.workspace, &house.ada, 1).await;
    let twin = called(&house.workspace, &house.ada, 2).await;
    let proof = asked_of(&house.workspace, &house.ada, &kept).await;
    let other = asked_of(&house.workspace, &house.ada, &twin).await;
    let Proof::Content { opening, .. } = &other else { panic!("about a text: {other:?}") };
    let theirs = opening.clone();
    let bent = |change: &dyn Fn(&mut Proof)| {
        let mut proof = proof.clone();
        change(&mut proof);
        check_proof(&written(&proof)).map(drop)
    };
    assert_eq!(bent(&|_| {}), Ok(()), "as it was written it holds");
    let with = |change: fn(&mut String, &mut Side, &mut String)| {
        bent(&|proof| {
            if let Proof::Content { content, side, opening, .. } = proof {
                change(content, side, opening);
            }
        })
    };
    let no = Err(ProofError::OtherContent);
    assert_eq!(with(|content, _, _| content.push(' ')), no, "a longer text");
    assert_eq!(with(|content, _, _| content.replace_range(..1, "w")), no, "one letter");
    assert_eq!(with(|content, _, _| ANSWERED.clone_into(content)), no, "the other text");
    assert_eq!(with(|_, side, _| *side = Side::Output), no, "the other side");
    assert_eq!(with(|_, _, opening| *opening = "0".repeat(64)), no, "another key");
    let unreadable = Err(ProofError::Unreadable);
    assert_eq!(with(|_, _, opening| opening.truncate(62)), unreadable, "no key at all");
    assert_eq!(with(|_, _, opening| opening.make_ascii_uppercase()), unreadable, "two spellings");
    let twins_key = |proof: &mut Proof| {
        if let Proof::Content { opening, .. } = proof {
            opening.clone_from(&theirs);
        }
    };
    assert_eq!(bent(&twins_key), no, "the key of the same text in another call");
    let moved = |proof: &mut Proof| {
        let mine = std::mem::replace(proof, other.clone());
        let Proof::Content { opening: mine, .. } = mine else { return };
        if let Proof::Content { opening, .. } = proof {
            *opening = mine;
        }
    };
    assert_eq!(bent(&moved), no, "another call's event");
}

#[tokio::test]
async fn an_event_that_is_not_ones_own_or_commits_to_nothing_proves_nothing() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let kept = called(&hers, &mira, 1).await;
    let ada = may(&house.ada);
    let by_admin = house.workspace.prove_content(&ada, kept.asked(ASKED), None).await;
    assert!(matches!(by_admin, Err(WorkspaceError::NotFound)), "even with her key: {by_admin:?}");
    let lied = hers.prove_content(&may(&mira), kept.asked("another"), None).await;
    assert!(matches!(lied, Err(WorkspaceError::NotFound)), "a text that was not asked: {lied:?}");
    house.workspace.open_attempt(&grant(&house.ada), start(2), WISH, NOW).await.unwrap();
    house.workspace.settle_attempt(end(2), NOW).await.unwrap();
    let bare = Shown { attempt: start(2).attempt, ..kept.asked(ASKED) };
    let bare = house.workspace.prove_content(&ada, bare, None).await;
    assert!(matches!(bare, Err(WorkspaceError::NotFound)), "a call of which it is not said");
}

#[tokio::test]
async fn a_proof_leads_to_the_checkpoint_that_was_kept_where_that_stands_for_its_event() {
    let house = House::new();
    let audits = house.ada.may_here(Action::AuditRead);
    let before = house.workspace.make_checkpoint(&audits, NOW).await.unwrap();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let kept = called(&hers, &mira, 1).await;
    let after = house.workspace.make_checkpoint(&audits, NOW).await.unwrap();
    let proof = hers.prove_content(&may(&mira), kept.asked(ASKED), Some(after.clone())).await;
    let shown = check_proof(&written(&proof.unwrap())).unwrap();
    assert_eq!(shown.checkpoint.root, after.root, "the one that an auditor keeps");
    let early = hers.prove_content(&may(&mira), kept.asked(ASKED), Some(before)).await;
    assert!(matches!(early, Err(WorkspaceError::NotFound)), "it came after that: {early:?}");
}

#[test]
fn a_call_keeps_the_text_it_had_before_there_were_commitments() {
    let attempt = start(1).attempt;
    let written = serde_json::to_string(&AuditKind::AttemptOutcome(AttemptEnd::unknown(attempt)));
    let text = written.unwrap();
    assert!(!text.contains("input") && !text.contains("output"), "left out: {text}");
    let read: AuditKind = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text, "else its hash would not fit");
}
