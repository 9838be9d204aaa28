//! What a question costs at most, before it is sent.
//!
//! Nothing is held, and nothing leaves. The sums are those that would be held:
//! the input counted as the gateway counts it, the longest answer it would ask
//! for, and the dearest rates that apply.

use std::collections::HashSet;

use agent::ModelCall;
use domain::{Author, LimitMeasure, NanoUsd, Prompt};
use gateway::{KnownOfModel, call_at_most};
use policy::Action;
use workspace::Provider;

use crate::api::{Estimate, Estimated, EstimatedModel, Failure, LimitStanding, MAX_MESSAGE_BYTES};
use crate::desk::Desk;
use crate::limits::standing;
use crate::models::{label_of, no_model};
use crate::price::PriceBook;
use crate::turn::Choice;

impl Desk {
    pub(crate) async fn estimate(&self, request: Estimate) -> Result<Estimated, Failure> {
        self.allow_own(Action::ChatSend)?;
        if request.text.len() > MAX_MESSAGE_BYTES {
            return Err(Failure::invalid("A message has at most 4 MiB. Split it, or shorten it."));
        }
        let providers = self.providers().await?;
        let bounds = self.bounds_of(request.chat, request.class).await?;
        let wanted = self.wanted(&request, &providers).await?;
        let way = self.way(wanted, &providers, &bounds).await?;
        let book = self.price_book().await?;
        let first = way.first().cloned().ok_or_else(no_model)?;
        let before = match request.chat {
            Some(chat) => self.session.vault.history_showing(chat).await?,
            None => Vec::new(),
        };
        let instructions = self.session.settings().await?.instructions;
        let mut call = agent::model_call(first, instructions, &before);
        call.messages.push(Prompt::text(Author::User, request.text));
        let mut seen = HashSet::new();
        let once = way.candidates.iter().filter(|choice| seen.insert(choice.model.clone()));
        let models: Vec<_> = once.map(|choice| estimated(choice, &call, &book)).collect();
        let dearest = models.iter().map(|one| one.up_to).collect::<Option<Vec<_>>>();
        let up_to = dearest.and_then(|prices| prices.into_iter().max());
        Ok(Estimated { models, up_to, left: self.least_money_left().await? })
    }

    async fn wanted(
        &self,
        request: &Estimate,
        providers: &[Provider],
    ) -> Result<Option<domain::Target>, Failure> {
        match (&request.target, request.chat) {
            (Some(target), _) => Ok(Some(target.clone())),
            (None, Some(chat)) => self.last_target(chat, providers).await,
            (None, None) => Ok(None),
        }
    }

    /// Of the limits on money that every call of this person counts against, the one with the
    /// least left.
    async fn least_money_left(&self) -> Result<Option<LimitStanding>, Failure> {
        let Some(workspace) = &self.session.workspace else { return Ok(None) };
        let session = &self.session;
        let limits = workspace.limits_of(session.profile, session.role, self.app.now()).await?;
        let is_money =
            |one: &LimitStanding| matches!(one.limit.measure, LimitMeasure::Money { .. });
        Ok(limits.into_iter().map(standing).filter(is_money).min_by_key(LimitStanding::left))
    }
}

fn estimated(choice: &Choice, call: &ModelCall, book: &PriceBook) -> EstimatedModel {
    let (provider, model) = (&choice.provider, &choice.model);
    let facts = book.facts(provider, &model.model);
    let listed = facts.as_ref().and_then(|facts| facts.max_output);
    let known = KnownOfModel {
        dialect: provider.dialect,
        model: &model.model,
        context: facts.as_ref().and_then(|facts| facts.context),
        longest: listed.into_iter().chain(choice.max_output).min(),
    };
    let size = call_at_most(known, &call.system, &call.messages);
    let price = book.price(provider, &model.model).ceiling(size.input);
    EstimatedModel {
        model: model.clone(),
        label: label_of(provider, &model.model),
        input: size.input,
        output: size.output,
        up_to: price.map(|price| price.at(size.output)).map(|NanoUsd(nano)| NanoUsd(nano.max(0))),
    }
}
