//! `carrel serve`: set up from a file, answered over a socket, gone without a trace.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use support::canary::{Canaries, find};
use support::desktop::binary;
use support::programs::{Port, TOKEN};
use support::upstream::openai::{begun, error, openai_stream};
use support::upstream::{Script, Upstream};

/// A running server; killed when dropped.
struct Served {
    child: Child,
    port: Port,
}

impl Served {
    /// Starts over the empty folder `data` by the file `config`, and waits until it listens.
    fn start(config: &Path, data: &Path) -> Self {
        let mut child = command(config, data)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program is built");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let line = lines.next().expect("it says where it listens").expect("text");
        let url = line.strip_prefix("Listening on http://").expect("an address");
        let address: SocketAddr =
            url.strip_suffix("/v1").expect("the base URL").parse().expect("one");
        Self { child, port: Port::elsewhere(address, TOKEN) }
    }

    /// Asks it to end, and waits.
    fn end(mut self) -> Option<i32> {
        let id = Pid::from_child(&self.child);
        kill_process(id, Signal::TERM).expect("it runs");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(config: &Path, data: &Path) -> Command {
    let mut command = Command::new(binary("carrel"));
    command.args(["serve", "--config"]).arg(config).arg("--data-dir").arg(data);
    command.env_remove("CARREL_DATA_DIR").env("SERVE_TOKEN", TOKEN);
    command
}

/// A configuration with these providers, each with one model, in this order of falling back.
fn configured(folder: &Path, providers: &[(&str, &str, &str)], more: &str) -> std::path::PathBuf {
    let mut text = format!(
        "listen = \"127.0.0.1:0\"\n{more}\n[[programs]]\nname = \"notes\"\ntoken = \"env:SERVE_TOKEN\"\n"
    );
    for (name, url, keys) in providers {
        text.push_str(&format!(
            "[[providers]]\nname = \"{name}\"\ndialect = \"openai\"\nurl = \"{url}\"\nkeys = {keys}\nmodels = [\"m\"]\n"
        ));
    }
    let file = folder.join("serve.toml");
    std::fs::write(&file, text).expect("a file");
    file
}

fn question(model: &str, text: &str) -> serde_json::Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": text }] })
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).expect("it is there").next().is_none()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_served_with_its_keys_fallback_limits_and_timeouts() {
    let (home, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("one"));
    let down = Upstream::start(error(503, "overloaded", "down")).await;
    let up = Upstream::start(openai_stream(&["The ", "moon."])).await;
    std::fs::write(home.path().join("up.key"), "sk-from-a-file\n").expect("a file");
    let (first, second) = (down.base_url(), up.base_url());
    let config = configured(
        home.path(),
        &[
            ("down", &first, "[\"sk-literal\"]"),
            ("up", &second, "[\"file:up.key\", \"sk-second\"]"),
        ],
        "usual = \"down/m\"\nfallback = [\"up/m\"]\nlimits = [{ requests = 40, per = \"day\" }]\n\
         timeouts = { headers = 0.3, first_token = 0.3, client = 5 }\neffort = { tries = 3 }",
    );
    let served = Served::start(&config, data.path());
    let listed = served.port.get("/v1/models").await.json();
    let ids: Vec<_> =
        listed["data"].as_array().expect("a list").iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, ["down/m", "up/m", "route/usual"]);
    let reply = served.port.ask(&question("route/usual", "What is a tide?")).await;
    assert_eq!(reply.json()["choices"][0]["message"]["content"], "The moon.", "{}", reply.text());
    assert_eq!(reply.json()["model"], "up/m", "who stood in");
    let key = down.record(0).await.request.header("authorization").map(str::to_owned);
    assert_eq!(key.as_deref(), Some("Bearer sk-literal"));
    let key = up.record(0).await.request.header("authorization").map(str::to_owned);
    assert_eq!(key.as_deref(), Some("Bearer sk-from-a-file"), "the first of two");

    up.usually(Script::silent().hold());
    let before = tokio::time::Instant::now();
    let late = served.port.ask(&question("up/m", "Anybody?")).await;
    assert!(late.status >= 500 && before.elapsed() < Duration::from_secs(60), "{}", late.text());
    up.usually(openai_stream(&["The ", "moon."]));
    let stranger = Port::elsewhere(served.port.address, "carrel-of-a-stranger-0123456789");
    assert_eq!(stranger.get("/v1/models").await.status, 401, "nobody else");
    let limited = loop {
        let reply = served.port.ask(&question("up/m", "More?")).await;
        if reply.status != 200 && reply.status < 500 {
            break reply;
        }
    };
    assert_eq!((limited.status, limited.code().as_str()), (429, "insufficient_quota"));
    assert_eq!(served.end(), Some(0), "it ends when it is asked to");
    assert!(is_empty(data.path()), "and leaves the folder as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_files_routes_answer_programs_and_have_limits_of_their_own() {
    let (home, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("one"));
    let down = Upstream::start(error(503, "overloaded", "down")).await;
    let up = Upstream::start(openai_stream(&["The ", "moon."])).await;
    let (first, second) = (down.base_url(), up.base_url());
    let providers = [("down", first.as_str(), "[]"), ("up", second.as_str(), "[]")];
    let more = "usual = \"route/everyday\"\n\
        routes = [{ name = \"everyday\", models = [\"down/m\", \"up/m\"] }]\n\
        limits = [{ requests = 9, per = \"day\", route = \"everyday\" }]";
    let served = Served::start(&configured(home.path(), &providers, more), data.path());
    let listed = served.port.get("/v1/models").await.json();
    let ids: Vec<_> =
        listed["data"].as_array().expect("a list").iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, ["down/m", "up/m", "route/usual", "route/everyday"]);
    for model in ["route/everyday", "route/usual"] {
        let reply = served.port.ask(&question(model, "What is a tide?")).await;
        assert_eq!(reply.json()["model"], "up/m", "{model}: who stood in: {}", reply.text());
    }
    let limited = loop {
        let reply = served.port.ask(&question("route/everyday", "More?")).await;
        if reply.status != 200 {
            break reply;
        }
    };
    assert_eq!((limited.status, limited.code().as_str()), (429, "insufficient_quota"));
    let reply = served.port.ask(&question("up/m", "And alone?")).await;
    assert_eq!(reply.status, 200, "the limit is the route's: {}", reply.text());

    for (more, word) in [
        ("usual = \"route/other\"", "other"),
        ("routes = [{ name = \"a\", models = [\"nobody/m\"] }]", "nobody/m"),
        ("limits = [{ requests = 1, per = \"day\", route = \"b\" }]", "route b"),
    ] {
        let empty = tempfile::tempdir().expect("a folder");
        let config = configured(home.path(), &providers, more);
        let refused = command(&config, empty.path()).output().expect("it runs");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(word), "{more}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_word_and_no_key_lies_in_the_folder_while_it_runs_or_after_a_crash() {
    let (home, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("one"));
    let canaries = Canaries::new();
    let upstream = Upstream::start(openai_stream(&[&canaries.answer])).await;
    let url = upstream.base_url();
    let keys = format!("[\"{}\"]", canaries.key);
    let config = configured(home.path(), &[("up", &url, &keys)], "");
    let mut served = Served::start(&config, data.path());
    let reply = served.port.ask(&question("m", &canaries.question)).await;
    assert_eq!(reply.json()["choices"][0]["message"]["content"], canaries.answer.as_str());
    let found = || -> Vec<_> {
        let words = [
            canaries.answer.as_bytes(),
            canaries.question.as_bytes(),
            canaries.key.as_bytes(),
            TOKEN.as_bytes(),
        ];
        words.iter().flat_map(|word| find(data.path(), word)).collect()
    };
    assert!(!is_empty(data.path()), "the ledger lies there");
    assert_eq!(found(), Vec::<std::path::PathBuf>::new(), "while it runs");
    served.child.kill().expect("it runs");
    served.child.wait().expect("it is gone");
    assert_eq!(found(), Vec::<std::path::PathBuf>::new(), "after a crash");
    let again = command(&config, data.path()).output().expect("it runs");
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(2), "what a crash left is not taken over: {told}");
    assert!(told.contains("is not empty"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_under_way_is_ended_with_the_server() {
    let (home, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("one"));
    let upstream = Upstream::start(begun(&["The "]).hold()).await;
    let url = upstream.base_url();
    let served = Served::start(&configured(home.path(), &[("up", &url, "[]")], ""), data.path());
    let streamed =
        json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": "?" }] });
    let mut client = served.port.begin(&streamed).await;
    support::programs::read_until(&mut client, "The ").await;
    assert_eq!(served.end(), Some(0), "nobody is waited for");
    upstream.record(0).await.left().await;
    assert!(is_empty(data.path()));
}

fn refused(config: &Path, data: &Path, more: &[&str]) -> (Option<i32>, String) {
    let output: Output = command(config, data).args(more).output().expect("it runs");
    assert!(output.stdout.is_empty(), "it does not say that it listens");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_62_a_file_that_is_not_understood_serves_nothing_and_says_the_line() {
    let (home, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("one"));
    let url = "https://models.example.com/v1";
    let secret = "[\"sk-secret-of-this-test\"]";
    for (providers, more, words) in [
        (vec![("a", url, "[]")], "budget = 5", vec!["serve.toml", "line 2", "budget"]),
        (vec![("a", url, "5")], "", vec!["line"]),
        (vec![("a", url, "[]")], "fallback = [\"b/m\"]", vec!["fallback", "b/m"]),
        (vec![("a", url, "[]")], "usual = \"gpt\"", vec!["usual", "gpt"]),
        (vec![("a", url, "[\"env:NO_SUCH_VARIABLE\"]")], "", vec!["key of a", "NO_SUCH_VARIABLE"]),
        (vec![("a", url, "[\"file:no-such-file\"]")], "", vec!["key of a", "no-such-file"]),
        (vec![("a", "http://models.example.com", "[]")], "", vec!["provider a", "https"]),
        (vec![("a", "http://10.0.0.1.nip.io", secret)], "", vec!["provider a"]),
        (
            vec![("a", url, "[]")],
            "limits = [{ requests = 1, per = \"day\", model = \"b/m\" }]",
            vec!["limits", "b/m"],
        ),
        (vec![], "", vec!["providers"]),
    ] {
        let config = configured(home.path(), &providers, more);
        let (code, told) = refused(&config, data.path(), &[]);
        assert_eq!(code, Some(2), "{more}: {told}");
        for word in words {
            assert!(told.contains(word), "{told} should say {word}");
        }
        assert!(!told.contains("sk-secret"), "{told}");
        assert!(is_empty(data.path()), "nothing is left behind: {more}");
    }
    let missing = home.path().join("nothing.toml");
    assert_eq!(refused(&missing, data.path(), &[]).0, Some(2), "no such file");
    let good = configured(home.path(), &[("a", url, "[]")], "");
    let short = std::fs::read_to_string(&good).expect("text").replace("env:SERVE_TOKEN", "short");
    std::fs::write(&good, short).expect("a file");
    let (code, told) = refused(&good, data.path(), &["--json"]);
    assert_eq!(code, Some(2), "{told}");
    let failure: serde_json::Value = serde_json::from_str(told.trim()).expect("JSON was asked for");
    let message = failure["failure"]["message"].to_string();
    assert!(message.contains("16 to 512"), "a token that anybody guesses: {message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_or_a_port_that_is_taken_is_left_alone() {
    let (home, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("one"));
    let url = "https://models.example.com/v1";
    let config = configured(home.path(), &[("a", url, "[]")], "");
    std::fs::write(data.path().join("mine.txt"), "mine").expect("a file");
    let (code, told) = refused(&config, data.path(), &[]);
    assert_eq!(code, Some(2), "{told}");
    let kept = std::fs::read_to_string(data.path().join("mine.txt")).expect("it is there");
    assert_eq!(kept, "mine", "what is there stays");
    let unnamed = Command::new(binary("carrel"))
        .args(["serve", "--config"])
        .arg(&config)
        .env_remove("CARREL_DATA_DIR")
        .env("HOME", home.path())
        .output()
        .expect("it runs");
    assert_eq!(unnamed.status.code(), Some(2), "the usual folder is a person's");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let text = std::fs::read_to_string(&config).expect("text").replace("127.0.0.1:0", &address);
    std::fs::write(&config, text.as_str()).expect("a file");
    let other = tempfile::tempdir().expect("a folder");
    let (code, told) = refused(&config, other.path(), &[]);
    assert_eq!((code, told.contains(&address)), (Some(1), true), "somebody listens there: {told}");
    std::fs::write(&config, text.replace(&address, "0.0.0.0:0")).expect("a file");
    let (code, told) = refused(&config, other.path(), &[]);
    assert_eq!(code, Some(1), "others could reach it: {told}");
    assert!(told.contains("127.0.0.1") && is_empty(other.path()), "{told}");
}
