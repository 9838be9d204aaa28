//! Hostile words in the real window: an answer, a title and a name that try to
//! become more than text. The corpus is the one that the screens' own tests use.

use serde_json::{Value, json};
use support::desktop::Desktop;
use support::people::{Carrel, OTHER_PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

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
                'main :is(img, iframe, object, embed, form, style, link, meta, base, script, video, audio, details)')]
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
    assert_eq!(found, clean, "an answer is text: it runs, fetches and embeds nothing");
    let fetched: Vec<String> =
        upstream.records().iter().map(|record| record.request.path.clone()).collect();
    assert!(
        fetched.iter().all(|path| !path.contains("pixel")),
        "nobody was told that the answer is being read: {fetched:?}"
    );
}
