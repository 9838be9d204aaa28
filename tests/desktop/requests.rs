//! Refused, told why, asked for, given, used: between two people, in the window.

use std::path::Path;

use domain::{Limit, LimitMeasure, LimitScope, Role, Span};
use engine::api::{
    AssignRole, CellChange, CellChanges, LimitStandings, Nothing, PolicyView, SaveRole,
    WorkspaceLimits,
};
use fantoccini::key::Key;
use policy::{Row, Stance};
use support::desktop::Desktop;
use support::people::{Carrel, PASSPHRASE};
use support::upstream::openai::openai_stream;

use crate::seeded::{lock, open_jonas, open_mira, two_desks};

async fn section(window: &Desktop, name: &str) {
    window.keys(&[Key::Control], ",").await;
    window.press(name).await;
}

/// Jonas may ask, and no model at all; and everybody two questions a day.
async fn kept_short(dir: &Path) {
    let carrel = Carrel::start(dir).await;
    let mira = carrel.unlock("Mira", PASSPHRASE, "mira").await;
    let name = "Field crew".to_owned();
    let wanted = SaveRole { version: 0, id: None, name, like_member: false };
    let made: PolicyView = mira.ok("save_role", &wanted).await;
    let role = made.roles.iter().find(|one| one.name.is_some()).expect("it was made").role;
    let allow = |row| CellChange { role, row, stance: Some(Stance::Allow) };
    let changes = vec![allow(Row::Ask {}), allow(Row::SeeProviders {})];
    let _: PolicyView =
        mira.ok("write_cells", &CellChanges { version: made.version, changes }).await;
    give(&mira, &carrel, role).await;
    let measure = LimitMeasure::Requests { span: Span::Day };
    let limits = vec![Limit::new(LimitScope::EachProfile {}, measure, 2)];
    let _: LimitStandings =
        mira.ok("write_limits", &WorkspaceLimits { limits, ..Default::default() }).await;
    carrel.app.close().await;
}

async fn give(mira: &support::people::Person, carrel: &Carrel, role: Role) {
    let member = carrel.profile("Jonas").await;
    let _: Nothing = mira.ok("assign_role", &AssignRole { member, role }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_refused_told_why_asks_and_is_given_it_and_sees_who_looked() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    kept_short(dir.path()).await;
    let window = Desktop::start(dir.path()).await;

    open_jonas(&window).await;
    window.type_text("Why did it move?").await;
    window.keys(&[Key::Enter], "").await;
    window.sees("model.use is missing").await;
    window.press("Why?").await;
    window.sees("Role Field crew says nothing").await;
    window.sees("Nothing allows it, and what nothing allows is refused.").await;
    window.sees("Mira").await;
    window.clean("dialog-why").await;
    window.press("Ask for access").await;
    window.sees("Admins see your name, what you ask for and why.").await;
    window.fill("What for (optional)", "Two tables of the tender are left.").await;
    window.clean("dialog-ask").await;
    window.decide("Ask").await;
    window.decided().await;
    window.sees("Admins see your request").await;
    section(&window, "Your access").await;
    window.sees("Waiting").await;
    window.sees("2 requests").await;
    window.clean("settings-access").await;
    lock(&window).await;

    open_mira(&window).await;
    section(&window, "Members 1 (1 to decide)").await;
    window.sees("Jonas asks for access to").await;
    window.sees("Two tables of the tender are left.").await;
    window.clean("settings-members-request").await;
    window.press("Grant for 7 days").await;
    window.sees("Granted to Jonas").await;
    window.press("View as").await;
    window.sees("Looking is recorded, and the member is told.").await;
    window.clean("settings-view-as-empty").await;
    window.select("Member", "Jonas").await;
    window.sees("Nothing Jonas wrote is shown, and Jonas is told that you looked.").await;
    window.sees("Sealed").await;
    window.clean("settings-view-as").await;
    lock(&window).await;

    open_jonas(&window).await;
    window.sees("Mira gave you access to").await;
    window.sees("Mira looked at what you may do").await;
    window.clean("chat-news").await;
    window.press("OK").await;
    window.ask("Why did it move?").await;
    window.settled().await;
    assert!(window.answer().await.starts_with("The datum moved."), "it was given");
    assert!(!window.text().await.contains("Mira gave you access to"), "and seen once");
    window.quit().await;
}
