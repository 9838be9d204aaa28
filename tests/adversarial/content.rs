//! A data folder that is lived in, and everything that its people see in it.
//!
//! Two folders that show the same are the same to a person, whatever their
//! bytes; a folder that shows anything else must have said so first.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::api::{
    BackupView, ChatList, ChatPage, ChatSummary, DoorState, Draft, Failure, FailureCode, ListChats,
    MemberList, Nothing, OpenChat, Question, RemovePassphrase, SaveDraft, Settings, Unlock,
    UpdateChat, WorkspaceRules,
};
use engine::{Keychain, MemoryKeychain, NoKeychain};
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

/// No look at a small folder takes longer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Mira's and Jonas's desks, both with chats, a draft, settings and a backup; closed.
pub(crate) async fn lived_in(dir: &Path) {
    live_in(dir, Arc::new(NoKeychain)).await.app.close().await;
}

/// The same on a computer whose login opens both desks in the place of their passphrases:
/// nine tenths of a look behind passphrases is Argon2.
pub(crate) async fn lived_in_by_login(dir: &Path) -> Arc<MemoryKeychain> {
    let keychain = Arc::new(MemoryKeychain::default());
    let carrel = live_in(dir, keychain.clone()).await;
    let rules = WorkspaceRules { without_passphrase: true, ..WorkspaceRules::default() };
    let _: WorkspaceRules = carrel.window("admin").ok("write_rules", &rules).await;
    for (window, passphrase) in [("admin", PASSPHRASE), ("jonas", OTHER_PASSPHRASE)] {
        let current = passphrase.to_owned();
        let person = carrel.window(window);
        let _: Nothing = person.ok("remove_passphrase", &RemovePassphrase { current }).await;
        // As it is now: an older one would still ask for the passphrase.
        let _: BackupView = person.ok("back_up", &Nothing {}).await;
    }
    carrel.app.close().await;
    keychain
}

async fn live_in(dir: &Path, keychain: Arc<dyn Keychain>) -> Carrel {
    let upstream = Upstream::start(openai_stream(&["The datum ", "moved."])).await;
    let carrel = Carrel::start_on(dir, keychain).await;
    let mira = carrel.first_run().await;
    mira.add_provider(&upstream.base_url()).await;
    let jonas = carrel.join(&mira, "Jonas", "jonas").await;
    for (person, name) in [(&mira, "Mira"), (&jonas, "Jonas")] {
        live(person, name, 0).await;
    }
    carrel
}

/// A chat, a title, a draft, settings and a backup, each with the number in it.
pub(crate) async fn live(person: &Person, name: &str, number: usize) {
    let (started, _) = person.ask_new(&format!("{name} asks {number}")).await;
    let text = format!("{name} asks on, {number}. ").repeat(300);
    let turn = person.ask(Question::FollowUp { chat: started.chat, text }).await;
    turn.expect("a second question").settled().await;
    let title = Some(format!("{name}'s chat {number}"));
    let change =
        UpdateChat { chat: started.chat, title, pinned: None, archived: None, class: None };
    let _: ChatSummary = person.ok("update_chat", &change).await;
    let draft = SaveDraft { chat: None, text: format!("{name} types {number}") };
    let _: Nothing = person.ok("save_draft", &draft).await;
    let instructions = format!("{name} wants {number}");
    let settings = Settings { instructions, ..Settings::default() };
    let _: Settings = person.ok("write_settings", &settings).await;
    let _: BackupView = person.ok("back_up", &Nothing {}).await;
}

/// What both people see, or the first refusal. Ends the test where looking hangs.
pub(crate) async fn everything(dir: &Path) -> Result<String, Failure> {
    everything_on(dir, Arc::new(NoKeychain)).await
}

/// The same on the computer with this keychain.
pub(crate) async fn everything_on(
    dir: &Path,
    keychain: Arc<dyn Keychain>,
) -> Result<String, Failure> {
    let looking = tokio::time::timeout(PATIENCE, look(dir, keychain));
    looking.await.unwrap_or_else(|_| panic!("looking at {} hangs", dir.display()))
}

async fn look(dir: &Path, keychain: Arc<dyn Keychain>) -> Result<String, Failure> {
    let carrel = Carrel::start_on(dir, keychain).await;
    let seen = look_with(&carrel).await;
    carrel.app.close().await;
    seen
}

async fn look_with(carrel: &Carrel) -> Result<String, Failure> {
    let door: DoorState = carrel.window("door").try_call("door_state", &Nothing {}).await?;
    if let Some(failure) = door.failure {
        return Err(failure);
    }
    let mut seen = format!("{:?} first run {}\n", door.workspace_name, door.first_run);
    for desk in &door.desks {
        let person = carrel.window(&desk.name);
        let passphrase = if desk.name == "Mira" { PASSPHRASE } else { OTHER_PASSPHRASE };
        let passphrase = passphrase.to_owned();
        let request = Unlock { profile: desk.profile, passphrase, accept_older: false };
        let _: engine::api::DeskState = person.try_call("unlock", &request).await?;
        seen.push_str(&format!("{} {} {}\n", desk.name, desk.avatar, desk.disabled));
        seen.push_str(&desk_of(&person).await?);
    }
    Ok(seen)
}

/// What one person sees on an open desk.
pub(crate) async fn desk_of(person: &Person) -> Result<String, Failure> {
    let mut seen = String::new();
    let list = ListChats { archived: false, before: None, limit: 200 };
    let chats: ChatList = person.try_call("list_chats", &list).await?;
    for chat in chats.chats {
        let open = OpenChat { chat: chat.id, around: None, limit: 200 };
        let page: ChatPage = person.try_call("open_chat", &open).await?;
        seen.push_str(&format!("chat {}: {} {}\n", chat.id, page.chat.title, page.draft));
        for message in page.messages {
            let one = message.message;
            seen.push_str(&format!("  {} {:?} {}\n", one.id, one.finish, one.text));
        }
    }
    let draft: Draft = person.try_call("read_new_draft", &Nothing {}).await?;
    let settings: Settings = person.try_call("read_settings", &Nothing {}).await?;
    let members: MemberList = person.try_call("list_members", &Nothing {}).await?;
    let models: engine::api::ModelList = person.try_call("list_models", &Nothing {}).await?;
    seen.push_str(&format!("{draft:?}\n{settings:?}\n{members:?}\n{models:?}\n"));
    Ok(seen)
}

/// A refusal that tells a person what is wrong and what to do.
pub(crate) fn is_clear(failure: &Failure) -> bool {
    match failure.code {
        FailureCode::Damaged
        | FailureCode::WorkspaceDamaged
        | FailureCode::WorkspaceAltered
        | FailureCode::DoorDamaged
        | FailureCode::WorkspaceRolledBack
        | FailureCode::Newer
        | FailureCode::RolledBack
        | FailureCode::WrongSecret
        | FailureCode::InUse
        | FailureCode::ReadOnly
        | FailureCode::Denied => failure.message.len() > 20,
        _ => false,
    }
}
