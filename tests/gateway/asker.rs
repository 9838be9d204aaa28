//! The asking side of a route: candidates at scripted upstreams, one question.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{
    Author, ChatId, Dialect, FailureClass, KeyId, ModelRef, ProfileId, Prompt, ProviderId, Role,
    Tokens,
};
use gateway::{
    Abilities, Answered, ApiKey, Candidate, Controls, Delta, Effort, Endpoint, Gateway,
    GatewayOptions, Pause, Question, Randomness, Route, RouteKey, Strategy, Waiting, Whom,
};
use policy::{Action, Grant, ModelFacts, Principal, Resource, authorize};
use support::upstream::Upstream;

use crate::desk::{KEY, NOW, PATIENT, TestMeter};

/// A candidate without a number of its own in a test is this one's provider.
pub(crate) fn provider(n: u8) -> ProviderId {
    ProviderId::new(NOW, [n; 10])
}

pub(crate) fn person(n: u8) -> ProfileId {
    ProfileId::new(NOW, [n; 10])
}

pub(crate) fn chat(n: u8) -> ChatId {
    ChatId::new(NOW, [n; 10])
}

/// Candidate `n`: model `model-n` of `Provider n` at `upstream`, without keys.
pub(crate) fn candidate(n: u8, upstream: &Upstream) -> Candidate {
    candidate_of(1, n, upstream)
}

/// The same, for the person of that number.
pub(crate) fn candidate_of(who: u8, n: u8, upstream: &Upstream) -> Candidate {
    let model = ModelRef { provider: provider(n), model: format!("model-{n}") };
    Candidate {
        endpoint: Endpoint {
            provider: provider(n),
            label: format!("Provider {n}"),
            dialect: Dialect::OpenAi,
            base_url: upstream.base_url(),
            key: Some(ApiKey::new(KEY.into())),
            local_allowed: true,
        },
        model: model.model.clone(),
        keys: Vec::new(),
        grant: grant(who, model),
        weight: 1,
        price: None,
        context: None,
        max_output: None,
        temperature: None,
        abilities: Abilities::default(),
        timeouts: PATIENT,
        wake: None,
    }
}

/// Keys `key-a`, `key-b`, … as their bearers are seen by the upstream.
pub(crate) fn with_keys(mut candidate: Candidate, names: &[&str]) -> Candidate {
    candidate.keys = names
        .iter()
        .map(|name| RouteKey {
            id: KeyId::new(NOW, [name.as_bytes()[name.len() - 1]; 10]),
            label: Some((*name).to_owned()),
            key: ApiKey::new(format!("sk-{name}-0123456789")),
        })
        .collect();
    candidate
}

fn grant(who: u8, model: ModelRef) -> Grant {
    let principal = Principal { profile: person(who), role: Role::Member, at: NOW };
    authorize(
        &principal,
        Action::ModelUse,
        &Resource::Model { model, facts: ModelFacts::ELSEWHERE },
    )
    .expect("members use models")
}

pub(crate) fn route(candidates: Vec<Candidate>) -> Route {
    Route {
        name: "everyday".into(),
        strategy: Strategy::Ordered,
        candidates,
        on_overflow: Vec::new(),
        on_refusal: Vec::new(),
    }
}

/// How a question went.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) answered: Answered,
    pub(crate) text: String,
    pub(crate) waiting: Vec<Waiting>,
}

impl Heard {
    pub(crate) fn class(&self) -> Option<FailureClass> {
        self.answered.call.error.as_ref().map(|error| error.class)
    }

    pub(crate) fn message(&self) -> &str {
        self.answered.call.error.as_ref().map_or("", |error| &error.message)
    }

    /// Each try as provider label, key label and class.
    pub(crate) fn tries(&self) -> Vec<(String, Option<String>, Option<FailureClass>)> {
        let tries = self.answered.call.tries.iter();
        tries
            .map(|one| {
                let path = one.path.clone().expect("a routed try has a path");
                (path.provider_label, path.key_label, one.failure)
            })
            .collect()
    }

    pub(crate) fn pauses<'a>(&'a self) -> Vec<&'a Pause> {
        let pause = |waiting: &'a Waiting| match waiting {
            Waiting::Pause(pause) => Some(pause.as_ref()),
            _ => None,
        };
        self.waiting.iter().filter_map(pause).collect()
    }

    pub(crate) fn nexts<'a>(&'a self) -> Vec<&'a Whom> {
        let next = |waiting: &'a Waiting| match waiting {
            Waiting::Next(whom) => Some(whom.as_ref()),
            _ => None,
        };
        self.waiting.iter().filter_map(next).collect()
    }
}

/// A person who asks through routes.
pub(crate) struct Asker {
    pub(crate) gateway: Gateway,
    pub(crate) meter: TestMeter,
    pub(crate) controls: Controls,
    pub(crate) question: Question,
}

impl Asker {
    pub(crate) fn new() -> Self {
        Self::with(GatewayOptions::default())
    }

    /// Through a gateway that is set up so, with chance that repeats.
    pub(crate) fn with(options: GatewayOptions) -> Self {
        let options = GatewayOptions { randomness: Randomness::seeded(1), ..options };
        Self {
            gateway: Gateway::new(options).expect("a client"),
            meter: TestMeter::default(),
            controls: Controls::default(),
            question: question(),
        }
    }

    pub(crate) async fn ask(&self, route: &Route) -> Heard {
        self.ask_with(route, |_| {}).await
    }

    pub(crate) async fn ask_with(
        &self,
        route: &Route,
        mut watch: impl FnMut(&Delta) + Send,
    ) -> Heard {
        let heard = Mutex::new((String::new(), Vec::new()));
        let mut sink = |delta: Delta| {
            watch(&delta);
            let mut heard = heard.lock().expect("one listener");
            match delta {
                Delta::Text(more) => heard.0.push_str(&more),
                Delta::Reasoning(_) | Delta::Tool(_) => {}
                Delta::Waiting(why) => heard.1.push(why),
            }
        };
        let question = self.question.clone();
        let controls = self.controls.clone();
        let answered = self.gateway.answer(route, question, &self.meter, controls, &mut sink).await;
        let (text, waiting) = heard.into_inner().expect("one listener");
        Heard { answered, text, waiting }
    }

    /// "Try now": one call of the route's first candidate.
    pub(crate) async fn probe(&self, route: &Route) -> Answered {
        let (question, controls) = (self.question.clone(), self.controls.clone());
        self.gateway.probe(route, question, &self.meter, controls).await
    }

    /// Every reservation was settled, once.
    pub(crate) fn assert_balanced(&self) {
        let mut reserved: Vec<_> = self.meter.reserved().iter().map(|one| one.attempt).collect();
        let mut settled: Vec<_> = self.meter.settled().iter().map(|one| one.attempt).collect();
        settled.extend(self.meter.dropped().iter().map(|one| one.attempt));
        reserved.sort_unstable();
        settled.sort_unstable();
        assert_eq!(reserved, settled, "each attempt is reserved once and settled once");
        let health = self.gateway.health(NOW);
        assert_eq!((health.running, health.queued), (0, 0), "no place leaks");
        let in_flight: u32 = health.lanes.iter().map(|lane| lane.in_flight).sum();
        assert_eq!(in_flight, 0, "nor a lane");
    }
}

pub(crate) fn question() -> Question {
    Question {
        system: String::new(),
        messages: vec![Prompt::text(Author::User, "What is a tide?")],
        continue_text: false,
        wishes: Arc::default(),
        max_output: Some(Tokens(50)),
        chat: None,
        effort: Effort { deadline: Duration::from_secs(3_600), ..Effort::default() },
        now: NOW,
    }
}

/// The bearers of an upstream's questions, in order.
pub(crate) fn bearers(upstream: &Upstream) -> Vec<String> {
    let bearer = |record: &std::sync::Arc<support::upstream::Record>| {
        record.request.header("authorization").unwrap_or("").replace("Bearer ", "")
    };
    upstream.questions().iter().map(bearer).collect()
}
