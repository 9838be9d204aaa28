//! Setting limits, and telling the gateway of those that it keeps itself.
//!
//! The ledger holds calls against every limit that must survive a restart.
//! Answers at once, and requests and tokens within a minute, are for the
//! gateway: it lets a question wait where the ledger could only refuse it.

use std::sync::PoisonError;

use domain::{Limit, LimitMeasure, LimitScope, Span};
use gateway::{Measure, Scope};
use policy::{Action, Resource};
use workspace::Limits;

use crate::App;
use crate::api::{Failure, LimitStanding, LimitStandings, Nothing, PoolStanding, WorkspaceLimits};
use crate::desk::Desk;

const MAX_LIMITS: usize = 50;
const MAX_LEVELS: usize = 5;
/// Longest name of a route, in characters.
pub(crate) const MAX_ROUTE_NAME: usize = 60;
const MINUTE: std::time::Duration = std::time::Duration::from_secs(60);

impl Desk {
    pub(crate) async fn read_limits(&self, _: Nothing) -> Result<LimitStandings, Failure> {
        self.allow(Action::BudgetSet, &Resource::Workspace)?;
        let standings = self.session.workspace()?.standings(self.app.now()).await?;
        let listed = standings.limits.limits.into_iter().zip(standings.used);
        Ok(LimitStandings {
            limits: listed.map(standing).collect(),
            block_unpriced: standings.limits.block_unpriced,
            time_zone: standings.limits.time_zone,
            warn_at: standings.limits.warn_at,
            overruns: u32::try_from(standings.overruns).unwrap_or(u32::MAX),
            unpriced: u32::try_from(standings.unpriced).unwrap_or(u32::MAX),
        })
    }

    pub(crate) async fn write_limits(
        &self,
        request: WorkspaceLimits,
    ) -> Result<LimitStandings, Failure> {
        let grant = self.allow(Action::BudgetSet, &Resource::Workspace)?;
        check(&request.limits)?;
        let WorkspaceLimits { limits, block_unpriced, time_zone, mut warn_at } = request;
        warn_at.sort_unstable();
        warn_at.dedup();
        if warn_at.len() > MAX_LEVELS || warn_at.iter().any(|level| !(1..=99).contains(level)) {
            return Err(Failure::invalid("Warn at up to five levels from 1 to 99 percent."));
        }
        let limits = Limits { limits, block_unpriced, time_zone, warn_at };
        let workspace = self.session.workspace()?;
        workspace.set_limits(&grant, limits, self.app.now()).await?;
        self.obey_limits().await?;
        self.read_limits(Nothing {}).await
    }

    /// Has the gateway keep the limits that are in force by now.
    pub(crate) async fn obey_limits(&self) -> Result<(), Failure> {
        if let Some(workspace) = &self.session.workspace {
            self.app.keep_limits(&workspace.limits().await?.limits);
        }
        Ok(())
    }
}

impl App {
    /// Others do not make the gateway forget what it counted.
    fn keep_limits(&self, limits: &[Limit]) {
        let wanted: Vec<_> = limits.iter().filter_map(kept_by_the_gateway).collect();
        let mut kept = self.kept_limits.lock().unwrap_or_else(PoisonError::into_inner);
        if *kept != wanted {
            self.gateway.limit(wanted.clone());
            *kept = wanted;
        }
    }
}

/// The limit as the gateway knows it; none where the ledger alone keeps it, as every pool.
fn kept_by_the_gateway(limit: &Limit) -> Option<gateway::Limit> {
    if limit.pool.is_some() {
        return None;
    }
    let measure = match limit.measure {
        LimitMeasure::AtOnce {} => Measure::AtOnce,
        LimitMeasure::Requests { span: Span::Minute } => Measure::Requests(MINUTE),
        LimitMeasure::Tokens { span: Span::Minute } => Measure::Tokens(MINUTE),
        LimitMeasure::Requests { .. }
        | LimitMeasure::Tokens { .. }
        | LimitMeasure::Money { .. } => {
            return None;
        }
    };
    let scope = match limit.scope.clone() {
        LimitScope::Workspace {} => Scope::Workspace,
        LimitScope::Role { role } => Scope::Role(role),
        LimitScope::Group { group } => Scope::Group(group),
        LimitScope::EachProfile {} => Scope::EachProfile,
        LimitScope::Profile { profile } => Scope::Profile(profile),
        LimitScope::Provider { provider } => Scope::Provider(provider),
        LimitScope::Route { route } => Scope::Route(route),
        LimitScope::Model { model } => Scope::Model(model),
        LimitScope::Key { key } => Scope::Key(key),
    };
    Some(gateway::Limit { scope, measure, most: limit.most })
}

/// A limit and how much of it is used.
pub(crate) fn standing((limit, used): (Limit, workspace::Used)) -> LimitStanding {
    // That it is overdrawn, since somebody's raise ended, is nobody else's business.
    let most = limit.pool.unwrap_or_default();
    LimitStanding {
        limit,
        held: used.tally.held,
        spent: used.tally.spent,
        ends: used.ends,
        warned: used.warned,
        pool: used.pool.map(|pool| PoolStanding { used: pool.used.min(most), warned: pool.warned }),
    }
}

fn check(limits: &[Limit]) -> Result<(), Failure> {
    if limits.len() > MAX_LIMITS {
        return Err(Failure::invalid("At most 50 limits can be set."));
    }
    for (place, limit) in limits.iter().enumerate() {
        if limit.most > Limit::MOST {
            return Err(Failure::invalid(
                "A limit goes up to a million dollars, or 10¹⁵ of a kind.",
            ));
        }
        if !limit.has_sound_pool() {
            return Err(Failure::invalid(
                "Only what each person has within a time can have a pool: from 1 up to what a limit goes to.",
            ));
        }
        if let LimitScope::Route { route } = &limit.scope
            && route.chars().count() > MAX_ROUTE_NAME
        {
            return Err(Failure::invalid("A route's name has at most 60 characters."));
        }
        let earlier = limits.iter().take(place);
        if earlier.into_iter().any(|one| (&one.scope, one.measure) == (&limit.scope, limit.measure))
        {
            return Err(Failure::invalid("Two limits are about the same. Keep one of them."));
        }
    }
    Ok(())
}

/// The limit in words: "$5.00 a month".
pub(crate) fn words_for(limit: &Limit) -> String {
    let most = limit.most;
    let amount = match limit.measure {
        LimitMeasure::Requests { .. } if most == 1 => "1 request".to_owned(),
        LimitMeasure::Tokens { .. } if most == 1 => "1 token".to_owned(),
        LimitMeasure::AtOnce {} if most == 1 => return "1 answer at once".to_owned(),
        LimitMeasure::Requests { .. } => format!("{most} requests"),
        LimitMeasure::Tokens { .. } => format!("{most} tokens"),
        LimitMeasure::Money { .. } => dollars(most),
        LimitMeasure::AtOnce {} => return format!("{most} answers at once"),
    };
    match limit.measure.span() {
        Some(Span::Minute) => format!("{amount} a minute"),
        Some(Span::Hour) => format!("{amount} an hour"),
        Some(Span::Day) => format!("{amount} a day"),
        Some(Span::Month) | None => format!("{amount} a month"),
    }
}

/// The pool of a limit in the same words; none where it has none.
pub(crate) fn words_for_pool(limit: &Limit) -> Option<String> {
    limit.pool.map(|most| words_for(&Limit { most, ..limit.clone() }))
}

/// Nano-dollars as people write them: cents, and as many places more as it takes.
fn dollars(nano: u64) -> String {
    let (whole, part) = (nano / 1_000_000_000, nano % 1_000_000_000);
    let places = format!("{part:09}");
    let (cents, rest) = places.split_at(2);
    format!("${whole}.{cents}{}", rest.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(most: u64) -> Limit {
        let measure = LimitMeasure::Money { span: Span::Month };
        Limit::new(LimitScope::Workspace {}, measure, most)
    }

    #[test]
    fn a_limit_is_said_as_people_say_it() {
        assert_eq!(words_for(&money(5_000_000_000)), "$5.00 a month", "whole dollars have cents");
        assert_eq!(words_for(&money(1_234_500)), "$0.0012345 a month", "less than a cent is shown");
        let measure = LimitMeasure::Tokens { span: Span::Hour };
        assert_eq!(words_for(&Limit { measure, ..money(20) }), "20 tokens an hour");
        assert_eq!(words_for_pool(&money(20)), None, "there is none");
        let shared = Limit { measure, pool: Some(90), ..money(20) };
        assert_eq!(words_for_pool(&shared).as_deref(), Some("90 tokens an hour"), "its own amount");
    }

    #[test]
    fn limits_that_contradict_or_overflow_are_refused() {
        assert!(check(&[money(1), money(2)]).is_err(), "which of the two would hold?");
        assert!(check(&[money(Limit::MOST + 1)]).is_err(), "beyond what JSON keeps exactly");
        let other = Limit { scope: LimitScope::EachProfile {}, ..money(2) };
        assert!(check(&[money(1), other]).is_ok(), "about different people");
        assert!(check(&vec![money(1); 51]).is_err(), "too many");
        let pool = Some(9);
        let failure = check(&[Limit { pool, ..money(1) }]).unwrap_err();
        assert!(failure.message.starts_with("Only what each person has"), "{failure:?}");
        let each = Limit { scope: LimitScope::EachProfile {}, pool, ..money(1) };
        assert!(check(&[each]).is_ok(), "what each has may have one beside it");
    }

    #[test]
    fn what_must_survive_a_restart_is_not_left_to_memory() {
        let scope = LimitScope::Workspace {};
        for span in Span::ALL {
            let short = span == Span::Minute;
            for (measure, kept) in [
                (LimitMeasure::Money { span }, false),
                (LimitMeasure::Requests { span }, short),
                (LimitMeasure::Tokens { span }, short),
            ] {
                let limit = Limit::new(scope.clone(), measure, 1);
                assert_eq!(kept_by_the_gateway(&limit).is_some(), kept, "{measure:?}");
            }
        }
        let at_once = Limit::new(scope, LimitMeasure::AtOnce {}, 1);
        let measure = LimitMeasure::Requests { span: Span::Minute };
        let shared = Limit { pool: Some(9), ..Limit::new(LimitScope::EachProfile {}, measure, 1) };
        assert_eq!(kept_by_the_gateway(&shared), None, "it would have nobody draw on the pool");
        assert!(kept_by_the_gateway(&at_once).is_some(), "what runs is known here alone");
    }
}
