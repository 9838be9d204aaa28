//! Every secret of a desk as it could lie in memory, found again from its files.

use std::path::Path;

use engine::api::RecoveryCode;
use sealed::{Keyring, Passphrase, Unlocking};
use support::insider;

type Words = Vec<(String, Vec<u8>)>;

/// The desk's keys: raw, and as SQLCipher is told them.
pub(super) fn of_desk(data_dir: &Path, passphrase: &str) -> Words {
    let profiles = data_dir.join("profiles");
    let entry = std::fs::read_dir(&profiles).expect("profiles").flatten().next().expect("one");
    let profile = entry.file_name().to_string_lossy().into_owned();
    let passphrase = Passphrase::new(passphrase).expect("a passphrase");
    let id = profile.parse().expect("named by its id");
    let keyring = Keyring::unlock(&entry.path(), id, Unlocking::Passphrase(&passphrase))
        .expect("it opens the desk");
    let pages = |key: &sealed::Key| *key.derive("carrel database pages").bytes();
    let (history, private) = (keyring.history_key(1), keyring.private_key());
    let shared = insider::workspace_key(data_dir, id, &keyring);
    let named = [
        ("master key", *keyring.master_key().bytes()),
        ("history key", *history.bytes()),
        ("history page key", pages(&history)),
        ("private key", *private.bytes()),
        ("private page key", pages(&private)),
        ("backup key", *keyring.backup_key().bytes()),
        ("attachment key", *keyring.blob_key().bytes()),
        ("signing seed", *keyring.signing().seed()),
        ("recipient seed", *keyring.recipient().bytes()),
        ("workspace key", *shared.bytes()),
        ("workspace page key", pages(&shared)),
    ];
    let both = |(name, key): (&str, [u8; 32])| {
        [(name.to_owned(), key.to_vec()), (format!("{name} in hex"), hex(&key).into_bytes())]
    };
    named.into_iter().flat_map(both).collect()
}

/// A recovery code in a form in which it is not looked for.
pub(super) fn disguised(code: &RecoveryCode) -> String {
    hex(code.groups.concat().as_bytes())
}

/// The code that was disguised: its bits, and halves of it as people and requests write them.
pub(super) fn of_code(disguised: &str) -> Words {
    let code = String::from_utf8(unhex(disguised)).expect("letters and digits");
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    let mut words = vec![("recovery code's bits".to_owned(), bits(&code))];
    for half in groups.chunks(4) {
        for between in ["", "-", " ", "\",\""] {
            words.push(("recovery code".to_owned(), half.join(between).into_bytes()));
        }
    }
    words
}

/// Five bits for each letter.
fn bits(code: &str) -> Vec<u8> {
    const LETTERS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let (mut held, mut count, mut bytes) = (0_usize, 0, Vec::new());
    for letter in code.chars() {
        held = (held << 5 | LETTERS.find(letter).expect("a letter of codes")) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(held >> count & 0xff).expect("a byte"));
        }
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(|pair| byte(pair).expect("hex")).collect()
}
