//! Every command of a desk, by every role, from every kind of window.
//!
//! What each role may is written down here once more, apart from the policies:
//! whoever gives a role more has to say so in both places. The commands come
//! from the engine's own list, so that a new one is asked about at once.

use domain::Role;
use engine::api::{
    AssignRole, BackupList, DeskState, EraseDesk, EraseMember, Failure, FailureCode, Nothing,
    PolicyView, SaveRole, SetDisabled,
};
use engine::{DESK_COMMANDS, DESK_GATES};
use policy::Action;
use serde_json::{Value, json};
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};

pub(crate) const GUEST: &[Action] =
    &[Action::DeskUse, Action::ChatReadOwn, Action::ChatSend, Action::ProviderRead];
/// Of a made role that inherits nothing.
pub(crate) const ALONE: &[Action] = &[
    Action::DeskUse,
    Action::ChatReadOwn,
    Action::ProfileKeep,
    Action::ProfileErase,
    Action::RequestMake,
    Action::UsageReadOwn,
];
/// A member besides.
pub(crate) const MANAGER: &[Action] = &[Action::UsageReadAny];
pub(crate) const AUDITOR: &[Action] = &[
    Action::DeskUse,
    Action::ChatReadOwn,
    Action::ProfileKeep,
    Action::ProfileErase,
    Action::RequestMake,
    Action::UsageReadOwn,
    Action::UsageReadAny,
    Action::AuditRead,
    Action::MemberRead,
    Action::ProviderRead,
];
pub(crate) const MEMBER: &[Action] = &[
    Action::DeskUse,
    Action::ChatReadOwn,
    Action::ChatSend,
    Action::ProfileKeep,
    Action::ProfileErase,
    Action::RequestMake,
    Action::UsageReadOwn,
    Action::EndpointUse,
    Action::InstructionsSetOwn,
    Action::ProviderRead,
    Action::MemberRead,
];

/// Commands that close the desk that they are called in.
const CLOSES: &[&str] = &["lock"];

async fn answer(person: &Person, command: &str) -> Option<FailureCode> {
    let answer: Result<Value, Failure> = person.try_call(command, &json!({})).await;
    answer.err().map(|failure| failure.code)
}

/// Asks for everything with an empty request: what is refused is refused before it is read.
async fn asks_for_everything(person: &Person, may: &[Action], who: &str) {
    for (command, gate) in DESK_COMMANDS.iter().zip(DESK_GATES) {
        if CLOSES.contains(command) {
            continue;
        }
        let answer: Result<Value, Failure> = person.try_call(command, &json!({})).await;
        if may.contains(gate) {
            let refused = answer.err().filter(|failure| {
                let denied = failure.code == FailureCode::Denied;
                failure.code == FailureCode::Locked
                    || denied && failure.message.contains(gate.name())
            });
            assert_eq!(refused, None, "{who}: {command} is let in by {}", gate.name());
        } else {
            let failure = answer.expect_err(&format!("{who}: {command} needs {}", gate.name()));
            assert_eq!(failure.code, FailureCode::Denied, "{who}: {command}: {failure:?}");
            assert!(failure.message.contains(gate.name()), "{who}: {command}: {failure:?}");
        }
    }
}

pub(crate) async fn made_role(admin: &Person) -> Role {
    let wanted = SaveRole { version: 0, id: None, name: "Trainee".to_owned(), like_member: false };
    let view: PolicyView = admin.ok("save_role", &wanted).await;
    view.roles.iter().find(|role| role.name.is_some()).expect("it was made").role
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_every_role_and_window_is_refused_or_let_in_as_written_down_here() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer_built_in().await;
    let role = made_role(&admin).await;
    let member = carrel.join(&admin, "Jonas", "jonas").await;
    carrel.join(&admin, "Tove", "joining").await;
    let tove = carrel.profile("Tove").await;
    let _: Nothing = admin.ok("assign_role", &AssignRole { member: tove, role }).await;
    let trainee = carrel.unlock("Tove", OTHER_PASSPHRASE, "tove").await;
    let stranger = carrel.window("nobody");

    asks_for_everything(&member, MEMBER, "a member").await;
    asks_for_everything(&trainee, ALONE, "a trainee").await;
    for (role, may, who) in [
        (Role::Manager, &[MEMBER, MANAGER].concat(), "a manager"),
        (Role::Auditor, &AUDITOR.to_vec(), "an auditor"),
    ] {
        let _: Nothing = admin.ok("assign_role", &AssignRole { member: tove, role }).await;
        let person = carrel.unlock("Tove", OTHER_PASSPHRASE, who).await;
        asks_for_everything(&person, may, who).await;
    }
    asks_for_everything(&admin, Action::ALL, "an admin").await;
    for command in DESK_COMMANDS {
        let refused = answer(&stranger, command).await;
        assert_eq!(refused, Some(FailureCode::Locked), "{command} without a desk");
    }
    carrel.lock(&member, "Jonas").await;
    for command in DESK_COMMANDS {
        let refused = answer(&member, command).await;
        assert_eq!(refused, Some(FailureCode::Locked), "{command} in a locked desk");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_may_what_is_written_down_here() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer_built_in().await;
    let guest = carrel.window("guest");
    let _: DeskState = guest.ok("open_guest", &Nothing {}).await;
    asks_for_everything(&guest, GUEST, "a guest").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_answers_as_what_is_not_there() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    let other = carrel.join(&admin, "Tove", "tove").await;
    let upstream = support::upstream::Upstream::start(support::upstream::openai::openai_stream(&[
        "Only Tove's.",
    ]))
    .await;
    admin.add_provider(&upstream.base_url()).await;
    let (_, view) = other.ask_new("Why?").await;
    let (chat, message) = (view.message.chat.to_string(), view.message.id.to_string());
    let turn = view.message.id.to_string();
    let nowhere = "01890000-0000-7000-8000-000000000000";
    let by_id = |id: &str, field: &str, more: Value| {
        let mut request = more;
        request[field] = json!(id);
        request
    };
    let asked: &[(&str, &str, &str, Value)] = &[
        ("open_chat", "chat", &chat, json!({"around": null, "limit": 10})),
        ("load_messages", "chat", &chat, json!({"from": 0, "limit": 10})),
        ("update_chat", "chat", &chat, json!({"title": "mine", "pinned": null, "archived": null})),
        ("delete_chat", "chat", &chat, json!({})),
        ("save_draft", "chat", &chat, json!({"text": "mine"})),
        ("read_message", "message", &message, json!({})),
        ("select_version", "message", &message, json!({"limit": 10})),
        ("delete_message", "message", &message, json!({})),
        ("prove_content", "answer", &message, json!({"side": "input", "save": false})),
        ("stop", "turn", &turn, json!({})),
        ("skip_wait", "turn", &turn, json!({})),
        ("turn_since", "turn", &turn, json!({"seq": 0})),
    ];
    for (command, field, id, more) in asked {
        let others: Result<Value, Failure> =
            jonas.try_call(command, &by_id(id, field, more.clone())).await;
        let missing: Result<Value, Failure> =
            jonas.try_call(command, &by_id(nowhere, field, more.clone())).await;
        assert_eq!(others, missing, "{command}: nobody learns what another desk has");
    }
    let _: Value =
        other.ok("open_chat", &by_id(&chat, "chat", json!({"around": null, "limit": 10}))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_changes_nobody_else_whether_they_are_there_or_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    let mira = carrel.profile("Mira").await;
    let nobody = domain::ProfileId::from_bytes([9; 16]);
    for member in [mira, nobody] {
        let erase = EraseMember { member, typed_name: "Mira".to_owned() };
        assert_eq!(jonas.fails("erase_member", &erase).await.code, FailureCode::Denied, "erase");
        let disable = SetDisabled { member, disabled: true };
        assert_eq!(
            jonas.fails("set_disabled", &disable).await.code,
            FailureCode::Denied,
            "disable"
        );
        let rise = AssignRole { member, role: Role::Admin };
        assert_eq!(jonas.fails("assign_role", &rise).await.code, FailureCode::Denied, "rise");
    }
    let wrong = EraseDesk { passphrase: PASSPHRASE.to_owned(), typed_name: "Jonas".to_owned() };
    assert_eq!(jonas.fails("erase_desk", &wrong).await.code, FailureCode::WrongSecret, "his own");
    let backups: Result<BackupList, Failure> = jonas
        .try_call(
            "list_backups",
            &json!({"profile": mira, "passphrase": OTHER_PASSPHRASE, "accept_older": false}),
        )
        .await;
    assert!(backups.is_err(), "her backups are behind her passphrase");
}
