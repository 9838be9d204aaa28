use super::*;
use domain::{NanoUsd, Usage};
use serde_json::json;

const DAY: &str = "2026-11-23";

fn nothing() -> Catalogue {
    Catalogue { date: String::new(), source: String::new(), vendors: BTreeMap::new() }
}

fn file(rows: Value) -> Vec<u8> {
    serde_json::to_vec(&rows).unwrap()
}

fn row() -> Value {
    json!({
        "litellm_provider": "mistral", "mode": "chat",
        "input_cost_per_token": 4e-07, "output_cost_per_token": 2e-06,
        "input_cost_per_token_above_200k_tokens": 8e-07,
        "max_input_tokens": 131_072, "supports_function_calling": true,
        "deprecation_date": "2027-01-31"
    })
}

/// Writes the shipped snapshot anew; `docs/decisions/0008-price-list.md` says how.
#[test]
fn the_snapshot_is_written_from_the_price_file_that_is_given() {
    let (Ok(from), Ok(date)) =
        (std::env::var("CARREL_PRICE_FILE"), std::env::var("CARREL_PRICE_DATE"))
    else {
        return;
    };
    let found = read(&std::fs::read(from).unwrap(), &date, Catalogue::shipped()).unwrap();
    let at = concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalogue/snapshot.json");
    std::fs::write(at, serde_json::to_string(&found).unwrap() + "\n").unwrap();
}

#[test]
fn a_row_becomes_what_the_model_costs_and_can_do() {
    let read = read(&file(json!({ "mistral/medium": row() })), "2026-11-23", &nothing()).unwrap();
    let facts = read.facts("api.mistral.ai", "medium").unwrap();
    assert!(facts.tools && !facts.images, "{facts:?}");
    assert_eq!(facts.retires.as_deref(), Some("2027-01-31"));
    let usage = |input| Usage { input: Tokens(input), ..Usage::default() };
    let prices = facts.prices.as_ref().unwrap();
    assert_eq!(prices.cost(&usage(1_000)), NanoUsd(400_000), "$0.40 a million");
    assert_eq!(prices.cost(&usage(200_001)), NanoUsd(160_000_800), "and twice that above a size");
}

#[test]
fn a_senseless_price_leaves_the_model_unpriced_and_never_free() {
    for price in [json!(-1e-6), json!(2.0), json!("3e-6"), json!(0), json!(null)] {
        let mut row = row();
        row["input_cost_per_token"] = price.clone();
        row["output_cost_per_token"] = price.clone();
        let read = read(&file(json!({ "mistral/medium": row })), DAY, &nothing()).unwrap();
        let facts = read.facts("api.mistral.ai", "medium").unwrap();
        assert_eq!(facts.prices, None, "{price}");
    }
}

#[test]
fn a_list_that_lost_much_of_what_is_known_is_refused() {
    let known = Catalogue::shipped();
    let small = file(json!({ "mistral/medium": row() }));
    let error = read(&small, DAY, known).unwrap_err();
    assert_eq!(error, ImportError::Shrunken { found: 1, known: known.priced() });
    assert!(matches!(read(b"[]", DAY, known), Err(ImportError::Unreadable(_))), "another file");
    assert!(matches!(read(b"{}", DAY, &nothing()), Err(ImportError::Shrunken { .. })), "nothing");
    let huge = vec![b' '; LARGEST + 1];
    assert_eq!(read(&huge, DAY, known), Err(ImportError::TooLarge), "more than anyone publishes");
}

#[test]
fn a_list_that_forgot_its_prices_is_refused() {
    let known = Catalogue::shipped();
    let mut bare = known.clone();
    for facts in bare.vendors.values_mut().flat_map(BTreeMap::values_mut) {
        facts.prices = None;
    }
    assert!(refuse_shrunken(&bare, known).is_err(), "every model would be without a price");
    assert_eq!(refuse_shrunken(known, known), Ok(()), "the same again is no loss");
}

#[test]
fn a_list_is_of_a_day_that_there_is() {
    let rows = file(json!({ "mistral/medium": row() }));
    for date in
        ["", "yesterday", "2026-13-01", "2026-11-32", "2026-11-00", "2026-1-1", "2026-11-23 "]
    {
        assert_eq!(read(&rows, date, &nothing()), Err(ImportError::Date), "{date}");
    }
}

#[test]
fn a_list_reads_as_it_was_written() {
    let shipped = Catalogue::shipped();
    assert_eq!(Catalogue::from_text(&shipped.to_text()).as_ref(), Some(shipped), "the whole of it");
    assert_eq!(Catalogue::from_text("{}"), None, "another text is none");
}
