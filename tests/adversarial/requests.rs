//! A request of the right form for each command of a desk, and for those at the door that read.

use serde_json::Value;

/// Names nothing here.
const NO_ID: &str = "01890000-0000-7000-8000-000000000000";
/// A checkpoint of no workspace here.
const FOREIGN: &str = r#"{"note":"carrel.record/01890000-0000-7000-8000-000000000000\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u2014 member/01890000-0000-7000-8000-000000000000 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"}"#;

/// What is not there is asked about all the same.
const REQUESTS: &[(&str, &str)] = &[
    ("door_state", "{}"),
    ("judge_passphrase", r#"{"passphrase":"otters","context":[]}"#),
    ("about", "{}"),
    ("read_licence", r#"{"number":0}"#),
    ("examine_door", "{}"),
    ("desk_state", "{}"),
    ("lock", "{}"),
    ("stay_open", r#"{"used":true}"#),
    ("new_window", "{}"),
    ("switch_desk", "{}"),
    ("open_link", r#"{"url":"https://example.org"}"#),
    ("confirm_recovery", r#"{"typed":["otters"]}"#),
    ("renew_recovery", "{}"),
    ("change_passphrase", r#"{"current":"otters","new":"seven otters under the pier"}"#),
    ("remove_passphrase", r#"{"current":"otters"}"#),
    ("erase_desk", r#"{"passphrase":"otters","typed_name":"Jonas"}"#),
    ("back_up", "{}"),
    ("examine_desk", "{}"),
    ("list_chats", r#"{"archived":false,"before":null,"limit":50}"#),
    ("open_chat", r#"{"chat":"NO","around":null,"limit":50}"#),
    ("load_messages", r#"{"chat":"NO","from":0,"limit":50}"#),
    ("select_version", r#"{"message":"NO","limit":50}"#),
    ("read_message", r#"{"message":"NO"}"#),
    ("update_chat", r#"{"chat":"NO","title":"Otters","pinned":null,"archived":null,"class":null}"#),
    ("delete_chat", r#"{"chat":"NO"}"#),
    ("delete_message", r#"{"message":"NO"}"#),
    ("save_draft", r#"{"chat":null,"text":"Why?"}"#),
    ("read_new_draft", "{}"),
    ("search", r#"{"query":"asks","limit":20}"#),
    ("stop", r#"{"turn":"NO"}"#),
    ("skip_wait", r#"{"turn":"NO"}"#),
    ("turn_since", r#"{"turn":"NO","seq":0}"#),
    ("list_models", "{}"),
    ("explain", r#"{"action":"chat.send","row":{"kind":"ask"},"class":null}"#),
    ("own_limits", "{}"),
    ("estimate", r#"{"target":null,"chat":null,"class":null,"text":"Why?"}"#),
    ("list_providers", "{}"),
    (
        "save_provider",
        r#"{"id":null,"label":"Mine","dialect":"open_ai","base_url":"http://127.0.0.1:9/v1","key":null,"models":["m"],"for_guests":false,"nearby_allowed":false,"accepts":"internal","regions":[],"make_usual":false}"#,
    ),
    ("remove_provider", r#"{"id":"NO"}"#),
    ("save_key", r#"{"provider":"NO","id":null,"label":"Mine","key":"sk-1","first":true}"#),
    ("remove_key", r#"{"provider":"NO","id":"NO"}"#),
    (
        "test_provider",
        r#"{"id":null,"key_id":null,"dialect":"open_ai","base_url":"http://127.0.0.1:9/v1","nearby_allowed":false,"key":null}"#,
    ),
    ("try_model", r#"{"model":{"provider":"NO","model":"m"},"key":null}"#),
    ("try_target", r#"{"target":{"kind":"route","route":"NO"}}"#),
    ("detect_local", "{}"),
    ("list_built_in", "{}"),
    ("set_fallback", r#"{"models":[]}"#),
    ("list_routes", "{}"),
    (
        "save_route",
        r#"{"id":null,"name":"Mine","strategy":"ordered","candidates":[],"on_overflow":[],"on_refusal":[],"make_usual":false}"#,
    ),
    ("remove_route", r#"{"id":"NO"}"#),
    ("provider_health", "{}"),
    ("read_catalogue", "{}"),
    ("save_override", r#"{"model":{"provider":"NO","model":"m"},"own":null}"#),
    ("import_catalogue", r#"{"text":"{}","date":"2026-11-24","accept":false}"#),
    ("drop_catalogue", "{}"),
    ("read_usage", r#"{"of":{"kind":"me"},"period":"month","back":0}"#),
    ("export_usage", r#"{"of":{"kind":"me"},"period":"month","back":0}"#),
    ("read_limits", "{}"),
    ("write_limits", r#"{"limits":[],"block_unpriced":false,"time_zone":null,"warn_at":[]}"#),
    ("read_policy", "{}"),
    ("preview_cells", r#"{"version":0,"changes":[]}"#),
    ("write_cells", r#"{"version":0,"changes":[]}"#),
    ("save_role", r#"{"version":0,"id":null,"name":"Mine","like_member":true}"#),
    ("remove_role", r#"{"version":0,"id":"NO"}"#),
    ("policy_words", "{}"),
    ("check_statement", r#"{"id":"mine","text":"permit (principal"}"#),
    (
        "save_statement",
        r#"{"version":0,"was":null,"statement":{"id":"Mine","text":"permit (principal, action == Action::\"chat.send\", resource);"}}"#,
    ),
    ("remove_statement", r#"{"version":0,"id":"Mine"}"#),
    ("read_policy_history", r#"{"before":null}"#),
    ("view_access", r#"{"member":"NO"}"#),
    ("list_requests", "{}"),
    (
        "ask_for",
        r#"{"subject":{"kind":"access","row":{"kind":"ask"}},"amount":null,"reason":"Why not?"}"#,
    ),
    ("withdraw_request", r#"{"id":"NO"}"#),
    ("saw_news", "{}"),
    ("decide_request", r#"{"id":"NO","answer":{"kind":"decline"}}"#),
    ("take_back", r#"{"id":"NO"}"#),
    ("read_record", r#"{"newest_first":true,"beyond":null,"limit":9,"actor":null,"kinds":[]}"#),
    ("verify_record", r#"{"quick":true}"#),
    ("make_checkpoint", r#"{"save":false}"#),
    ("compare_checkpoint", FOREIGN),
    ("prove_event", r#"{"sequence":1,"note":null}"#),
    ("prove_growth", FOREIGN),
    ("prove_content", r#"{"answer":"NO","side":"input","save":false,"note":null}"#),
    ("export_record", r#"{"form":"jsonl"}"#),
    ("list_members", "{}"),
    ("list_groups", "{}"),
    ("save_group", r#"{"id":null,"name":"Mine","members":[]}"#),
    ("remove_group", r#"{"id":"NO"}"#),
    ("invite", r#"{"role":"member"}"#),
    ("revoke_invitation", r#"{"id":"NO"}"#),
    ("set_disabled", r#"{"member":"NO","disabled":true}"#),
    ("assign_role", r#"{"member":"NO","role":"manager"}"#),
    ("erase_member", r#"{"member":"NO","typed_name":"Mira"}"#),
    ("propose", r#"{"member":"NO","wanted":"admin"}"#),
    ("withdraw_proposal", r#"{"member":"NO"}"#),
    ("read_rules", "{}"),
    ("write_rules", r#"{"without_passphrase":true,"usual_class":"internal","home_regions":[]}"#),
    ("list_programs", "{}"),
    ("make_program", r#"{"name":"Mine","class":"internal"}"#),
    ("revoke_program", r#"{"id":"NO"}"#),
    ("read_settings", "{}"),
    (
        "write_settings",
        r#"{"theme":"system","text_scale":1.0,"compact":false,"language":null,"enter_sends":true,"lock_after_minutes":10,"lock_on_suspend":true,"usual_model":null,"usual_route":null,"instructions":"","sidebar_folded":false}"#,
    ),
];

/// A request that `command` reads; of what does not exist where it is about something.
///
/// # Panics
/// For a command that has none here.
pub(crate) fn request(command: &str) -> Value {
    let known = REQUESTS.iter().find(|(name, _)| *name == command);
    let (_, text) = known.unwrap_or_else(|| panic!("{command} has a request here"));
    serde_json::from_str(&text.replace("NO", NO_ID)).expect("JSON")
}
