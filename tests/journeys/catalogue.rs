//! What models cost and can do: an admin's own values, newer price lists, and what the picker
//! says of a model that would not answer.

use domain::{
    Dialect, Limit, LimitMeasure, LimitScope, MillionPrice, ModelRef, NanoUsd, Override,
    PriceOverride, Span, Tokens,
};
use engine::api::{
    Catalogue, CatalogueImport, CatalogueRow, FailureCode, ImportCatalogue, LimitStandings,
    ModelList, ModelView, Nothing, ProviderView, Question, SaveOverride, SaveProvider,
    WorkspaceLimits,
};
use serde_json::json;
use support::people::{Carrel, PASSPHRASE, Person};
use support::prices::{price_file, price_rows};
use support::upstream::openai::openai_stream;
use support::upstream::{Script, Upstream};

const DOLLAR: NanoUsd = NanoUsd(1_000_000_000);
/// After the day of the shipped list, before that of the tests' clock.
const NEWER: &str = "2026-11-24";

/// $1 for a million tokens of input, $10 of output: an answer of the scripted provider reads
/// 12 and writes 5.
fn price() -> MillionPrice {
    let output = NanoUsd(10 * DOLLAR.0);
    MillionPrice { input: DOLLAR, output, cached: None, write: None }
}

fn set(price: MillionPrice) -> Override {
    Override { price: PriceOverride::Set { price }, ..Override::default() }
}

async fn say(admin: &Person, model: &ModelRef, own: Option<Override>) -> Catalogue {
    admin.ok("save_override", &SaveOverride { model: model.clone(), own }).await
}

async fn row(person: &Person, model: &ModelRef) -> CatalogueRow {
    let catalogue: Catalogue = person.ok("read_catalogue", &Nothing {}).await;
    catalogue.models.into_iter().find(|row| row.model == *model).expect("it is offered")
}

async fn view(person: &Person, model: &ModelRef) -> ModelView {
    let list: ModelList = person.ok("list_models", &Nothing {}).await;
    list.models.into_iter().find(|view| view.model == *model).expect("it is offered")
}

/// What the card of an answer says that it cost.
async fn cost(person: &Person) -> Option<NanoUsd> {
    person.ask_new("Why?").await.1.message.provenance.expect("a card").cost
}

async fn limits(admin: &Person, limits: Vec<Limit>, block_unpriced: bool) -> LimitStandings {
    admin
        .ok("write_limits", &WorkspaceLimits { limits, block_unpriced, ..Default::default() })
        .await
}

fn limit(measure: LimitMeasure, most: u64) -> Limit {
    Limit::new(LimitScope::Workspace {}, measure, most)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_admin_says_a_model_costs_is_booked_and_shown_from_the_next_call_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.add_provider(&upstream.base_url()).await;
    let member = carrel.join(&admin, "Noor", "member").await;
    let money = limit(LimitMeasure::Money { span: Span::Month }, 1_000_000_000);
    limits(&admin, vec![money], false).await;
    assert_eq!(cost(&member).await, Some(NanoUsd(0)), "a server on this machine sends no bill");

    say(&admin, &model, Some(set(price()))).await;
    assert_eq!(cost(&member).await, Some(NanoUsd(62_000)), "12 for $1 and 5 for $10 a million");
    let standings: LimitStandings = admin.ok("read_limits", &Nothing {}).await;
    let booked = (standings.limits[0].held, standings.limits[0].spent, standings.overruns);
    assert_eq!(booked, (0, 62_000, 0), "the ledger counts the same, within what it held");
    let shown = row(&member, &model).await;
    assert_eq!(shown.own, Some(set(price())), "a member sees what an admin said");
    assert_eq!(shown.facts.price, Some(price()), "what holds");
    assert_eq!(shown.listed.price, Some(MillionPrice::default()), "and what would");
    assert_eq!(view(&member, &model).await.price, Some(price()), "in the picker, too");
    carrel.app.close().await;

    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.unlock("Mira", PASSPHRASE, "again").await;
    assert_eq!(cost(&admin).await, Some(NanoUsd(62_000)), "it is signed and stays");
    say(&admin, &model, None).await;
    assert_eq!(cost(&admin).await, Some(NanoUsd(0)), "as listed again");
    assert_eq!(row(&admin, &model).await.own, None, "nothing is left of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_an_admin_calls_unpriced_is_blocked_where_such_models_are() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.add_provider(&upstream.base_url()).await;
    let unpriced = Override { price: PriceOverride::Unpriced {}, ..Override::default() };
    say(&admin, &model, Some(unpriced)).await;
    assert_eq!(cost(&admin).await, None, "nobody knows, and that is not nothing");
    assert_eq!(view(&admin, &model).await.trouble, None, "allowed by policy");
    limits(&admin, Vec::new(), true).await;
    let trouble = view(&admin, &model).await.trouble.expect("blocked by policy");
    assert_eq!(trouble.code, FailureCode::LimitReached);
    assert!(trouble.message.starts_with("The price of this model is not known"), "{trouble:?}");
    let asked = admin.ask(Question::NewChat { text: "Why?".into() }).await.expect("accepted");
    let failure = asked.settled().await.1.expect("it is not sent");
    assert_eq!(failure.message, trouble.message, "the picker said the same before");
    assert_eq!(upstream.questions().len(), 1, "nothing left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_makes_no_sense_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.add_provider("https://api.openai.com/v1").await;
    for nano in [-1_000, 1, MillionPrice::MOST.0 + 1_000, i64::MAX, i64::MIN] {
        let own = Some(set(MillionPrice { output: NanoUsd(nano), ..price() }));
        let request = SaveOverride { model: model.clone(), own };
        let failure = admin.fails("save_override", &request).await;
        assert_eq!(failure.code, FailureCode::Invalid, "{nano}");
        assert!(failure.message.contains("$10,000 for a million tokens"), "{failure:?}");
    }
    let strange = |input: serde_json::Value| {
        json!({ "model": model, "own": { "price": { "kind": "set", "price":
            { "input": input, "output": 1, "cached": null, "write": null } },
            "context": null, "images": null, "tools": null, "reasoning": null,
            "structured": null } })
    };
    // JSON has no NaN; what JavaScript makes of it, and what else is no whole number.
    for input in [json!(null), json!("NaN"), json!(0.5), json!(1e300)] {
        let failure = admin.fails("save_override", &strange(input)).await;
        assert_eq!(failure.code, FailureCode::Invalid, "{failure:?}");
    }
    let own = Some(Override { context: Some(Tokens(0)), ..Override::default() });
    let failure = admin.fails("save_override", &SaveOverride { model: model.clone(), own }).await;
    assert!(failure.message.contains("1,000,000,000 tokens"), "{failure:?}");
    let gone = ModelRef { model: "never-offered".into(), ..model.clone() };
    let request = SaveOverride { model: gone, own: Some(set(price())) };
    assert_eq!(admin.fails("save_override", &request).await.code, FailureCode::NoModel);
    assert_eq!(row(&admin, &model).await.own, None, "nothing was kept of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_read_the_catalogue_and_only_admins_change_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.add_provider("https://api.openai.com/v1").await;
    let member = carrel.join(&admin, "Noor", "member").await;
    assert!(row(&member, &model).await.may_change, "it could be changed, by an admin");
    let request = SaveOverride { model, own: Some(set(price())) };
    assert_eq!(member.fails("save_override", &request).await.code, FailureCode::Denied);
    let import = ImportCatalogue { text: "{}".into(), date: NEWER.into(), accept: true };
    assert_eq!(member.fails("import_catalogue", &import).await.code, FailureCode::Denied);
    assert_eq!(member.fails("drop_catalogue", &Nothing {}).await.code, FailureCode::Denied);
}

/// OpenAI's `gpt-4o` by its true address; nobody is called there.
async fn gpt(admin: &Person) -> ModelRef {
    let request = SaveProvider {
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        id: None,
        label: "OpenAI".to_owned(),
        dialect: Dialect::OpenAi,
        base_url: "https://api.openai.com/v1".to_owned(),
        key: None,
        models: vec!["gpt-4o".to_owned()],
        for_guests: false,
        make_usual: true,
    };
    let saved: ProviderView = admin.ok("save_provider", &request).await;
    ModelRef { provider: saved.id, model: "gpt-4o".to_owned() }
}

async fn import(admin: &Person, text: String, accept: bool) -> CatalogueImport {
    let request = ImportCatalogue { text, date: NEWER.to_owned(), accept };
    admin.ok("import_catalogue", &request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_price_list_is_taken_and_an_implausible_one_only_if_it_is_meant() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = gpt(&admin).await;
    let member = carrel.join(&admin, "Noor", "member").await;
    let shipped: Catalogue = admin.ok("read_catalogue", &Nothing {}).await;
    assert_eq!((shipped.imported_at, &shipped.date), (None, &shipped.shipped), "as it came");

    let mut rows = price_rows();
    rows["openai/gpt-4o"]["input_cost_per_token"] = json!(3e-6);
    let taken = import(&admin, price_file(&rows), false).await;
    assert_eq!((taken.taken, taken.repriced > 0, taken.lost), (true, true, 0), "{taken:?}");
    let after: Catalogue = member.ok("read_catalogue", &Nothing {}).await;
    assert!(after.date == NEWER && after.imported_at.is_some(), "everyone sees whence: {after:?}");
    let input = row(&member, &model).await.facts.price.expect("listed").input;
    assert_eq!(input, NanoUsd(3 * DOLLAR.0), "$3 from now on");

    rows["openai/gpt-4o"]["input_cost_per_token"] = json!(3e-9);
    let doubted = import(&admin, price_file(&rows), false).await;
    assert!(!doubted.taken, "a thousandth of the price is a typing error");
    let doubt = doubted.doubted.iter().find(|one| one.model == "gpt-4o").expect("it is named");
    assert_eq!((doubt.before.input.0, doubt.after.input.0), (3_000_000_000, 3_000_000));
    assert_eq!(row(&admin, &model).await.facts.price.expect("listed").input, input, "unchanged");
    assert!(import(&admin, price_file(&rows), true).await.taken, "unless an admin means it");
    assert_eq!(row(&admin, &model).await.facts.price.expect("listed").input.0, 3_000_000);
    carrel.app.close().await;

    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.unlock("Mira", PASSPHRASE, "again").await;
    assert_eq!(row(&admin, &model).await.facts.price.expect("listed").input.0, 3_000_000, "kept");
    let reset: Catalogue = admin.ok("drop_catalogue", &Nothing {}).await;
    assert_eq!(reset, shipped, "and the shipped list is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_file_that_cannot_be_right_is_refused_and_changes_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let before: Catalogue = admin.ok("read_catalogue", &Nothing {}).await;
    let rows = price_rows();
    let half: serde_json::Map<_, _> =
        rows.iter().take(rows.len() / 2).map(|(name, row)| (name.clone(), row.clone())).collect();
    for (text, date, word) in [
        (price_file(&half), NEWER, "where the one in use knows"),
        ("[]".to_owned(), NEWER, "not LiteLLM's price file"),
        (" ".repeat(engine::api::MAX_PRICE_FILE_BYTES + 1), NEWER, "at most 16 MiB"),
        (price_file(&rows), "yesterday", "is of a day"),
        (price_file(&rows), "2025-01-01", "which is newer"),
        (price_file(&rows), "2999-01-01", "day to come"),
    ] {
        let request = ImportCatalogue { text, date: date.to_owned(), accept: true };
        let failure = admin.fails("import_catalogue", &request).await;
        assert_eq!(failure.code, FailureCode::Invalid, "{failure:?}");
        assert!(failure.message.contains(word), "{failure:?}");
        assert!(failure.message.ends_with("Nothing was changed."), "{failure:?}");
    }
    assert_eq!(admin.ok::<_, Catalogue>("read_catalogue", &Nothing {}).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picker_says_why_a_model_would_not_answer() {
    let dir = tempfile::tempdir().expect("a folder");
    let (one, other) = (openai_stream(&["One."]), openai_stream(&["Other."]));
    let (one, other) = (Upstream::start(one).await, Upstream::start(other).await);
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let refused = admin.offer("One", &one.base_url(), true).await;
    let limited = admin.offer("Other", &other.base_url(), false).await;
    assert_eq!(view(&admin, &refused).await.trouble, None, "nothing is known against it");

    let no = r#"{"error":{"message":"no","code":"invalid_api_key"}}"#;
    one.next(Script::json(401, no));
    let asked = admin.ask(Question::NewChat { text: "Why?".into() }).await.expect("accepted");
    let failure = asked.settled().await.1.expect("its key is refused");
    let trouble = view(&admin, &refused).await.trouble.expect("so it rests");
    let unquoted = failure.message.split(" It said:").next().unwrap_or_default();
    assert_eq!((trouble.code, trouble.message.as_str()), (FailureCode::BadKey, unquoted));
    assert!(trouble.retry_at.is_some(), "until when: {trouble:?}");
    assert_eq!(view(&admin, &refused).await.unavailable, None, "it can be chosen all the same");

    let scope = LimitScope::Model { model: limited.clone() };
    let measure = LimitMeasure::Tokens { span: Span::Day };
    limits(&admin, vec![Limit::new(scope, measure, 200)], false).await;
    let trouble = view(&admin, &limited).await.trouble.expect("it is limited");
    assert_eq!(trouble.code, FailureCode::LimitReached);
    assert!(trouble.message.contains("200 tokens a day"), "{trouble:?}");
}
