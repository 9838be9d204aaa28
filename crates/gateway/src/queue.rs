//! Who is next: fair shares between people, whoever asks the most.
//!
//! Stride scheduling (Waldspurger and Weihl, 1995): each person has a pass
//! that advances by 1/weight with each call they are let in for; the smallest
//! pass goes first. A person who comes back starts at the present pass, so
//! that nobody saves up. Pure: `gate` waits, this decides.

use std::collections::{HashMap, VecDeque};

use domain::ProfileId;

pub(crate) mod gate;

/// One question in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// How long the queue may grow and how much may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueRules {
    /// Answers under way at once, for everybody together.
    pub at_once: usize,
    /// Questions that one person may have waiting.
    pub deep: usize,
}

impl Default for QueueRules {
    /// 64 at once, 32 waiting for each person.
    fn default() -> Self {
        Self { at_once: 64, deep: 32 }
    }
}

/// The pass that a weight of one pays for one call.
const STRIDE: u64 = 1 << 20;

#[derive(Debug, Default)]
struct Person {
    pass: u64,
    waiting: VecDeque<Ticket>,
}

#[derive(Debug)]
pub(crate) struct FairQueue {
    rules: QueueRules,
    weights: HashMap<ProfileId, u32>,
    /// Only those who wait.
    people: HashMap<ProfileId, Person>,
    /// Where those who do not wait now had come to.
    passes: HashMap<ProfileId, u64>,
    running: usize,
    /// The pass of whoever was let in last.
    present: u64,
    last: u64,
}

/// What becomes of a question that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It may run at once, and holds a place.
    Admitted,
    Queued(Ticket),
    /// This person has too many waiting.
    Full,
}

impl FairQueue {
    pub(crate) fn new(rules: QueueRules) -> Self {
        Self {
            rules,
            weights: HashMap::new(),
            people: HashMap::new(),
            passes: HashMap::new(),
            running: 0,
            present: 0,
            last: 0,
        }
    }

    /// How much a person counts; 1 for everybody else.
    pub(crate) fn weigh(&mut self, profile: ProfileId, weight: u32) {
        self.weights.insert(profile, weight.max(1));
    }

    pub(crate) fn arrive(&mut self, profile: ProfileId) -> Arrival {
        if self.people.is_empty() && self.running < self.rules.at_once {
            self.let_in(profile, self.pass_of(profile));
            return Arrival::Admitted;
        }
        let pass = self.pass_of(profile);
        let person =
            self.people.entry(profile).or_insert_with(|| Person { pass, ..Person::default() });
        if person.waiting.len() >= self.rules.deep {
            return Arrival::Full;
        }
        self.last += 1;
        let ticket = Ticket(self.last);
        person.waiting.push_back(ticket);
        Arrival::Queued(ticket)
    }

    /// Lets the next one in, where there is a place.
    pub(crate) fn next(&mut self) -> Option<Ticket> {
        if self.running >= self.rules.at_once {
            return None;
        }
        let by_pass =
            |(_, person): &(&ProfileId, &Person)| (person.pass, person.waiting.front().copied());
        let profile = *self.people.iter().min_by_key(by_pass)?.0;
        let person = self.people.get_mut(&profile)?;
        let (pass, ticket) = (person.pass, person.waiting.pop_front()?);
        self.let_in(profile, pass);
        self.tidy(profile);
        Some(ticket)
    }

    /// Takes a question out of the queue: cancelled, or too late. True where it waited.
    pub(crate) fn leave(&mut self, profile: ProfileId, ticket: Ticket) -> bool {
        let Some(person) = self.people.get_mut(&profile) else { return false };
        let before = person.waiting.len();
        person.waiting.retain(|waiting| *waiting != ticket);
        let waited = person.waiting.len() < before;
        self.tidy(profile);
        waited
    }

    /// A place is free again.
    pub(crate) fn finish(&mut self) {
        self.running = self.running.saturating_sub(1);
    }

    /// How many will be let in before this one, if nobody else comes.
    pub(crate) fn ahead(&self, profile: ProfileId, ticket: Ticket) -> Option<usize> {
        let mine = self.people.get(&profile)?;
        let place = mine.waiting.iter().position(|waiting| *waiting == ticket)?;
        let turn = mine.pass.saturating_add(self.stride(profile).saturating_mul(place as u64));
        let others = self.people.iter().filter(|(other, _)| **other != profile);
        let before: u64 = others
            .map(|(other, person)| {
                let turns = turn.saturating_sub(person.pass).div_ceil(self.stride(*other));
                turns.min(person.waiting.len() as u64)
            })
            .sum();
        usize::try_from(before).ok()?.checked_add(place)
    }

    pub(crate) fn running(&self) -> usize {
        self.running
    }

    pub(crate) fn waiting(&self) -> usize {
        self.people.values().map(|person| person.waiting.len()).sum()
    }

    fn let_in(&mut self, profile: ProfileId, pass: u64) {
        self.running += 1;
        self.present = self.present.max(pass);
        let pass = pass.saturating_add(self.stride(profile));
        match self.people.get_mut(&profile) {
            Some(person) => person.pass = pass,
            None => drop(self.passes.insert(profile, pass)),
        }
    }

    /// Who waits no longer keeps their pass while it is ahead of the present.
    fn tidy(&mut self, profile: ProfileId) {
        if self.people.get(&profile).is_some_and(|person| person.waiting.is_empty())
            && let Some(person) = self.people.remove(&profile)
        {
            self.passes.insert(profile, person.pass);
        }
        let present = self.present;
        self.passes.retain(|_, pass| *pass > present);
    }

    fn pass_of(&self, profile: ProfileId) -> u64 {
        self.passes.get(&profile).copied().unwrap_or(0).max(self.present)
    }

    fn stride(&self, profile: ProfileId) -> u64 {
        STRIDE / u64::from(self.weights.get(&profile).copied().unwrap_or(1)).min(STRIDE)
    }
}

#[cfg(test)]
mod tests;
