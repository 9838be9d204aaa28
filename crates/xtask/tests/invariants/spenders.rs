//! Every path that spends asks the meter first (wall 61): titles, summaries, retries, tools
//! and whatever comes later, because there is no other way out.

use crate::assert_kept;
use crate::house::{House, names};

/// What only one file may do, and what to do instead.
const DOORS: &[(&str, &[&str], &str)] = &[
    (".post(", &["crates/gateway/src/attempt.rs"], "a question leaves through an attempt"),
    ("Attempt {", &["crates/gateway/src/gateway.rs"], "an attempt follows a reservation"),
    ("Hold::reserve(", &["crates/gateway/src/gateway.rs"], "one place reserves"),
];

/// What a person's own meter is, and who may hand questions to the gateway: their turn, their
/// programs and "Try now", which have the same meter.
const METER: &str = "crates/engine/src/turn/meter.rs";
const ASKERS: &[&str] = &[
    "crates/engine/src/turn/run.rs",
    "crates/engine/src/programs/job.rs",
    "crates/engine/src/probe.rs",
];
const ASKS: &[&str] = &["gateway.answer(", "gateway.stream(", "gateway.probe("];

fn rule(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for file in house.files("crates/gateway/src/", &[".rs"]) {
        let in_tests = file.path.ends_with("tests.rs");
        for (number, line) in file.code().filter(|_| !in_tests) {
            let opened = DOORS.iter().find(|(what, owners, _)| {
                let used =
                    if what.starts_with('.') { line.contains(what) } else { names(line, what) };
                used && !line.contains("struct ") && !owners.contains(&file.path.as_str())
            });
            found.extend(opened.map(|(what, _, instead)| {
                format!("{}:{number} must not use `{what}`: {instead}", file.path)
            }));
        }
        found.extend(unmetered(&file.path, &file.text));
    }
    for folder in ["crates/", "src-tauri/"] {
        for file in house.files(folder, &[".rs"]) {
            if file.path.starts_with("crates/gateway/") || file.path.starts_with("crates/xtask/") {
                continue;
            }
            for (number, line) in file.code() {
                if line.contains("impl Meter for") && file.path != METER {
                    found.push(format!("{}:{number}: a desk's meter is {METER}", file.path));
                }
                let asks = ASKS.iter().any(|call| line.contains(call));
                if asks && !ASKERS.contains(&file.path.as_str()) {
                    found.push(format!("{}:{number} asks past the turn and its meter", file.path));
                }
            }
        }
    }
    found
}

/// Public functions that take a question or a call, but no meter.
fn unmetered(path: &str, text: &str) -> Vec<String> {
    let public = text.split("pub async fn ").skip(1);
    let signatures = public.filter_map(|rest| rest.split_once('{').map(|(signature, _)| signature));
    signatures
        .filter(|one| one.contains(": Call,") || one.contains(": Question,"))
        .filter(|one| !one.contains("meter: &dyn Meter"))
        .map(|one| {
            let name = one.split('(').next().unwrap_or_default();
            format!("{path}: `{name}` takes a question without a meter: it could spend unseen")
        })
        .collect()
}

#[test]
fn wall_61_every_path_that_spends_asks_the_meter() {
    assert_kept(rule);
}

#[test]
fn a_way_past_the_meter_is_found() {
    for (path, text) in [
        ("crates/gateway/src/titles.rs", "client.post(url).send()"),
        ("crates/gateway/src/titles.rs", "pub async fn title(&self, call: Call,) -> Title {"),
        ("crates/gateway/src/titles.rs", "let attempt = Attempt { call };"),
        ("crates/engine/src/titles.rs", "impl Meter for Nothing {"),
        ("crates/engine/src/titles.rs", "self.app.gateway.stream(&grant, &meter, call)"),
        ("crates/engine/src/titles.rs", "self.app.gateway.probe(&route, question, &meter)"),
    ] {
        let found = rule(&House::with_file(path, text));
        assert_eq!(found.len(), 1, "{text}: {found:?}");
    }
    let fine = "pub async fn ask(&self, meter: &dyn Meter, call: Call,) {";
    let found = rule(&House::with_file("crates/gateway/src/gateway.rs", fine));
    assert_eq!(found, Vec::<String>::new(), "with a meter it may");
}
