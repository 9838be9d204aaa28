//! Drives the real application in its real window through WebDriver.
//!
//! Starts `tauri-driver` in a process group of its own, so that ending the
//! group ends the native driver too. Waits for conditions, never for time.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// How long a condition may take on a busy machine before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(25);

/// One run of the application.
pub struct Desktop {
    /// The WebDriver session.
    pub client: Client,
    driver: Child,
}

impl Desktop {
    /// Starts the application over `data_dir` and waits for its first window.
    pub async fn start(data_dir: &Path) -> Self {
        let port = free_port();
        let driver = Command::new(tool("tauri-driver"))
            .args(["--port", &port.to_string()])
            .args(["--native-port", &free_port().to_string()])
            .args(["--native-driver", "/usr/bin/WebKitWebDriver"])
            .env("CARREL_DATA_DIR", data_dir)
            .env("CARREL_LOCAL_MODEL", binary("carrel-local-model"))
            .env("CARREL_MODELS_DIR", models_dir())
            .env("NO_AT_BRIDGE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("tauri-driver is installed by `cargo xtask test`");
        let mut desktop = Starting { driver: Some(driver) };
        desktop.forward_output();
        let client = connect(port).await;
        let driver = desktop.driver.take().expect("started above");
        Self { client, driver }
    }

    /// Waits for an element that `css` names, and returns it.
    pub async fn find(&self, css: &str) -> Element {
        self.until(&format!("an element {css}"), async || {
            self.client.find(Locator::Css(css)).await.ok()
        })
        .await
    }

    /// Waits for a control by its role and accessible name.
    pub async fn control(&self, role: &str, name: &str) -> Element {
        let xpath = control_xpath(role, name);
        self.until(&format!("a {role} named {name:?}"), async || {
            let found = self.client.find_all(Locator::XPath(&xpath)).await.ok()?;
            for element in found {
                if element.is_displayed().await.unwrap_or(false)
                    && element.is_enabled().await.unwrap_or(false)
                {
                    return Some(element);
                }
            }
            None
        })
        .await
    }

    /// Presses a button by its name.
    pub async fn press(&self, name: &str) {
        let mut last = None;
        for _ in 0..20 {
            match self.control("button", name).await.click().await {
                Ok(()) => return,
                // The screen changed between finding and pressing.
                Err(error) => last = Some(error),
            }
        }
        panic!("the button {name:?} could not be pressed: {last:?}");
    }

    /// Puts `text` into the field with this label, replacing what it holds.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.control("field", label).await;
        field.clear().await.expect("the field can be cleared");
        field.send_keys(text).await.expect("the field takes text");
    }

    /// Presses a key together with modifiers, wherever the focus is.
    pub async fn keys(&self, chord: &[Key], letter: &str) {
        let mut text: String = chord.iter().map(|key| char::from(*key)).collect();
        text.push_str(letter);
        let held = |key: &Key| matches!(key, Key::Control | Key::Shift | Key::Alt | Key::Meta);
        if chord.iter().any(held) {
            text.push(char::from(Key::Null));
        }
        let focus = self.client.active_element().await.expect("something has the focus");
        focus.send_keys(&text).await.expect("keys are taken");
    }

    /// Locks the desk by its shortcut. The window is gone before the driver
    /// can say that the keys were taken, so its answer does not count.
    pub async fn lock(&self) {
        let focus = self.client.active_element().await.expect("something has the focus");
        let chord: String = [Key::Control.into(), 'l', Key::Null.into()].iter().collect();
        let _ = focus.send_keys(&chord).await;
    }

    /// Waits until the window shows `text` somewhere.
    pub async fn sees(&self, text: &str) {
        self.until(&format!("the text {text:?}"), async || {
            self.text().await.contains(text).then_some(())
        })
        .await;
    }

    /// The whole visible text of the window; empty while it is changing.
    pub async fn text(&self) -> String {
        let script = "return document.body ? document.body.innerText : ''";
        match self.client.execute(script, vec![]).await {
            Ok(Value::String(text)) => text,
            _ => String::new(),
        }
    }

    /// Waits until `condition` gives a value; fails with what the window shows.
    pub async fn until<T>(&self, what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
        let give_up = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            assert!(
                tokio::time::Instant::now() < give_up,
                "waited for {what}; the window shows:\n{}",
                self.text().await
            );
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Switches to the newest window that is not `known`.
    pub async fn switch_to_new(&self, known: &[String]) -> String {
        let handle = self
            .until("a new window", async || {
                let windows = self.client.windows().await.ok()?;
                windows.into_iter().map(String::from).find(|handle| !known.contains(handle))
            })
            .await;
        self.switch(&handle).await;
        handle
    }

    /// Switches to a window by its handle.
    pub async fn switch(&self, handle: &str) {
        let handle = handle.to_owned().try_into().expect("a handle of this session");
        self.client.switch_to_window(handle).await.expect("the window exists");
    }

    /// Handles of all windows.
    pub async fn windows(&self) -> Vec<String> {
        self.client.windows().await.unwrap_or_default().into_iter().map(String::from).collect()
    }

    /// Saves a picture of the window below `target/screens/`.
    pub async fn picture(&self, name: &str) {
        let folder = target_dir().join("screens");
        std::fs::create_dir_all(&folder).expect("target is writable");
        let png = self.client.screenshot().await.expect("the window can be pictured");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("target is writable");
    }

    /// What axe-core finds on the current screen, as `rule: element` lines.
    pub async fn accessibility_findings(&self) -> Vec<String> {
        let axe = std::fs::read_to_string(root().join("ui/node_modules/axe-core/axe.min.js"))
            .expect("`npm ci` in ui/ installs axe-core");
        self.client.execute(&axe, vec![]).await.expect("axe-core loads");
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] })
               .then((r) => done(r.violations.flatMap((v) =>
                   v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} ${n.failureSummary}`))),
                 (e) => done([`axe failed: ${e}`]))";
        let found = self.client.execute_async(script, vec![]).await.expect("axe-core runs");
        serde_json::from_value(found).expect("a list of sentences")
    }

    /// Chooses a desk on the chooser, whether its bay is lit already or not.
    pub async fn choose(&self, name: &str) {
        let script = "const bay = [...document.querySelectorAll('li button.press')]
            .find((b) => b.innerText.includes(arguments[0]));
            if (bay) { bay.click(); return true; }
            return document.body.innerText.includes(arguments[0]);";
        self.until_script(&format!("the bay of {name}"), script, name).await;
    }

    /// Opens a chat from the sidebar by its title.
    pub async fn open_chat(&self, title: &str) {
        let script = "const row = [...document.querySelectorAll('button[data-chat]')]
            .find((b) => b.innerText.includes(arguments[0]));
            row?.click(); return row !== undefined;";
        self.until_script(&format!("the chat {title:?}"), script, title).await;
    }

    /// Presses a control that only shows while the pointer is near.
    pub async fn press_hidden(&self, name: &str) {
        let script = "const b = [...document.querySelectorAll('button')]
            .find((b) => (b.getAttribute('aria-label') ?? '').startsWith(arguments[0]));
            if (!b || b.disabled) return false; b.click(); return true;";
        self.until_script(&format!("the control {name:?}"), script, name).await;
    }

    async fn until_script(&self, what: &str, script: &str, argument: &str) {
        self.until(what, async || {
            let done = self.client.execute(script, vec![json!(argument)]).await.ok()?;
            (done == Value::Bool(true)).then_some(())
        })
        .await;
    }

    /// Ticks a checkbox or chooses a radio card by the text beside it.
    pub async fn tick(&self, text: &str) {
        let script = "const label = [...document.querySelectorAll('label')]
            .find((l) => l.innerText.includes(arguments[0]));
            const input = label?.control ?? label?.querySelector('input');
            if (!input || input.disabled) return false;
            if (!input.checked) input.click();
            return input.checked;";
        self.until_script(&format!("the choice {text:?}"), script, text).await;
    }

    /// Types a question and sends it with Enter.
    pub async fn ask(&self, question: &str) {
        let field = self.find("textarea[aria-label='Message']").await;
        field.click().await.expect("the field takes the focus");
        field.send_keys(question).await.expect("the field takes text");
        self.keys(&[Key::Enter], "").await;
    }

    /// Waits until the answer that is being written is stored.
    pub async fn settled(&self) {
        self.until("the answer to settle", async || {
            let running = self.exists("button[aria-label^='Stop']").await;
            (!running && self.exists("[aria-label='Answer']").await).then_some(())
        })
        .await;
    }

    /// The text of the last answer.
    pub async fn answer(&self) -> String {
        let script = "return [...document.querySelectorAll(\"[aria-label='Answer']\")]
            .at(-1)?.innerText ?? ''";
        match self.client.execute(script, vec![]).await {
            Ok(Value::String(text)) => text,
            _ => String::new(),
        }
    }

    /// True where `css` names something on the screen.
    pub async fn exists(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// Types where the focus is.
    pub async fn type_text(&self, text: &str) {
        self.keys(&[], text).await;
    }

    /// Replaces the text of the field that `css` names.
    pub async fn replace_in(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.expect("the field can be cleared");
        field.send_keys(text).await.expect("the field takes text");
    }

    /// Opens a menu by part of its button's text and chooses an entry.
    pub async fn menu(&self, menu: &str, entry: &str) {
        let open = "const b = [...document.querySelectorAll('button')]
            .find((b) => b.textContent.includes(arguments[0]));
            if (!b) return false; b.focus(); return true;";
        self.until_script(&format!("the menu {menu:?}"), open, menu).await;
        self.keys(&[Key::Enter], "").await;
        self.control("menuitem", entry).await.click().await.expect("the entry can be chosen");
    }

    /// Waits longer than the quarter second after which shown text is durable.
    pub async fn durable(&self) {
        tokio::time::sleep(Duration::from_secs(2)).await;
    }

    /// Pictures the screen in light and dark and fails where axe-core finds something.
    pub async fn clean(&self, name: &str) {
        for theme in ["light", "dark"] {
            let script = "const root = document.documentElement;
                if (root.dataset.before === undefined) root.dataset.before = root.dataset.theme ?? '';
                root.dataset.theme = arguments[0];";
            self.client.execute(script, vec![json!(theme)]).await.expect("the theme changes");
            self.picture(&format!("{name}-{theme}")).await;
            let findings = self.accessibility_findings().await;
            assert!(findings.is_empty(), "{name} in {theme}: {}", findings.join("\n"));
        }
        let restore = "const root = document.documentElement;
            root.dataset.theme = root.dataset.before; delete root.dataset.before;";
        self.client.execute(restore, vec![]).await.expect("the theme changes back");
    }

    /// The application's processes, its webviews' included, each as id and name;
    /// not the driver's own.
    #[must_use]
    pub fn processes(&self) -> Vec<(u32, String)> {
        let mut all = crate::memory::family(self.driver.id());
        all.retain(|(_, name)| !name.contains("river"));
        all
    }

    /// Puts text into the field that `css` names without the text itself
    /// passing through the driver: a driver's messages linger in memory.
    pub async fn whisper(&self, css: &str, text: &str) {
        let script = "const field = document.querySelector(arguments[0]);
            if (!field) return false;
            const text = arguments[1].match(/../g)
                .map((pair) => String.fromCharCode(parseInt(pair, 16))).join('');
            const kind = field instanceof HTMLTextAreaElement
                ? HTMLTextAreaElement : HTMLInputElement;
            Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(field, text);
            field.focus();
            field.dispatchEvent(new InputEvent('input', { bubbles: true }));
            return true;";
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        self.until(&format!("a field {css}"), async || {
            let done = self.client.execute(script, vec![json!(css), json!(hex)]).await.ok()?;
            (done == Value::Bool(true)).then_some(())
        })
        .await;
    }

    /// Kills the application as a power cut would: no handler runs.
    pub fn kill(mut self) {
        self.end_group();
    }

    /// Ends the application as closing its last window would.
    pub async fn quit(mut self) {
        // Deleting the session closes the application in an orderly way.
        let _ = self.client.clone().close().await;
        self.end_group();
    }

    fn end_group(&mut self) {
        end_group(&mut self.driver);
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        self.end_group();
    }
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

fn end_group(driver: &mut Child) {
    let group = i32::try_from(driver.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // Already gone is as good.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = driver.wait();
}

async fn connect(port: u16) -> Client {
    let mut options = serde_json::Map::new();
    options.insert("tauri:options".to_owned(), json!({ "application": binary("carrel-desktop") }));
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

fn control_xpath(role: &str, name: &str) -> String {
    let quoted = if name.contains('\'') { format!("\"{name}\"") } else { format!("'{name}'") };
    let named = format!(
        "(@aria-label={quoted} or normalize-space(.)={quoted} or starts-with(@aria-label, concat({quoted}, ',')))"
    );
    match role {
        "button" => format!("//*[self::button or @role='button' or self::a][{named}]"),
        "field" => format!(
            "//*[(self::input or self::textarea) and (@aria-label={quoted} \
             or @id=//label[normalize-space(.)={quoted} or starts-with(normalize-space(.), {quoted})]/@for \
             or ancestor::label[starts-with(normalize-space(.), {quoted})])]"
        ),
        other => format!("//*[@role='{other}'][{named}]"),
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

fn tool(name: &str) -> PathBuf {
    let bundled = target_dir().join("tools/bin").join(name);
    if bundled.is_file() { bundled } else { PathBuf::from(name) }
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
