//! The messages that match, found newest first and no more than wanted.

use domain::{Author, ChatId, MessageId, UnixMs};
use rusqlite::{Connection, Row, ToSql, named_params};
use std::ops::RangeInclusive;

use super::Hit;
use super::parse::Query;
use super::snippet::Marks;
use crate::VaultError;
use crate::history::column::{Named, id};
use crate::history::day;

/// Twenty-four words around what was found.
const SNIPPET: &str = "snippet(message_index, 0, :open, :close, '…', 24)";
/// Characters in the snippet of a message that was found without words.
const BEGINNING: u32 = 160;
/// So many of the newest matches are looked through for words side by side.
const CANDIDATES: usize = 200;

/// Joins and filters behind a source of rows `i`. `CROSS JOIN` keeps the order: the source
/// gives rows newest first, each is looked up in the narrow table, and the search stops
/// when it has enough.
const FILTERED: &str = "
    CROSS JOIN message AS m ON m.row = i.rowid
    CROSS JOIN chat AS c ON c.row = m.chat
    WHERE i.rowid BETWEEN :first AND :last
      AND (:author IS NULL OR m.author = :author)
      AND (:from IS NULL OR m.created_at >= :from)
      AND (:until IS NULL OR m.created_at < :until)
      AND (:pinned IS NULL OR c.pinned = :pinned)
      AND (:archived IS NULL OR c.archived = :archived)
      AND (:model IS NULL OR instr(lower(m.model), :model) > 0)";

const HIT: &str = "c.id, c.title, m.id, m.author, m.created_at";

/// Up to `limit` hits, best first.
pub(super) fn find(
    connection: &Connection,
    query: &Query,
    limit: usize,
) -> Result<Vec<Hit>, VaultError> {
    let filters = &query.filters;
    let search = Search {
        connection,
        query,
        marks: Marks::new(sealed::random_bytes()),
        rows: day::rows(connection, filters.from, filters.until)?,
    };
    match (query.words(), query.side_by_side()) {
        (None, _) => search.newest(limit),
        (Some(words), None) => search.matching(&words, limit),
        (Some(words), Some(phrase)) => search.ranked(&words, &phrase, limit),
    }
}

struct Search<'a> {
    connection: &'a Connection,
    query: &'a Query,
    marks: Marks,
    rows: RangeInclusive<i64>,
}

impl Search<'_> {
    /// What passes the filters, the newest first, with its beginning as snippet.
    fn newest(&self, limit: usize) -> Result<Vec<Hit>, VaultError> {
        let sql = format!(
            "SELECT {HIT}, (SELECT substr(text, 1, {BEGINNING}) FROM body WHERE row = i.row)
             FROM message AS i {FILTERED} ORDER BY i.rowid DESC LIMIT :limit"
        );
        self.run(&sql, &[], &self.rows, limit, |row| self.hit(row))
    }

    /// What matches an FTS5 expression, the newest first.
    fn matching(&self, words: &str, limit: usize) -> Result<Vec<Hit>, VaultError> {
        let sql = format!(
            "SELECT {HIT}, {SNIPPET} FROM message_index AS i {FILTERED}
             AND message_index MATCH :words ORDER BY i.rowid DESC LIMIT :limit"
        );
        self.run(&sql, &self.marked(&words), &self.rows, limit, |row| self.hit(row))
    }

    /// What matches `words`; among the newest, those where they stand as in `phrase` first.
    fn ranked(&self, words: &str, phrase: &str, limit: usize) -> Result<Vec<Hit>, VaultError> {
        let candidates = self.matching_rows(words, &self.rows, CANDIDATES.max(limit))?;
        let (Some(first), Some(last)) = (candidates.last(), candidates.first()) else {
            return Ok(Vec::new());
        };
        let mut best = self.matching_rows(phrase, &(*first..=*last), limit)?;
        for row in candidates {
            if best.len() < limit && !best.contains(&row) {
                best.push(row);
            }
        }
        let list = format!("{best:?}");
        // The plus keeps SQLite from searching once for each row of the list.
        let sql = format!(
            "SELECT {HIT}, {SNIPPET}, i.rowid FROM message_index AS i {FILTERED}
             AND message_index MATCH :words
             AND +i.rowid IN (SELECT value FROM json_each(:list))
             ORDER BY i.rowid DESC LIMIT :limit"
        );
        let [words, open, close] = self.marked(&words);
        let bound = [words, open, close, (":list", &list as &dyn ToSql)];
        let hits = self.run(&sql, &bound, &self.rows, limit, |row| {
            Ok((row.get::<_, i64>(6)?, self.hit(row)?))
        });
        let mut hits = hits?;
        hits.sort_by_key(|(row, _)| best.iter().position(|at| at == row));
        Ok(hits.into_iter().map(|(_, hit)| hit).collect())
    }

    /// The rows that match an FTS5 expression, the newest first.
    fn matching_rows(
        &self,
        words: &str,
        within: &RangeInclusive<i64>,
        limit: usize,
    ) -> Result<Vec<i64>, VaultError> {
        let sql = format!(
            "SELECT i.rowid FROM message_index AS i {FILTERED}
             AND message_index MATCH :words ORDER BY i.rowid DESC LIMIT :limit"
        );
        self.run(&sql, &[(":words", &words)], within, limit, |row| row.get(0))
    }

    fn marked<'a>(&'a self, words: &'a &str) -> [(&'a str, &'a dyn ToSql); 3] {
        [(":words", words), (":open", &self.marks.open), (":close", &self.marks.close)]
    }

    /// Runs a statement with the filters and `more` bound.
    fn run<T>(
        &self,
        sql: &str,
        more: &[(&str, &dyn ToSql)],
        within: &RangeInclusive<i64>,
        limit: usize,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, VaultError> {
        let filters = &self.query.filters;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (author, from, until) =
            (filters.author.map(Named), filters.from.map(|at| at.0), filters.until.map(|at| at.0));
        let bound = named_params! {
            ":first": within.start(),
            ":last": within.end(),
            ":author": author,
            ":from": from,
            ":until": until,
            ":pinned": filters.pinned,
            ":archived": filters.archived,
            ":model": filters.model,
            ":limit": limit,
        };
        let bound: Vec<_> = bound.iter().chain(more).copied().collect();
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_map(bound.as_slice(), read)?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
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
