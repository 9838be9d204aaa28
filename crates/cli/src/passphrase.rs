//! Reading a passphrase without leaving it in an argument list or a history.

use std::fs::File;
use std::io::Read;
use std::os::fd::{BorrowedFd, RawFd};

use engine::api::DeskCard;
use zeroize::Zeroizing;

use crate::exit::Problem;

/// More than any passphrase may hold, so that a wrong descriptor ends soon.
const MAX_BYTES: u64 = 4_096;

/// What opens `desk`: nothing where it has no passphrase.
pub(crate) fn of(desk: &DeskCard, descriptor: Option<RawFd>) -> Result<Zeroizing<String>, Problem> {
    if desk.has_passphrase {
        return read(&desk.name, descriptor);
    }
    Ok(Zeroizing::default())
}

/// Asks at the terminal, or reads the first line of a file descriptor.
fn read(desk: &str, descriptor: Option<RawFd>) -> Result<Zeroizing<String>, Problem> {
    let Some(descriptor) = descriptor else {
        return Ok(Zeroizing::new(rpassword::prompt_password(format!("Passphrase for {desk}: "))?));
    };
    if descriptor < 0 {
        return Err(Problem::Usage("A file descriptor is not negative.".to_owned()));
    }
    #[expect(unsafe_code, reason = "borrowing an inherited descriptor has no safe form")]
    // SAFETY: only duplicated here, which fails for one that is not open.
    let inherited = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let file = File::from(inherited.try_clone_to_owned()?);
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_BYTES).read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default();
    Ok(Zeroizing::new(line.to_owned()))
}
