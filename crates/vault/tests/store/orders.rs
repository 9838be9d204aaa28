//! Settling, replaying and crashing in every order: the turn ends once, and as the first
//! end says.

use crate::desk::{Desk, attempt, now, opening, provenance, settlement};
use domain::Finish;
use proptest::prelude::*;
use vault::{Closing, TurnQuestion, VaultError};

#[derive(Clone, Debug)]
enum Step {
    Append(String),
    Close(Finish),
    Settle(Finish),
    Replay,
    Crash,
}

fn finishes() -> impl Strategy<Value = Finish> {
    prop_oneof![Just(Finish::Complete), Just(Finish::Stopped), Just(Finish::Failed)]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => "[a-z ]{0,6}".prop_map(Step::Append),
        2 => finishes().prop_map(Step::Close),
        1 => finishes().prop_map(Step::Settle),
        1 => Just(Step::Replay),
        2 => Just(Step::Crash),
    ];
    prop::collection::vec(step, 1..12)
}

/// What must be true of the turn, kept beside it.
#[derive(Default)]
struct Expected {
    text: String,
    closing: Option<Finish>,
    ended: Option<Finish>,
}

impl Expected {
    fn end(&mut self, finish: Finish) {
        self.ended.get_or_insert(finish);
    }
}

async fn holds(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut desk = Desk::new();
    let ask = opening(TurnQuestion::NewChat { text: "question".to_owned() });
    desk.vault.open_turn(ask.clone()).await.unwrap();
    let mut expected = Expected::default();
    for step in steps {
        let running = expected.ended.is_none();
        match step {
            Step::Append(text) => {
                let done = desk.vault.journal_append(ask.turn, text.clone(), String::new()).await;
                prop_assert_eq!(done.is_ok(), running, "only a running turn takes text");
                if running {
                    expected.text.push_str(&text);
                    expected.closing = None;
                }
            }
            Step::Close(finish) => {
                expected.closing = Some(finish);
                let closing =
                    Closing { attempt: attempt(1), finish, provenance: Some(provenance(1)) };
                let done = desk.vault.journal_close(ask.turn, closing).await;
                prop_assert_eq!(done.is_ok(), running, "only a running turn is closed");
                prop_assert!(running || matches!(done, Err(VaultError::NotFound)), "by name");
            }
            Step::Settle(finish) => {
                desk.vault.settle_turn(ask.turn, settlement(finish)).await.unwrap();
                expected.end(finish);
            }
            Step::Replay => {
                let replayed = desk.vault.replay_unsettled(now()).await.unwrap();
                prop_assert_eq!(replayed.len(), usize::from(running), "once, and only if open");
                expected.end(expected.closing.unwrap_or(Finish::Interrupted));
            }
            Step::Crash => desk = desk.crash(),
        }
        if let Some(finish) = expected.ended {
            let stored = desk.vault.message(ask.answer_id).await.unwrap().unwrap();
            prop_assert_eq!(&stored.message.text, &expected.text, "every piece once");
            prop_assert_eq!(stored.message.finish, finish, "the first end counts");
            prop_assert!(!stored.streaming, "an ended answer is not being written");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_turn_ends_once_whatever_happens_in_which_order(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(holds(steps))?;
    }
}
