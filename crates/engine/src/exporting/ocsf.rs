//! Events of the Open Cybersecurity Schema Framework 1.3.0, one a line, for tools that read
//! those of many programs.
//!
//! Which class an event is of says `classes.rs`. Each carries the event as it was signed
//! (`raw_data`) and its hash and signature (`unmapped`), and so nothing is lost. What is no
//! event, or of a kind that only a newer Carrel knows, is a Base Event.

use domain::{UnixMs, WorkspaceId};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use workspace::{Actor, AuditKind, RecordedEvent};

use self::classes::Mapped;

mod classes;

/// The version of the schema.
const VERSION: &str = "1.3.0";

/// A line for each event.
pub(super) fn lines(events: &[RecordedEvent], workspace: WorkspaceId) -> Vec<u8> {
    let line = |event: &RecordedEvent| format!("{}\n", Value::Object(told(event, workspace)));
    events.iter().map(line).collect::<String>().into_bytes()
}

fn told(event: &RecordedEvent, workspace: WorkspaceId) -> Map<String, Value> {
    let read: Value = serde_json::from_str(&event.text).unwrap_or_default();
    let user = user_of(event.actor);
    let kind = AuditKind::deserialize(&read["what"]).ok();
    let mapped = kind.map_or_else(Mapped::unknown, |kind| classes::of(&kind, &user));
    let (class, activity) = (mapped.class, mapped.activity);
    let (uid, category) = (class.uid(), class.category());
    let UnixMs(at) = event.at.unwrap_or_default();
    let mut line = mapped.fields;
    let common = json!({
        "activity_id": activity.0,
        "activity_name": activity.1,
        "category_name": category.1,
        "category_uid": category.0,
        "class_name": class.name(),
        "class_uid": uid,
        "metadata": {
            "event_code": event.kind,
            "log_name": "record",
            "product": product(),
            "sequence": event.sequence,
            "tenant_uid": workspace,
            "uid": read["id"],
            "version": VERSION,
        },
        "raw_data": event.text,
        "severity": mapped.severity.name(),
        "severity_id": mapped.severity as u32,
        "status": mapped.status.name(),
        "status_id": mapped.status as u32,
        "time": at,
        "type_name": format!("{}: {}", class.name(), activity.1),
        "type_uid": uid * 100 + activity.0,
        "unmapped": unmapped(event, &read["what"]),
    });
    if let Value::Object(common) = common {
        line.extend(common);
    }
    if class.has_actor() {
        line.insert("actor".to_owned(), actor(&user, &read["session"]));
    }
    if let Some(metadata) = line.get_mut("metadata").and_then(Value::as_object_mut) {
        if let Some(attempt) = read["what"]["attempt"].as_str() {
            metadata.insert("correlation_uid".to_owned(), attempt.into());
        }
        if class.has_actor_by_profile() {
            metadata.insert("profiles".to_owned(), json!(["host"]));
        }
        metadata.retain(|_, value| !value.is_null());
    }
    line
}

/// What the schema has no place for: how the event is verified, and what it commits to.
fn unmapped(event: &RecordedEvent, what: &Value) -> Value {
    let mut unmapped = json!({ "hash": event.hash, "signature": event.signature });
    for side in ["input", "output"] {
        if what[side].is_string() {
            unmapped[side] = what[side].clone();
        }
    }
    unmapped
}

/// This program.
fn product() -> Value {
    json!({ "name": "Carrel", "vendor_name": "Carrel", "version": env!("CARGO_PKG_VERSION") })
}

fn actor(user: &Value, session: &Value) -> Value {
    match session.as_str() {
        Some(session) => json!({ "user": user, "session": { "uid": session } }),
        None => json!({ "user": user }),
    }
}

/// Pseudonyms, as they stand in the record. The type is 1 for a user, 3 for a system's own, 99
/// for another, 0 where it is not known.
fn user_of(actor: Option<Actor>) -> Value {
    match actor {
        Some(Actor::Profile(profile)) => json!({ "type_id": 1, "uid": profile }),
        Some(Actor::Guest) => json!({ "name": "guest", "type": "Guest", "type_id": 99 }),
        Some(Actor::Door) => json!({ "name": "door", "type_id": 3 }),
        None => json!({ "name": "unknown", "type_id": 0 }),
    }
}

#[cfg(test)]
mod tests;
