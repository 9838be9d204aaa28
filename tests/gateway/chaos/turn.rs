//! One turn of the storm: what is asked, how it is disturbed, how it must end.

use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{Author, Finish, Prompt, Tokens};
use gateway::{
    Answered, Candidate, Controls, Delta, Effort, MeterRefusal, Question, Route, Strategy,
    Timeouts, ToolChoice, Waiting,
};
use support::dice::Dice;
use support::upstream::Request;

use super::faults::{ENDLESS, WHOLE, Way, dear};
use super::purse::TurnMeter;
use super::{DIALECTS, PEOPLE, Storm, dice};
use crate::asker::{candidate_of, chat, provider, question, route, with_keys};
use crate::desk::PATIENT;
use crate::tools::offering;

/// Far more than scheduling and a last settlement can take.
pub(super) const GRACE: Duration = Duration::from_secs(30);
/// A turn whose providers say no end: only its deadline ends it.
const SHORT: Duration = Duration::from_millis(300);
/// How a question is recognised by the provider that is asked.
const MARK: &str = "This is turn ";

/// The turn that a request belongs to.
pub(super) fn number(request: &Request) -> u64 {
    let text = String::from_utf8_lossy(&request.body);
    let digits = text.split_once(MARK).map_or("", |(_, rest)| rest);
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX)
}

/// How a turn is disturbed from this side.
struct Disturbance {
    /// Cancelled at this delta.
    cancel_at: usize,
    /// Every pause is ended by the person.
    skips: bool,
    /// Thrown away after so long.
    dropped_after: Option<Duration>,
}

impl Disturbance {
    fn draw(dice: &mut Dice) -> Self {
        let millis = |dice: &mut Dice| Duration::from_millis(dice.below(80) as u64);
        Self {
            cancel_at: if dice.below(8) == 0 { dice.below(8) } else { usize::MAX },
            skips: dice.below(5) == 0,
            dropped_after: if dice.below(12) == 0 { Some(millis(dice)) } else { None },
        }
    }
}

/// What was heard of a turn.
#[derive(Default)]
struct Said {
    deltas: usize,
    text: String,
}

impl Storm {
    pub(super) async fn turn(&self, turn: u64) {
        let which = format!("turn {turn}, again with CARREL_SEED={}", self.seed);
        let mut dice = dice(self.seed, &[turn]);
        if dice.below(4) == 0 {
            (1..=3).for_each(|n| self.gateway.forgive(provider(n)));
        }
        let question = asked(turn, &mut dice);
        let limit = question.effort.deadline + GRACE;
        let route = self.route(turn, &mut dice);
        let meter = TurnMeter {
            purse: &self.purse,
            durable: dice.below(4) == 0,
            refusal: refusal(&mut dice),
            asked: AtomicUsize::new(0),
            which: &which,
            granted: Mutex::default(),
        };
        let disturbance = Disturbance::draw(&mut dice);
        let (controls, said) = (Controls::default(), Mutex::new(Said::default()));
        let mut sink = |delta: Delta| {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.deltas == disturbance.cancel_at {
                controls.cancel.cancel();
            }
            if disturbance.skips && matches!(delta, Delta::Waiting(Waiting::Pause(_))) {
                controls.skip.skip();
            }
            said.deltas += 1;
            if let Delta::Text(more) = delta {
                said.text.push_str(&more);
            }
        };
        let asking = self.gateway.answer(&route, question, &meter, controls.clone(), &mut sink);
        let ended = match disturbance.dropped_after {
            Some(after) => tokio::time::timeout(after, asking).await.ok(),
            None => {
                let ended = tokio::time::timeout(limit, asking).await;
                Some(ended.unwrap_or_else(|_| unreachable!("{which}: it did not end in time")))
            }
        };
        let said = said.into_inner().unwrap_or_else(PoisonError::into_inner);
        assert_never_begun_anew(&said.text, &which);
        if let Some(answered) = ended {
            let granted = meter.granted.into_inner().unwrap_or_else(PoisonError::into_inner);
            assert_ends_well(&answered, &said, &which);
            for attempt in granted {
                let told = answered.call.tries.iter().filter(|one| one.attempt == attempt);
                assert_eq!(told.count(), 1, "{which}: the card tells of every attempt once");
            }
        }
    }

    fn route(&self, turn: u64, dice: &mut Dice) -> Route {
        let (who, timeouts) = (1 + dice.below(usize::from(PEOPLE)) as u8, timeouts(turn, dice));
        let mut listed = |place: usize| -> Candidate {
            let n = 1 + u8::try_from(place).unwrap_or_default();
            let mut one = candidate_of(who, n, &self.upstreams[place]);
            if dice.below(3) == 0 {
                one = with_keys(one, &["key-a", "key-b"]);
            }
            one.endpoint.dialect = DIALECTS[place];
            one.endpoint.base_url = format!("http://{}", self.upstreams[place].address());
            if dice.below(9) == 0 {
                one.endpoint.base_url.clone_from(&self.deaf);
                self.faults.saw(Way::Refused);
            }
            one.timeouts = timeouts;
            one
        };
        let mut all = route(vec![listed(0), listed(1), listed(2)]);
        all.on_overflow = vec![listed(1)];
        all.on_refusal = vec![listed(2), listed(0)];
        let strategies = [
            Strategy::Ordered,
            Strategy::Weighted,
            Strategy::LeastLatency,
            Strategy::LeastBusy,
            Strategy::Cheapest,
        ];
        all.strategy = strategies[dice.below(strategies.len())];
        all
    }
}

fn asked(turn: u64, dice: &mut Dice) -> Question {
    let deadline = match dear(turn) {
        Some(_) => SHORT,
        None => Duration::from_millis(300 + dice.below(1_200) as u64),
    };
    let longest_wait = Duration::from_millis(20 + dice.below(400) as u64);
    let mut question = question();
    question.messages = vec![Prompt::text(Author::User, format!("{MARK}{turn}. Is all well?"))];
    question.effort = Effort { deadline, longest_wait, ..Effort::default() };
    question.max_output = Some(Tokens(50));
    question.chat = (dice.below(3) > 0).then(|| chat(dice.below(5) as u8));
    if dice.below(3) == 0 {
        question.wishes = offering(ToolChoice::Free);
    }
    question
}

/// Mostly short ones; in some turns none, so that only the deadline is left.
fn timeouts(turn: u64, dice: &mut Dice) -> Timeouts {
    if dear(turn).is_some() || dice.below(10) == 0 {
        return PATIENT;
    }
    let soon = Duration::from_millis(25 + dice.below(40) as u64);
    Timeouts { headers: soon, first_token: soon, stall: soon, ..PATIENT }
}

/// In a few turns the meter refuses: some of the reservations, so that the next candidate
/// answers where it may, or all.
fn refusal(dice: &mut Dice) -> Option<(MeterRefusal, usize)> {
    let refusal = match dice.below(60) {
        0 => MeterRefusal::Unavailable("the disk is full".into()),
        1 | 2 => {
            MeterRefusal::Spent { retry_at: None, message: "Today's budget is used up.".into() }
        }
        3 | 4 => MeterRefusal::Denied("You may not ask this model any longer.".into()),
        _ => return None,
    };
    Some((refusal, if dice.below(2) == 0 { usize::MAX } else { 1 + dice.below(3) }))
}

/// What was shown is the beginning of one answer, and of no two.
fn assert_never_begun_anew(text: &str, which: &str) {
    let of_one = WHOLE.iter().any(|whole| whole.concat().starts_with(text));
    let endless = text.replace(ENDLESS, "").is_empty();
    assert!(of_one || endless, "{which}: {text:?} is no part of one answer");
}

fn assert_ends_well(answered: &Answered, said: &Said, which: &str) {
    let call = &answered.call;
    // Four calls, and those that were never made because of their address or the meter.
    assert!(call.tries.len() <= 4 + 6, "{which}: {} tries", call.tries.len());
    match call.finish {
        Finish::Complete => {
            let whole = WHOLE.iter().any(|whole| whole.concat() == said.text);
            let called = call.tool_calls().count() > 0;
            assert!(whole || called, "{which}: {:?} passed as whole", said.text);
            assert_eq!(call.error, None, "{which}: an answer has no error");
        }
        Finish::Length => {
            assert!(!said.text.is_empty(), "{which}: a partial has something to show");
            assert_eq!(call.error, None, "{which}: a length is no failure");
        }
        Finish::Stopped => assert_eq!(call.error, None, "{which}: as the person wished"),
        Finish::Stalled | Finish::Cut | Finish::Refused | Finish::Failed => {
            let error = call.error.as_ref();
            let error = error.unwrap_or_else(|| unreachable!("{which}: it ended without a reason"));
            assert!(error.message.len() > 20, "{which}: a sentence, not {:?}", error.message);
        }
        Finish::Locked | Finish::Interrupted => unreachable!("{which}: nobody locked anything"),
    }
}
