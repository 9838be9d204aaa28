//! What the record may say of a question and its answer, and the keys that stay here.
//!
//! Keys are made in the transaction that makes the closing record durable, before the record
//! says anything: a crash leaves a key that opens nothing, or both. Each text has a key of
//! its own, so that whoever is shown one of them learns nothing about the other.

use domain::{AttemptId, Author, MessageId};
use rusqlite::{Connection, Transaction};
use sealed::{Commitment, Key, Side};

use crate::history::commitment::{self, CommitmentRow};
use crate::history::turn::TurnRow;
use crate::history::{body, journal, message};
use crate::{Vault, VaultError};

/// Commitments to the texts of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitments {
    /// The call.
    pub attempt: AttemptId,
    /// To the question.
    pub input: Commitment,
    /// To the answer as it was kept by the end of the call, without its reasoning; of an
    /// answer that was gone on with, all of it.
    pub output: Commitment,
}

/// What opens a commitment.
#[derive(Debug)]
pub struct ContentKey {
    /// The call.
    pub attempt: AttemptId,
    /// The text, as the call committed to it.
    pub text: String,
    /// Its key.
    pub key: Key,
}

impl Vault {
    /// The texts and the keys of what was committed to of an answer, or of its question, the
    /// last call first: an answer that was gone on with has one for each of its calls.
    ///
    /// # Errors
    /// `NotFound` for an unknown answer; `Database`.
    pub async fn content_keys(
        &self,
        answer: MessageId,
        side: Side,
    ) -> Result<Vec<ContentKey>, VaultError> {
        let read = self.0.history.read(move |connection| {
            let answer = message::find(connection, answer)?.ok_or(VaultError::NotFound)?;
            let mut keys = Vec::new();
            for row in commitment::of_answer(connection, answer.row)? {
                let (text, key) = match side {
                    Side::Input => (question(connection, answer.row)?, row.input_key),
                    Side::Output => {
                        let body = body::at(connection, answer.row)?;
                        let text = body.and_then(|body| beginning(body.text, row.output_bytes));
                        (text, row.output_key)
                    }
                };
                let attempt = row.attempt;
                keys.extend(text.map(|text| ContentKey { attempt, text, key }));
            }
            Ok(keys)
        });
        read.await
    }
}

/// Makes keys for a call that has just ended, and commits to its texts with them.
pub(super) fn commit(
    tx: &Transaction<'_>,
    turn: &TurnRow,
    attempt: AttemptId,
) -> Result<Option<Commitments>, VaultError> {
    let Some(body) = body::at(tx, turn.answer)? else { return Ok(None) };
    if question(tx, turn.answer)?.is_none() {
        return Ok(None);
    }
    let (arrived, _) = journal::read(tx, turn.id)?;
    let answer = body.text + &arrived;
    let row = CommitmentRow {
        attempt,
        input_key: Key::random(),
        output_key: Key::random(),
        output_bytes: i64::try_from(answer.len()).unwrap_or(i64::MAX),
    };
    // A call that closed before keeps its keys: the record may speak of them already.
    let row = commitment::kept(tx, turn.id, row)?;
    to_texts(tx, turn, &row, answer)
}

/// What was committed to in this call, once its turn is settled.
pub(super) fn committed(
    connection: &Connection,
    turn: &TurnRow,
) -> Result<Option<Commitments>, VaultError> {
    let row = commitment::of_turn(connection, turn.id)?;
    let body = body::at(connection, turn.answer)?;
    match row.zip(body) {
        Some((row, body)) => to_texts(connection, turn, &row, body.text),
        None => Ok(None),
    }
}

fn to_texts(
    connection: &Connection,
    turn: &TurnRow,
    row: &CommitmentRow,
    answer: String,
) -> Result<Option<Commitments>, VaultError> {
    let texts = question(connection, turn.answer)?.zip(beginning(answer, row.output_bytes));
    Ok(texts.map(|(question, answer)| Commitments {
        attempt: row.attempt,
        input: Commitment::to(&question, Side::Input, row.attempt, &row.input_key),
        output: Commitment::to(&answer, Side::Output, row.attempt, &row.output_key),
    }))
}

/// What the answer was by the end of the call.
fn beginning(mut answer: String, bytes: i64) -> Option<String> {
    let bytes = usize::try_from(bytes).ok()?;
    answer.get(..bytes)?;
    answer.truncate(bytes);
    Some(answer)
}

/// The text of the question that an answer follows.
fn question(connection: &Connection, answer: i64) -> Result<Option<String>, VaultError> {
    let answer = message::at(connection, answer)?;
    let Some(asked) = answer.and_then(|answer| answer.parent) else { return Ok(None) };
    let asked = message::find(connection, asked)?;
    let Some(asked) = asked.filter(|one| one.author == Author::User) else { return Ok(None) };
    Ok(body::at(connection, asked.row)?.map(|body| body.text))
}
