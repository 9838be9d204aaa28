//! The application that started this process, at the other end of standard input.
//!
//! Its first line is the bearer token: a secret on the command line or in the
//! environment could be read by others. When the pipe closes, the parent is
//! gone, and so must this process be.

use std::io::{BufRead, Read};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::startup::StartupError;

const SHORTEST_TOKEN: usize = 16;
const LONGEST_TOKEN: u64 = 4096;

/// How long an answer in progress may take to notice.
const GRACE: Duration = Duration::from_millis(500);

/// Reads the token from the parent's first line.
///
/// # Errors
/// When there is none, or it is too short to keep others out.
pub fn read_token(from: &mut impl BufRead) -> Result<String, StartupError> {
    let wrong = |what: &str| StartupError::Failed(format!("its token on standard input {what}"));
    let mut line = String::new();
    let read = from.by_ref().take(LONGEST_TOKEN).read_line(&mut line);
    read.map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let token = line.strip_suffix('\n').ok_or_else(|| wrong("is missing or has no end"))?;
    let token = token.trim_end_matches('\r');
    if token.len() < SHORTEST_TOKEN {
        return Err(wrong("is too short"));
    }
    Ok(token.to_owned())
}

/// Waits on a thread of its own until the parent is gone; then the receiver
/// resolves, and the process ends in any case a moment later.
#[must_use]
pub fn watch() -> oneshot::Receiver<()> {
    let (gone, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        // Whatever else the parent writes is of no interest.
        drop(std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()));
        let _unheard = gone.send(());
        std::thread::sleep(GRACE);
        std::process::exit(0);
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_token() {
        let mut input = b"0123456789abcdef\r\nrest".as_slice();
        assert_eq!(read_token(&mut input).ok(), Some("0123456789abcdef".to_owned()), "no line end");
        assert_eq!(input, b"rest", "what follows is left for the watch");
    }

    #[test]
    fn without_a_good_token_nothing_starts() {
        for input in [b"".as_slice(), b"\n", b"short\n", b"0123456789abcdef", &[b'x'; 5000]] {
            let token = read_token(&mut &*input);
            assert!(matches!(token, Err(StartupError::Failed(_))), "{input:?} keeps nobody out");
        }
    }
}
