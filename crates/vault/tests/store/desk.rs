//! A desk to try things at: ids that count up, turns in one line, and the one suite that
//! both kinds of vault must pass.

use domain::{
    ChatId, Finish, Message, MessageId, ModelRef, ProfileId, Provenance, ProviderId, TryRecord,
    TurnId, UnixMs, Usage,
};
use sealed::Keyring;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use vault::{
    OpenTurn, OpenedTurn, Opening, Settlement, TurnQuestion, Vault, VaultError, Versioned,
};

/// Runs each test twice: with a vault on disk and with a guest's.
macro_rules! in_both_vaults {
    ($(async fn $name:ident($vault:ident: &Vault) $body:block)+) => {
        mod on_disk {$(
            #[tokio::test]
            async fn $name() {
                let desk = crate::desk::Desk::new();
                super::$name(&desk.vault).await;
            }
        )+}
        mod in_memory {$(
            #[tokio::test]
            async fn $name() {
                super::$name(&crate::desk::guest()).await;
            }
        )+}
        $(async fn $name($vault: &Vault) $body)+
    };
}
pub(crate) use in_both_vaults;

/// A vault on disk with its keys.
pub(crate) struct Desk {
    pub(crate) place: tempfile::TempDir,
    pub(crate) keyring: Keyring,
    pub(crate) vault: Vault,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let keyring = keyring();
        let vault = Vault::create(&place.path().join("desk"), &keyring).unwrap();
        Self { place, keyring, vault }
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.place.path().join("desk")
    }

    /// Drops the vault as a crash would, without closing it, and opens it again.
    pub(crate) fn crash(self) -> Self {
        let Self { place, keyring, vault } = self;
        drop(vault);
        let opening = Opening::default();
        let vault = Vault::open(&place.path().join("desk"), &keyring, opening).unwrap();
        Self { place, keyring, vault }
    }

    pub(crate) fn open(&self, opening: Opening) -> Result<Vault, VaultError> {
        Vault::open(&self.dir(), &self.keyring, opening)
    }
}

/// Random keys without the cost of a passphrase.
pub(crate) fn keyring() -> Keyring {
    Keyring::guest(ProfileId::from_bytes([9; 16]))
}

pub(crate) fn guest() -> Vault {
    Vault::guest(&keyring()).unwrap()
}

static TIME: AtomicI64 = AtomicI64::new(1_700_000_000_000);

/// A time later than every one before.
pub(crate) fn now() -> UnixMs {
    UnixMs(TIME.fetch_add(1_000, Ordering::Relaxed))
}

pub(crate) fn message_id() -> MessageId {
    MessageId::new(now(), [3; 10])
}

pub(crate) fn chat_id() -> ChatId {
    ChatId::new(now(), [4; 10])
}

pub(crate) fn model(name: &str) -> ModelRef {
    ModelRef { provider: ProviderId::from_bytes([5; 16]), model: name.to_owned() }
}

/// The attempt with this number.
pub(crate) fn attempt(number: u8) -> domain::AttemptId {
    domain::AttemptId::from_bytes([number; 16])
}

pub(crate) fn provenance(number: u8) -> Provenance {
    Provenance {
        model: model("swan"),
        provider_label: "Lake".to_owned(),
        host: "lake.example".to_owned(),
        served_model: None,
        usage: Usage::default(),
        first_token_ms: Some(5),
        total_ms: 10,
        cost: None,
        skipped: Vec::new(),
        uncalled: None,
        elapsed_ms: None,
        tries: vec![TryRecord {
            attempt: attempt(number),
            model: model("swan"),
            failure: None,
            http_status: Some(200),
            note: None,
            path: None,
        }],
    }
}

pub(crate) fn opening(question: TurnQuestion) -> OpenTurn {
    OpenTurn {
        turn: TurnId::new(now(), [6; 10]),
        question,
        new_chat: chat_id(),
        question_id: message_id(),
        answer_id: message_id(),
        model: model("swan"),
        route: None,
        class: domain::DataClass::default(),
        now: now(),
    }
}

pub(crate) fn settlement(finish: Finish) -> Settlement {
    Settlement { finish, provenance: None, title: None, now: now() }
}

/// A turn from its question to a whole answer.
pub(crate) async fn turn(
    vault: &Vault,
    question: TurnQuestion,
    answer: &str,
) -> (OpenedTurn, Versioned) {
    ended(vault, question, answer, Finish::Complete).await
}

/// A turn from its question to its end.
pub(crate) async fn ended(
    vault: &Vault,
    question: TurnQuestion,
    answer: &str,
    finish: Finish,
) -> (OpenedTurn, Versioned) {
    let opening = opening(question);
    let turn = opening.turn;
    let opened = vault.open_turn(opening).await.unwrap();
    vault.journal_append(turn, answer.to_owned(), String::new()).await.unwrap();
    let settled = vault.settle_turn(turn, settlement(finish)).await.unwrap();
    (opened, settled)
}

/// A new chat with one question and one answer.
pub(crate) async fn asked(vault: &Vault, question: &str, answer: &str) -> (OpenedTurn, Versioned) {
    turn(vault, TurnQuestion::NewChat { text: question.to_owned() }, answer).await
}

/// A further question and its answer.
pub(crate) async fn asked_on(
    vault: &Vault,
    chat: ChatId,
    question: &str,
    answer: &str,
) -> (OpenedTurn, Versioned) {
    turn(vault, TurnQuestion::FollowUp { chat, text: question.to_owned() }, answer).await
}

/// The texts of messages, in order.
pub(crate) fn texts<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<&'a str> {
    messages.into_iter().map(|message| message.text.as_str()).collect()
}

/// The texts that a chat shows.
pub(crate) async fn shown(vault: &Vault, chat: ChatId) -> Vec<String> {
    let branch = vault.open_branch(chat, None, 200).await.unwrap();
    branch.messages.into_iter().map(|one| one.message.text).collect()
}
