//! Reading a passphrase without leaving it in an argument list or a history.

use std::fs::File;
use std::io::Read;
use std::os::fd::{FromRawFd, RawFd};

use zeroize::Zeroizing;

use crate::exit::Problem;

/// More than any passphrase may hold, so that a wrong descriptor ends soon.
const MAX_BYTES: u64 = 4_096;

/// Asks at the terminal, or reads the first line of a file descriptor.
pub(crate) fn read(desk: &str, descriptor: Option<RawFd>) -> Result<Zeroizing<String>, Problem> {
    let Some(descriptor) = descriptor else {
        return Ok(Zeroizing::new(rpassword::prompt_password(format!("Passphrase for {desk}: "))?));
    };
    if descriptor < 0 {
        return Err(Problem::Usage("A file descriptor is not negative.".to_owned()));
    }
    #[expect(unsafe_code, reason = "taking over an inherited descriptor has no safe form")]
    // SAFETY: the person named an open descriptor for this purpose; it is read once and closed.
    let file = unsafe { File::from_raw_fd(descriptor) };
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_BYTES).read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default();
    Ok(Zeroizing::new(line.to_owned()))
}
