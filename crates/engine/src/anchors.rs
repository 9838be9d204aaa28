//! Where the counter of a desk's private file is remembered: at the door and, where this
//! computer has one, in its keychain.
//!
//! The door lies in the folder that it watches: whoever puts back the whole folder puts back
//! the door's anchors with it. The keychain is elsewhere. It is asked for what it knows and
//! never waited for: a desk opens without it as before.

use std::sync::Arc;

use domain::ProfileId;
use sealed::{Key, Keychain, KeychainError};

use crate::App;
use crate::api::Failure;

/// What an entry begins with; a counter follows, its highest byte first, and noughts.
const MARK: &[u8; 8] = b"anchor 1";

/// The name of a desk's anchor at the door.
pub(crate) fn at_the_door(profile: ProfileId) -> String {
    format!("private:{profile}")
}

/// The entry of a desk's anchor in the keychain.
fn entry(profile: ProfileId) -> String {
    format!("anchor-{profile}")
}

/// What the keychain remembers; none where it knows nothing, or does not answer.
pub(crate) fn in_the_keychain(keychain: &dyn Keychain, profile: ProfileId) -> Option<u64> {
    let kept = keychain.read(&entry(profile)).ok()??;
    let (mark, rest) = kept.bytes().split_first_chunk::<8>()?;
    let (counter, _) = rest.split_first_chunk::<8>()?;
    (mark == MARK).then(|| u64::from_be_bytes(*counter))
}

fn keep_in(keychain: &dyn Keychain, profile: ProfileId, counter: u64) -> Result<(), KeychainError> {
    if in_the_keychain(keychain, profile).is_some_and(|known| known >= counter) {
        return Ok(());
    }
    let mut text = [0; 32];
    let bytes = MARK.iter().copied().chain(counter.to_be_bytes());
    text.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    keychain.write(&entry(profile), &Key::from_bytes(text))
}

impl App {
    /// The highest counter that is remembered of a desk.
    ///
    /// # Errors
    /// When the door cannot be read.
    pub(crate) async fn anchor(&self, profile: ProfileId) -> Result<Option<u64>, Failure> {
        let at_the_door = self.door()?.anchor(&at_the_door(profile)).await?;
        let elsewhere =
            self.with_keychain(move |keychain| Ok(in_the_keychain(keychain, profile))).await;
        Ok(at_the_door.max(elsewhere.unwrap_or_default()))
    }

    /// Remembers a desk's counter; a lower one than before changes nothing.
    pub(crate) async fn keep_anchor(&self, profile: ProfileId, counter: u64) {
        let Ok(door) = self.door() else { return };
        if let Err(error) = door.set_anchor(&at_the_door(profile), counter).await {
            tracing::error!(%error, "an anchor could not be kept");
        }
        let keychain = Arc::clone(&self.keychain);
        // Nobody waits for a keychain that takes its time: a desk is being locked.
        let keeping = move || {
            if let Err(error) = keep_in(&*keychain, profile, counter) {
                tracing::debug!(%error, "no anchor in this computer's keychain");
            }
        };
        self.afterwork.spawn_blocking_on(keeping, &self.runtime);
    }

    /// Forgets what is remembered: the desk is gone, or its owner knowingly goes on with an
    /// older one.
    ///
    /// # Errors
    /// When the door cannot be written.
    pub(crate) async fn forget_anchor(&self, profile: ProfileId) -> Result<(), Failure> {
        self.door()?.forget_anchor(&at_the_door(profile)).await?;
        let forgotten = self.with_keychain(move |keychain| keychain.remove(&entry(profile)));
        if let Err(failure) = forgotten.await {
            tracing::debug!(code = ?failure.code, "an anchor stays in the keychain");
        }
        Ok(())
    }
}
