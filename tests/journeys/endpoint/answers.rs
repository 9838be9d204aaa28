//! What programs are answered: whole, in pieces, with tools, or why not.

use domain::{Dialect, RouteStep, Strategy};
use engine::api::{
    ChatList, Examination, ListChats, Nothing, ProviderView, RouteView, SaveProvider, SaveRoute,
    SetFallback,
};
use serde_json::json;
use support::upstream::openai::{begun, called, error, finish, openai_stream, tool};
use support::upstream::{Script, Upstream};

use super::{House, MODEL, question, streamed, with};

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_answered_whole() {
    let house = House::with(openai_stream(&["The ", "moon."])).await;
    let reply = house.port.ask(&question()).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let body = reply.json();
    let choice = &body["choices"][0];
    assert_eq!(choice["message"]["content"], "The moon.", "{body}");
    assert_eq!(choice["finish_reason"], "stop");
    assert_eq!((&body["object"], &body["model"]), (&json!("chat.completion"), &json!(MODEL)));
    assert_eq!(body["usage"]["total_tokens"], 17, "as the provider said");
    assert!(body["id"].as_str().is_some_and(|id| id.starts_with("chatcmpl-")), "{body}");
    assert_eq!(reply.header("cache-control"), Some("no-store"), "for the program alone");
    assert_eq!(reply.header("access-control-allow-origin"), None, "and for no page");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_48_usage_asked_for_internally_is_told_only_to_who_asked() {
    let house = House::with(openai_stream(&["The ", "moon."])).await;
    let plain = house.port.ask(&streamed()).await;
    assert_eq!((plain.status, plain.said().as_str()), (200, "The moon."), "{}", plain.text());
    assert_eq!(plain.header("content-type"), Some("text/event-stream"));
    assert_eq!(plain.events().last(), Some(&json!("[DONE]")), "with its end");
    assert!(!plain.text().contains("usage"), "nobody asked: {}", plain.text());
    let asked = &house.upstream.record(0).await.request.json()["stream_options"];
    assert_eq!(asked["include_usage"], true, "Carrel did, for the ledger");
    let wanted = with(streamed(), json!({ "stream_options": { "include_usage": true } }));
    let events = house.port.ask(&wanted).await.events();
    let last = &events[events.len() - 2];
    assert_eq!((&last["choices"], &last["usage"]["total_tokens"]), (&json!([]), &json!(17)));
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_listed_by_the_names_to_ask_for_them() {
    let house = House::with(openai_stream(&["Here."])).await;
    let request = SaveProvider {
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        id: None,
        label: "Other House".to_owned(),
        dialect: Dialect::OpenAi,
        base_url: house.upstream.base_url(),
        key: None,
        models: vec![MODEL.to_owned(), "own".to_owned()],
        for_guests: false,
        make_usual: false,
    };
    let _: ProviderView = house.admin.ok("save_provider", &request).await;
    let listed = house.port.get("/v1/models").await.json();
    let data = listed["data"].as_array().expect("a list");
    let ids: Vec<_> = data.iter().filter_map(|model| model["id"].as_str()).collect();
    let expected = ["scripted/scripted-1", "other-house/scripted-1", "own", "route/usual"];
    assert_eq!((listed["object"].as_str(), ids.as_slice()), (Some("list"), &expected[..]));
    for id in ids {
        let asked = house.port.ask(&with(question(), json!({ "model": id }))).await;
        assert_eq!(asked.status, 200, "{id}: {}", asked.text());
        let found = house.port.get(&format!("/v1/models/{id}")).await;
        assert_eq!((found.status, &found.json()["id"]), (200, &json!(id)), "one by one");
    }
    for model in ["gpt-99", "", "route/none", "other house/own"] {
        let asked = house.port.ask(&with(question(), json!({ "model": model }))).await;
        assert_eq!((asked.status, asked.code().as_str()), (404, "model_not_found"), "{model:?}");
    }
    assert_eq!(house.port.get("/v1/models/gpt-99").await.code(), "model_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_pictures_and_forms_go_through_both_ways() {
    let call = |index: u64, id: &str, name: &str, arguments: &str| {
        tool(
            &json!({ "index": index, "id": id, "function": { "name": name, "arguments": arguments } }),
        )
    };
    let script = called(
        begun(&[])
            .event(call(0, "a", "get_weather", "{\"city\":"))
            .event(call(0, "a", "", "\"Ulm\"}"))
            .event(call(1, "b", "get_tide", "")),
    );
    let house = House::with(script).await;
    let tools = json!([
        { "type": "function", "function": { "name": "get_weather",
            "parameters": { "type": "object", "properties": { "city": { "type": "string" } } } } },
        { "type": "function", "function": { "name": "get_tide" } },
    ]);
    let asked = with(
        question(),
        json!({
            "tools": tools, "tool_choice": "required", "temperature": 0.5, "max_completion_tokens": 300,
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": [
                    { "type": "text", "text": "Where is this?" },
                    { "type": "image_url", "image_url": { "url": "data:image/png;base64,iVBORw0KGgo=" } },
                ] },
            ],
        }),
    );
    let reply = house.port.ask(&asked).await.json();
    let choice = &reply["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls", "{reply}");
    assert_eq!(choice["message"]["content"], json!(null), "no words");
    let wanted = &choice["message"]["tool_calls"];
    let function = |n: usize| {
        (wanted[n]["function"]["name"].as_str(), wanted[n]["function"]["arguments"].as_str())
    };
    assert_eq!(function(0), (Some("get_weather"), Some("{\"city\":\"Ulm\"}")), "{wanted}");
    assert_eq!(function(1), (Some("get_tide"), Some("{}")), "{wanted}");
    let sent = house.upstream.record(0).await.request.json();
    assert_eq!((&sent["tool_choice"], &sent["temperature"]), (&json!("required"), &json!(0.5)));
    assert_eq!(sent["max_tokens"], 300, "the program's cap: {sent}");
    assert_eq!(sent["messages"][0]["content"], "Be brief.", "the instructions");
    let picture = &sent["messages"][1]["content"][1]["image_url"]["url"];
    assert_eq!(picture, "data:image/png;base64,iVBORw0KGgo=", "the same picture");

    let events = house.port.ask(&with(asked.clone(), json!({ "stream": true }))).await.events();
    let pieces: Vec<_> =
        events.iter().map(|event| &event["choices"][0]["delta"]["tool_calls"][0]).collect();
    let first = pieces.iter().find(|piece| piece["index"] == 0).expect("a call");
    assert_eq!((&first["id"], &first["type"]), (&json!("a"), &json!("function")));
    let one = with(asked, json!({ "parallel_tool_calls": false }));
    let reply = house.port.ask(&one).await.json();
    let calls = reply["choices"][0]["message"]["tool_calls"].as_array().map(Vec::len);
    assert_eq!(calls, Some(1), "no more than were asked for: {reply}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_27_three_answers_are_three_questions_in_the_ledger() {
    let house = House::with(openai_stream(&["The moon."])).await;
    house.allow(4).await;
    let wanted = json!({ "n": 3, "stream": true, "stream_options": { "include_usage": true } });
    let events = house.port.ask(&with(question(), wanted)).await.events();
    let mut texts = [String::new(), String::new(), String::new()];
    for choice in events.iter().filter_map(|event| event["choices"].get(0)) {
        let index = choice["index"].as_u64().expect("a number") as usize;
        texts[index].push_str(choice["delta"]["content"].as_str().unwrap_or_default());
    }
    assert_eq!(texts, ["The moon.", "The moon.", "The moon."], "each whole");
    assert_eq!(house.upstream.questions().len(), 3, "no dialect but one has n");
    assert_eq!(house.ledger().await, (0, 3), "and each is counted");
    let usage = &events[events.len() - 2]["usage"];
    assert_eq!(usage["total_tokens"], 51, "three times seventeen");
    let refused = house.port.ask(&with(question(), json!({ "n": 2 }))).await;
    assert_eq!(refused.status, 429, "two do not fit any more: {}", refused.text());
    for n in [0, 9, 1_000_000] {
        let refused = house.port.ask(&with(question(), json!({ "n": n }))).await;
        assert_eq!(refused.status, 400, "{n}: {}", refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stands_in_answers_and_is_named() {
    let house = House::with(error(503, "overloaded", "overloaded, sorry")).await;
    let other = Upstream::start(openai_stream(&["Here."])).await;
    let models = vec![house.admin.offer("Other", &other.base_url(), false).await];
    let _: Nothing = house.admin.ok("set_fallback", &SetFallback { models }).await;
    let reply = house.port.ask(&question()).await;
    let body = reply.json();
    assert_eq!(body["choices"][0]["message"]["content"], "Here.", "{body}");
    assert_eq!(body["model"], "other-1", "the one that answered");
    let events = house.port.ask(&streamed()).await.events();
    assert_eq!(events[0]["model"], "other-1", "from the first piece on");
    let examined: Examination = house.admin.ok("examine_desk", &Nothing {}).await;
    assert!(examined.findings.iter().all(|one| one.well), "the record is whole: {examined:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_is_asked_by_the_name_that_an_admin_gave_it() {
    let house = House::with(error(503, "overloaded", "overloaded, sorry")).await;
    let other = Upstream::start(openai_stream(&["Here."])).await;
    let steps = [
        house.admin.offer("First", &house.upstream.base_url(), false).await,
        house.admin.offer("Other", &other.base_url(), false).await,
    ];
    let wanted = SaveRoute {
        id: None,
        name: "Night shift".to_owned(),
        strategy: Strategy::Ordered,
        candidates: steps.map(RouteStep::new).to_vec(),
        on_overflow: Vec::new(),
        on_refusal: Vec::new(),
        make_usual: false,
    };
    let _: RouteView = house.admin.ok("save_route", &wanted).await;
    let listed = house.port.get("/v1/models").await.json();
    let last = listed["data"].as_array().and_then(|all| all.last()).cloned();
    assert_eq!(last.map(|one| one["id"].clone()), Some(json!("route/Night shift")), "{listed}");
    let asked = with(question(), json!({ "model": "route/Night shift" }));
    let body = house.port.ask(&asked).await.json();
    assert_eq!(body["model"], "other-1", "the first of it that answered: {body}");
    let found = house.port.get("/v1/models/route/Night%20shift").await;
    assert_eq!(found.status, 200, "{}", found.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_44_a_failure_before_the_first_word_is_a_status() {
    let house = House::with(openai_stream(&["Here."])).await;
    for (script, status, code) in [
        (error(400, "invalid", "temperature is wrong"), 400, "provider_refused"),
        (error(422, "invalid", "no"), 422, "provider_refused"),
        (error(400, "context_length_exceeded", "too long"), 400, "context_length_exceeded"),
        (error(400, "content_filter", "no"), 400, "content_filter"),
        (error(401, "invalid_api_key", "no such key"), 502, "provider_key_refused"),
    ] {
        for body in [question(), streamed()] {
            // What was held against it is forgotten, as when an admin saves it.
            let list: engine::api::ProviderList =
                house.admin.ok("list_providers", &Nothing {}).await;
            let known = list.providers.into_iter().next().expect("one");
            let save = SaveProvider {
                nearby_allowed: false,
                accepts: domain::DataClass::Internal,
                regions: Vec::new(),
                id: Some(known.id),
                label: known.label,
                dialect: known.dialect,
                base_url: known.base_url,
                key: None,
                models: known.models,
                for_guests: true,
                make_usual: true,
            };
            let _: ProviderView = house.admin.ok("save_provider", &save).await;
            house.upstream.next(script.clone());
            let reply = house.port.ask(&body).await;
            assert_eq!((reply.status, reply.code().as_str()), (status, code), "{}", reply.text());
            assert_eq!(reply.header("x-should-retry"), Some("false"), "Carrel has tried");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_429_with_the_time_to_come_back() {
    let house = House::with(openai_stream(&["Here."])).await;
    house.allow(1).await;
    assert_eq!(house.port.ask(&question()).await.status, 200, "one is allowed");
    let reply = house.port.ask(&streamed()).await;
    assert_eq!((reply.status, reply.code().as_str()), (429, "insufficient_quota"));
    let seconds: u64 =
        reply.header("retry-after").and_then(|text| text.parse().ok()).expect("a time");
    assert!((1..=86_400).contains(&seconds), "until midnight: {seconds}");
    assert_eq!(reply.header("x-should-retry"), Some("false"), "no client waits that long");
    let message = reply.json()["error"]["message"].to_string();
    assert!(message.contains("1 request a day"), "{message}");
    assert_eq!(house.upstream.questions().len(), 1, "what was refused was not sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_asks_for_a_long_pause_is_429_too() {
    let house = House::with(Script::answer(429, &[("retry-after", "3600")], "{}")).await;
    let reply = house.port.ask(&question()).await;
    assert_eq!((reply.status, reply.code().as_str()), (429, "rate_limit_exceeded"));
    let seconds: u64 =
        reply.header("retry-after").and_then(|text| text.parse().ok()).expect("a time");
    assert!((3_590..=3_610).contains(&seconds), "as the provider said: {seconds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_31_a_partial_answer_is_never_a_success() {
    let house = House::with(begun(&["Half an "]).cut()).await;
    let reply = house.port.ask(&streamed()).await;
    assert_eq!((reply.status, reply.said().as_str()), (200, "Half an "), "what came is passed on");
    let last = reply.events().pop().expect("an event");
    assert_eq!(last["error"]["code"], "provider_failed", "and then why it ends: {last}");
    let whole = house.port.ask(&question()).await;
    assert_eq!((whole.status, whole.code().as_str()), (502, "provider_failed"));
    house.upstream.usually(begun(&["Long "]).event(finish("length")).event("[DONE]").end());
    let long = house.port.ask(&question()).await.json();
    assert_eq!(long["choices"][0]["finish_reason"], "length", "a cap is no failure: {long}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_question_and_answer_is_kept() {
    let house = House::with(openai_stream(&["The moon."])).await;
    assert_eq!(house.port.ask(&question()).await.status, 200);
    let list = ListChats { archived: false, before: None, limit: 10 };
    let chats: ChatList = house.admin.ok("list_chats", &list).await;
    assert_eq!(chats.chats.len(), 0, "a program's question is no chat");
}
