//! Whether a call fits into what is left, and what it counts for.
//!
//! Pure: limits, sums and a wish come in; a grant or the limit that is in the
//! way comes out. All amounts are whole numbers that stop at their ends
//! instead of wrapping. `tables::tallies` keeps the sums, `window` the time.

mod window;
mod zone;

use domain::{Limit, LimitMeasure, NanoUsd, Tokens, UnixMs};

pub(crate) use window::{Pace, Window};
pub(crate) use zone::Zone;

/// A single call counts for at most a million dollars and a thousand million million tokens.
const MOST_OF_A_CALL: u64 = Limit::MOST;

/// The most a call can cost, as a line over its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// For the input, whatever of it is cached.
    pub input: NanoUsd,
    /// For each token of output, in pico-dollars (10⁻¹²).
    pub per_output: u64,
}

impl Ceiling {
    /// Of what costs nothing.
    pub const FREE: Self = Self { input: NanoUsd(0), per_output: 0 };

    /// The most that a call with so much output costs, rounded up.
    #[must_use]
    pub fn at(self, output: Tokens) -> NanoUsd {
        let pico = u128::from(output.0) * u128::from(self.per_output);
        let output = i64::try_from(pico.div_ceil(1_000)).unwrap_or(i64::MAX);
        NanoUsd(self.input.0.max(0).saturating_add(output))
    }

    /// The longest output that costs no more than `money`; none where the input alone does.
    fn output_within(self, money: u64) -> Option<u64> {
        let input = u64::try_from(self.input.0.max(0)).unwrap_or(u64::MAX);
        let left = u128::from(money.checked_sub(input)?) * 1_000;
        let most = left.checked_div(u128::from(self.per_output)).unwrap_or(u128::MAX);
        Some(u64::try_from(most).unwrap_or(u64::MAX))
    }
}

/// What a call wants to use, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Its input has no more tokens than this.
    pub input: Tokens,
    /// The output cap it wants.
    pub output: Tokens,
    /// With a lower cap than this it makes no sense.
    pub least: Tokens,
    /// What it costs; none where the price is not known.
    pub price: Option<Ceiling>,
}

/// What a call was granted, and what is held for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// Its output cap: the wish's, or less where a limit leaves less.
    pub output: Tokens,
    /// The most it costs; none where its price is not known.
    pub money: Option<NanoUsd>,
    /// The most tokens it uses.
    pub tokens: Tokens,
}

/// Why a call was granted nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Shortfall {
    /// A limit leaves too little until then.
    #[error("a limit is reached")]
    Spent {
        /// Which limit.
        limit: Limit,
        /// When its next window begins, by the computer's clock.
        retry_at: UnixMs,
    },
    /// It does not even fit into an unused limit.
    #[error("the call is larger than a limit")]
    TooLarge {
        /// Which limit.
        limit: Limit,
    },
    /// Its price is not known, and such calls are blocked here.
    #[error("the price is not known")]
    Unpriced,
}

/// A sum over attempts within a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Of calls under way: the most they may still use.
    pub held: u64,
    /// Of calls that ended.
    pub spent: u64,
}

impl Tally {
    fn left_of(self, most: u64) -> u64 {
        most.saturating_sub(self.used())
    }

    /// Held and spent together.
    #[must_use]
    pub fn used(self) -> u64 {
        self.held.saturating_add(self.spent)
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            held: self.held.saturating_add(other.held),
            spent: self.spent.saturating_add(other.spent),
        }
    }

    /// Less what is no longer held; what is spent stays spent.
    pub(crate) fn less_held(self, held: u64) -> Self {
        Self { held: self.held.saturating_sub(held), ..self }
    }
}

/// A limit that a call touches, and how much of it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Balance {
    pub(crate) limit: Limit,
    pub(crate) tally: Tally,
    /// How much of its pool everybody uses together; nothing where it has none.
    pub(crate) drawn: u64,
    /// When the window ends, by the computer's clock.
    pub(crate) ends: UnixMs,
}

impl Balance {
    /// What a call may still use: the rest of what is one's own, and of the pool.
    fn left(&self) -> u64 {
        let of_pool = self.limit.pool.unwrap_or(0).saturating_sub(self.drawn);
        self.tally.left_of(self.limit.most).saturating_add(of_pool)
    }

    /// What a call could use if nobody had used anything.
    fn whole(&self) -> u64 {
        self.limit.most.saturating_add(self.limit.pool.unwrap_or(0))
    }

    /// The same after a call that counts for so much.
    pub(crate) fn after(self, call: Tally) -> Self {
        let tally = self.tally.plus(call);
        let more = beyond(tally, self.limit.most) - beyond(self.tally, self.limit.most);
        Self { tally, drawn: self.drawn.saturating_add(more), ..self }
    }
}

/// What somebody uses beyond what is their own: so much of a pool they take.
fn beyond(tally: Tally, own: u64) -> u64 {
    tally.used().saturating_sub(own)
}

/// How much of a pool these people use together: what each has used, and what is their own.
pub(crate) fn drawn(people: impl IntoIterator<Item = (Tally, u64)>) -> u64 {
    let add = |sum: u64, (tally, own)| sum.saturating_add(beyond(tally, own));
    people.into_iter().fold(0, add)
}

/// Grants the wish from every limit, or nothing from any.
pub(crate) fn decide(balances: &[Balance], wish: &Wish) -> Result<Granted, Shortfall> {
    let mut output = wish.output.0.min(MOST_OF_A_CALL);
    let least = wish.least.0.min(output);
    let mut spent: Option<&Balance> = None;
    for balance in balances {
        let fits = |left| output_within(balance.limit.measure, left, wish);
        match fits(balance.left()) {
            Some(within) if within >= least => output = output.min(within),
            _ if fits(balance.whole()).is_none_or(|within| within < least) => {
                return Err(Shortfall::TooLarge { limit: balance.limit.clone() });
            }
            // A call needs room everywhere, so the latest decides.
            _ if spent.is_none_or(|known| known.ends < balance.ends) => spent = Some(balance),
            _ => {}
        }
    }
    if let Some(balance) = spent {
        let limit = balance.limit.clone();
        return Err(Shortfall::Spent { limit, retry_at: balance.ends });
    }
    let most = i64::try_from(MOST_OF_A_CALL).unwrap_or(i64::MAX);
    Ok(Granted {
        output: Tokens(output),
        money: wish.price.map(|price| NanoUsd(price.at(Tokens(output)).0.min(most))),
        tokens: Tokens(wish.input.0.saturating_add(output).min(MOST_OF_A_CALL)),
    })
}

/// The longest output that fits into `left`; none where not even the input does.
fn output_within(measure: LimitMeasure, left: u64, wish: &Wish) -> Option<u64> {
    match measure {
        LimitMeasure::Requests { .. } => (left >= 1).then_some(u64::MAX),
        LimitMeasure::Tokens { .. } => left.checked_sub(wish.input.0),
        // What has no price is not counted here; whether it may run at all is asked before.
        LimitMeasure::Money { .. } => {
            wish.price.map_or(Some(u64::MAX), |price| price.output_within(left))
        }
        // Of this machine's own memory: the gateway counts it.
        LimitMeasure::AtOnce {} => Some(u64::MAX),
    }
}

/// How an attempt stands in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Under way: the most it may use is held.
    Held,
    /// Ended, with what it used.
    Booked,
    /// Ended, and nobody knows with what: the most counts.
    Unknown,
    /// It cost nothing: it never left, or was turned away.
    Released,
}

/// What an attempt counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) state: State,
    pub(crate) hold: Option<NanoUsd>,
    pub(crate) hold_tokens: u64,
    pub(crate) cost: Option<NanoUsd>,
    pub(crate) tokens: Option<u64>,
}

impl Entry {
    /// Its part of a sum.
    pub(crate) fn counts(&self, measure: LimitMeasure) -> Tally {
        let hold = self.hold.map_or(0, whole);
        let (most, used) = match measure {
            LimitMeasure::Requests { .. } | LimitMeasure::AtOnce {} => (1, 1),
            LimitMeasure::Tokens { .. } => {
                let most = self.hold_tokens.min(MOST_OF_A_CALL);
                (most, self.tokens.unwrap_or(most).min(MOST_OF_A_CALL))
            }
            LimitMeasure::Money { .. } => (hold, self.cost.map_or(hold, whole)),
        };
        match self.state {
            State::Held => Tally { held: most, spent: 0 },
            State::Booked => Tally { held: 0, spent: used },
            State::Unknown => Tally { held: 0, spent: most.max(used) },
            State::Released => Tally::default(),
        }
    }

    /// What it cost beyond what was held for it.
    pub(crate) fn overrun(&self) -> Option<NanoUsd> {
        let beyond = self.cost?.0.saturating_sub(self.hold?.0);
        (self.state == State::Booked && beyond > 0).then_some(NanoUsd(beyond))
    }
}

/// Money as it is counted: never below nothing, never more than one call can cost.
fn whole(money: NanoUsd) -> u64 {
    u64::try_from(money.0).unwrap_or(0).min(MOST_OF_A_CALL)
}

#[cfg(test)]
mod tests;
