//! A process of its own that runs one ignored test of the same test program.
//!
//! What must be killed, limited or looked into from outside cannot be the
//! process that judges. The two talk in lines: the child says a word when it
//! came somewhere, the parent answers with a word when it may go on.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The variable that carries a child's orders.
const ORDERS: &str = "CARREL_TEST_ORDERS";
/// What a line begins with that is meant for the parent.
const MARK: &str = "::";
/// How long a child may be silent, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running child; killed when dropped.
pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Process {
    /// Runs the ignored test `name` (with its module) with these orders.
    pub fn start(name: &str, orders: &impl Serialize) -> Self {
        Self::start_by(&[], name, orders)
    }

    /// As `start`, through a program that runs another.
    pub fn start_by(through: &[&str], name: &str, orders: &impl Serialize) -> Self {
        let program = std::env::current_exe().expect("the test knows itself");
        let program = program.to_str().expect("its path is text").to_owned();
        let test = ["--exact", name, "--ignored", "--nocapture", "--test-threads=1"];
        let mut words = through.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        words.push(program);
        words.extend(test.map(str::to_owned));
        let json = serde_json::to_vec(orders).expect("orders are plain values");
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env(ORDERS, hex(&json));
        Self::run(command)
    }

    /// Runs a program and listens to it.
    pub fn run(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a process can be started");
        let input = child.stdin.take();
        let output = child.stdout.take().expect("a pipe");
        let (to, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if to.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, input, lines }
    }

    /// Its number, as the system counts processes.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next word it says.
    ///
    /// # Panics
    /// When it ends, or is silent for too long.
    pub fn says(&mut self) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some((_, word)) = line.split_once(MARK) {
                        return word.to_owned();
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("the process hangs"),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the process ended: {:?}", self.child.wait())
                }
            }
        }
    }

    /// Waits until it says `word`.
    pub fn until(&mut self, word: &str) {
        while self.says() != word {}
    }

    /// What it says until it says `word`, or until its end.
    ///
    /// # Panics
    /// When it is silent for too long.
    #[must_use]
    pub fn said_until(self, word: &str) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => match line.split_once(MARK) {
                    Some((_, last)) if last == word => return said,
                    Some((_, other)) => said.push(other.to_owned()),
                    None => {}
                },
                Err(RecvTimeoutError::Timeout) => panic!("the process hangs"),
                Err(RecvTimeoutError::Disconnected) => return said,
            }
        }
    }

    /// Lets it go on.
    pub fn tell(&mut self, word: &str) {
        let input = self.input.as_mut().expect("not closed before");
        writeln!(input, "{word}").expect("it listens");
    }

    /// Lets it read the end of its input.
    pub fn close_input(&mut self) {
        drop(self.input.take());
    }

    /// Ends it as a power cut would, and returns what it said and was not heard yet.
    pub fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is gone");
        let said = self.lines.iter();
        said.filter_map(|line| Some(line.split_once(MARK)?.1.to_owned())).collect()
    }

    /// Waits for its end; true where it was a good one.
    pub fn ended(mut self) -> bool {
        drop(self.input.take());
        self.child.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child's side: its orders.
///
/// # Panics
/// Where the test was started by hand.
#[must_use]
pub fn orders<T: DeserializeOwned>() -> T {
    let text = std::env::var(ORDERS).expect("started by another test, which gives it orders");
    let bytes: Vec<u8> = text
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    serde_json::from_slice(&bytes).expect("orders of this kind")
}

/// The child's side: says a word to the parent.
pub fn say(word: &str) {
    let mut output = std::io::stdout().lock();
    // A parent that is gone hears nothing, and this process ends with it.
    let _ = writeln!(output, "\n{MARK}{word}");
    let _ = output.flush();
}

/// The child's side: waits for the parent's next word; empty where it is gone.
#[must_use]
pub fn hear() -> String {
    let mut line = String::new();
    // The end of the input is an empty word.
    let _ = std::io::stdin().read_line(&mut line);
    line.trim().to_owned()
}

/// Orders travel in a form in which no word that is looked for occurs.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
