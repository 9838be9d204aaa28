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
    let text = window.text().await;
    for number in 1..=8 {
        let label = format!("Type group {number}");
        if text.contains(&label) {
            window.fill(&label, &group(&text, number)).await;
        }
    }
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

/// The group of that number as it stands on the screen.
fn group(text: &str, number: u8) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines
        .windows(2)
        .find(|pair| pair[0] == number.to_string() && pair[1].len() == 4)
        .unwrap_or_else(|| panic!("group {number} is not on the screen:\n{text}"));
    at[1].to_owned()
}
