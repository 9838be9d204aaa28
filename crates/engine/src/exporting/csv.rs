//! A table that spreadsheets read (RFC 4180): a row for each event.
//!
//! No cell is run as a formula (see `cells.rs`). The last column is the whole
//! event, of which the others are the parts that people sort by.

use serde_json::Value;
use workspace::RecordedEvent;

use crate::api::Failure;
use crate::cells::{dollars, exact_moment, harmless};

const HEAD: [&str; 21] = [
    "number",
    "time_utc",
    "actor",
    "session",
    "kind",
    "on",
    "provider",
    "model",
    "route",
    "attempt",
    "class",
    "status",
    "http_status",
    "tokens_in",
    "tokens_out",
    "usd",
    "count",
    "input_commitment",
    "output_commitment",
    "hash",
    "event",
];

/// Where an event says whom or what it was about; the first that is there counts.
const ABOUT: [&str; 8] =
    ["on", "member", "profile", "invitation", "request", "program", "group", "key"];

/// The names of the columns.
pub(super) fn head() -> Result<Vec<u8>, Failure> {
    table([HEAD.map(str::to_owned)].into_iter())
}

/// A row for each event.
pub(super) fn rows(events: &[RecordedEvent]) -> Result<Vec<u8>, Failure> {
    table(events.iter().map(row))
}

fn table(rows: impl Iterator<Item = [String; 21]>) -> Result<Vec<u8>, Failure> {
    let failed = || Failure::internal("the table could not be written");
    let terminator = ::csv::Terminator::CRLF;
    let mut table = ::csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
    for row in rows {
        table.write_record(row).map_err(|_| failed())?;
    }
    table.into_inner().map_err(|_| failed())
}

fn row(event: &RecordedEvent) -> [String; 21] {
    let read: Value = serde_json::from_str(&event.text).unwrap_or_default();
    let what = &read["what"];
    let text = |value: &Value| harmless(value.as_str().unwrap_or_default());
    let number = |value: &Value| value.as_u64().map(|one| one.to_string()).unwrap_or_default();
    let first = |values: &[&Value]| {
        let said = values.iter().find(|value| value.is_string());
        said.map(|value| text(value)).unwrap_or_default()
    };
    let about = ABOUT.map(|name| &what[name]);
    let (model, usage) = (&what["model"], &what["usage"]);
    [
        event.sequence.to_string(),
        harmless(&event.at.map(exact_moment).unwrap_or_default()),
        first(&[&read["actor"]["profile"], &read["actor"]]),
        text(&read["session"]),
        harmless(event.kind.as_deref().unwrap_or_default()),
        first(&about),
        first(&[&what["provider"], &model["provider"]]),
        first(&[&model["model"], &what["served_model"]]),
        text(&what["route"]),
        text(&what["attempt"]),
        text(&what["class"]),
        status(what),
        number(&what["http_status"]),
        number(&usage["input"]),
        number(&usage["output"]),
        what["cost"].as_i64().map(dollars).unwrap_or_default(),
        number(&what["count"]),
        text(&what["input"]),
        text(&what["output"]),
        event.hash.clone(),
        whole(&event.text, read.is_object()),
    ]
}

/// How a call ended, or that something was refused.
fn status(what: &Value) -> String {
    match what["kind"].as_str() {
        Some("denied") => "denied".to_owned(),
        Some("attempt_outcome") => {
            let said = what["failure"].as_str().or_else(|| what["finish"].as_str());
            harmless(said.unwrap_or("unknown"))
        }
        _ => String::new(),
    }
}

/// The event as it was signed, but for semicolons, which JSON may write otherwise: where people
/// write decimal commas, spreadsheets part cells at them.
fn whole(text: &str, is_object: bool) -> String {
    if is_object && !text.contains(char::is_control) {
        text.replace(';', "\\u003b")
    } else {
        harmless(text)
    }
}

#[cfg(test)]
mod tests {
    use domain::UnixMs;

    use super::*;

    fn event(what: &str) -> RecordedEvent {
        let text = format!(
            r#"{{"actor":{{"profile":"mira"}},"at":1795716062003,"session":"s1","what":{what}}}"#
        );
        let kind = serde_json::from_str::<Value>(what).unwrap()["kind"].as_str().map(str::to_owned);
        let (at, hash) = (Some(UnixMs(1_795_716_062_003)), "ab".repeat(32));
        RecordedEvent { sequence: 7, at, actor: None, kind, text, hash, signature: String::new() }
    }

    fn cells(table: &[u8]) -> Vec<Vec<String>> {
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(table);
        let row = |row: Result<::csv::StringRecord, _>| {
            row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()
        };
        reader.records().map(row).collect()
    }

    /// The cells of the one row that this event makes, by their columns.
    fn row_of(event: &RecordedEvent) -> std::collections::HashMap<&'static str, String> {
        let rows = cells(&rows(std::slice::from_ref(event)).unwrap());
        assert_eq!(rows.len(), 1, "one row an event");
        HEAD.into_iter().zip(rows.into_iter().flatten()).collect()
    }

    #[test]
    fn a_row_says_who_did_what_when_and_for_how_much() {
        let outcome = r#"{"attempt":"a1","cost":19000000,"failure":null,"finish":"complete","http_status":200,"input":"c0ffee","kind":"attempt_outcome","served_model":"large","usage":{"input":12,"output":3}}"#;
        let event = event(outcome);
        let row = row_of(&event);
        for (column, expected) in [
            ("number", "7"),
            ("time_utc", "2026-11-26T18:01:02.003Z"),
            ("actor", "mira"),
            ("session", "s1"),
            ("kind", "attempt_outcome"),
            ("model", "large"),
            ("attempt", "a1"),
            ("status", "complete"),
            ("http_status", "200"),
            ("tokens_in", "12"),
            ("tokens_out", "3"),
            ("usd", "0.019000000"),
            ("input_commitment", "c0ffee"),
            ("output_commitment", ""),
            ("hash", &event.hash),
            ("event", &event.text),
        ] {
            assert_eq!(row[column], expected, "{column}");
        }
    }

    #[test]
    fn whom_or_what_it_was_about_stands_in_one_column() {
        let of = |what: &str| row_of(&event(what))["on"].clone();
        assert_eq!(of(r#"{"kind":"denied","on":"model x","rules":[]}"#), "model x");
        assert_eq!(of(r#"{"kind":"role_assigned","member":"jonas","role":"admin"}"#), "jonas");
        assert_eq!(of(r#"{"kind":"locked"}"#), "", "nothing further");
    }

    #[test]
    fn no_word_of_a_provider_or_an_admin_is_run_as_a_formula() {
        let hostile =
            r#"{"kind":"attempt_outcome","failure":"=1","served_model":"+1;=HYPERLINK(\"x\")"}"#;
        let row = row_of(&event(hostile));
        assert_eq!((&*row["model"], &*row["status"]), ("'+1 =HYPERLINK(\"x\")", "'=1"));
        let whole: Value = serde_json::from_str(&row["event"]).expect("it is still JSON");
        assert_eq!(whole["what"]["served_model"], "+1;=HYPERLINK(\"x\")", "and the same");
        let table = rows(&[event(hostile)]).unwrap();
        assert!(!String::from_utf8(table).unwrap().contains(';'), "no cell begins in it elsewhere");
    }

    #[test]
    fn what_is_no_event_has_a_row_all_the_same() {
        for text in ["=1+1", "{\n\"x\":1;\n=2}", "", "[]"] {
            let bare = RecordedEvent {
                at: None,
                kind: None,
                text: text.to_owned(),
                ..event(r#"{"kind":"locked"}"#)
            };
            let row = row_of(&bare);
            assert_eq!((&*row["number"], &*row["kind"]), ("7", ""), "{text:?}");
            let event = &row["event"];
            assert!(!event.starts_with('=') && !event.contains(['\n', ';']), "{event:?}");
        }
    }

    #[test]
    fn the_columns_have_names_and_lines_end_as_rfc_4180_says() {
        let head = String::from_utf8(head().unwrap()).unwrap();
        assert!(
            head.starts_with("number,time_utc,actor,") && head.ends_with("event\r\n"),
            "{head}"
        );
    }
}
