//! A data folder that is already lived in, and a window over it.

use std::path::Path;

use domain::{ChatId, Message, UnixMs};
use engine::api::{ChatList, ChatPage, DeskState, ListChats, OpenChat, Unlock};
use engine::{Clock, SystemClock};
use support::desktop::Desktop;
use support::insider;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};
use support::upstream::{Script, Upstream};
use vault::fill::Filling;
use vault::{ChatChange, Opening, Vault};

/// When the first made-up message was written.
const FIRST: UnixMs = UnixMs(1_794_000_000_000);

/// A workspace with Mira (admin) and Jonas, and a provider that answers `usual`.
pub(crate) async fn two_desks(dir: &Path, usual: Script) -> Upstream {
    let upstream = Upstream::start(usual).await;
    let carrel = Carrel::start(dir).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    admin.confirm_code().await;
    carrel.join(&admin, "Jonas", "jonas").await.confirm_code().await;
    carrel.app.close().await;
    upstream
}

/// A chat of Mira's with so many made-up messages, read back in order.
pub(crate) async fn long_chat(dir: &Path, messages: u32) -> (ChatId, Vec<Message>) {
    let profile = Carrel::start(dir).await.profile("Mira").await;
    let own = dir.join("profiles").join(profile.to_string());
    let keys = insider::keyring(dir, profile, PASSPHRASE);
    let vault = Vault::open(&own, &keys, Opening::default()).expect("Mira's vault");
    vault.replay_unsettled(FIRST).await.expect("nothing is left");
    let filling = Filling { chats: 1, messages, words: 60, from: FIRST, seed: 7 };
    let chat = vault.fill(filling).await.expect("it is filled")[0];
    let change = ChatChange {
        title: Some("A long watch".to_owned()),
        archived: Some(false),
        ..ChatChange::default()
    };
    vault.update_chat(chat, change).await.expect("it has a title");
    let mut all = Vec::new();
    while u32::try_from(all.len()).is_ok_and(|read| read < messages) {
        let from = u32::try_from(all.len()).expect("a few hundred");
        let page = vault.load_branch(chat, from, 100).await.expect("it is read");
        all.extend(page.messages.into_iter().map(|each| each.message));
    }
    vault.close().await;
    (chat, all)
}

/// Opens Mira's desk in the window.
pub(crate) async fn open_mira(window: &Desktop) {
    open(window, "Mira", PASSPHRASE).await;
}

/// Opens Jonas's desk in the window.
pub(crate) async fn open_jonas(window: &Desktop) {
    open(window, "Jonas", OTHER_PASSPHRASE).await;
}

/// Opens a desk from an English chooser; the desk itself may speak any language.
pub(crate) async fn open(window: &Desktop, name: &str, passphrase: &str) {
    window.sees("Choose your desk").await;
    window.choose(name).await;
    window.fill("Passphrase", passphrase).await;
    window.press("Open desk").await;
    window.find("textarea:focus").await;
}

/// Locks the desk by its key and waits for the chooser in its new window.
pub(crate) async fn lock(window: &Desktop) {
    let desk = window.windows().await;
    window.lock().await;
    window.switch_to_new(&desk).await;
    window.sees("Choose your desk").await;
}

/// Waits until a power cut would leave `text` on the disk: until a copy of the
/// files as they lie there shows it in Mira's newest chat.
pub(crate) async fn on_disk(window: &Desktop, dir: &Path, text: &str) {
    window
        .until(&format!("{text:?} on the disk"), async || {
            let copy = tempfile::tempdir().ok()?;
            support::files::copy_tree(dir, copy.path());
            let carrel = Carrel::start_at(copy.path(), SystemClock.now()).await;
            let kept = newest_chat(&carrel).await.unwrap_or_default();
            carrel.app.close().await;
            kept.contains(text).then_some(())
        })
        .await;
}

/// All text of Mira's newest chat; none where her files, copied in the middle
/// of a change, do not open.
async fn newest_chat(carrel: &Carrel) -> Option<String> {
    let profile = carrel.profile("Mira").await;
    let person = carrel.window("look");
    let unlock = Unlock { profile, passphrase: PASSPHRASE.to_owned(), accept_older: true };
    let _: DeskState = person.try_call("unlock", &unlock).await.ok()?;
    let list = ListChats { archived: false, before: None, limit: 1 };
    let list: ChatList = person.try_call("list_chats", &list).await.ok()?;
    let chat = list.chats.first()?.id;
    let open = OpenChat { chat, around: None, limit: 10 };
    let page: ChatPage = person.try_call("open_chat", &open).await.ok()?;
    Some(page.messages.into_iter().map(|view| view.message.text).collect())
}
