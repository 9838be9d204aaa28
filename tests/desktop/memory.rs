//! What the real window leaves in memory and on disk once its desk is locked.
//!
//! Nothing secret goes through the driver, whose messages linger in the very
//! processes that are looked into; it only says which keys are pressed.

use std::time::Duration;

use domain::Dialect;
use engine::api::{Nothing, ProviderView, RecoveryCode, SaveProvider};
use fantoccini::key::Key;
use support::canary::{Canaries, find};
use support::desktop::{Desktop, webview_folders};
use support::memory::{Scan, scan};
use support::people::Carrel;
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

/// How often a locked application is looked into before it counts as leaking.
const LOOKS: usize = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_window_leaves_no_word_in_memory_and_none_on_disk() {
    let dir = tempfile::tempdir().expect("a folder");
    let canaries = Canaries::new();
    let upstream = Upstream::start(openai_stream(&[&canaries.answer, " END"])).await;
    seed(dir.path(), &canaries, &upstream.base_url()).await;

    let window = Desktop::start(dir.path()).await;
    window.sees("Choose your desk").await;
    // WebKit's automation keeps the first webview of a process for itself, so the desk that is
    // looked for is opened in the second.
    unlock(&window, &canaries).await;
    let first = window.windows().await;
    window.lock().await;
    window.switch_to_new(&first).await;
    window.sees("Choose your desk").await;
    unlock(&window, &canaries).await;
    let webviews: Vec<u32> = named(&window, "WebKitWebProcess");
    assert!(!webviews.is_empty(), "the desk is drawn by a process of its own");
    for webview in &webviews {
        let environment = std::fs::read(format!("/proc/{webview}/environ")).expect("it runs");
        let held = ["Malloc=1", "tcache_count", "CARREL_BEGAN"]
            .map(|word| memchr::memmem::find(&environment, word.as_bytes()).is_some());
        assert_eq!(held, [false; 3], "webviews keep the allocator that is made for them");
    }
    let desk = window.windows().await;
    window.whisper("textarea[aria-label='Message']", &canaries.question).await;
    window.keys(&[Key::Enter], "").await;
    answered(&window).await;
    window.keys(&[Key::Control], "k").await;
    let palette = "input[placeholder='Search chats and messages']";
    window.find(palette).await;
    window.whisper(palette, &canaries.answer).await;
    window.find("mark").await;
    window.keys(&[Key::Escape], "").await;
    window.whisper("textarea[aria-label='Message']", &canaries.draft).await;

    let [main] = named(&window, "carrel-desktop")[..] else {
        panic!("one application: {:?}", window.processes());
    };
    let words = canaries.words();
    let before = scan(main, &words).expect("the application can be looked into");
    assert!(!before.sightings.is_empty(), "an open desk is in memory, else the look is blind");
    window.lock().await;
    window.switch_to_new(&desk).await;
    window.sees("Choose your desk").await;
    window
        .until("the desk's own webview to be gone", async || {
            let left = named(&window, "WebKitWebProcess");
            webviews.iter().all(|old| !left.contains(old)).then_some(())
        })
        .await;
    for (pid, name) in window.processes() {
        let left = left_in(pid, &words).await;
        assert!(
            left.sightings.is_empty(),
            "{} sightings in {name} after locking, in {} bytes:\n{}",
            left.sightings.len(),
            left.bytes,
            left.told()
        );
    }
    for folder in webview_folders(dir.path()) {
        for (name, word) in &words {
            let found = find(&folder, word);
            assert!(found.is_empty(), "the {name} lies in {found:?}");
        }
    }
    window.quit().await;
}

async fn unlock(window: &Desktop, canaries: &Canaries) {
    window.choose("Mira").await;
    window.whisper("input[type=password]", &canaries.passphrase).await;
    window.press("Open desk").await;
    window.find("textarea[aria-label='Message']:focus").await;
}

/// What a process still holds once its window had the time to be taken apart.
async fn left_in(pid: u32, words: &[(String, Vec<u8>)]) -> Scan {
    let mut left = Scan::default();
    for _ in 0..LOOKS {
        // A process that went away meanwhile holds nothing.
        left = scan(pid, words).unwrap_or_default();
        if left.sightings.is_empty() {
            break;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    left
}

async fn seed(dir: &std::path::Path, canaries: &Canaries, base_url: &str) {
    let carrel = Carrel::start(dir).await;
    let admin = carrel.window("admin");
    let request = engine::api::CreateWorkspace {
        workspace_name: "Tidewater Survey".to_owned(),
        profile_name: "Mira".to_owned(),
        avatar: 1,
        passphrase: canaries.passphrase.clone(),
    };
    let _: RecoveryCode = admin.ok("create_workspace", &request).await;
    let provider = SaveProvider {
        id: None,
        label: "Scripted".to_owned(),
        dialect: Dialect::OpenAi,
        base_url: base_url.to_owned(),
        key: Some(canaries.key.clone()),
        models: vec!["scripted-1".to_owned()],
        for_guests: false,
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        make_usual: true,
    };
    let _: ProviderView = admin.ok("save_provider", &provider).await;
    admin.confirm_code().await;
    let _: Nothing = admin.ok("lock", &Nothing {}).await;
    carrel.app.close().await;
}

/// Waits for the end of the answer; asks only for what is no secret.
async fn answered(window: &Desktop) {
    let script = "return [...document.querySelectorAll(\"[aria-label='Answer']\")]
        .some((answer) => answer.innerText.includes('END'))
        && !document.querySelector(\"button[aria-label^='Stop']\")";
    window
        .until("the answer to settle", async || {
            let done = window.client.execute(script, vec![]).await.ok()?;
            (done == serde_json::Value::Bool(true)).then_some(())
        })
        .await;
}

fn named(window: &Desktop, wanted: &str) -> Vec<u32> {
    // The system keeps the first 15 letters of a name.
    let short: String = wanted.chars().take(15).collect();
    let all = window.processes().into_iter().filter(|(_, name)| *name == short);
    all.map(|(pid, _)| pid).collect()
}
