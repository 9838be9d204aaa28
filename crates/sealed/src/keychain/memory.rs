//! A keychain that forgets: for tests of what Carrel does with one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Keychain, KeychainError};
use crate::key::Key;

/// Keeps keys for as long as it lives, and fails on demand.
#[derive(Default)]
pub struct MemoryKeychain {
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    keys: HashMap<String, Key>,
    failing: Option<KeychainError>,
    forgetful: bool,
}

impl MemoryKeychain {
    /// Answers everything with `error` from now on, or again as it should.
    pub fn fail_with(&self, error: Option<KeychainError>) {
        self.inside().failing = error;
    }

    /// Says that it stores, and does not.
    pub fn forget_what_is_written(&self) {
        self.inside().forgetful = true;
    }

    /// The names of what it holds, sorted.
    #[must_use]
    pub fn entries(&self) -> Vec<String> {
        let mut names: Vec<String> = self.inside().keys.keys().cloned().collect();
        names.sort();
        names
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answering(&self) -> Result<MutexGuard<'_, Inside>, KeychainError> {
        let inside = self.inside();
        match inside.failing {
            Some(error) => Err(error),
            None => Ok(inside),
        }
    }
}

impl Keychain for MemoryKeychain {
    fn read(&self, entry: &str) -> Result<Option<Key>, KeychainError> {
        Ok(self.answering()?.keys.get(entry).map(Key::duplicate))
    }

    fn write(&self, entry: &str, key: &Key) -> Result<(), KeychainError> {
        let mut inside = self.answering()?;
        if !inside.forgetful {
            inside.keys.insert(entry.to_owned(), key.duplicate());
        }
        Ok(())
    }

    fn remove(&self, entry: &str) -> Result<(), KeychainError> {
        self.answering()?.keys.remove(entry);
        Ok(())
    }
}
