//! The turn, step by step and under any order of events.

use domain::{ModelRef, ProviderId, UnixMs};
use proptest::prelude::*;

use super::*;

fn call() -> ModelCall {
    let provider = ProviderId::new(UnixMs(1), [1; 10]);
    ModelCall {
        model: ModelRef { provider, model: "m".into() },
        system: String::new(),
        messages: Vec::new(),
        continue_text: false,
        max_output: None,
    }
}

fn begun() -> Turn {
    let mut turn = Turn::new(call());
    assert_eq!(
        turn.step(Event::Begin),
        vec![Effect::CallModel(call())],
        "a turn begins with a call"
    );
    turn
}

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

fn call_ended(finish: Finish) -> Event {
    Event::CallEnded { finish, failure: None }
}

fn settled(finish: Finish) -> Vec<Effect> {
    vec![Effect::Settle(Ending { finish, failure: None })]
}

#[test]
fn an_answer_is_kept_piece_by_piece_and_settled_once() {
    let mut turn = begun();
    let said = turn.step(Event::Said(text("Hi")));
    assert_eq!(said, vec![Effect::Keep(text("Hi"))], "shown and journalled at once");
    assert_eq!(turn.step(call_ended(Finish::Complete)), settled(Finish::Complete), "whole");
    assert_eq!(turn.step(call_ended(Finish::Complete)), vec![], "an end is an end");
}

#[test]
fn a_failure_reaches_the_person_with_the_partial() {
    let failure = Failed { class: FailureClass::Truncated, message: "It was cut.".into() };
    let ended =
        begun().step(Event::CallEnded { finish: Finish::Cut, failure: Some(failure.clone()) });
    let ending = Ending { finish: Finish::Cut, failure: Some(failure) };
    assert_eq!(ended, vec![Effect::Settle(ending)], "never a silent partial");
}

#[test]
fn a_stop_closes_the_call_and_waits_for_its_settlement() {
    let mut turn = begun();
    assert_eq!(turn.step(Event::Cancelled(Cancel::Person)), vec![Effect::StopCall], "at once");
    assert_eq!(turn.step(Event::Said(text("late"))), vec![], "nothing appears after a stop");
    assert_eq!(turn.step(call_ended(Finish::Stopped)), settled(Finish::Stopped), "as wished");
}

#[test]
fn a_failure_that_a_stop_brought_about_is_no_news() {
    let mut turn = begun();
    assert_eq!(turn.step(Event::Cancelled(Cancel::Person)), vec![Effect::StopCall], "at once");
    let failure = Failed { class: FailureClass::Truncated, message: "It was cut.".into() };
    let ended = turn.step(Event::CallEnded { finish: Finish::Cut, failure: Some(failure) });
    assert_eq!(ended, settled(Finish::Stopped), "the person knows that they stopped it");
}

#[test]
fn an_answer_that_was_whole_before_the_stop_stays_whole() {
    let mut turn = begun();
    assert_eq!(turn.step(Event::Cancelled(Cancel::Person)), vec![Effect::StopCall], "at once");
    assert_eq!(turn.step(call_ended(Finish::Complete)), settled(Finish::Complete), "it was first");
}

#[test]
fn locking_marks_the_partial_as_locked_even_after_a_stop() {
    let mut turn = begun();
    assert_eq!(turn.step(Event::Cancelled(Cancel::Person)), vec![Effect::StopCall], "at once");
    assert_eq!(turn.step(Event::Cancelled(Cancel::Lock)), vec![], "one stop is enough");
    assert_eq!(turn.step(call_ended(Finish::Stopped)), settled(Finish::Locked), "the last reason");
}

#[test]
fn a_turn_cancelled_before_it_began_calls_nobody() {
    let mut turn = Turn::new(call());
    assert_eq!(turn.step(Event::Cancelled(Cancel::Lock)), settled(Finish::Locked), "nothing left");
    assert_eq!(turn.step(Event::Begin), vec![], "and nothing will");
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Begin),
        Just(Event::Said(text("x"))),
        Just(call_ended(Finish::Complete)),
        Just(call_ended(Finish::Failed)),
        Just(Event::Cancelled(Cancel::Person)),
        Just(Event::Cancelled(Cancel::Lock)),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_a_turn_calls_once_and_settles_once(
        events in prop::collection::vec(event(), 0..20),
    ) {
        let mut turn = Turn::new(call());
        let mut effects: Vec<Effect> = events.into_iter().flat_map(|event| turn.step(event)).collect();
        if !turn.is_settled() {
            effects.extend(turn.step(Event::Cancelled(Cancel::Person)));
            effects.extend(turn.step(call_ended(Finish::Failed)));
        }
        let count = |wanted: fn(&Effect) -> bool| effects.iter().filter(|e| wanted(e)).count();
        prop_assert!(count(|effect| matches!(effect, Effect::CallModel(_))) <= 1);
        prop_assert_eq!(count(|effect| matches!(effect, Effect::Settle(_))), 1);
        prop_assert!(matches!(effects.last(), Some(Effect::Settle(_))), "settling comes last");
    }
}
