//! The running application: the door, the gateway, and whose desk each window is.
//!
//! Several people's sessions may be open at once. They share nothing but the
//! workspace on disk, the gateway's connections and the built-in models.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use domain::{ProfileId, UnixMs};
use gateway::catalogue::Catalogue;
use gateway::{Gateway, GatewayOptions, NoClient};
use sealed::files::FileLock;
use sealed::{KdfCost, Keychain};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::task::TaskTracker;
use workspace::{AuditKind, Digest, Door};

use crate::api::{Failure, FailureCode, LockCause, Locked};
use crate::clock::{Clock, Uptime};
use crate::denials::Denials;
use crate::desk::Desk;
use crate::door::Caller;
use crate::erasure;
use crate::gates::Gates;
use crate::host::Host;
use crate::local_model::{LocalModel, LocalModelFiles};
use crate::newcomers;
use crate::programs::Port;
use crate::session::Session;
use crate::window::WindowLabel;

/// What a process brings to its engine.
pub struct Setup {
    /// Where all data lies.
    pub data_dir: PathBuf,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The shell around the engine.
    pub host: Arc<dyn Host>,
    /// Where the built-in model lies.
    pub local_model: LocalModelFiles,
    /// How hard a new desk's passphrase is to guess.
    pub key_cost: KeyCost,
    /// Where the device key lies if this computer has a keychain.
    pub keychain: Arc<dyn Keychain>,
}

/// The work that each guess of a passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCost {
    /// As much as this computer does in about a third of a second.
    Calibrated,
    /// The least that Carrel accepts; for tests.
    Least,
}

impl KeyCost {
    pub(crate) fn cost(self) -> KdfCost {
        match self {
            Self::Calibrated => KdfCost::calibrated(),
            Self::Least => KdfCost::FLOOR,
        }
    }
}

/// The engine of one process.
pub struct App {
    pub(crate) data_dir: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) key_cost: KeyCost,
    pub(crate) gateway: Gateway,
    /// The limits that it was told of.
    pub(crate) kept_limits: Mutex<Vec<gateway::Limit>>,
    /// The price list that an admin brought, as it was read last.
    pub(crate) price_list: Mutex<Option<(Digest, Arc<Catalogue>)>>,
    pub(crate) local_model: LocalModel,
    /// Where people's programs find them.
    pub(crate) port: Port,
    /// What goes on after its command has answered: locking, erasing.
    pub(crate) afterwork: TaskTracker,
    /// For work that a shell starts from outside of it.
    pub(crate) runtime: Handle,
    pub(crate) keychain: Arc<dyn Keychain>,
    door: OnceLock<Door>,
    /// Why the door is not open.
    door_failure: Mutex<Option<Failure>>,
    /// Whether a chooser has asked for the door.
    door_asked: AtomicBool,
    desks: Mutex<Desks>,
    pub(crate) gates: Gates,
    /// What was refused at the guest desk, whoever sat there.
    pub(crate) guests_denials: Mutex<Denials>,
}

/// Which window shows whose desk, and which desks are open.
#[derive(Default)]
struct Desks {
    windows: HashMap<WindowLabel, Arc<Session>>,
    /// How desks were locked that have not been opened since.
    locked: HashMap<ProfileId, Locked>,
}

impl App {
    /// Starts the engine. A door that cannot be read does not stop it: the
    /// chooser then shows why.
    ///
    /// # Errors
    /// Where the system's certificates cannot be read.
    pub async fn start(setup: Setup) -> Result<Arc<Self>, NoClient> {
        let app = Arc::new(Self {
            data_dir: setup.data_dir,
            clock: setup.clock,
            host: setup.host,
            key_cost: setup.key_cost,
            gateway: Gateway::new(GatewayOptions::default())?,
            kept_limits: Mutex::default(),
            price_list: Mutex::default(),
            local_model: LocalModel::new(setup.local_model),
            port: Port::default(),
            afterwork: TaskTracker::new(),
            runtime: Handle::current(),
            keychain: setup.keychain,
            door: OnceLock::new(),
            door_failure: Mutex::default(),
            door_asked: AtomicBool::new(false),
            desks: Mutex::default(),
            gates: Gates::default(),
            guests_denials: Mutex::default(),
        });
        app.open_door().await;
        Ok(app)
    }

    /// Tries a shut door again: a keychain that was locked may be unlocked by now. The first
    /// chooser is told why it is shut without waiting for the keychain a second time.
    pub(crate) async fn retry_door(&self) {
        if self.door_asked.swap(true, Ordering::SeqCst) {
            self.open_door().await;
        }
    }

    /// Opens the door, unless it is open; where it stays shut, `door` says why.
    pub(crate) async fn open_door(&self) {
        if self.door.get().is_some() {
            return;
        }
        let (at, keychain) = (self.data_dir.clone(), Arc::clone(&self.keychain));
        let opened = tokio::task::spawn_blocking(move || {
            erasure::resume(&at.join("profiles"));
            Door::open(&at, &*keychain)
        })
        .await
        .map_err(|_| Failure::internal("the door could not be opened"))
        .and_then(|door| door.map_err(Failure::from));
        match opened {
            Ok(door) => {
                if let Err(failure) = newcomers::resume(&self.data_dir, &door).await {
                    let code = failure.code;
                    tracing::error!(?code, "an interrupted beginning could not be cleared away");
                }
                // Two windows may have tried at once; either door will do.
                drop(self.door.set(door));
            }
            Err(failure) => {
                tracing::error!(code = ?failure.code, "the door could not be opened");
                *self.door_failure() = Some(failure);
            }
        }
    }

    /// The caller of a command that needs no open desk.
    pub(crate) fn caller(self: &Arc<Self>, window: &WindowLabel) -> Caller {
        Caller { app: Arc::clone(self), window: window.clone() }
    }

    /// The desk of a window.
    ///
    /// # Errors
    /// `Locked` where the window shows no open desk.
    pub(crate) fn desk(self: &Arc<Self>, window: &WindowLabel) -> Result<Desk, Failure> {
        let session = self.desks().windows.get(window).cloned().ok_or_else(Failure::locked)?;
        Ok(Desk { app: Arc::clone(self), session })
    }

    pub(crate) fn door(&self) -> Result<&Door, Failure> {
        let shut = || Failure::internal("the door is not open");
        self.door.get().ok_or_else(|| self.door_failure().clone().unwrap_or_else(shut))
    }

    fn door_failure(&self) -> MutexGuard<'_, Option<Failure>> {
        self.door_failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> UnixMs {
        self.clock.now()
    }

    pub(crate) fn uptime(&self) -> Uptime {
        self.clock.uptime()
    }

    /// Locks the desks that nobody has used for as long as their people allow, or that the
    /// computer slept over, and waits for them. A shell with windows calls this every second,
    /// whether the last call is over or not.
    pub async fn lock_idle_desks(self: &Arc<Self>) {
        let now = self.uptime();
        let mut sessions = self.open_sessions();
        sessions.retain(|session| session.idle().is_over(now));
        // One that is slow to close keeps no other open.
        let locking: Vec<_> = sessions
            .into_iter()
            .map(|one| self.start_locking(one, Some(LockCause::Idle)))
            .collect();
        for locked in locking {
            drop(locked.await);
        }
    }

    /// Unloads the built-in models that nobody has asked for five minutes. A shell that stays
    /// calls this every second.
    pub async fn stop_idle_models(&self) {
        self.local_model.stop_idle(self.uptime()).await;
    }

    /// Locks a desk behind the screen: its windows are among those that close.
    pub(crate) fn start_locking(
        self: &Arc<Self>,
        session: Arc<Session>,
        cause: Option<LockCause>,
    ) -> JoinHandle<()> {
        let app = Arc::clone(self);
        let locking = async move { app.close_desk(&session, Some(app.now()), cause).await };
        self.afterwork.spawn_on(locking, &self.runtime)
    }

    /// Locks the desks whose people want that when the computer sleeps. When this returns,
    /// their files are closed and their keys wiped.
    pub async fn lock_for_sleep(self: &Arc<Self>) {
        // Whoever is opening or closing a desk at this moment comes first.
        self.gates.settle().await;
        // One after the other could take longer than the computer waits.
        let mut locking = JoinSet::new();
        for session in self.open_sessions() {
            if session.idle().rule.on_suspend {
                let app = Arc::clone(self);
                // A backup could take longer too; it is made at another lock.
                let closing = async move {
                    app.close_desk(&session, None, Some(LockCause::Sleep)).await;
                };
                locking.spawn_on(closing, &self.runtime);
            }
        }
        locking.join_all().await;
    }

    /// Every open desk once.
    pub(crate) fn open_sessions(&self) -> Vec<Arc<Session>> {
        let mut sessions: Vec<Arc<Session>> = self.desks().windows.values().cloned().collect();
        sessions.sort_by_key(|session| session.profile);
        sessions.dedup_by_key(|session| session.profile);
        sessions
    }

    /// The session that has `profile` open in this process.
    pub(crate) fn session_of(&self, profile: ProfileId) -> Option<Arc<Session>> {
        self.desks().windows.values().find(|session| session.profile == profile).cloned()
    }

    /// How a desk was locked in this run, where it has not been opened since.
    pub(crate) fn locked(&self, profile: ProfileId) -> Option<Locked> {
        self.desks().locked.get(&profile).copied()
    }

    /// Shows `session` in `window`. A window belongs to one session for life.
    ///
    /// # Errors
    /// `Invalid` where the window already shows a desk, `Locked` for a desk that is closing.
    pub(crate) fn bind(&self, window: &WindowLabel, session: Arc<Session>) -> Result<(), Failure> {
        let mut desks = self.desks();
        if session.turns.is_closed() {
            return Err(Failure::locked());
        }
        if desks.windows.contains_key(window) {
            return Err(Failure::new(
                FailureCode::Invalid,
                "This window already shows an open desk. Lock it first.",
            ));
        }
        desks.locked.remove(&session.profile);
        desks.windows.insert(window.clone(), session);
        Ok(())
    }

    /// Where a profile's files lie.
    pub(crate) fn profile_dir(&self, profile: ProfileId) -> PathBuf {
        self.data_dir.join("profiles").join(profile.to_string())
    }

    /// Keeps a second process out of this desk.
    pub(crate) fn hold(&self, profile: ProfileId) -> Result<FileLock, Failure> {
        newcomers::lock(&self.data_dir, profile).map_err(|_| Failure::open_elsewhere())
    }

    /// Locks a desk: its windows close at once, what runs is stopped and kept,
    /// a backup is made where it is time, then the files are closed and the keys wiped.
    /// Waits where it is being locked already.
    pub(crate) async fn lock(&self, session: &Arc<Session>) {
        self.close_desk(session, Some(self.now()), None).await;
    }

    async fn close_desk(
        &self,
        session: &Arc<Session>,
        back_up: Option<UnixMs>,
        cause: Option<LockCause>,
    ) {
        let (passage, way) = self.gates.leave(session.profile).await;
        let windows: Vec<WindowLabel> = {
            let mut desks = self.desks();
            let windows: Vec<_> = desks
                .windows
                .iter()
                .filter(|(_, other)| Arc::ptr_eq(other, session))
                .map(|(window, _)| window.clone())
                .collect();
            desks.windows.retain(|_, other| !Arc::ptr_eq(other, session));
            if !session.turns.close() {
                return;
            }
            if let Some(cause) = cause.filter(|_| !session.is_guest()) {
                desks.locked.insert(session.profile, Locked { at: self.now(), cause });
            }
            windows
        };
        self.heed_programs();
        self.host.close_windows(&windows);
        if let Err(failure) = session.record(self, AuditKind::Locked).await {
            tracing::error!(code = ?failure.code, "a lock could not be recorded");
        }
        session.finish().await;
        session.checkpoint(self.now()).await;
        if let Some(now) = back_up.filter(|_| !session.is_erased()) {
            session.back_up_if_due(now, &way).await;
            self.back_up_workspace(session, now).await;
        }
        session.close().await;
        self.gateway.forget_connections();
        self.local_model.forget(session.profile).await;
        self.remember_anchor(session).await;
        if let Some(now) = back_up {
            self.back_up_door(now).await;
        }
        drop(passage);
    }

    /// A window went away by itself; the last one of a desk starts locking it. Returns at
    /// once, so that a shell that ends with its last window finds the lock under way.
    pub fn window_closed(self: &Arc<Self>, window: &WindowLabel) {
        let mut desks = self.desks();
        let Some(session) = desks.windows.get(window).cloned() else { return };
        let shown = desks.windows.values().filter(|other| Arc::ptr_eq(other, &session)).count();
        if shown > 1 {
            desks.windows.remove(window);
        } else {
            drop(desks);
            drop(self.start_locking(session, None));
        }
    }

    /// The window of `label` could not be opened.
    pub(crate) fn unbind(&self, label: &WindowLabel) {
        self.desks().windows.remove(label);
    }

    /// Locks every desk and waits for what is still being closed or erased;
    /// call before the process ends.
    pub async fn close(&self) {
        loop {
            let Some(session) = self.desks().windows.values().next().cloned() else { break };
            self.lock(&session).await;
        }
        self.afterwork.close();
        self.afterwork.wait().await;
        self.afterwork.reopen();
    }

    /// Remembers a closed desk's counter, so that a file that is put back later is noticed.
    async fn remember_anchor(&self, session: &Session) {
        if session.is_guest() || session.is_erased() {
            return;
        }
        self.keep_anchor(session.profile, session.vault.private_counter()).await;
    }

    fn desks(&self) -> MutexGuard<'_, Desks> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
