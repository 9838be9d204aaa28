//! What must hold after a walk was killed, wherever that was.
//!
//! For every walk: the door and Mira's desk open, everything that was there
//! before is there, and files and record are whole. Beyond that, what was
//! wanted has happened or can be done again.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::{Finish, ProfileId, UnixMs};
use engine::api::{
    BackupList, BackupView, Catalogue, ChatList, ChatPage, DeskState, DoorState, Draft,
    Examination, Failure, FailureCode, Invitation, Invite, ListChats, MemberList, MemberView,
    Nothing, OneChat, OpenChat, OwnLimits, ProviderList, RequestList, RequestState, Settings,
    Unlock,
};
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};

use super::journey::{
    DAY, Facts, Journey, MOST_ASKED, NEW_PASSPHRASE, NEWER_PRICES, join, own_price, restore,
    restore_door, restore_workspace,
};

/// A window belongs to one desk, so each try has its own.
static WINDOWS: AtomicU32 = AtomicU32::new(0);

/// What a question that was killed may have got as an answer.
const ANSWER: &str = "The datum moved.";

impl Journey {
    /// Fails where what lies in `root` breaks a promise; `at` says where the walk ended.
    pub(super) async fn holds(self, root: &Path, at: &str) {
        let facts = Facts::read(root);
        let carrel = self.start(root).await;
        if self == Self::RestoreDoor && door_is_damaged(&carrel, at).await {
            restore_door(&carrel).await;
        }
        let door: DoorState = carrel.window("door").ok("door_state", &Nothing {}).await;
        assert_eq!(door.failure, None, "{at}: the door opens");
        if self == Self::FirstRun {
            first_run_holds(&carrel, &door, at).await;
            return carrel.app.close().await;
        }
        let mira = proof(facts.mira(), PASSPHRASE);
        if self == Self::RestoreWorkspace {
            accept_what_was_put_back(&carrel, &mira).await;
        }
        match self.damaged() {
            Some(code) if is_damaged(&carrel, facts.mira(), code, at).await => match self {
                Self::Restore => restore(&carrel, &mira, &facts.backup).await,
                _ => restore_workspace(&carrel, &mira).await,
            },
            _ => {}
        }
        let secrets: &[&str] = match self {
            Self::ChangePassphrase | Self::Recover => &[PASSPHRASE, NEW_PASSPHRASE],
            _ => &[PASSPHRASE],
        };
        let mira = opens(&carrel, facts.mira(), secrets, at).await;
        older_is_there(&mira, at).await;
        let draft: Draft = mira.ok("read_new_draft", &Nothing {}).await;
        // A new chat takes the draft along.
        let taken = self == Self::Ask && draft.text.is_empty();
        assert!(taken || draft.text == "Mira types 0", "{at}: the draft: {draft:?}");
        self.is_whole_or_undone(&carrel, &mira, &facts, at).await;
        examined(&mira, "examine_desk", at).await;
        examined(&carrel.window("door"), "examine_door", at).await;
        carrel.app.close().await;
        drop((carrel, mira));
        // Nothing of it comes back at the start after.
        let carrel = self.start(root).await;
        let mira = opens(&carrel, facts.mira(), secrets, at).await;
        older_is_there(&mira, at).await;
        carrel.app.close().await;
    }

    /// How a desk is refused whose journey begins with damage that an unlock finds.
    fn damaged(self) -> Option<FailureCode> {
        match self {
            Self::Restore => Some(FailureCode::Damaged),
            Self::RestoreWorkspace => Some(FailureCode::WorkspaceDamaged),
            _ => None,
        }
    }

    async fn is_whole_or_undone(self, carrel: &Carrel, mira: &Person, facts: &Facts, at: &str) {
        match self {
            Self::Join => joined(carrel, mira, facts, at).await,
            Self::BackUp => {
                let _: BackupView = mira.ok("back_up", &Nothing {}).await;
                let proof = proof(facts.mira(), PASSPHRASE);
                let list: BackupList = carrel.window("l").ok("list_backups", &proof).await;
                assert!((3..=4).contains(&list.backups.len()), "{at}: thinned out: {list:?}");
            }
            Self::RenewRecovery => {
                mira.confirm_code().await;
            }
            Self::SaveProvider => {
                let list: ProviderList = mira.ok("list_providers", &Nothing {}).await;
                for provider in list.providers.iter().filter(|one| one.label == "Second") {
                    assert_eq!(
                        provider.keys[0].hint.as_deref(),
                        Some("-key"),
                        "{at}: with its key"
                    );
                }
            }
            Self::ChangePrices => priced(mira, at).await,
            Self::Ask => answered(mira, at).await,
            Self::DeleteChat => {
                let chat = facts.chat.expect("prepared");
                if mira.try_call::<_, ChatPage>("open_chat", &all_of(chat)).await.is_ok() {
                    let _: Nothing = mira.ok("delete_chat", &OneChat { chat }).await;
                }
                let gone = mira.fails("open_chat", &all_of(chat)).await;
                assert_eq!(gone.code, FailureCode::NotFound, "{at}: {gone:?}");
            }
            Self::Disable => {
                let known = jonas(mira, at).await.expect("a member");
                let opened = unlock(carrel, facts.jonas(), OTHER_PASSPHRASE).await;
                let refused = opened.err();
                assert_eq!(refused.is_some(), known.disabled, "{at}: in or out: {refused:?}");
            }
            Self::ChangeRole => {
                let known = jonas(mira, at).await.expect("a member");
                let opened = unlock(carrel, facts.jonas(), OTHER_PASSPHRASE).await;
                let role = opened.unwrap_or_else(|refused| panic!("{at}: in: {refused:?}"));
                let state: DeskState = role.ok("desk_state", &Nothing {}).await;
                assert_eq!(state.role, known.role, "{at}: as the workspace has it");
            }
            Self::Decide => {
                let list: RequestList = mira.ok("list_requests", &Nothing {}).await;
                let his = list.requests.iter().find(|one| !one.is_mine).expect("he asked");
                // What was taken back again is over.
                let holds = |until: UnixMs| until == his.made_at.plus(DAY);
                let given = u64::from(
                    matches!(his.state, RequestState::Granted { until, .. } if holds(until)),
                );
                let opened = unlock(carrel, facts.jonas(), OTHER_PASSPHRASE).await;
                let jonas = opened.unwrap_or_else(|refused| panic!("{at}: in: {refused:?}"));
                let own: OwnLimits = jonas.ok("own_limits", &Nothing {}).await;
                let most = own.limits[0].limit.most;
                assert_eq!(most, MOST_ASKED + given, "{at}: given where it says so: {his:?}");
            }
            Self::Erase | Self::EraseMember => erased(carrel, mira, facts, at).await,
            _ => {}
        }
    }
}

fn proof(profile: ProfileId, passphrase: &str) -> Unlock {
    Unlock { profile, passphrase: passphrase.to_owned(), accept_older: false }
}

fn all_of(chat: domain::ChatId) -> OpenChat {
    OpenChat { chat, around: None, limit: 50 }
}

async fn unlock(carrel: &Carrel, profile: ProfileId, passphrase: &str) -> Result<Person, Failure> {
    let window = carrel.window(&format!("window {}", WINDOWS.fetch_add(1, Ordering::Relaxed)));
    let opened = window.try_call::<_, DeskState>("unlock", &proof(profile, passphrase)).await;
    opened.map(|_| window)
}

/// The desk, opened by the one of these passphrases that does.
async fn opens(carrel: &Carrel, profile: ProfileId, secrets: &[&str], at: &str) -> Person {
    let mut refused = Vec::new();
    for secret in secrets {
        match unlock(carrel, profile, secret).await {
            Ok(person) => return person,
            Err(failure) => refused.push(failure),
        }
    }
    panic!("{at}: the desk does not open: {refused:?}")
}

/// Killed after the backup took its place and before its own admin had noted that: they are
/// told that it was put back, as everyone is, and go on knowingly.
async fn accept_what_was_put_back(carrel: &Carrel, proof: &Unlock) {
    let window = carrel.window("put back");
    let refused = window.try_call::<_, DeskState>("unlock", proof).await.err();
    if refused.is_some_and(|failure| failure.code == FailureCode::WorkspaceRolledBack) {
        let knowingly = Unlock { accept_older: true, ..proof.clone() };
        let _: DeskState = carrel.window("knowingly").ok("unlock", &knowingly).await;
    }
}

async fn door_is_damaged(carrel: &Carrel, at: &str) -> bool {
    let door: DoorState = carrel.window("door").ok("door_state", &Nothing {}).await;
    let code = door.failure.map(|failure| failure.code);
    assert!(matches!(code, None | Some(FailureCode::DoorDamaged)), "{at}: {code:?}");
    code.is_some()
}

async fn is_damaged(carrel: &Carrel, profile: ProfileId, code: FailureCode, at: &str) -> bool {
    match unlock(carrel, profile, PASSPHRASE).await {
        Ok(_) => false,
        Err(failure) => {
            assert_eq!(failure.code, code, "{at}: {failure:?}");
            true
        }
    }
}

/// Mira's oldest chats and her settings.
async fn older_is_there(mira: &Person, at: &str) {
    let list = ListChats { archived: false, before: None, limit: 50 };
    let list: ChatList = mira.ok("list_chats", &list).await;
    for number in 0..2 {
        let title = format!("Mira's chat {number}");
        let chat = list.chats.iter().find(|chat| chat.title == title);
        let chat = chat.unwrap_or_else(|| panic!("{at}: {title} is gone")).id;
        let page: ChatPage = mira.ok("open_chat", &all_of(chat)).await;
        let texts: Vec<&str> = page.messages.iter().map(|one| one.message.text.as_str()).collect();
        let long = format!("Mira asks on, {number}. ").repeat(300);
        let asked = format!("Mira asks {number}");
        assert_eq!(texts, [&asked, ANSWER, &long, ANSWER], "{at}: {title}");
    }
    let settings: Settings = mira.ok("read_settings", &Nothing {}).await;
    assert_eq!(settings.instructions, "Mira wants 0", "{at}: the settings");
}

async fn examined(person: &Person, examination: &str, at: &str) {
    let found: Examination = person.ok(examination, &Nothing {}).await;
    let ill: Vec<_> = found.findings.iter().filter(|finding| !finding.well).collect();
    assert!(ill.is_empty(), "{at}: {examination}: {ill:?}");
}

async fn first_run_holds(carrel: &Carrel, door: &DoorState, at: &str) {
    let mira = if door.first_run {
        carrel.first_run().await
    } else {
        opens(carrel, carrel.profile("Mira").await, &[PASSPHRASE], at).await
    };
    let door: DoorState = mira.ok("door_state", &Nothing {}).await;
    assert_eq!(door.desks.len(), 1, "{at}: one desk: {:?}", door.desks);
    let list: MemberList = mira.ok("list_members", &Nothing {}).await;
    assert_eq!(list.members.len(), 1, "{at}: one member: {list:?}");
    examined(&mira, "examine_desk", at).await;
    examined(&carrel.window("door"), "examine_door", at).await;
}

async fn jonas(mira: &Person, at: &str) -> Option<MemberView> {
    let list: MemberList = mira.ok("list_members", &Nothing {}).await;
    let mut named = list.members.into_iter().filter(|member| member.name == "Jonas");
    let found = named.next();
    assert_eq!(named.next(), None, "{at}: nobody is there twice");
    found
}

async fn joined(carrel: &Carrel, mira: &Person, facts: &Facts, at: &str) {
    let door: DoorState = mira.ok("door_state", &Nothing {}).await;
    if let Some(card) = door.desks.iter().find(|desk| desk.name == "Jonas") {
        opens(carrel, card.profile, &[OTHER_PASSPHRASE], at).await;
    } else {
        assert_eq!(jonas(mira, at).await, None, "{at}: a member whose desk nobody can open");
        join(carrel, &facts.invitation).await;
    }
    assert!(jonas(mira, at).await.is_some(), "{at}: he is a member now");
    let _: Invitation = mira.ok("invite", &Invite { role: domain::Role::Member }).await;
}

/// What was said of prices stands there whole, or not at all.
async fn priced(mira: &Person, at: &str) {
    let found: Catalogue = mira.ok("read_catalogue", &Nothing {}).await;
    let own = found.models.iter().find_map(|row| row.own);
    assert!(own.is_none_or(|own| own == own_price()), "{at}: {own:?}");
    match found.imported_at {
        Some(_) => assert_eq!(found.date, NEWER_PRICES, "{at}: with the list's text"),
        None => assert_eq!(found.date, found.shipped, "{at}: as it came"),
    }
    mira.ask_new("What does it cost now?").await;
}

async fn answered(mira: &Person, at: &str) {
    let list = ListChats { archived: false, before: None, limit: 50 };
    let list: ChatList = mira.ok("list_chats", &list).await;
    for chat in &list.chats {
        let page: ChatPage = mira.ok("open_chat", &all_of(chat.id)).await;
        assert_eq!(page.messages.len() % 2, 0, "{at}: each question has its answer: {page:?}");
        for one in page.messages {
            assert!(!one.streaming, "{at}: nothing is left open");
            let whole = one.message.finish == Finish::Complete;
            let is_answer = one.message.author == domain::Author::Assistant;
            let fits = if whole {
                one.message.text == ANSWER
            } else {
                ANSWER.starts_with(&one.message.text)
            };
            assert!(!is_answer || fits, "{at}: {:?}", one.message);
        }
    }
}

async fn erased(carrel: &Carrel, mira: &Person, facts: &Facts, at: &str) {
    let door: DoorState = mira.ok("door_state", &Nothing {}).await;
    let card = door.desks.iter().any(|desk| desk.profile == facts.jonas());
    let opened = unlock(carrel, facts.jonas(), OTHER_PASSPHRASE).await;
    assert_eq!(opened.is_ok(), card, "{at}: a card means a desk: {:?}", opened.err());
    assert_eq!(jonas(mira, at).await.is_some(), card, "{at}: and a member");
}
