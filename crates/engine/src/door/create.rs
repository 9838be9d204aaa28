//! New desks: the first one with its workspace, later ones by invitation.

use domain::{ProfileId, UnixMs, WorkspaceId};
use sealed::{Key, Keyring, Locking, Passphrase};
use vault::Vault;
use workspace::{Card, Founded, Identity, Ticket, Workspace, WorkspaceError};

use super::Caller;
use super::opening::Opened;
use crate::api::{CreateWorkspace, Failure, FailureCode, RecoveryCode, RedeemInvitation};
use crate::newcomers;
use crate::secrets;
use crate::session::PINS;

/// The name under which the first admin keeps the workspace's root key.
const ROOT: &str = "workspace-root";
/// Longest name of a workspace, in characters.
const MAX_WORKSPACE_NAME: usize = 80;
/// Longest name of a person, in characters.
pub(crate) const MAX_PERSON_NAME: usize = 60;

impl Caller {
    pub(crate) async fn create_workspace(
        &self,
        request: CreateWorkspace,
    ) -> Result<RecoveryCode, Failure> {
        let door = self.app.door()?;
        if door.workspace_name().await?.is_some() {
            return Err(Failure::invalid(
                "There is a workspace here already. Ask its admin for an invitation.",
            ));
        }
        let workspace_name =
            secrets::name(&request.workspace_name, MAX_WORKSPACE_NAME, "The workspace's name")?;
        let person = Newcomer::new(
            &request.profile_name,
            request.avatar,
            Some(&request.passphrase),
            &workspace_name,
        )?;
        let now = self.app.now();
        let profile = ProfileId::new(now, sealed::random_bytes());
        let _gate = self.app.gates.enter(profile).await;
        let lock = self.app.hold(profile)?;
        let card = person.card(profile, now);
        let made = match self.make_all(profile, &person, &card).await {
            Ok(made) => made,
            Err(failure) => {
                self.abandon(profile).await;
                return Err(failure);
            }
        };
        // One step: until it is done the next start is a first run again, without a card.
        door.found(workspace_name, card).await?;
        let Made { keyring, vault, workspace, code } = made;
        self.show(Opened { keyring, vault, workspace, lock }).await?;
        self.app.desk(&self.window)?.session.await_confirmation(&code).await
    }

    /// The files of the first desk, and the workspace with it as its admin.
    async fn make_all(
        &self,
        profile: ProfileId,
        person: &Newcomer,
        card: &Card,
    ) -> Result<Made, Failure> {
        let (keyring, vault, code) = self.make_files(profile, person).await?;
        let now = self.app.now();
        let (at, device, member) =
            (self.app.workspace_dir(), self.app.door()?.device(), card.clone());
        let id = WorkspaceId::new(now, sealed::random_bytes());
        let (keyring, made) = tokio::task::spawn_blocking(move || {
            let (signing, recipient) = (keyring.signing(), keyring.recipient());
            let identity = Identity { profile, signing: &signing, recipient: &recipient };
            let made = Workspace::create(&at, id, identity, &member, device, now)?;
            Ok::<_, Failure>((keyring, made))
        })
        .await
        .map_err(|_| Failure::internal("the workspace could not be made"))??;
        let Founded { workspace, pins, root } = made;
        vault.set_pin(PINS, pins.to_bytes()).await?;
        vault.set_pin(ROOT, root.seed().to_vec()).await?;
        Ok(Made { keyring, vault, workspace, code })
    }

    pub(crate) async fn redeem_invitation(
        &self,
        request: RedeemInvitation,
    ) -> Result<RecoveryCode, Failure> {
        let door = self.app.door()?;
        let passphrase = request.passphrase.as_deref();
        let person = Newcomer::new(&request.profile_name, request.avatar, passphrase, "")?;
        if passphrase.is_none() && !door.offers_no_passphrase().await? {
            return Err(WorkspaceError::PassphraseRequired.into());
        }
        let now = self.app.now();
        let invitation = door.find_invitation(&request.key, now).await?.ok_or_else(|| {
            Failure::new(
                FailureCode::WrongSecret,
                "This invitation is unknown, used or expired. Ask your admin for a new one.",
            )
        })?;
        let profile = ProfileId::new(now, sealed::random_bytes());
        let _gate = self.app.gates.enter(profile).await;
        let lock = self.app.hold(profile)?;
        let made = match self.join(profile, &person, invitation).await {
            Ok(made) => made,
            Err(failure) => {
                self.abandon(profile).await;
                if passphrase.is_none() {
                    self.app.forget_login_secret(profile).await;
                }
                return Err(failure);
            }
        };
        let Made { keyring, vault, workspace, code } = made;
        vault.set_pin(PINS, workspace.pins().to_bytes()).await?;
        door.consume_invitation(&request.key).await?;
        self.show(Opened { keyring, vault, workspace, lock }).await?;
        self.app.desk(&self.window)?.session.await_confirmation(&code).await
    }

    /// A desk's files and its membership. All that an unlock needs stands before the
    /// workspace knows the newcomer: from then on the invitation is used up.
    async fn join(
        &self,
        profile: ProfileId,
        person: &Newcomer,
        invitation: Ticket,
    ) -> Result<Made, Failure> {
        let (keyring, vault, code) = self.make_files(profile, person).await?;
        vault.set_pin(PINS, invitation.pins().to_bytes()).await?;
        let (at, now) = (self.app.workspace_dir(), self.app.now());
        let card = person.card(profile, now);
        self.app.door()?.put_card(card.clone()).await?;
        let joined = tokio::task::spawn_blocking(move || {
            let (signing, recipient) = (keyring.signing(), keyring.recipient());
            let identity = Identity { profile, signing: &signing, recipient: &recipient };
            let (workspace, _) = Workspace::join(&at, identity, &invitation, &card, now)?;
            Ok::<_, Failure>((keyring, workspace))
        });
        let (keyring, workspace) =
            joined.await.map_err(|_| Failure::internal("the workspace could not be joined"))??;
        Ok(Made { keyring, vault, workspace, code })
    }

    /// The keyring and the empty private store of a new desk.
    async fn make_files(
        &self,
        profile: ProfileId,
        person: &Newcomer,
    ) -> Result<(Keyring, Vault, sealed::RecoveryCode), Failure> {
        let dir = self.profile_dir(profile);
        let lock = match &person.passphrase {
            Some(passphrase) => NewLock::Passphrase(
                Passphrase::new(passphrase)
                    .map_err(|_| Failure::internal("a checked passphrase was refused"))?,
            ),
            None => NewLock::Login(self.app.new_login_secret(profile).await?),
        };
        let cost = self.app.key_cost.cost();
        tokio::task::spawn_blocking(move || {
            sealed::files::ensure_dir(dir.parent().unwrap_or(&dir))?;
            newcomers::mark(&dir)?;
            let with = match &lock {
                NewLock::Passphrase(passphrase) => Locking::Passphrase(passphrase, cost),
                NewLock::Login(secret) => Locking::Keychain(secret),
            };
            let (keyring, code) = Keyring::create(&dir, profile, with)?;
            let vault = Vault::create(&dir, &keyring)?;
            Ok::<_, Failure>((keyring, vault, code))
        })
        .await
        .map_err(|_| Failure::internal("the desk's files could not be made"))?
    }
}

/// A new desk and its place in the workspace.
struct Made {
    keyring: Keyring,
    vault: Vault,
    workspace: Workspace,
    code: sealed::RecoveryCode,
}

/// What will open a new desk.
enum NewLock {
    Passphrase(Passphrase),
    Login(Key),
}

/// A person who is about to get a desk, checked.
struct Newcomer {
    name: String,
    avatar: u8,
    /// None where this computer's login is to open the desk.
    passphrase: Option<sealed::Zeroizing<String>>,
}

impl Newcomer {
    fn new(
        name: &str,
        avatar: u8,
        passphrase: Option<&str>,
        context: &str,
    ) -> Result<Self, Failure> {
        let name = secrets::name(name, MAX_PERSON_NAME, "Your name")?;
        if !(1..=8).contains(&avatar) {
            return Err(Failure::invalid("There are eight avatar colours, 1 to 8."));
        }
        if let Some(passphrase) = passphrase {
            secrets::new_passphrase(passphrase, &[name.as_str(), context])?;
        }
        let passphrase = passphrase.map(|text| sealed::Zeroizing::new(text.to_owned()));
        Ok(Self { name, avatar, passphrase })
    }

    fn card(&self, profile: ProfileId, now: UnixMs) -> Card {
        Card {
            profile,
            name: self.name.clone(),
            avatar: self.avatar,
            created_at: now,
            last_open: None,
            has_passphrase: self.passphrase.is_some(),
            disabled: false,
        }
    }
}
