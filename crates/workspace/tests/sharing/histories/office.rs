//! People at their desks over one real file, and the plain list beside it.
//!
//! Each step is taken by both, and both have to agree on what became of it.

use std::future::poll_fn;
use std::task::Poll;

use domain::{AttemptId, Finish, Limit, NanoUsd, Role, Tokens, UnixMs, Usage};
use policy::{Action, ModelFacts, Principal, Resource, authorize};
use tempfile::TempDir;
use workspace::{
    AttemptEnd, AttemptStart, Ceiling, Door, Granted, Shortfall, Wish, Workspace, WorkspaceError,
};

use super::model::{Amounts, Call, Model, Verdict};
use super::steps::{Cap, Caps, DESKS, Ending, History, Step, Want, Way, key, model, route};
use crate::ledger::start;
use crate::support::{House, Person};

pub(crate) struct Office {
    dir: TempDir,
    _door: Door,
    pub(super) people: Vec<Person>,
    /// Who comes and goes, so that the workspace gets a new key.
    pub(super) guest: Person,
    desks: Vec<Option<Workspace>>,
    first_caps: Caps,
    pub(crate) model: Model,
    /// What every computer's clock says.
    pub(crate) wall: i64,
}

impl Office {
    pub(crate) async fn open(history: &History) -> Self {
        let house = House::new();
        let (mira, hers, pins) = house.join("Mira", Role::Member).await;
        let (noor, his, _) = house.join("Noor", Role::Manager).await;
        let (tove, theirs, _) = house.join("Tove", Role::Member).await;
        let (guest, ..) = house.join("Otto", Role::Member).await;
        let (hers_too, _) = house.open(&mira, &pins).unwrap();
        let House { dir, door, ada, workspace } = house;
        let desks = [workspace, hers, hers_too, his, theirs].map(Some).into();
        let people = vec![ada, mira, noor, tove];
        let roles = people.iter().map(|one| one.role).collect();
        let model = Model { roles, ..Model::default() };
        let (wall, first_caps) = (history.begins, history.caps.clone());
        let mut office = Self { dir, _door: door, people, guest, desks, first_caps, model, wall };
        for group in 0..office.model.groups.len() {
            office.group(group, [group == 0, true, true, group == 1]).await;
        }
        office.limit(history.caps.clone()).await;
        office
    }

    pub(crate) fn desk(&self, desk: usize) -> &Workspace {
        self.desks[desk].as_ref().unwrap()
    }

    pub(crate) fn person(&self, who: usize) -> &Person {
        &self.people[who]
    }

    pub(crate) fn now(&self) -> UnixMs {
        UnixMs(self.wall)
    }

    /// The limit as it is signed.
    pub(crate) fn signed(&self, cap: &Cap) -> Limit {
        let people: Vec<_> = self.people.iter().map(|one| one.profile).collect();
        let Cap { scope, measure, most, pool } = *cap;
        Limit { pool, ..Limit::new(scope.signed(&people), measure, most) }
    }

    pub(crate) async fn take(&mut self, step: &Step) {
        match step.clone() {
            Step::Ask { desk, way, want, stays } => self.ask(desk, way, want, stays).await,
            Step::End { call, desk, ending } => self.end(call, desk, ending).await,
            Step::Crash { desk } => self.crash(desk).await,
            Step::Recover { desk, left } => self.recover(desk, left).await,
            Step::Clock { by } => self.wall += by,
            Step::Edge { span, beside } => {
                let time = self.model.time(self.wall);
                self.wall += self.model.end_of(span, time) - time + beside;
            }
            Step::Limits(caps) => self.limit(caps).await,
            Step::FirstLimits => self.limit(self.first_caps.clone()).await,
            Step::Group { group, members } => self.group(group, members).await,
            Step::Role { who, role } => self.assign(who, role).await,
            Step::Raise { who, like, calls, lasts } => self.raise(who, like, calls, lasts).await,
            Step::TakeBack { which } => self.take_back(which).await,
            Step::NewKey => self.new_key().await,
        }
    }

    async fn ask(&mut self, desk: usize, way: Way, want: Want, stays: bool) {
        let (who, now) = (DESKS[desk], self.now());
        let id = AttemptId::new(now, sealed::random_bytes());
        let call = self.model.call(id, who, way, self.wall);
        let verdict = self.model.verdict(&call, &want);
        let start = AttemptStart {
            attempt: id,
            model: model(way.model),
            route: way.route.map(route),
            key: way.key.map(key),
            ..start()
        };
        let (profile, role) = (self.people[who].profile, self.model.roles[who]);
        let resource = Resource::Model { model: model(way.model), facts: ModelFacts::ELSEWHERE };
        let principal = Principal { profile, role, at: now };
        let grant = authorize(&principal, Action::ModelUse, &resource).unwrap();
        let price =
            want.price.map(|(input, per_output)| Ceiling { input: nano(input), per_output });
        let (input, output) = (Tokens(want.input), Tokens(want.output));
        let wish = Wish { input, output, least: Tokens(want.least), price };
        let workspace = self.desk(desk);
        let mut asked = Box::pin(workspace.open_attempt(&grant, start, wish, now));
        if stays {
            let asked = asked.await;
            return self.was_asked(call, &want, verdict, asked);
        }
        poll_fn(|context| Poll::Ready(asked.as_mut().poll(context).is_ready())).await;
        drop(asked);
        // Whatever was begun is done once this is: a desk writes one after the other.
        workspace.saw_news().await.unwrap();
        let left = workspace.unsettled_attempts().await.unwrap();
        if left.iter().any(|one| one.attempt == id) {
            let Verdict::Granted(output) = verdict else { panic!("held, and not granted") };
            self.hold(call, &want, output);
        }
    }

    fn was_asked(
        &mut self,
        call: Call,
        want: &Want,
        verdict: Verdict,
        asked: Result<Granted, WorkspaceError>,
    ) {
        match (verdict, asked) {
            (Verdict::Granted(output), Ok(granted)) => {
                let Amounts { tokens, money, .. } = Amounts::most(want, output);
                let money = want.price.map(|_| nano(money));
                let expected = Granted { output: Tokens(output), money, tokens: Tokens(tokens) };
                assert_eq!(granted, expected, "what fits is granted, and nothing else");
                self.hold(call, want, output);
            }
            (Verdict::Spent, Err(WorkspaceError::Short(Shortfall::Spent { limit, retry_at }))) => {
                let cap = self.in_the_way(&call, want, &limit);
                let (span, next) = (cap.measure.span().unwrap(), retry_at.0 - self.wall + call.at);
                assert!(self.model.is_one(span, call.at, next - 1), "{span:?}: it is over sooner");
                assert!(!self.model.is_one(span, call.at, next), "{span:?}: it goes on");
            }
            (Verdict::TooLarge, Err(WorkspaceError::Short(Shortfall::TooLarge { limit }))) => {
                self.in_the_way(&call, want, &limit);
            }
            (Verdict::Unpriced, Err(WorkspaceError::Short(Shortfall::Unpriced))) => {}
            (verdict, asked) => panic!("{verdict:?} was expected, not {asked:?}"),
        }
    }

    /// The limit that was named, which leaves too little to this call.
    fn in_the_way(&self, call: &Call, want: &Want, named: &Limit) -> Cap {
        let is_it = |cap: &&Cap| {
            let most = self.model.stand(cap, call.who, call.at).most;
            Limit { most, ..self.signed(cap) } == *named
        };
        let caps = &self.model.caps.caps;
        let cap = *caps.iter().find(is_it).unwrap_or_else(|| panic!("{named:?} is not there"));
        let alone = Model {
            caps: Caps { caps: vec![cap], ..self.model.caps.clone() },
            calls: self.model.calls.clone(),
            raises: self.model.raises.clone(),
            ..Model::default()
        };
        let verdict = alone.verdict(call, want);
        assert!(!matches!(verdict, Verdict::Granted(_)), "{named:?} is not in the way");
        cap
    }

    fn hold(&mut self, call: Call, want: &Want, output: u64) {
        assert!(self.model.last.is_none_or(|(time, _)| time <= call.at), "time runs back");
        self.model.last = Some((call.at, self.wall));
        let (held, cut) = (Amounts::most(want, output), output < want.output);
        self.model.calls.push(Call { held, cut, ..call });
    }

    async fn end(&mut self, which: usize, desk: Option<usize>, ending: Ending) {
        let open = |call: &&mut Call| call.counted.is_none();
        // Every other time, one that may have ended.
        let only_open =
            which.is_multiple_of(2) && self.model.calls.iter().any(|one| one.counted.is_none());
        let calls: Vec<&mut Call> =
            self.model.calls.iter_mut().filter(|call| !only_open || open(call)).collect();
        let count = calls.len();
        if count == 0 {
            return;
        }
        let call = calls.into_iter().nth(which / 2 % count).unwrap();
        let own: Vec<_> = (0..DESKS.len()).filter(|desk| DESKS[*desk] == call.who).collect();
        let desk = desk.unwrap_or(own[which / 2 % own.len()]);
        let end = end_of(call, ending);
        let settled =
            self.desks[desk].as_ref().unwrap().settle_attempt(end, UnixMs(self.wall)).await;
        if DESKS[desk] != call.who {
            assert!(matches!(settled, Err(WorkspaceError::NotFound)), "another's: {settled:?}");
            return;
        }
        assert_eq!(settled.unwrap(), call.counted.is_none(), "a call ends once");
        if call.counted.is_none() {
            call.counted = Some(counted(call.held, ending));
        }
    }

    async fn crash(&mut self, desk: usize) {
        let before = self.desks[desk].take().unwrap();
        let pins = before.pins();
        drop(before);
        let at = self.dir.path().join("workspace");
        let identity = self.people[DESKS[desk]].identity();
        let (again, _) = Workspace::open(&at, identity, &pins, self.now()).unwrap();
        self.desks[desk] = Some(again);
        self.left_open(desk).await;
    }

    /// What has not ended is all there, whoever crashed.
    async fn left_open(&self, desk: usize) -> Vec<AttemptId> {
        let left = self.desk(desk).unsettled_attempts().await.unwrap();
        let left: Vec<_> = left.iter().map(|one| one.attempt).collect();
        assert_eq!(left, self.model.under_way(DESKS[desk]), "and nothing else");
        left
    }

    async fn recover(&mut self, desk: usize, left: u64) {
        for (place, id) in self.left_open(desk).await.into_iter().enumerate() {
            let never_left = left >> (place % 64) & 1 == 0;
            let end = if never_left { AttemptEnd::never_left(id) } else { AttemptEnd::unknown(id) };
            assert!(self.desk(desk).settle_attempt(end, self.now()).await.unwrap(), "once");
            let call = self.model.calls.iter_mut().find(|call| call.id == id).unwrap();
            call.counted = Some(if never_left { Amounts::default() } else { call.held });
        }
    }
}

fn nano(amount: u64) -> NanoUsd {
    NanoUsd(i64::try_from(amount).unwrap())
}

fn end_of(call: &Call, ending: Ending) -> AttemptEnd {
    let usage = ending.tokens.map(|said| {
        let tokens = said.of(call.held.tokens);
        let (input, cached_input) = (Tokens(tokens / 3), Tokens(tokens / 4));
        let output = Tokens(tokens - input.0 - cached_input.0);
        Usage { input, cached_input, output, ..Usage::default() }
    });
    AttemptEnd {
        finish: Some(Finish::Complete),
        usage,
        billed: ending.billed,
        cost: ending.money.map(|said| nano(said.of(call.held.money))),
        ..AttemptEnd::unknown(call.id)
    }
}

/// What a call counts for that ended so: what is not known, for what was held.
fn counted(held: Amounts, ending: Ending) -> Amounts {
    let tokens = ending.tokens.map_or(held.tokens, |said| said.of(held.tokens));
    let money = ending.money.map_or(held.money, |said| said.of(held.money));
    match ending.billed {
        Some(true) => Amounts { requests: 1, tokens, money },
        Some(false) => Amounts::default(),
        None => {
            Amounts { requests: 1, tokens: tokens.max(held.tokens), money: money.max(held.money) }
        }
    }
}
