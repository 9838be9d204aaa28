//! What the program prints: JSON for programs, chats and models by name, partial answers.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use domain::{Finish, RouteStep, Strategy};
use engine::api::{
    ChatList, ChatPage, ListChats, ModelList, Nothing, OpenChat, RouteView, SaveRoute,
};
use rustix::process::{Pid, Signal, kill_process};
use support::desktop::binary;
use support::people::{Carrel, PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::{begun, openai_stream};

use super::{as_mira, carrel, closed_desk, json};

/// A closed desk whose models are asked at `upstream`, one provider for each label.
async fn desk(dir: &std::path::Path, upstream: &Upstream, labels: &[&str]) {
    let carrel = Carrel::start(dir).await;
    let admin = carrel.first_run().await;
    for label in labels {
        admin.offer(label, &upstream.base_url(), *label == labels[0]).await;
    }
    carrel.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desks_are_listed_for_people_and_for_programs() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let profile = Carrel::start(dir.path()).await.profile("Mira").await;
    let plain = carrel(dir.path(), &["profiles"], "");
    let line = format!("{profile}  Mira\n");
    assert_eq!(String::from_utf8_lossy(&plain.stdout), line, "id and name");
    let listed = json(&carrel(dir.path(), &["profiles", "--json"], "").stdout);
    let desk = &listed["profiles"][0];
    assert_eq!(
        (desk["name"].as_str(), desk["profile"].as_str()),
        (Some("Mira"), Some(profile.to_string().as_str())),
        "as the chooser knows it"
    );
    assert!(desk["last_open"].is_number(), "and more: {desk}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_goes_on_and_a_model_is_chosen_by_its_name() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Swell."])).await;
    desk(dir.path(), &upstream, &["Tide", "Gull"]).await;
    let (code, said) = as_mira(dir.path(), &["--json", "ask", "First question"]);
    let answer = json(said.as_bytes());
    assert_eq!((code, answer["answer"]["text"].as_str()), (Some(0), Some("Swell.")), "{answer}");
    let chat = answer["chat"].as_str().expect("its chat");

    let more = ["--json", "ask", "--chat", chat, "--model", "gull-1", "And", "then?"];
    let (code, said) = as_mira(dir.path(), &more);
    assert_eq!((code, json(said.as_bytes())["chat"].as_str()), (Some(0), Some(chat)), "the same");
    let questions = upstream.questions();
    let models: Vec<_> = questions.iter().map(|one| one.request.json()["model"].clone()).collect();
    assert_eq!(models, ["tide-1", "gull-1"], "the usual one, then the named one");
    let sent = questions[1].request.json()["messages"].to_string();
    assert!(sent.contains("First question") && sent.contains("And then?"), "with its history");

    let output =
        carrel(dir.path(), &["ask", "--model", "swan", "--passphrase-fd", "0", "Why?"], PASSPHRASE);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "no such model");
    assert!(said.contains("tide-1") && said.contains("gull-1"), "it names those there are: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_is_chosen_by_its_name() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Swell."])).await;
    desk(dir.path(), &upstream, &["Tide", "Gull"]).await;
    let admin = Carrel::start(dir.path()).await.unlock("Mira", PASSPHRASE, "w").await;
    let models: ModelList = admin.ok("list_models", &Nothing {}).await;
    let route = SaveRoute {
        id: None,
        name: "Everyday".to_owned(),
        strategy: Strategy::Ordered,
        candidates: vec![RouteStep::new(models.models[1].model.clone())],
        on_overflow: Vec::new(),
        on_refusal: Vec::new(),
        make_usual: false,
    };
    let _: RouteView = admin.ok("save_route", &route).await;
    admin.app.close().await;
    let (code, said) = as_mira(dir.path(), &["--json", "ask", "--model", "route/everyday", "Why?"]);
    let answer = json(said.as_bytes());
    let tried = &answer["answer"]["provenance"]["tries"][0];
    assert_eq!((code, tried["path"]["route"].as_str()), (Some(0), Some("Everyday")), "{answer}");
    assert_eq!(tried["model"]["model"], "gull-1", "who stands in it, not the usual one");

    let asked = ["ask", "--model", "route/other", "--passphrase-fd", "0", "Why?"];
    let output = carrel(dir.path(), &asked, PASSPHRASE);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "no such route");
    assert!(said.contains("There is no route other."), "{said}");
    assert!(said.contains("route/Everyday, tide-1"), "it names those there are: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_answer_is_printed_kept_and_said_to_be_partial() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(begun(&["As far as here"]).hold()).await;
    desk(dir.path(), &upstream, &["Tide"]).await;
    let mut asking = Command::new(binary("carrel"))
        .args(["ask", "--passphrase-fd", "0", "Why?"])
        .env("CARREL_DATA_DIR", dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program is built");
    let mut stdin = asking.stdin.take().expect("a pipe");
    stdin.write_all(PASSPHRASE.as_bytes()).expect("it reads its passphrase");
    drop(stdin);
    let mut shown = [0; 14];
    asking.stdout.as_mut().expect("a pipe").read_exact(&mut shown).expect("it streams");
    assert_eq!(&shown, b"As far as here", "before the answer is over");
    let id = i32::try_from(asking.id()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(id, Signal::INT).expect("Ctrl+C");
    let ended = asking.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(9), "partial: {said}");

    let owner = Carrel::start(dir.path()).await.unlock("Mira", PASSPHRASE, "w").await;
    let list = ListChats { archived: false, before: None, limit: 10 };
    let chats: ChatList = owner.ok("list_chats", &list).await;
    let open = OpenChat { chat: chats.chats[0].id, around: None, limit: 10 };
    let page: ChatPage = owner.ok("open_chat", &open).await;
    let kept = &page.messages[1].message;
    assert_eq!(
        (kept.text.as_str(), kept.finish),
        ("As far as here", Finish::Stopped),
        "kept, and marked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_comes_from_a_pipe_and_the_passphrase_from_another_descriptor() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Heard."])).await;
    desk(dir.path(), &upstream, &["Tide"]).await;
    let secret = dir.path().with_extension("secret");
    std::fs::write(&secret, format!("{PASSPHRASE}\nnot this line")).expect("a file");
    let script = "exec \"$0\" ask --passphrase-fd 3 3<\"$1\"";
    let mut asking = Command::new("sh")
        .args(["-c".as_ref(), script.as_ref(), binary("carrel").as_os_str(), secret.as_os_str()])
        .env("CARREL_DATA_DIR", dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut stdin = asking.stdin.take().expect("a pipe");
    stdin.write_all(b"A question of\ntwo lines").expect("it reads its question");
    drop(stdin);
    let ended = asking.wait_with_output().expect("it ends");
    std::fs::remove_file(&secret).expect("our file");
    assert_eq!(
        String::from_utf8_lossy(&ended.stdout),
        "Heard.\n",
        "the first line opened the desk"
    );
    let sent = upstream.questions()[0].request.json()["messages"].to_string();
    assert!(sent.contains(r"A question of\ntwo lines"), "all of the pipe is the question: {sent}");
    assert!(!sent.contains(PASSPHRASE), "and nothing of the passphrase");

    let unasked = Command::new("setsid")
        .args(["--wait".as_ref(), binary("carrel").as_os_str()])
        .args(["backup"])
        .env("CARREL_DATA_DIR", dir.path())
        .env("CARREL_PASSPHRASE", PASSPHRASE)
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    assert_eq!(unasked.status.code(), Some(1), "without a terminal no other way is tried");
}
