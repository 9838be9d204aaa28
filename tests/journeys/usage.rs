//! What was used: to the nano-dollar, by those who may see it, and never a word.

use domain::{
    GroupId, Limit, LimitMeasure, LimitScope, MillionPrice, ModelRef, NanoUsd, Override,
    PriceOverride, ProfileId, Role, Span,
};
use engine::api::{
    AssignRole, Catalogue, CellChange, CellChanges, DeskState, FailureCode, GroupList,
    LimitStandings, Nothing, OneChat, OneGroup, PolicyView, ReadRecord, ReadUsage, RecordPage,
    SaveGroup, SaveOverride, SavedFile, SetFallback, UsageChoice, UsageOf, UsagePeriod, UsageView,
    WorkspaceLimits,
};
use policy::{Row, Stance};
use support::people::{Carrel, OTHER_PASSPHRASE, Person};
use support::upstream::Upstream;
use support::upstream::openai::{error, openai_stream};

const MINE: UsageOf = UsageOf::Me {};
const EVERYONE: UsageOf = UsageOf::Everyone {};

fn asked(of: UsageOf) -> ReadUsage {
    ReadUsage { of, period: UsagePeriod::Month, back: 0 }
}

async fn usage(person: &Person, of: UsageOf) -> UsageView {
    person.ok("read_usage", &asked(of)).await
}

async fn priced(admin: &Person, model: &ModelRef) {
    let (input, output) = (NanoUsd(3_000_000_000), NanoUsd(15_000_000_000));
    let price = MillionPrice { input, output, cached: None, write: None };
    let own = Some(Override { price: PriceOverride::Set { price }, ..Override::default() });
    let _: Catalogue = admin.ok("save_override", &SaveOverride { model: model.clone(), own }).await;
}

async fn group(admin: &Person, id: Option<GroupId>, members: &[ProfileId]) -> GroupId {
    let name = "Fieldwork".to_owned();
    let wanted = SaveGroup { id, name, members: members.to_vec() };
    let made: GroupList = admin.ok("save_group", &wanted).await;
    made.groups.first().expect("it was made").id
}

/// A member in another role, at their desk again.
async fn promoted(carrel: &Carrel, admin: &Person, name: &str, role: Role) -> Person {
    let member = carrel.profile(name).await;
    let _: Nothing = admin.ok("assign_role", &AssignRole { member, role }).await;
    carrel.unlock(name, OTHER_PASSPHRASE, &format!("{name} again")).await
}

/// What the ledger says that the whole workspace spent this month, in nano-dollars.
async fn spent(admin: &Person) -> u64 {
    let measure = LimitMeasure::Money { span: Span::Month };
    let limits = vec![Limit::new(LimitScope::Workspace {}, measure, Limit::MOST)];
    let wanted = WorkspaceLimits { limits, ..WorkspaceLimits::default() };
    let standings: LimitStandings = admin.ok("write_limits", &wanted).await;
    standings.limits[0].spent
}

fn money(view: &UsageView) -> u64 {
    view.total.cost.0.unsigned_abs()
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_sees_their_own_a_manager_their_groups_and_an_admin_amounts_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Nine metres."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.add_provider(&upstream.base_url()).await;
    priced(&admin, &model).await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    carrel.join(&admin, "Tove", "tove").await;
    let tove = promoted(&carrel, &admin, "Tove", Role::Manager).await;
    let (of_jonas, of_tove) = (carrel.profile("Jonas").await, carrel.profile("Tove").await);
    let fieldwork = group(&admin, None, &[of_jonas, of_tove]).await;
    let in_group = UsageOf::Group { group: fieldwork };

    let (_, answer) = jonas.ask_new("How deep is the wreck?").await;
    jonas.ask_new("And the other one?").await;
    tove.ask_new("Who asked?").await;
    admin.ask_new("What does it cost?").await;

    let (own, all) = (usage(&jonas, MINE).await, usage(&admin, EVERYONE).await);
    assert_eq!(money(&all), spent(&admin).await, "what the ledger counted, to the nano-dollar");
    assert_eq!(own.total.answers, 2, "his two");
    assert_eq!(own.chats.len(), 2, "by chat");
    assert!(own.chats.iter().any(|chat| chat.title == "How deep is the wreck?"), "by its title");
    assert_eq!(own.people, [], "nobody else's");
    let of_people: u64 = all.people.iter().map(|one| one.sums.cost.0.unsigned_abs()).sum();
    assert_eq!((all.people.len(), of_people), (3, money(&all)), "each person's part of it");
    let today: u64 =
        all.bars.iter().flat_map(|bar| &bar.costs).map(|one| one.0.unsigned_abs()).sum();
    assert_eq!(today, money(&all), "and each day's");
    assert_eq!(all.chats, [], "nobody's chats");

    let of_group = usage(&tove, in_group).await;
    let two = money(&own) + money(&usage(&tove, MINE).await);
    assert_eq!(money(&of_group), two, "the two who are in it");
    let choice = |of, name: Option<&str>| UsageChoice { of, name: name.map(str::to_owned) };
    let expected = [choice(MINE, None), choice(in_group, Some("Fieldwork"))];
    assert_eq!(of_group.choices, expected, "all that she may see");
    for of in [EVERYONE, UsageOf::Group { group: GroupId::from_bytes([9; 16]) }] {
        let refused = tove.fails("read_usage", &asked(of)).await;
        assert_eq!(refused.code, FailureCode::Denied, "and no more: {refused:?}");
    }
    let refused = jonas.fails("read_usage", &asked(in_group)).await;
    assert_eq!(refused.code, FailureCode::Denied, "a member sees no group: {refused:?}");
    for (who, of) in [(&admin, EVERYONE), (&tove, in_group)] {
        let told = serde_json::to_string(&usage(who, of).await).expect("plain values");
        for word in ["wreck", "deep", "metres", &answer.message.chat.to_string()] {
            assert!(!told.contains(word), "amounts, never words: {word}");
        }
    }

    group(&admin, Some(fieldwork), &[of_tove]).await;
    jonas.ask_new("Do I still count?").await;
    assert_eq!(money(&usage(&tove, in_group).await), two, "who left counts until they left");
    let _: Nothing = jonas.ok("delete_chat", &OneChat { chat: answer.message.chat }).await;
    let own = usage(&jonas, MINE).await;
    assert_eq!(own.elsewhere.expect("a chat is gone").answers, 1, "its cost is not");
    let _: GroupList = admin.ok("remove_group", &OneGroup { id: fieldwork }).await;
    let refused = tove.fails("read_usage", &asked(in_group)).await;
    assert_eq!(refused.code, FailureCode::Denied, "of a group that is gone: {refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_and_fallbacks_are_counted_and_a_table_of_them_leaves_a_trace_and_no_formula() {
    let dir = tempfile::tempdir().expect("a folder");
    let broken = Upstream::start(error(401, "invalid_api_key", "no such key")).await;
    let whole = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let first = admin.offer("=Broken", &broken.base_url(), true).await;
    let second = admin.offer("Whole", &whole.base_url(), false).await;
    let _: Nothing = admin.ok("set_fallback", &SetFallback { models: vec![second.clone()] }).await;
    admin.ask_new("Is anyone there?").await;

    let view = usage(&admin, EVERYONE).await;
    assert_eq!((view.total.answers, view.total.fallbacks), (1, 1), "the other one answered");
    assert!(view.total.failed >= 1, "after the first had failed");
    let of = |model: &ModelRef| {
        view.models.iter().find(|one| one.model == *model).expect("it was called").sums
    };
    assert_eq!((of(&first).answers, of(&second).fallbacks), (0, 1), "each in its row");
    assert!(of(&second).usual_wait_ms.is_some(), "how long it took");

    let _: SavedFile = admin.ok("export_usage", &asked(EVERYONE)).await;
    let _: SavedFile = admin.ok("export_usage", &asked(MINE)).await;
    let saved = carrel.host.saved();
    assert_eq!(saved[0].0, "Carrel usage of everyone 2026-11.csv", "by whose it is, and when");
    let table = String::from_utf8(saved[0].1.clone()).expect("text");
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert!(lines[0].starts_with("begins_utc,person,"), "its columns have names: {table}");
    assert_eq!(lines.len(), 4, "a line for each model of the day, and an end: {table}");
    assert!(table.contains("'=Broken"), "no cell is a formula: {table}");
    assert!(!table.contains("anyone there"), "and none a word of a chat: {table}");
    let kinds = vec!["usage_exported".to_owned()];
    let query = ReadRecord { newest_first: true, beyond: None, limit: 9, actor: None, kinds };
    let page: RecordPage = admin.ok("read_record", &query).await;
    assert_eq!(page.events.len(), 1, "what others used does not leave unseen; one's own may");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_sees_amounts_and_the_record_and_asks_only_where_an_admin_allows_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Yes."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    admin.ask_new("Is this seen?").await;
    carrel.join(&admin, "Tove", "tove").await;
    let tove = promoted(&carrel, &admin, "Tove", Role::Auditor).await;
    assert_eq!(usage(&tove, EVERYONE).await.total.answers, 1, "amounts");
    let query =
        ReadRecord { newest_first: true, beyond: None, limit: 9, actor: None, kinds: Vec::new() };
    let page: RecordPage = tove.ok("read_record", &query).await;
    assert!(!page.events.is_empty(), "and the record");
    let question = engine::api::Question::NewChat { text: "May I?".to_owned() };
    let refused = tove.ask(question).await.err().expect("an auditor asks nothing");
    assert_eq!(refused.code, FailureCode::Denied, "{refused:?}");

    let allow = |row| CellChange { role: Role::Auditor, row, stance: Some(Stance::Allow) };
    let changes = vec![allow(Row::Ask {}), allow(Row::LocalModels {})];
    let _: PolicyView = admin.ok("write_cells", &CellChanges { version: 0, changes }).await;
    let _: DeskState = tove.ok("desk_state", &Nothing {}).await;
    tove.ask_new("May I now?").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_before_all_times_is_refused_and_a_guest_has_no_use_to_see() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer_built_in().await;
    let long_ago = ReadUsage { of: MINE, period: UsagePeriod::Year, back: 121 };
    let refused = admin.fails("read_usage", &long_ago).await;
    assert_eq!(refused.code, FailureCode::Invalid, "{refused:?}");
    let oldest = ReadUsage { back: 120, ..long_ago };
    let view: UsageView = admin.ok("read_usage", &oldest).await;
    assert_eq!((view.bars.len(), view.total.answers), (12, 0), "an empty year is a year");
    let guest = carrel.window("guest");
    let _: DeskState = guest.ok("open_guest", &Nothing {}).await;
    let refused = guest.fails("read_usage", &asked(MINE)).await;
    assert_eq!(refused.code, FailureCode::Denied, "{refused:?}");
}
