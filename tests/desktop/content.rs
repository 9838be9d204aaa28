//! Hostile words in the real window: in answers and in every place beside them
//! that shows what others wrote, they try to become more than text. The corpus is
//! the one that the screens' own tests use.

use engine::api::{CreateWorkspace, Nothing, RecoveryCode, SaveDraft, Settings};
use fantoccini::key::Key;
use serde_json::{Value, json};
use support::desktop::Desktop;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};
use support::upstream::openai::{error, finished, openai_stream, reasoning, text};
use support::upstream::{Script, Upstream};

use crate::seeded::open;

const NAME: &str = "<img src=x onerror=alert(1)>";
const TITLE: &str = "<svg onload=alert(1)><script>alert(1)</script>";

/// Answers that must be read as they are written.
const READ: [&str; 6] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "<style>*{display:none}</style>",
    "<details open ontoggle=alert(1)>x</details>",
    "x (javascript:alert(1))",
];

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_stay_words() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["unused"])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    admin.confirm_code().await;
    carrel.join(&admin, NAME, "guest").await.confirm_code().await;
    carrel.app.close().await;

    // Both orders, so that each text stands before and after others.
    let mut corpus = corpus();
    corpus.push(format!("![spy]({0}/pixel.gif) <img src={0}/pixel.gif>", upstream.base_url()));
    let forwards = corpus.join("\n\n");
    corpus.reverse();
    let backwards = corpus.join("\n\n");

    let window = Desktop::start(dir.path()).await;
    window.sees(NAME).await;
    open(&window, NAME, OTHER_PASSPHRASE).await;
    watch(&window).await;
    for answer in [&forwards, &backwards] {
        let pieces = split(answer);
        upstream.next(openai_stream(&pieces.iter().map(String::as_str).collect::<Vec<_>>()));
        window.ask(TITLE).await;
        // The end of either order, once the answer has settled.
        window.settled().await;
        window.find("[aria-label='Answer']").await;
        let text = window.answer().await;
        for words in READ {
            assert!(text.contains(words), "{words:?} can be read in the answer:\n{text}");
        }
        harmless(&window, &upstream).await;
    }
    window.clean("hostile").await;
    window.quit().await;
}

/// Where words stand that came from somebody else, the answer's text apart.
const WORKSPACE: &str = "<img src=x onerror=alert(1)> Survey";
const LABEL: &str = "<svg onload=alert(1)>";
const SERVED: &str = "<iframe src=https://evil.example></iframe>";
const DRAFT: &str = "<script>alert(1)</script> unsent";
const ANSWER: &str = "datum <details open ontoggle=alert(1)>x</details>";

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_stay_words_beside_the_answer() {
    let dir = tempfile::tempdir().expect("a folder");
    let corpus = corpus();
    let upstream = Upstream::start(answer(&corpus)).await;
    seed(dir.path(), &upstream, &corpus).await;

    let window = Desktop::start(dir.path()).await;
    watch(&window).await;
    window.sees(WORKSPACE).await;
    harmless(&window, &upstream).await;
    open(&window, "Mira", PASSPHRASE).await;
    // The draft was left in the field.
    let field = window.find("textarea[aria-label='Message']").await;
    let words = field.prop("value").await.expect("the field can be read");
    assert_eq!(words.as_deref(), Some(DRAFT), "as it was written");
    harmless(&window, &upstream).await;
    field.clear().await.expect("the field can be cleared");
    field.click().await.expect("the field takes the focus");

    // A clipboard ends at a NUL.
    window.paste(&corpus.join("\n").replace('\0', " ").repeat(8)).await;
    window.find("[aria-label='Remove pasted text']").await;
    harmless(&window, &upstream).await;
    window.press("Remove pasted text").await;

    window.ask("Sensor or datum?").await;
    window.settled().await;
    unfold_reasoning(&window).await;
    window.sees(&corpus[0]).await;
    open_last_facts(&window).await;
    for told in [SERVED, LABEL] {
        window.sees(told).await;
    }
    harmless(&window, &upstream).await;
    window.clean("hostile-provenance").await;
    window.keys(&[Key::Escape], "").await;

    upstream.next(error(400, "refused", &format!("{SERVED} {LABEL}")));
    window.ask("And then?").await;
    window.sees("could not take this request").await;
    window.sees(SERVED).await;
    harmless(&window, &upstream).await;

    window.keys(&[Key::Control], "k").await;
    window.find("input[placeholder='Search chats and messages']:focus").await;
    window.type_text("datum").await;
    window.find("mark").await;
    window.sees("ontoggle").await;
    harmless(&window, &upstream).await;
    window.clean("hostile-palette").await;
    window.keys(&[Key::Escape], "").await;

    window.keys(&[Key::Control, Key::Shift], "m").await;
    window.find("[role=option]").await;
    harmless(&window, &upstream).await;
    window.keys(&[Key::Escape], "").await;
    window.keys(&[Key::Control], ",").await;
    for section in ["Chat", "Models and providers", "Members"] {
        window.press(section).await;
        window.sees(section).await;
        harmless(&window, &upstream).await;
    }
    window.quit().await;
}

/// An answer that thinks hostile thoughts, says them and names itself so.
fn answer(corpus: &[String]) -> Script {
    let thinking = corpus.iter().fold(Script::chunked_stream(), |script, thought| {
        script.event(reasoning(&format!("{thought}\n")))
    });
    let mut named: Value = serde_json::from_str(&text(ANSWER)).expect("a chunk");
    named["model"] = SERVED.into();
    finished(thinking.event(named.to_string()))
}

/// Mira's desk in a workspace with a hostile name, model and instructions.
async fn seed(dir: &std::path::Path, upstream: &Upstream, corpus: &[String]) {
    let carrel = Carrel::start(dir).await;
    let mira = carrel.window("mira");
    let create = CreateWorkspace {
        workspace_name: WORKSPACE.to_owned(),
        profile_name: "Mira".to_owned(),
        avatar: 1,
        passphrase: PASSPHRASE.to_owned(),
    };
    let _: RecoveryCode = mira.ok("create_workspace", &create).await;
    mira.offer(LABEL, &upstream.base_url(), true).await;
    mira.confirm_code().await;
    let settings = Settings { instructions: corpus[..8].join("\n"), ..Settings::default() };
    let _: Settings = mira.ok("write_settings", &settings).await;
    let draft = SaveDraft { chat: None, text: DRAFT.to_owned() };
    let _: Nothing = mira.ok("save_draft", &draft).await;
    carrel.app.close().await;
}

/// Opens the account of the last answer.
async fn open_last_facts(window: &Desktop) {
    let facts = "[...document.querySelectorAll('button.facts')].at(-1).click()";
    window.client.execute(facts, vec![]).await.expect("the line of facts opens");
    window.sees("Where this answer came from").await;
}

/// By keyboard: an answer that just settled may still move beneath a pointer.
async fn unfold_reasoning(window: &Desktop) {
    let focused = "document.querySelector('button.thought').focus()";
    window.find("button.thought").await;
    window.client.execute(focused, vec![]).await.expect("the reasoning takes the focus");
    window.keys(&[Key::Enter], "").await;
    window.find("button.thought[aria-expanded=true]").await;
}

/// The hostile texts that the screens' own tests draw.
fn corpus() -> Vec<String> {
    let path = support::desktop::root().join("ui/src/markdown/hostile.json");
    let text = std::fs::read_to_string(path).expect("the corpus is there");
    let corpus: Vec<String> = serde_json::from_str(&text).expect("a list of texts");
    assert!(corpus.len() > 40, "the corpus was read");
    corpus
}

/// Pieces of one to seven characters, so that every construct is cut somewhere.
fn split(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    for size in [1, 2, 3, 5, 7].into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let tail = rest.split_off(size.min(rest.len()));
        pieces.push(rest.into_iter().collect());
        rest = tail;
    }
    pieces
}

/// From now on the page remembers every script that speaks up and every rule
/// of its content policy that something ran into.
async fn watch(window: &Desktop) {
    let script = "window.canary = [];
        for (const name of ['alert', 'confirm', 'prompt', 'msgbox'])
            window[name] = (...said) => canary.push(`${name} ${said}`);
        addEventListener('securitypolicyviolation', (event) =>
            canary.push(`${event.violatedDirective} ${event.blockedURI}`));";
    window.client.execute(script, vec![]).await.expect("the page can be watched");
}

/// Nothing ran, nothing was fetched, nothing on the page could do either.
async fn harmless(window: &Desktop, upstream: &Upstream) {
    let script = "const local = (url) => new URL(url, location).host === location.host
                || /^(ipc|tauri|asset):/.test(url) || new URL(url).hostname.endsWith('localhost');
        return {
            ran: window.canary,
            fetched: performance.getEntriesByType('resource').map((entry) => entry.name)
                .filter((url) => !local(url)),
            elements: [...document.querySelectorAll(
                'main :is(img, iframe, object, embed, form:not(.form), style, link, meta, base, script, video, audio, details)')]
                .map((element) => element.outerHTML),
            handlers: [...document.querySelectorAll('*')].flatMap((element) =>
                [...element.attributes].filter(({ name }) => /^on|^src/.test(name))
                    .map(({ name, value }) => `${element.localName} ${name}=${value}`))
                .filter((found) => !/^script src=\\/assets\\//.test(found)),
            links: [...document.querySelectorAll('main a')].map((link) => link.href)
                .filter((href) => !/^(https?|mailto):/.test(href)),
        };";
    let found = window.client.execute(script, vec![]).await.expect("the page can be asked");
    let clean: Value =
        json!({"ran": [], "fetched": [], "elements": [], "handlers": [], "links": []});
    assert_eq!(found, clean, "words are text: they run, fetch and embed nothing");
    let fetched: Vec<String> =
        upstream.records().iter().map(|record| record.request.path.clone()).collect();
    assert!(
        fetched.iter().all(|path| !path.contains("pixel")),
        "nobody was told that the answer is being read: {fetched:?}"
    );
}
