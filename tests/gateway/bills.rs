//! What a call costs, from the provider's words on the wire to the ledger.
//!
//! The numbers come over a socket, are read in their dialect, priced by a real
//! list of prices and booked in the durable ledger of a real workspace.

use std::sync::Arc;

use domain::{Limit, LimitMeasure, LimitScope, NanoUsd, Span, Tokens, Usage};
use gateway::catalogue::{Prices, Rates, Tier};
use gateway::{Delta, MeterRefusal};
use serde_json::{Value, json};
use support::ledger::{Ledger, Tariff};
use support::upstream::openai::{self, openai_stream};
use support::upstream::{Script, Upstream, anthropic};
use workspace::{Limits, Tally};

use crate::asker::Asker;
use crate::crowds::many;
use crate::desk::{Desk, NOW, grant_for};
use crate::ledger::ask;

/// $3 and $15 a million, cache rates, dearer reasoning; twice that above 200,000 tokens.
fn prices() -> Prices {
    let base = Rates {
        input: 3_000_000,
        output: 15_000_000,
        cached: Some(300_000),
        write: Some(3_750_000),
        write_long: Some(6_000_000),
        reasoning: Some(20_000_000),
    };
    let rates = Rates { input: 6_000_000, output: 30_000_000, ..base };
    Prices { base, tiers: vec![Tier { above: Tokens(200_000), rates }] }
}

fn a_month_of_money(scope: LimitScope, most: u64) -> Limit {
    Limit::new(scope, LimitMeasure::Money { span: Span::Month }, most)
}

struct Booked {
    dir: tempfile::TempDir,
    ledger: Ledger,
}

impl Booked {
    /// A ledger whose sum shows what is booked, and that stops nothing.
    async fn with(tariff: Tariff) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::with(dir.path(), tariff, NOW);
        ledger.limit(vec![a_month_of_money(LimitScope::Workspace {}, Limit::MOST)]).await;
        Self { dir, ledger }
    }

    async fn tally(&self) -> Tally {
        self.ledger.used().await[0]
    }

    /// Asks, and returns what was used and what that added to the ledger.
    async fn bill(&self, desk: &Desk) -> (Usage, u64) {
        let before = self.tally().await;
        let mut call = desk.call.clone();
        call.attempt = domain::AttemptId::new(NOW, sealed::random_bytes());
        let grant = grant_for(call.model_ref());
        let (cancel, mut sink) = (desk.cancel.clone(), |_: Delta| {});
        let outcome = desk.gateway.stream(&grant, &self.ledger, call, cancel, &mut sink).await;
        assert_eq!(outcome.meter, None, "there is enough, in {}", self.dir.path().display());
        let after = self.tally().await;
        assert_eq!(after.held, 0, "nothing stays held");
        (outcome.usage, after.spent - before.spent)
    }
}

/// A whole answer in OpenAI's dialect with this usage.
fn openai_usage(usage: &Value) -> Script {
    openai::begun(&["The moon."])
        .event(openai::finish("stop"))
        .event(json!({"choices": [], "usage": usage}).to_string())
        .event("[DONE]")
        .end()
}

/// A whole answer in Anthropic's dialect with these counts.
fn anthropic_usage(mut input: Value, output: &Value) -> Script {
    input["output_tokens"] = 1.into();
    let start = json!({"type": "message_start", "message": {"id": "m", "role": "assistant",
        "model": "served-model", "content": [], "stop_reason": null, "usage": input}});
    let block = json!({"type": "text", "text": ""});
    let script = anthropic::event(Script::chunked_stream(), &start);
    let script = anthropic::text(anthropic::block(script, 0, &block), "The moon.");
    let script = anthropic::event(script, &json!({"type": "content_block_stop", "index": 0}));
    let end = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
        "usage": output});
    let script = anthropic::event(script, &end);
    anthropic::event(script, &json!({"type": "message_stop"})).end()
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_51_cache_writes_are_priced_apart_and_reasoning_is_billed_once() {
    let booked = Booked::with(Tariff::Listed(prices())).await;
    let upstream = Upstream::start(openai_stream(&["never"])).await;
    let creation = |short: u64, long: u64| {
        json!({"input_tokens": 0, "cache_creation_input_tokens": short + long, "cache_creation":
            {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long}})
    };
    let out = json!({"output_tokens": 100});
    for (short, long, nano) in [(1_000, 0, 3_750_000), (0, 1_000, 6_000_000)] {
        upstream.next(anthropic_usage(creation(short, long), &out));
        let (usage, cost) = booked.bill(&Desk::anthropic(&upstream)).await;
        let counted = (usage.cache_write, usage.cache_write_long);
        assert_eq!(counted, (Tokens(short), Tokens(long)), "each lifetime by itself");
        assert_eq!(cost, nano + 100 * 15_000, "{short} for minutes, {long} for an hour");
    }
    let thought = json!({"output_tokens": 100, "output_tokens_details": {"thinking_tokens": 40}});
    upstream.next(anthropic_usage(json!({"input_tokens": 10}), &thought));
    let (_, cost) = booked.bill(&Desk::anthropic(&upstream)).await;
    let expected = 10 * 3_000 + 60 * 15_000 + 40 * 20_000;
    assert_eq!(cost, expected, "Anthropic's thinking is inside the output");
    let details = json!({"reasoning_tokens": 40});
    for (completion, total, outside) in [(100, 110, false), (60, 110, true)] {
        let usage = json!({"prompt_tokens": 10, "completion_tokens": completion,
            "total_tokens": total, "completion_tokens_details": details});
        upstream.next(openai_usage(&usage));
        let (usage, cost) = booked.bill(&Desk::at(&upstream)).await;
        let counted = (usage.output, usage.reasoning);
        assert_eq!(counted, (Tokens(60), Tokens(40)), "outside the output: {outside}");
        assert_eq!(cost, expected, "the same bill: {outside}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_52_a_tier_begins_one_token_above_its_edge() {
    let booked = Booked::with(Tariff::Listed(prices())).await;
    let upstream = Upstream::start(openai_stream(&["never"])).await;
    for (input, cost) in
        [(199_999, 599_997_000), (200_000, 600_000_000), (200_001, 1_200_006_000_u64)]
    {
        let usage = json!({"prompt_tokens": input, "completion_tokens": 10,
            "total_tokens": input + 10});
        upstream.next(openai_usage(&usage));
        let of_output = if input > 200_000 { 10 * 30_000 } else { 10 * 15_000 };
        let (_, billed) = booked.bill(&Desk::at(&upstream)).await;
        assert_eq!(billed, cost + of_output, "{input} tokens, question and answer at one tier");
        let cached = json!({"input_tokens": 1, "cache_read_input_tokens": input - 1});
        upstream.next(anthropic_usage(cached, &json!({"output_tokens": 10})));
        let rate = if input > 200_000 { 6_000 } else { 3_000 };
        let (_, billed) = booked.bill(&Desk::anthropic(&upstream)).await;
        let expected = rate + (input - 1) * 300 + of_output;
        assert_eq!(billed, expected, "{input}: what the cache served counts for the size");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_54_an_unknown_price_is_shown_or_blocked_and_never_nothing() {
    let booked = Booked::with(Tariff::Unknown).await;
    let upstream = Upstream::start(openai_stream(&["The moon."])).await;
    let (usage, _) = booked.bill(&Desk::at(&upstream)).await;
    assert!(usage.output > Tokens(0), "it was used");
    assert_eq!(booked.ledger.standings().await.unpriced, 1, "and an admin sees: without a price");
    booked
        .ledger
        .set(Limits { limits: Vec::new(), block_unpriced: true, ..Default::default() })
        .await;
    let mut asker = Asker::new();
    asker.question.max_output = None;
    let route = crate::asker::route(vec![crate::asker::candidate(1, &upstream)]);
    let mut sink = |_: Delta| {};
    let (question, controls) = (asker.question.clone(), asker.controls.clone());
    let answered =
        asker.gateway.answer(&route, question, &booked.ledger, controls, &mut sink).await;
    let refusal = answered.call.meter.expect("the ledger refused");
    assert!(matches!(refusal, MeterRefusal::Spent { .. }), "by policy: {refusal:?}");
    assert_eq!(upstream.questions().len(), 1, "and nothing more left");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_57_a_new_members_first_calls_are_held_against_their_limit() {
    let dir = tempfile::tempdir().expect("a folder");
    let dime = NanoUsd(100_000_000);
    let admin = Ledger::create(dir.path(), dime, NOW);
    let each = a_month_of_money(LimitScope::EachProfile {}, 5_000_000_000);
    admin.limit(vec![each]).await;
    for (name, first) in [("the first", 0), ("the second", 1_000)] {
        let upstream = Upstream::start(openai_stream(&["The moon."])).await;
        let (member, desk) = (admin.join().await, Arc::new(Desk::at(&upstream)));
        let passed = many(200, |number| {
            let (member, desk) = (member.clone(), Arc::clone(&desk));
            async move { ask(&desk, &member, first + number, desk.cancel.clone()).await }
        });
        assert_eq!(passed.await, 50, "{name}: fifty dimes are five dollars, from the first on");
        assert_eq!(upstream.questions().len(), 50, "{name}: and no other byte left");
        let spent = Tally { held: 0, spent: 5_000_000_000 };
        assert_eq!(member.used().await, [spent], "{name}: nobody else's counts");
    }
    assert_eq!(admin.verify().await.fault, None, "the record holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_63_no_count_that_a_provider_names_gives_anything_back() {
    let booked = Booked::with(Tariff::Listed(prices())).await;
    let upstream = Upstream::start(openai_stream(&["never"])).await;
    let strange = [
        json!(-1),
        json!(-9_223_372_036_854_775_808_i64),
        json!(0),
        json!(null),
        json!("many"),
        json!(0.5),
        json!([7]),
    ];
    for count in strange {
        let usage = json!({"prompt_tokens": count, "completion_tokens": count,
            "total_tokens": count, "prompt_tokens_details": {"cached_tokens": count}});
        upstream.next(openai_usage(&usage));
        let (usage, cost) = booked.bill(&Desk::at(&upstream)).await;
        assert!(cost > 0, "{count}: an answer that was seen costs something: {usage:?}");
        let input = json!({"input_tokens": count, "cache_read_input_tokens": count,
            "cache_creation_input_tokens": count});
        upstream.next(anthropic_usage(input, &json!({"output_tokens": count})));
        let (usage, cost) = booked.bill(&Desk::anthropic(&upstream)).await;
        assert!(cost > 0, "{count}, Anthropic's way: {usage:?}");
    }
    // What is more than was held is booked as well, and flagged.
    let usage = json!({"prompt_tokens": 900_000, "completion_tokens": 5, "total_tokens": 900_005});
    upstream.next(openai_usage(&usage));
    let (_, cost) = booked.bill(&Desk::at(&upstream)).await;
    assert_eq!(cost, 900_000 * 6_000 + 5 * 30_000, "all of it");
    assert!(booked.ledger.standings().await.overruns > 0, "an admin sees it");
    upstream.next(openai_usage(&json!({"prompt_tokens": u64::MAX, "completion_tokens": u64::MAX})));
    let before = booked.tally().await;
    booked.bill(&Desk::at(&upstream)).await;
    assert!(booked.tally().await.spent > before.spent, "the largest number there is, too");
    assert_eq!(booked.ledger.verify().await.fault, None, "and the record holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_27_n_answers_are_n_questions_in_the_record() {
    let booked = Booked::with(Tariff::Listed(prices())).await;
    let upstream = Upstream::start(openai_stream(&["The moon."])).await;
    let desk = Desk::at(&upstream);
    for _ in 0..3 {
        booked.bill(&desk).await;
    }
    let sent = upstream.questions();
    assert_eq!(sent.len(), 3, "whoever wants three asks three times");
    assert!(sent.iter().all(|one| one.request.json().get("n").is_none()), "each for one answer");
    let report = booked.ledger.verify().await;
    assert_eq!((report.fault, report.events), (None, 2 + 6), "and three stand in the record");
}

#[tokio::test]
async fn wall_27_a_second_choice_is_not_mixed_in_and_is_paid_for() {
    let both = |index: u64, words: &str| {
        json!({"choices": [{"index": index, "delta": {"content": words}, "finish_reason": null}]})
            .to_string()
    };
    let script = Script::chunked_stream()
        .event(both(0, "The "))
        .event(both(1, "Tides come "))
        .event(both(0, "moon."))
        .event(both(1, "from the moon's pull, which is stronger on the near side."));
    let last = json!({"choices": [{"index": 1, "delta": {}, "finish_reason": "length"}]});
    let script = script.event(openai::finish("stop")).event(last.to_string());
    let said = script.clone().event(openai::usage(12, 400)).event("[DONE]").end();
    let upstream = Upstream::start(said).await;
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(heard.text, "The moon.", "one answer is one choice");
    assert_eq!(heard.outcome.finish, domain::Finish::Complete, "with its own end");
    assert_eq!(heard.outcome.usage.output, Tokens(400), "the bill is for both");
    upstream.usually(script.event("[DONE]").end());
    let heard = Desk::at(&upstream).ask().await;
    assert!(heard.outcome.usage.estimated, "where nothing is said, Carrel counts");
    let alone = openai::begun(&["The ", "moon."]).event(openai::finish("stop"));
    upstream.usually(alone.event("[DONE]").end());
    let of_one = Desk::at(&upstream).ask().await;
    let (both, one) = (heard.outcome.usage.output, of_one.outcome.usage.output);
    assert!(both.0 > one.0 + 10, "n choices are counted as n: {both:?} beside {one:?}");
}

#[tokio::test]
async fn wall_48_usage_that_was_asked_for_internally_is_no_part_of_the_answer() {
    let upstream = Upstream::start(openai_stream(&["The ", "moon."])).await;
    let desk = Desk::at(&upstream);
    let mut deltas = Vec::new();
    let heard = desk.ask_with(|delta| deltas.push(format!("{delta:?}"))).await;
    let sent = upstream.record(0).await.request.json();
    assert_eq!(sent["stream_options"]["include_usage"], true, "it is asked for");
    assert_eq!(heard.outcome.usage.output, Tokens(5), "and kept apart");
    let expected = ["Waiting(Provider)", r#"Text("The ")"#, r#"Text("moon.")"#];
    assert_eq!(deltas, expected, "whoever listens hears words and nothing of counts");
}
