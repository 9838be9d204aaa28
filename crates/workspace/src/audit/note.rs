//! Signed notes, as C2SP's tlog-checkpoint writes them, so that tools for transparency logs
//! read them: some lines, an empty one, and a line for each signature.

use data_encoding::BASE64;
use sealed::{PublicKey, SigningKey};

/// The longest note that is read, in bytes.
pub(super) const LONGEST: usize = 4_096;
/// What a signature's line begins with.
const DASH: &str = "\u{2014} ";
/// The kind of an Ed25519 key among signed notes.
const ED25519: u8 = 1;

/// The name in a signature's line, and the key's id with the signature.
type Signed<'a> = (&'a str, Vec<u8>);

/// The key's id and the signature of `body`, as they stand together in a note.
pub(super) fn sign(body: &str, name: &str, key: &SigningKey) -> Vec<u8> {
    [key_id(name, &key.public()).as_slice(), &key.sign(body.as_bytes())].concat()
}

/// Whether these bytes are what `sign` gives for this key.
pub(super) fn is_signed(body: &str, name: &str, signed: &[u8], key: &PublicKey) -> bool {
    let Some((id, signature)) = signed.split_at_checked(4) else { return false };
    id == key_id(name, key) && key.verify(body.as_bytes(), signature)
}

/// The note with one signature. The body's lines have an end each.
pub(super) fn written(body: &str, name: &str, signed: &[u8]) -> String {
    format!("{body}\n{DASH}{name} {}\n", BASE64.encode(signed))
}

/// The body of a note, and the names and signatures below it; none for any other text.
pub(super) fn read(note: &str) -> Option<(String, Vec<Signed<'_>>)> {
    if note.len() > LONGEST {
        return None;
    }
    let (body, signatures) = note.split_once("\n\n")?;
    let signatures = signatures.lines().filter_map(|line| {
        let (name, signed) = line.strip_prefix(DASH)?.rsplit_once(' ')?;
        Some((name, BASE64.decode(signed.as_bytes()).ok()?))
    });
    Some((format!("{body}\n"), signatures.collect()))
}

fn key_id(name: &str, key: &PublicKey) -> [u8; 4] {
    let mut text = name.as_bytes().to_vec();
    text.extend([b'\n', ED25519]);
    text.extend(key.0);
    let [a, b, c, d, ..] = sealed::sha256(&text);
    [a, b, c, d]
}
