//! From an unlocked keyring to an open desk in a window.
//!
//! Opens the private files, then the workspace, verifies what is pinned,
//! replays what a crash left, and only then binds the window.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use domain::{ProfileId, Role, SessionId};
use sealed::Keyring;
use sealed::files;
use vault::Vault;
use workspace::{AuditKind, Identity, Pins, Workspace};

use super::Caller;
use crate::api::{DeskState, Failure, FailureCode};
use crate::departures::{Departures, Noted};
use crate::idle::IdleClock;
use crate::session::{PINS, Session};

/// A desk whose files are open, before a window shows it.
pub(crate) struct Opened {
    pub(crate) keyring: Keyring,
    pub(crate) vault: Vault,
    pub(crate) workspace: Workspace,
    pub(crate) lock: files::FileLock,
}

impl Caller {
    /// Opens the private files alone, with what they know of the workspace.
    pub(crate) async fn open_vault(
        &self,
        keyring: Keyring,
        accept_older: bool,
    ) -> Result<(Keyring, Vault, Pins), Failure> {
        let profile = keyring.profile();
        let dir = self.profile_dir(profile);
        let opening =
            vault::Opening { accept_older, private_anchor: self.app.anchor(profile).await? };
        let (keyring, vault) = tokio::task::spawn_blocking(move || {
            let vault = Vault::open(&dir, &keyring, opening)?;
            Ok::<_, Failure>((keyring, vault))
        })
        .await
        .map_err(|_| Failure::internal("the desk's files could not be opened"))??;
        let pins = match vault.pin(PINS).await? {
            Some(bytes) => Pins::from_bytes(&bytes).map_err(|_| Failure::missing_pins())?,
            None => return Err(Failure::missing_pins()),
        };
        Ok((keyring, vault, pins))
    }

    /// Opens vault and workspace with an unlocked keyring, under the profile's `lock`.
    pub(crate) async fn open_files(
        &self,
        keyring: Keyring,
        lock: files::FileLock,
        accept_older: bool,
    ) -> Result<Opened, Failure> {
        let profile = keyring.profile();
        let now = self.app.now();
        let (keyring, vault, pins) = self.open_vault(keyring, accept_older).await?;
        let at = self.app.workspace_dir();
        let (keyring, opened) = tokio::task::spawn_blocking(move || {
            let (signing, recipient) = (keyring.signing(), keyring.recipient());
            let identity = Identity { profile, signing: &signing, recipient: &recipient };
            let opened = if accept_older {
                Workspace::open_accepting_older(&at, identity, &pins, now)?
            } else {
                Workspace::open(&at, identity, &pins, now)?
            };
            Ok::<_, Failure>((keyring, opened))
        })
        .await
        .map_err(|_| Failure::internal("the workspace could not be opened"))??;
        let (workspace, pins) = opened;
        self.app.dispel_doubt(&workspace).await?;
        vault.set_pin(PINS, pins.to_bytes()).await?;
        Ok(Opened { keyring, vault, workspace, lock })
    }

    /// Shows an opened desk in the calling window.
    pub(crate) async fn show(&self, opened: Opened) -> Result<DeskState, Failure> {
        let Opened { keyring, vault, workspace, lock } = opened;
        let profile = keyring.profile();
        let Some(member) = workspace.member(profile).await? else {
            return Err(Failure::new(
                FailureCode::Denied,
                "You are not in this workspace any more.",
            ));
        };
        if member.disabled {
            return Err(Failure::new(
                FailureCode::Denied,
                "An admin has disabled this desk. Nothing in it was deleted; ask them to enable it.",
            ));
        }
        Session::check_lock(&keyring, &workspace).await?;
        let notes = self.app.data_dir.join("run").join(format!("{profile}.left"));
        let noted = Noted::read(&notes);
        let session = Arc::new(Session {
            id: workspace.session(),
            profile,
            name: member.name,
            avatar: member.avatar,
            role: member.role,
            dir: Some(self.profile_dir(profile)),
            workspace_name: self.app.door()?.workspace_name().await?.unwrap_or_default(),
            vault,
            workspace: Some(workspace),
            keyring: tokio::sync::Mutex::new(keyring),
            turns: crate::session::Turns::default(),
            programs: crate::programs::Programs::default(),
            tasks: tokio_util::task::TaskTracker::new(),
            idle: Mutex::new(IdleClock::new(self.app.uptime())),
            denials: Mutex::default(),
            erased: AtomicBool::new(false),
            awaited_groups: Mutex::default(),
            lock: Mutex::new(Some(lock)),
            departures: Some(Departures::new(notes)),
        });
        session.replay(&noted, self.app.now()).await?;
        self.app.finish_erasures(&session).await;
        session.obey(&session.settings().await?);
        session.remember_programs().await?;
        self.take_spooled(&session).await?;
        session.record(&self.app, AuditKind::SignedIn).await?;
        self.app.door()?.opened(profile, self.app.now()).await?;
        self.arrived(&session).await?;
        self.app.bind(&self.window, Arc::clone(&session))?;
        self.app.heed_programs();
        session.finish_erasing();
        session.keep_checkpoints(&self.app);
        self.app.back_up_shared_soon(&session);
        session.state(self.app.now()).await
    }

    /// Opens the guest desk: in memory, with the models an admin opened to guests.
    pub(crate) async fn open_guest(&self, _: crate::api::Nothing) -> Result<DeskState, Failure> {
        let door = self.app.door()?;
        if door.guest_offer().await?.is_none() {
            return Err(Failure::new(
                FailureCode::Denied,
                "This workspace has no guest desk. An admin can open a model to guests.",
            ));
        }
        let profile = ProfileId::new(self.app.now(), sealed::random_bytes());
        let keyring = Keyring::guest(profile);
        let vault = Vault::guest(&keyring)?;
        let session = Arc::new(Session {
            id: SessionId::new(self.app.now(), sealed::random_bytes()),
            profile,
            name: "Guest".to_owned(),
            avatar: 8,
            role: Role::Guest,
            dir: None,
            workspace_name: door.workspace_name().await?.unwrap_or_default(),
            vault,
            workspace: None,
            keyring: tokio::sync::Mutex::new(keyring),
            turns: crate::session::Turns::default(),
            programs: crate::programs::Programs::default(),
            tasks: tokio_util::task::TaskTracker::new(),
            idle: Mutex::new(IdleClock::new(self.app.uptime())),
            denials: Mutex::default(),
            erased: AtomicBool::new(false),
            awaited_groups: Mutex::default(),
            lock: Mutex::default(),
            departures: None,
        });
        session.record(&self.app, AuditKind::SignedIn).await?;
        self.app.bind(&self.window, Arc::clone(&session))?;
        session.state(self.app.now()).await
    }
}
