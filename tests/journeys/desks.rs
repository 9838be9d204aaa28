//! Making, opening and locking desks.

use engine::api::{
    ChatList, CreateWorkspace, DeskState, DoorState, FailureCode, ListChats, LockCause, LocksIn,
    Nothing, Settings, StayOpen, Unlock,
};
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};

fn all_chats() -> ListChats {
    ListChats { archived: false, before: None, limit: 50 }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_folder_asks_for_a_first_run_and_then_never_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let door: DoorState = carrel.window("w").ok("door_state", &Nothing {}).await;
    assert!(door.first_run, "nothing is here yet");

    let admin = carrel.first_run().await;
    let desk: DeskState = admin.ok("desk_state", &Nothing {}).await;
    assert_eq!(
        (desk.name.as_str(), desk.workspace_name.as_str(), desk.recovery_confirmed),
        ("Mira", "Tidewater Survey", false),
        "the first desk is open, and its code is not confirmed yet"
    );

    let again = carrel.window("w2");
    let request = CreateWorkspace {
        workspace_name: "Another".to_owned(),
        profile_name: "Eve".to_owned(),
        avatar: 2,
        passphrase: OTHER_PASSPHRASE.to_owned(),
    };
    let failure = again.fails("create_workspace", &request).await;
    assert_eq!(
        failure.code,
        FailureCode::Invalid,
        "nobody makes a second workspace over the first"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_survives_a_restart_and_opens_only_with_its_passphrase() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    carrel.first_run().await;
    carrel.app.close().await;
    drop(carrel);

    let carrel = Carrel::start(dir.path()).await;
    let profile = carrel.profile("Mira").await;
    let stranger = carrel.window("stranger");
    for wrong in ["", "quiet lantern over the tide ", OTHER_PASSPHRASE] {
        let request = Unlock { profile, passphrase: wrong.to_owned(), accept_older: false };
        let failure = stranger.fails("unlock", &request).await;
        assert_eq!(failure.code, FailureCode::WrongSecret, "{wrong:?} is not the passphrase");
    }
    let owner = carrel.unlock("Mira", PASSPHRASE, "owner").await;
    let _: ChatList = owner.ok("list_chats", &all_chats()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn locking_closes_every_window_of_the_desk_and_no_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let second = carrel.unlock("Mira", PASSPHRASE, "second").await;
    let _: Nothing = second.ok("lock", &Nothing {}).await;
    carrel.app.close().await;
    let mut closed = carrel.host.closed();
    closed.sort();
    assert_eq!(closed, ["admin", "second"], "both windows of the desk, once each");
    let failure = admin.fails("desk_state", &Nothing {}).await;
    assert_eq!(failure.code, FailureCode::Locked, "the first window is as locked as the second");
    carrel.unlock("Mira", PASSPHRASE, "third").await;
}

const MINUTE_MS: i64 = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_used_in_one_window_stays_open_in_all() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let second = carrel.unlock("Mira", PASSPHRASE, "second").await;
    carrel.clock.advance(9 * MINUTE_MS);
    let left: LocksIn = admin.ok("stay_open", &StayOpen { used: false }).await;
    assert_eq!(left.seconds, Some(60), "the first window can warn: nobody was there");
    let left: LocksIn = second.ok("stay_open", &StayOpen { used: true }).await;
    assert_eq!(left.seconds, Some(600), "a key in the second window starts the minutes anew");

    carrel.clock.advance(9 * MINUTE_MS);
    carrel.app.lock_idle_desks().await;
    assert!(carrel.host.closed().is_empty(), "nine minutes after the last key");
    carrel.clock.advance(MINUTE_MS);
    carrel.app.lock_idle_desks().await;
    let mut closed = carrel.host.closed();
    closed.sort();
    assert_eq!(closed, ["admin", "second"], "ten minutes after it, both windows close");
    let failure = admin.fails("stay_open", &StayOpen { used: true }).await;
    assert_eq!(failure.code, FailureCode::Locked, "input in a window that is gone opens nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn input_that_comes_after_the_time_keeps_no_desk_open() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    carrel.clock.advance(10 * MINUTE_MS);
    let failure = admin.fails("stay_open", &StayOpen { used: true }).await;
    assert_eq!(failure.code, FailureCode::Locked, "whoever walks up moves the mouse first");
    carrel.app.close().await;
    assert_eq!(carrel.host.closed(), ["admin"], "the desk locked, once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_whose_windows_close_together_is_locked_before_the_application_ends() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let second = carrel.unlock("Mira", PASSPHRASE, "second").await;
    carrel.app.window_closed(&admin.window);
    carrel.app.window_closed(&second.window);
    carrel.app.close().await;
    let failure = second.fails("desk_state", &Nothing {}).await;
    assert_eq!(failure.code, FailureCode::Locked, "no desk stays open without a window");
    let door: DoorState = carrel.window("look").ok("door_state", &Nothing {}).await;
    assert!(door.backed_up_at.is_some(), "the lock ran to its end");
    Carrel::start(dir.path()).await.unlock("Mira", PASSPHRASE, "another process").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_locks_when_its_computer_slept_and_no_sooner_because_the_clock_was_set() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let keep = |lock_on_suspend| Settings {
        lock_after_minutes: None,
        lock_on_suspend,
        ..Settings::default()
    };
    let _: Settings = admin.ok("write_settings", &keep(false)).await;
    carrel.clock.sleep(8 * 60 * MINUTE_MS);
    carrel.app.lock_idle_desks().await;
    let _: DeskState = admin.ok("desk_state", &Nothing {}).await;

    let _: Settings = admin.ok("write_settings", &keep(true)).await;
    carrel.clock.sleep(MINUTE_MS);
    carrel.app.lock_idle_desks().await;
    let failure = admin.fails("desk_state", &Nothing {}).await;
    assert_eq!(failure.code, FailureCode::Locked, "a minute asleep is reason enough");
    carrel.unlock("Mira", PASSPHRASE, "again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tries_slow_down_and_a_restart_does_not_help() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    carrel.first_run().await;
    carrel.app.close().await;
    let profile = carrel.profile("Mira").await;
    let request = Unlock { profile, passphrase: OTHER_PASSPHRASE.to_owned(), accept_older: false };
    let stranger = carrel.window("stranger");
    let mut tries = 0;
    let failure = loop {
        tries += 1;
        assert!(tries < 20, "guessing must not go on for ever");
        let failure = stranger.fails("unlock", &request).await;
        if failure.code == FailureCode::TooManyTries {
            break failure;
        }
    };
    assert!(failure.retry_at.is_some(), "the screen shows when trying again makes sense");

    drop(stranger);
    let restarted = Carrel::start(dir.path()).await;
    let right = Unlock { profile, passphrase: PASSPHRASE.to_owned(), accept_older: false };
    let failure = restarted.window("w").fails("unlock", &right).await;
    assert_eq!(failure.code, FailureCode::TooManyTries, "the delay outlives the process");

    restarted.clock.advance(60 * 60 * 1_000);
    restarted.unlock("Mira", PASSPHRASE, "owner").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_told_that_the_desk_is_open() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    carrel.first_run().await;
    let other = Carrel::start(dir.path()).await;
    let profile = other.profile("Mira").await;
    let request = Unlock { profile, passphrase: PASSPHRASE.to_owned(), accept_older: false };
    let failure = other.window("w").fails("unlock", &request).await;
    assert_eq!(failure.code, FailureCode::InUse, "two writers of one desk would fork its history");

    carrel.app.close().await;
    other.unlock("Mira", PASSPHRASE, "w").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chooser_says_how_a_desk_was_locked_until_it_opens_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.confirm_code().await;
    let locked = async |window: &str| {
        let door: DoorState = carrel.window(window).ok("door_state", &Nothing {}).await;
        door.desks.first().and_then(|desk| desk.locked)
    };
    assert_eq!(locked("open").await, None, "it is open");
    carrel.lock(&admin, "Mira").await;
    let by_hand = locked("after").await.expect("it was locked");
    assert_eq!(by_hand.cause, LockCause::Person);
    let admin = carrel.unlock("Mira", PASSPHRASE, "again").await;
    assert_eq!(locked("reopened").await, None, "that is over");
    carrel.app.lock_for_sleep().await;
    let asleep = locked("awake").await.expect("it was locked");
    assert_eq!(asleep.cause, LockCause::Sleep);
    drop(admin);
}
