//! A member goes past Carrel and edits the file that all desks share; the window says so.

use support::desktop::Desktop;
use support::insider::edit_workspace;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};
use support::upstream::openai::openai_stream;

use crate::seeded::two_desks;

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_makes_themselves_an_admin_in_the_file_is_refused_and_named_to_everyone() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let jonas = carrel.profile("Jonas").await;
    carrel.app.close().await;
    drop(carrel);
    let rise = r#"UPDATE document SET text = replace(text, '"role":"member"', '"role":"admin"')
                  WHERE instr(text, '"body":{"member":') > 0
                    AND instr(text, '"role":"member"') > 0"#;
    edit_workspace(dir.path(), jonas, OTHER_PASSPHRASE, rise).await;

    let window = Desktop::start(dir.path()).await;
    for (name, passphrase, next) in [
        ("Mira", PASSPHRASE, "Choose a backup"),
        ("Jonas", OTHER_PASSPHRASE, "Ask an admin to open their desk"),
    ] {
        window.choose(name).await;
        window.fill("Passphrase", passphrase).await;
        window.press("Open desk").await;
        window.sees("The shared file was changed without permission").await;
        window.sees("was changed by someone who may not").await;
        window.sees(&format!("member {jonas}")).await;
        window.sees(next).await;
        window.clean(&format!("hostile-file-{}", name.to_lowercase())).await;
        window.press("Back").await;
    }
    window.quit().await;
}
