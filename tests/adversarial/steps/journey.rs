//! What is walked through: how it is prepared, begun and done.
//!
//! Whether what a killed walk left is right, `judgement` says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{
    ChatId, Dialect, Limit, LimitMeasure, LimitScope, MessageId, MillionPrice, ModelRef, NanoUsd,
    Override, PriceOverride, ProfileId, Proposed, RecordForm, Role, RouteStep, Span, Strategy,
    Target,
};
use engine::api::{
    AccessView, Answer, AskFor, AssignRole, BackupList, BackupView, BuiltInModels, Catalogue,
    CatalogueImport, CellChange, CellChanges, ChangePassphrase, ChatPage, ChatSummary,
    DecideRequest, DeskState, DoorAppearance, EraseDesk, EraseMember, ExportRecord, ExportedRecord,
    GroupList, HandWritten, ImportCatalogue, Invitation, Invite, LimitStandings, MadeCheckpoint,
    MadeProgram, MakeCheckpoint, MakeProgram, MemberList, MessageView, ModelList, ModelTried,
    Nothing, OneChat, OneGroup, OneInvitation, OneKey, OneMessage, OneProgram, OneProvider,
    OneRequest, OneRoute, OpenChat, PolicyView, ProgramList, Propose, ProviderTest, ProviderView,
    Question, ReadUsage, Recover, RecoveryCode, RedeemInvitation, RemovePassphrase, RemoveRole,
    RemoveStatement, RequestList, RequestState, RequestView, RestoreBackup, RestoreDoor, RouteView,
    SaveDraft, SaveGroup, SaveKey, SaveOverride, SaveProvider, SaveRole, SaveRoute, SaveStatement,
    SavedFile, SelectVersion, SetDisabled, SetFallback, Settings, Subject, TargetTried,
    TestProvider, TryModel, TryTarget, Unlock, UpdateChat, UsageOf, UsagePeriod, ViewAccess,
    WithdrawProposal, WorkspaceBackups, WorkspaceLimits, WorkspaceRules,
};
use policy::{Row, Stance};
use sealed::{Key, Keychain, KeychainError};
use serde::{Deserialize, Serialize};
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};
use support::prices::{price_file, price_rows};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use crate::content::live;
use crate::damage::flip;
use crate::older::as_version_one;

/// What Mira's passphrase is changed to.
pub(super) const NEW_PASSPHRASE: &str = "eleven otters under the pier";
/// After the day of the shipped price list.
pub(super) const NEWER_PRICES: &str = "2026-11-24";

/// Something that takes several changes of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Journey {
    FirstRun,
    Join,
    Unlock,
    ChangePassphrase,
    RenewRecovery,
    Recover,
    RemovePassphrase,
    BackUp,
    Restore,
    RestoreWorkspace,
    RestoreDoor,
    SaveProvider,
    ChangePrices,
    Ask,
    DeleteChat,
    Lock,
    Disable,
    ChangeRole,
    Decide,
    SmallChanges,
    Erase,
    EraseMember,
    Migrate,
    MoveKey,
}

/// Commands that only read.
pub(super) const READING: &[&str] = &[
    "door_state",
    "judge_passphrase",
    "about",
    "read_licence",
    "examine_door",
    "examine_desk",
    "desk_state",
    "stay_open",
    "new_window",
    "switch_desk",
    "open_link",
    "list_chats",
    "load_messages",
    "read_message",
    "read_new_draft",
    "search",
    "stop",
    "skip_wait",
    "turn_since",
    "list_models",
    "explain",
    "own_limits",
    "estimate",
    "list_requests",
    "list_routes",
    "list_providers",
    "detect_local",
    "provider_health",
    "read_catalogue",
    "read_usage",
    "read_limits",
    "read_policy",
    "policy_words",
    "check_statement",
    "read_policy_history",
    "preview_cells",
    "read_record",
    "verify_record",
    "compare_checkpoint",
    "prove_event",
    "prove_growth",
    "prove_content",
    "list_members",
    "list_groups",
    "read_rules",
    "list_programs",
    "read_settings",
];

/// What a walk needs to know of what was prepared.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) mira: Option<ProfileId>,
    pub(super) jonas: Option<ProfileId>,
    pub(super) code: String,
    pub(super) invitation: String,
    pub(super) open_invitation: String,
    pub(super) backup: String,
    /// A chat that a walk may change; the older one it must leave alone.
    pub(super) chat: Option<ChatId>,
    pub(super) answer: Option<MessageId>,
}

impl Facts {
    pub(super) fn read(root: &Path) -> Self {
        let text = std::fs::read(root.join("facts")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn keep(&self, root: &Path) {
        let text = serde_json::to_vec(self).expect("plain values");
        std::fs::write(root.join("facts"), text).expect("a file");
    }

    pub(super) fn mira(&self) -> ProfileId {
        self.mira.expect("prepared")
    }

    pub(super) fn jonas(&self) -> ProfileId {
        self.jonas.expect("prepared")
    }
}

/// A keychain that outlives a process: a file for each entry, whole or not there.
pub(super) struct FolderKeychain(pub(super) PathBuf);

impl Keychain for FolderKeychain {
    fn read(&self, entry: &str) -> Result<Option<Key>, KeychainError> {
        let bytes = std::fs::read(self.0.join(entry)).ok();
        Ok(bytes.and_then(|bytes| bytes.try_into().ok()).map(Key::from_bytes))
    }

    fn write(&self, entry: &str, key: &Key) -> Result<(), KeychainError> {
        let fresh = self.0.join("fresh");
        std::fs::write(&fresh, key.bytes()).map_err(|_| KeychainError::Refused)?;
        std::fs::rename(fresh, self.0.join(entry)).map_err(|_| KeychainError::Refused)
    }

    fn remove(&self, entry: &str) -> Result<(), KeychainError> {
        // Nothing there is fine.
        let _ = std::fs::remove_file(self.0.join(entry));
        Ok(())
    }
}

/// What is open when a walk begins.
#[derive(Default)]
pub(super) struct Ready {
    carrel: Option<Carrel>,
    person: Option<Person>,
}

impl Ready {
    pub(super) fn carrel(&self) -> Carrel {
        self.carrel.clone().expect("started")
    }

    pub(super) fn person(&self) -> &Person {
        self.person.as_ref().expect("open")
    }
}

impl Journey {
    /// The commands it goes through.
    pub(super) fn commands(self) -> &'static [&'static str] {
        match self {
            Self::FirstRun => &["create_workspace"],
            Self::Join => &["redeem_invitation"],
            Self::Unlock => &["open_guest", "unlock"],
            Self::ChangePassphrase => &["change_passphrase"],
            Self::RenewRecovery => &["renew_recovery", "confirm_recovery"],
            Self::Recover => &["recover"],
            Self::RemovePassphrase => &["remove_passphrase"],
            Self::BackUp => &["back_up"],
            Self::Restore => &["list_backups", "restore_backup"],
            Self::RestoreWorkspace => &["list_workspace_backups", "restore_workspace"],
            Self::RestoreDoor => &["list_door_backups", "restore_door"],
            Self::SaveProvider => &[
                "save_provider",
                "save_key",
                "remove_key",
                "test_provider",
                "try_model",
                "try_target",
                "remove_provider",
            ],
            Self::ChangePrices => &["save_override", "import_catalogue", "drop_catalogue"],
            Self::Ask => &["ask"],
            Self::DeleteChat => &["delete_chat"],
            Self::Lock => &["lock"],
            Self::Disable => &["set_disabled"],
            Self::ChangeRole => &["assign_role"],
            Self::Decide => &[
                "propose",
                "withdraw_proposal",
                "ask_for",
                "withdraw_request",
                "view_access",
                "decide_request",
                "take_back",
                "saw_news",
            ],
            Self::SmallChanges => &[
                // Makes the folder that it names.
                "list_built_in",
                "set_appearance",
                "open_chat",
                "select_version",
                "update_chat",
                "delete_message",
                "save_draft",
                "set_fallback",
                "save_route",
                "remove_route",
                "write_limits",
                "save_role",
                "write_cells",
                "remove_role",
                "save_statement",
                "remove_statement",
                "save_group",
                "remove_group",
                "export_usage",
                "make_checkpoint",
                "export_record",
                "invite",
                "revoke_invitation",
                "write_rules",
                "make_program",
                "revoke_program",
                "write_settings",
            ],
            Self::Erase => &["erase_desk"],
            Self::EraseMember => &["erase_member"],
            Self::Migrate | Self::MoveKey => &[],
        }
    }

    /// Starts over what lies in `root`, on a computer that has a keychain where that matters.
    pub(super) async fn start(self, root: &Path) -> Carrel {
        let data = root.join("data");
        match self {
            Self::RemovePassphrase | Self::MoveKey => {
                let keychain = root.join("keychain");
                std::fs::create_dir_all(&keychain).expect("a folder");
                Carrel::start_on(&data, Arc::new(FolderKeychain(keychain))).await
            }
            _ => Carrel::start(&data).await,
        }
    }

    /// Makes what the walk begins with; the provider answers as long as it is held.
    pub(super) async fn prepare(self, root: &Path) -> Upstream {
        let upstream = Upstream::start(openai_stream(&["The datum ", "moved."])).await;
        if self == Self::FirstRun {
            return upstream;
        }
        let carrel = match self {
            // Its key lies in a file, because no keychain answered.
            Self::MoveKey => Carrel::start(&root.join("data")).await,
            _ => self.start(root).await,
        };
        let mira = carrel.first_run().await;
        mira.add_provider(&upstream.base_url()).await;
        let mut facts =
            Facts { code: mira.confirm_code().await.groups.join("-"), ..Facts::default() };
        let rules = WorkspaceRules { without_passphrase: true, ..WorkspaceRules::default() };
        let _: WorkspaceRules = mira.ok("write_rules", &rules).await;
        if self == Self::Decide {
            limit_each(&mira).await;
        }
        if self.has_jonas() {
            let jonas = carrel.join(&mira, "Jonas", "jonas").await;
            live(&jonas, "Jonas", 0).await;
            facts.jonas = Some(carrel.profile("Jonas").await);
            if self == Self::Decide {
                let _: RequestList = jonas.ok("ask_for", &one_more()).await;
            }
        }
        let (started, answer) = mira.ask_new("Mira may lose this").await;
        live(&mira, "Mira", 1).await;
        live(&mira, "Mira", 0).await;
        (facts.chat, facts.answer) = (Some(started.chat), Some(answer.message.id));
        let invite = Invite { role: Role::Member };
        facts.invitation = mira.ok::<_, Invitation>("invite", &invite).await.key;
        let _: Invitation = mira.ok("invite", &invite).await;
        let members: MemberList = mira.ok("list_members", &Nothing {}).await;
        facts.open_invitation =
            members.invitations.last().map(|it| it.id.clone()).unwrap_or_default();
        facts.backup = mira.ok::<_, BackupView>("back_up", &Nothing {}).await.name;
        facts.mira = Some(carrel.profile("Mira").await);
        carrel.app.close().await;
        drop((carrel, mira));
        let data = root.join("data");
        let damaged = match self {
            Self::Restore => Some(format!("profiles/{}/history/1.db", facts.mira())),
            Self::RestoreWorkspace => Some("workspace/1.db".to_owned()),
            Self::RestoreDoor => Some("door.db".to_owned()),
            _ => None,
        };
        if let Some(file) = damaged {
            flip(&data.join(file), 8 * 5_000);
        }
        if self == Self::Migrate {
            as_version_one(&data, facts.mira()).await;
        }
        facts.keep(root);
        upstream
    }

    /// Whether a second member takes part.
    fn has_jonas(self) -> bool {
        let two = [Self::Disable, Self::ChangeRole, Self::Decide, Self::Erase, Self::EraseMember];
        two.contains(&self)
    }

    /// Opens what must be open before the first change that counts.
    pub(super) async fn begin(self, root: &Path) -> Ready {
        let (mira, jonas) = (("Mira", PASSPHRASE), ("Jonas", OTHER_PASSPHRASE));
        let who = match self {
            Self::FirstRun | Self::Migrate | Self::MoveKey => return Ready::default(),
            Self::Join
            | Self::Unlock
            | Self::Recover
            | Self::Restore
            | Self::RestoreWorkspace
            | Self::RestoreDoor => None,
            Self::Erase => Some(jonas),
            _ => Some(mira),
        };
        let carrel = self.start(root).await;
        let person = match who {
            Some((name, passphrase)) => Some(carrel.unlock(name, passphrase, "w").await),
            None => None,
        };
        Ready { carrel: Some(carrel), person }
    }

    /// Does it.
    pub(super) async fn go(self, root: &Path, ready: Ready) -> Carrel {
        let facts = Facts::read(root);
        let proof = || Unlock {
            profile: facts.mira(),
            passphrase: PASSPHRASE.to_owned(),
            accept_older: false,
        };
        match self {
            Self::FirstRun => {
                let carrel = self.start(root).await;
                carrel.first_run().await;
                return carrel;
            }
            Self::Migrate | Self::MoveKey => {
                let carrel = self.start(root).await;
                carrel.unlock("Mira", PASSPHRASE, "w").await;
                return carrel;
            }
            Self::Join => join(&ready.carrel(), &facts.invitation).await,
            Self::Unlock => {
                let guest = ready.carrel().window("guest");
                let _: DeskState = guest.ok("open_guest", &Nothing {}).await;
                guest.ask_new("A guest asks").await;
                let wrong = Unlock { passphrase: "not this one".to_owned(), ..proof() };
                ready.carrel().window("wrong").fails("unlock", &wrong).await;
                let _: DeskState = ready.carrel().window("w").ok("unlock", &proof()).await;
            }
            Self::Recover => {
                let request = Recover {
                    profile: facts.mira(),
                    code: facts.code.clone(),
                    new_passphrase: NEW_PASSPHRASE.to_owned(),
                };
                let _: RecoveryCode = ready.carrel().window("w").ok("recover", &request).await;
            }
            Self::Restore => restore(&ready.carrel(), &proof(), &facts.backup).await,
            Self::RestoreWorkspace => restore_workspace(&ready.carrel(), &proof()).await,
            Self::RestoreDoor => restore_door(&ready.carrel()).await,
            Self::Erase => {
                let passphrase = OTHER_PASSPHRASE.to_owned();
                let request = EraseDesk { passphrase, typed_name: "Jonas".to_owned() };
                let _: Nothing = ready.person().ok("erase_desk", &request).await;
                ready.carrel().app.close().await;
            }
            _ => self.go_on_an_open_desk(ready.person(), &facts).await,
        }
        ready.carrel()
    }

    async fn go_on_an_open_desk(self, mira: &Person, facts: &Facts) {
        let (old, new) = (PASSPHRASE.to_owned(), NEW_PASSPHRASE.to_owned());
        let chat = facts.chat.expect("prepared");
        match self {
            Self::ChangePassphrase => {
                let request = ChangePassphrase { current: old, new };
                let _: Nothing = mira.ok("change_passphrase", &request).await;
            }
            Self::RenewRecovery => {
                mira.confirm_code().await;
            }
            Self::RemovePassphrase => {
                let request = RemovePassphrase { current: old.clone() };
                let _: Nothing = mira.ok("remove_passphrase", &request).await;
                let request = ChangePassphrase { current: String::new(), new: old };
                let _: Nothing = mira.ok("change_passphrase", &request).await;
            }
            Self::BackUp => {
                let _: BackupView = mira.ok("back_up", &Nothing {}).await;
            }
            Self::SaveProvider => {
                let saved: ProviderView =
                    mira.ok("save_provider", &second(None, "sk-0123456789-first-key")).await;
                let id = saved.id;
                let _: ProviderView =
                    mira.ok("save_provider", &second(Some(id), "sk-0123456789-other-key")).await;
                // Nobody answers there; that it was tried goes into the record.
                let (dialect, base_url) = (Dialect::OpenAi, "http://127.0.0.1:9".to_owned());
                let second = SaveKey {
                    provider: id,
                    id: None,
                    label: "Second".to_owned(),
                    key: Some("sk-0123456789-second-key".to_owned()),
                    first: true,
                };
                let saved: ProviderView = mira.ok("save_key", &second).await;
                let last = OneKey { provider: id, id: saved.keys[1].id };
                let _: ProviderView = mira.ok("remove_key", &last).await;
                let test = TestProvider {
                    id: None,
                    key_id: None,
                    dialect,
                    base_url,
                    nearby_allowed: false,
                    key: None,
                };
                let _ = mira.try_call::<_, ProviderTest>("test_provider", &test).await;
                // Nor here: the call is held, recorded and settled all the same.
                let model = ModelRef { provider: id, model: "second-1".to_owned() };
                let target = Target::Model { model: model.clone() };
                let _ = mira
                    .try_call::<_, ModelTried>("try_model", &TryModel { model, key: None })
                    .await;
                let _ = mira.try_call::<_, TargetTried>("try_target", &TryTarget { target }).await;
                let _: Nothing = mira.ok("remove_provider", &OneProvider { id }).await;
            }
            Self::ChangePrices => change_prices(mira).await,
            Self::Ask => {
                mira.ask_new("Mira asks and is killed").await;
                let text = "And asks on".to_owned();
                let turn = mira.ask(Question::FollowUp { chat, text }).await;
                turn.expect("it is accepted").settled().await;
            }
            Self::DeleteChat => {
                let _: Nothing = mira.ok("delete_chat", &OneChat { chat }).await;
                let _: Nothing = mira.ok("lock", &Nothing {}).await;
            }
            Self::Lock => {
                let draft = SaveDraft { chat: Some(chat), text: "unsent".to_owned() };
                let _: Nothing = mira.ok("save_draft", &draft).await;
                let _: Nothing = mira.ok("lock", &Nothing {}).await;
            }
            Self::Disable => {
                for disabled in [true, false] {
                    let request = SetDisabled { member: facts.jonas(), disabled };
                    let _: Nothing = mira.ok("set_disabled", &request).await;
                }
            }
            Self::Decide => Box::pin(decide(mira, facts)).await,
            Self::ChangeRole => {
                for role in [Role::Admin, Role::Member] {
                    let request = AssignRole { member: facts.jonas(), role };
                    let _: Nothing = mira.ok("assign_role", &request).await;
                }
            }
            Self::EraseMember => {
                let (member, typed_name) = (facts.jonas(), "Jonas".to_owned());
                let _: Nothing = mira.ok("erase_member", &EraseMember { member, typed_name }).await;
            }
            _ => Box::pin(small_changes(mira, facts)).await,
        }
    }
}

pub(super) async fn join(carrel: &Carrel, key: &str) {
    let request = RedeemInvitation {
        key: key.to_owned(),
        profile_name: "Jonas".to_owned(),
        avatar: 3,
        passphrase: Some(OTHER_PASSPHRASE.to_owned()),
    };
    let _: RecoveryCode = carrel.window("jonas").ok("redeem_invitation", &request).await;
}

pub(super) async fn restore(carrel: &Carrel, proof: &Unlock, name: &str) {
    let window = carrel.window("restore");
    let list: BackupList = window.ok("list_backups", proof).await;
    assert!(list.backups.iter().any(|backup| backup.name == name), "it is listed: {list:?}");
    let (profile, passphrase) = (proof.profile, proof.passphrase.clone());
    let request = RestoreBackup { profile, passphrase, name: name.to_owned() };
    let _: Nothing = window.ok("restore_backup", &request).await;
}

/// Puts the newest backup of the workspace back.
pub(super) async fn restore_workspace(carrel: &Carrel, proof: &Unlock) {
    let window = carrel.window("restore");
    let list: WorkspaceBackups = window.ok("list_workspace_backups", proof).await;
    let name = list.backups.first().expect("there is one").name.clone();
    let (profile, passphrase) = (proof.profile, proof.passphrase.clone());
    let request = RestoreBackup { profile, passphrase, name };
    let _: Nothing = window.ok("restore_workspace", &request).await;
}

/// Puts the newest backup of the list of desks back.
pub(super) async fn restore_door(carrel: &Carrel) {
    let window = carrel.window("restore");
    let list: BackupList = window.ok("list_door_backups", &Nothing {}).await;
    let name = list.backups.first().expect("there is one").name.clone();
    let _: Nothing = window.ok("restore_door", &RestoreDoor { name }).await;
}

fn second(id: Option<domain::ProviderId>, key: &str) -> SaveProvider {
    SaveProvider {
        id,
        label: "Second".to_owned(),
        dialect: Dialect::OpenAi,
        base_url: "https://second.example".to_owned(),
        key: Some(key.to_owned()),
        models: vec!["second-1".to_owned()],
        for_guests: false,
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        make_usual: false,
    }
}

/// What Mira says that the model costs.
pub(super) fn own_price() -> Override {
    let input = NanoUsd(3_000_000_000);
    let price = MillionPrice { input, output: input, cached: None, write: None };
    Override { price: PriceOverride::Set { price }, ..Override::default() }
}

/// Her own price of the model, another price list, and the shipped one again.
async fn change_prices(mira: &Person) {
    let list: ModelList = mira.ok("list_models", &Nothing {}).await;
    let model = list.models[0].model.clone();
    let said = SaveOverride { model, own: Some(own_price()) };
    let _: Catalogue = mira.ok("save_override", &said).await;
    let (text, date) = (price_file(&price_rows()), NEWER_PRICES.to_owned());
    let import = ImportCatalogue { text, date, accept: true };
    let _: CatalogueImport = mira.ok("import_catalogue", &import).await;
    let _: Catalogue = mira.ok("drop_catalogue", &Nothing {}).await;
}

/// Everything that is one change of one store.
async fn small_changes(mira: &Person, facts: &Facts) {
    let (chat, answer) = (facts.chat.expect("prepared"), facts.answer.expect("prepared"));
    let _: BuiltInModels = mira.ok("list_built_in", &Nothing {}).await;
    let appearance = DoorAppearance { text_scale: 1.2, ..DoorAppearance::default() };
    let _: Nothing = mira.ok("set_appearance", &appearance).await;
    let _: ChatPage = mira.ok("open_chat", &OpenChat { chat, around: None, limit: 20 }).await;
    let _: ChatPage =
        mira.ok("select_version", &SelectVersion { message: answer, limit: 20 }).await;
    let title = Some("renamed".to_owned());
    let change = UpdateChat { chat, title, pinned: Some(true), archived: None, class: None };
    let _: ChatSummary = mira.ok("update_chat", &change).await;
    let draft = SaveDraft { chat: Some(chat), text: "unsent".to_owned() };
    let _: Nothing = mira.ok("save_draft", &draft).await;
    let _: MessageView = mira.ok("read_message", &OneMessage { message: answer }).await;
    let _: Nothing = mira.ok("delete_message", &OneMessage { message: answer }).await;
    let _: serde_json::Value = mira.ok("set_fallback", &SetFallback { models: Vec::new() }).await;
    change_routes(mira).await;
    let limits = WorkspaceLimits { limits: Vec::new(), block_unpriced: true, ..Default::default() };
    let _: LimitStandings = mira.ok("write_limits", &limits).await;
    change_roles(mira).await;
    change_groups(mira).await;
    let everyone = ReadUsage { of: UsageOf::Everyone {}, period: UsagePeriod::Month, back: 0 };
    let _: SavedFile = mira.ok("export_usage", &everyone).await;
    let kept = MakeCheckpoint { save: true };
    let _: MadeCheckpoint = mira.ok("make_checkpoint", &kept).await;
    let invite = Invite { role: Role::Member };
    let _: Invitation = mira.ok("invite", &invite).await;
    let id = facts.open_invitation.clone();
    let _: Nothing = mira.ok("revoke_invitation", &OneInvitation { id }).await;
    let rules = WorkspaceRules { without_passphrase: false, ..WorkspaceRules::default() };
    let _: WorkspaceRules = mira.ok("write_rules", &rules).await;
    let name = "notes".to_owned();
    let made: MadeProgram =
        mira.ok("make_program", &MakeProgram { name, class: domain::DataClass::Internal }).await;
    let id = made.list.programs.first().expect("it was made").id;
    let _: ProgramList = mira.ok("revoke_program", &OneProgram { id }).await;
    let instructions = "Mira wants 0".to_owned();
    let settings = Settings { instructions, compact: true, ..Settings::default() };
    let _: Settings = mira.ok("write_settings", &settings).await;
    let export = ExportRecord { form: RecordForm::Package };
    let _: ExportedRecord = mira.ok("export_record", &export).await;
}

/// In milliseconds.
pub(super) const DAY: i64 = 24 * 60 * 60 * 1_000;
/// What each person may ask in a day, before anything is given.
pub(super) const MOST_ASKED: u64 = 50;
const ASKED_A_DAY: LimitMeasure = LimitMeasure::Requests { span: Span::Day };

async fn limit_each(mira: &Person) {
    let limit = Limit::new(LimitScope::EachProfile {}, ASKED_A_DAY, MOST_ASKED);
    let limits = WorkspaceLimits { limits: vec![limit], ..Default::default() };
    let _: LimitStandings = mira.ok("write_limits", &limits).await;
}

fn one_more() -> AskFor {
    let subject = Subject::More { measure: ASKED_A_DAY };
    AskFor { subject, amount: Some(1), reason: "One more.".to_owned() }
}

/// Mira asks and takes it back, looks at what Jonas may, and gives him what he asked for.
async fn decide(mira: &Person, facts: &Facts) {
    let own: RequestList = mira.ok("ask_for", &one_more()).await;
    let waits = |of_mira: bool| {
        let open =
            |one: &&RequestView| one.is_mine == of_mira && one.state == RequestState::Open {};
        own.requests.iter().find(open).expect("it waits").id
    };
    let _: RequestList = mira.ok("withdraw_request", &OneRequest { id: waits(true) }).await;
    let _: AccessView = mira.ok("view_access", &ViewAccess { member: facts.jonas() }).await;
    let his = own.requests.iter().find(|one| !one.is_mine).expect("he asked");
    let answer = Answer::Grant { until: his.made_at.plus(DAY), amount: Some(1) };
    let _: RequestList =
        mira.ok("decide_request", &DecideRequest { id: waits(false), answer }).await;
    let _: RequestList = mira.ok("take_back", &OneRequest { id: waits(false) }).await;
    let _: Nothing = mira.ok("saw_news", &Nothing {}).await;
    propose(mira, facts.jonas()).await;
}

/// A group is made and removed.
async fn change_groups(mira: &Person) {
    let wanted = SaveGroup { id: None, name: "Fieldwork".to_owned(), members: Vec::new() };
    let made: GroupList = mira.ok("save_group", &wanted).await;
    let id = made.groups.first().expect("it was made").id;
    let _: GroupList = mira.ok("remove_group", &OneGroup { id }).await;
}

/// A role is made, kept from models elsewhere, and removed.
async fn change_roles(mira: &Person) {
    let name = "Field crew".to_owned();
    let wanted = SaveRole { version: 0, id: None, name, like_member: true };
    let made: PolicyView = mira.ok("save_role", &wanted).await;
    let role = made.roles.iter().find(|one| one.name.is_some()).expect("it was made").role;
    let change = CellChange { role, row: Row::CloudModels {}, stance: Some(Stance::Deny) };
    let changes = CellChanges { version: made.version, changes: vec![change] };
    let written: PolicyView = mira.ok("write_cells", &changes).await;
    let Role::Custom(id) = role else { panic!("it is one that was made: {role}") };
    let removal = RemoveRole { version: written.version, id };
    let removed: PolicyView = mira.ok("remove_role", &removal).await;
    let text =
        "forbid (principal, action == Action::\"chat.send\", resource) when { context.at < 0 };";
    let statement = HandWritten { id: "mine".to_owned(), text: text.to_owned() };
    let wanted = SaveStatement { version: removed.version, was: None, statement };
    let by_hand: PolicyView = mira.ok("save_statement", &wanted).await;
    let removal = RemoveStatement { version: by_hand.version, id: "mine".to_owned() };
    let _: PolicyView = mira.ok("remove_statement", &removal).await;
}

/// Something is proposed about a member, and withdrawn.
async fn propose(mira: &Person, member: ProfileId) {
    let wanted = Propose { member, wanted: Proposed::Erasure };
    let _: MemberList = mira.ok("propose", &wanted).await;
    let _: MemberList = mira.ok("withdraw_proposal", &WithdrawProposal { member }).await;
}

/// A route is made, renamed as the usual one, and removed.
async fn change_routes(mira: &Person) {
    let models: ModelList = mira.ok("list_models", &Nothing {}).await;
    let step = RouteStep::new(models.models[0].model.clone());
    let mut wanted = SaveRoute {
        id: None,
        name: "Everyday".to_owned(),
        strategy: Strategy::Ordered,
        candidates: vec![step],
        on_overflow: Vec::new(),
        on_refusal: Vec::new(),
        make_usual: false,
    };
    let saved: RouteView = mira.ok("save_route", &wanted).await;
    (wanted.id, wanted.name, wanted.make_usual) = (Some(saved.id), "Daily".to_owned(), true);
    let _: RouteView = mira.ok("save_route", &wanted).await;
    let _: Nothing = mira.ok("remove_route", &OneRoute { id: saved.id }).await;
}
