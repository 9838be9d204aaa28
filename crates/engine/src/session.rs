//! One unlock of one profile: its keys, its open files, what runs in it.
//!
//! Shared by all windows of that desk. Closing stops what runs and keeps the
//! partial answers, closes the files and wipes the keys.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent::Cancel;
use domain::{ChatId, ProfileId, Role, SessionId, TurnId, UnixMs};
use policy::{Principal, Rules};
use sealed::Keyring;
use sealed::files::FileLock;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vault::Vault;
use workspace::Workspace;

use crate::api::{DeskState, Failure, Settings};
use crate::denials::Denials;
use crate::departures::Departures;
use crate::idle::{IdleClock, LockRule};
use crate::programs::Programs;
use crate::turn::RunningTurn;

/// The name under which a profile keeps its pins of the workspace.
pub(crate) const PINS: &str = "workspace";

/// An open desk.
pub(crate) struct Session {
    /// This unlock, as the record names it.
    pub(crate) id: SessionId,
    pub(crate) profile: ProfileId,
    pub(crate) name: String,
    pub(crate) avatar: u8,
    pub(crate) role: Role,
    /// Where the profile's files lie; none for a guest.
    pub(crate) dir: Option<PathBuf>,
    pub(crate) vault: Vault,
    /// The shared part; guests have none.
    pub(crate) workspace: Option<Workspace>,
    pub(crate) workspace_name: String,
    pub(crate) keyring: tokio::sync::Mutex<Keyring>,
    pub(crate) turns: Turns,
    /// The person's own programs that may ask through this desk.
    pub(crate) programs: Programs,
    pub(crate) tasks: TaskTracker,
    /// When the desk locks by itself.
    pub(crate) idle: Mutex<IdleClock>,
    pub(crate) denials: Mutex<Denials>,
    /// Set once its key is destroyed.
    pub(crate) erased: AtomicBool,
    /// The recovery code's groups that must be typed back, while unconfirmed.
    pub(crate) awaited_groups: Mutex<Option<Vec<String>>>,
    /// Keeps a second process out for as long as the desk is open.
    pub(crate) lock: Mutex<Option<FileLock>>,
    /// Which of its attempts have left; a guest settles nothing afterwards.
    pub(crate) departures: Option<Departures>,
}

/// The turns that run in a session.
#[derive(Default)]
pub(crate) struct Turns {
    running: Mutex<HashMap<TurnId, Arc<RunningTurn>>>,
    closed: AtomicBool,
    closing: CancellationToken,
}

impl Turns {
    /// Adds a turn; refused once the desk is being locked.
    pub(crate) fn begin(&self, turn: Arc<RunningTurn>) -> Result<(), Failure> {
        let mut running = self.running();
        if self.closed.load(Ordering::SeqCst) {
            return Err(Failure::locked());
        }
        running.insert(turn.turn, turn);
        Ok(())
    }

    pub(crate) fn end(&self, turn: TurnId) {
        self.running().remove(&turn);
    }

    pub(crate) fn get(&self, turn: TurnId) -> Option<Arc<RunningTurn>> {
        self.running().get(&turn).cloned()
    }

    pub(crate) fn is_running_in(&self, chat: ChatId) -> bool {
        self.running().values().any(|turn| turn.chat == chat)
    }

    /// Stops everything that runs and lets nothing new begin. False where that was done before.
    pub(crate) fn close(&self) -> bool {
        let running = self.running();
        let first = !self.closed.swap(true, Ordering::SeqCst);
        for turn in running.values() {
            turn.stop(Cancel::Lock);
        }
        self.closing.cancel();
        first
    }

    /// True once the desk is being locked.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Cancelled when the desk is being locked, or by whoever holds it.
    ///
    /// # Errors
    /// `Locked` where it is being locked already.
    pub(crate) fn until_closed(&self) -> Result<CancellationToken, Failure> {
        if self.is_closed() {
            return Err(Failure::locked());
        }
        Ok(self.closing.child_token())
    }

    /// What `work` gives, unless the desk is locked before: for work that waits for others.
    ///
    /// # Errors
    /// `Locked`.
    pub(crate) async fn unless_closed<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.closing.cancelled() => Err(Failure::locked()),
            done = work => Ok(done),
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<TurnId, Arc<RunningTurn>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    pub(crate) fn is_guest(&self) -> bool {
        self.role == Role::Guest
    }

    pub(crate) fn is_erased(&self) -> bool {
        self.erased.load(Ordering::SeqCst)
    }

    /// The shared part.
    ///
    /// # Errors
    /// `Denied` for guests, who have none.
    pub(crate) fn workspace(&self) -> Result<&Workspace, Failure> {
        self.workspace.as_ref().ok_or_else(|| {
            Failure::new(
                crate::api::FailureCode::Denied,
                "A guest sees nothing of the workspace. Open a desk of your own.",
            )
        })
    }

    /// Who asks, whatever is asked here, and when.
    pub(crate) fn principal(&self, at: UnixMs) -> Principal {
        Principal { profile: self.profile, role: self.role, at }
    }

    /// The rules that decide here. A guest sees nothing of the workspace, and is offered at the
    /// door what is open to guests.
    pub(crate) fn rules(&self) -> Arc<Rules> {
        self.workspace.as_ref().map_or_else(|| Arc::clone(Rules::built_in()), Workspace::rules)
    }

    pub(crate) async fn state(&self, now: UnixMs) -> Result<DeskState, Failure> {
        let settings = self.settings().await?;
        Ok(DeskState {
            profile: self.profile,
            name: self.name.clone(),
            avatar: self.avatar,
            role: self.role,
            workspace_name: self.workspace_name.clone(),
            guest: self.is_guest(),
            has_passphrase: self.keyring.lock().await.has_passphrase(),
            recovery_confirmed: self.is_guest() || self.recovery_confirmed().await?,
            record_cut: self.workspace.as_ref().is_some_and(Workspace::audit_was_cut),
            lock_after_minutes: settings.lock_after_minutes,
            may: self
                .rules()
                .permitted(&self.principal(now))
                .into_iter()
                .map(str::to_owned)
                .collect(),
        })
    }

    /// Remembers how far this person has seen the workspace.
    pub(crate) async fn keep_pins(&self, workspace: &Workspace) -> Result<(), Failure> {
        Ok(self.vault.set_pin(PINS, workspace.pins().to_bytes()).await?)
    }

    /// The same, at once, where the last command changed or read a document of the workspace;
    /// true where it did.
    pub(crate) async fn keep_new_pins(&self) -> bool {
        let unkept = self.workspace.as_ref().and_then(Workspace::unkept_pins);
        let Some(pins) = unkept else { return false };
        if let Err(error) = self.vault.set_pin(PINS, pins.to_bytes()).await {
            // The command did what it says; the pins are kept again at lock.
            tracing::error!(%error, "what was seen of the workspace was not kept yet");
        }
        true
    }

    /// When the desk locks by itself.
    pub(crate) fn idle(&self) -> MutexGuard<'_, IdleClock> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks by these settings from now on.
    pub(crate) fn obey(&self, settings: &Settings) {
        let minutes = settings.lock_after_minutes.map(u64::from);
        let after = minutes.map(|minutes| Duration::from_secs(minutes * 60));
        self.idle().rule = LockRule { after, on_suspend: settings.lock_on_suspend };
    }

    /// Goes on with a deletion that was interrupted, while the desk is used.
    pub(crate) fn finish_erasing(&self) {
        let vault = self.vault.clone();
        self.tasks.spawn(async move {
            if let Err(error) = vault.finish_erasing().await {
                tracing::error!(%error, "what was deleted could not be erased yet");
            }
        });
    }

    /// Waits for what was stopped, and keeps the partials.
    pub(crate) async fn finish(&self) {
        self.vault.stop_erasing();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Closes the files of a session that is finished.
    pub(crate) async fn close(&self) {
        if let Some(workspace) = &self.workspace {
            if let Err(error) = self.keep_pins(workspace).await {
                tracing::error!(code = ?error.code, "what was seen of the workspace was not kept");
            }
            workspace.close().await;
        }
        self.vault.close().await;
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
