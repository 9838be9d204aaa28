//! What the gateway adds: to a byte, to a chunk, to a call.
//!
//! Calls go through `answer` with a route, as a person's do. The upstream is a
//! scripted one on loopback in this process, so it shares the machine with
//! what is measured. `durable` measures with the ledger; everything else with
//! a meter that keeps nothing, and says so.

mod durable;

use std::hint::black_box;
use std::time::Duration;

use ::gateway::{
    AttemptIntent, AttemptReport, Candidate, Controls, Delta, Effort, Endpoint, Framer, Gateway,
    GatewayOptions, Granted, Leaving, Meter, MeterFuture, Question, Route, Strategy, Timeouts,
};
use domain::{Author, Dialect, Finish, ModelRef, ProfileId, Prompt, ProviderId, Role, UnixMs};
use policy::{Action, ModelFacts, Principal, Resource, authorize};
use support::upstream::{Script, Upstream, openai};

use crate::Outcome;
use crate::direct::{ANSWER, Direct};
use crate::figures::{Figure, Samples, Sheet, now};

pub(crate) const NOW: UnixMs = UnixMs(1_795_462_200_000);
/// Bytes of events that are framed in one run.
const FRAMED: usize = 32 << 20;
/// Sizes of the pieces in which a stream arrives.
const SPLITS: [usize; 5] = [64, 1_500, 4_096, 16_384, 1 << 20];
const FRAMING_RUNS: usize = 9;
/// Chunks of one long answer.
const CHUNKS: usize = 20_000;
const DECODING_RUNS: usize = 15;
const WARM_UP: usize = 300;
const CALLS: usize = 4_000;

pub(crate) async fn measure(sheet: &mut Sheet) -> Outcome {
    framing(sheet)?;
    decoding(sheet).await?;
    latency(sheet).await?;
    durable::measure(sheet).await
}

fn framing(sheet: &mut Sheet) -> Outcome {
    let event = format!("data: {}\n\n", openai::text(" tide"));
    let stream = event.repeat(FRAMED / event.len());
    for split in SPLITS {
        let mut speeds = Samples::default();
        for _ in 0..FRAMING_RUNS {
            let (mut framer, mut events) = (Framer::new(4 << 20), 0_usize);
            let start = now();
            for piece in stream.as_bytes().chunks(split) {
                framer.push(piece, &mut |event| events += black_box(event).data.len().min(1))?;
            }
            let seconds = start.elapsed().as_secs_f64();
            if events != stream.len() / event.len() {
                return Err("the framer lost events".into());
            }
            speeds.push(gigabytes(stream.len()) / seconds);
        }
        let name = format!("SSE framing, pieces of {split} bytes");
        let note = format!(
            "events of {} bytes; {FRAMING_RUNS} runs of 32 MiB; p95: the slow end",
            event.len()
        );
        let figure = Figure::of(&name, "GB/s", &speeds).tail(speeds.quantile(0.05));
        sheet.add(&figure.target("≥ 1").note(&note))?;
    }
    Ok(())
}

/// One long answer, from its first chunk in the sink to its last.
async fn decoding(sheet: &mut Sheet) -> Outcome {
    let chunks: String =
        (0..CHUNKS).map(|_| format!("data: {}\n\n", openai::text(" tide"))).collect();
    let upstream = Upstream::start(whole(&chunks)).await;
    let caller = Caller::new(&upstream)?;
    let mut each = Samples::default();
    for _ in 0..DECODING_RUNS {
        let (mut first, mut last, mut seen) = (None, None, 0_usize);
        caller
            .ask(&mut |delta| {
                if let Delta::Text(_) = delta {
                    seen += 1;
                    last = Some(now());
                    first = first.or(last);
                }
            })
            .await?;
        let (Some(first), Some(last)) = (first, last) else {
            return Err("the answer was empty".into());
        };
        each.push(micros(last - first) / count(seen - 1));
    }
    let note = format!(
        "{CHUNKS} chunks with all bytes ready: socket, HTTP, framing, JSON and sink; {DECODING_RUNS} answers"
    );
    let figure = Figure::of("per chunk, socket to sink", "µs", &each);
    Ok(sheet.add(&figure.target("≤ 5").note(&note))?)
}

/// Calls through the gateway and past it, in turns.
async fn latency(sheet: &mut Sheet) -> Outcome {
    let text = format!("data: {}\n\n", openai::text(ANSWER));
    let upstream = Upstream::start(whole(&text)).await;
    let (caller, direct) = (Caller::new(&upstream)?, Direct::new(&upstream)?);
    let (mut through, mut past) = (Stages::default(), Stages::default());
    for call in 0..WARM_UP + CALLS {
        let (there, gone_by) = (caller.stages().await?, direct.stages().await?);
        if call >= WARM_UP {
            through.take(there);
            past.take(gone_by);
        }
    }
    let note = format!(
        "{CALLS} calls of each kind in turns, one at a time; a meter that keeps nothing; \
         against a bare hyper client, whose own time is"
    );
    for (name, part, target, through, past) in [
        ("added latency, p50", 0.5, "≤ 60", &through.whole, &past.whole),
        ("added latency, p99", 0.99, "≤ 120", &through.whole, &past.whole),
        ("added to the first token, p99", 0.99, "≤ 270", &through.first, &past.first),
    ] {
        let (Some(through), Some(past)) = (through.quantile(part), past.quantile(part)) else {
            return Err("no call was made".into());
        };
        let figure = Figure::one(name, "µs", through - past);
        sheet.add(&figure.target(target).note(&format!("{note} {past:.0} µs")))?;
    }
    Ok(())
}

/// Times of a call in µs: to its first text, and to its end.
#[derive(Default)]
pub(crate) struct Stages {
    pub(crate) first: Samples,
    pub(crate) whole: Samples,
}

impl Stages {
    pub(crate) fn take(&mut self, (first, whole): (Duration, Duration)) {
        self.first.push(micros(first));
        self.whole.push(micros(whole));
    }
}

/// A finished answer with a length, so that its connection is used again.
pub(crate) fn whole(chunks: &str) -> Script {
    let (finish, usage) = (openai::finish("stop"), openai::usage(12, 5));
    let body = format!("{chunks}data: {finish}\n\ndata: {usage}\n\ndata: [DONE]\n\n");
    Script::answer(200, &[("content-type", "text/event-stream")], body)
}

/// Asks through the gateway.
pub(crate) struct Caller {
    gateway: Gateway,
    route: Route,
    question: Question,
    meter: Box<dyn Meter>,
}

impl Caller {
    fn new(upstream: &Upstream) -> Outcome<Self> {
        Self::with(upstream, Box::new(Unmetered))
    }

    /// Asks with a meter of one's own.
    fn with(upstream: &Upstream, meter: Box<dyn Meter>) -> Outcome<Self> {
        let endpoint = Endpoint {
            provider: ProviderId::new(NOW, [2; 10]),
            label: "Measured".to_owned(),
            dialect: Dialect::OpenAi,
            base_url: upstream.base_url(),
            key: None,
            local_allowed: true,
        };
        let model = ModelRef { provider: endpoint.provider, model: "test-model".to_owned() };
        let principal =
            Principal { profile: ProfileId::new(NOW, [3; 10]), role: Role::Member, at: NOW };
        let resource = Resource::Model { model: model.clone(), facts: ModelFacts::ELSEWHERE };
        let grant = authorize(&principal, Action::ModelUse, &resource)
            .map_err(|denial| format!("members use models: {denial:?}"))?;
        let candidate = Candidate {
            abilities: gateway::Abilities::default(),
            endpoint,
            model: model.model,
            keys: Vec::new(),
            grant,
            weight: 1,
            price: None,
            context: None,
            max_output: None,
            temperature: None,
            timeouts: Timeouts::local(),
            wake: None,
        };
        let route = Route {
            name: "measured".to_owned(),
            strategy: Strategy::Ordered,
            candidates: vec![candidate],
            on_overflow: Vec::new(),
            on_refusal: Vec::new(),
        };
        let question = Question {
            system: String::new(),
            messages: vec![Prompt::text(Author::User, "What is a tide?")],
            continue_text: false,
            wishes: std::sync::Arc::default(),
            max_output: None,
            chat: None,
            effort: Effort::default(),
            now: NOW,
        };
        let gateway = Gateway::new(GatewayOptions::default())?;
        Ok(Self { gateway, route, question, meter })
    }

    async fn ask(&self, sink: &mut (dyn FnMut(Delta) + Send)) -> Outcome {
        let (question, controls) = (self.question.clone(), Controls::default());
        let answering = self.gateway.answer(&self.route, question, &*self.meter, controls, sink);
        let call = answering.await.call;
        match call.finish {
            Finish::Complete => Ok(()),
            _ => Err(format!("a call failed: {:?}", call.error).into()),
        }
    }

    async fn stages(&self) -> Outcome<(Duration, Duration)> {
        let (start, mut first) = (now(), None);
        self.ask(&mut |delta| {
            if let Delta::Text(_) = delta {
                first.get_or_insert_with(|| start.elapsed());
            }
        })
        .await?;
        Ok((first.ok_or("the answer was empty")?, start.elapsed()))
    }
}

/// A meter that keeps nothing.
struct Unmetered;

impl Meter for Unmetered {
    fn reserve<'a>(&'a self, intent: &'a AttemptIntent) -> MeterFuture<'a, Granted> {
        let output_at_most = intent.output_at_most;
        let granted = Granted { output_at_most, leaving: Leaving::default() };
        Box::pin(std::future::ready(Ok(granted)))
    }

    fn settle<'a>(&'a self, _: &'a AttemptReport) -> MeterFuture<'a> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn settle_dropped(&self, _: AttemptReport) {}
}

pub(crate) fn micros(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn count(things: usize) -> f64 {
    things as f64
}

fn gigabytes(bytes: usize) -> f64 {
    count(bytes) / 1e9
}
