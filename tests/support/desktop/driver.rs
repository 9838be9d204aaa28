//! Starts and ends the application under WebKit's own driver, and knows its places.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use engine::LocalModelFiles;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use super::{LOOK, PATIENCE};

/// The driver that comes with WebKitGTK. It starts the application itself.
const DRIVER: &str = "/usr/bin/WebKitWebDriver";

/// Starts the application over `data_dir` under a driver in a process group of
/// its own, so that ending the group ends the application too.
pub(super) async fn start(
    data_dir: &Path,
    files: &LocalModelFiles,
    downloads: Option<&Path>,
) -> (Client, Child) {
    let port = free_port();
    let mut command = Command::new(DRIVER);
    if let Some(folder) = downloads {
        // As `xdg-user-dirs` says where downloads go.
        let said = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", folder.display());
        std::fs::write(folder.join("user-dirs.dirs"), said).expect("a test's own folder");
        command.env("XDG_CONFIG_HOME", folder);
    }
    let driver = command
        .args([format!("--port={port}"), "--host=127.0.0.1".to_owned()])
        // Without it the webview does not listen to a driver.
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("CARREL_DATA_DIR", data_dir)
        .env("CARREL_PORT", free_port().to_string())
        .env("CARREL_LOCAL_MODEL", &files.sidecar)
        .env("CARREL_MODELS_DIR", &files.shipped)
        .env("NO_AT_BRIDGE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("WebKitWebDriver is installed by `cargo xtask test`");
    let mut starting = Starting { driver: Some(driver) };
    starting.forward_output();
    let client = connect(port).await;
    let driver = starting.driver.take().expect("started above");
    (client, driver)
}

/// A driver that is ended when connecting fails.
struct Starting {
    driver: Option<Child>,
}

impl Starting {
    fn forward_output(&mut self) {
        let Some(driver) = self.driver.as_mut() else { return };
        let streams: [Option<Box<dyn std::io::Read + Send>>; 2] = [
            driver.stdout.take().map(|stream| Box::new(stream) as _),
            driver.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        for stream in streams.into_iter().flatten() {
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    eprintln!("[application] {line}");
                }
            });
        }
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.as_mut() {
            end_group(driver);
        }
    }
}

/// Ends the driver and everything that it started.
pub(super) fn end_group(driver: &mut Child) {
    let group = i32::try_from(driver.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // Already gone is as good.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = driver.wait();
}

async fn connect(port: u16) -> Client {
    let mut options = serde_json::Map::new();
    let application = json!({ "binary": binary("carrel-desktop"), "args": [] });
    options.insert("webkitgtk:browserOptions".to_owned(), application);
    let give_up = tokio::time::Instant::now() + PATIENCE;
    loop {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let tried = builder
            .capabilities(options.clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        match tried {
            Ok(client) => return client,
            Err(error) => {
                assert!(tokio::time::Instant::now() < give_up, "no WebDriver session: {error}");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a loopback port is free")
        .port()
}

/// The folder with the application's source.
#[must_use]
pub fn root() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    package.parent().map(Path::to_path_buf).unwrap_or(package)
}

/// Where cargo puts what it builds.
#[must_use]
pub fn target_dir() -> PathBuf {
    // <target>/<profile>/deps/<test binary>
    let exe = std::env::current_exe().expect("the test knows itself");
    exe.ancestors().nth(3).map_or_else(|| root().join("target"), Path::to_path_buf)
}

/// A binary of this workspace, built by `cargo xtask test` before the journeys.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let exe = std::env::current_exe().expect("the test knows itself");
    let folder = exe.ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default();
    let path = folder.join(name);
    assert!(path.is_file(), "{name} is not built; run `cargo build --workspace --all-targets`");
    path
}

/// The folder with the built-in model's weights.
#[must_use]
pub fn models_dir() -> PathBuf {
    std::env::var_os("CARREL_MODELS_DIR").map_or_else(|| target_dir().join("models"), PathBuf::from)
}

/// Every folder in which the application or its webview could leave something:
/// the data folder and, where the session has them, WebKit's usual places.
#[must_use]
pub fn webview_folders(data_dir: &Path) -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    [".local/share/dev.carrel.desktop", ".cache/dev.carrel.desktop", ".cache/carrel-desktop"]
        .iter()
        .map(|place| home.join(place))
        .chain([data_dir.to_path_buf()])
        .collect()
}
