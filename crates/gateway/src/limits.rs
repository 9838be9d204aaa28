//! Limits on requests, tokens and calls at once, in memory.
//!
//! Each limit names a scope; a call counts at every scope it touches, at all
//! or at none. Money is not here: it must survive a crash, so the ledger
//! behind `Meter` limits it. Knows no clock: callers pass `now`.

use std::collections::HashMap;
use std::time::Duration;

use domain::{GroupId, KeyId, ModelRef, ProfileId, ProviderId, Role};

use policy::Grant;

use crate::moment::Moment;
use crate::window::Window;

/// What a limit is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everybody together.
    Workspace,
    /// Everybody with this role together.
    Role(Role),
    /// The people of one group together.
    Group(GroupId),
    /// One person.
    Profile(ProfileId),
    /// Each person by themselves.
    EachProfile,
    /// All models of one provider.
    Provider(ProviderId),
    /// One route, by its name.
    Route(String),
    /// One model at one provider.
    Model(ModelRef),
    /// One key.
    Key(KeyId),
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Calls begun within the span.
    Requests(Duration),
    /// Tokens of calls begun within the span: the upper bound of what a call
    /// may use until it ends, then what it used.
    Tokens(Duration),
    /// Calls under way.
    AtOnce,
}

/// One limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What it is about.
    pub scope: Scope,
    /// What it counts.
    pub measure: Measure,
    /// The most of it.
    pub most: u64,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) profile: ProfileId,
    pub(crate) role: Role,
    pub(crate) groups: Vec<GroupId>,
}

impl Asker {
    pub(crate) fn of(grant: &Grant) -> Self {
        let groups = grant.groups().to_vec();
        Self { profile: grant.profile(), role: grant.role(), groups }
    }
}

/// What one call touches.
#[derive(Clone, Debug)]
pub(crate) struct Touched<'a> {
    pub(crate) asker: &'a Asker,
    pub(crate) route: &'a str,
    pub(crate) model: &'a ModelRef,
    pub(crate) key: Option<KeyId>,
    /// The most tokens that it can use.
    pub(crate) tokens: u64,
}

/// What a call has taken; to be given back once.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    at: Moment,
    tokens: u64,
    counters: Vec<Counter>,
}

/// A limit's place in the list; of `EachProfile`, every person has a count.
type Counter = (usize, Option<ProfileId>);

#[derive(Debug)]
enum Count {
    Within(Window),
    UnderWay(u64),
}

/// When there may be room, where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Now,
    At(Moment),
    /// When a call ends.
    Later,
    /// The call is larger than the limit itself.
    Never,
}

#[derive(Debug, Default)]
pub(crate) struct Limiter {
    limits: Vec<Limit>,
    counts: HashMap<Counter, Count>,
    /// Counts of an older list are not given back to this one.
    list: u64,
}

impl Limiter {
    /// Replaces all limits; what was counted so far is forgotten.
    pub(crate) fn set(&mut self, limits: Vec<Limit>) {
        *self = Self { limits, counts: HashMap::new(), list: self.list + 1 };
    }

    /// Whether a call that touches this has room.
    pub(crate) fn room(&mut self, touched: &Touched<'_>, now: Moment) -> Room {
        let mut room = Room::Now;
        for counter in self.counters(touched) {
            room = later(room, self.room_at(counter, touched.tokens, now));
        }
        room
    }

    /// Takes from every scope, or from none.
    pub(crate) fn take(&mut self, touched: &Touched<'_>, now: Moment) -> Option<(u64, Taken)> {
        if self.room(touched, now) != Room::Now {
            return None;
        }
        let counters = self.counters(touched);
        for counter in &counters {
            let Some(limit) = self.limits.get(counter.0) else { continue };
            let count = self.counts.entry(*counter).or_insert_with(|| fresh(limit.measure));
            match (count, limit.measure) {
                (Count::Within(window), Measure::Tokens(_)) => window.add(now, touched.tokens),
                (Count::Within(window), _) => window.add(now, 1),
                (Count::UnderWay(running), _) => *running += 1,
            }
        }
        Some((self.list, Taken { at: now, tokens: touched.tokens, counters }))
    }

    /// Gives back what the call did not use. `used` is none where it never left.
    pub(crate) fn give_back(&mut self, (list, taken): (u64, Taken), used: Option<u64>) {
        if list != self.list {
            return;
        }
        for counter in taken.counters {
            let measure = self.limits.get(counter.0).map(|limit| limit.measure);
            let Some(count) = self.counts.get_mut(&counter) else { continue };
            match (count, measure) {
                (Count::Within(window), Some(Measure::Tokens(_))) => {
                    let used = used.unwrap_or(0);
                    window.take_back(taken.at, taken.tokens.saturating_sub(used));
                }
                (Count::Within(window), _) if used.is_none() => window.take_back(taken.at, 1),
                (Count::Within(_), _) => {}
                (Count::UnderWay(running), _) => *running = running.saturating_sub(1),
            }
        }
    }

    fn room_at(&mut self, counter: Counter, tokens: u64, now: Moment) -> Room {
        let Some(limit) = self.limits.get(counter.0) else { return Room::Now };
        let wanted = if matches!(limit.measure, Measure::Tokens(_)) { tokens } else { 1 };
        let Some(most_before) = limit.most.checked_sub(wanted) else { return Room::Never };
        match self.counts.get_mut(&counter) {
            None => Room::Now,
            Some(Count::UnderWay(running)) if *running <= most_before => Room::Now,
            Some(Count::UnderWay(_)) => Room::Later,
            Some(Count::Within(window)) => match window.at_most(now, most_before) {
                when if when > now => Room::At(when),
                _ => Room::Now,
            },
        }
    }

    fn counters(&self, touched: &Touched<'_>) -> Vec<Counter> {
        let places = self.limits.iter().enumerate();
        places
            .filter_map(|(place, limit)| {
                let (touches, person) = match &limit.scope {
                    Scope::Workspace => (true, None),
                    Scope::Role(role) => (*role == touched.asker.role, None),
                    Scope::Provider(provider) => (*provider == touched.model.provider, None),
                    Scope::Group(group) => (touched.asker.groups.contains(group), None),
                    Scope::Profile(profile) => (*profile == touched.asker.profile, None),
                    Scope::EachProfile => (true, Some(touched.asker.profile)),
                    Scope::Route(route) => (route == touched.route, None),
                    Scope::Model(model) => (model == touched.model, None),
                    Scope::Key(key) => (Some(*key) == touched.key, None),
                };
                touches.then_some((place, person))
            })
            .collect()
    }
}

fn fresh(measure: Measure) -> Count {
    match measure {
        Measure::Requests(span) | Measure::Tokens(span) => {
            Count::Within(Window::new(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
        }
        Measure::AtOnce => Count::UnderWay(0),
    }
}

/// A call needs room everywhere, so the latest decides.
fn later(one: Room, other: Room) -> Room {
    match (one, other) {
        (Room::Never, _) | (_, Room::Never) => Room::Never,
        (Room::At(a), Room::At(b)) => Room::At(a.max(b)),
        (Room::At(at), _) | (_, Room::At(at)) => Room::At(at),
        (Room::Later, _) | (_, Room::Later) => Room::Later,
        (Room::Now, Room::Now) => Room::Now,
    }
}

#[cfg(test)]
mod tests;
