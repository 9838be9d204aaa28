//! Killed at each single change of a file, in everything that takes several.
//!
//! A journey is walked once to count its changes, and then again for each of
//! them by a process that dies in its place. What is left must open as what
//! was before or as what was wanted, with everything older still there. No
//! step is named in the engine: whatever changes a file is one.

mod journey;
mod judgement;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use engine::api::FailureCode;
use engine::{DESK_COMMANDS, DOOR_COMMANDS};
use serde::{Deserialize, Serialize};
use support::child::{Process, hear, orders, say};
use support::dice::{Dice, soak};
use support::files::copy_tree;
use support::people::Carrel;

use crate::calls::{Rule, release, watch};
use crate::requests::request;
use journey::{Journey, READING};

/// Kills of a journey where not all are wanted.
const SAMPLE: usize = 3;

#[derive(Serialize, Deserialize)]
struct Walk {
    root: PathBuf,
    journey: Journey,
    die_at: Option<usize>,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that the tests below kill"]
async fn a_process_that_dies_at_one_change() {
    let Walk { root, journey, die_at } = orders();
    let ready = journey.begin(&root).await;
    watch(&root, die_at.map_or(Rule::Count, Rule::DieAt));
    let carrel = journey.go(&root, ready).await;
    say(&format!("walked {}", release().join("\n::walked ")));
    say("arrived");
    let _ = hear();
    drop(carrel);
}

/// Walks the journey in a copy of `from` up to the change with this number; returns the copy,
/// and the changes that were made where it arrived.
fn walk(from: &Path, journey: Journey, die_at: Option<usize>) -> (tempfile::TempDir, Vec<String>) {
    let copy = tempfile::tempdir().expect("a folder");
    copy_tree(from, copy.path());
    let order = Walk { root: copy.path().to_path_buf(), journey, die_at };
    let process = Process::start("steps::a_process_that_dies_at_one_change", &order);
    (copy, process.said_until("arrived"))
}

async fn killed_at_any_change(journey: Journey) {
    let before = tempfile::tempdir().expect("a folder");
    let _provider = journey.prepare(before.path()).await;
    let (whole, said) = walk(before.path(), journey, None);
    let changes: Vec<&str> = said.iter().filter_map(|line| line.strip_prefix("walked ")).collect();
    assert!(changes.len() > 3, "{journey:?} changes several files: {changes:?}");
    journey.holds(whole.path(), "after the last change").await;
    let mut dice = Dice::new();
    let deaths: Vec<usize> = if soak() {
        (0..changes.len()).collect()
    } else {
        (0..SAMPLE).map(|_| dice.below(changes.len())).collect()
    };
    for death in deaths {
        let (left, _) = walk(before.path(), journey, Some(death));
        let change = changes.get(death).copied().unwrap_or_default();
        let count = changes.len();
        let at = format!("killed before change {death} of {count}, {change}; {}", dice.told());
        journey.holds(left.path(), &at).await;
    }
}

macro_rules! journeys {
    ($($name:ident: $journey:ident;)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            killed_at_any_change(Journey::$journey).await;
        })*

        const ALL: &[Journey] = &[$(Journey::$journey),*];
    };
}

journeys! {
    a_first_run_that_is_killed_leaves_a_desk_or_can_be_done_again: FirstRun;
    joining_that_is_killed_leaves_a_desk_or_can_be_done_again: Join;
    a_desk_opens_after_unlocking_it_was_killed: Unlock;
    one_passphrase_opens_the_desk_after_a_killed_change: ChangePassphrase;
    the_passphrase_opens_the_desk_after_a_killed_renewal_of_the_code: RenewRecovery;
    old_or_new_passphrase_opens_the_desk_after_a_killed_recovery: Recover;
    a_desk_opens_after_its_passphrase_was_half_removed: RemovePassphrase;
    every_backup_is_whole_after_a_killed_one: BackUp;
    a_killed_restore_can_be_repeated: Restore;
    a_killed_restore_of_the_workspace_can_be_repeated: RestoreWorkspace;
    a_killed_restore_of_the_list_of_desks_can_be_repeated: RestoreDoor;
    a_provider_is_there_with_its_key_or_not_at_all: SaveProvider;
    a_price_is_the_old_or_the_new_one_after_a_killed_change: ChangePrices;
    a_question_is_there_with_an_answer_or_not_at_all: Ask;
    a_chat_whose_deletion_was_killed_is_whole_or_gone: DeleteChat;
    a_killed_lock_loses_nothing: Lock;
    a_member_is_in_or_out_after_a_killed_disabling: Disable;
    a_role_is_the_old_or_the_new_one_after_a_killed_change: ChangeRole;
    what_is_given_holds_where_a_killed_decision_says_so: Decide;
    small_changes_are_made_or_not: SmallChanges;
    a_desk_is_whole_or_gone_after_a_killed_erasure: Erase;
    a_member_is_whole_or_gone_after_a_killed_erasure: EraseMember;
    a_killed_migration_is_made_up_for: Migrate;
    the_door_opens_after_its_key_was_half_moved: MoveKey;
}

#[test]
fn every_command_is_walked_through_or_only_reads() {
    let all: BTreeSet<&str> =
        DOOR_COMMANDS.iter().chain(DESK_COMMANDS).copied().chain(["ask"]).collect();
    let walked = ALL.iter().flat_map(|journey| journey.commands()).copied();
    let reading = READING.iter().copied();
    let known: BTreeSet<&str> = walked.chain(reading).collect();
    assert_eq!(known, all, "a new command belongs to a journey, or to those that only read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_only_reads_changes_no_file() {
    let root = tempfile::tempdir().expect("a folder");
    let _provider = Journey::SmallChanges.prepare(root.path()).await;
    let carrel: Carrel = Journey::SmallChanges.begin(root.path()).await.carrel();
    let person = carrel.window("w");
    person.checkpointed(&root.path().join("data")).await;
    for name in READING {
        watch(root.path(), Rule::Count);
        let answer = person.try_call::<_, serde_json::Value>(name, &request(name)).await;
        let changes = release();
        assert!(changes.is_empty(), "{name} changed files: {changes:?}");
        let code = answer.err().map(|failure| failure.code);
        let fits = matches!(code, None | Some(FailureCode::NotFound | FailureCode::Provider));
        assert!(fits, "{name} was really asked: {code:?}");
    }
    carrel.app.close().await;
}
