//! What is said of errors in what all desks share: the workspace, its limits, the door.

use sealed::DatabaseError;
use workspace::{DoorError, Shortfall, WorkspaceError};

use crate::api::{Failure, FailureCode};
use crate::limits::{words_for, words_for_pool};

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
