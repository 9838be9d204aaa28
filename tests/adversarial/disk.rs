//! A disk that is full, that may not be written, that fails.
//!
//! Each test body runs in a process of its own. Where the system lets it, that
//! process sees a small disk, a tmpfs in a mount namespace; everywhere, `calls`
//! refuses what a full or failing disk would refuse. What was acknowledged must
//! be there afterwards, and everything must work again once the disk does.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use domain::{ChatId, MessageId};
use engine::api::{
    BackupView, ChatList, ChatPage, ChatSummary, DeskState, Draft, Examination, Failure,
    FailureCode, Invitation, Invite, ListChats, Nothing, OpenChat, Question, SaveDraft, Settings,
    TurnEvent, Unlock, UpdateChat,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use support::child::{Process, orders};
use support::dice::{Dice, soak};
use support::people::{Carrel, PASSPHRASE, Person};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use crate::calls::{BLOCK, Rule, release, watch};
use crate::content::{everything, lived_in};

const NAMESPACES: [&str; 4] = ["unshare", "--user", "--map-root-user", "--mount"];

/// A folder to work in, and whether it is a small disk of its own.
#[derive(Clone, Serialize, Deserialize)]
struct Disk {
    folder: PathBuf,
    mounted: bool,
}

impl Disk {
    /// Takes all space but `blocks` blocks.
    fn fill(&self, blocks: u64) {
        if !self.mounted {
            return watch(&self.folder, Rule::Room(blocks));
        }
        let block = vec![0; usize::try_from(BLOCK).unwrap_or(0)];
        let mut ballast = std::fs::File::create(self.folder.join("ballast")).expect("a file");
        while ballast.write_all(&block).is_ok() {}
        let taken = ballast.metadata().expect("a size").len();
        ballast.set_len(taken.saturating_sub(blocks * BLOCK)).expect("it can be cut");
    }

    fn make_room(&self) {
        if self.mounted {
            std::fs::remove_file(self.folder.join("ballast")).expect("it is there");
        } else {
            release();
        }
    }
}

/// Runs the ignored test `name` in a process of its own, in a folder that only it uses.
fn apart(name: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    let disk = Disk { folder: dir.path().to_path_buf(), mounted: false };
    // A write beyond a limit is to fail, as one on a broken disk does, and not to kill.
    let through = ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""];
    assert!(Process::start_by(&through, name, &disk).ended(), "{name}: see above");
}

/// Runs the ignored test `name` over a small disk, where the system lets this test mount one.
fn over_a_mounted_disk(name: &str) -> bool {
    let [unshare, rest @ ..] = NAMESPACES;
    if !Command::new(unshare).args(rest).arg("true").status().is_ok_and(|it| it.success()) {
        return false;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let disk = Disk { folder: dir.path().to_path_buf(), mounted: true };
    let mount = format!(
        "mount -t tmpfs -o size={}m,mode=700 tmpfs '{}' && exec \"$0\" \"$@\"",
        if soak() { 512 } else { 24 },
        dir.path().display()
    );
    let mut through = NAMESPACES.to_vec();
    through.extend(["sh", "-c", &mount]);
    assert!(Process::start_by(&through, name, &disk).ended(), "{name}: see above");
    true
}

/// Over a small disk, or over refused calls; over both where everything is wanted.
fn on_a_small_disk(name: &str) {
    if !over_a_mounted_disk(name) || soak() {
        apart(name);
    }
}

#[test]
fn a_full_disk_loses_nothing_and_says_so() {
    on_a_small_disk("disk::over_a_disk_that_fills_up");
}

#[test]
fn an_answer_that_nobody_saw_yet_can_be_read_on_a_full_disk() {
    on_a_small_disk("disk::over_a_full_disk_with_unread_answers");
}

#[test]
fn a_disk_that_may_not_be_written_is_named() {
    apart("disk::over_a_disk_that_may_not_be_written");
}

#[test]
fn a_disk_that_turns_read_only_at_any_write_loses_nothing() {
    apart("disk::over_a_disk_that_turns_read_only");
}

#[test]
fn a_disk_that_fails_at_any_write_loses_nothing_that_was_acknowledged() {
    apart("disk::over_a_disk_that_fails_at_any_write");
}

#[test]
fn a_disk_that_takes_no_longer_files_loses_nothing_that_was_acknowledged() {
    apart("disk::over_a_disk_that_takes_no_longer_files");
}

/// What was acknowledged last; and after it what was refused, which may have reached the disk
/// before the disk failed.
#[derive(Debug)]
struct Either(Vec<String>);

impl Either {
    fn note(&mut self, text: String, taken: bool) {
        if taken {
            self.0.clear();
        }
        self.0.push(text);
    }

    fn allows(&self, text: &String) -> bool {
        self.0.contains(text)
    }
}

/// What the desk acknowledged, and must hold from then on.
struct Acknowledged {
    draft: Either,
    instructions: Either,
    title: Option<(ChatId, String)>,
    questions: Vec<(ChatId, String)>,
}

impl Default for Acknowledged {
    fn default() -> Self {
        let nothing = || Either(vec![String::new()]);
        let (draft, instructions) = (nothing(), nothing());
        Self { draft, instructions, title: None, questions: Vec::new() }
    }
}

impl Acknowledged {
    /// Does a bit of everything; returns what failed.
    async fn work(&mut self, person: &Person, number: usize) -> Vec<(&'static str, Failure)> {
        let mut failed = Vec::new();
        let mut note = |what: &'static str, failure: Failure| failed.push((what, failure));
        let text = format!("draft {number}");
        let draft = SaveDraft { chat: None, text: text.clone() };
        let saved = person.try_call::<_, Nothing>("save_draft", &draft).await;
        self.draft.note(text, saved.is_ok());
        saved.err().into_iter().for_each(|failure| note("save_draft", failure));
        let instructions = format!("wants {number}. ").repeat(200);
        let settings = Settings { instructions: instructions.clone(), ..Settings::default() };
        let saved = person.try_call::<_, Settings>("write_settings", &settings).await;
        self.instructions.note(instructions, saved.is_ok());
        saved.err().into_iter().for_each(|failure| note("write_settings", failure));
        let text = format!("question {number}. ").repeat(800);
        let asked = person.ask(Question::NewChat { text: text.clone() }).await;
        // A new chat takes the draft along.
        self.draft.note(String::new(), asked.is_ok());
        match asked {
            Ok(turn) => {
                let chat = turn.started.chat;
                self.questions.push((chat, text));
                if let Some(failure) = turn.ended().await {
                    note("answer", failure);
                }
                let title = format!("title {number}");
                let request = UpdateChat {
                    chat,
                    title: Some(title.clone()),
                    pinned: None,
                    archived: None,
                    class: None,
                };
                let titled = person.try_call::<_, ChatSummary>("update_chat", &request).await;
                if titled.is_ok() {
                    self.title = Some((chat, title));
                }
                titled.err().into_iter().for_each(|failure| note("update_chat", failure));
            }
            Err(failure) => note("ask", failure),
        }
        if let Err(failure) = person.try_call::<_, BackupView>("back_up", &Nothing {}).await {
            note("back_up", failure);
        }
        let invite = Invite { role: domain::Role::Member };
        if let Err(failure) = person.try_call::<_, Invitation>("invite", &invite).await {
            note("invite", failure);
        }
        failed
    }

    async fn holds(&self, person: &Person) {
        let draft: Draft = person.ok("read_new_draft", &Nothing {}).await;
        assert!(self.draft.allows(&draft.text), "the last draft: {draft:?} of {:?}", self.draft);
        let settings: Settings = person.ok("read_settings", &Nothing {}).await;
        assert!(
            self.instructions.allows(&settings.instructions),
            "the last settings: {settings:?}"
        );
        for (chat, text) in &self.questions {
            let open = OpenChat { chat: *chat, around: None, limit: 10 };
            let page: ChatPage = person.ok("open_chat", &open).await;
            assert_eq!(&page.messages[0].message.text, text, "every question that was taken");
            if let Some((titled, title)) = self.title.as_ref().filter(|(one, _)| one == chat) {
                assert_eq!(&page.chat.title, title, "the last title of {titled}");
            }
        }
        let examined: Examination = person.ok("examine_desk", &Nothing {}).await;
        assert!(examined.findings.iter().all(|one| one.well), "{:?}", examined.findings);
    }
}

async fn open(carrel: &Carrel, window: &str) -> Result<Person, Failure> {
    let profile = carrel.profile("Mira").await;
    let person = carrel.window(window);
    let request = Unlock { profile, passphrase: PASSPHRASE.to_owned(), accept_older: false };
    person.try_call::<_, DeskState>("unlock", &request).await.map(|_| person)
}

/// A data folder on the disk with a desk in it, and the provider it asks.
async fn begun(disk: &Disk) -> (PathBuf, Upstream) {
    let dir = disk.folder.join("data");
    let upstream = Upstream::start(openai_stream(&["The datum ", "moved."])).await;
    let carrel = Carrel::start(&dir).await;
    carrel.first_run().await.add_provider(&upstream.base_url()).await;
    carrel.app.close().await;
    (dir, upstream)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a_full_disk_loses_nothing_and_says_so gives it a disk"]
async fn over_a_disk_that_fills_up() {
    let disk: Disk = orders();
    let (dir, _upstream) = begun(&disk).await;
    let carrel = Carrel::start(&dir).await;
    let mut person = open(&carrel, "first").await.expect("there is room yet");
    let mut known = Acknowledged::default();
    let mut refused = 0;
    let rooms: Vec<u64> =
        if soak() { (0..200).collect() } else { vec![0, 1, 2, 3, 5, 8, 13, 21, 34, 55] };
    for (number, room) in rooms.into_iter().enumerate() {
        disk.fill(room);
        for (what, failure) in known.work(&person, number).await {
            assert_eq!(
                failure.code,
                FailureCode::DiskFull,
                "{what} with {room} blocks: {failure:?}"
            );
            refused += 1;
        }
        // Locking a desk and opening it again must not need space that is not there.
        let _: Nothing = person.ok("lock", &Nothing {}).await;
        carrel.app.close().await;
        let tried = open(&carrel, &format!("full {number}")).await;
        disk.make_room();
        person = match tried {
            Ok(person) => person,
            Err(failure) => {
                let code = failure.code;
                assert_eq!(code, FailureCode::DiskFull, "unlock with {room} blocks: {failure:?}");
                open(&carrel, &format!("room {number}")).await.expect("there is room again")
            }
        };
        known.holds(&person).await;
        let failed = known.work(&person, number + 1_000).await;
        assert!(failed.is_empty(), "with room everything works again: {failed:?}");
        known.holds(&person).await;
    }
    assert!(refused > 10, "the disk was full indeed: {refused} refusals");
    carrel.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "an_answer_that_nobody_saw_yet_can_be_read_on_a_full_disk gives it a disk"]
async fn over_a_full_disk_with_unread_answers() {
    let disk: Disk = orders();
    let (dir, _upstream) = begun(&disk).await;
    let carrel = Carrel::start(&dir).await;
    let person = open(&carrel, "first").await.expect("there is room yet");
    let (chat, _) = unread_answer(&person).await;
    let (_, answer) = unread_answer(&person).await;
    disk.fill(0);
    let open = OpenChat { chat, around: None, limit: 10 };
    let page: ChatPage = person.ok("open_chat", &open).await;
    assert_eq!(page.messages[1].message.text, "The datum moved.", "the chat opens");
    assert_eq!(person.message(answer).await.message.text, "The datum moved.", "so does one");
    let chats = ListChats { archived: false, before: None, limit: 10 };
    let listed: ChatList = person.ok("list_chats", &chats).await;
    assert!(listed.chats.iter().all(|chat| chat.unread), "the disk was full indeed");
    carrel.app.close().await;
}

async fn unread_answer(person: &Person) -> (ChatId, MessageId) {
    let question = Question::NewChat { text: "Sensor or datum?".to_owned() };
    let mut turn = person.ask(question).await.expect("the question is accepted");
    while let Some(event) = turn.next().await {
        if let TurnEvent::Settled { answer, failure: None, .. } = event {
            return (turn.started.chat, answer);
        }
    }
    panic!("it was not answered")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a_disk_that_may_not_be_written_is_named starts it"]
async fn over_a_disk_that_may_not_be_written() {
    let disk: Disk = orders();
    let dir = disk.folder.join("data");
    lived_in(&dir).await;
    let whole = everything(&dir).await.expect("it can be written yet");
    watch(&dir, Rule::FailFrom(0, libc::EROFS));
    let failure = everything(&dir).await.expect_err("nothing can be kept here");
    release();
    assert_eq!(failure.code, FailureCode::ReadOnly, "{failure:?}");
    assert_eq!(everything(&dir).await.expect("it can be written again"), whole, "as it was");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a_disk_that_turns_read_only_at_any_write_loses_nothing starts it"]
async fn over_a_disk_that_turns_read_only() {
    let refused = failing_from_any_write(libc::EROFS).await;
    for (what, failure) in refused {
        // Where the log of an open database or its index refuses, SQLite does not say why.
        let known = [FailureCode::ReadOnly, FailureCode::DiskFull];
        assert!(known.contains(&failure.code), "{what}: {failure:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a_disk_that_fails_at_any_write_loses_nothing_that_was_acknowledged starts it"]
async fn over_a_disk_that_fails_at_any_write() {
    let refused = failing_from_any_write(libc::EIO).await;
    for (what, failure) in refused {
        assert!(failure.message.len() > 20, "{what}: {failure:?}");
    }
}

/// Works while a desk is open and its disk fails, from each call on that changes a file; returns
/// what was refused, with the call from which on the disk failed.
async fn failing_from_any_write(error: i32) -> Vec<(String, Failure)> {
    let disk: Disk = orders();
    let (dir, _upstream) = begun(&disk).await;
    let carrel = Carrel::start(&dir).await;
    let mut person = open(&carrel, "first").await.expect("the disk is well yet");
    let mut known = Acknowledged::default();
    watch(&dir, Rule::Count);
    let failed = known.work(&person, 0).await;
    let calls = release();
    assert!(failed.is_empty(), "the disk is well: {failed:?}");
    assert!(calls.len() > 40, "the work changes many files: {calls:?}");
    let mut dice = Dice::new();
    let steps = if soak() {
        (0..calls.len()).collect()
    } else {
        [0].into_iter().chain((0..9).map(|_| dice.below(calls.len()))).collect::<Vec<_>>()
    };
    let mut refused = Vec::new();
    for (number, step) in steps.into_iter().enumerate() {
        watch(&dir, Rule::FailFrom(step, error));
        let failed = known.work(&person, number + 1).await;
        // Locking a desk must not need a disk that is well.
        let _: Nothing = person.ok("lock", &Nothing {}).await;
        carrel.app.close().await;
        release();
        let from = format!("from call {step} on ({})", calls[step]);
        refused
            .extend(failed.into_iter().map(|(what, failure)| (format!("{what} {from}"), failure)));
        person = open(&carrel, &format!("well {number}")).await.expect("the disk is well again");
        known.holds(&person).await;
        let failed = known.work(&person, number + 1_000).await;
        assert!(failed.is_empty(), "{from}: everything works again: {failed:?}");
        known.holds(&person).await;
    }
    assert!(refused.len() > 10, "the disk failed indeed: {refused:?}; {}", dice.told());
    carrel.app.close().await;
    refused
}

/// A limit on the size of files makes writes fail as a broken disk does (`EFBIG`).
fn limit_files(bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: bytes, maximum }).expect("one's own limit");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a_disk_that_takes_no_longer_files_loses_nothing_that_was_acknowledged starts it"]
async fn over_a_disk_that_takes_no_longer_files() {
    let disk: Disk = orders();
    let (dir, _upstream) = begun(&disk).await;
    let carrel = Carrel::start(&dir).await;
    let mut person = open(&carrel, "first").await.expect("the disk is well yet");
    let mut known = Acknowledged::default();
    let mut refused = 0;
    let step = if soak() { 1 } else { 16 };
    for (number, block) in (0..96).step_by(step).enumerate() {
        limit_files(Some(block * BLOCK));
        let failed = known.work(&person, number).await;
        let _: Nothing = person.ok("lock", &Nothing {}).await;
        carrel.app.close().await;
        // Before anything is said: the limit counts for the log of this test too.
        limit_files(None);
        for (what, failure) in failed {
            assert!(failure.message.len() > 20, "{what} up to block {block}: {failure:?}");
            refused += 1;
        }
        person = open(&carrel, &format!("well {number}")).await.expect("the disk is well again");
        known.holds(&person).await;
        let failed = known.work(&person, number + 1_000).await;
        assert!(failed.is_empty(), "everything works again: {failed:?}");
    }
    assert!(refused > 10, "the disk failed indeed: {refused} refusals");
    carrel.app.close().await;
}
