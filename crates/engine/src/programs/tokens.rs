//! Tokens of programs: made, known by their digest, revoked.
//!
//! A token has 192 random bits, so its plain SHA-256 gives nothing away and
//! needs no salt; finding one by its digest leaks no more than the digest.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{DataClass, ProgramId, UnixMs};
use sealed::Zeroizing;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::api::Failure;

/// What a token begins with, so that a person who finds one knows whose it is.
const PREFIX: &str = "carrel-";
/// A token that somebody made by themselves has at least so many characters.
const SHORTEST: usize = 16;
/// Longer than any that is made.
const LONGEST: usize = 512;

/// A program that a desk knows, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) id: ProgramId,
    pub(crate) name: String,
    pub(crate) made_at: UnixMs,
    /// What its questions count as.
    #[serde(default)]
    pub(crate) class: DataClass,
    /// Of its token; the token itself is nowhere.
    digest: [u8; 32],
    /// False where it ends with the session.
    #[serde(skip, default = "yes")]
    kept: bool,
    #[serde(skip)]
    revoked: Revoked,
}

/// Cancelled when a token is taken back. Two of them are never compared.
#[derive(Clone, Debug, Default)]
struct Revoked(CancellationToken);

impl PartialEq for Revoked {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Revoked {}

fn yes() -> bool {
    true
}

/// The programs of an open desk.
#[derive(Debug, Default)]
pub(crate) struct Programs(Mutex<Vec<Listed>>);

/// A token that nobody had before.
#[must_use]
pub fn new_token() -> Zeroizing<String> {
    let mut token = Zeroizing::new(String::with_capacity(PREFIX.len() + 48));
    token.push_str(PREFIX);
    for byte in sealed::random_bytes::<24>() {
        for half in [byte >> 4, byte & 15] {
            token.push(char::from_digit(u32::from(half), 16).unwrap_or_default());
        }
    }
    token
}

pub(crate) fn digest(token: &str) -> [u8; 32] {
    sealed::sha256(token.as_bytes())
}

/// A token that is to count from now on.
///
/// # Errors
/// `Invalid` for one that is easy to guess or that no header carries.
pub(crate) fn check(token: &str) -> Result<(), Failure> {
    let plain = token.bytes().all(|byte| byte.is_ascii_graphic());
    if (SHORTEST..=LONGEST).contains(&token.len()) && plain {
        return Ok(());
    }
    Err(Failure::invalid(
        "A token has 16 to 512 letters, digits and signs, without spaces. Make a random one.",
    ))
}

impl Listed {
    pub(crate) fn new(now: UnixMs, name: String, class: DataClass, token: &str) -> Self {
        let id = ProgramId::new(now, sealed::random_bytes());
        let revoked = Revoked::default();
        Self { id, name, made_at: now, class, digest: digest(token), kept: true, revoked }
    }

    /// The same, until the desk is locked.
    pub(crate) fn for_now(self) -> Self {
        Self { kept: false, ..self }
    }
}

impl Programs {
    /// Adds a program.
    ///
    /// # Errors
    /// `Invalid` where there are `most`, or one has this name or this token.
    pub(crate) fn add(&self, program: Listed, most: usize) -> Result<(), Failure> {
        let mut listed = self.listed();
        if listed.len() >= most {
            return Err(Failure::invalid(format!("A desk has at most {most} programs.")));
        }
        if listed.iter().any(|one| one.name == program.name || one.digest == program.digest) {
            return Err(Failure::invalid(
                "Another program has this name or this token. Give each its own.",
            ));
        }
        listed.push(program);
        Ok(())
    }

    /// The program with this digest, and what tells that it is revoked.
    pub(crate) fn find(
        &self,
        digest: &[u8; 32],
    ) -> Option<(ProgramId, DataClass, CancellationToken)> {
        let listed = self.listed();
        let found = listed.iter().find(|one| one.digest == *digest)?;
        Some((found.id, found.class, found.revoked.0.clone()))
    }

    /// Takes a program back, and ends what it asks; false where there is none of this id.
    pub(crate) fn remove(&self, id: ProgramId) -> bool {
        let mut listed = self.listed();
        let before = listed.len();
        for gone in listed.extract_if(.., |one| one.id == id) {
            gone.revoked.0.cancel();
        }
        listed.len() < before
    }

    /// Takes those of `other` in their place.
    pub(crate) fn replace(&self, other: Self) {
        let others = other.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.listed() = others;
    }

    /// True where nobody could ask.
    pub(crate) fn is_empty(&self) -> bool {
        self.listed().is_empty()
    }

    /// All of them, the oldest first.
    pub(crate) fn all(&self) -> Vec<Listed> {
        self.listed().clone()
    }

    /// Those that are kept, as one text.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let kept: Vec<_> = self.all().into_iter().filter(|one| one.kept).collect();
        // Plain values: this cannot fail.
        serde_json::to_vec(&kept).unwrap_or_default()
    }

    /// What was kept. A text that this version cannot read lets nobody in.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(Mutex::new(serde_json::from_slice(bytes).unwrap_or_default()))
    }

    fn listed(&self) -> MutexGuard<'_, Vec<Listed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_random_and_fit_into_a_header() {
        let (one, other) = (new_token(), new_token());
        assert_ne!(*one, *other, "nobody had it before");
        assert_eq!(one.len(), PREFIX.len() + 48, "192 bits");
        assert!(check(&one).is_ok(), "{}", *one);
        for bad in
            ["short", "fifteen-letters", &"x".repeat(513), "a token with spaces", "tökentökentöken"]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_kept_has_no_token_and_opens_again() {
        let programs = Programs::default();
        let token = new_token();
        programs
            .add(Listed::new(UnixMs(1), "notes".to_owned(), DataClass::Internal, &token), 9)
            .expect("the first");
        let passing = Listed::new(
            UnixMs(2),
            "passing".to_owned(),
            DataClass::Internal,
            "token-of-one-session",
        );
        programs.add(passing.for_now(), 9).expect("the second");
        let bytes = programs.to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let secret = token.strip_prefix(PREFIX).expect("it has that");
        assert!(!text.contains(secret) && text.contains("notes"), "{text}");
        let again = Programs::from_bytes(&bytes);
        assert!(again.find(&digest(&token)).is_some(), "it still counts");
        assert_eq!(again.all().len(), 1, "the other one ended with its session");
        let id = again.all()[0].id;
        let (_, _, revoked) = again.find(&digest(&token)).expect("it is there");
        assert!(again.remove(id) && revoked.is_cancelled(), "and can be taken back, at once");
        assert!(!again.remove(id) && again.is_empty(), "once");
        assert!(Programs::from_bytes(b"what is this?").is_empty(), "nobody is let in by mistake");
    }

    #[test]
    fn a_program_is_found_by_its_token_alone() {
        let programs = Programs::default();
        let listed = |name: &str, token: &str| {
            Listed::new(UnixMs(1), name.to_owned(), DataClass::Internal, token)
        };
        programs.add(listed("notes", "one-token-of-many"), 2).expect("the first");
        programs.add(listed("editor", "two-token-of-many"), 2).expect("the second");
        assert!(programs.add(listed("third", "three-token-of-many"), 2).is_err(), "one too many");
        assert!(programs.find(&digest("one-token-of-many")).is_some(), "it is known");
        assert!(programs.find(&digest("one-token-of-man")).is_none(), "a part of it is not");
        for (name, token) in [("notes", "another-token-here"), ("other", "one-token-of-many")] {
            assert!(programs.add(listed(name, token), 9).is_err(), "{name}: which would it be?");
        }
    }
}
