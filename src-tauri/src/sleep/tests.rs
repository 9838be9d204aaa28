//! A logind of the tests' own, on a bus of their own.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::{App, Host, KeyCost, LocalModelFiles, NoKeychain, Setup, SystemClock, WindowLabel};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{ObjectPath, OwnedFd, OwnedObjectPath};

use super::obey;

const MANAGER: &str = "/org/freedesktop/login1";
const ALIAS: &str = "/org/freedesktop/login1/session/auto";
const SESSION: &str = "/org/freedesktop/login1/session/_37";
const PASSPHRASE: &str = "quiet lantern over the tide";
/// What a busy machine may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_is_locked_and_its_files_closed_before_the_computer_may_sleep() {
    let mut night = Night::begin(true).await;
    let inhibitor = night.inhibitor().await;
    assert_eq!(
        inhibitor.asked,
        ["sleep", "Carrel", "Lock open desks", "delay"],
        "logind shows these words to whoever asks why the computer waits"
    );
    night.desk.watch(&inhibitor);

    night.sleep(true).await;
    inhibitor.released().await;
    assert_eq!(night.desk.closed(), [Held::Yes], "the windows close while the computer waits");
    assert!(night.desk.is_locked().await, "the desk is locked");
    assert_eq!(night.desk.backups(), 0, "a backup may take longer than the computer waits");
    assert_eq!(
        night.desk.opens_elsewhere().await,
        Ok(()),
        "its files are free for another process"
    );

    night.sleep(false).await;
    let next = night.inhibitor().await;
    assert!(next.is_held(), "the next sleep waits again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_stays_open_through_sleep_where_its_person_wants_it_so() {
    let mut night = Night::begin(false).await;
    let inhibitor = night.inhibitor().await;
    night.sleep(true).await;
    inhibitor.released().await;
    assert!(!night.desk.is_locked().await, "the computer does not wait for nothing either");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_is_locked_with_the_screen_of_its_persons_login() {
    let mut night = Night::begin(true).await;
    let inhibitor = night.inhibitor().await;
    night.lock_screen().await;
    night.desk.until_locked().await;
    assert!(inhibitor.is_held(), "no sleep was announced");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_goes_on_when_nobody_tells_of_sleep_any_more() {
    let mut night = Night::begin(true).await;
    night.inhibitor().await;
    night.bus.end();
    let ended = tokio::time::timeout(PATIENCE, &mut night.obeying).await;
    let ended = ended.expect("listening ends with the bus").expect("and without a panic");
    assert!(ended.is_ok(), "it is no error: {ended:?}");
    assert!(!night.desk.is_locked().await, "the desk stays; it locks on waking");
}

/// One open desk, a logind, and the code between them.
struct Night {
    desk: Desk,
    logind: zbus::Connection,
    taken: mpsc::UnboundedReceiver<Inhibitor>,
    obeying: tokio::task::JoinHandle<zbus::Result<()>>,
    bus: Bus,
    _folder: tempfile::TempDir,
}

impl Night {
    async fn begin(lock_on_suspend: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let bus = Bus::start(folder.path());
        let (sender, taken) = mpsc::unbounded_channel();
        let logind = bus
            .join()
            .name("org.freedesktop.login1")
            .and_then(|logind| logind.serve_at(MANAGER, FakeLoginManager(sender)))
            .and_then(|logind| logind.serve_at(ALIAS, FakeSession))
            .and_then(|logind| logind.serve_at(SESSION, FakeSession))
            .expect("a logind")
            .build()
            .await
            .expect("logind is on the bus");
        let desk = Desk::open(&folder.path().join("data"), lock_on_suspend).await;
        let listener = bus.join().build().await.expect("a connection");
        let app = Arc::clone(&desk.app);
        let obeying = tokio::spawn(async move { obey(&listener, &app).await });
        Self { desk, logind, taken, obeying, bus, _folder: folder }
    }

    /// The inhibitor that is taken next.
    async fn inhibitor(&mut self) -> Inhibitor {
        let taken = tokio::time::timeout(PATIENCE, self.taken.recv()).await;
        taken.expect("an inhibitor is taken").expect("logind stands")
    }

    async fn sleep(&self, start: bool) {
        let at = SignalEmitter::new(&self.logind, MANAGER).expect("a path");
        FakeLoginManager::prepare_for_sleep(&at, start).await.expect("the signal goes out");
    }

    async fn lock_screen(&self) {
        let at = SignalEmitter::new(&self.logind, SESSION).expect("a path");
        FakeSession::lock(&at).await.expect("the signal goes out");
    }
}

impl Drop for Night {
    fn drop(&mut self) {
        self.obeying.abort();
    }
}

/// What somebody took, and the other end of it.
struct Inhibitor {
    asked: [String; 4],
    end: UnixStream,
}

/// Whether the inhibitor was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Yes,
    No,
}

impl Inhibitor {
    fn is_held(&self) -> bool {
        held(&self.end) == Held::Yes
    }

    /// Waits until the computer may sleep.
    async fn released(&self) {
        let end = self.end.try_clone().expect("a second handle");
        let mut end = tokio::net::UnixStream::from_std(end).expect("a socket");
        let read = tokio::time::timeout(PATIENCE, end.read(&mut [0])).await;
        assert_eq!(read.expect("the inhibitor is given up").ok(), Some(0), "closed, not written");
    }
}

/// The holder never writes: reading would wait while it holds, and ends once it let go.
fn held(mut end: &UnixStream) -> Held {
    if matches!(end.read(&mut [0]), Ok(0)) { Held::No } else { Held::Yes }
}

struct FakeLoginManager(mpsc::UnboundedSender<Inhibitor>);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl FakeLoginManager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> OwnedFd {
        let (end, theirs) = UnixStream::pair().expect("a pair of sockets");
        end.set_nonblocking(true).expect("a socket that does not wait");
        let asked = [what, who, why, mode].map(str::to_owned);
        // A test that ended does not care.
        let _ = self.0.send(Inhibitor { asked, end });
        std::os::fd::OwnedFd::from(theirs).into()
    }

    fn get_session(&self, id: &str) -> zbus::fdo::Result<OwnedObjectPath> {
        match id {
            "7" => Ok(ObjectPath::from_static_str_unchecked(SESSION).into()),
            _ => Err(zbus::fdo::Error::InvalidArgs("no such session".to_owned())),
        }
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(at: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

struct FakeSession;

#[zbus::interface(name = "org.freedesktop.login1.Session")]
impl FakeSession {
    #[zbus(property)]
    fn id(&self) -> &str {
        "7"
    }

    #[zbus(signal)]
    async fn lock(at: &SignalEmitter<'_>) -> zbus::Result<()>;
}

/// A message bus in a folder of its own.
struct Bus {
    daemon: Child,
    address: String,
}

impl Bus {
    fn start(folder: &Path) -> Self {
        let config = folder.join("bus.conf");
        let text = format!(
            "<busconfig><type>custom</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow send_destination=\"*\"/><allow own=\"*\"/>\
             <allow receive_sender=\"*\"/></policy></busconfig>",
            folder.display()
        );
        std::fs::write(&config, text).expect("the folder can be written");
        let mut daemon = Command::new("dbus-daemon")
            .arg("--nofork")
            .arg("--print-address=1")
            .arg(format!("--config-file={}", config.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed; `cargo xtask test` sees to it");
        let mut address = String::new();
        let said = daemon.stdout.take().expect("it has an output");
        BufReader::new(said).read_line(&mut address).expect("it says where it listens");
        Self { daemon, address: address.trim().to_owned() }
    }

    fn join(&self) -> zbus::connection::Builder<'static> {
        zbus::connection::Builder::address(self.address.as_str()).expect("an address")
    }
}

impl Bus {
    fn end(&mut self) {
        // Already gone is as good.
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.end();
    }
}

/// A desk that is open in one window.
struct Desk {
    app: Arc<App>,
    host: Arc<WatchedHost>,
    window: WindowLabel,
    data_dir: std::path::PathBuf,
}

impl Desk {
    async fn open(data_dir: &Path, lock_on_suspend: bool) -> Self {
        let host = Arc::new(WatchedHost::default());
        let app = start(data_dir, host.clone()).await;
        let desk =
            Self { app, host, window: WindowLabel::from("w"), data_dir: data_dir.to_path_buf() };
        let first = json!({
            "workspace_name": "Tidewater Survey", "profile_name": "Mira", "avatar": 1,
            "passphrase": PASSPHRASE,
        });
        desk.app.call(&desk.window, "create_workspace", first).await.expect("a desk");
        let settings = json!({ "lock_on_suspend": lock_on_suspend });
        desk.app.call(&desk.window, "write_settings", settings).await.expect("settings");
        desk
    }

    /// Notes from now on whether `inhibitor` is held while windows close.
    fn watch(&self, inhibitor: &Inhibitor) {
        let end = inhibitor.end.try_clone().expect("a second handle");
        *self.host.inhibitor.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
    }

    fn closed(&self) -> Vec<Held> {
        self.host.closed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn is_locked(&mut self) -> bool {
        self.app.call(&self.window, "desk_state", json!({})).await.is_err()
    }

    async fn until_locked(&mut self) {
        let look = async {
            while !self.is_locked().await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, look).await.expect("the desk locks");
    }

    fn backups(&self) -> usize {
        let profiles = std::fs::read_dir(self.data_dir.join("profiles")).expect("a folder");
        let backups = profiles.map_while(Result::ok).map(|one| one.path().join("backups"));
        backups.filter_map(|folder| std::fs::read_dir(folder).ok()).map(Iterator::count).sum()
    }

    /// Opens the same files as a second process would.
    async fn opens_elsewhere(&self) -> Result<(), String> {
        let other = start(&self.data_dir, Arc::new(engine::NoWindows)).await;
        let door = other.call(&self.window, "door_state", json!({})).await.expect("a door");
        let door: serde_json::Value = serde_json::from_str(&door).expect("is JSON");
        let request = json!({
            "profile": door["desks"][0]["profile"], "passphrase": PASSPHRASE, "accept_older": false,
        });
        let opened = other.call(&self.window, "unlock", request).await;
        other.close().await;
        opened.map(drop).map_err(|failure| failure.message)
    }
}

async fn start(data_dir: &Path, host: Arc<dyn Host>) -> Arc<App> {
    App::start(Setup {
        data_dir: data_dir.to_path_buf(),
        clock: Arc::new(SystemClock),
        host,
        local_model: LocalModelFiles {
            sidecar: data_dir.join("no-sidecar"),
            shipped: data_dir.join("no-models"),
            own: data_dir.join("models"),
        },
        key_cost: KeyCost::Least,
        keychain: Arc::new(NoKeychain),
    })
    .await
    .expect("the engine starts")
}

/// A shell that notes whether the computer still waits when its windows close.
#[derive(Default)]
struct WatchedHost {
    inhibitor: Mutex<Option<UnixStream>>,
    closed: Mutex<Vec<Held>>,
}

impl Host for WatchedHost {
    fn close_windows(&self, _windows: &[WindowLabel]) {
        let inhibitor = self.inhibitor.lock().unwrap_or_else(PoisonError::into_inner);
        let held = inhibitor.as_ref().map_or(Held::No, held);
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).push(held);
    }

    fn next_window(&self) -> Option<WindowLabel> {
        None
    }

    fn open_window(&self, _label: &WindowLabel) -> std::io::Result<()> {
        Ok(())
    }

    fn open_link(&self, _url: &str) -> std::io::Result<()> {
        Ok(())
    }

    fn save_file(&self, _name: &str, _content: &[u8]) -> std::io::Result<std::path::PathBuf> {
        Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
    }

    fn begin_file(&self, _name: &str) -> std::io::Result<Box<dyn engine::NewFile>> {
        Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
    }
}
