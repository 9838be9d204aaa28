//! Asking, stopping, continuing, editing, finding: the main job.

use domain::{Author, Finish, UnixMs};
use engine::api::{
    ChatList, ChatPage, FailureCode, ListChats, MessageView, Nothing, OneChat, OpenChat, Question,
    SaveDraft, Search, SearchResults, SelectVersion,
};
use support::people::{Carrel, PASSPHRASE, Person};
use support::upstream::openai::{begun, error, openai_stream, openai_stream_held};
use support::upstream::{Gate, Script, Upstream};

/// An admin with a scripted provider that answers `usual`.
async fn desk(dir: &std::path::Path, usual: Script) -> (Carrel, Person, Upstream) {
    let upstream = Upstream::start(usual).await;
    let carrel = Carrel::start(dir).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    (carrel, admin, upstream)
}

async fn page(person: &Person, chat: domain::ChatId) -> ChatPage {
    person.ok("open_chat", &OpenChat { chat, around: None, limit: 100 }).await
}

fn texts(page: &ChatPage) -> Vec<&str> {
    page.messages.iter().map(|view| view.message.text.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_streams_is_stored_and_is_there_after_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let answer = openai_stream(&["The datum ", "moved.\n\n```python\nfit = harmonic(obs)\n```"]);
    let (carrel, admin, _upstream) = desk(dir.path(), answer).await;
    let (started, stored) = admin.ask_new("Sensor or datum?").await;
    assert_eq!(
        (stored.message.text.lines().next(), stored.message.finish),
        (Some("The datum moved."), Finish::Complete),
        "the answer as the model gave it"
    );
    let card = stored.message.provenance.expect("every answer says where it came from");
    assert_eq!(
        (card.served_model.as_deref(), card.usage.input.0, card.usage.output.0),
        (Some("served-model"), 12, 5),
        "model and tokens as the provider said"
    );
    carrel.app.close().await;
    drop(carrel);

    let carrel = Carrel::start_at(dir.path(), UnixMs(1_795_100_000_000)).await;
    let owner = carrel.unlock("Mira", PASSPHRASE, "w").await;
    let list: ChatList =
        owner.ok("list_chats", &ListChats { archived: false, before: None, limit: 10 }).await;
    assert_eq!(list.chats[0].title, "Sensor or datum?", "the chat is named by its first question");
    let page = page(&owner, started.chat).await;
    assert_eq!(texts(&page)[0], "Sensor or datum?", "nothing was lost");
    let search = Search { query: "datum moved".to_owned(), limit: 10 };
    let found: SearchResults = owner.ok("search", &search).await;
    assert_eq!(found.hits.len(), 1, "and it can be found after a restart");
    let search = Search { query: "harmonic".to_owned(), limit: 10 };
    let found: SearchResults = owner.ok("search", &search).await;
    assert_eq!(found.hits.len(), 1, "in code as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_reads_the_branch_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_carrel, admin, upstream) = desk(dir.path(), openai_stream(&["Yes."])).await;
    let (first, _) = admin.ask_new("First chat").await;
    admin.ask_new("Second chat").await;
    let follow = Question::FollowUp { chat: first.chat, text: "And then?".to_owned() };
    admin.ask(follow).await.expect("accepted").settled().await;

    let questions = upstream.questions();
    let sent = questions.last().expect("it was asked").request.json();
    let said: Vec<&str> = sent["messages"]
        .as_array()
        .expect("a conversation")
        .iter()
        .map(|message| message["content"].as_str().expect("text"))
        .collect();
    assert_eq!(said, ["First chat", "Yes.", "And then?"], "no word of another chat is sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_answer_is_kept_and_can_be_continued() {
    let dir = tempfile::tempdir().expect("a folder");
    let gate = Gate::new();
    let held = openai_stream_held(&["One, two"], &gate, &[", never said"]);
    let (_carrel, admin, upstream) = desk(dir.path(), held).await;
    let question = Question::NewChat { text: "Count".to_owned() };
    let mut turn = admin.ask(question).await.expect("accepted");
    turn.shows("One, two").await;
    let stop = engine::api::OneTurn { turn: turn.started.turn };
    let _: Nothing = admin.ok("stop", &stop).await;
    let chat = turn.started.chat;
    let (partial, failure) = turn.settled().await;
    assert_eq!(
        (partial.message.text.as_str(), partial.message.finish, failure),
        ("One, two", Finish::Stopped, None),
        "what had arrived is kept, and stopping is no failure"
    );
    upstream.record(0).await.left().await;

    upstream.next(openai_stream(&[", three."]));
    let go_on = Question::Continue { message: partial.message.id };
    let (whole, _) = admin.ask(go_on).await.expect("accepted").settled().await;
    assert_eq!(
        (whole.message.id, whole.message.text.as_str(), whole.message.finish),
        (partial.message.id, "One, two, three.", Finish::Complete),
        "the answer grows in place"
    );
    assert_eq!(page(&admin, chat).await.branch_len, 2, "continuing adds no message");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_question_makes_a_branch_and_the_old_one_stays() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_carrel, admin, upstream) = desk(dir.path(), openai_stream(&["Old answer."])).await;
    let (started, _) = admin.ask_new("Old question").await;
    let before = page(&admin, started.chat).await;
    let old = before.messages[0].message.id;

    upstream.next(openai_stream(&["New answer."]));
    let edit = Question::Edit { message: old, text: "New question".to_owned() };
    admin.ask(edit).await.expect("accepted").settled().await;
    let after = page(&admin, started.chat).await;
    assert_eq!(texts(&after), ["New question", "New answer."], "the edited branch is shown");
    assert_eq!(after.messages[0].versions.len(), 2, "the pager offers both versions");

    let back: ChatPage =
        admin.ok("select_version", &SelectVersion { message: old, limit: 100 }).await;
    assert_eq!(texts(&back), ["Old question", "Old answer."], "nothing was overwritten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_from_an_earlier_answer_sends_nothing_of_what_came_after() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_carrel, admin, upstream) = desk(dir.path(), openai_stream(&["Yes."])).await;
    let (started, answer) = admin.ask_new("Datum?").await;
    let follow = Question::FollowUp { chat: started.chat, text: "Since when?".to_owned() };
    admin.ask(follow).await.expect("accepted").settled().await;
    let branch = Question::Branch { after: answer.message.id, text: "Who moved it?".to_owned() };
    admin.ask(branch).await.expect("accepted").settled().await;

    let page = page(&admin, started.chat).await;
    assert_eq!(texts(&page), ["Datum?", "Yes.", "Who moved it?", "Yes."], "the branch is shown");
    assert_eq!(page.messages[2].versions.len(), 2, "the pager offers both questions");
    let sent = upstream.questions().last().expect("it was asked").request.json().to_string();
    assert!(!sent.contains("Since when?"), "the model reads one branch: {sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn regenerating_keeps_both_answers() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_carrel, admin, upstream) = desk(dir.path(), openai_stream(&["First."])).await;
    let (started, answer) = admin.ask_new("Say something").await;
    upstream.next(openai_stream(&["Second."]));
    let again = Question::Regenerate { message: answer.message.id };
    let (second, _) = admin.ask(again).await.expect("accepted").settled().await;
    assert_eq!(
        (second.message.text.as_str(), second.versions.len(), second.message.author),
        ("Second.", 2, Author::Assistant),
        "a sibling, not a replacement"
    );
    assert_eq!(texts(&page(&admin, started.chat).await), ["Say something", "Second."], "shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_answer_is_marked_and_says_why() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_carrel, admin, _upstream) = desk(dir.path(), begun(&["Half of "]).cut()).await;
    let turn = admin.ask(Question::NewChat { text: "Go".to_owned() }).await.expect("accepted");
    let (partial, failure) = turn.settled().await;
    assert_eq!(
        (partial.message.text.as_str(), partial.message.finish),
        ("Half of ", Finish::Cut),
        "a partial is never passed off as whole"
    );
    assert!(failure.is_some(), "and the person learns that the connection broke");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_names_the_key_and_never_shows_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let secret = "sk-carrel-very-secret-81c0";
    let refused = error(401, "invalid_api_key", &format!("Incorrect API key: {secret}"));
    let (_carrel, admin, upstream) = desk(dir.path(), refused).await;
    let save = engine::api::SaveProvider {
        id: None,
        label: "With key".to_owned(),
        dialect: domain::Dialect::OpenAi,
        base_url: upstream.base_url(),
        key: Some(secret.to_owned()),
        models: vec!["m".to_owned()],
        for_guests: false,
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        make_usual: true,
    };
    let saved: engine::api::ProviderView = admin.ok("save_provider", &save).await;
    assert_eq!(saved.keys[0].hint.as_deref(), Some("81c0"), "four characters to recognise it by");
    let turn = admin.ask(Question::NewChat { text: "Go".to_owned() }).await.expect("accepted");
    let (_, failure) = turn.settled().await;
    let failure = failure.expect("the key was refused");
    assert_eq!(failure.code, FailureCode::BadKey, "the screen offers to change the key");
    assert!(!failure.message.contains(secret), "an echoed key is redacted: {}", failure.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn locking_mid_stream_keeps_the_partial_for_its_owner() {
    let dir = tempfile::tempdir().expect("a folder");
    let gate = Gate::new();
    let held = openai_stream_held(&["Almost "], &gate, &["done."]);
    let (carrel, admin, upstream) = desk(dir.path(), held).await;
    let mut turn = admin.ask(Question::NewChat { text: "Go".to_owned() }).await.expect("accepted");
    turn.shows("Almost ").await;
    let chat = turn.started.chat;
    let _: Nothing = admin.ok("lock", &Nothing {}).await;
    turn.ended().await;
    carrel.app.close().await;
    upstream.record(0).await.left().await;

    let owner = carrel.unlock("Mira", PASSPHRASE, "again").await;
    let page = page(&owner, chat).await;
    let answer = &page.messages[1].message;
    assert_eq!(
        (answer.text.as_str(), answer.finish, page.running),
        ("Almost ", Finish::Locked, None),
        "the partial is sealed, marked, and nothing runs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_chat_writes_one_answer_at_a_time() {
    let dir = tempfile::tempdir().expect("a folder");
    let gate = Gate::new();
    let (_carrel, admin, _upstream) =
        desk(dir.path(), openai_stream_held(&["a"], &gate, &["b"])).await;
    let mut turn = admin.ask(Question::NewChat { text: "Go".to_owned() }).await.expect("accepted");
    turn.shows("a").await;
    let chat = turn.started.chat;
    let second = Question::FollowUp { chat, text: "And?".to_owned() };
    let refused = admin.ask(second).await.err().expect("refused");
    assert_eq!(refused.code, FailureCode::Busy, "two answers in one branch would tear it");
    let failure = admin.fails("delete_chat", &OneChat { chat }).await;
    assert_eq!(failure.code, FailureCode::Busy, "nor is a chat deleted under its answer");
    gate.open();
    turn.settled().await;
    let _: Nothing = admin.ok("delete_chat", &OneChat { chat }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_finds_words_of_this_desk_and_forgets_deleted_ones() {
    let dir = tempfile::tempdir().expect("a folder");
    let answer = openai_stream(&["Levelling visit seven re-seated the staff."]);
    let (carrel, admin, _upstream) = desk(dir.path(), answer).await;
    let (started, _) = admin.ask_new("Why the residual?").await;
    let other = carrel.join(&admin, "Jonas", "jonas").await;
    let search = Search { query: "levelling re".to_owned(), limit: 10 };

    let found: SearchResults = admin.ok("search", &search).await;
    assert_eq!(found.hits.len(), 1, "the last word may be unfinished");
    assert!(found.hits[0].snippet.iter().any(|piece| piece.hit), "the hit is marked");
    let nothing: SearchResults = other.ok("search", &search).await;
    assert_eq!(nothing.hits.len(), 0, "another desk finds nothing of it");

    let _: Nothing = admin.ok("delete_chat", &OneChat { chat: started.chat }).await;
    let gone: SearchResults = admin.ok("search", &search).await;
    assert!(gone.hits.is_empty() && gone.chats.is_empty(), "deleted is gone from the index too");
}

#[tokio::test(flavor = "multi_thread")]
async fn anothers_ids_look_like_missing_ones() {
    let dir = tempfile::tempdir().expect("a folder");
    let (carrel, admin, _upstream) = desk(dir.path(), openai_stream(&["Mine."])).await;
    let (started, answer) = admin.ask_new("Private").await;
    let other = carrel.join(&admin, "Jonas", "jonas").await;
    let open = OpenChat { chat: started.chat, around: None, limit: 10 };
    let failure = other.fails("open_chat", &open).await;
    let missing = OpenChat { chat: domain::ChatId::new(UnixMs(1), [1; 10]), ..open };
    assert_eq!(failure, other.fails("open_chat", &missing).await, "no difference that tells");
    let read = engine::api::OneMessage { message: answer.message.id };
    let failure = other.fails("read_message", &read).await;
    assert_eq!(failure.code, FailureCode::NotFound, "nor by the message's id");
    let _: MessageView = admin.ok("read_message", &read).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_survives_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let (carrel, admin, _upstream) = desk(dir.path(), openai_stream(&["Yes."])).await;
    let (started, _) = admin.ask_new("Hello").await;
    let draft = SaveDraft { chat: Some(started.chat), text: "not sent yet".to_owned() };
    let _: Nothing = admin.ok("save_draft", &draft).await;
    carrel.app.close().await;
    drop(carrel);
    let carrel = Carrel::start(dir.path()).await;
    let owner = carrel.unlock("Mira", PASSPHRASE, "w").await;
    assert_eq!(page(&owner, started.chat).await.draft, "not sent yet", "unsent is not lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_asks_models_open_to_guests_and_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let (carrel, _admin, _upstream) = desk(dir.path(), openai_stream(&["For the guest."])).await;
    let guest = carrel.window("guest");
    let desk: engine::api::DeskState = guest.ok("open_guest", &Nothing {}).await;
    assert!(desk.guest, "the screen says that nothing is kept");
    let (_, answer) = guest.ask_new("guest-canary-4711").await;
    assert_eq!(answer.message.text, "For the guest.", "a guest is served like anyone");
    let refused = guest.fails("list_members", &Nothing {}).await;
    assert_eq!(refused.code, FailureCode::Denied, "and sees nothing of the workspace");
    carrel.app.close().await;
    assert!(
        support::canary::find(dir.path(), b"guest-canary-4711").is_empty(),
        "not one byte of a guest's text lies on the disk"
    );
}

/// How many events the record holds, as the owner of an open desk can see.
async fn events(person: &Person) -> u64 {
    let seen: engine::api::Examination = person.ok("examine_desk", &Nothing {}).await;
    let record = seen.findings.iter().find(|one| one.subject == "Record").expect("the record");
    assert!(record.well, "chain and signatures hold: {}", record.detail);
    let number = record.detail.split(' ').next().expect("it begins with the number");
    number.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_coming_and_going_is_counted_in_the_record() {
    let dir = tempfile::tempdir().expect("a folder");
    let (carrel, admin, _upstream) = desk(dir.path(), openai_stream(&["Yes."])).await;
    let before = events(&admin).await;
    carrel.app.close().await;
    for label in ["first guest", "second guest"] {
        let guest = carrel.window(label);
        let _: engine::api::DeskState = guest.ok("open_guest", &Nothing {}).await;
        carrel.app.window_closed(&guest.window);
        carrel.app.close().await;
    }
    let owner = carrel.unlock("Mira", PASSPHRASE, "later").await;
    let own = 2;
    let guests = 4;
    assert_eq!(events(&owner).await, before + own + guests, "two came and two went");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_is_there_and_found_after_a_crash() {
    let dir = tempfile::tempdir().expect("a folder");
    let answer = openai_stream(&["Levelling visit seven."]);
    let (_carrel, admin, _upstream) = desk(dir.path(), answer).await;
    let (started, _) = admin.ask_new("Why?").await;
    // The files as a power cut would leave them: the desk is still open.
    let crashed = tempfile::tempdir().expect("a folder");
    support::files::copy_tree(dir.path(), crashed.path());

    let carrel = Carrel::start_at(crashed.path(), UnixMs(1_795_100_000_000)).await;
    let owner = carrel.unlock("Mira", PASSPHRASE, "w").await;
    let page = page(&owner, started.chat).await;
    assert_eq!(texts(&page), ["Why?", "Levelling visit seven."], "nothing stored was lost");
    let search = Search { query: "levelling".to_owned(), limit: 10 };
    let found: SearchResults = owner.ok("search", &search).await;
    assert_eq!(found.hits.len(), 1, "and the index knows it");
}
