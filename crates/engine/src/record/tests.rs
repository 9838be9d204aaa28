use domain::{
    ChatId, FailureClass, Finish, MessageId, ModelRef, NanoUsd, Provenance, ProviderId, Tokens,
    TryRecord, TurnId, Usage,
};

use super::*;

fn attempt(number: u8) -> AttemptId {
    AttemptId::from_bytes([number; 16])
}

fn one_try(number: u8, failure: Option<FailureClass>) -> TryRecord {
    let model = ModelRef { provider: ProviderId::from_bytes([5; 16]), model: "swan".to_owned() };
    TryRecord {
        attempt: attempt(number),
        model,
        failure,
        http_status: Some(200),
        note: None,
        path: None,
    }
}

/// An answer whose card was written before the crash, with these tries.
fn answered(tries: Vec<TryRecord>) -> Recovered {
    let now = UnixMs(1_700_000_000_000);
    let card = Provenance {
        model: tries[0].model.clone(),
        provider_label: "Lake".to_owned(),
        host: "lake.example".to_owned(),
        served_model: Some("swan-2".to_owned()),
        usage: Usage { input: Tokens(12), output: Tokens(5), ..Usage::default() },
        first_token_ms: Some(5),
        total_ms: 10,
        cost: Some(NanoUsd(700)),
        skipped: Vec::new(),
        uncalled: None,
        elapsed_ms: None,
        tries,
    };
    Recovered {
        turn: TurnId::new(now, [1; 10]),
        chat: ChatId::new(now, [2; 10]),
        answer: MessageId::new(now, [3; 10]),
        finish: Finish::Complete,
        provenance: Some(card),
        committed: None,
    }
}

#[test]
fn what_the_card_says_of_the_attempt_that_answered_is_recorded_after_a_crash() {
    let end = known(&answered(vec![one_try(1, None)]), attempt(1)).expect("it is on the card");
    assert_eq!(end.finish, Some(Finish::Complete), "how it ended");
    assert_eq!(end.usage.map(|usage| usage.total()), Some(Tokens(17)), "what it used");
    assert_eq!((end.cost, end.billed), (Some(NanoUsd(700)), Some(true)), "what it cost");
    assert_eq!(end.served_model.as_deref(), Some("swan-2"), "who answered");
}

#[test]
fn what_was_committed_to_in_that_attempt_is_recorded_after_a_crash() {
    let to = |number| {
        let (attempt, key) = (attempt(number), sealed::Key::from_bytes([number; 32]));
        let to = |text, side| sealed::Commitment::to(text, side, attempt, &key);
        let (input, output) = (to("q", sealed::Side::Input), to("a", sealed::Side::Output));
        vault::Commitments { attempt, input, output }
    };
    for (number, kept) in [(1, true), (2, false)] {
        let committed = Some(to(number));
        let recovered = Recovered { committed, ..answered(vec![one_try(1, None)]) };
        let end = known(&recovered, attempt(1)).expect("it is on the card");
        let expected = committed.filter(|_| kept);
        assert_eq!(end.input, expected.map(|one| one.input), "of attempt {number}");
        assert_eq!(end.output, expected.map(|one| one.output), "of attempt {number}");
    }
}

#[test]
fn the_price_of_several_tries_is_not_taken_for_that_of_one() {
    let failed = one_try(1, Some(FailureClass::Transient));
    let card = answered(vec![failed, one_try(2, None)]);
    let end = known(&card, attempt(2)).expect("it is on the card");
    assert_eq!(end.cost, None, "unknown is not zero, and not everything either");
    assert!(known(&card, attempt(1)).is_none(), "the first try settled before the second began");
}

#[test]
fn nothing_is_known_of_an_answer_without_a_card() {
    let cut = Recovered { provenance: None, ..answered(vec![one_try(1, None)]) };
    assert!(known(&cut, attempt(1)).is_none(), "the attempt counts as unknown");
}
