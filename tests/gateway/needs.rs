//! Candidates that cannot do what is asked: passed over, with the reason.

use std::sync::Arc;

use domain::{Author, Choice, Dialect, FailureClass, Finish, Image, Part, Prompt};
use gateway::{Abilities, Candidate, Form, Need, Thinking, ToolChoice, Wishes};
use serde_json::json;
use support::upstream::{Upstream, openai};

use crate::asker::{Asker, candidate, route, with_keys};
use crate::tools::offering;

const LACKS_ALL: Abilities =
    Abilities { images: Some(false), tools: Some(false), form: Some(false), thinking: Some(false) };

fn able(abilities: Abilities, candidate: Candidate) -> Candidate {
    Candidate { abilities, ..candidate }
}

fn gif() -> Image {
    Image::read(&b"GIF89a"[..]).expect("a picture")
}

/// Four people, each of whom needs something else.
fn askers() -> Vec<(Need, Asker)> {
    let form = Form::new("tide", json!({"type": "object"}), false).expect("a plain form");
    let wishes = [
        (Need::Tools, offering(ToolChoice::Free)),
        (Need::Form, Arc::new(Wishes { form: Some(form), ..Wishes::default() })),
        (Need::Thinking, Arc::new(Wishes { thinking: Some(Thinking::High), ..Wishes::default() })),
    ];
    let mut askers: Vec<_> = wishes
        .into_iter()
        .map(|(need, wishes)| {
            let mut asker = Asker::new();
            asker.question.wishes = wishes;
            (need, asker)
        })
        .collect();
    let mut looking = Asker::new();
    looking.question.messages[0].parts.push(Part::Image(gif()));
    askers.push((Need::Images, looking));
    askers
}

#[tokio::test]
async fn a_candidate_that_lacks_what_is_needed_is_passed_over_with_the_reason() {
    for (need, asker) in askers() {
        let (first, second) = (
            Upstream::start(openai::openai_stream(&["no"])).await,
            Upstream::start(openai::openai_stream(&["yes"])).await,
        );
        let lacking = with_keys(able(LACKS_ALL, candidate(1, &first)), &["key-a", "key-b"]);
        let heard = asker.ask(&route(vec![lacking, candidate(2, &second)])).await;
        assert_eq!(heard.text, "yes", "{need:?}: what nobody knows of the second is no lack");
        assert_eq!(first.questions().len(), 0, "{need:?}: the first is not asked");
        assert_eq!(heard.answered.choice, Some(Choice::Fallback), "{need:?}: it stands in");
        let passed_over = &heard.answered.passed_over;
        assert_eq!(passed_over.len(), 1, "{need:?}: one reason for two keys: {passed_over:?}");
        assert_eq!(passed_over[0].lacks, need, "{need:?}");
        assert_eq!(passed_over[0].whom.provider_label, "Provider 1", "{need:?}");
        asker.assert_balanced();
    }
}

#[tokio::test]
async fn a_plain_question_passes_nobody_over() {
    let upstream = Upstream::start(openai::openai_stream(&["yes"])).await;
    let heard = Asker::new().ask(&route(vec![able(LACKS_ALL, candidate(1, &upstream))])).await;
    assert_eq!(heard.text, "yes", "words are enough");
    assert_eq!(heard.answered.passed_over, vec![], "nothing is missed");
}

#[tokio::test]
async fn where_nobody_can_the_person_is_told_and_nothing_leaves() {
    let upstream = Upstream::start(openai::openai_stream(&["no"])).await;
    for (need, asker) in askers() {
        let heard = asker.ask(&route(vec![able(LACKS_ALL, candidate(1, &upstream))])).await;
        assert_eq!(heard.answered.call.finish, Finish::Failed, "{need:?}");
        assert_eq!(heard.class(), Some(FailureClass::Caller), "{need:?}: another question may do");
        assert!(heard.message().starts_with("model-1 does not "), "{need:?}: {}", heard.message());
        assert_eq!(upstream.records().len(), 0, "{need:?}: nothing leaves");
        assert_eq!(asker.meter.reserved().len(), 0, "{need:?}: nor is anything held");
    }
}

#[tokio::test]
async fn a_picture_that_one_provider_refuses_goes_to_the_next() {
    let (first, second) = (
        Upstream::start(openai::openai_stream(&["no"])).await,
        Upstream::start(openai::openai_stream(&["yes"])).await,
    );
    let mut google = candidate(1, &first);
    google.endpoint.dialect = Dialect::Gemini;
    let mut asker = Asker::new();
    let parts = vec![Part::Text("What is this?".into()), Part::Image(gif())];
    asker.question.messages = vec![Prompt { author: Author::User, parts }];
    let heard = asker.ask(&route(vec![google, candidate(2, &second)])).await;
    assert_eq!(heard.text, "yes", "it reads GIF");
    assert_eq!(first.records().len(), 0, "nothing left for the one that does not");
    asker.assert_balanced();
}
