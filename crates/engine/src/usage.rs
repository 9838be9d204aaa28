//! What was used, for whoever may see it: amounts of others, and one's own chats by name.

use std::collections::HashMap;

use domain::{ChatId, NanoUsd, ProfileId, TurnId};
use policy::{Action, Grant, Resource};
use workspace::{Member, Period, Provider, Sums, Usage};

use crate::api::{
    ChatUsage, Failure, ModelUsage, PersonUsage, ReadUsage, SavedFile, UsageBar, UsageChoice,
    UsageOf, UsagePeriod, UsageSums, UsageView,
};
use crate::desk::Desk;
use crate::models::{is_local, label_of};

/// How far back anyone looks.
const MOST_BACK: u32 = 120;
const MOST_CHATS: usize = 20;

impl Desk {
    pub(crate) async fn read_usage(&self, request: ReadUsage) -> Result<UsageView, Failure> {
        let grant = self.may_see(request.of)?;
        let usage = self.usage(&grant, request).await?;
        let workspace = self.session.workspace()?;
        let (providers, members) = (workspace.providers().await?, workspace.members().await?);
        let shown = Shown { usage: &usage, providers: &providers, members: &members };
        let order = shown.order();
        let own = request.of == (UsageOf::Me {});
        let (chats, elsewhere) = if own { self.by_chat(&usage).await? } else { Default::default() };
        Ok(UsageView {
            begins: usage.edges.first().copied().unwrap_or(usage.now),
            ends: usage.edges.last().copied().unwrap_or(usage.now),
            choices: self.choices().await?,
            total: told(&usage.total),
            at_this_pace: at_this_pace(&usage),
            bars: shown.bars(&order),
            models: order.iter().filter_map(|place| shown.model(*place)).collect(),
            people: if own { Vec::new() } else { shown.people() },
            chats,
            elsewhere,
            time_zone: usage.time_zone.clone(),
        })
    }

    pub(crate) async fn export_usage(&self, request: ReadUsage) -> Result<SavedFile, Failure> {
        let grant = self.may_see(request.of)?;
        let usage = self.usage(&grant, request).await?;
        let workspace = self.session.workspace()?;
        let (providers, members) = (workspace.providers().await?, workspace.members().await?);
        let shown = Shown { usage: &usage, providers: &providers, members: &members };
        let table = csv::written(&shown)?;
        // Recorded before anything leaves.
        workspace.record_usage_export(&grant, self.app.now()).await?;
        let name = csv::file_name(&usage, request);
        Ok(SavedFile { path: self.app.save_file(&name, &table)? })
    }

    async fn usage(&self, grant: &Grant, request: ReadUsage) -> Result<Usage, Failure> {
        if request.back > MOST_BACK {
            return Err(Failure::invalid("Nothing is kept from so long ago."));
        }
        let period = match request.period {
            UsagePeriod::Week => Period::Week,
            UsagePeriod::Month => Period::Month,
            UsagePeriod::Year => Period::Year,
        };
        let workspace = self.session.workspace()?;
        Ok(workspace.usage(grant, period, request.back, self.app.now()).await?)
    }

    fn may_see(&self, of: UsageOf) -> Result<Grant, Failure> {
        match of {
            UsageOf::Me {} => self.allow_own(Action::UsageReadOwn),
            UsageOf::Group { group } => self.allow(Action::UsageReadAny, &Resource::Group(group)),
            UsageOf::Everyone {} => self.allow(Action::UsageReadAny, &Resource::Workspace),
        }
    }

    /// Whose use this person may see.
    async fn choices(&self) -> Result<Vec<UsageChoice>, Failure> {
        let mut choices = vec![UsageChoice { of: UsageOf::Me {}, name: None }];
        for group in self.session.workspace()?.groups().await? {
            let of = UsageOf::Group { group: group.id };
            if self.may_see(of).is_ok() {
                choices.push(UsageChoice { of, name: Some(group.name) });
            }
        }
        if self.may_see(UsageOf::Everyone {}).is_ok() {
            choices.push(UsageChoice { of: UsageOf::Everyone {}, name: None });
        }
        Ok(choices)
    }

    /// One's own turns by chat, the costliest first, and what belongs to none that is there.
    async fn by_chat(&self, usage: &Usage) -> Result<(Vec<ChatUsage>, Option<UsageSums>), Failure> {
        let turns: Vec<TurnId> = usage.by_turn.keys().copied().collect();
        let chats = self.session.vault.chats_of_turns(turns).await?;
        let mut found: HashMap<ChatId, (&str, Sums)> = HashMap::new();
        let mut elsewhere: Option<Sums> = None;
        for (turn, sums) in &usage.by_turn {
            let known = match chats.get(turn) {
                Some((chat, title)) => {
                    &mut found.entry(*chat).or_insert((title, Sums::default())).1
                }
                None => elsewhere.get_or_insert_default(),
            };
            *known = known.plus(*sums);
        }
        let shown = |(chat, (title, sums)): (ChatId, (&str, Sums))| ChatUsage {
            chat,
            title: title.to_owned(),
            sums: told(&sums),
        };
        let mut chats: Vec<ChatUsage> = found.into_iter().map(shown).collect();
        chats.sort_by_key(|one| (costliest(&one.sums), one.chat));
        chats.truncate(MOST_CHATS);
        Ok((chats, elsewhere.as_ref().map(told)))
    }
}

/// Sums with the names that people know.
pub(crate) struct Shown<'a> {
    pub(crate) usage: &'a Usage,
    providers: &'a [Provider],
    members: &'a [Member],
}

impl Shown<'_> {
    /// The places of the models, the costliest first, then the most used.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.usage.models.len()).collect();
        let key = |place: &usize| {
            let sums = self.usage.by_model.get(*place).map(told).unwrap_or_default();
            let name = self.usage.models.get(*place).map(|model| model.model.clone());
            (costliest(&sums), name)
        };
        order.sort_by_cached_key(key);
        order
    }

    pub(crate) fn model(&self, place: usize) -> Option<ModelUsage> {
        let (model, sums) = (self.usage.models.get(place)?, self.usage.by_model.get(place)?);
        let provider = self.providers.iter().find(|one| one.id == model.provider);
        Some(ModelUsage {
            model: model.clone(),
            label: provider.map_or_else(|| model.model.clone(), |one| label_of(one, &model.model)),
            provider: provider.map(|one| one.label.clone()),
            local: provider.is_some_and(is_local),
            sums: told(sums),
        })
    }

    fn bars(&self, order: &[usize]) -> Vec<UsageBar> {
        let parts = self.usage.edges.len().saturating_sub(1);
        let begins = self.usage.edges.iter().take(parts);
        let costs = vec![NanoUsd(0); order.len()];
        let mut bars: Vec<UsageBar> = begins
            .map(|begins| UsageBar { begins: *begins, answers: 0, costs: costs.clone() })
            .collect();
        let shown: HashMap<usize, usize> = order.iter().copied().zip(0..).collect();
        for row in &self.usage.rows {
            let Some(bar) = bars.get_mut(row.part) else { continue };
            bar.answers = bar.answers.saturating_add(small(row.sums.answers));
            let place = shown.get(&row.model).copied();
            if let Some(cost) = place.and_then(|place| bar.costs.get_mut(place)) {
                let sums = &row.sums;
                cost.0 = cost.0.saturating_add(sums.cost.0).saturating_add(sums.held.0);
            }
        }
        bars
    }

    fn people(&self) -> Vec<PersonUsage> {
        let mut people: Vec<PersonUsage> = self
            .usage
            .by_person
            .iter()
            .map(|(profile, sums)| {
                let member = self.member(*profile);
                PersonUsage {
                    profile: *profile,
                    name: member.map(|one| one.name.clone()).unwrap_or_default(),
                    avatar: member.filter(|one| !one.erased).map(|one| one.avatar),
                    sums: told(sums),
                }
            })
            .collect();
        people.sort_by_key(|one| (costliest(&one.sums), one.profile));
        people
    }

    pub(crate) fn member(&self, profile: ProfileId) -> Option<&Member> {
        self.members.iter().find(|one| one.profile == profile)
    }
}

/// What it comes to if it goes on like this: once a tenth of the time is over, and until its end.
fn at_this_pace(usage: &Usage) -> Option<NanoUsd> {
    let (begins, ends) = (usage.edges.first()?.0, usage.edges.last()?.0);
    let (passed, whole) = (usage.now.0.checked_sub(begins)?, ends.checked_sub(begins)?);
    if usage.now.0 >= ends || passed.saturating_mul(10) < whole {
        return None;
    }
    let spent = i128::from(usage.total.cost.0);
    let projected = spent * i128::from(whole) / i128::from(passed.max(1));
    i64::try_from(projected).ok().map(NanoUsd)
}

fn told(sums: &Sums) -> UsageSums {
    UsageSums {
        cost: sums.cost,
        held: sums.held,
        answers: small(sums.answers),
        failed: small(sums.failed),
        fallbacks: small(sums.fallbacks),
        input: sums.input,
        output: sums.output,
        unpriced: small(sums.unpriced),
        usual_wait_ms: sums.usual_wait_ms,
    }
}

/// Sorts the costliest first, then what was used most.
fn costliest(sums: &UsageSums) -> (std::cmp::Reverse<i64>, std::cmp::Reverse<u32>) {
    let money = sums.cost.0.saturating_add(sums.held.0);
    (std::cmp::Reverse(money), std::cmp::Reverse(sums.answers))
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

mod csv;

#[cfg(test)]
mod tests;
