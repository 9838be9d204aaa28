//! Desks that were lived in for years, made once and kept between runs.
//!
//! A desk of a million messages takes minutes to fill, so it lies beside the
//! figures' folder and is copied for each use; what is measured never changes
//! the original. A desk counts only once its list of chats is written, last.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ::vault::fill::Filling;
use ::vault::{ChatChange, Opening, Vault};
use domain::{ChatId, ProfileId, UnixMs};
use sealed::{Keyring, Passphrase, Unlocking};
use serde::{Deserialize, Serialize};
use support::desktop::target_dir;
use support::people::{Carrel, PASSPHRASE};
use tempfile::TempDir;

use crate::Outcome;
use crate::figures::{Samples, now};

/// Raised when what a desk holds changes, so that old ones are made anew.
const EDITION: u32 = 2;
/// Messages of each usual chat.
const USUAL_CHAT: u32 = 200;
/// Words of a usual answer; a question has a fifth.
const USUAL_WORDS: u32 = 60;
/// The last minutes before this are filled.
const END: i64 = 1_794_900_000_000;
const MINUTE: i64 = 60_000;

/// What a desk holds.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    name: &'static str,
    chats: u32,
}

/// 5,000 chats of 200 messages.
pub(crate) const MILLION: Size = Size { name: "million", chats: 5_000 };
/// 500 chats of 200 messages.
pub(crate) const HUNDRED_THOUSAND: Size = Size { name: "hundred-thousand", chats: 500 };

/// The chats that are measured by themselves; all are pinned.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Chats {
    /// The desk's owner.
    pub(crate) profile: ProfileId,
    /// 200 messages.
    pub(crate) usual: ChatId,
    /// 5,000 messages of usual length.
    pub(crate) long: ChatId,
    /// 1,248 messages, 36 MB.
    pub(crate) heavy: ChatId,
}

/// A copy that may be changed; gone when dropped.
pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) chats: Chats,
}

impl Desk {
    /// A fresh copy of the desk of this size, which is made first where there is none.
    pub(crate) async fn copied(size: Size) -> Outcome<Self> {
        let shelf = target_dir().join("bench-desks");
        let original = shelf.join(format!("{}-{EDITION}", size.name));
        let list = original.with_extension("json");
        if !list.exists() {
            fs::create_dir_all(&shelf)?;
            if original.exists() {
                fs::remove_dir_all(&original)?;
            }
            let chats = fill(&original, size).await?;
            fs::write(&list, serde_json::to_vec(&chats)?)?;
        }
        let folder = tempfile::tempdir_in(&shelf)?;
        copy(&original, folder.path())?;
        Ok(Self { folder, chats: serde_json::from_slice(&fs::read(&list)?)? })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the profile's own files lie.
    pub(crate) fn profile_dir(&self) -> PathBuf {
        profile_dir(self.path(), self.chats.profile)
    }

    /// Its keys, by the passphrase: all of the key derivation and nothing else.
    pub(crate) fn keyring(&self) -> Outcome<Keyring> {
        keyring(&self.profile_dir(), self.chats.profile)
    }

    /// How long its keys take, as unlocking always spends it: `rounds` times.
    pub(crate) fn derivation(&self, rounds: usize) -> Outcome<Samples> {
        let mut samples = Samples::default();
        for _ in 0..rounds {
            let start = now();
            drop(self.keyring()?);
            samples.push_ms(start.elapsed());
        }
        Ok(samples)
    }

    /// Its vault, without the engine around it.
    pub(crate) fn vault(&self) -> Outcome<Vault> {
        open(&self.profile_dir(), &self.keyring()?)
    }
}

async fn fill(folder: &Path, size: Size) -> Outcome<Chats> {
    fs::create_dir_all(folder)?;
    let carrel = Carrel::start(folder).await;
    carrel.first_run().await.confirm_code().await;
    let profile = carrel.profile("Mira").await;
    carrel.app.close().await;

    let dir = profile_dir(folder, profile);
    let vault = open(&dir, &keyring(&dir, profile)?)?;
    vault.replay_unsettled(UnixMs(END)).await?;
    let mut writer = Writer { vault, until: END, seed: 1 };
    // The newest first, each before the last one's time.
    let usual = writer.chat(USUAL_CHAT, USUAL_WORDS).await?;
    let long = writer.chat(5_000, USUAL_WORDS).await?;
    let heavy = writer.chat(1_248, 8_400).await?;
    writer.write(size.chats, USUAL_CHAT, USUAL_WORDS).await?;
    for chat in [usual, long, heavy] {
        let pin = ChatChange { pinned: Some(true), archived: Some(false), ..ChatChange::default() };
        writer.vault.update_chat(chat, pin).await?;
    }
    writer.vault.close().await;
    Ok(Chats { profile, usual, long, heavy })
}

struct Writer {
    vault: Vault,
    until: i64,
    seed: u64,
}

impl Writer {
    async fn chat(&mut self, messages: u32, words: u32) -> Outcome<ChatId> {
        let made = self.write(1, messages, words).await?;
        made.first().copied().ok_or_else(|| "no chat was made".into())
    }

    async fn write(&mut self, chats: u32, messages: u32, words: u32) -> Outcome<Vec<ChatId>> {
        self.until -= i64::from(chats * messages) * MINUTE;
        self.seed += 1;
        let (from, seed) = (UnixMs(self.until), self.seed);
        Ok(self.vault.fill(Filling { chats, messages, words, from, seed }).await?)
    }
}

fn profile_dir(folder: &Path, profile: ProfileId) -> PathBuf {
    folder.join("profiles").join(profile.to_string())
}

fn keyring(dir: &Path, profile: ProfileId) -> Outcome<Keyring> {
    let passphrase = Passphrase::new(PASSPHRASE)?;
    Ok(Keyring::unlock(dir, profile, Unlocking::Passphrase(&passphrase))?)
}

fn open(dir: &Path, keyring: &Keyring) -> Outcome<Vault> {
    Ok(Vault::open(dir, keyring, Opening::default())?)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
