//! The ledger as a plain list of calls, and every sum made from scratch.
//!
//! It says what the decisions promise (docs/decisions 16, 28, 29 and 33) and
//! knows nothing of how the ledger keeps it: no sums, no windows, no files.

use domain::{AttemptId, LimitMeasure, RequestId, Role, Span};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::steps::{Cap, Caps, GROUPS, PEOPLE, Scope, Want, Way};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amounts {
    pub(crate) requests: u64,
    pub(crate) tokens: u64,
    /// In nano-dollars; nothing where no price is known.
    pub(crate) money: u64,
}

impl Amounts {
    /// What a call uses at most that answers with so much.
    pub(crate) fn most(want: &Want, output: u64) -> Self {
        let money = want.price.map(|(input, each)| input + (output * each).div_ceil(1_000));
        Self { requests: 1, tokens: want.input + output, money: money.unwrap_or(0) }
    }

    fn of(self, measure: LimitMeasure) -> u64 {
        match measure {
            LimitMeasure::Requests { .. } => self.requests,
            LimitMeasure::Tokens { .. } => self.tokens,
            LimitMeasure::Money { .. } => self.money,
            LimitMeasure::AtOnce {} => 0,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: AttemptId,
    pub(crate) who: usize,
    pub(crate) role: Role,
    pub(crate) groups: [bool; GROUPS],
    pub(crate) way: Way,
    /// By the ledger's time.
    pub(crate) at: i64,
    pub(crate) held: Amounts,
    /// Whether its output was to be larger.
    pub(crate) cut: bool,
    /// What it counts for since it ended.
    pub(crate) counted: Option<Amounts>,
}

impl Call {
    /// Whether it ended with less than was held for it.
    pub(crate) fn eased(&self) -> bool {
        let Amounts { requests, tokens, money } = self.held;
        let less =
            |now: Amounts| now.requests < requests || now.tokens < tokens || now.money < money;
        self.counted.is_some_and(less)
    }

    fn is_about(&self, scope: Scope, asking: usize) -> bool {
        match scope {
            Scope::All => true,
            Scope::Role(role) => self.role == role,
            Scope::Group(number) => self.groups[number],
            Scope::Each => self.who == asking,
            Scope::Person(who) => self.who == who,
            Scope::Provider(number) => self.way.model / 2 == number,
            Scope::Route(number) => self.way.route == Some(number),
            Scope::Model(number) => self.way.model == number,
            Scope::Key(number) => self.way.key == Some(number),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Raise {
    pub(crate) id: RequestId,
    pub(crate) who: usize,
    pub(crate) measure: LimitMeasure,
    pub(crate) extra: u64,
    pub(crate) until: i64,
}

/// How a limit stands for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stand {
    /// Raises included.
    pub(crate) most: u64,
    pub(crate) held: u64,
    pub(crate) spent: u64,
    /// Of the pool, by everybody.
    pub(crate) drawn: Option<u64>,
}

impl Stand {
    pub(crate) fn used(&self) -> u64 {
        self.held + self.spent
    }

    /// What may still be used of it and its pool.
    pub(crate) fn left(&self, pool: Option<u64>) -> u64 {
        let own = self.most.saturating_sub(self.used());
        own + pool.unwrap_or(0).saturating_sub(self.drawn.unwrap_or(0))
    }
}

/// What has to become of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// With this output cap.
    Granted(u64),
    Spent,
    TooLarge,
    Unpriced,
}

#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) calls: Vec<Call>,
    pub(crate) raises: Vec<Raise>,
    pub(crate) caps: Caps,
    pub(crate) groups: [[bool; PEOPLE]; GROUPS],
    pub(crate) roles: Vec<Role>,
    /// The ledger's time at the last call that was granted, and what the clock said then.
    pub(crate) last: Option<(i64, i64)>,
}

impl Model {
    /// The ledger's time: it follows the clock forwards, and goes on at its pace when it is set
    /// back by more than a minute.
    pub(crate) fn time(&self, wall: i64) -> i64 {
        match self.last {
            None => wall,
            Some((time, _)) if time - wall <= 60_000 => time.max(wall),
            Some((time, seen)) => time + (wall - seen).max(0),
        }
    }

    fn date(&self, at: i64) -> Date {
        let zone = TimeZone::get(self.caps.zone.unwrap_or("UTC")).unwrap();
        Timestamp::from_millisecond(at).unwrap().to_zoned_datetime(zone).date()
    }

    /// Whether the calendar of the place calls both by the same minute, hour, day or month.
    pub(crate) fn is_one(&self, span: Span, one: i64, other: i64) -> bool {
        match span {
            Span::Minute => one / 60_000 == other / 60_000,
            Span::Hour => one / 3_600_000 == other / 3_600_000,
            Span::Day => self.date(one) == self.date(other),
            Span::Month => self.date(one).first_of_month() == self.date(other).first_of_month(),
        }
    }

    /// The first moment that is in another window than `at`.
    pub(crate) fn end_of(&self, span: Span, at: i64) -> i64 {
        let (mut within, mut beyond) = (at, at + 32 * 86_400_000);
        while beyond - within > 1 {
            let middle = within + (beyond - within) / 2;
            if self.is_one(span, at, middle) { within = middle } else { beyond = middle }
        }
        beyond
    }

    /// Held and spent of what a limit counts for `who`.
    fn used(&self, cap: &Cap, who: usize, at: i64) -> (u64, u64) {
        let Some(span) = cap.measure.span() else { return (0, 0) };
        let (mut held, mut spent) = (0, 0);
        let here = |call: &&Call| call.is_about(cap.scope, who) && self.is_one(span, call.at, at);
        for call in self.calls.iter().filter(here) {
            match call.counted {
                None => held += call.held.of(cap.measure),
                Some(counted) => spent += counted.of(cap.measure),
            }
        }
        (held, spent)
    }

    /// What is there for `who`, raises included.
    fn own(&self, cap: &Cap, who: usize, at: i64) -> u64 {
        let is_own = cap.scope == Scope::Each || cap.scope == Scope::Person(who);
        let raises = self
            .raises
            .iter()
            .filter(|one| is_own && one.who == who && one.measure == cap.measure && at < one.until);
        cap.most + raises.map(|one| one.extra).sum::<u64>()
    }

    pub(crate) fn stand(&self, cap: &Cap, who: usize, at: i64) -> Stand {
        let (held, spent) = self.used(cap, who, at);
        let beyond = |one| {
            let (held, spent) = self.used(cap, one, at);
            (held + spent).saturating_sub(self.own(cap, one, at))
        };
        let drawn = cap.pool.map(|_| (0..PEOPLE).map(beyond).sum());
        Stand { most: self.own(cap, who, at), held, spent, drawn }
    }

    /// A call as it would be now.
    pub(crate) fn call(&self, id: AttemptId, who: usize, way: Way, wall: i64) -> Call {
        let groups = self.groups.map(|members| members[who]);
        let (role, at) = (self.roles[who], self.time(wall));
        let held = Amounts::default();
        Call { id, who, role, groups, way, at, held, cut: false, counted: None }
    }

    /// The largest cap at which the call fits into every limit that is about it.
    pub(crate) fn verdict(&self, call: &Call, want: &Want) -> Verdict {
        if self.caps.block_unpriced && want.price.is_none() {
            return Verdict::Unpriced;
        }
        let about = |cap: &&Cap| call.is_about(cap.scope, call.who);
        let stands = self.caps.caps.iter().filter(about);
        let stands: Vec<_> = stands.map(|cap| (cap, self.stand(cap, call.who, call.at))).collect();
        let asks = |cap: &Cap, output| Amounts::most(want, output).of(cap.measure);
        let fits = |output: &u64| {
            stands.iter().all(|(cap, stand)| asks(cap, *output) <= stand.left(cap.pool))
        };
        if let Some(output) = (want.least..=want.output).rev().find(fits) {
            return Verdict::Granted(output);
        }
        let never = |(cap, stand): &(&Cap, Stand)| {
            asks(cap, want.least) > stand.most + cap.pool.unwrap_or(0)
        };
        if stands.iter().any(never) { Verdict::TooLarge } else { Verdict::Spent }
    }

    /// Calls of `who` that have not ended.
    pub(crate) fn under_way(&self, who: usize) -> Vec<AttemptId> {
        let open = |call: &&Call| call.who == who && call.counted.is_none();
        let mut ids: Vec<_> = self.calls.iter().filter(open).map(|call| call.id).collect();
        ids.sort();
        ids
    }
}
