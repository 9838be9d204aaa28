//! What can be seen inside one desk, with its keys.

use sealed::{Keyring, Reading};
use vault::{Vault, VaultReading};
use workspace::{DoorReading, Identity, Pins, Workspace, WorkspaceReading};

use super::Examiner;
use super::findings::{self, Anchored, Versioned, ill};
use crate::anchors;
use crate::api::{Failure, Finding};
use crate::session::PINS;

/// The files of one desk, as far as they open.
struct Inside<'a> {
    door: &'a DoorReading,
    /// The anchor in this computer's keychain.
    elsewhere: Option<u64>,
    keyring: &'a Keyring,
    vault: VaultReading,
    history: Result<Reading, Failure>,
    workspace: Result<WorkspaceReading, Failure>,
}

pub(super) fn findings(examiner: &Examiner, door: &DoorReading, keyring: &Keyring) -> Vec<Finding> {
    let vault = match Vault::look(&examiner.profile_dir(keyring.profile()), keyring) {
        Ok(vault) => vault,
        Err(error) => return vec![ill(findings::PRIVATE, &Failure::from(error).message)],
    };
    let history = vault.history().map_err(Failure::from);
    let workspace = open_workspace(examiner, keyring, &vault);
    let elsewhere = anchors::in_the_keychain(&*examiner.keychain, keyring.profile());
    let inside = Inside { door, elsewhere, keyring, vault, history, workspace };
    let mut found = vec![findings::pages(findings::PRIVATE, inside.check_own())];
    found.extend(inside.shared());
    found.push(match inside.anchored() {
        Ok(anchored) => findings::anchors(&anchored),
        Err(failure) => ill(findings::ANCHORS, &failure.message),
    });
    found.push(findings::versions(&inside.versioned()));
    found
}

fn open_workspace(
    examiner: &Examiner,
    keyring: &Keyring,
    vault: &VaultReading,
) -> Result<WorkspaceReading, Failure> {
    let pins = vault.pin(PINS)?.ok_or_else(Failure::missing_pins)?;
    let pins = Pins::from_bytes(&pins)?;
    let (profile, signing, recipient) = (keyring.profile(), keyring.signing(), keyring.recipient());
    let identity = Identity { profile, signing: &signing, recipient: &recipient };
    let at = examiner.data_dir.join("workspace");
    Ok(Workspace::look(&at, identity, pins, examiner.now)?)
}

impl Inside<'_> {
    fn check_own(&self) -> Result<(), Failure> {
        self.vault.private().check()?;
        match &self.history {
            Ok(history) => Ok(history.check()?),
            Err(failure) => Err(failure.clone()),
        }
    }

    /// The workspace's pages and its record.
    fn shared(&self) -> Vec<Finding> {
        let workspace = match &self.workspace {
            Ok(workspace) => workspace,
            Err(failure) => return vec![ill(findings::WORKSPACE, &failure.message)],
        };
        let checked = workspace.file().check().map_err(Failure::from);
        let record = match workspace.verify_audit() {
            Ok(report) => findings::record(&report),
            Err(error) => ill(findings::RECORD, &Failure::from(error).message),
        };
        vec![findings::pages(findings::WORKSPACE, checked), record]
    }

    fn anchored(&self) -> Result<Vec<Anchored>, Failure> {
        let kept = self.door.anchor(&anchors::at_the_door(self.keyring.profile()))?;
        let kept = kept.max(self.elsewhere);
        let mut all = vec![
            Anchored::of(findings::PRIVATE_FILE, self.vault.private().counter(), kept),
            Anchored::of(
                findings::KEYRING,
                self.keyring.generation(),
                self.vault.keyring_anchor()?,
            ),
        ];
        if let Ok(history) = &self.history {
            let anchor = self.vault.history_anchor()?;
            all.push(Anchored::of(findings::HISTORY, history.counter(), anchor));
        }
        if let Ok(workspace) = &self.workspace {
            let (counter, anchor) = workspace.anchored();
            all.push(Anchored::of(findings::WORKSPACE_FILE, counter, anchor));
        }
        Ok(all)
    }

    fn versioned(&self) -> Vec<Versioned> {
        let mut all = vec![Versioned::of(findings::PRIVATE_FILE, self.vault.private())];
        if let Ok(history) = &self.history {
            all.push(Versioned::of(findings::HISTORY, history));
        }
        if let Ok(workspace) = &self.workspace {
            all.push(Versioned::of(findings::WORKSPACE_FILE, workspace.file()));
        }
        all
    }
}
