//! Routes: signed by admins, named once, and limited by their name.

use domain::{
    AttemptId, Finish, Limit, LimitMeasure, LimitScope, ModelRef, ProviderId, Role, RouteId,
    RouteStep, Span, Strategy, Tokens, TurnId,
};
use policy::{Action, ModelFacts, Resource};
use workspace::{
    AttemptEnd, AttemptStart, Ceiling, GuestOffer, Limits, NewProvider, NewRoute, Refusal, Route,
    Shortfall, Wish, WorkspaceError,
};

use crate::support::{House, NOW, Person, provider, refusal, root_only};

fn model(n: u8) -> ModelRef {
    ModelRef { provider: ProviderId::new(NOW, [n; 10]), model: format!("model-{n}") }
}

fn wanted(name: &str) -> NewRoute {
    NewRoute {
        id: RouteId::new(NOW, sealed::random_bytes()),
        name: name.into(),
        strategy: Strategy::Weighted,
        candidates: vec![
            RouteStep { weight: 3, temperature: Some(70), ..RouteStep::new(model(1)) },
            RouteStep { max_output: Some(Tokens(2_000)), ..RouteStep::new(model(2)) },
        ],
        on_overflow: vec![RouteStep::new(model(3))],
        on_refusal: Vec::new(),
        make_usual: false,
    }
}

async fn save(house: &House, wanted: NewRoute) -> Result<Route, WorkspaceError> {
    let grant = house.ada.may_here(Action::ProviderConfigure);
    house.workspace.save_route(&grant, wanted, NOW).await
}

async fn names(workspace: &workspace::Workspace) -> Vec<String> {
    workspace.routes().await.unwrap().into_iter().map(|route| route.name).collect()
}

#[tokio::test]
async fn a_route_is_signed_versioned_and_seen_by_members() {
    let house = House::new();
    let (_, hers, _) = house.join("Mira", Role::Member).await;
    let first = wanted("Everyday");
    let saved = save(&house, first.clone()).await.unwrap();
    assert_eq!((saved.version, saved.saved_by), (1, Some(house.ada.profile)), "who and how often");
    save(&house, wanted("Careful")).await.unwrap();
    let again = NewRoute { strategy: Strategy::Cheapest, ..first.clone() };
    let changed = save(&house, again).await.unwrap();
    assert_eq!((changed.version, changed.strategy), (2, Strategy::Cheapest), "the same route");
    assert_eq!(names(&hers).await, ["Everyday", "Careful"], "in the order they were made");
    let seen = &hers.routes().await.unwrap()[0];
    assert_eq!(seen.candidates, first.candidates, "with its terms");
    assert_eq!(seen.on_overflow, first.on_overflow, "and its other lists");
    let pins = house.workspace.pins();
    house.workspace.close().await;
    let (opened, _) = house.open(&house.ada, &pins).unwrap();
    assert_eq!(names(&opened).await, ["Everyday", "Careful"], "after a restart too");
    assert_eq!(opened.verify_audit().await.unwrap().fault, None, "and the record holds");
}

#[tokio::test]
async fn a_member_saves_and_removes_no_route() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let saved = save(&house, wanted("Everyday")).await.unwrap();
    // A member's own process may claim any role: the documents know better.
    let posing = Person { role: Role::Admin, ..copy(&mira) };
    let grant = posing.may_here(Action::ProviderConfigure);
    let mine = wanted("Mine");
    let id = mine.id;
    let (document, reason) = refusal(hers.save_route(&grant, mine, NOW).await);
    assert_eq!(
        (document, reason),
        (format!("route {id}"), Refusal::NotAllowed),
        "not hers to sign"
    );
    let (document, reason) = refusal(hers.remove_route(&grant, saved.id, NOW).await);
    assert_eq!(
        (document, reason),
        (format!("route {}", saved.id), Refusal::NotAllowed),
        "nor to remove"
    );
    let other = house.ada.may_here(Action::ProviderConfigure);
    let result = hers.save_route(&other, wanted("Mine"), NOW).await;
    assert!(matches!(result, Err(WorkspaceError::WrongGrant)), "grants belong to a person");
    assert_eq!(names(&house.workspace).await, ["Everyday"], "nothing was changed");
}

fn copy(person: &Person) -> Person {
    Person {
        profile: person.profile,
        name: person.name,
        role: person.role,
        signing: sealed::SigningKey::from_seed(person.signing.seed()),
        recipient: sealed::RecipientKey::from_bytes(person.recipient.bytes()),
    }
}

#[tokio::test]
async fn a_forged_route_is_refused_by_name() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let saved = save(&house, wanted("Everyday")).await.unwrap();
    let pins = house.workspace.pins();
    house
        .tamper(&mira, |tx| {
            // Mira leads everyone's questions to a model of her own.
            tx.execute("UPDATE document SET text = replace(text, 'model-1', 'model-9')", [])?;
            Ok(())
        })
        .await;
    let (document, reason) = refusal(house.open(&house.ada, &pins));
    assert_eq!(document, format!("route {}", saved.id), "the error names what was changed");
    assert_eq!(reason, Refusal::Replaced, "Ada had seen another version");
    let (_, reason) = refusal(house.open(&house.ada, &root_only(&pins)));
    assert_eq!(reason, Refusal::Forged, "and even who had seen nothing sees the forgery");
}

#[tokio::test]
async fn an_older_route_put_back_is_refused_by_name() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let first = save(&house, wanted("Everyday")).await.unwrap();
    let safer =
        NewRoute { id: first.id, candidates: vec![RouteStep::new(model(2))], ..wanted("Everyday") };
    save(&house, safer).await.unwrap();
    let pins = house.workspace.pins();
    house
        .tamper(&mira, |tx| {
            tx.execute(
                "DELETE FROM document WHERE position = (SELECT max(position) FROM document)",
                [],
            )?;
            Ok(())
        })
        .await;
    let (document, reason) = refusal(house.open(&house.ada, &pins));
    assert_eq!((document, reason), (format!("route {}", first.id), Refusal::Older), "by name");
}

#[tokio::test]
async fn no_two_routes_have_the_same_name_and_a_removed_one_frees_its() {
    let house = House::new();
    let first = save(&house, wanted("Everyday")).await.unwrap();
    let twin = save(&house, wanted("EVERYDAY")).await;
    assert!(matches!(twin, Err(WorkspaceError::NameTaken)), "limits could not tell them apart");
    let other = save(&house, wanted("Careful")).await.unwrap();
    let renamed = save(&house, NewRoute { id: other.id, ..wanted("everyday") }).await;
    assert!(matches!(renamed, Err(WorkspaceError::NameTaken)), "nor by renaming");
    save(&house, NewRoute { id: first.id, ..wanted("everyday") }).await.unwrap();
    let grant = house.ada.may_here(Action::ProviderConfigure);
    house.workspace.remove_route(&grant, first.id, NOW).await.unwrap();
    assert_eq!(names(&house.workspace).await, ["Careful"], "it is gone");
    let gone = house.workspace.remove_route(&grant, first.id, NOW).await;
    assert!(matches!(gone, Err(WorkspaceError::NotFound)), "once");
    save(&house, wanted("Everyday")).await.unwrap();
    assert_eq!(names(&house.workspace).await, ["Careful", "Everyday"], "the name is free again");
}

#[tokio::test]
async fn the_usual_way_is_a_route_or_a_model_whichever_was_set_last() {
    let house = House::new();
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let usual = async || house.workspace.usual_route().await.unwrap();
    assert_eq!(usual().await, None, "none at first");
    let made = save(&house, NewRoute { make_usual: true, ..wanted("Everyday") }).await.unwrap();
    assert_eq!(usual().await, Some(made.id), "as the admin wanted");
    save(&house, NewRoute { id: made.id, ..wanted("Everyday") }).await.unwrap();
    assert_eq!(usual().await, Some(made.id), "a later change leaves that alone");
    house.workspace.set_usual_model(&grant, Some(model(1)), NOW).await.unwrap();
    assert_eq!(usual().await, None, "a model takes its place");
    save(&house, NewRoute { id: made.id, make_usual: true, ..wanted("Everyday") }).await.unwrap();
    house.workspace.remove_route(&grant, made.id, NOW).await.unwrap();
    assert_eq!(usual().await, None, "a removed route is nobody's usual way");
    assert_eq!(house.workspace.usual_model().await.unwrap(), Some(model(1)), "the model is left");
}

#[tokio::test]
async fn a_route_keeps_its_limits_and_what_was_used_of_them_under_another_name() {
    let house = House::new();
    let made = save(&house, wanted("Everyday")).await.unwrap();
    let limit = |route: &str| {
        let measure = LimitMeasure::Requests { span: Span::Day };
        Limit::new(LimitScope::Route { route: route.into() }, measure, 1)
    };
    let limits = Limits { limits: vec![limit("Everyday"), limit("Careful")], ..Default::default() };
    let set = house.ada.may_here(Action::BudgetSet);
    house.workspace.set_limits(&set, limits, NOW).await.unwrap();
    ask(&house, "Everyday").await.unwrap();
    assert!(spent(&ask(&house, "Everyday").await), "one a day");
    save(&house, NewRoute { id: made.id, ..wanted("Daily") }).await.unwrap();
    let kept = house.workspace.limits().await.unwrap().limits;
    assert_eq!(kept, [limit("Daily"), limit("Careful")], "the limit goes along");
    assert!(spent(&ask(&house, "Daily").await), "a new name is no new budget");
    ask(&house, "Everyday").await.unwrap();
    ask(&house, "Everyday").await.unwrap();
    assert_eq!(house.workspace.verify_audit().await.unwrap().fault, None, "the record holds");
}

fn spent(result: &Result<(), WorkspaceError>) -> bool {
    matches!(result, Err(WorkspaceError::Short(Shortfall::Spent { .. })))
}

/// One call by `route` that ends well.
async fn ask(house: &House, route: &str) -> Result<(), WorkspaceError> {
    let attempt = AttemptId::new(NOW, sealed::random_bytes());
    let start = AttemptStart {
        program: None,
        attempt,
        turn: TurnId::new(NOW, [1; 10]),
        model: model(1),
        host: "api.example.com".into(),
        request_bytes: 1,
        key: None,
        route: Some(route.into()),
        number: 1,
        retry_of: None,
        hold: None,
        output_cap: None,
        class: None,
        regions: Vec::new(),
        rules: Vec::new(),
    };
    let wish =
        Wish { input: Tokens(1), output: Tokens(1), least: Tokens(1), price: Some(Ceiling::FREE) };
    let resource = Resource::Model { model: model(1), facts: ModelFacts::ELSEWHERE };
    let grant = house.ada.may(Action::ModelUse, &resource);
    house.workspace.open_attempt(&grant, start, wish, NOW).await?;
    let end = AttemptEnd {
        finish: Some(Finish::Complete),
        billed: Some(true),
        ..AttemptEnd::unknown(attempt)
    };
    house.workspace.settle_attempt(end, NOW).await?;
    Ok(())
}

#[tokio::test]
async fn guests_are_offered_what_of_a_route_leads_to_models_for_guests() {
    let house = House::new();
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let open = NewProvider { for_guests: true, ..provider("Open") };
    let here = ModelRef { provider: open.id, model: "model-a".into() };
    house.workspace.save_provider(&grant, open, None, NOW).await.unwrap();
    let mixed = NewRoute {
        candidates: vec![RouteStep::new(model(1)), RouteStep::new(here.clone())],
        ..wanted("Everyday")
    };
    save(&house, mixed).await.unwrap();
    save(&house, wanted("Careful")).await.unwrap();
    house.workspace.offer_to_guests(&house.door).await.unwrap();
    let offered = house.door.guest_offer().await.unwrap().unwrap();
    let [route] = offered.routes.as_slice() else { panic!("one: {:?}", offered.routes) };
    assert_eq!(route.name, "Everyday", "the other leads to nobody they may ask");
    assert_eq!(route.candidates, [RouteStep::new(here)], "the door tells of nobody else");
    assert_eq!((route.on_overflow.len(), route.saved_by), (0, None), "and names no member");
    assert!(!house.workspace.restore_guest_offer(&house.door, NOW).await.unwrap(), "as signed");

    let mut other = route.clone();
    other.candidates[0].model.model = "model-b".into();
    let forged = GuestOffer { routes: vec![other], ..offered.clone() };
    house.door.set_guest_offer(Some(forged)).await.unwrap();
    assert!(house.workspace.restore_guest_offer(&house.door, NOW).await.unwrap(), "noticed");
    let again = house.door.guest_offer().await.unwrap().unwrap();
    assert_eq!(again, offered, "guests get what the admin signed");
}

#[tokio::test]
async fn a_route_outlives_a_provider_that_it_names() {
    let house = House::new();
    let id = house.save_provider("Example", None).await;
    let gone = RouteStep::new(ModelRef { provider: id, model: "model-a".into() });
    let both =
        NewRoute { candidates: vec![gone.clone(), RouteStep::new(model(1))], ..wanted("Everyday") };
    save(&house, both).await.unwrap();
    let grant = house.ada.may_here(Action::ProviderConfigure);
    house.workspace.remove_provider(&grant, id, NOW).await.unwrap();
    let routes = house.workspace.routes().await.unwrap();
    assert_eq!(routes[0].candidates[0], gone, "who uses it asks the providers who is left");
    assert_eq!(routes[0].version, 1, "nobody signed another one");
}
