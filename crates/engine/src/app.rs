//! The running application: the door, the gateway, and whose desk each window is.
//!
//! Several people's sessions may be open at once. They share nothing but the
//! workspace on disk, the gateway's connections and the built-in model.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{ProfileId, UnixMs};
use gateway::{Gateway, GatewayOptions};
use workspace::Door;

use crate::api::{Failure, FailureCode};
use crate::clock::Clock;
use crate::desk::Desk;
use crate::door::Caller;
use crate::host::Host;
use crate::local_model::{LocalModel, LocalModelFiles};
use crate::session::Session;
use crate::window::WindowLabel;

/// The engine of one process.
pub struct App {
    pub(crate) data_dir: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) gateway: Gateway,
    pub(crate) local_model: LocalModel,
    door: Result<Door, Failure>,
    desks: Mutex<Desks>,
}

/// Which window shows whose desk, and which desks are open.
#[derive(Default)]
struct Desks {
    windows: HashMap<WindowLabel, Arc<Session>>,
    /// One gate for each profile: held while its desk is being opened or
    /// closed, so that opening waits until closing has released the files.
    gates: HashMap<ProfileId, Arc<tokio::sync::Mutex<()>>>,
}

impl App {
    /// Starts the engine over `data_dir`. A door that cannot be read does not
    /// stop it: the chooser then shows why.
    pub async fn start(
        data_dir: PathBuf,
        clock: Arc<dyn Clock>,
        host: Arc<dyn Host>,
        local_model: LocalModelFiles,
    ) -> Arc<Self> {
        let at = data_dir.clone();
        let door = tokio::task::spawn_blocking(move || Door::open(&at))
            .await
            .map_err(|_| Failure::internal("the door could not be opened"))
            .and_then(|door| door.map_err(Failure::from));
        if let Err(failure) = &door {
            tracing::error!(code = ?failure.code, "the door could not be opened");
        }
        Arc::new(Self {
            data_dir,
            clock,
            host,
            gateway: Gateway::new(GatewayOptions::default()),
            local_model: LocalModel::new(local_model),
            door,
            desks: Mutex::default(),
        })
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
        Ok(Desk { app: Arc::clone(self), session, window: window.clone() })
    }

    pub(crate) fn door(&self) -> Result<&Door, Failure> {
        self.door.as_ref().map_err(Clone::clone)
    }

    pub(crate) fn now(&self) -> UnixMs {
        self.clock.now()
    }

    /// The session that has `profile` open in this process.
    pub(crate) fn session_of(&self, profile: ProfileId) -> Option<Arc<Session>> {
        self.desks().windows.values().find(|session| session.profile == profile).cloned()
    }

    /// Shows `session` in `window`. A window belongs to one session for life.
    ///
    /// # Errors
    /// `Invalid` where the window already shows a desk.
    pub(crate) fn bind(&self, window: &WindowLabel, session: Arc<Session>) -> Result<(), Failure> {
        let mut desks = self.desks();
        if desks.windows.contains_key(window) {
            return Err(Failure::new(
                FailureCode::Invalid,
                "This window already shows an open desk. Lock it first.",
            ));
        }
        desks.windows.insert(window.clone(), session);
        Ok(())
    }

    /// Waits until nobody else is opening or closing this desk.
    pub(crate) async fn gate(&self, profile: ProfileId) -> tokio::sync::OwnedMutexGuard<()> {
        let gate = Arc::clone(self.desks().gates.entry(profile).or_default());
        gate.lock_owned().await
    }

    /// Locks a desk: its windows close at once, what runs is stopped and kept,
    /// then the files are closed and the keys wiped.
    pub(crate) async fn lock(&self, session: &Arc<Session>) {
        let gate = self.gate(session.profile).await;
        let windows: Vec<WindowLabel> = {
            let mut desks = self.desks();
            let windows: Vec<_> = desks
                .windows
                .iter()
                .filter(|(_, other)| Arc::ptr_eq(other, session))
                .map(|(window, _)| window.clone())
                .collect();
            desks.windows.retain(|_, other| !Arc::ptr_eq(other, session));
            windows
        };
        session.forbid_new_turns();
        self.host.close_windows(&windows);
        session.close(self.now()).await;
        self.remember_anchors(session).await;
        drop(gate);
    }

    /// A window went away by itself; the last one of a desk locks it.
    pub async fn window_closed(&self, window: &WindowLabel) {
        let Some(session) = self.desks().windows.get(window).cloned() else { return };
        let last = {
            let desks = self.desks();
            desks.windows.values().filter(|other| Arc::ptr_eq(other, &session)).count() == 1
        };
        if last {
            self.lock(&session).await;
        } else {
            self.desks().windows.remove(window);
        }
    }

    /// Locks every desk; call before the process ends.
    pub async fn close(&self) {
        loop {
            let Some(session) = self.desks().windows.values().next().cloned() else { break };
            self.lock(&session).await;
        }
    }

    fn desks(&self) -> MutexGuard<'_, Desks> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
