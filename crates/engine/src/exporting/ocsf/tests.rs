use std::collections::BTreeSet;

use super::*;

const ID: &str = "0199a000-0000-7000-8000-000000000001";

/// What an event of each kind says.
const SAMPLES: &str = r#"
{"kind":"workspace_created"}
{"kind":"member_joined","role":"member","invitation":"ab"}
{"kind":"member_disabled","member":"ID"}
{"kind":"member_enabled","member":"ID"}
{"kind":"role_assigned","member":"ID","role":"auditor"}
{"kind":"proposal_made","member":"ID","wanted":"admin"}
{"kind":"proposal_withdrawn","member":"ID","wanted":"erasure"}
{"kind":"member_erased","member":"ID"}
{"kind":"invitation_made","invitation":"ab","role":"member","expires_at":1}
{"kind":"invitation_revoked","invitation":"ab"}
{"kind":"signed_in"}
{"kind":"failed_sign_ins","profile":"ID","count":3}
{"kind":"locked"}
{"kind":"passphrase_changed"}
{"kind":"passphrase_removed"}
{"kind":"recovery_used"}
{"kind":"passphrase_recovered","profile":"ID"}
{"kind":"recovery_renewed"}
{"kind":"provider_saved","provider":"ID","version":1,"key_changed":true}
{"kind":"provider_nearby","provider":"ID","version":2,"allowed":false}
{"kind":"provider_key_saved","provider":"ID","key":"ID","version":2,"key_changed":true}
{"kind":"provider_key_removed","provider":"ID","key":"ID","version":3}
{"kind":"provider_removed","provider":"ID"}
{"kind":"route_saved","route":"ID","version":2}
{"kind":"route_removed","route":"ID"}
{"kind":"guest_offer_restored","foreign":1,"missing":0}
{"kind":"provider_tested"}
{"kind":"program_made","program":"ID"}
{"kind":"program_revoked","program":"ID"}
{"kind":"settings_changed"}
{"kind":"limits_changed"}
{"kind":"override_saved","model":{"provider":"ID","model":"large"},"version":1}
{"kind":"denied","action":"model.use","on":"model large","rules":["builtin.class"],"count":2}
{"kind":"request_made","request":"ID","subject":{"kind":"access","row":{"kind":"programs"}},"reason":"HASH"}
{"kind":"request_withdrawn","request":"ID"}
{"kind":"request_decided","request":"ID"}
{"kind":"concession_ended","request":"ID"}
{"kind":"record_exported"}
{"kind":"access_viewed","member":"ID"}
{"kind":"group_saved","group":"ID"}
{"kind":"group_removed","group":"ID"}
{"kind":"limit_nearly_used","limit":{"scope":{"kind":"workspace"},"measure":{"kind":"money","span":"month"},"most":9},"percent":80}
{"kind":"checkpoint_made","size":3,"root":"HASH"}
{"kind":"checkpoints_begun","first":1,"public":"HASH"}
{"kind":"usage_exported","group":null}
{"kind":"policy_signed","version":4}
{"kind":"price_list_changed","text":null}
{"kind":"attempt_intent","attempt":"ID","turn":"ID","model":{"provider":"ID","model":"large"},"host":"","request_bytes":9}
{"kind":"attempt_outcome","attempt":"ID","finish":"failed","usage":null,"served_model":"large","failure":"transient","http_status":529,"total_ms":21,"billed":false,"input":"HASH"}
{"kind":"older_file_accepted"}
{"kind":"backup_restored","profile":"ID"}
{"kind":"workspace_restored","made_at":1,"generation":2}
{"kind":"door_restored","made_at":1}
{"kind":"spool_damaged","count":3}
"#;

fn samples() -> Vec<Value> {
    let text = SAMPLES.replace("ID", ID).replace("HASH", &"ab".repeat(32));
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn mapped(what: &Value, actor: Option<Actor>) -> Value {
    let text = json!({ "id": ID, "session": ID, "what": what }).to_string();
    let event = RecordedEvent {
        sequence: 7,
        at: Some(UnixMs(1_795_716_062_003)),
        actor,
        kind: what["kind"].as_str().map(str::to_owned),
        text,
        hash: "ab".repeat(32),
        signature: "cd".repeat(64),
    };
    let written = lines(&[event], ID.parse().unwrap());
    let text = String::from_utf8(written).unwrap();
    assert_eq!(text.lines().count(), 1, "one line an event");
    serde_json::from_str(&text).unwrap()
}

/// Of OCSF 1.3.0: a class, the activities that it knows, and the attributes that it requires
/// beside those of a Base Event. From `events/iam/account_change.json`, `authentication.json`,
/// `entity_management.json`, `user_access.json`, `group_management.json`,
/// `events/application/application_lifecycle.json` and `api.json` at the tag 1.3.0 of
/// github.com/ocsf/ocsf-schema.
const CLASSES: [(u64, u64, &[&str]); 8] = [
    (0, 0, &[]),
    (3001, 11, &["user"]),
    (3002, 6, &["user"]),
    (3004, 13, &["entity"]),
    (3005, 2, &["user", "privileges"]),
    (3006, 6, &["group"]),
    (6002, 8, &["app"]),
    (6003, 4, &["actor", "api", "src_endpoint"]),
];

/// `events/base_event.json`, `includes/classification.json` and `occurrence.json`, each with its
/// type in `dictionary.json`.
const OF_ALL: [&str; 6] =
    ["activity_id", "category_uid", "class_uid", "severity_id", "time", "type_uid"];

/// Objects, what they require, and what at least one must be there of: `objects/*.json`.
const OBJECTS: [(&str, &[&str], &[&str]); 10] = [
    ("metadata", &["product", "version"], &[]),
    ("product", &["vendor_name"], &["name", "uid"]),
    ("app", &["vendor_name"], &["name", "uid"]),
    ("user", &[], &["account", "name", "uid"]),
    ("actor", &[], &["process", "user", "invoked_by", "session", "app_name", "app_uid"]),
    ("entity", &[], &["name", "uid", "device", "group", "org", "policy", "user"]),
    ("group", &[], &["name", "uid"]),
    ("api", &["operation"], &[]),
    ("request", &["uid"], &[]),
    ("src_endpoint", &[], &["ip", "uid", "name", "hostname", "svc_name"]),
];

fn hold_objects(name: &str, value: &Value, kind: &str) {
    if let Some((_, required, one_of)) = OBJECTS.iter().find(|(object, ..)| *object == name) {
        for field in *required {
            assert!(!value[*field].is_null(), "{kind}: {name} requires {field}");
        }
        let any = one_of.is_empty() || one_of.iter().any(|field| !value[*field].is_null());
        assert!(any, "{kind}: {name} needs one of {one_of:?}");
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        hold_objects(name, value, kind);
    }
}

fn hold(line: &Value, kind: &str) {
    for field in OF_ALL {
        assert!(line[field].is_u64(), "{kind}: {field} is a number");
    }
    let class = line["class_uid"].as_u64().unwrap();
    let (_, activities, required) =
        CLASSES.iter().find(|(uid, ..)| *uid == class).expect("a class of the table");
    let activity = line["activity_id"].as_u64().unwrap();
    assert!(activity <= *activities || activity == 99, "{kind}: {class} knows no {activity}");
    assert_eq!(line["type_uid"], class * 100 + activity, "{kind}");
    assert_eq!(line["category_uid"], class / 1_000, "{kind}");
    for field in *required {
        assert!(!line[*field].is_null(), "{kind}: {class} requires {field}");
    }
    assert_eq!(line["metadata"]["version"], VERSION, "{kind}");
    hold_objects("", line, kind);
}

#[test]
fn every_kind_has_what_the_schema_requires_of_its_class() {
    for what in samples() {
        let kind = what["kind"].as_str().unwrap();
        let member = Some(Actor::Profile(ID.parse().unwrap()));
        for actor in [member, Some(Actor::Guest), Some(Actor::Door), None] {
            let line = mapped(&what, actor);
            hold(&line, kind);
            assert_ne!(line["class_uid"], 0, "{kind} has a class of its own");
        }
    }
}

#[test]
fn there_is_a_sample_of_every_kind() {
    let unknown = AuditKind::deserialize(&json!({ "kind": "?" })).unwrap_err().to_string();
    let kinds: BTreeSet<&str> = unknown.split('`').skip(3).step_by(2).collect();
    assert!(kinds.len() > 50, "serde names them all: {unknown}");
    let samples = samples();
    let sampled: BTreeSet<&str> = samples.iter().filter_map(|one| one["kind"].as_str()).collect();
    assert_eq!(sampled, kinds, "a new kind needs one here");
}

#[test]
fn nothing_of_an_event_is_lost() {
    let what = json!({ "kind": "signed_in" });
    let line = mapped(&what, Some(Actor::Guest));
    let raw: Value = serde_json::from_str(line["raw_data"].as_str().unwrap()).unwrap();
    assert_eq!(raw["what"], what, "as it was signed");
    let unmapped = json!({ "hash": "ab".repeat(32), "signature": "cd".repeat(64) });
    assert_eq!(line["unmapped"], unmapped, "and what proves it");
    assert_eq!(line["time"], 1_795_716_062_003_i64, "in milliseconds");
    assert_eq!(line["metadata"]["sequence"], 7, "in its place");
    assert_eq!(line["metadata"]["tenant_uid"], ID, "of its workspace");
}

#[test]
fn an_event_says_who_did_what_to_whom_and_whether_it_was_done() {
    let named = |kind: &str| {
        let of = samples().into_iter().find(|one| one["kind"] == kind).unwrap();
        mapped(&of, Some(Actor::Door))
    };
    let disabled = named("member_disabled");
    assert_eq!(disabled["type_name"], "Account Change: Disable");
    assert_eq!(
        (&disabled["user"]["uid"], &disabled["actor"]["user"]["name"]),
        (&ID.into(), &"door".into())
    );
    let role = named("role_assigned");
    assert_eq!((&role["type_uid"], &role["privileges"]), (&300_501.into(), &json!(["auditor"])));
    let tried = named("failed_sign_ins");
    assert_eq!((&tried["status"], &tried["count"]), (&"Failure".into(), &3.into()));
    let refused = named("denied");
    assert_eq!(
        (&refused["status_id"], &refused["api"]["operation"]),
        (&2.into(), &"model.use".into())
    );
    let (asked, answered) = (named("attempt_intent"), named("attempt_outcome"));
    let attempt = |line: &Value| line["metadata"]["correlation_uid"].clone();
    assert_eq!(attempt(&asked), attempt(&answered), "one call");
    assert_eq!((&asked["status"], &answered["status"]), (&"Unknown".into(), &"Failure".into()));
    assert_eq!(answered["api"]["response"], json!({ "code": 529, "error": "transient" }));
    assert_eq!(answered["duration"], 21, "milliseconds");
    let committed = json!("ab".repeat(32));
    assert_eq!(answered["unmapped"]["input"], committed, "what it says of the question");
    assert_eq!(answered["unmapped"].get("output"), None, "and of no answer");
}

#[test]
fn what_no_carrel_knows_is_a_base_event() {
    for what in [json!({ "kind": "from_the_future" }), json!(null), json!([1])] {
        let line = mapped(&what, None);
        hold(&line, "unknown");
        assert_eq!((&line["class_uid"], &line["type_uid"]), (&0.into(), &0.into()), "{what}");
        assert!(line["raw_data"].is_string(), "with all that stands there");
    }
}
