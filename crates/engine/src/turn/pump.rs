//! Carries an answer's text from the gateway to the screen and the journal.
//!
//! The gateway puts deltas into a small buffer; the pump empties it in
//! batches: to the screen at every frame or two, to the journal four times a
//! second or sooner. A crash therefore loses at most a quarter of a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::TurnId;
use tokio::sync::Notify;
use tokio::time::Instant;
use vault::{Vault, VaultError};

use crate::api::TurnEvent;
use crate::turn::log::TurnLog;

/// How often text goes to the screen.
pub(crate) const FRAME: Duration = Duration::from_millis(25);
/// How long text may wait before it is durable; leaves 50 ms for the commit.
const JOURNAL_EVERY: Duration = Duration::from_millis(200);
/// Text beyond this is made durable at once, in bytes.
const JOURNAL_AT_BYTES: usize = 64 * 1024;

/// Text that arrived and was not shown yet.
#[derive(Default)]
pub(crate) struct Inbox {
    state: Mutex<Pending>,
    ended: Notify,
}

#[derive(Default)]
struct Pending {
    text: String,
    reasoning: String,
    notices: Vec<TurnEvent>,
}

impl Inbox {
    pub(crate) fn text(&self, text: &str) {
        self.pending().text.push_str(text);
    }

    pub(crate) fn reasoning(&self, text: &str) {
        self.pending().reasoning.push_str(text);
    }

    pub(crate) fn notice(&self, event: TurnEvent) {
        self.pending().notices.push(event);
    }

    /// No more will come.
    pub(crate) fn end(&self) {
        self.ended.notify_one();
    }

    fn take(&self) -> Pending {
        std::mem::take(&mut *self.pending())
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, Pending> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Empties the inbox into the log and the journal.
pub(crate) struct Pump {
    turn: TurnId,
    vault: Vault,
    log: Arc<TurnLog>,
    text: String,
    reasoning: String,
    unsaved_since: Option<Instant>,
}

impl Pump {
    pub(crate) fn new(turn: TurnId, vault: Vault, log: Arc<TurnLog>) -> Self {
        Self {
            turn,
            vault,
            log,
            text: String::new(),
            reasoning: String::new(),
            unsaved_since: None,
        }
    }

    /// Shows what arrived and keeps it when it is due.
    pub(crate) async fn carry(&mut self, inbox: &Inbox) -> Result<(), VaultError> {
        let arrived = inbox.take();
        for notice in arrived.notices {
            self.log.push(vec![notice]);
        }
        if !arrived.text.is_empty() || !arrived.reasoning.is_empty() {
            self.log.push_text(&arrived.reasoning, &arrived.text);
            self.text.push_str(&arrived.text);
            self.reasoning.push_str(&arrived.reasoning);
            self.unsaved_since.get_or_insert_with(Instant::now);
        }
        let due = self.unsaved_since.is_some_and(|since| since.elapsed() >= JOURNAL_EVERY);
        if due || self.text.len() + self.reasoning.len() >= JOURNAL_AT_BYTES {
            self.keep().await?;
        }
        Ok(())
    }

    /// Shows and keeps everything that has arrived, now.
    pub(crate) async fn carry_all(&mut self, inbox: &Inbox) -> Result<(), VaultError> {
        self.carry(inbox).await?;
        self.keep().await
    }

    async fn keep(&mut self) -> Result<(), VaultError> {
        self.unsaved_since = None;
        if self.text.is_empty() && self.reasoning.is_empty() {
            return Ok(());
        }
        let (text, reasoning) =
            (std::mem::take(&mut self.text), std::mem::take(&mut self.reasoning));
        self.vault.journal_append(self.turn, text, reasoning).await
    }
}

/// Carries until `inbox.end()`; the last text is carried before it returns.
pub(crate) async fn carry_until_ended(
    pump: &tokio::sync::Mutex<Pump>,
    inbox: &Inbox,
) -> Result<(), VaultError> {
    let mut frames = tokio::time::interval(FRAME);
    frames.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let ended = inbox.ended.notified();
    tokio::pin!(ended);
    loop {
        tokio::select! {
            () = &mut ended => return pump.lock().await.carry_all(inbox).await,
            _ = frames.tick() => pump.lock().await.carry(inbox).await?,
        }
    }
}
