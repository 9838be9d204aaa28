//! What every program that sees a person's words does before anything else.

use crate::assert_kept;
use crate::house::House;

/// What keeps a panic's text, freed memory and core dumps from telling.
const GUARDS: [&str; 2] = ["engine::guard_memory();", "residue::hide_panic_texts();"];
/// Builds and tests the house, and sees nobody's words.
const EXEMPT: &str = "crates/xtask/";

fn rule(house: &House) -> Vec<String> {
    let mains = house.files("", &["src/main.rs"]);
    let open = mains.filter(|file| {
        !file.path.starts_with(EXEMPT)
            && !file.code().any(|(_, line)| GUARDS.contains(&line.trim()))
    });
    let advice = "starts without a guard: a panic could print what a person wrote; call \
                  `engine::guard_memory()` at the beginning of `main`";
    open.map(|file| format!("{} {advice}", file.path)).collect()
}

#[test]
fn every_program_keeps_what_a_panic_was_about_to_itself() {
    assert_kept(rule);
}

#[test]
fn a_program_without_a_guard_is_found() {
    let found = rule(&House::with_file("crates/endpoint/src/main.rs", "fn main() {}\n"));
    assert_eq!(found.len(), 1, "a new program needs it too: {found:?}");
}
