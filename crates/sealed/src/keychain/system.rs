//! The keychain of this computer: the Secret Service on Linux, Keychain on
//! macOS, the Credential Manager on Windows.
//!
//! None of them promises to answer. Each call runs on a thread of its own and
//! is waited for a moment; a question to the person may stay on the screen
//! for longer, and its answer counts at the next call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use zeroize::Zeroize;

use super::{Keychain, KeychainError};
use crate::key::Key;

#[cfg(any(target_os = "macos", target_os = "windows"))]
use super::native as store;
#[cfg(target_os = "linux")]
use super::secret_service as store;

/// How long a caller waits.
const MOMENT: Duration = Duration::from_secs(2);

/// The keychain of whoever runs this process.
#[derive(Clone, Debug, Default)]
pub struct SystemKeychain {
    asking: Asking,
}

/// Whether the person is being asked to unlock the keychain.
#[derive(Clone, Debug, Default)]
pub(super) struct Asking(Arc<AtomicBool>);

impl Asking {
    /// Says so until the answer is dropped; none where they are being asked already.
    pub(super) fn begin(&self) -> Option<Asked> {
        (!self.0.swap(true, Ordering::SeqCst)).then(|| Asked(Arc::clone(&self.0)))
    }

    fn goes_on(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A question that is on the screen.
pub(super) struct Asked(Arc<AtomicBool>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl SystemKeychain {
    fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(Asking) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, KeychainError> {
        if self.asking.goes_on() {
            return Err(KeychainError::Locked);
        }
        let (sender, answer) = mpsc::channel();
        let asking = self.asking.clone();
        let run = move || {
            // Nobody waits any more: what was unlocked stays unlocked for the next call.
            let _ = sender.send(work(asking));
        };
        let started = std::thread::Builder::new().name("keychain".to_owned()).spawn(run);
        started.map_err(|_| KeychainError::Refused)?;
        answer.recv_timeout(MOMENT).unwrap_or_else(|_| {
            let asked = self.asking.goes_on();
            Err(if asked { KeychainError::Locked } else { KeychainError::Silent })
        })
    }
}

impl Keychain for SystemKeychain {
    fn read(&self, entry: &str) -> Result<Option<Key>, KeychainError> {
        let entry = entry.to_owned();
        self.ask(move |asking| store::read(&entry, &asking)?.map(key).transpose())
    }

    fn write(&self, entry: &str, key: &Key) -> Result<(), KeychainError> {
        let (entry, key) = (entry.to_owned(), key.duplicate());
        self.ask(move |_| store::write(&entry, key.bytes()))
    }

    fn remove(&self, entry: &str) -> Result<(), KeychainError> {
        let entry = entry.to_owned();
        self.ask(move |_| store::remove(&entry))
    }
}

/// Another length is nothing that Carrel stored.
fn key(mut bytes: Vec<u8>) -> Result<Key, KeychainError> {
    let exact = <[u8; 32]>::try_from(bytes.as_slice());
    bytes.zeroize();
    exact.map(Key::from_bytes).map_err(|_| KeychainError::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keychain_that_hangs_is_given_up_after_a_moment() {
        let keychain = SystemKeychain::default();
        let (hold, held) = mpsc::channel::<()>();
        let asked: Result<(), _> = keychain.ask(move |_| {
            let _ = held.recv();
            Ok(())
        });
        drop(hold);
        assert_eq!(asked, Err(KeychainError::Silent), "the chooser is not kept waiting");
    }

    #[test]
    fn a_question_on_the_screen_is_not_asked_twice_and_says_what_is_waited_for() {
        let keychain = SystemKeychain::default();
        let (hold, held) = mpsc::channel::<()>();
        let first: Result<(), _> = keychain.ask(move |asking| {
            let _asked = asking.begin();
            let _ = held.recv();
            Ok(())
        });
        assert_eq!(first, Err(KeychainError::Locked), "the person has to unlock it");
        let second: Result<(), _> = keychain.ask(|_| Ok(()));
        assert_eq!(second, Err(KeychainError::Locked), "no second question while the first stands");
        drop(hold);
    }

    #[test]
    fn a_secret_of_another_length_is_no_key_of_carrels() {
        assert!(key(vec![7; 32]).is_ok(), "32 bytes are a key");
        assert!(matches!(key(vec![7; 31]), Err(KeychainError::Refused)), "31 are not");
    }
}
