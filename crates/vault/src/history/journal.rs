//! Table `journal`: the text of answers that are still being written.

use domain::TurnId;
use rusqlite::{Connection, Transaction};

pub(crate) fn append(
    tx: &Transaction<'_>,
    turn: TurnId,
    text: &str,
    reasoning: &str,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO journal (turn, seq, text, reasoning)
         VALUES (?1, (SELECT ifnull(max(seq), 0) + 1 FROM journal WHERE turn = ?1), ?2, ?3)",
    )?
    .execute((turn.as_bytes(), text, reasoning))?;
    Ok(())
}

/// Everything that was appended: text and reasoning.
pub(crate) fn read(connection: &Connection, turn: TurnId) -> rusqlite::Result<(String, String)> {
    let mut statement = connection
        .prepare_cached("SELECT text, reasoning FROM journal WHERE turn = ?1 ORDER BY seq")?;
    let mut rows = statement.query([turn.as_bytes()])?;
    let (mut text, mut reasoning) = (String::new(), String::new());
    while let Some(row) = rows.next()? {
        text.push_str(row.get_ref(0)?.as_str()?);
        reasoning.push_str(row.get_ref(1)?.as_str()?);
    }
    Ok((text, reasoning))
}

pub(crate) fn remove(tx: &Transaction<'_>, turn: TurnId) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM journal WHERE turn = ?1")?.execute([turn.as_bytes()])?;
    Ok(())
}
