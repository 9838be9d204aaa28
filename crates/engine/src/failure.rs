//! From every family's errors to the one shape that a screen sees.
//!
//! Only this file makes a `Failure` out of an error. The sentences say what
//! happened and what to do; none carries a secret, a prompt or a path.

use domain::{FailureClass, UnixMs};
use gateway::{CallError, Mark, MeterRefusal};
use policy::{Denial, Resource, Row};
use sealed::{DatabaseError, KeychainError, KeyringError};
use vault::VaultError;
use workspace::{DoorError, Shortfall, WorkspaceError};

use crate::api::{Denied, Failure, FailureCode};
use crate::limits::{words_for, words_for_pool};
use crate::local_model::LocalModelError;

impl Failure {
    /// A failure that needs no time and no rules.
    #[must_use]
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_at: None,
            rule_ids: Vec::new(),
            denied: None,
            denial: None,
        }
    }

    pub(crate) fn internal(what: &str) -> Self {
        Self::new(
            FailureCode::Internal,
            format!("Something went wrong inside Carrel: {what}. Nothing was lost; try again."),
        )
    }

    pub(crate) fn locked() -> Self {
        Self::new(FailureCode::Locked, "This desk is locked. Open it again to go on.")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(FailureCode::NotFound, "There is no such thing on this desk.")
    }

    /// The same failure, and `sentence` about what holds all the same.
    pub(crate) fn also(self, sentence: &str) -> Self {
        Self { message: format!("{} {sentence}", self.message), ..self }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(FailureCode::Invalid, message)
    }
}

/// What both the door and an examination say of a desk that does not open.
impl Failure {
    pub(crate) fn no_such_desk() -> Self {
        Self::new(FailureCode::NotFound, "There is no such desk here.")
    }

    pub(crate) fn open_elsewhere() -> Self {
        Self::new(
            FailureCode::InUse,
            "This desk is open in another Carrel on this computer. Lock it there first.",
        )
    }

    pub(crate) fn too_many_tries(retry_at: UnixMs) -> Self {
        Self {
            retry_at: Some(retry_at),
            ..Self::new(
                FailureCode::TooManyTries,
                "Too many wrong tries. Wait until the time shown, or use the recovery code then.",
            )
        }
    }

    pub(crate) fn not_in_keychain() -> Self {
        Self::new(
            FailureCode::Keychain,
            "This computer's keychain does not have the secret of this desk. Use the recovery code; it sets a passphrase.",
        )
    }

    pub(crate) fn wrong_login_secret() -> Self {
        Self::new(
            FailureCode::Keychain,
            "The secret in this computer's keychain does not open this desk. Use the recovery code; it sets a passphrase.",
        )
    }

    pub(crate) fn missing_pins() -> Self {
        Self::new(
            FailureCode::Damaged,
            "This desk no longer knows its workspace. Restore its last backup.",
        )
    }
}

impl Failure {
    /// A failed call, with the time from which another makes sense.
    pub(crate) fn at(error: &CallError, now: UnixMs) -> Self {
        let wait = error.retry_after_ms.and_then(|millis| i64::try_from(millis).ok());
        Self { retry_at: wait.map(|millis| now.plus(millis)), ..Self::from(error.clone()) }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::new(code_of(error.class), error.message)
    }
}

impl From<Mark> for Failure {
    fn from(mark: Mark) -> Self {
        Self { retry_at: Some(mark.until), ..Self::new(code_of(mark.class), mark.message) }
    }
}

impl From<MeterRefusal> for Failure {
    fn from(refusal: MeterRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            MeterRefusal::Spent { retry_at, .. } => {
                Self { retry_at, ..Self::new(FailureCode::LimitReached, message) }
            }
            MeterRefusal::Denied(_) => Self::new(FailureCode::Denied, message),
            MeterRefusal::Unavailable(_) => Self::new(FailureCode::Internal, message),
        }
    }
}

/// The built-in policy that keeps a text from a provider that may not receive its class.
const BY_CLASS: &str = "builtin.class";

impl Failure {
    /// Whether it is a text's class that is in the way.
    pub(crate) fn is_by_class(&self) -> bool {
        self.rule_ids.iter().any(|rule| rule == BY_CLASS)
    }
}

impl From<Denial> for Failure {
    fn from(denial: Denial) -> Self {
        let by_class = denial.rule_ids.iter().any(|rule| rule == BY_CLASS);
        let message = if by_class {
            "The class of this text keeps it from this model. Choose another model, or ask an admin which may receive it.".to_owned()
        } else {
            format!("{denial}. An admin can change that.")
        };
        let rule_ids = denial.rule_ids.clone();
        let row = denial.on.as_ref().and_then(|on| Row::about(denial.missing, on));
        let class = match &denial.on {
            Some(Resource::Model { facts, .. }) => Some(facts.sent),
            _ => None,
        };
        let denied = Some(Box::new(Denied { action: denial.missing.to_owned(), row, class }));
        let denial = Some(Box::new(denial));
        Self { rule_ids, denied, denial, ..Self::new(FailureCode::Denied, message) }
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NotFound => Self::not_found(),
            VaultError::Busy => Self::new(
                FailureCode::Busy,
                "An answer is still being written in this chat. Stop it first.",
            ),
            VaultError::Invalid(sentence) => Self::invalid(sentence),
            VaultError::NotPartial => {
                Self::invalid("This answer is whole; ask again instead of continuing it.")
            }
            VaultError::Whole => {
                Self::invalid("The files of this desk are whole. Nothing was put back.")
            }
            VaultError::Database(error) => error.into(),
        }
    }
}

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Self {
        let message = error.to_string();
        match error {
            // By its name: who edited the file, or at which document it fell apart.
            WorkspaceError::Refused { .. } => Self::new(FailureCode::WorkspaceAltered, message),
            damaged if damaged.means_damage() => Self::new(
                FailureCode::WorkspaceDamaged,
                "The file that all desks here share is damaged or missing. Every desk is whole; an admin can put back a backup of that file.",
            ),
            WorkspaceError::Database(DatabaseError::RolledBack { .. })
            | WorkspaceError::RolledBack => Self::new(
                FailureCode::WorkspaceRolledBack,
                "The file that all desks here share is older than when you last saw it; someone may have put an old copy back. You can open the desk anyway: that is recorded.",
            ),
            WorkspaceError::PutBack => Self::new(
                FailureCode::WorkspaceRolledBack,
                "An admin put back a backup of the file that all desks here share. What was changed in it after the backup is gone. You can open the desk: that is recorded.",
            ),
            WorkspaceError::Database(error) => error.into(),
            WorkspaceError::Door(error) => error.into(),
            WorkspaceError::Io(error) => error.into(),
            WorkspaceError::NotAMember => Self::new(
                FailureCode::Denied,
                "An admin has disabled this desk. Nothing in it was deleted; ask them to enable it.",
            ),
            WorkspaceError::Short(shortfall) => shortfall.into(),
            WorkspaceError::WrongGrant | WorkspaceError::NotAnAdmin => {
                Self::new(FailureCode::Denied, message)
            }
            WorkspaceError::NotFound => Self::not_found(),
            WorkspaceError::LastAdmin
            | WorkspaceError::OneSignature
            | WorkspaceError::ProposedAlready
            | WorkspaceError::KeyForGuests
            | WorkspaceError::SeveralKeys
            | WorkspaceError::NameTaken
            | WorkspaceError::RecordBroken
            | WorkspaceError::NotItsBeginning
            | WorkspaceError::GroupInUse
            | WorkspaceError::GroupsTooLarge
            | WorkspaceError::NoSuchZone
            | WorkspaceError::TooManyRegions
            | WorkspaceError::RoleInUse
            | WorkspaceError::NoSuchRole
            | WorkspaceError::Unsound(_)
            | WorkspaceError::PolicyTooLarge
            | WorkspaceError::TooManyRequests
            | WorkspaceError::AskedAlready
            | WorkspaceError::ReasonTooLong
            | WorkspaceError::BadTime
            | WorkspaceError::NothingGiven
            | WorkspaceError::Whole => Self::invalid(message),
            WorkspaceError::PassphraseRequired => Self::new(FailureCode::Denied, message),
            WorkspaceError::InvitationSpent => Self::new(FailureCode::WrongSecret, message),
            WorkspaceError::Busy | WorkspaceError::Changed => Self::new(FailureCode::Busy, message),
            WorkspaceError::Denied(denial) => denial.into(),
            WorkspaceError::Damaged => Self::new(FailureCode::WorkspaceDamaged, message),
        }
    }
}

impl From<Shortfall> for Failure {
    fn from(shortfall: Shortfall) -> Self {
        let reached = |message| Self::new(FailureCode::LimitReached, message);
        match shortfall {
            Shortfall::Spent { limit, retry_at } => {
                let (pool, limit) = (words_for_pool(&limit), words_for(&limit));
                let message = match pool {
                    None => format!(
                        "The limit of {limit} is used up. Wait until the time shown, use another model, or ask an admin."
                    ),
                    Some(pool) => format!(
                        "Your own limit of {limit} and the pool of {pool} that all share are used up. Wait until the time shown, use another model, or ask an admin."
                    ),
                };
                Self { retry_at: Some(retry_at), ..reached(message) }
            }
            Shortfall::TooLarge { limit } => {
                let (pool, limit) = (words_for_pool(&limit), words_for(&limit));
                reached(match pool {
                    None => format!(
                        "This question is larger than the limit of {limit} allows. Shorten it, use another model, or ask an admin."
                    ),
                    Some(pool) => format!(
                        "This question is larger than your own limit of {limit} and the pool of {pool} allow together. Shorten it, use another model, or ask an admin."
                    ),
                })
            }
            Shortfall::Unpriced => reached(
                "The price of this model is not known, and this workspace blocks such models. Use another model, or ask an admin.".to_owned(),
            ),
        }
    }
}

impl From<DoorError> for Failure {
    fn from(error: DoorError) -> Self {
        let message = error.to_string();
        match error {
            damaged if damaged.means_damage() => Self::new(
                FailureCode::DoorDamaged,
                "The list of desks is damaged or missing. The desks themselves are whole; a backup of the list can be put back.",
            ),
            DoorError::Database(error) => error.into(),
            DoorError::Io(error) => error.into(),
            DoorError::DeviceKey => Self::new(FailureCode::Damaged, message),
            DoorError::Keychain { .. } | DoorError::NotInKeychain => {
                Self::new(FailureCode::Keychain, message)
            }
            DoorError::Busy => Self::new(FailureCode::InUse, message),
            DoorError::NoWorkspace | DoorError::Whole => Self::invalid(message),
            DoorError::NotFound => Self::new(FailureCode::NotFound, message),
        }
    }
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::WrongSecret => Self::new(
                FailureCode::WrongSecret,
                "This does not open the desk. Check caps lock and the keyboard's language.",
            ),
            KeyringError::Damaged | KeyringError::CostOutOfRange => Self::new(
                FailureCode::Damaged,
                "The file with this desk's keys is damaged. Put back a copy of the `keyring` file from your own backup of this computer.",
            ),
            KeyringError::Newer => Self::newer(),
            KeyringError::Foreign => Self::new(
                FailureCode::Damaged,
                "The file with this desk's keys belongs to another desk. Put the right one back.",
            ),
            KeyringError::Missing => Self::new(
                FailureCode::Damaged,
                "The file with this desk's keys is missing. Put back the `keyring` file from your own backup of this computer.",
            ),
            KeyringError::Io(error) => error.into(),
        }
    }
}

impl From<KeychainError> for Failure {
    fn from(error: KeychainError) -> Self {
        let mend = match error {
            KeychainError::Off => "A desk without a passphrase needs it.",
            KeychainError::Absent => "Log in to the desktop, or start its keychain, and try again.",
            KeychainError::Locked => "Unlock it and try again.",
            KeychainError::Silent => "Look whether it asks you something, and try again.",
            KeychainError::Refused => "Allow Carrel to use it, and try again.",
        };
        Self::new(FailureCode::Keychain, format!("{error} {mend}"))
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Damaged
            | DatabaseError::WrongKey
            | DatabaseError::Plaintext
            | DatabaseError::Foreign
            | DatabaseError::Missing => Self::new(
                FailureCode::Damaged,
                "A file of this desk is damaged, missing or not its own. Restore the last good backup; nothing was changed.",
            ),
            DatabaseError::Newer { .. } => Self::newer(),
            DatabaseError::RolledBack { .. } => Self::new(
                FailureCode::RolledBack,
                "A file is older than when it was last closed here; someone may have put an old copy back. You can open it anyway: that is recorded.",
            ),
            DatabaseError::DiskFull => Self::disk_full(),
            DatabaseError::ReadOnly => Self::read_only(),
            DatabaseError::Busy | DatabaseError::GaveWay => Self::new(
                FailureCode::InUse,
                "Another program holds this desk's files. Close it and try again.",
            ),
            DatabaseError::Closed => Self::locked(),
            DatabaseError::Io(error) => error.into(),
            DatabaseError::DiskFails => Self::new(
                FailureCode::ReadOnly,
                "The disk does not take what Carrel writes. Check it; what was stored before is safe.",
            ),
            DatabaseError::Sqlite(error) => {
                // SQLite's own words can quote values, so only its code is kept.
                tracing::error!(code = ?error.sqlite_error_code(), "the database refused");
                Self::internal("the database refused")
            }
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::disk_full()
            }
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Self::read_only()
            }
            std::io::ErrorKind::NotADirectory | std::io::ErrorKind::InvalidData => Self::new(
                FailureCode::Damaged,
                "Something else, such as a link, stands in the place of one of Carrel's files. `carrel doctor` names it; put the right one back.",
            ),
            kind => {
                tracing::error!(?kind, "a file could not be used");
                Self::internal("a file could not be used")
            }
        }
    }
}

impl From<LocalModelError> for Failure {
    fn from(error: LocalModelError) -> Self {
        let message = error.to_string();
        match error {
            LocalModelError::WeightsMissing { .. } | LocalModelError::FileMissing { .. } => {
                Self::new(FailureCode::WeightsMissing, message)
            }
            LocalModelError::NotAModel { .. }
            | LocalModelError::Unreadable { .. }
            | LocalModelError::Damaged { .. } => Self::new(FailureCode::Damaged, message),
            LocalModelError::Unsupported(_) | LocalModelError::UnknownKind { .. } => {
                Self::new(FailureCode::Unsupported, message)
            }
            LocalModelError::Failed(_) => Self::new(FailureCode::Provider, message),
        }
    }
}

impl Failure {
    fn newer() -> Self {
        Self::new(
            FailureCode::Newer,
            "These files were written by a newer Carrel. Update Carrel; nothing was changed.",
        )
    }

    fn disk_full() -> Self {
        Self::new(
            FailureCode::DiskFull,
            "The disk is full. Free some space and try again; what was stored before is safe.",
        )
    }

    fn read_only() -> Self {
        Self::new(
            FailureCode::ReadOnly,
            "Carrel's data folder cannot be written. Give this user the right to write there.",
        )
    }
}

/// The code under which a screen shows a failed call.
fn code_of(class: FailureClass) -> FailureCode {
    match class {
        FailureClass::Throttled | FailureClass::Exhausted => FailureCode::RateLimited,
        FailureClass::Credential => FailureCode::BadKey,
        FailureClass::ContextOverflow => FailureCode::ContextTooLong,
        FailureClass::Gone => FailureCode::NoModel,
        FailureClass::Transient
        | FailureClass::Caller
        | FailureClass::ContentRefusal
        | FailureClass::Broken
        | FailureClass::Truncated => FailureCode::Provider,
    }
}
