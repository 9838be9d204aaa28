//! Drives the real application in its real window through WebDriver.
//!
//! `driver` starts and ends it, `looks` pictures and examines what it shows,
//! `paste` brings long text; `undriven` is the same application without a driver.
//! Everything here waits for conditions, never for time.

mod driver;
mod looks;
mod paste;
mod undriven;

use std::path::Path;
use std::process::Child;
use std::time::Duration;

use engine::LocalModelFiles;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

pub use driver::{binary, models_dir, root, target_dir, webview_folders};
pub use undriven::Undriven;

/// How long a condition may take on a busy machine before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(25);

fn usual_models(data_dir: &Path) -> LocalModelFiles {
    LocalModelFiles {
        sidecar: binary("carrel-local-model"),
        shipped: models_dir(),
        own: data_dir.join("models"),
    }
}

/// One run of the application.
pub struct Desktop {
    /// The WebDriver session.
    pub client: Client,
    driver: Child,
}

impl Desktop {
    /// Starts the application over `data_dir` and waits for its first window.
    pub async fn start(data_dir: &Path) -> Self {
        Self::start_with_models(data_dir, &usual_models(data_dir)).await
    }

    /// As `start`, on a computer with these models; people's own lie in `data_dir`.
    pub async fn start_with_models(data_dir: &Path, files: &LocalModelFiles) -> Self {
        let (client, driver) = driver::start(data_dir, files, None).await;
        Self { client, driver }
    }

    /// As `start`, where files for the person go to `downloads`.
    pub async fn start_saving_to(data_dir: &Path, downloads: &Path) -> Self {
        let files = usual_models(data_dir);
        let (client, driver) = driver::start(data_dir, &files, Some(downloads)).await;
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
        for _ in 0..200 {
            match self.control("button", name).await.click().await {
                Ok(()) => return,
                // The screen changed between finding and pressing, or something still moves
                // over the button.
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(LOOK).await;
        }
        self.picture("not-pressed").await;
        panic!("the button {name:?} could not be pressed, see not-pressed.png: {last:?}");
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

    /// Gives a control the focus, as Tab would; the first one with this name.
    pub async fn focus_control(&self, name: &str) {
        let script = "const b = [...document.querySelectorAll('button')]
            .find((b) => b.getAttribute('aria-label') === arguments[0]);
            if (!b || b.disabled) return false; b.focus(); return document.activeElement === b;";
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

    /// Types a question and sends it with Enter; its answer is on the screen then, as far as
    /// it was written.
    pub async fn ask(&self, question: &str) {
        let mark =
            "window.lastAnswer = [...document.querySelectorAll('article[aria-busy]')].at(-1)";
        self.client.execute(mark, vec![]).await.expect("the page can be marked");
        let field = self.find("textarea[aria-label='Message']").await;
        field.click().await.expect("the field takes the focus");
        field.send_keys(question).await.expect("the field takes text");
        self.keys(&[Key::Enter], "").await;
        let new = "const last = [...document.querySelectorAll('article[aria-busy]')].at(-1);
            return last !== undefined && last !== window.lastAnswer;";
        self.until_script("the answer's place", new, question).await;
    }

    /// Waits until the answer that is being written is stored.
    pub async fn settled(&self) {
        let settled = "const last = [...document.querySelectorAll('article[aria-busy]')].at(-1);
            return last?.getAttribute('aria-busy') === 'false' && last.innerText.trim() !== ''
                && !document.querySelector(arguments[0]);";
        self.until_script("the answer to settle", settled, "button[aria-label^='Stop']").await;
    }

    /// The text of the last answer. A row that was just drawn anew shows none for a moment.
    pub async fn answer(&self) -> String {
        let script = "return [...document.querySelectorAll(\"[aria-label='Answer']\")]
            .at(-1)?.innerText ?? ''";
        for _ in 0..100 {
            match self.client.execute(script, vec![]).await {
                Ok(Value::String(text)) if !text.is_empty() => return text,
                _ => tokio::time::sleep(LOOK).await,
            }
        }
        String::new()
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
        self.choose_entry(entry).await;
    }

    /// Opens the menu of the last button with this name (a list comes before
    /// the sheet) and chooses an entry.
    pub async fn menu_of(&self, name: &str, entry: &str) {
        let open = "const b = [...document.querySelectorAll('button')]
            .findLast((b) => b.getAttribute('aria-label') === arguments[0]);
            if (!b) return false; b.focus(); return true;";
        self.until_script(&format!("the menu {name:?}"), open, name).await;
        self.choose_entry(entry).await;
    }

    async fn choose_entry(&self, entry: &str) {
        self.keys(&[Key::Enter], "").await;
        // The menu may still be moving to its place.
        self.until(&format!("the entry {entry:?} to be chosen"), async || {
            self.control("menuitem", entry).await.click().await.ok()
        })
        .await;
    }

    /// Chooses an option of the list that a label names.
    pub async fn select(&self, label: &str, option: &str) {
        let open =
            "const list = [...document.querySelectorAll('button[aria-labelledby]')].find((b) =>
            document.getElementById(b.getAttribute('aria-labelledby').split(' ')[0])
                ?.textContent.trim() === arguments[0]);
            if (!list) return false; list.focus(); return true;";
        self.until_script(&format!("the list {label:?}"), open, label).await;
        self.keys(&[Key::Enter], "").await;
        // The list may still be moving to its place.
        self.until(&format!("the option {option:?} to be chosen"), async || {
            self.control("option", option).await.click().await.ok()
        })
        .await;
    }

    /// Presses a button of the dialog that is open.
    pub async fn decide(&self, name: &str) {
        let script = "const b = [...document.querySelectorAll('[role=dialog] button, [role=alertdialog] button')]
            .find((b) => b.textContent.trim() === arguments[0]);
            if (!b || b.disabled) return false; b.click(); return true;";
        self.until_script(&format!("the decision {name:?}"), script, name).await;
    }

    /// Waits until no dialog is open.
    pub async fn decided(&self) {
        self.until("the dialog to close", async || {
            (!self.exists("[role=dialog], [role=alertdialog]").await).then_some(())
        })
        .await;
    }

    /// Types the groups of a recovery code back that the screen asks for.
    pub async fn type_code_back(&self) {
        let text = self.text().await;
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for number in 1..=8 {
            let label = format!("Type group {number}");
            if !text.contains(&label) {
                continue;
            }
            let at = lines
                .windows(2)
                .find(|pair| pair[0] == number.to_string() && pair[1].len() == 4)
                .unwrap_or_else(|| panic!("group {number} is not on the screen:\n{text}"));
            self.fill(&label, at[1]).await;
        }
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
        driver::end_group(&mut self.driver);
    }

    /// Ends the application as closing its last window would.
    pub async fn quit(mut self) {
        // Deleting the session closes the application in an orderly way.
        let _ = self.client.clone().close().await;
        driver::end_group(&mut self.driver);
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        driver::end_group(&mut self.driver);
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
