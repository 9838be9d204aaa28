//! What happens on a desk, written into the workspace's record.
//!
//! A guest has no key to the workspace: their events are sealed into the
//! door's spool and enter the record when a member next unlocks.

use std::sync::Arc;
use std::time::Duration;

use domain::{AttemptId, Tokens, UnixMs};
use policy::Grant;
use vault::Recovered;
use workspace::{AttemptEnd, AttemptStart, AuditKind, Wish};

use crate::App;
use crate::api::Failure;
use crate::departures::Noted;
use crate::door::Caller;
use crate::session::Session;

/// Between two checkpoints while calls are made.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);

impl Session {
    /// Records that something happened on this desk.
    pub(crate) async fn record(&self, app: &App, kind: AuditKind) -> Result<(), Failure> {
        match &self.workspace {
            Some(workspace) => {
                workspace.record(kind, app.now()).await?;
                Ok(())
            }
            None => self.spool(app, kind, app.now()).await,
        }
    }

    /// Takes what an attempt may use from the limits and records it, before it leaves; returns
    /// its output cap. A guest's models have no key and cost the workspace nothing.
    pub(crate) async fn open_attempt(
        &self,
        app: &App,
        grant: &Grant,
        start: AttemptStart,
        wish: Wish,
    ) -> Result<Tokens, Failure> {
        let now = app.now();
        match &self.workspace {
            Some(workspace) => Ok(workspace.open_attempt(grant, start, wish, now).await?.output),
            None => {
                let hold = wish.price.map(|price| price.at(wish.output));
                let start = AttemptStart { hold, output_cap: Some(wish.output), ..start };
                self.spool(app, AuditKind::AttemptIntent(start), now).await?;
                Ok(wish.output)
            }
        }
    }

    /// Records what became of an attempt; once, however often it is called.
    pub(crate) async fn settle_attempt(&self, app: &App, end: AttemptEnd) -> Result<(), Failure> {
        let now = app.now();
        match &self.workspace {
            Some(workspace) => {
                workspace.settle_attempt(end, now).await?;
                Ok(())
            }
            None => self.spool(app, AuditKind::AttemptOutcome(end), now).await,
        }
    }

    /// Settles what a crash left open, in the vault and then in the record: with what the
    /// answer's card says, where it was written; as released, where the desk's notes show that
    /// it never left; else as unknown, and then the most that it can have cost counts.
    pub(crate) async fn replay(&self, noted: &Noted, now: UnixMs) -> Result<(), Failure> {
        let recovered = self.vault.replay_unsettled(now).await?;
        if let Some(workspace) = &self.workspace {
            for left in workspace.unsettled_attempts().await? {
                let end = recovered.iter().find_map(|one| known(one, left.attempt));
                let end = end.unwrap_or_else(|| match noted.never_left(left.attempt) {
                    true => AttemptEnd::never_left(left.attempt),
                    false => AttemptEnd::unknown(left.attempt),
                });
                workspace.settle_attempt(end, now).await?;
            }
        }
        Ok(())
    }

    /// Makes checkpoints of the record while the desk is open, away from whoever waits: at once
    /// after anything that is no call, and else once in a minute in which something happened.
    pub(crate) fn keep_checkpoints(self: &Arc<Self>, app: &Arc<App>) {
        let (session, app) = (Arc::clone(self), Arc::clone(app));
        self.tasks.spawn(async move {
            let Some(workspace) = &session.workspace else { return };
            let due = async || {
                tokio::select! {
                    () = workspace.checkpoint_is_due() => {}
                    () = tokio::time::sleep(CHECKPOINT_EVERY) => {}
                }
            };
            while session.turns.unless_closed(due()).await.is_ok() {
                session.checkpoint(app.now()).await;
            }
        });
    }

    /// Makes a checkpoint where something was recorded since the last one.
    pub(crate) async fn checkpoint(&self, now: UnixMs) {
        let Some(workspace) = self.workspace.as_ref().filter(|one| one.record_grew()) else {
            return;
        };
        if let Err(error) = workspace.checkpoint(now).await {
            // What happened is recorded; the next checkpoint stands for it, too.
            tracing::error!(%error, "a checkpoint of the record could not be made");
        }
    }

    async fn spool(&self, app: &App, what: AuditKind, now: UnixMs) -> Result<(), Failure> {
        app.door()?.spool_guest(self.id, what, now).await?;
        Ok(())
    }
}

/// What the card of a recovered answer says of `attempt`.
fn known(recovered: &Recovered, attempt: AttemptId) -> Option<AttemptEnd> {
    let card = recovered.provenance.as_ref()?;
    let last = card.tries.last().filter(|one| one.attempt == attempt)?;
    let committed = recovered.committed.filter(|one| one.attempt == attempt);
    Some(AttemptEnd {
        attempt,
        finish: Some(recovered.finish),
        usage: Some(card.usage),
        served_model: card.served_model.clone(),
        failure: last.failure,
        http_status: last.http_status,
        first_token_ms: card.first_token_ms,
        total_ms: Some(card.total_ms),
        billed: (card.usage.total().0 > 0).then_some(true),
        // The card's is the price of all tries; this attempt's share is known where it is the only one.
        cost: card.cost.filter(|_| card.tries.len() == 1),
        overrun: None,
        input: committed.map(|one| one.input),
        output: committed.map(|one| one.output),
    })
}

impl Caller {
    /// Moves what happened before anyone was there into the record, and puts right what was
    /// done to the guests' offer meanwhile.
    pub(crate) async fn take_spooled(&self, session: &Session) -> Result<(), Failure> {
        if let Some(workspace) = &session.workspace {
            let door = self.app.door()?;
            workspace.take_spooled(door, self.app.now()).await?;
            workspace.restore_guest_offer(door, self.app.now()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
