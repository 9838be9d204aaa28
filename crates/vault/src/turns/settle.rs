//! Settling a turn: the journal becomes the message, once.

use domain::{Finish, TurnId, UnixMs};
use rusqlite::{Connection, Transaction};

use super::commitments::committed;
use super::{Recovered, Settlement};
use crate::branch::{Versioned, tree, versioned};
use crate::history::body::Body;
use crate::history::turn::TurnRow;
use crate::history::{body, chat, journal, message, turn};
use crate::{Vault, VaultError, limits};

impl Vault {
    /// Ends a turn: what the journal holds becomes the answer's text. The first settlement
    /// counts; settling again changes nothing and returns what stands.
    ///
    /// # Errors
    /// `NotFound` for an unknown turn, or one whose message was deleted; `Database`.
    pub async fn settle_turn(
        &self,
        id: TurnId,
        settlement: Settlement,
    ) -> Result<Versioned, VaultError> {
        self.change(move |tx| {
            let turn = turn::find(tx, id)?.ok_or(VaultError::NotFound)?;
            if !turn.settled {
                settle(tx, &turn, settlement)?;
            }
            answer(tx, &turn)
        })
        .await
    }

    /// Settles what a crash left open, as its closing record says, else as interrupted. Call
    /// it once after opening, before any turn begins.
    ///
    /// # Errors
    /// `Database`.
    pub async fn replay_unsettled(&self, now: UnixMs) -> Result<Vec<Recovered>, VaultError> {
        let left = |connection: &Connection| Ok::<_, VaultError>(turn::unsettled(connection)?);
        if self.0.history.read(left).await?.is_empty() {
            return Ok(Vec::new());
        }
        self.change(move |tx| left(tx)?.iter().map(|turn| recover(tx, turn, now)).collect()).await
    }
}

fn settle(tx: &Transaction<'_>, turn: &TurnRow, settlement: Settlement) -> Result<(), VaultError> {
    let old = body::at(tx, turn.answer)?.ok_or(VaultError::NotFound)?;
    let (text, reasoning) = journal::read(tx, turn.id)?;
    let new = Body {
        text: format!("{}{text}", old.text),
        reasoning: format!("{}{reasoning}", old.reasoning),
        provenance: settlement.provenance.or_else(|| old.provenance.clone()),
    };
    body::replace(tx, turn.answer, &old, &new)?;
    message::end(tx, turn.answer, settlement.finish)?;
    journal::remove(tx, turn.id)?;
    turn::settle(tx, turn.id)?;
    let chat = chat::at(tx, turn.chat)?.ok_or(VaultError::NotFound)?;
    if let Some(title) = settlement.title.as_deref().and_then(better_title).filter(|_| !chat.titled)
    {
        chat::set_title(tx, &chat, &title, false)?;
    }
    chat::touch(tx, chat.row, settlement.now)?;
    Ok(chat::set_unread(tx, chat.row, true)?)
}

fn answer(tx: &Transaction<'_>, turn: &TurnRow) -> Result<Versioned, VaultError> {
    let message = message::at(tx, turn.answer)?.ok_or(VaultError::NotFound)?;
    let chat = chat::at(tx, turn.chat)?.ok_or(VaultError::NotFound)?;
    versioned(tx, chat.shown.id, &tree(tx, &chat)?, message.id)
}

fn recover(tx: &Transaction<'_>, turn: &TurnRow, now: UnixMs) -> Result<Recovered, VaultError> {
    let message = message::at(tx, turn.answer)?.ok_or(VaultError::NotFound)?;
    let chat = chat::at(tx, turn.chat)?.ok_or(VaultError::NotFound)?;
    let finish = turn.finish.unwrap_or(Finish::Interrupted);
    let provenance = turn.provenance.clone();
    let settlement = Settlement { finish, provenance: provenance.clone(), title: None, now };
    settle(tx, turn, settlement)?;
    let committed = committed(tx, turn)?;
    let (turn, chat, answer) = (turn.id, chat.shown.id, message.id);
    Ok(Recovered { turn, chat, answer, finish, provenance, committed })
}

/// A made title as one line of bearable length; none if nothing is left.
fn better_title(title: &str) -> Option<String> {
    let line = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().take(limits::TITLE_CHARS).collect();
    (!line.is_empty()).then_some(line)
}
