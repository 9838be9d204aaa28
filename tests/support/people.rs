//! The engine without a window, as people use it.
//!
//! A `Carrel` is one run over a data folder; a `Person` is one window of it.
//! Time is a value that tests move; the shell around is a record.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{DataClass, Dialect, MessageId, ModelRef, ProfileId, Role, Target, UnixMs};
use engine::api::{
    Ask, ConfirmRecovery, CreateWorkspace, DeskState, DoorState, Failure, Invitation, Invite,
    MessageView, Nothing, OneMessage, ProviderView, Question, RecordReport, RecoveryCode,
    RedeemInvitation, SaveProvider, TurnBatch, TurnEvent, TurnStarted, Unlock, VerifyRecord,
};
use engine::{
    App, Clock, Host, KeyCost, Keychain, LocalModelFiles, NewFile, NoKeychain, Setup, TurnSink,
    Uptime, WindowLabel,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

/// A passphrase that zxcvbn finds strong.
pub const PASSPHRASE: &str = "quiet lantern over the tide";
/// Another one.
pub const OTHER_PASSPHRASE: &str = "seven herons cross at noon";
/// A fixed morning in November 2026.
const MORNING: UnixMs = UnixMs(1_795_000_000_000);

/// A clock that stands still until a test moves it.
pub struct TestClock(AtomicI64, AtomicI64);

impl TestClock {
    /// Moves the clock by `millis`, backwards too.
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// The computer sleeps for `millis`.
    pub fn sleep(&self, millis: i64) {
        self.1.fetch_add(millis, Ordering::SeqCst);
        self.advance(millis);
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixMs {
        // Each look is a millisecond later, so that ids made one after another sort.
        UnixMs(self.0.fetch_add(1, Ordering::SeqCst))
    }

    fn uptime(&self) -> Uptime {
        let millis = u64::try_from(self.0.load(Ordering::SeqCst)).unwrap_or_default();
        let total = Duration::from_millis(millis);
        let asleep = self.1.load(Ordering::SeqCst).unsigned_abs();
        Uptime { total, awake: total.saturating_sub(Duration::from_millis(asleep)) }
    }
}

/// Files that were saved: name and content.
type Saved = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A file that is saved once it is whole.
struct RecordedFile {
    name: String,
    content: Vec<u8>,
    saved: Saved,
    is_full: Arc<AtomicBool>,
}

impl NewFile for RecordedFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(std::io::Error::from(std::io::ErrorKind::StorageFull));
        }
        self.content.extend_from_slice(bytes);
        Ok(())
    }

    fn keep(self: Box<Self>) -> std::io::Result<std::path::PathBuf> {
        let Self { name, content, saved, .. } = *self;
        saved.lock().unwrap_or_else(PoisonError::into_inner).push((name.clone(), content));
        Ok(name.into())
    }
}

/// A shell that records what it was asked.
#[derive(Default)]
pub struct RecordedHost {
    closed: Mutex<Vec<String>>,
    opened_links: Mutex<Vec<String>>,
    saved: Saved,
    is_full: Arc<AtomicBool>,
    next: AtomicU32,
}

impl RecordedHost {
    /// Labels of the windows that were closed by locking.
    pub fn closed(&self) -> Vec<String> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Files that were saved for the person: name and content.
    pub fn saved(&self) -> Vec<(String, Vec<u8>)> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on nothing fits where files are saved.
    pub fn fill(&self) {
        self.is_full.store(true, Ordering::SeqCst);
    }

    /// Addresses that were opened outside.
    pub fn opened_links(&self) -> Vec<String> {
        self.opened_links.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Host for RecordedHost {
    fn close_windows(&self, windows: &[WindowLabel]) {
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.extend(windows.iter().map(|window| window.as_str().to_owned()));
    }

    fn next_window(&self) -> Option<WindowLabel> {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        Some(WindowLabel::from(format!("extra{number}").as_str()))
    }

    fn open_window(&self, _label: &WindowLabel) -> std::io::Result<()> {
        Ok(())
    }

    fn open_link(&self, url: &str) -> std::io::Result<()> {
        self.opened_links.lock().unwrap_or_else(PoisonError::into_inner).push(url.to_owned());
        Ok(())
    }

    fn save_file(&self, name: &str, content: &[u8]) -> std::io::Result<std::path::PathBuf> {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        saved.push((name.to_owned(), content.to_vec()));
        Ok(name.into())
    }

    fn begin_file(&self, name: &str) -> std::io::Result<Box<dyn NewFile>> {
        let (saved, is_full) = (Arc::clone(&self.saved), Arc::clone(&self.is_full));
        Ok(Box::new(RecordedFile { name: name.to_owned(), content: Vec::new(), saved, is_full }))
    }
}

/// One run of the engine over a data folder.
#[derive(Clone)]
pub struct Carrel {
    /// The engine.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: Arc<TestClock>,
    /// Its shell.
    pub host: Arc<RecordedHost>,
}

impl Carrel {
    /// Starts over `data_dir`, at a fixed morning in November 2026.
    pub async fn start(data_dir: &Path) -> Self {
        Self::start_at(data_dir, MORNING).await
    }

    /// Starts over `data_dir` at `now`.
    pub async fn start_at(data_dir: &Path, now: UnixMs) -> Self {
        Self::start_with(data_dir, now, Arc::new(NoKeychain), no_models(data_dir)).await
    }

    /// Starts on a computer with these models.
    pub async fn start_with_models(data_dir: &Path, files: LocalModelFiles) -> Self {
        Self::start_with(data_dir, MORNING, Arc::new(NoKeychain), files).await
    }

    /// Starts on a computer with this keychain.
    pub async fn start_on(data_dir: &Path, keychain: Arc<dyn Keychain>) -> Self {
        Self::start_with(data_dir, MORNING, keychain, no_models(data_dir)).await
    }

    async fn start_with(
        data_dir: &Path,
        now: UnixMs,
        keychain: Arc<dyn Keychain>,
        local_model: LocalModelFiles,
    ) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(now.0), AtomicI64::new(0)));
        let host = Arc::new(RecordedHost::default());
        let app = App::start(Setup {
            data_dir: data_dir.to_path_buf(),
            clock: clock.clone(),
            host: host.clone(),
            local_model,
            key_cost: KeyCost::Least,
            keychain,
        })
        .await
        .expect("the engine starts");
        Self { app, clock, host }
    }

    /// A window that shows the chooser.
    #[must_use]
    pub fn window(&self, label: &str) -> Person {
        Person { app: Arc::clone(&self.app), window: WindowLabel::from(label) }
    }

    /// Makes the workspace and its admin's desk, open in a window named `admin`.
    pub async fn first_run(&self) -> Person {
        let admin = self.window("admin");
        let request = CreateWorkspace {
            workspace_name: "Tidewater Survey".to_owned(),
            profile_name: "Mira".to_owned(),
            avatar: 1,
            passphrase: PASSPHRASE.to_owned(),
        };
        let _: RecoveryCode = admin.ok("create_workspace", &request).await;
        admin
    }

    /// Invites `name` and opens their new desk in a window.
    pub async fn join(&self, admin: &Person, name: &str, label: &str) -> Person {
        let invitation: Invitation = admin.ok("invite", &Invite { role: Role::Member }).await;
        let person = self.window(label);
        let request = RedeemInvitation {
            key: invitation.key,
            profile_name: name.to_owned(),
            avatar: 3,
            passphrase: Some(OTHER_PASSPHRASE.to_owned()),
        };
        let _: RecoveryCode = person.ok("redeem_invitation", &request).await;
        person
    }

    /// The profile of the desk with this name.
    pub async fn profile(&self, name: &str) -> ProfileId {
        let door: DoorState = self.window("look").ok("door_state", &Nothing {}).await;
        let card = door.desks.into_iter().find(|desk| desk.name == name);
        card.unwrap_or_else(|| panic!("no desk of {name}")).profile
    }

    /// Locks the desk of `person`, whose name is `name`, and waits until it is closed.
    pub async fn lock(&self, person: &Person, name: &str) {
        let _: Nothing = person.ok("lock", &Nothing {}).await;
        while person.try_call::<_, DeskState>("desk_state", &Nothing {}).await.is_ok() {
            tokio::task::yield_now().await;
        }
        // Whoever wants to open it waits for its end, with a wrong passphrase too.
        let profile = self.profile(name).await;
        let passphrase = "not the one".to_owned();
        let wrong = Unlock { profile, passphrase, accept_older: false };
        self.window("stranger").fails("unlock", &wrong).await;
    }

    /// Opens a desk by name in a new window.
    pub async fn unlock(&self, name: &str, passphrase: &str, label: &str) -> Person {
        let person = self.window(label);
        let profile = self.profile(name).await;
        let request = Unlock { profile, passphrase: passphrase.to_owned(), accept_older: false };
        let _: DeskState = person.ok("unlock", &request).await;
        person
    }
}

fn no_models(data_dir: &Path) -> LocalModelFiles {
    LocalModelFiles {
        sidecar: data_dir.join("no-sidecar"),
        shipped: data_dir.join("no-models"),
        own: data_dir.join("models"),
    }
}

/// One window and whoever has a desk open in it.
#[derive(Clone)]
pub struct Person {
    /// The engine.
    pub app: Arc<App>,
    /// The window.
    pub window: WindowLabel,
}

impl Person {
    /// Runs a command.
    ///
    /// # Errors
    /// The command's failure.
    pub async fn try_call<Q: Serialize, A: DeserializeOwned>(
        &self,
        name: &str,
        request: &Q,
    ) -> Result<A, Failure> {
        let request = serde_json::to_value(request).expect("requests are plain values");
        let answer = self.app.call(&self.window, name, request).await?;
        Ok(serde_json::from_str(&answer).expect("answers fit their types"))
    }

    /// Runs a command that must succeed.
    pub async fn ok<Q: Serialize, A: DeserializeOwned>(&self, name: &str, request: &Q) -> A {
        match self.try_call(name, request).await {
            Ok(answer) => answer,
            Err(failure) => panic!("{name} failed: {failure:?}"),
        }
    }

    /// Runs a command that must fail, and returns how.
    pub async fn fails<Q: Serialize>(&self, name: &str, request: &Q) -> Failure {
        match self.try_call::<Q, serde_json::Value>(name, request).await {
            Ok(answer) => panic!("{name} should have failed, and answered {answer}"),
            Err(failure) => failure,
        }
    }

    /// Adds an OpenAI-compatible provider at `base_url` and makes it usual.
    pub async fn add_provider(&self, base_url: &str) -> ModelRef {
        self.offer("Scripted", base_url, true).await
    }

    /// Adds an OpenAI-compatible provider with one model, named after `label`.
    pub async fn offer(&self, label: &str, base_url: &str, make_usual: bool) -> ModelRef {
        let request = SaveProvider {
            id: None,
            label: label.to_owned(),
            dialect: Dialect::OpenAi,
            base_url: base_url.to_owned(),
            key: None,
            models: vec![format!("{}-1", label.to_lowercase())],
            for_guests: true,
            nearby_allowed: false,
            accepts: domain::DataClass::Internal,
            regions: Vec::new(),
            make_usual,
        };
        let saved: ProviderView = self.ok("save_provider", &request).await;
        ModelRef { provider: saved.id, model: saved.models[0].clone() }
    }

    /// Offers the model that comes with Carrel, to guests too, and makes it usual.
    pub async fn offer_built_in(&self) -> ModelRef {
        self.offer_files(&[engine::BUILT_IN_MODEL]).await
    }

    /// Offers models in files on this machine, to guests too; the first one is usual.
    pub async fn offer_files(&self, models: &[&str]) -> ModelRef {
        let request = SaveProvider {
            id: None,
            label: "Built-in".to_owned(),
            dialect: Dialect::BuiltIn,
            base_url: String::new(),
            key: None,
            models: models.iter().map(|model| (*model).to_owned()).collect(),
            for_guests: true,
            nearby_allowed: false,
            accepts: domain::DataClass::Internal,
            regions: Vec::new(),
            make_usual: true,
        };
        let saved: ProviderView = self.ok("save_provider", &request).await;
        ModelRef { provider: saved.id, model: saved.models[0].clone() }
    }

    /// Makes a new recovery code and confirms it.
    pub async fn confirm_code(&self) -> RecoveryCode {
        let code: RecoveryCode = self.ok("renew_recovery", &Nothing {}).await;
        let typed = code
            .confirm
            .iter()
            .filter_map(|number| code.groups.get(usize::from(*number) - 1).cloned())
            .collect();
        let _: DeskState = self.ok("confirm_recovery", &ConfirmRecovery { typed }).await;
        code
    }

    /// Begins a turn.
    ///
    /// # Errors
    /// Why it could not begin.
    pub async fn ask(&self, question: Question) -> Result<Turn, Failure> {
        self.ask_of(None, question).await
    }

    /// Begins a turn with whom to ask.
    ///
    /// # Errors
    /// Why it could not begin.
    pub async fn ask_of(
        &self,
        target: Option<Target>,
        question: Question,
    ) -> Result<Turn, Failure> {
        self.ask_as(None, target, question).await
    }

    /// Begins a turn, in a new chat of this class.
    ///
    /// # Errors
    /// Why it could not begin.
    pub async fn ask_as(
        &self,
        class: Option<DataClass>,
        target: Option<Target>,
        question: Question,
    ) -> Result<Turn, Failure> {
        let (sender, batches) = mpsc::unbounded_channel();
        let request = Ask { question, target, class };
        let started = self.app.ask(&self.window, request, Arc::new(Forward(sender))).await?;
        Ok(Turn { started, batches, person: self.clone(), seen: Vec::new() })
    }

    /// Asks in a new chat and waits for the stored answer.
    pub async fn ask_new(&self, text: &str) -> (TurnStarted, MessageView) {
        let question = Question::NewChat { text: text.to_owned() };
        let turn = self.ask(question).await.expect("the question is accepted");
        let started = turn.started;
        (started, turn.settled().await.0)
    }

    /// Waits until checkpoints stand for all of the record in this folder, and the keys that they
    /// were signed with are gone: then nothing of it is written any more. For who may read it.
    pub async fn checkpointed(&self, dir: &Path) {
        loop {
            let query = VerifyRecord { quick: true };
            let report: RecordReport = self.ok("verify_record", &query).await;
            assert!(report.fault.is_none(), "the record holds: {report:?}");
            let names = std::fs::read_dir(dir.join("workspace")).expect("a folder").flatten();
            let keys = names.filter(|one| one.file_name().to_string_lossy().ends_with(".key"));
            if report.checkpointed == report.events && keys.count() == 1 {
                return;
            }
        }
    }

    /// Reads a stored message.
    pub async fn message(&self, message: MessageId) -> MessageView {
        self.ok("read_message", &OneMessage { message }).await
    }
}

struct Forward(mpsc::UnboundedSender<TurnBatch>);

impl TurnSink for Forward {
    fn send(&self, batch: TurnBatch) {
        let _ = self.0.send(batch);
    }
}

/// A turn under way.
pub struct Turn {
    /// Its ids.
    pub started: TurnStarted,
    person: Person,
    batches: mpsc::UnboundedReceiver<TurnBatch>,
    seen: Vec<TurnEvent>,
}

impl Turn {
    /// The next event; none after the last.
    pub async fn next(&mut self) -> Option<TurnEvent> {
        while self.seen.is_empty() {
            self.seen = self.batches.recv().await?.events;
            self.seen.reverse();
        }
        self.seen.pop()
    }

    /// Waits until the streamed text holds `text`.
    pub async fn shows(&mut self, text: &str) {
        let mut shown = String::new();
        while let Some(event) = self.next().await {
            if let TurnEvent::Text { text: more } = event {
                shown.push_str(&more);
                if shown.contains(text) {
                    return;
                }
            }
        }
        panic!("the turn ended after {shown:?}, without {text:?}");
    }

    /// Waits for the end; returns the stored answer and why it ended early.
    pub async fn settled(mut self) -> (MessageView, Option<Failure>) {
        while let Some(event) = self.next().await {
            if let TurnEvent::Settled { answer, failure, .. } = event {
                return (self.person.message(answer).await, failure);
            }
        }
        panic!("the turn ended without settling");
    }

    /// Waits for the end without reading the answer (the desk may be locked).
    pub async fn ended(mut self) -> Option<Failure> {
        while let Some(event) = self.next().await {
            if let TurnEvent::Settled { failure, .. } = event {
                return failure;
            }
        }
        None
    }
}
