//! From every family's errors to the one shape that a screen sees.
//!
//! Only here a `Failure` is made out of an error. The sentences say what
//! happened and what to do; none carries a secret, a prompt or a path.

mod files;
mod shared;

use domain::{FailureClass, UnixMs};
use gateway::{CallError, Mark, MeterRefusal};
use policy::{Denial, Resource, Row};

use crate::api::{Denied, Failure, FailureCode};

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
