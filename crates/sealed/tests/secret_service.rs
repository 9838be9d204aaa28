//! The real Secret Service: gnome-keyring on a bus and in a home of its own.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sealed::{Key, Keychain, KeychainError, SystemKeychain};
use secret_service::{EncryptionType, SecretService};

#[test]
fn a_key_is_stored_read_replaced_and_removed_in_the_real_keychain() {
    let there = Command::new("gnome-keyring-daemon").arg("--version").output().is_ok();
    assert!(there, "gnome-keyring-daemon is not installed: `cargo xtask deps` installs it");
    let home = tempfile::tempdir().unwrap();
    let bus = Bus::start(home.path());
    let _daemon = Running(unlocked_keyring(home.path(), &bus));
    let test = std::env::current_exe().unwrap();
    let mut inside = Command::new(test);
    inside.args(["--exact", "inside", "--ignored", "--nocapture"]);
    let ended = belonging(&mut inside, home.path(), &bus).status().unwrap();
    assert!(ended.success(), "what was found inside stands above");
}

#[test]
#[ignore = "runs inside the bus of the test above"]
fn inside() {
    let keychain = SystemKeychain::default();
    let (one, other) = (Key::random(), Key::random());
    // The daemon takes its name a moment after it started.
    let mut tries = 0;
    while let Err(error) = keychain.write("one", &one) {
        tries += 1;
        assert!(tries < 600, "no keychain comes up: {error}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let bytes = |entry: &str| keychain.read(entry).unwrap().map(|key| *key.bytes());
    assert_eq!(bytes("one"), Some(*one.bytes()), "what was stored");
    assert_eq!(bytes("another"), None, "entries are apart");
    keychain.write("one", &other).unwrap();
    assert_eq!(bytes("one"), Some(*other.bytes()), "replaced");

    lock_everything();
    assert_eq!(keychain.write("two", &one), Err(KeychainError::Locked), "nobody is asked");
    let read = keychain.read("one").map(drop);
    assert_eq!(read, Err(KeychainError::Locked), "locked is not the same as not there");
    assert_eq!(keychain.remove("one"), Err(KeychainError::Locked), "nor as removed");
}

fn lock_everything() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let service = SecretService::connect(EncryptionType::Plain).await.unwrap();
        service.get_default_collection().await.unwrap().lock().await.unwrap();
    });
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Bus {
    address: String,
    _daemon: Running,
}

impl Bus {
    /// A bus that starts no program by itself.
    fn start(folder: &Path) -> Self {
        let config = folder.join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow send_destination=\"*\"/><allow own=\"*\"/>\
             <allow receive_sender=\"*\"/></policy></busconfig>",
            folder.display()
        );
        std::fs::write(&config, text).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--print-address=1"])
            .arg(format!("--config-file={}", config.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { address: address.trim().to_owned(), _daemon: Running(daemon) }
    }
}

/// A keyring that is unlocked as a login would.
fn unlocked_keyring(home: &Path, bus: &Bus) -> Child {
    let mut command = Command::new("gnome-keyring-daemon");
    command.args(["--foreground", "--unlock", "--components=secrets"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut daemon = belonging(&mut command, home, bus).spawn().unwrap();
    daemon.stdin.take().unwrap().write_all(b"a login's password").unwrap();
    daemon
}

fn belonging<'a>(command: &'a mut Command, home: &Path, bus: &Bus) -> &'a mut Command {
    command
        .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
}
