//! Tokens that a person gives their programs, and the port that opens for them.

use std::net::SocketAddr;

use engine::api::{FailureCode, MadeProgram, MakeProgram, Nothing, OneProgram, ProgramList};
use support::people::{Carrel, PASSPHRASE, Person};
use support::programs::{Port, eventually, read_until};
use support::upstream::openai::{begun, openai_stream};

use super::{House, question, streamed};

fn keep_a_port_open(carrel: &Carrel) -> tokio::task::JoinHandle<()> {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    tokio::spawn(endpoint::keep_open(carrel.app.clone(), any))
}

async fn make(person: &Person, name: &str) -> MadeProgram {
    person
        .ok(
            "make_program",
            &MakeProgram { name: name.to_owned(), class: domain::DataClass::Internal },
        )
        .await
}

async fn listed(person: &Person) -> ProgramList {
    person.ok("list_programs", &Nothing {}).await
}

/// The port that the list names, for a program with this token.
fn port_of(list: &ProgramList, token: &str) -> Port {
    let url = list.base_url.as_deref().expect("the port is open");
    let address = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/v1"));
    Port::elsewhere(address.and_then(|text| text.parse().ok()).expect("an address"), token)
}

/// The same for a house of its own: its desk knows no program beside those of the test.
async fn house(script: support::upstream::Script) -> (House, Person) {
    let house = House::with(script).await;
    let person = house.carrel.join(&house.admin, "Noor", "noor").await;
    (house, person)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_the_port_and_counts_until_it_is_taken_back() {
    let (house, noor) = house(openai_stream(&["Here."])).await;
    assert_eq!(listed(&noor).await.base_url, None, "nobody listens yet");
    let keeping = keep_a_port_open(&house.carrel);
    let MadeProgram { token, list } = make(&noor, "Notes").await;
    let notes = port_of(&list, &token);
    assert_eq!(notes.ask(&question()).await.status, 200, "it is answered");
    let other = make(&noor, "Editor").await;
    let editor = port_of(&other.list, &other.token);
    assert_eq!(editor.ask(&question()).await.status, 200, "each has its own");
    let id = list.programs[0].id;
    let left: ProgramList = noor.ok("revoke_program", &OneProgram { id }).await;
    assert_eq!(left.programs.len(), 1, "one is left");
    let refused = notes.ask(&question()).await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "invalid_api_key"), "at once");
    assert_eq!(editor.ask(&question()).await.status, 200, "the other one goes on");
    let again = noor.fails("revoke_program", &OneProgram { id }).await;
    assert_eq!(again.code, FailureCode::NotFound, "it is gone");
    keeping.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_a_token_back_ends_what_it_asks() {
    let (house, noor) = house(begun(&["The "]).hold()).await;
    let keeping = keep_a_port_open(&house.carrel);
    let MadeProgram { token, list } = make(&noor, "Notes").await;
    let mut client = port_of(&list, &token).begin(&streamed()).await;
    read_until(&mut client, "The ").await;
    let _: ProgramList = noor.ok("revoke_program", &OneProgram { id: list.programs[0].id }).await;
    house.upstream.record(0).await.left().await;
    keeping.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_desk_answers_nobody_and_the_same_token_opens_with_it_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = support::upstream::Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    let keeping = keep_a_port_open(&carrel);
    let MadeProgram { token, list } = make(&admin, "Notes").await;
    let notes = port_of(&list, &token);
    assert_eq!(notes.ask(&question()).await.status, 200);
    carrel.lock(&admin, "Mira").await;
    let reply = notes.ask(&question()).await;
    assert_eq!(reply.status, 401, "nobody else can sit there meanwhile: {}", reply.text());
    let admin = carrel.unlock("Mira", PASSPHRASE, "again").await;
    let list = listed(&admin).await;
    assert_eq!(list.programs.len(), 1, "it is kept");
    assert_eq!(port_of(&list, &token).ask(&question()).await.status, 200, "and counts again");
    carrel.app.close().await;
    keeping.abort();

    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.unlock("Mira", PASSPHRASE, "later").await;
    let keeping = keep_a_port_open(&carrel);
    let asked = async || listed(&admin).await.base_url.is_some();
    eventually(asked).await;
    let list = listed(&admin).await;
    assert_eq!(port_of(&list, &token).ask(&question()).await.status, 200, "after a restart, too");
    keeping.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_somebody_else_has_is_told() {
    let house = House::with(openai_stream(&["Here."])).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let keeping = tokio::spawn(endpoint::keep_open(house.carrel.app.clone(), address));
    let told = async || listed(&house.admin).await.trouble.is_some();
    eventually(told).await;
    let list = listed(&house.admin).await;
    let trouble = list.trouble.expect("it is told");
    assert!(trouble.contains(&address.port().to_string()), "which one: {trouble}");
    assert_eq!(list.base_url, None, "nobody is answered there");
    keeping.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_checked_and_guests_give_no_tokens() {
    let house = House::with(openai_stream(&["Here."])).await;
    make(&house.admin, "Notes").await;
    for name in ["", "  ", "Notes", "a\nb", &"x".repeat(61)] {
        let wanted = MakeProgram { name: name.to_owned(), class: domain::DataClass::Internal };
        let failure = house.admin.fails("make_program", &wanted).await;
        assert_eq!(failure.code, FailureCode::Invalid, "{name:?}");
    }
    let guest = house.carrel.window("guest");
    let _: engine::api::DeskState = guest.ok("open_guest", &Nothing {}).await;
    let wanted = MakeProgram { name: "Mine".to_owned(), class: domain::DataClass::Internal };
    assert_eq!(guest.fails("make_program", &wanted).await.code, FailureCode::Denied);
    assert_eq!(guest.fails("list_programs", &Nothing {}).await.code, FailureCode::Denied);
    let other = house.carrel.join(&house.admin, "Noor", "noor").await;
    let id = listed(&house.admin).await.programs.first().expect("one").id;
    let foreign = other.fails("revoke_program", &OneProgram { id }).await;
    assert_eq!(foreign.code, FailureCode::NotFound, "another's looks like none");
}
