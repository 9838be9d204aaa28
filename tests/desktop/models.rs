//! Models in files on this machine, as the window shows them: missing, impossible, added.

use engine::LocalModelFiles;
use engine::api::Nothing;
use fantoccini::key::Key;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use support::desktop::{Desktop, models_dir};
use support::local_model::{OLD_PROCESSOR, real, that_says};
use support::people::{Carrel, PASSPHRASE};

use crate::seeded::open_mira;

/// Mira's desk, which asks the built-in model.
async fn desk(dir: &std::path::Path) {
    let carrel = Carrel::start(dir).await;
    let admin = carrel.first_run().await;
    admin.offer_built_in().await;
    admin.confirm_code().await;
    let _: Nothing = admin.ok("lock", &Nothing {}).await;
    carrel.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_without_weights_says_where_they_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let files = LocalModelFiles { shipped: dir.path().join("nothing"), ..real(dir.path()) };
    let window = Desktop::start_with_models(dir.path(), &files).await;
    window.sees("Set up this machine").await;
    window.fill("Workspace", "Tidewater Survey").await;
    window.fill("Your name", "Mira").await;
    window.fill("Passphrase", PASSPHRASE).await;
    window.press("Continue").await;
    window.sees("Keep this code somewhere else").await;
    window.type_code_back().await;
    window.tick("I have it on paper or on a device I do not keep at this machine.").await;
    window.press("Continue").await;
    window.sees("Choose who answers first").await;
    window.sees("weights are not installed").await;
    window.sees(&dir.path().join("models").display().to_string()).await;
    window.find("input[value='built_in']:disabled").await;
    window.clean("first-model-missing").await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_processor_is_told_in_the_answers_place() {
    let dir = tempfile::tempdir().expect("a folder");
    desk(dir.path()).await;
    let files =
        LocalModelFiles { sidecar: that_says(dir.path(), OLD_PROCESSOR), ..real(dir.path()) };
    let window = Desktop::start_with_models(dir.path(), &files).await;
    open_mira(&window).await;
    window.ask("Why?").await;
    window.settled().await;
    window.sees("Not possible on this computer").await;
    window.sees("it lacks avx2, bmi2").await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_file_that_a_person_adds_is_found_offered_and_answers() {
    let dir = tempfile::tempdir().expect("a folder");
    desk(dir.path()).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.keys(&[Key::Control], ",").await;
    window.press("Models and providers").await;
    window.menu_of("Built-in: more", "Edit provider").await;
    window.sees("Put the file into this folder").await;
    let weights = models_dir().join(engine::WEIGHTS_FILE);
    let own = dir.path().join("models/my-own.gguf");
    std::os::unix::fs::symlink(weights, own).expect("the folder is there");
    window.press("Look again").await;
    window.tick("my-own").await;
    window.clean("settings-built-in").await;
    window.press("Save provider").await;
    window.sees("my-own").await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_can_write_no_core_dump() {
    let dir = tempfile::tempdir().expect("a folder");
    // What the window inherits is raised first, so that only it can have lowered it.
    let most = getrlimit(Resource::Core).maximum;
    let raised = Rlimit { current: most, maximum: most };
    setrlimit(Resource::Core, raised).expect("up to the hard limit");
    assert_ne!(most, Some(0), "whoever runs this allows core dumps, else it shows nothing");
    let window = Desktop::start(dir.path()).await;
    window.sees("Set up this machine").await;
    let all = window.processes();
    let (pid, _) = all.iter().find(|(_, name)| name == "carrel-desktop").expect("it runs");
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).expect("it runs");
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    let figures: Vec<&str> = core.expect("a limit").split_whitespace().skip(4).take(2).collect();
    assert_eq!(figures, ["0", "0"], "no core, and nobody raises it again");
    window.quit().await;
}
