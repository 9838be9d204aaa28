//! Killed at any moment, again and again, over one data folder.
//!
//! A process writes answers, drafts and titles and says what it was promised;
//! it is killed without warning. What was promised must be there afterwards,
//! and of an answer under way at most the last quarter second may be missing:
//! ten frames, for time itself passes unevenly on a machine that does other
//! things as well. `steps` kills at each single change of a file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{ChatId, Finish, MessageId};
use engine::TurnSink;
use engine::api::{
    Ask, BackupView, ChatPage, ChatSummary, Examination, MessageView, Nothing, OpenChat, Question,
    SaveDraft, Search, SearchResults, TurnBatch, TurnEvent, UpdateChat,
};
use serde::{Deserialize, Serialize};
use support::child::{Process, hear, orders, say};
use support::desktop::binary;
use support::dice::{Dice, soak};
use support::people::{Carrel, PASSPHRASE, Person};
use support::upstream::openai::{finish, text, usage};
use support::upstream::{Gate, Script, Upstream};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

/// Words of an answer.
const WORDS: usize = 120;
/// Between two words of an answer.
const PACE: Duration = Duration::from_millis(10);
/// What a crash may cost of an answer: a quarter second, in frames of 25 ms as the process
/// that died counted them. On a machine that is too busy a frame takes longer; it must not make
/// more of them go.
const LOST: usize = 10;
/// Kills over one data folder, before a fresh one is taken.
const ROUNDS: usize = 20;

#[derive(Serialize, Deserialize)]
struct Work {
    data_dir: PathBuf,
    round: usize,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that the test below kills"]
async fn a_process_that_works_until_it_is_killed() {
    engine::guard_memory();
    let Work { data_dir, round } = orders();
    let carrel = Carrel::start(&data_dir).await;
    let person = carrel.unlock("Mira", PASSPHRASE, "w").await;
    say("open");
    let (first, typed_in) = watch::channel(None);
    tokio::join!(
        ask_on_and_on(&person, round, 0, Some(first)),
        ask_on_and_on(&person, round, 1, None),
        type_on_and_on(&person, round, typed_in),
        tidy_on_and_on(&person),
    );
    let _ = hear();
}

/// Tells of its first chat.
async fn ask_on_and_on(
    person: &Person,
    round: usize,
    asker: usize,
    first: Option<watch::Sender<Option<ChatId>>>,
) {
    for number in 0.. {
        let text = format!("question {round} {asker} {number}");
        let question = Question::NewChat { text: text.clone() };
        let (settled, answer) = oneshot::channel();
        let sink = Telling { question: text.clone(), state: Mutex::new((0, Some(settled))) };
        let request = Ask { question, target: None, class: None };
        let started = person.app.ask(&person.window, request, Arc::new(sink)).await;
        let chat = started.expect("the question is accepted").chat;
        say(&format!("asked {chat} {text}"));
        if let Some(first) = first.as_ref().filter(|_| number == 0) {
            first.send_replace(Some(chat));
        }
        let answer = person.message(answer.await.expect("it settles")).await;
        say(&format!("settled {} {}", answer.message.id, answer.message.text));
        let title = Some(format!("title of {chat}"));
        let change = UpdateChat { chat, title, pinned: None, archived: None, class: None };
        let _: ChatSummary = person.ok("update_chat", &change).await;
        say(&format!("titled {chat} title of {chat}"));
    }
}

/// Says for each frame of an answer how many words have been shown, at the moment of showing.
struct Telling {
    question: String,
    state: Mutex<(usize, Option<oneshot::Sender<MessageId>>)>,
}

impl TurnSink for Telling {
    fn send(&self, batch: TurnBatch) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for event in batch.events {
            match event {
                TurnEvent::Text { text } => {
                    state.0 += text.split_whitespace().count();
                    say(&format!("shown {} {}", state.0, self.question));
                }
                TurnEvent::Settled { answer, .. } => {
                    // Nobody waits any more if this fails.
                    let _ = state.1.take().map(|settled| settled.send(answer));
                }
                _ => {}
            }
        }
    }
}

/// Types into a chat where nobody asks again: a question takes its draft with it.
async fn type_on_and_on(
    person: &Person,
    round: usize,
    mut typed_in: watch::Receiver<Option<ChatId>>,
) {
    let chat = *typed_in.wait_for(Option::is_some).await.expect("somebody asks");
    let Some(chat) = chat else { return };
    for number in 0.. {
        let draft = SaveDraft { chat: Some(chat), text: format!("draft {round} {number}") };
        let _: Nothing = person.ok("save_draft", &draft).await;
        say(&format!("draft {number} {chat}"));
        tokio::time::sleep(PACE * 2).await;
    }
}

async fn tidy_on_and_on(person: &Person) {
    loop {
        let search = Search { query: "question".to_owned(), limit: 20 };
        let _: SearchResults = person.ok("search", &search).await;
        let _: BackupView = person.ok("back_up", &Nothing {}).await;
    }
}

/// When each word of each answer was sent, by the question it answers.
#[derive(Clone, Default)]
struct Sent(Arc<Mutex<HashMap<String, Vec<Instant>>>>);

impl Sent {
    fn note(&self, question: &str) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.entry(question.to_owned()).or_default().push(Instant::now());
    }

    /// When the word of that number went out; none where it did not.
    fn at(&self, question: &str, word: usize) -> Option<Instant> {
        let sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.get(question)?.get(word).copied()
    }
}

fn words(from: usize, to: usize) -> String {
    (from..to).map(|number| format!("word{number} ")).collect()
}

/// A provider that answers each question word by word and notes when.
struct Paced {
    base_url: String,
    sent: Sent,
    pacing: tokio::task::JoinHandle<()>,
}

impl Paced {
    async fn start() -> Self {
        let upstream = Upstream::start(Script::json(500, "{}")).await;
        let (base_url, sent) = (upstream.base_url(), Sent::default());
        let noting = sent.clone();
        let pacing = tokio::spawn(async move {
            let mut gates: Vec<Vec<Gate>> = (0..8).map(|_| queue(&upstream)).collect();
            for number in 0.. {
                let record = upstream.record(number).await;
                gates.push(queue(&upstream));
                let asked = question(&record.request.json());
                let gates = std::mem::take(&mut gates[number]);
                let sent = noting.clone();
                tokio::spawn(async move {
                    for gate in gates {
                        tokio::time::sleep(PACE).await;
                        sent.note(&asked);
                        gate.open();
                    }
                });
            }
        });
        Self { base_url, sent, pacing }
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        self.pacing.abort();
    }
}

/// Adds an answer whose every word waits for a gate.
fn queue(upstream: &Upstream) -> Vec<Gate> {
    let gates: Vec<Gate> = (0..WORDS).map(|_| Gate::new()).collect();
    let mut script = Script::chunked_stream();
    for (number, gate) in gates.iter().enumerate() {
        script = script.wait(gate).event(text(&words(number, number + 1)));
    }
    upstream.next(script.event(finish("stop")).event(usage(1, 1)).event("[DONE]").end());
    gates
}

/// The question at the end of a request.
fn question(request: &serde_json::Value) -> String {
    let messages = request["messages"].as_array();
    let last = messages.and_then(|messages| messages.last());
    last.and_then(|message| message["content"].as_str()).unwrap_or_default().to_owned()
}

/// What a killed process had promised.
#[derive(Default)]
struct Promised {
    asked: Vec<(ChatId, String)>,
    settled: Vec<(MessageId, String)>,
    titled: Vec<(ChatId, String)>,
    draft: Option<(usize, ChatId)>,
    /// Words shown after each frame, by the question they answer.
    shown: HashMap<String, Vec<usize>>,
}

impl Promised {
    fn hear(&mut self, said: &str) {
        let (what, rest) = said.split_once(' ').unwrap_or((said, ""));
        let (first, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let text = text.to_owned();
        match what {
            "asked" => self.asked.push((first.parse().expect("a chat"), text)),
            "settled" => self.settled.push((first.parse().expect("a message"), text)),
            "titled" => self.titled.push((first.parse().expect("a chat"), text)),
            "draft" => {
                let number = first.parse().expect("a number");
                self.draft = Some((number, text.parse().expect("a chat")));
            }
            "shown" => {
                let words = first.parse().expect("a number of words");
                self.shown.entry(text).or_default().push(words);
            }
            _ => {}
        }
    }
}

/// One process that works, its death after `mercy`, and what is there then.
/// Returns how many frames of an answer are gone, and how long ago the first of them was sent.
async fn kill_once(dir: &Path, round: usize, mercy: Duration, sent: &Sent) -> (usize, Duration) {
    let order = Work { data_dir: dir.to_path_buf(), round };
    let mut process = Process::start("kills::a_process_that_works_until_it_is_killed", &order);
    process.until("open");
    tokio::time::sleep(mercy).await;
    let died = Instant::now();
    let mut promised = Promised::default();
    process.kill().iter().for_each(|said| promised.hear(said));

    let carrel = Carrel::start(dir).await;
    let person = carrel.unlock("Mira", PASSPHRASE, "after").await;
    for (chat, title) in &promised.titled {
        assert_eq!(&open(&person, *chat).await.chat.title, title, "a title that was taken stays");
    }
    for (message, text) in &promised.settled {
        let stored = person.message(*message).await.message;
        assert_eq!(text, &words(0, WORDS), "what was shown as settled was whole");
        assert_eq!((&stored.text, stored.finish), (text, Finish::Complete), "and it stays whole");
    }
    if let Some((number, chat)) = promised.draft {
        let newer = [format!("draft {round} {number}"), format!("draft {round} {}", number + 1)];
        let draft = open(&person, chat).await.draft;
        assert!(newer.contains(&draft), "{newer:?} was kept, and there is {draft:?}");
    }
    let (mut frames, mut wall) = (0, Duration::ZERO);
    for (chat, asked) in &promised.asked {
        let page = open(&person, *chat).await;
        let [question, answer] = page.messages.as_slice() else {
            panic!("{asked}: a question and its answer, and there are {:?}", page.messages);
        };
        assert_eq!(&question.message.text, asked, "no question is lost");
        let kept = kept(answer, asked);
        let shown = promised.shown.get(asked).map_or(&[][..], Vec::as_slice);
        frames = frames.max(shown.iter().filter(|words| **words > kept).count());
        let first = sent.at(asked, kept).filter(|_| kept < WORDS);
        wall = wall.max(first.map_or(Duration::ZERO, |at| died.saturating_duration_since(at)));
    }
    let examined: Examination = person.ok("examine_desk", &Nothing {}).await;
    let ill: Vec<_> = examined.findings.iter().filter(|finding| !finding.well).collect();
    assert!(ill.is_empty(), "files and record are whole: {ill:?}");
    carrel.app.close().await;
    (frames, wall)
}

async fn open(person: &Person, chat: ChatId) -> ChatPage {
    person.ok("open_chat", &OpenChat { chat, around: None, limit: 50 }).await
}

/// How many words of an answer are there. They are the first ones, and nothing is left open.
fn kept(answer: &MessageView, asked: &str) -> usize {
    let kept = answer.message.text.split_whitespace().count();
    assert_eq!(answer.message.text, words(0, kept), "{asked}: nothing is missing within");
    assert!(!answer.streaming, "{asked}: nothing is left open");
    match answer.message.finish {
        Finish::Complete => assert_eq!(kept, WORDS, "{asked}: whole is whole"),
        Finish::Interrupted => {}
        other => panic!("{asked}: a kill is an interruption, not {other:?}"),
    }
    kept
}

async fn lived_in(base_url: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(base_url).await;
    carrel.app.close().await;
    dir
}

/// A quarter of all kills each: together they would be the longest test of a soak by far.
mod a_killed_process_keeps_what_it_promised_and_loses_a_quarter_second_at_most {
    macro_rules! quarters {
        ($($name:ident)*) => {$(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                eprintln!("{}", super::killed_at_any_moment().await);
            }
        )*};
    }

    quarters! { at_first once_more yet_again at_last }
}

/// Kills again and again; says what the worst of them cost.
async fn killed_at_any_moment() -> String {
    let kills = if soak() { 250 } else { 2 };
    let mut dice = Dice::new();
    let mut worst = (0, Duration::ZERO);
    let mut paced = Paced::start().await;
    let mut dir = lived_in(&paced.base_url).await;
    for round in 0..kills {
        if round > 0 && round % ROUNDS == 0 {
            paced = Paced::start().await;
            dir = lived_in(&paced.base_url).await;
        }
        let mercy = Duration::from_millis(dice.roll() % 2_500);
        let (frames, wall) = kill_once(dir.path(), round, mercy, &paced.sent).await;
        worst = (worst.0.max(frames), worst.1.max(wall));
        assert!(frames <= LOST, "kill {round} cost {frames} frames ({wall:?}); {}", dice.told());
    }
    let (frames, wall) = worst;
    format!("{kills} kills; the most that one cost of an answer: {frames} frames, {wall:?}")
}

/// Runs `carrel ask` with the passphrase on standard input; its answer comes as lines.
fn carrel_asks(dir: &Path, question: &str) -> Process {
    let mut command = Command::new(binary("carrel"));
    command.args(["ask", "--passphrase-fd", "0", question]).env("CARREL_DATA_DIR", dir);
    Process::run(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_can_be_killed_at_any_moment() {
    let kills = if soak() { 200 } else { 5 };
    let mut dice = Dice::new();
    let paced = Paced::start().await;
    let dir = lived_in(&paced.base_url).await;
    for round in 0..kills {
        let asked = format!("question {round}");
        let mut process = carrel_asks(dir.path(), &asked);
        process.tell(PASSPHRASE);
        process.close_input();
        tokio::time::sleep(Duration::from_millis(dice.roll() % 3_000)).await;
        drop(process);
        let carrel = Carrel::start(dir.path()).await;
        let person = carrel.unlock("Mira", PASSPHRASE, "after").await;
        let list = engine::api::ListChats { archived: false, before: None, limit: 200 };
        let chats: engine::api::ChatList = person.ok("list_chats", &list).await;
        for chat in &chats.chats {
            let page = open(&person, chat.id).await;
            let [question, answer] = page.messages.as_slice() else {
                panic!("a question and its answer, and there are {:?}", page.messages);
            };
            // How much is gone is not judged here: the program says words and not frames, and
            // carries them as the engine above does.
            kept(answer, &question.message.text);
        }
        let sent = paced.sent.at(&asked, 0).is_some();
        let there = chats.chats.iter().any(|chat| chat.title.contains(&asked));
        assert!(there || !sent, "{asked} was sent and is not there; {}", dice.told());
        let examined: Examination = person.ok("examine_desk", &Nothing {}).await;
        assert!(examined.findings.iter().all(|one| one.well), "{:?}", examined.findings);
        carrel.app.close().await;
    }
}
