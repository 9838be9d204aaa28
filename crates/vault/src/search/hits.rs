//! The messages that match, found newest first and no more than wanted.

use domain::{Author, ChatId, MessageId, UnixMs};
use rusqlite::{Connection, Row, params};

use super::Hit;
use super::parse::{Filters, Query};
use super::snippet::Marks;
use crate::VaultError;
use crate::history::column::{Named, id};
use crate::history::day;

/// Words in a snippet.
const SNIPPET_WORDS: u32 = 24;
/// Characters in the snippet of a message that was found without words.
const BEGINNING: u32 = 160;

/// The joins and filters around a source of rows. `CROSS JOIN` keeps the order: the source
/// gives rows newest first, each is looked up in the narrow table, and the search stops
/// when it has enough.
const FILTERED: &str = "
      AND (?4 IS NULL OR m.author = ?4)
      AND (?5 IS NULL OR m.created_at >= ?5)
      AND (?6 IS NULL OR m.created_at < ?6)
      AND (?7 IS NULL OR c.pinned = ?7)
      AND (?8 IS NULL OR c.archived = ?8)
      AND (?9 IS NULL OR instr(lower(m.model), ?9) > 0)";

/// Up to `limit` hits, best first.
pub(super) fn find(
    connection: &Connection,
    query: &Query,
    limit: usize,
) -> Result<Vec<Hit>, VaultError> {
    let search = Search {
        connection,
        filters: &query.filters,
        marks: Marks::new(sealed::random_bytes()),
        limit,
    };
    let Some(words) = query.words() else {
        return search.newest();
    };
    let mut hits = match query.side_by_side() {
        Some(expression) => search.matching(&expression)?,
        None => Vec::new(),
    };
    if hits.len() < limit {
        for hit in search.matching(&words)? {
            if hits.len() < limit && hits.iter().all(|known| known.message != hit.message) {
                hits.push(hit);
            }
        }
    }
    Ok(hits)
}

struct Search<'a> {
    connection: &'a Connection,
    filters: &'a Filters,
    marks: Marks,
    limit: usize,
}

impl Search<'_> {
    /// What matches an FTS5 expression, the newest first.
    fn matching(&self, expression: &str) -> Result<Vec<Hit>, VaultError> {
        let snippet = format!("snippet(message_index, 0, ?11, ?12, '…', {SNIPPET_WORDS})");
        self.run(
            &format!(
                "SELECT c.id, c.title, m.id, m.author, m.created_at, {snippet}
                 FROM message_index AS i
                 CROSS JOIN message AS m ON m.row = i.rowid
                 CROSS JOIN chat AS c ON c.row = m.chat
                 WHERE message_index MATCH ?1 AND i.rowid BETWEEN ?2 AND ?3 {FILTERED}
                 ORDER BY i.rowid DESC LIMIT ?10"
            ),
            expression,
        )
    }

    /// What passes the filters, the newest first, with its beginning as snippet.
    fn newest(&self) -> Result<Vec<Hit>, VaultError> {
        self.run(
            &format!(
                "SELECT c.id, c.title, m.id, m.author, m.created_at,
                        (SELECT substr(text, 1, {BEGINNING}) FROM body WHERE body.row = m.row)
                 FROM message AS m CROSS JOIN chat AS c ON c.row = m.chat
                 WHERE ?1 || ?11 || ?12 NOT NULL AND m.row BETWEEN ?2 AND ?3 {FILTERED}
                 ORDER BY m.row DESC LIMIT ?10"
            ),
            "",
        )
    }

    fn run(&self, sql: &str, expression: &str) -> Result<Vec<Hit>, VaultError> {
        let filters = self.filters;
        let rows = day::rows(self.connection, filters.from, filters.until)?;
        let parameters = params![
            expression,
            rows.start(),
            rows.end(),
            filters.author.map(Named),
            filters.from.map(|at| at.0),
            filters.until.map(|at| at.0),
            filters.pinned,
            filters.archived,
            filters.model,
            i64::try_from(self.limit).unwrap_or(0),
            self.marks.open,
            self.marks.close,
        ];
        let mut statement = self.connection.prepare_cached(sql)?;
        let hits = statement.query_map(parameters, |row| self.hit(row))?;
        Ok(hits.collect::<rusqlite::Result<_>>()?)
    }

    fn hit(&self, row: &Row<'_>) -> rusqlite::Result<Hit> {
        Ok(Hit {
            chat: id(row, 0, ChatId::from_bytes)?,
            title: row.get(1)?,
            message: id(row, 2, MessageId::from_bytes)?,
            author: row.get::<_, Named<Author>>(3)?.0,
            created_at: UnixMs(row.get(4)?),
            snippet: self.marks.cut(row.get_ref(5)?.as_str()?),
        })
    }
}
