//! Why the door or the workspace did not do what was asked.

use std::io;

use policy::{Denial, Unsound};
use sealed::{DatabaseError, KeychainError};

use crate::{DocumentName, Shortfall};

/// Why a signed document is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not in the form in which it would have been signed.
    #[error("it is not readable as a document")]
    Malformed,
    /// There is no signature.
    #[error("it is not signed")]
    Unsigned,
    /// The signature is not its author's.
    #[error("its signature is forged")]
    Forged,
    /// Nobody known by then signed it.
    #[error("nobody here signed it")]
    UnknownAuthor,
    /// Its author was known but not entitled to it.
    #[error("its author was not allowed to write it")]
    NotAllowed,
    /// One admin signed alone what needs two.
    #[error("one admin signed it alone, and it needs two")]
    OneSignature,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not come.
    #[error("it is not valid yet; check this computer's clock")]
    NotYetValid,
    /// A newer version was seen before.
    #[error("it is older than the version seen before")]
    Older,
    /// It was seen before and is gone.
    #[error("it was here before and is missing")]
    Missing,
    /// A version seen before now reads differently.
    #[error("it is not the version seen before")]
    Replaced,
    /// A version or an invitation is used a second time.
    #[error("it repeats what was already used")]
    Replayed,
    /// It does not follow from what stands before it.
    #[error("it does not follow from what stands before it")]
    OutOfPlace,
    /// It belongs to another workspace.
    #[error("it belongs to another workspace")]
    Foreign,
    /// A provider's stored key is not the one its document names.
    #[error("the key stored for it is not the one an admin set")]
    KeyReplaced,
}

/// Why the workspace refused.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The database did.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A signed document is not what it should be; someone edited the file.
    #[error("The workspace was changed by someone who may not: {document}: {reason}.")]
    Refused {
        /// Which document.
        document: DocumentName,
        /// Why.
        reason: Refusal,
    },
    /// No key of the workspace is sealed to this person: disabled, erased or never a member.
    #[error("This desk has no access to the workspace. Ask an admin.")]
    NotAMember,
    /// A limit is in the way of a call.
    #[error(transparent)]
    Short(#[from] Shortfall),
    /// The grant is for another person, action or thing.
    #[error("The permission given is not for this.")]
    WrongGrant,
    /// There is no such thing here.
    #[error("There is no such thing in this workspace.")]
    NotFound,
    /// Nobody would be left to look after the workspace.
    #[error("This is the last admin. Make someone else an admin first.")]
    LastAdmin,
    /// There are several admins, and only one of them signed.
    #[error(
        "Where there are several admins, this needs two of them: one proposes it, another one \
         signs it."
    )]
    OneSignature,
    /// Another admin proposed the same.
    #[error("Another admin proposed this already. Look at the members again, then sign it.")]
    ProposedAlready,
    /// A provider with a key cannot be opened to guests.
    #[error("A provider with a key is not for guests.")]
    KeyForGuests,
    /// One key was given for a provider that has several.
    #[error("This provider has several keys. Change them one by one.")]
    SeveralKeys,
    /// Someone else signed another version meanwhile.
    #[error("Another admin changed this meanwhile. Look at it again, then repeat your change.")]
    Changed,
    /// As many requests of one person wait as may.
    #[error("Twenty of your requests wait already. Take one back first.")]
    TooManyRequests,
    /// The same was asked for and is not decided yet.
    #[error("You asked for this already; an admin has not decided yet.")]
    AskedAlready,
    /// A reason that nobody would read.
    #[error("This reason is too long. Say it in 500 characters.")]
    ReasonTooLong,
    /// A concession that would be over, or hold for longer than a year.
    #[error("Choose a time from now on, within a year.")]
    BadTime,
    /// An answer that does not fit what was asked, or more than can be given.
    #[error("Say how much to give: more than nothing, and no more than a limit can be.")]
    NothingGiven,
    /// More, longer or other roles and policies than everyone could read.
    #[error("These are too many roles or rules. Remove some first.")]
    PolicyTooLarge,
    /// A policy that cannot be signed, because it does not hold.
    #[error(transparent)]
    Unsound(#[from] Unsound),
    /// The person's role no longer allows it.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// No admin made this role, or it was removed.
    #[error("This role does not exist. Choose one from the list.")]
    NoSuchRole,
    /// Members have this role.
    #[error("Members or invitations have this role. Give them another one first.")]
    RoleInUse,
    /// Something else of the kind has this name.
    #[error("Another one has this name already. Choose another name.")]
    NameTaken,
    /// The record does not hold.
    #[error("The record does not hold. Verify it to see where, and compare it with your copies.")]
    RecordBroken,
    /// The record does not begin with what a checkpoint stands for.
    #[error(
        "The record does not begin with what this checkpoint stands for. Compare the two first."
    )]
    NotItsBeginning,
    /// A limit is about the group.
    #[error("A limit is about this group. Remove the limit first.")]
    GroupInUse,
    /// More or longer groups than everyone could read.
    #[error("These are too many groups, or one person is in more than eight. Remove some first.")]
    GroupsTooLarge,
    /// More regions than a person looks through.
    #[error("There are at most 20 home regions.")]
    TooManyRegions,
    /// There is no such time zone.
    #[error("This time zone does not exist. Choose one from the list.")]
    NoSuchZone,
    /// The invitation was used, revoked or has expired.
    #[error("This invitation was used, revoked or has expired. Ask for a new one.")]
    InvitationSpent,
    /// The workspace's key is being changed right now.
    #[error("The workspace is being changed. Try again in a moment.")]
    Busy,
    /// The list of sealed workspace keys cannot be read.
    #[error("The workspace's key file is damaged. Restore it from a backup.")]
    Damaged,
    /// The workspace's files are older than what this person has seen.
    #[error("The workspace is older than it was when you last saw it.")]
    RolledBack,
    /// The same, and an admin known to this person put the backup there.
    #[error("An admin put back a backup of the workspace.")]
    PutBack,
    /// The workspace is whole, so that a backup could only undo what came after it.
    #[error("The workspace is whole. Nothing was put back.")]
    Whole,
    /// Only an admin puts back a backup of the workspace.
    #[error("Only an admin can put back a backup of the workspace.")]
    NotAnAdmin,
    /// No admin allowed desks without a passphrase.
    #[error(
        "This workspace asks every desk for a passphrase. Choose one, or ask an admin to allow \
         desks without."
    )]
    PassphraseRequired,
    /// The door refused.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The file system refused.
    #[error("The workspace's files cannot be used: {0}")]
    Io(#[from] io::Error),
}

impl WorkspaceError {
    /// Whether the files, and not a single document, are older than what was seen.
    pub(crate) fn says_older(&self) -> bool {
        matches!(
            self,
            Self::RolledBack | Self::PutBack | Self::Database(DatabaseError::RolledBack { .. })
        )
    }

    /// True where the files themselves are at fault, so that a backup in their place would
    /// help.
    #[must_use]
    pub fn means_damage(&self) -> bool {
        match self {
            Self::Database(error) => error.means_damage(),
            Self::Damaged => true,
            Self::Refused { reason, .. } => {
                !matches!(reason, Refusal::Expired | Refusal::NotYetValid)
            }
            Self::Io(error) => {
                matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData)
            }
            _ => false,
        }
    }
}

impl From<rusqlite::Error> for WorkspaceError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Why the door refused.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The database did.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The device key is missing or damaged while the door it opens is there.
    #[error("The device key of this installation is missing or damaged. Restore it from a backup.")]
    DeviceKey,
    /// The device key lies in the keychain, which did not give it.
    #[error("{why} The key to Carrel's list of desks lies in it, and nothing was changed. {}", mend(*.why))]
    Keychain {
        /// Why not.
        why: KeychainError,
    },
    /// The keychain answers, and does not have the device key.
    #[error(
        "This computer's keychain does not have the key to Carrel's list of desks. If it lies in \
         a password program, open that and try again; otherwise put back the keychain, or a copy \
         of the file `device.key`, from your own backup of this computer. Nothing was changed."
    )]
    NotInKeychain,
    /// Another process is making the door at this moment.
    #[error("Another Carrel is starting on this data. Try again in a moment.")]
    Busy,
    /// The door is whole, so that a backup could only undo what came after it.
    #[error("The list of desks is whole. Nothing was put back.")]
    Whole,
    /// There is no such backup.
    #[error("There is no such backup.")]
    NotFound,
    /// There is no workspace yet to which events could be sealed.
    #[error("There is no workspace here yet.")]
    NoWorkspace,
    /// The file system refused.
    #[error("The door's files cannot be used: {0}")]
    Io(#[from] io::Error),
}

/// What to do about a keychain that did not answer.
fn mend(error: KeychainError) -> &'static str {
    match error {
        KeychainError::Off => "Start Carrel on its usual folder and without CARREL_KEYCHAIN=off.",
        KeychainError::Absent => {
            "Log in to the desktop where Carrel was set up, or start its keychain, and try again."
        }
        KeychainError::Locked => "Unlock it and try again.",
        KeychainError::Silent => "Look whether it asks you something, and try again.",
        KeychainError::Refused => "Allow Carrel to use it, and try again.",
    }
}

impl DoorError {
    /// True where the file itself is at fault, so that a backup in its place would help.
    #[must_use]
    pub fn means_damage(&self) -> bool {
        matches!(self, Self::Database(error) if error.means_damage())
    }
}

impl From<rusqlite::Error> for DoorError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}
