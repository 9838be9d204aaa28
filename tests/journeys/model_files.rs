//! Models in files on this machine: any GGUF file, a bad one, none, and a processor without help.

use domain::{Finish, ModelRef};
use engine::api::{
    BuiltInModels, Failure, FailureCode, LocalServers, ModelList, Nothing, ProviderTest,
    ProviderView, Question, SaveProvider, TestProvider,
};
use engine::{BUILT_IN_LABEL, BUILT_IN_MODEL, LocalModelFiles, WEIGHTS_FILE};
use support::local_model::{OLD_PROCESSOR, real, that_says};
use support::people::{Carrel, Person};
use tempfile::TempDir;

use crate::built_in::computer;

async fn listed(person: &Person) -> Vec<(String, Option<FailureCode>)> {
    let list: BuiltInModels = person.ok("list_built_in", &Nothing {}).await;
    let view = |one: engine::api::BuiltInFile| (one.model, one.unavailable.map(|why| why.code));
    list.models.into_iter().map(view).collect()
}

async fn failure_of(person: &Person, model: &ModelRef) -> Failure {
    let list: ModelList = person.ok("list_models", &Nothing {}).await;
    let view = list.models.into_iter().find(|view| view.model == *model);
    view.expect("it is offered").unavailable.expect("it cannot run")
}

#[tokio::test(flavor = "multi_thread")]
async fn any_gguf_file_in_the_models_folder_is_a_model_of_its_own_name() {
    let (dir, _carrel, admin) = computer().await;
    let list: BuiltInModels = admin.ok("list_built_in", &Nothing {}).await;
    let folder = dir.path().join("models");
    assert_eq!(list.folder, folder.display().to_string(), "the screen says where files go");
    assert!(folder.is_dir(), "and the folder is there to put them into");
    let weights = support::desktop::models_dir().join(WEIGHTS_FILE);
    std::os::unix::fs::symlink(weights, folder.join("my-own.gguf")).expect("a file of hers");
    std::fs::write(folder.join("page.gguf"), "<!doctype html>").expect("no model");
    let expected = [
        ("my-own".to_owned(), None),
        ("page".to_owned(), Some(FailureCode::Damaged)),
        (BUILT_IN_MODEL.to_owned(), None),
    ];
    assert_eq!(listed(&admin).await, expected, "each by its own name, the bad one with a reason");

    let model = admin.offer_files(&["my-own"]).await;
    assert_eq!(model.model, "my-own", "offered as it is called");
    let test = TestProvider {
        id: Some(model.provider),
        key_id: None,
        dialect: domain::Dialect::BuiltIn,
        base_url: String::new(),
        nearby_allowed: false,
        key: None,
    };
    let tested: ProviderTest = admin.ok("test_provider", &test).await;
    assert_eq!(tested.models, ["my-own"], "it was started");
    let (_, answer) = admin.ask_new("Say hello.").await;
    let said = answer.message.provenance.expect("a card");
    assert_eq!(said.model, model, "that very model answered");
    std::fs::remove_file(folder.join("my-own.gguf")).expect("it is taken away");
    let why = failure_of(&admin, &model).await;
    assert_eq!(why.code, FailureCode::WeightsMissing, "{}", why.message);
    assert!(why.message.contains("my-own"), "which one: {}", why.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_run_says_why_when_it_is_asked() {
    let (dir, _carrel, admin) = computer().await;
    let folder = dir.path().join("models");
    std::fs::create_dir_all(&folder).expect("a folder");
    let whole = std::fs::read(support::desktop::models_dir().join(WEIGHTS_FILE)).expect("weights");
    std::fs::write(folder.join("half.gguf"), &whole[..whole.len() / 2]).expect("half a download");
    let strange = foreign_kind(&whole);
    std::fs::write(folder.join("strange.gguf"), strange).expect("a kind that nobody knows");
    for (model, code, word) in [
        ("half", FailureCode::Damaged, "half.gguf is damaged or cut short."),
        ("strange", FailureCode::Unsupported, "(xlama)"),
    ] {
        admin.offer_files(&[model]).await;
        let turn = admin.ask(Question::NewChat { text: "Hello?".to_owned() }).await;
        let (_, failure) = turn.expect("the question is kept").settled().await;
        let failure = failure.expect("it cannot answer");
        assert_eq!(failure.code, code, "{}", failure.message);
        assert!(failure.message.contains(word), "{}", failure.message);
    }
}

/// The same file, with another name for its kind.
fn foreign_kind(whole: &[u8]) -> Vec<u8> {
    let key = b"general.architecture";
    let at = whole.windows(key.len()).position(|part| part == key).expect("it names its kind");
    let mut strange = whole.to_vec();
    // Behind the key stand the value's type and length.
    let value = at + key.len() + 12;
    assert_eq!(&strange[value..value + 5], b"llama", "the kind of these weights");
    strange[value..value + 5].copy_from_slice(b"xlama");
    strange
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_the_workspace_cannot_name_a_file_elsewhere() {
    let (dir, _carrel, admin) = computer().await;
    std::fs::write(dir.path().join("planted.gguf"), "GGUF").expect("a file");
    let model = admin.offer_files(&["../planted"]).await;
    let why = failure_of(&admin, &model).await;
    assert_eq!(why.code, FailureCode::WeightsMissing, "only the models folders are looked through");
}

/// A computer whose sidecar and models are these.
async fn other_computer(files: impl FnOnce(&TempDir) -> LocalModelFiles) -> (TempDir, Person) {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start_with_models(dir.path(), files(&dir)).await;
    let admin = carrel.first_run().await;
    (dir, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_weights_are_told_with_the_file_and_the_folder() {
    let (dir, admin) = other_computer(|dir| LocalModelFiles {
        shipped: dir.path().join("nothing"),
        ..real(dir.path())
    })
    .await;
    let found: LocalServers = admin.ok("detect_local", &Nothing {}).await;
    let why = found.built_in.unavailable.expect("there are no weights");
    assert_eq!(
        (found.built_in.label.as_str(), why.code),
        (BUILT_IN_LABEL, FailureCode::WeightsMissing),
        "a first run says so before it is chosen"
    );
    let model = admin.offer_built_in().await;
    let listed = failure_of(&admin, &model).await;
    let turn = admin.ask(Question::NewChat { text: "Hello?".to_owned() }).await;
    let (answer, asked) = turn.expect("the question is kept").settled().await;
    let asked = asked.expect("nothing can answer");
    assert_eq!(answer.message.finish, Finish::Failed, "the question stands, the answer failed");
    for failure in [why, listed, asked] {
        assert_eq!(failure.code, FailureCode::WeightsMissing, "everywhere: {}", failure.message);
        let folder = dir.path().join("models").display().to_string();
        for word in [WEIGHTS_FILE, folder.as_str(), "Choose another model"] {
            assert!(failure.message.contains(word), "the next step: {}", failure.message);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_processor_is_told_by_the_model_and_not_by_a_crash() {
    let (_dir, admin) = other_computer(|dir| LocalModelFiles {
        sidecar: that_says(dir.path(), OLD_PROCESSOR),
        ..real(dir.path())
    })
    .await;
    let model = admin.offer_built_in().await;
    let test = TestProvider {
        id: Some(model.provider),
        key_id: None,
        dialect: domain::Dialect::BuiltIn,
        base_url: String::new(),
        nearby_allowed: false,
        key: None,
    };
    let tested = admin.fails("test_provider", &test).await;
    let turn = admin.ask(Question::NewChat { text: "Hello?".to_owned() }).await;
    let (_, asked) = turn.expect("the question is kept").settled().await;
    for failure in [tested, asked.expect("nothing can answer")] {
        assert_eq!(failure.code, FailureCode::Unsupported, "{}", failure.message);
        assert!(failure.message.contains("it lacks avx2, bmi2"), "{}", failure.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_cannot_start_is_stood_in_for_by_one_that_can() {
    let (dir, _carrel, admin) = computer().await;
    let folder = dir.path().join("models");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("broken.gguf"), b"GGUF\x03\0\0\0").expect("a header");
    let models = vec!["broken".to_owned(), BUILT_IN_MODEL.to_owned()];
    let request = SaveProvider {
        id: None,
        label: "Files".to_owned(),
        dialect: domain::Dialect::BuiltIn,
        base_url: String::new(),
        key: None,
        models,
        for_guests: false,
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        make_usual: true,
    };
    let saved: ProviderView = admin.ok("save_provider", &request).await;
    let stand_in = ModelRef { provider: saved.id, model: BUILT_IN_MODEL.to_owned() };
    let fallback = engine::api::SetFallback { models: vec![stand_in.clone()] };
    let _: Nothing = admin.ok("set_fallback", &fallback).await;
    let (_, answer) = admin.ask_new("Say hello.").await;
    let said = answer.message.provenance.expect("a card");
    assert_eq!(said.model, stand_in, "the person gets an answer all the same");
}
