//! The door: choosing, opening, making and closing desks.

use domain::{ProfileId, Role, UnixMs};
use serde::{Deserialize, Serialize};

use super::{Failure, News, Theme};

/// A request without fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Nothing {}

/// What the chooser shows before anyone has unlocked anything.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DoorState {
    /// True until a workspace exists: show the first-run steps.
    pub first_run: bool,
    /// The workspace's name.
    pub workspace_name: Option<String>,
    /// What people call this computer, where it has a name of its own.
    pub computer_name: Option<String>,
    /// One card for each desk, in order of creation.
    pub desks: Vec<DeskCard>,
    /// True where an admin allowed the guest desk.
    pub guest_allowed: bool,
    /// True where a new desk may do without a passphrase.
    pub passphrase_optional: bool,
    /// When the last backup was made.
    pub backed_up_at: Option<UnixMs>,
    /// How the door looks; windows keep nothing themselves.
    pub appearance: DoorAppearance,
    /// Set when the door itself could not be read: show the reason and stop.
    pub failure: Option<Failure>,
}

/// How the chooser looks on this computer, before anyone's own settings apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct DoorAppearance {
    /// Light, dark, or as the system.
    pub theme: Theme,
    /// Text size factor, 0.9 to 1.5.
    pub text_scale: f32,
    /// Language of the screens; none for the system's.
    pub language: Option<String>,
}

impl Default for DoorAppearance {
    fn default() -> Self {
        Self { theme: Theme::System, text_scale: 1.0, language: None }
    }
}

/// A desk as seen from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DeskCard {
    /// Which desk.
    pub profile: ProfileId,
    /// The owner's name.
    pub name: String,
    /// Avatar colour, 1 to 8.
    pub avatar: u8,
    /// When it was last opened.
    pub last_open: Option<UnixMs>,
    /// True while some window of this process has it open.
    pub open_here: bool,
    /// True where opening asks for a passphrase; otherwise the computer's login protects it.
    pub has_passphrase: bool,
    /// True where an admin disabled it.
    pub disabled: bool,
    /// Unlocking is refused until then.
    pub retry_at: Option<UnixMs>,
    /// How it was locked in this run; none where it was not, or was opened since.
    pub locked: Option<Locked>,
}

/// How a desk was locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Locked {
    /// When.
    pub at: UnixMs,
    /// By what.
    pub cause: LockCause,
}

/// What locked a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum LockCause {
    /// Its owner.
    Person,
    /// Nobody touched it for as long as its owner set.
    Idle,
    /// The computer went to sleep.
    Sleep,
}

/// First run: name the workspace and make the first (admin) desk.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CreateWorkspace {
    /// 1 to 80 characters.
    pub workspace_name: String,
    /// 1 to 60 characters.
    pub profile_name: String,
    /// Avatar colour, 1 to 8.
    pub avatar: u8,
    /// At least 8 characters that zxcvbn scores 2 or better.
    pub passphrase: String,
}

/// Join with an admin's invitation.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RedeemInvitation {
    /// The one-time key, as typed; case and dashes do not matter.
    pub key: String,
    /// 1 to 60 characters.
    pub profile_name: String,
    /// Avatar colour, 1 to 8.
    pub avatar: u8,
    /// As in `CreateWorkspace`; none where `DoorState::passphrase_optional`.
    pub passphrase: Option<String>,
}

/// The recovery code, shown once: eight groups of four characters.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RecoveryCode {
    /// The groups in order.
    pub groups: Vec<String>,
    /// Which two groups must be typed back, counted from 1.
    pub confirm: Vec<u8>,
}

/// The groups typed back.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConfirmRecovery {
    /// In the order of `RecoveryCode::confirm`.
    pub typed: Vec<String>,
}

/// Open a desk with its passphrase.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Unlock {
    /// Which desk.
    pub profile: ProfileId,
    /// At most 1,024 bytes; empty where the desk has none.
    pub passphrase: String,
    /// Open it although a file is older than what was last seen; recorded in the audit log.
    pub accept_older: bool,
}

/// Open a desk with its recovery code; sets a new passphrase.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Recover {
    /// Which desk.
    pub profile: ProfileId,
    /// The code as typed; case, spaces and dashes do not matter.
    pub code: String,
    /// The passphrase from now on.
    pub new_passphrase: String,
}

/// Change the passphrase of the open desk.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChangePassphrase {
    /// The one that opens the desk now; empty where it has none.
    pub current: String,
    /// The one from now on.
    pub new: String,
}

/// Let this computer's login open the desk from now on.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RemovePassphrase {
    /// The one that opens the desk now.
    pub current: String,
}

/// Judge a passphrase while it is typed.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct JudgePassphrase {
    /// What has been typed so far.
    pub passphrase: String,
    /// Names that make it easier to guess.
    pub context: Vec<String>,
}

/// How strong a passphrase is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PassphraseStrength {
    /// 0 (guessed at once) to 4 (strong), by zxcvbn.
    pub score: u8,
    /// True where it may be used.
    pub acceptable: bool,
    /// One sentence of advice, empty where none is needed.
    pub advice: String,
}

/// The open desk of a window.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DeskState {
    /// Whose desk it is.
    pub profile: ProfileId,
    /// The owner's name.
    pub name: String,
    /// Avatar colour, 1 to 8.
    pub avatar: u8,
    /// What the person is in the workspace.
    pub role: Role,
    /// The workspace's name.
    pub workspace_name: String,
    /// True on the guest desk: nothing is kept.
    pub guest: bool,
    /// False where this computer's login protects the desk, and on the guest desk.
    pub has_passphrase: bool,
    /// False until the recovery code was typed back once.
    pub recovery_confirmed: bool,
    /// True where the workspace's record was found cut or changed behind what this person had
    /// seen of it.
    pub record_cut: bool,
    /// Minutes without input after which the desk locks; none for never.
    pub lock_after_minutes: Option<u32>,
    /// What this person may do here, for showing only what exists for them.
    pub may: Vec<String>,
}

/// A window's report on its person.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StayOpen {
    /// True where somebody used this window since its last report.
    pub used: bool,
}

/// How long the desk stays open without input in any of its windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LocksIn {
    /// Seconds from now, rounded up; none where it never locks by itself.
    pub seconds: Option<u32>,
    /// What waits for the person meanwhile.
    pub news: News,
}

/// A desk whose files are damaged, and what could be put back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BackupList {
    /// Newest first; each was opened and checked when it was made.
    pub backups: Vec<BackupView>,
}

/// One verified backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BackupView {
    /// Its name below the desk's backup folder.
    pub name: String,
    /// When it was made.
    pub made_at: UnixMs,
    /// Size in bytes.
    pub bytes: u64,
}

/// A damaged workspace, and what could be put back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WorkspaceBackups {
    /// Those that open for this person, newest first.
    pub backups: Vec<BackupView>,
    /// True for an admin; anyone else asks one.
    pub allowed: bool,
}

/// Put a backup in the place of the damaged list of desks.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RestoreDoor {
    /// `BackupView::name`.
    pub name: String,
}

/// Put a backup in the place of a damaged file; the damaged one is kept aside.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RestoreBackup {
    /// Which desk.
    pub profile: ProfileId,
    /// Proof that it is the owner.
    pub passphrase: String,
    /// `BackupView::name`.
    pub name: String,
}
