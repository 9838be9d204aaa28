//! Three candidates that fail in every way, at random, but from a seed.
//!
//! Whatever happens, each question ends in time: with an answer, a marked
//! partial, or a clear error. `CARREL_SOAK=1` goes on for longer;
//! `CARREL_SEED` repeats a run that failed.

use std::sync::Arc;
use std::time::Duration;

use domain::Finish;
use gateway::{BreakerRules, Effort, GatewayOptions, QueueRules, Randomness, Timeouts};
use support::upstream::openai::{self, error, openai_stream};
use support::upstream::{Script, Upstream};

use crate::asker::{Asker, candidate, chat, route, with_keys};
use crate::desk::{PATIENT, SOON};

const WORKERS: usize = 12;
const DEADLINE: Duration = Duration::from_secs(5);
/// Far more than scheduling and a last settlement can take.
const GRACE: Duration = Duration::from_secs(60);

/// SplitMix64, so that a seed repeats the run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

fn trouble(dice: &mut Dice) -> Script {
    let ways = [
        openai_stream(&["All ", "is ", "well."]),
        openai_stream(&["Short."]),
        error(500, "server_error", "down"),
        error(529, "overloaded_error", "busy"),
        error(401, "invalid_api_key", "no"),
        error(429, "insufficient_quota", "spent"),
        error(404, "model_not_found", "gone"),
        error(400, "invalid_request_error", "wrong"),
        error(400, "context_length_exceeded", "maximum context length is 9 tokens"),
        error(400, "content_filter", "policy"),
        Script::answer(429, &[("retry-after-ms", "30")], "{}"),
        Script::answer(429, &[("retry-after", "3600")], "{}"),
        Script::answer(200, &[("content-type", "text/html")], "<html>login</html>"),
        Script::json(200, r#"{"error":{"message":"crashed"}}"#),
        Script::chunked_stream().event("[DONE]").end(),
        Script::chunked_stream().event("not json").end(),
        Script::silent().reset(),
        Script::silent().cut(),
        Script::silent().hold(),
        Script::stream().bytes(": ping\n\n").hold(),
        openai::begun(&["Half "]).cut(),
        openai::begun(&["Half "]).reset(),
        openai::begun(&["Half "]).hold(),
        openai::begun(&["Half "]).event(r#"{"error":{"message":"died","code":500}}"#).end(),
        openai::begun(&["Long "]).event(openai::finish("length")).event("[DONE]").end(),
    ];
    let chosen = dice.below(ways.len());
    ways.into_iter().nth(chosen).unwrap_or_else(Script::silent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_fails_each_question_ends_in_time_and_nothing_leaks() {
    let seed = std::env::var("CARREL_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let long = std::env::var_os("CARREL_SOAK").is_some();
    let rounds = if long { 2_000 } else { 15 };
    let breaker = BreakerRules {
        rest: Duration::from_millis(50),
        longest_rest: Duration::from_millis(400),
        lease: Duration::from_millis(500),
        ..BreakerRules::default()
    };
    let options = GatewayOptions {
        breaker,
        queue: QueueRules { at_once: WORKERS / 2, deep: WORKERS },
        randomness: Randomness::seeded(seed),
        ..GatewayOptions::default()
    };
    let asker = Arc::new(Asker::with(options));
    let upstreams: Arc<Vec<Upstream>> = Arc::new(vec![
        Upstream::start(Script::silent().reset()).await,
        Upstream::start(Script::silent().reset()).await,
        Upstream::start(Script::silent().reset()).await,
    ]);
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let (asker, upstreams) = (Arc::clone(&asker), Arc::clone(&upstreams));
            tokio::spawn(async move {
                let mut dice = Dice(seed.wrapping_mul(1_000) + worker as u64);
                for round in 0..rounds {
                    one_question(
                        &asker,
                        &upstreams,
                        &mut dice,
                        &format!("{seed}/{worker}/{round}"),
                    )
                    .await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("no worker panicked");
    }
    asker.assert_balanced();
}

async fn one_question(asker: &Asker, upstreams: &[Upstream], dice: &mut Dice, which: &str) {
    for upstream in upstreams {
        upstream.usually(trouble(dice));
    }
    let limits = Timeouts {
        headers: SOON,
        first_token: SOON,
        stall: SOON,
        whole: Duration::from_secs(3),
        ..PATIENT
    };
    let listed = |n: u8| {
        let mut one = with_keys(candidate(n, &upstreams[usize::from(n) - 1]), &["key-a", "key-b"]);
        one.timeouts = limits;
        one
    };
    let mut route = route(vec![listed(1), listed(2)]);
    route.on_overflow = vec![listed(3)];
    route.on_refusal = vec![listed(3)];
    let mut question = asker.question.clone();
    question.effort = Effort { deadline: DEADLINE, ..Effort::default() };
    question.chat = Some(chat(dice.below(5) as u8));
    if dice.below(4) == 0 {
        for n in 1..=3 {
            asker.gateway.forgive(crate::asker::provider(n));
        }
    }
    let controls = gateway::Controls::default();
    let (stop_at, mut said) = (dice.below(30), 0);
    let mut text = String::new();
    let mut sink = |delta: gateway::Delta| {
        said += 1;
        if said == stop_at {
            controls.cancel.cancel();
        }
        if let gateway::Delta::Text(more) = delta {
            text.push_str(&more);
        }
    };
    let asking = asker.gateway.answer(&route, question, &asker.meter, controls.clone(), &mut sink);
    let ended = tokio::time::timeout(DEADLINE + GRACE, asking).await;
    let answered = ended.unwrap_or_else(|_| unreachable!("{which} did not end in time"));
    let call = &answered.call;
    assert!(call.tries.len() <= 4 + 2, "{which}: {} tries", call.tries.len());
    match call.finish {
        Finish::Complete | Finish::Length => {
            assert!(!text.is_empty() && call.error.is_none(), "{which}: an answer has text");
        }
        Finish::Stopped => assert_eq!(call.error, None, "{which}: as the person wished"),
        Finish::Stalled | Finish::Cut | Finish::Refused | Finish::Failed => {
            let error = call.error.as_ref().unwrap_or_else(|| unreachable!("{which}: no reason"));
            assert!(error.message.len() > 20, "{which}: a sentence, not {:?}", error.message);
        }
        Finish::Locked | Finish::Interrupted => unreachable!("{which}: nobody locked anything"),
    }
}
