//! From an empty folder to a streamed answer, as a new user would.

use support::desktop::Desktop;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_reaches_an_answer_of_the_built_in_model() {
    let dir = tempfile::tempdir().expect("a folder");
    let window = Desktop::start(dir.path()).await;
    window.sees("Set up this machine").await;
    window.clean("first-workspace").await;
    window.fill("Workspace", "Tidewater Survey").await;
    window.fill("Your name", "Mira").await;
    window.fill("Passphrase", support::people::PASSPHRASE).await;
    window.press("Continue").await;

    window.sees("Keep this code somewhere else").await;
    window.clean("first-recovery").await;
    window.type_code_back().await;
    window.tick("I have it on paper or on a device I do not keep at this machine.").await;
    window.press("Continue").await;

    window.sees("Choose who answers first").await;
    window.tick("Built-in model").await;
    window.clean("first-model").await;
    window.press("Open my desk").await;
    window.sees("A clean desk").await;
    window.clean("clean-desk").await;

    window.ask("Say hello in one short sentence.").await;
    window.find("[aria-label='Answer'] p").await;
    window.settled().await;
    let answer = window.answer().await;
    assert!(!answer.trim().is_empty(), "a real model said something");
    window.sees("SmolLM2").await;
    window.quit().await;
}
