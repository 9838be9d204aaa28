//! A first run or a joining that is cut at each of its steps.
//!
//! The command is dropped at its first wait, its second, and so on, and the
//! process is thrown away with it: what was begun is finished or gone.

use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use data_encoding::HEXLOWER;
use domain::ProfileId;
use engine::api::{
    CreateWorkspace, DeskState, DoorState, FailureCode, Invitation, Invite, MemberList, Nothing,
    RedeemInvitation, Unlock,
};
use sealed::{Keyring, Passphrase, Unlocking};
use serde::Serialize;
use support::files::copy_tree;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};

/// Begins a command in a process of its own and ends both after so many waits. True where
/// the command was done before.
fn cut<Q: Serialize>(dir: &Path, name: &str, request: &Q, waits: usize) -> bool {
    let request = serde_json::to_value(request).expect("a request");
    // The runtime goes with its process: blocking work under way still ends, nothing follows.
    let process = tokio::runtime::Runtime::new().expect("a runtime");
    process.block_on(async {
        let carrel = Carrel::start(dir).await;
        let window = carrel.window("w");
        let mut left = waits;
        let mut work = pin!(window.try_call::<_, serde_json::Value>(name, &request));
        std::future::poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => {
                left -= 1;
                Poll::Pending
            }
        })
        .await
    })
}

fn profiles(dir: &Path) -> usize {
    std::fs::read_dir(dir.join("profiles")).map_or(0, |entries| entries.count())
}

async fn door(carrel: &Carrel) -> DoorState {
    carrel.window("look").ok("door_state", &Nothing {}).await
}

#[test]
fn a_first_run_cut_at_any_step_is_done_or_begins_anew() {
    let request = CreateWorkspace {
        workspace_name: "Tidewater Survey".to_owned(),
        profile_name: "Mira".to_owned(),
        avatar: 1,
        passphrase: PASSPHRASE.to_owned(),
    };
    let (mut anew, mut done) = (0, 0);
    for waits in 0.. {
        let dir = tempfile::tempdir().expect("a folder");
        let ended = cut(dir.path(), "create_workspace", &request, waits);
        let process = tokio::runtime::Runtime::new().expect("a runtime");
        process.block_on(async {
            let carrel = Carrel::start(dir.path()).await;
            let state = door(&carrel).await;
            if state.first_run {
                anew += 1;
                assert!(state.desks.is_empty(), "{waits}: no card of nobody");
                assert_eq!(profiles(dir.path()), 0, "{waits}: no folder of nobody");
                assert!(!dir.path().join("workspace").exists(), "{waits}: no workspace either");
                carrel.first_run().await;
            } else {
                done += 1;
                carrel.unlock("Mira", PASSPHRASE, "again").await;
            }
            assert_eq!(door(&carrel).await.desks.len(), 1, "{waits}: one desk");
            carrel.app.close().await;
        });
        if ended {
            break;
        }
    }
    assert!(anew > 0 && done > 0, "cut before and after: {anew} and {done}");
}

/// A folder with Mira's desk, and what Jonas sends with her invitation.
fn invited() -> (tempfile::TempDir, RedeemInvitation) {
    let base = tempfile::tempdir().expect("a folder");
    let process = tokio::runtime::Runtime::new().expect("a runtime");
    let key = process.block_on(async {
        let carrel = Carrel::start(base.path()).await;
        let admin = carrel.first_run().await;
        let request = Invite { role: domain::Role::Member };
        let invitation: Invitation = admin.ok("invite", &request).await;
        carrel.app.close().await;
        invitation.key
    });
    let request = RedeemInvitation {
        key,
        profile_name: "Jonas".to_owned(),
        avatar: 3,
        passphrase: Some(OTHER_PASSPHRASE.to_owned()),
    };
    (base, request)
}

#[test]
fn a_joining_cut_at_any_step_is_done_or_can_be_done_again() {
    let (base, request) = invited();
    let process = tokio::runtime::Runtime::new().expect("a runtime");
    let (mut again, mut done) = (0, 0);
    for waits in 0.. {
        let dir = tempfile::tempdir().expect("a folder");
        copy_tree(base.path(), dir.path());
        let ended = cut(dir.path(), "redeem_invitation", &request, waits);
        process.block_on(async {
            let carrel = Carrel::start(dir.path()).await;
            if is_in(&carrel, waits).await {
                done += 1;
            } else {
                again += 1;
                let _: serde_json::Value =
                    carrel.window("once more").ok("redeem_invitation", &request).await;
            }
            let mira = carrel.unlock("Mira", PASSPHRASE, "mira").await;
            let members: MemberList = mira.ok("list_members", &Nothing {}).await;
            assert_eq!(members.members.len(), 2, "{waits}: Jonas, once");
            assert_eq!(members.invitations.len(), 0, "{waits}: the invitation is used");
            assert_eq!(door(&carrel).await.desks.len(), 2, "{waits}: a card for each");
            assert_eq!(profiles(dir.path()), 2, "{waits}: a folder for each");
            carrel.app.close().await;
        });
        if ended {
            break;
        }
    }
    assert!(again > 0 && done > 0, "cut before and after: {again} and {done}");
}

/// Whether Jonas has a desk that opens; one that was never finished goes at his try.
async fn is_in(carrel: &Carrel, waits: usize) -> bool {
    let state = door(carrel).await;
    let Some(card) = state.desks.iter().find(|desk| desk.name == "Jonas") else { return false };
    let passphrase = OTHER_PASSPHRASE.to_owned();
    let request = Unlock { profile: card.profile, passphrase, accept_older: false };
    match carrel.window("jonas").try_call::<_, DeskState>("unlock", &request).await {
        Ok(_) => true,
        Err(failure) => {
            assert_eq!(failure.code, FailureCode::Invalid, "{waits}: {failure:?}");
            assert!(failure.message.contains("never finished"), "{waits}: {failure:?}");
            assert_eq!(door(carrel).await.desks.len(), 1, "{waits}: the card went");
            false
        }
    }
}

/// The one profile below `dir` that is not Mira's.
fn newcomer(dir: &Path, mira: ProfileId) -> Option<ProfileId> {
    let entries = std::fs::read_dir(dir.join("profiles")).expect("a folder").flatten();
    let mut ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.find(|id| *id != mira)
}

fn envelopes(dir: &Path) -> serde_json::Value {
    let bytes = std::fs::read(dir.join("workspace/envelopes")).expect("it is there");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn keyring(dir: &Path, profile: ProfileId, passphrase: &str) -> Keyring {
    let passphrase = Passphrase::new(passphrase).expect("a passphrase");
    let at = dir.join(format!("profiles/{profile}"));
    Keyring::unlock(&at, profile, Unlocking::Passphrase(&passphrase)).expect("it opens")
}

/// Seals the workspace's key to `newcomer` too, as the joining does before all else.
fn seal_to(dir: &Path, newcomer: ProfileId, mira: ProfileId) {
    const INFO: &[u8] = b"carrel workspace key 1";
    let mut file = envelopes(dir);
    let context = |holder: ProfileId| format!("{}|{holder}", file["generation"]).into_bytes();
    let hers = file["sealed"][mira.to_string()].as_str().expect("hers");
    let bytes = HEXLOWER.decode(hers.as_bytes()).expect("digits");
    let recipient = keyring(dir, mira, PASSPHRASE).recipient();
    let key = sealed::open_from(&recipient, INFO, &context(mira), &bytes).expect("it opens");
    let to = keyring(dir, newcomer, OTHER_PASSPHRASE).recipient().public();
    let sealed = sealed::seal_to(&to, INFO, &context(newcomer), &key);
    file["sealed"][newcomer.to_string()] = HEXLOWER.encode(&sealed).into();
    file["sum"] = serde_json::Value::Null;
    let text = serde_json::to_vec(&file).expect("JSON");
    std::fs::write(dir.join("workspace/envelopes"), text).expect("ours");
}

/// A joining that was cut when the newcomer had a card and an envelope and was no member yet.
/// Which wait that is differs from one try to the next: steps that are done at once are not
/// waited for.
async fn before_the_member<Q: Serialize>(
    base: &Path,
    request: &Q,
    mira: ProfileId,
) -> tempfile::TempDir {
    let mut waits = 0;
    loop {
        let dir = tempfile::tempdir().expect("a folder");
        copy_tree(base, dir.path());
        let at = dir.path().to_owned();
        let ended = {
            let (at, request) = (at.clone(), serde_json::to_value(request).expect("a request"));
            tokio::task::spawn_blocking(move || cut(&at, "redeem_invitation", &request, waits))
        };
        let ended = ended.await.expect("a cut");
        if let Some(jonas) = newcomer(&at, mira)
            && envelopes(&at)["sealed"][jonas.to_string()].is_null()
        {
            seal_to(&at, jonas, mira);
            if has_card(&at, jonas).await {
                return dir;
            }
        }
        waits = if ended { 0 } else { waits + 1 };
    }
}

/// Looked at in a copy, which nobody needs afterwards.
async fn has_card(dir: &Path, profile: ProfileId) -> bool {
    let copy = tempfile::tempdir().expect("a folder");
    copy_tree(dir, copy.path());
    let carrel = Carrel::start(copy.path()).await;
    let state = door(&carrel).await;
    carrel.app.close().await;
    state.desks.iter().any(|desk| desk.profile == profile)
}

#[test]
fn an_envelope_without_a_member_keeps_nobody_from_joining() {
    let (base, request) = invited();
    let process = tokio::runtime::Runtime::new().expect("a runtime");
    let mira = process.block_on(async { Carrel::start(base.path()).await.profile("Mira").await });
    let dir = process.block_on(before_the_member(base.path(), &request, mira));
    for by_another in [false, true] {
        let copy = tempfile::tempdir().expect("a folder");
        copy_tree(dir.path(), copy.path());
        process.block_on(async {
            let carrel = Carrel::start(copy.path()).await;
            assert_eq!(door(&carrel).await.desks.len(), 2, "from outside it may be somebody's");
            if by_another {
                carrel.unlock("Mira", PASSPHRASE, "mira").await;
            } else {
                assert!(!is_in(&carrel, 0).await, "nobody ever joined");
            }
            assert_eq!(profiles(copy.path()), 1, "whoever unlocks finds out");
            let again = carrel.window("once more");
            let _: serde_json::Value = again.ok("redeem_invitation", &request).await;
            carrel.app.close().await;
        });
    }
}
