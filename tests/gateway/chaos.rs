//! Three candidates that fail in every way, at random, but from a seed.
//!
//! Whatever happens, each turn ends in time: with an answer, a marked partial,
//! or a clear error. No money is lost or invented, no place is kept. A seed
//! gives every turn the same faults and the gateway the same chance; only how
//! the threads take turns is the machine's. A failure names its seed:
//! `CARREL_SEED` plays it again, `CARREL_SOAK=1` plays ten thousand turns of
//! each of `CARREL_CHAOS_SEEDS` seeds, a hundred where that is not said.

mod faults;
mod purse;
mod turn;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Dialect;
use futures::{StreamExt, stream};
use gateway::{
    BreakerRules, Gateway, GatewayOptions, Limit, Measure, QueueRules, Randomness, Scope,
};
use support::dice::{Dice, soak};
use support::upstream::{Gate, Request, Script, Upstream};
use tokio::net::TcpSocket;

use self::faults::Way;
use self::purse::Purse;
use crate::asker::{Asker, candidate_of, provider, route};
use crate::desk::NOW;

/// Who asks at once, how many are let in, and how many calls of one person a limit allows.
const WORKERS: usize = 48;
const AT_ONCE: usize = 24;
const CALLS: u64 = 10;
/// How many people ask.
const PEOPLE: u8 = 4;
/// Turns of one seed: among all other tests, and in a soak.
const FEW: u64 = 1_000;
const MANY: u64 = 10_000;
/// How many seeds of a soak are played at once: much of a storm is waiting.
const STORMS: usize = 2;
const DIALECTS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_fails_each_turn_ends_in_time_and_nothing_is_lost_or_kept() {
    let turns = if soak() { MANY } else { FEW };
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match (number("CARREL_SEED"), soak()) {
        (Some(seed), _) => storm(seed, turns).await,
        (None, false) => storm(Dice::new().roll() >> 32, turns).await,
        (None, true) => {
            let begin = Dice::new().roll() >> 32;
            let seeds = begin..begin + number("CARREL_CHAOS_SEEDS").unwrap_or(100);
            let storms = stream::iter(seeds).map(|seed| storm(seed, turns));
            storms.buffer_unordered(STORMS).collect::<()>().await;
        }
    }
}

#[tokio::test]
async fn a_seed_gives_every_turn_the_same_faults_again() {
    let play = |seed, turn| {
        let faults = Faults { seed, ..Faults::default() };
        let all = (0..3).map(|place| format!("{:?}", faults.next(turn, place).1));
        all.collect::<Vec<_>>()
    };
    let storm = |seed| (0..200).map(|turn| play(seed, turn)).collect::<Vec<_>>();
    assert_eq!(storm(7), storm(7), "or a failure could not be seen again");
    assert_ne!(storm(7), storm(8), "and another seed is another storm");
}

/// Everything that a storm needs.
struct Storm {
    seed: u64,
    gateway: Gateway,
    upstreams: Vec<Upstream>,
    /// An address where nobody listens, kept so that nobody else takes it.
    deaf: String,
    _kept: TcpSocket,
    purse: Arc<Purse>,
    faults: Arc<Faults>,
}

async fn storm(seed: u64, turns: u64) {
    let storm = Arc::new(Storm::new(seed).await);
    let next = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (storm, next) = (Arc::clone(&storm), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    if turn >= turns {
                        return;
                    }
                    storm.turn(turn).await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap_or_else(|error| unreachable!("CARREL_SEED={seed}: {error}"));
    }
    let which = format!("again with CARREL_SEED={seed}");
    storm.purse.assert_balanced(&which).await;
    storm.assert_all_ways_were_met(turns, &which);
    storm.assert_no_permit_leaked(&which).await;
}

impl Storm {
    async fn new(seed: u64) -> Self {
        let breaker = BreakerRules {
            rest: Duration::from_millis(20),
            longest_rest: Duration::from_millis(150),
            lease: Duration::from_millis(300),
            ..BreakerRules::default()
        };
        let options = GatewayOptions {
            breaker,
            queue: QueueRules { at_once: AT_ONCE, deep: WORKERS },
            randomness: Randomness::seeded(seed),
            ..GatewayOptions::default()
        };
        let gateway = Gateway::new(options).expect("a client");
        let limit = |scope, most| Limit { scope, measure: Measure::AtOnce, most };
        let (all, each) = (Scope::Workspace, Scope::EachProfile);
        gateway.limit(vec![limit(all, AT_ONCE as u64), limit(each, CALLS)]);
        let kept = TcpSocket::new_v4().expect("a socket");
        kept.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let deaf = format!("http://{}", kept.local_addr().expect("bound"));
        let faults = Arc::new(Faults { seed, ..Faults::default() });
        let mut upstreams = Vec::new();
        for place in 0..DIALECTS.len() {
            let upstream = Upstream::start(Script::silent().reset()).await;
            let faults = Arc::clone(&faults);
            upstream.choose(move |request| faults.answer(request, place));
            upstreams.push(upstream);
        }
        let purse = Arc::new(Purse::new().await);
        Self { seed, gateway, upstreams, deaf, _kept: kept, purse, faults }
    }

    /// In a soak every way was met. A short run draws the dear ones seldom, and may miss one.
    fn assert_all_ways_were_met(&self, turns: u64, which: &str) {
        let seen = self.faults.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<_> = faults::all().filter(|way| !seen.contains(way)).collect();
        let tolerated = if turns < MANY { faults::all().count() / 4 } else { 0 };
        assert!(missing.len() <= tolerated, "{which}: nobody met {missing:?}");
    }

    /// As many as may call at once do so, and none of them has to wait for a
    /// place that somebody left behind.
    async fn assert_no_permit_leaked(&self, which: &str) {
        let health = self.gateway.health(NOW);
        let in_flight: u32 = health.lanes.iter().map(|lane| lane.in_flight).sum();
        assert_eq!((health.running, health.queued, in_flight), (0, 0, 0), "{which}: places");
        let go_on = Gate::new();
        let held = support::upstream::openai::openai_stream_held(&["Well."], &go_on, &[]);
        let upstream = Upstream::start(held).await;
        self.gateway.forgive(provider(1));
        let asker = Asker::new();
        let routes: Vec<_> =
            (1..=PEOPLE).map(|who| route(vec![candidate_of(who, 1, &upstream)])).collect();
        let ask = async |route| {
            let (question, controls) = (asker.question.clone(), asker.controls.clone());
            let mut sink = |_: gateway::Delta| {};
            self.gateway.answer(route, question, &asker.meter, controls, &mut sink).await
        };
        let asking = futures::future::join_all(routes.iter().cycle().take(AT_ONCE).map(ask));
        let all_there = async {
            let there = tokio::time::timeout(turn::GRACE, upstream.record(AT_ONCE - 1)).await;
            assert!(there.is_ok(), "{which}: fewer may call at once than before");
            go_on.open();
        };
        let (answered, ()) = tokio::join!(asking, all_there);
        for one in answered {
            assert_eq!(one.call.error, None, "{which}: all are answered at once");
        }
    }
}

/// What the three providers play, and what was played so far.
#[derive(Default)]
struct Faults {
    seed: u64,
    /// How often a turn has come to a provider.
    visits: Mutex<HashMap<(u64, usize), u64>>,
    seen: Mutex<BTreeSet<Way>>,
}

impl Faults {
    fn answer(&self, request: &Request, place: usize) -> Script {
        let (way, script) = self.next(turn::number(request), place);
        self.saw(way);
        script
    }

    fn saw(&self, way: Way) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(way);
    }

    /// What this provider plays to this turn now.
    fn next(&self, turn: u64, place: usize) -> (Way, Script) {
        let visit = {
            let mut visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
            let visit = visits.entry((turn, place)).or_default();
            *visit += 1;
            *visit
        };
        let mut dice = dice(self.seed, &[turn, place as u64, visit]);
        match faults::dear(turn) {
            Some(way) => (way, faults::play(way, &mut dice, DIALECTS[place])),
            None => faults::draw(&mut dice, DIALECTS[place]),
        }
    }
}

/// Dice of their own for each place in a storm.
fn dice(seed: u64, place: &[u64]) -> Dice {
    let mixed = place.iter().fold(seed, |sum, part| Dice::from_seed(sum ^ part).roll());
    Dice::from_seed(mixed)
}
