//! What admins say of models and their prices, and who else would like to.

use domain::{Limit, LimitMeasure, LimitScope};
use domain::{
    MillionPrice, ModelRef, NanoUsd, Override, PriceOverride, ProviderId, Role, Span, Tokens,
};
use policy::Action;
use workspace::{Ceiling, Limits, Prospect, Refusal, Shortfall, Wish, WorkspaceError};

use crate::support::{House, NOW, Person, refusal, root_only};

fn model(provider: ProviderId) -> ModelRef {
    ModelRef { provider, model: "model-a".into() }
}

fn costs(dollars: i64) -> Override {
    let price = NanoUsd(dollars * 1_000_000_000);
    let price = MillionPrice { input: price, output: price, cached: None, write: None };
    Override { price: PriceOverride::Set { price }, ..Override::default() }
}

async fn own(house: &House, model: &ModelRef) -> Option<Override> {
    house.workspace.catalogue().await.unwrap().overrides.get(model).copied()
}

#[tokio::test]
async fn what_an_admin_says_of_a_model_holds_for_everyone_and_can_be_taken_back() {
    let house = House::new();
    let (_mira, hers, _) = house.join("Mira", Role::Member).await;
    let model = model(house.save_provider("Example", None).await);
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let say = |own| house.workspace.save_override(&grant, model.clone(), own, NOW);
    say(Some(costs(3))).await.unwrap();
    let read = hers.catalogue().await.unwrap().overrides;
    assert_eq!(read.get(&model), Some(&costs(3)), "whoever is open reads it");
    say(Some(costs(4))).await.unwrap();
    assert_eq!(own(&house, &model).await, Some(costs(4)), "the newest counts");
    say(None).await.unwrap();
    assert_eq!(own(&house, &model).await, None, "as listed again");
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, None, "each of it is recorded");
}

#[tokio::test]
async fn a_member_says_nothing_of_prices_whatever_grant_they_show() {
    let house = House::new();
    let (mut mira, hers, _) = house.join("Mira", Role::Member).await;
    let model = model(house.save_provider("Example", None).await);
    let foreign = house.ada.may_here(Action::ProviderConfigure);
    let said = hers.save_override(&foreign, model.clone(), Some(costs(0)), NOW).await;
    assert!(matches!(said, Err(WorkspaceError::WrongGrant)), "grants belong to a person");
    // As if the check before had a hole and took her for an admin.
    mira.role = Role::Admin;
    let grant = mira.may_here(Action::ProviderConfigure);
    let said = hers.save_override(&grant, model.clone(), Some(costs(0)), NOW).await;
    assert_eq!(refusal(said).1, Refusal::NotAllowed, "the documents do not believe a grant");
    let brought = hers.import_price_list(&grant, "2026-11-23".into(), "{}".into(), NOW).await;
    assert_eq!(refusal(brought).1, Refusal::NotAllowed, "nor for a whole list");
    let dropped = hers.drop_price_list(&grant, NOW).await;
    assert_eq!(refusal(dropped).1, Refusal::NotAllowed, "nor to lose one");
    assert_eq!(own(&house, &model).await, None, "and nothing was written");
    assert_eq!(house.workspace.price_list().await.unwrap(), None, "of either");
}

#[tokio::test]
async fn a_price_that_was_edited_in_the_file_is_refused_by_name() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let model = model(house.save_provider("Example", None).await);
    let grant = house.ada.may_here(Action::ProviderConfigure);
    house.workspace.save_override(&grant, model.clone(), Some(costs(3)), NOW).await.unwrap();
    let pins = house.workspace.pins();
    house
        .tamper(&mira, |tx| {
            let edit = "UPDATE document SET text = replace(text, '3000000000', '1000')";
            assert!(tx.execute(edit, [])? > 0, "the price stands in the text");
            Ok(())
        })
        .await;
    let (document, reason) = refusal(house.open(&house.ada, &pins));
    let name = format!("override {}/{}", model.provider, model.model);
    assert_eq!((document, reason), (name.clone(), Refusal::Replaced), "Ada had seen the true one");
    let (document, reason) = refusal(house.open(&house.ada, &root_only(&pins)));
    assert_eq!((document, reason), (name, Refusal::Forged), "and who had not sees the forgery");
}

#[tokio::test]
async fn a_price_list_is_believed_only_as_it_was_signed() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let bring = |date: &str, text: &str| {
        house.workspace.import_price_list(&grant, date.into(), text.into(), NOW)
    };
    bring("2026-11-23", "old prices").await.unwrap();
    bring("2026-11-26", "new prices").await.unwrap();
    let (list, text) = hers.price_list().await.unwrap().unwrap();
    assert_eq!((list.date.as_str(), text.as_str()), ("2026-11-26", "new prices"), "the newest");
    assert_eq!(list.imported_at, NOW, "and since when");
    house
        .tamper(&mira, |tx| tx.execute("UPDATE price_list SET text = 'free'", []).map(|_| ()))
        .await;
    let (document, reason) = refusal(hers.price_list().await);
    assert_eq!((document.as_str(), reason), ("price list workspace", Refusal::Replaced), "edited");
    house.tamper(&mira, |tx| tx.execute("DELETE FROM price_list", []).map(|_| ())).await;
    assert_eq!(refusal(hers.price_list().await).1, Refusal::Missing, "removed");
    bring("2026-11-26", "new prices").await.unwrap();
    assert!(hers.price_list().await.unwrap().is_some(), "an admin brings it again");
    house.workspace.drop_price_list(&grant, NOW).await.unwrap();
    assert_eq!(hers.price_list().await.unwrap(), None, "and takes it back");
}

#[tokio::test]
async fn a_price_list_comes_along_when_the_workspace_changes_its_key() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let grant = house.ada.may_here(Action::ProviderConfigure);
    house
        .workspace
        .import_price_list(&grant, "2026-11-26".into(), "prices".into(), NOW)
        .await
        .unwrap();
    let out = house.ada.may_about(Action::ProfileDisable, &mira);
    house.workspace.set_disabled(&out, mira.profile, true, NOW).await.unwrap();
    let (_, text) = house.workspace.price_list().await.unwrap().unwrap();
    assert_eq!(text, "prices", "it lies in the new file");
}

/// A short answer at this price for the input and each token of output.
fn asking(model: &ModelRef, price: Option<i64>) -> Prospect {
    let price = price.map(|nano| Ceiling { input: NanoUsd(nano), per_output: 1_000 });
    let wish = Wish { input: Tokens(1), output: Tokens(256), least: Tokens(256), price };
    Prospect { model: model.clone(), key: None, wish }
}

async fn in_the_way(house: &House, person: &Person, asked: Prospect) -> Option<Shortfall> {
    let answers = house.workspace.shortfalls(person.role, vec![asked], NOW).await.unwrap();
    answers.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_limit_says_beforehand_which_models_it_would_stop_and_holds_nothing() {
    let house = House::new();
    let (paid, other) = (
        model(house.save_provider("Paid", None).await),
        model(house.save_provider("Other", None).await),
    );
    let measure = LimitMeasure::Money { span: Span::Month };
    let limit = Limit::new(LimitScope::Model { model: paid.clone() }, measure, 1_000);
    let grant = house.ada.may_here(Action::BudgetSet);
    let limits = Limits { limits: vec![limit.clone()], ..Default::default() };
    house.workspace.set_limits(&grant, limits.clone(), NOW).await.unwrap();
    let dear = in_the_way(&house, &house.ada, asking(&paid, Some(5_000))).await;
    assert_eq!(dear, Some(Shortfall::TooLarge { limit }), "it does not even fit once");
    assert_eq!(in_the_way(&house, &house.ada, asking(&paid, Some(100))).await, None, "it fits");
    assert_eq!(in_the_way(&house, &house.ada, asking(&other, Some(5_000))).await, None, "another");
    assert_eq!(in_the_way(&house, &house.ada, asking(&paid, None)).await, None, "not blocked");
    let limits = Limits { block_unpriced: true, ..limits };
    house.workspace.set_limits(&grant, limits, NOW).await.unwrap();
    let unpriced = in_the_way(&house, &house.ada, asking(&paid, None)).await;
    assert_eq!(unpriced, Some(Shortfall::Unpriced), "blocked without a price");
    let used = house.workspace.standings(NOW).await.unwrap().used;
    assert_eq!((used[0].tally.held, used[0].tally.spent), (0, 0), "nobody was charged");
}
