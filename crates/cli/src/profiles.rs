//! `carrel profiles`: the desks of this computer, as the chooser shows them.

use crate::client::Client;
use crate::exit::{Problem, say};

pub(crate) async fn run(client: &Client, json: bool) -> Result<(), Problem> {
    let desks = client.desks().await?;
    if json {
        return say(&serde_json::json!({ "profiles": desks }).to_string());
    }
    for desk in desks {
        let state = if desk.disabled { "  (disabled)" } else { "" };
        say(&format!("{}  {}{state}", desk.profile, desk.name))?;
    }
    Ok(())
}
