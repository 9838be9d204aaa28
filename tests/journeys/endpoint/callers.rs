//! Clients that leave, stop reading, or lose their desk in the middle.

use std::time::Duration;

use endpoint::Rules;
use engine::api::{Nothing, SetDisabled};
use support::people::{Carrel, PASSPHRASE};
use support::programs::{Port, Reply, TOKEN, eventually, read_until};
use support::upstream::openai::{begun, openai_stream, text};
use support::upstream::{Script, Step};
use tokio::time::Instant;

use super::{House, question, streamed};

/// The design's figure for a provider's connection after its reader left.
const AT_ONCE: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn wall_42_a_client_that_leaves_ends_its_attempt_at_once_and_once() {
    let house = House::with(begun(&["The "]).hold()).await;
    house.allow(100).await;
    // The best of several: this computer may be busy with something else.
    let mut quickest = Duration::MAX;
    for number in 0..8 {
        let mut client = house.port.begin(&streamed()).await;
        read_until(&mut client, "The ").await;
        let left = Instant::now();
        drop(client);
        house.upstream.record(number).await.left().await;
        quickest = quickest.min(left.elapsed());
    }
    assert!(quickest < AT_ONCE, "the provider's connection closed only after {quickest:?}");
    eventually(async || house.ledger().await.0 == 0).await;
    assert_eq!(house.ledger().await, (0, 8), "settled, each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_before_the_first_word_ends_its_attempt_too() {
    let house = House::with(Script::silent().hold()).await;
    house.allow(100).await;
    for (number, body) in [question(), streamed()].iter().enumerate() {
        let client = house.port.begin(body).await;
        let record = house.upstream.record(number).await;
        drop(client);
        record.left().await;
    }
    eventually(async || house.ledger().await.0 == 0).await;
    assert_eq!(house.ledger().await, (0, 2), "they had left and may be billed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stops_reading_holds_the_provider_back_and_is_then_given_up() {
    let chunk = format!("data: {}\n\n", text(&"x".repeat(4_096)));
    let framed = format!("{:x}\r\n{chunk}\r\n", chunk.len());
    let flood = begun(&["The "]).step(Step::WriteForEver(framed.into_bytes()));
    let house = House::with(flood).await;
    house.allow(100).await;
    let patience = Duration::from_millis(400);
    let port = Port::open_with(&house.carrel, Rules { patience, ..Rules::default() }).await;
    let mut client = port.begin(&streamed()).await;
    read_until(&mut client, "The ").await;
    let record = house.upstream.record(0).await;
    record.left().await;
    let taken = record.written();
    assert!(taken < 32 << 20, "{taken} bytes were taken for somebody who reads nothing");
    eventually(async || house.ledger().await.0 == 0).await;
    assert_eq!(house.ledger().await, (0, 1), "and it is settled once");
    drop(client);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_gets_everything() {
    let pieces: Vec<String> = (0..2_000).map(|n| format!("{n} {}", "x".repeat(1_000))).collect();
    let refs: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let house = House::with(openai_stream(&refs)).await;
    let mut client = house.port.begin(&streamed()).await;
    // Two megabytes wait in many places before the first is read.
    house.upstream.record(0).await;
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    let reply = Reply::read(&mut client).await.expect("an answer");
    assert_eq!(reply.said(), pieces.concat(), "nothing is lost by waiting");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_ends_what_programs_ask_and_what_they_may() {
    let house = House::with(begun(&["The "]).hold()).await;
    house.allow(100).await;
    let mut client = house.port.begin(&streamed()).await;
    read_until(&mut client, "The ").await;
    house.carrel.lock(&house.admin, "Mira").await;
    house.upstream.record(0).await.left().await;
    read_until(&mut client, "This desk is locked.").await;
    let refused = house.port.ask(&question()).await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "invalid_api_key"));
    assert_eq!(house.port.get("/v1/models").await.status, 401, "nor that");
    let admin = house.carrel.unlock("Mira", PASSPHRASE, "again").await;
    let limits: engine::api::LimitStandings = admin.ok("read_limits", &Nothing {}).await;
    assert_eq!(
        (limits.limits[0].held, limits.limits[0].spent),
        (0, 1),
        "settled before the files closed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_is_disabled_has_no_programs_any_more() {
    let house = House::with(openai_stream(&["Here."])).await;
    let member = house.carrel.join(&house.admin, "Noor", "noor").await;
    let token = "carrel-token-of-noor-0123456789";
    house.carrel.app.let_in(&member.window, "editor", token).expect("members may");
    let noor = Port::elsewhere(house.port.address, token);
    assert_eq!(noor.ask(&question()).await.status, 200, "as a member");
    let profile = house.carrel.profile("Noor").await;
    let disable = SetDisabled { member: profile, disabled: true };
    let _: Nothing = house.admin.ok("set_disabled", &disable).await;
    let refused = noor.ask(&question()).await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "invalid_api_key"), "at once");
    assert_eq!(house.upstream.questions().len(), 1, "and nothing was sent");
    assert_eq!(house.port.ask(&question()).await.status, 200, "another's program goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_have_no_programs() {
    let house = House::with(openai_stream(&["Here."])).await;
    let guest = house.carrel.window("guest");
    let _: engine::api::DeskState = guest.ok("open_guest", &Nothing {}).await;
    let refused = house.carrel.app.let_in(&guest.window, "notes", "another-token-0123456789");
    let code = refused.expect_err("a guest is anybody").code;
    assert_eq!(code, engine::api::FailureCode::Denied);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_closes_ends_everything_behind_it() {
    let house = House::with(begun(&["The "]).hold()).await;
    house.allow(100).await;
    let other = Port::open_with(&house.carrel, Rules::default()).await;
    let mut client = other.begin(&streamed()).await;
    read_until(&mut client, "The ").await;
    other.close().await;
    house.upstream.record(0).await.left().await;
    eventually(async || house.ledger().await.0 == 0).await;
    assert_eq!(house.ledger().await, (0, 1), "settled once");
    assert_eq!(house.port.get("/v1/models").await.status, 200, "another port goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_ends_in_order_while_programs_ask() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = support::upstream::Upstream::start(begun(&["The "]).hold()).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    let port = Port::open(&carrel, &admin).await;
    assert_eq!(port.token, TOKEN);
    let mut client = port.begin(&streamed()).await;
    read_until(&mut client, "The ").await;
    carrel.app.close().await;
    upstream.record(0).await.left().await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.unlock("Mira", PASSPHRASE, "again").await;
    let examined: engine::api::Examination = admin.ok("examine_desk", &Nothing {}).await;
    assert!(examined.findings.iter().all(|one| one.well), "nothing is left open: {examined:?}");
}
