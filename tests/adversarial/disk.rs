//! A disk that is full, that may not be written, that fails.
//!
//! Each test body runs in a process that sees a small disk of its own: a tmpfs
//! in a mount namespace, which needs no rights where the system gives user
//! namespaces to everyone. What was acknowledged must be there afterwards, and
//! everything must work again once the disk does.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::{ChatId, MessageId};
use engine::api::{
    BackupView, ChatList, ChatPage, ChatSummary, DeskState, Draft, Examination, Failure,
    FailureCode, Invitation, Invite, ListChats, Nothing, OpenChat, Question, SaveDraft, Settings,
    TurnEvent, Unlock, UpdateChat,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use support::child::{Process, orders};
use support::dice::soak;
use support::people::{Carrel, PASSPHRASE, Person};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use crate::content::{everything, lived_in};

/// The smallest unit in which a tmpfs gives space away, in bytes.
const BLOCK: usize = 4_096;
const NAMESPACES: [&str; 4] = ["unshare", "--user", "--map-root-user", "--mount"];

/// Runs the ignored test `name` over a disk of its own; false where the system lets nobody mount.
fn on_a_small_disk(name: &str) -> bool {
    let [unshare, rest @ ..] = NAMESPACES;
    if !Command::new(unshare).args(rest).arg("true").status().is_ok_and(|it| it.success()) {
        eprintln!("NOT TESTED: this system lets nobody mount a disk of their own");
        return false;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let mount = format!(
        "trap '' XFSZ; mount -t tmpfs -o size={}m,mode=700 tmpfs '{}' && exec \"$0\" \"$@\"",
        if soak() { 512 } else { 24 },
        dir.path().display()
    );
    let mut through = NAMESPACES.to_vec();
    through.extend(["sh", "-c", &mount]);
    assert!(Process::start_by(&through, name, &dir.path()).ended(), "{name}: see above");
    true
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
    on_a_small_disk("disk::over_a_disk_that_turns_read_only");
}

#[test]
fn a_disk_that_fails_loses_nothing_that_was_acknowledged() {
    on_a_small_disk("disk::over_a_disk_that_fails");
}

/// What the desk acknowledged, and must hold from then on.
#[derive(Default)]
struct Acknowledged {
    draft: String,
    instructions: String,
    title: Option<(ChatId, String)>,
    questions: Vec<(ChatId, String)>,
}

impl Acknowledged {
    /// Does a bit of everything; returns what failed.
    async fn work(&mut self, person: &Person, number: usize) -> Vec<(&'static str, Failure)> {
        let mut failed = Vec::new();
        let mut note = |what: &'static str, failure: Failure| failed.push((what, failure));
        let text = format!("draft {number}");
        let draft = SaveDraft { chat: None, text: text.clone() };
        match person.try_call::<_, Nothing>("save_draft", &draft).await {
            Ok(_) => self.draft = text,
            Err(failure) => note("save_draft", failure),
        }
        let instructions = format!("wants {number}. ").repeat(200);
        let settings = Settings { instructions: instructions.clone(), ..Settings::default() };
        match person.try_call::<_, Settings>("write_settings", &settings).await {
            Ok(_) => self.instructions = instructions,
            Err(failure) => note("write_settings", failure),
        }
        let text = format!("question {number}. ").repeat(800);
        match person.ask(Question::NewChat { text: text.clone() }).await {
            Ok(turn) => {
                let chat = turn.started.chat;
                self.questions.push((chat, text));
                // A new chat takes the draft along.
                self.draft = String::new();
                if let (_, Some(failure)) = turn.settled().await {
                    note("answer", failure);
                }
                let title = format!("title {number}");
                let request =
                    UpdateChat { chat, title: Some(title.clone()), pinned: None, archived: None };
                match person.try_call::<_, ChatSummary>("update_chat", &request).await {
                    Ok(_) => self.title = Some((chat, title)),
                    Err(failure) => note("update_chat", failure),
                }
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
        assert_eq!(draft.text, self.draft, "the last draft that was taken");
        let settings: Settings = person.ok("read_settings", &Nothing {}).await;
        assert_eq!(settings.instructions, self.instructions, "the last settings that were taken");
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

/// A folder on the small disk with a desk, and the provider it asks.
async fn begun(disk: &Path) -> (PathBuf, Upstream) {
    let dir = disk.join("data");
    let upstream = Upstream::start(openai_stream(&["The datum ", "moved."])).await;
    let carrel = Carrel::start(&dir).await;
    carrel.first_run().await.add_provider(&upstream.base_url()).await;
    carrel.app.close().await;
    (dir, upstream)
}

/// Takes all space but `blocks` blocks.
fn fill(disk: &Path, blocks: usize) {
    let mut ballast = std::fs::File::create(disk.join("ballast")).expect("a file");
    while ballast.write_all(&[0; BLOCK]).is_ok() {}
    let taken = usize::try_from(ballast.metadata().expect("a size").len()).unwrap_or(0);
    let kept = taken.saturating_sub(blocks * BLOCK);
    ballast.set_len(u64::try_from(kept).unwrap_or(0)).expect("it can be cut");
}

fn make_room(disk: &Path) {
    std::fs::remove_file(disk.join("ballast")).expect("it is there");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a_full_disk_loses_nothing_and_says_so gives it a disk"]
async fn over_a_disk_that_fills_up() {
    let disk: PathBuf = orders();
    let (dir, _upstream) = begun(&disk).await;
    let carrel = Carrel::start(&dir).await;
    let mut person = open(&carrel, "first").await.expect("there is room yet");
    let mut known = Acknowledged::default();
    let mut refused = 0;
    let rooms: Vec<usize> =
        if soak() { (0..200).collect() } else { vec![0, 1, 2, 3, 5, 8, 13, 21, 34, 55] };
    for (number, room) in rooms.into_iter().enumerate() {
        fill(&disk, room);
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
        make_room(&disk);
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
    let disk: PathBuf = orders();
    let (dir, _upstream) = begun(&disk).await;
    let carrel = Carrel::start(&dir).await;
    let person = open(&carrel, "first").await.expect("there is room yet");
    let (chat, _) = unread_answer(&person).await;
    let (_, answer) = unread_answer(&person).await;
    fill(&disk, 0);
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
#[ignore = "a_disk_that_may_not_be_written_is_named gives it a disk"]
async fn over_a_disk_that_turns_read_only() {
    let disk: PathBuf = orders();
    let dir = disk.join("data");
    lived_in(&dir).await;
    let whole = everything(&dir).await.expect("it can be written yet");
    remount(&disk, "ro");
    let failure = everything(&dir).await.expect_err("nothing can be kept here");
    assert_eq!(failure.code, FailureCode::ReadOnly, "{failure:?}");
    remount(&disk, "rw");
    assert_eq!(everything(&dir).await.expect("it can be written again"), whole, "as it was");
}

fn remount(disk: &Path, how: &str) {
    let options = format!("remount,{how}");
    let done = Command::new("mount").args(["-o", &options]).arg(disk).status();
    assert!(done.is_ok_and(|status| status.success()), "{how}: nobody writes there");
}

/// A limit on the size of files makes writes fail as a broken disk does (`EFBIG`).
fn limit_files(bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: bytes, maximum }).expect("one's own limit");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a_disk_that_fails_loses_nothing_that_was_acknowledged gives it a disk"]
async fn over_a_disk_that_fails() {
    let disk: PathBuf = orders();
    let (dir, _upstream) = begun(&disk).await;
    let carrel = Carrel::start(&dir).await;
    let mut person = open(&carrel, "first").await.expect("the disk is well yet");
    let mut known = Acknowledged::default();
    let mut refused = 0;
    let step = if soak() { 1 } else { 16 };
    for (number, block) in (0..96).step_by(step).enumerate() {
        limit_files(Some(block * 4_096));
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
