//! Desks without a passphrase, and a computer whose keychain comes and goes.

use std::sync::Arc;

use domain::Role;
use engine::api::{
    BackupView, ChangePassphrase, DeskCard, DeskState, DoorState, EraseDesk, Failure, FailureCode,
    Invitation, Invite, Nothing, Recover, RecoveryCode, RedeemInvitation, RemovePassphrase, Unlock,
    WorkspaceRules,
};
use engine::{KeychainError, MemoryKeychain};
use support::files::copy_tree;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};
use tempfile::TempDir;

/// A computer with a keychain, its workspace and the admin's desk.
struct Computer {
    keychain: Arc<MemoryKeychain>,
    carrel: Carrel,
    admin: Person,
    dir: TempDir,
}

impl Computer {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let keychain = Arc::new(MemoryKeychain::default());
        let carrel = Carrel::start_on(dir.path(), keychain.clone()).await;
        let admin = carrel.first_run().await;
        Self { keychain, carrel, admin, dir }
    }

    async fn allow(&self, without_passphrase: bool) {
        let rules = WorkspaceRules { without_passphrase, ..WorkspaceRules::default() };
        let _: WorkspaceRules = self.admin.ok("write_rules", &rules).await;
    }

    /// Jonas, who was invited and wants no passphrase.
    async fn join_without(&self) -> (Person, Result<RecoveryCode, Failure>) {
        let invitation: Invitation = self.admin.ok("invite", &Invite { role: Role::Member }).await;
        let request = RedeemInvitation {
            key: invitation.key,
            profile_name: "Jonas".to_owned(),
            avatar: 3,
            passphrase: None,
        };
        let jonas = self.carrel.window("jonas");
        let joined = jonas.try_call("redeem_invitation", &request).await;
        (jonas, joined)
    }

    async fn card(&self, name: &str) -> DeskCard {
        let door: DoorState = self.carrel.window("look").ok("door_state", &Nothing {}).await;
        door.desks.into_iter().find(|desk| desk.name == name).expect("a card")
    }

    async fn without(&self, name: &str) -> Unlock {
        let profile = self.carrel.profile(name).await;
        Unlock { profile, passphrase: String::new(), accept_older: false }
    }

    /// Waits until a desk is closed.
    async fn lock(&self, person: &Person) {
        let _: Nothing = person.ok("lock", &Nothing {}).await;
        while person.try_call::<_, DeskState>("desk_state", &Nothing {}).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    /// Entries of desks, not of the device key.
    fn desk_secrets(&self) -> usize {
        self.keychain.entries().iter().filter(|entry| entry.starts_with("desk-")).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_desk_does_without_a_passphrase_unless_an_admin_allowed_it() {
    let computer = Computer::new().await;
    let (_, joined) = computer.join_without().await;
    assert_eq!(joined.err().map(|failure| failure.code), Some(FailureCode::Denied), "a new desk");
    let current = PASSPHRASE.to_owned();
    let refused = computer.admin.fails("remove_passphrase", &RemovePassphrase { current }).await;
    assert_eq!(refused.code, FailureCode::Denied, "an existing one, the admin's too");
    let member = computer.carrel.join(&computer.admin, "Noor", "noor").await;
    let rules = WorkspaceRules { without_passphrase: true, ..WorkspaceRules::default() };
    let refused = member.fails("write_rules", &rules).await;
    assert_eq!(refused.code, FailureCode::Denied, "nor does a member allow it to themselves");
    assert_eq!(computer.desk_secrets(), 0, "and nothing was put into the keychain");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_without_a_passphrase_opens_with_the_keychain_and_only_with_it() {
    let computer = Computer::new().await;
    computer.allow(true).await;
    let (jonas, code) = computer.join_without().await;
    assert_eq!(code.expect("a desk").groups.len(), 8, "the recovery code is given all the same");
    assert!(!computer.card("Jonas").await.has_passphrase, "the chooser says what protects it");
    computer.lock(&jonas).await;

    let jonas = computer.carrel.window("again");
    let request = computer.without("Jonas").await;
    for error in [KeychainError::Locked, KeychainError::Silent, KeychainError::Absent] {
        computer.keychain.fail_with(Some(error));
        for _ in 0..4 {
            let failure = jonas.fails("unlock", &request).await;
            assert_eq!(failure.code, FailureCode::Keychain, "said, and never counted as a guess");
        }
    }
    computer.keychain.fail_with(None);
    let desk: DeskState = jonas.ok("unlock", &request).await;
    assert_eq!((desk.name.as_str(), desk.has_passphrase), ("Jonas", false), "opened unasked");
}

#[tokio::test(flavor = "multi_thread")]
async fn leave_withdrawn_keeps_such_desks_shut_until_their_code_sets_a_passphrase() {
    let computer = Computer::new().await;
    computer.allow(true).await;
    let (jonas, code) = computer.join_without().await;
    let code = code.expect("a desk").groups.join(" ");
    computer.lock(&jonas).await;
    computer.allow(false).await;

    let jonas = computer.carrel.window("again");
    let request = computer.without("Jonas").await;
    let failure = jonas.fails("unlock", &request).await;
    assert_eq!(failure.code, FailureCode::Denied, "the keychain is not enough any more");
    let new_passphrase = OTHER_PASSPHRASE.to_owned();
    let recover = Recover { profile: request.profile, code, new_passphrase };
    let _: RecoveryCode = jonas.ok("recover", &recover).await;
    assert!(computer.card("Jonas").await.has_passphrase, "it has one now");
    assert_eq!(computer.desk_secrets(), 0, "and the secret is gone from the keychain");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_gives_up_the_passphrase_and_takes_another() {
    let computer = Computer::new().await;
    computer.allow(true).await;
    let wrong = RemovePassphrase { current: OTHER_PASSPHRASE.to_owned() };
    let failure = computer.admin.fails("remove_passphrase", &wrong).await;
    assert_eq!(failure.code, FailureCode::WrongSecret, "only its owner");
    let right = RemovePassphrase { current: PASSPHRASE.to_owned() };
    let _: Nothing = computer.admin.ok("remove_passphrase", &right).await;
    computer.lock(&computer.admin).await;
    let mira = computer.carrel.window("again");
    let _: DeskState = mira.ok("unlock", &computer.without("Mira").await).await;

    let back = ChangePassphrase { current: String::new(), new: OTHER_PASSPHRASE.to_owned() };
    let _: Nothing = mira.ok("change_passphrase", &back).await;
    assert_eq!(computer.desk_secrets(), 0, "the keychain opens it no more");
    computer.lock(&mira).await;
    let mira = computer.carrel.window("once more");
    let failure = mira.fails("unlock", &computer.without("Mira").await).await;
    assert_eq!(failure.code, FailureCode::WrongSecret, "it asks again");
    computer.carrel.unlock("Mira", OTHER_PASSPHRASE, "at last").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_desk_leaves_no_secret_in_the_keychain() {
    let computer = Computer::new().await;
    computer.allow(true).await;
    let (jonas, code) = computer.join_without().await;
    code.expect("a desk");
    assert_eq!(computer.desk_secrets(), 1, "one for the desk");
    let request = EraseDesk { passphrase: String::new(), typed_name: "Jonas".to_owned() };
    let _: Nothing = jonas.ok("erase_desk", &request).await;
    computer.carrel.app.close().await;
    assert_eq!(computer.desk_secrets(), 0, "none after it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keychain_shuts_the_door_until_it_is_unlocked_and_no_longer() {
    let computer = Computer::new().await;
    computer.carrel.app.close().await;
    computer.keychain.fail_with(Some(KeychainError::Locked));
    let carrel = Carrel::start_on(computer.dir.path(), computer.keychain.clone()).await;
    let look = carrel.window("look");
    let door: DoorState = look.ok("door_state", &Nothing {}).await;
    let failure = door.failure.expect("the door is shut");
    assert_eq!(failure.code, FailureCode::Keychain, "and says why: {}", failure.message);
    assert!(!door.first_run, "nobody is asked to begin anew");
    computer.keychain.fail_with(None);
    let door: DoorState = look.ok("door_state", &Nothing {}).await;
    assert_eq!((door.failure, door.desks.len()), (None, 1), "trying again is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_folder_that_was_put_back_is_noticed_by_what_the_keychain_remembers() {
    let Computer { keychain, carrel, admin, dir } = Computer::new().await;
    admin.confirm_code().await;
    carrel.app.close().await;
    let old = tempfile::tempdir().expect("a folder");
    copy_tree(dir.path(), old.path());
    let admin = carrel.unlock("Mira", PASSPHRASE, "later").await;
    let _: BackupView = admin.ok("back_up", &Nothing {}).await;
    carrel.app.close().await;
    drop(carrel);

    // Everything goes back together, so nothing in the folder contradicts anything else there.
    std::fs::remove_dir_all(dir.path()).expect("a test's own folder");
    std::fs::create_dir(dir.path()).expect("a folder");
    copy_tree(old.path(), dir.path());
    let carrel = Carrel::start_on(dir.path(), keychain.clone()).await;
    let profile = carrel.profile("Mira").await;
    let unlock = |accept_older| Unlock { profile, passphrase: PASSPHRASE.to_owned(), accept_older };
    let failure = carrel.window("put-back").fails("unlock", &unlock(false)).await;
    assert_eq!(failure.code, FailureCode::RolledBack, "{}", failure.message);
    let _: DeskState = carrel.window("knowingly").ok("unlock", &unlock(true)).await;
    carrel.app.close().await;
    let _: DeskState = carrel.window("again").ok("unlock", &unlock(false)).await;
    carrel.app.close().await;
}
