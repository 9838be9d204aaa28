//! `carrel ask`: one question, its answer streamed to standard output.

use std::io::{IsTerminal, Read, Write};
use std::sync::Arc;

use clap::Args;
use domain::{ChatId, DataClass, Target};
use engine::TurnSink;
use engine::api::{
    Ask as AskRequest, Failure, MessageView, ModelList, ModelView, Nothing, OneMessage, OneTurn,
    Question, RouteList, RouteView, TurnBatch, TurnEvent,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::DeskArgs;
use crate::client::Client;
use crate::exit::{Problem, say};

/// Stands before the name of a route where a model could stand.
const ROUTE: &str = "route/";

/// Ask a question. Without a text, the question is read from standard input.
#[derive(Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    desk: DeskArgs,
    /// The model's name as the model picker shows it, or route/NAME for a route.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Go on in this chat instead of beginning a new one.
    #[arg(long, value_name = "ID")]
    chat: Option<ChatId>,
    /// How far the text of a new chat may go: public, internal, confidential or restricted.
    /// Without it, the workspace's usual class holds.
    #[arg(long, value_name = "CLASS", value_parser = class, conflicts_with = "chat")]
    class: Option<DataClass>,
    /// The question.
    text: Vec<String>,
}

fn class(name: &str) -> Result<DataClass, String> {
    DataClass::ALL
        .into_iter()
        .find(|class| class.name() == name)
        .ok_or_else(|| "a class is public, internal, confidential or restricted".to_owned())
}

struct Forward(mpsc::UnboundedSender<TurnBatch>);

impl TurnSink for Forward {
    fn send(&self, batch: TurnBatch) {
        // The receiver lives as long as the turn; after it, nobody listens.
        let _ = self.0.send(batch);
    }
}

pub(crate) async fn run(client: &Client, args: &Ask, json: bool) -> Result<(), Problem> {
    let text = question(&args.text)?;
    client.unlock(&args.desk).await?;
    let target = match &args.model {
        Some(name) => Some(find(client, name).await?),
        None => None,
    };
    let question = match args.chat {
        Some(chat) => Question::FollowUp { chat, text },
        None => Question::NewChat { text },
    };
    let (sender, mut batches) = mpsc::unbounded_channel();
    // Listening from here on: one that comes between two words is heard, too.
    let mut interrupts = signal(SignalKind::interrupt())?;
    let request = AskRequest { question, target, class: args.class };
    let started = client.app.ask(&client.window, request, Arc::new(Forward(sender))).await?;

    let mut failure = None;
    let mut answer = None;
    let mut stopped = false;
    while answer.is_none() {
        tokio::select! {
            batch = batches.recv() => {
                let Some(batch) = batch else { break };
                for event in batch.events {
                    match event {
                        TurnEvent::Text { text } if !json => stream(&text)?,
                        TurnEvent::Settled { answer: id, failure: why, .. } => {
                            (answer, failure) = (Some(id), why);
                        }
                        TurnEvent::Text { .. }
                        | TurnEvent::Opened { .. }
                        | TurnEvent::Waiting { .. }
                        | TurnEvent::Reasoning { .. } => {}
                    }
                }
            }
            _ = interrupts.recv(), if !stopped => {
                stopped = true;
                let _: Nothing = client.call("stop", &OneTurn { turn: started.turn }).await?;
            }
        }
    }
    let Some(answer) = answer else {
        return Err(Problem::Partial("The answer ended without a word.".to_owned()));
    };
    let stored: MessageView = client.call("read_message", &OneMessage { message: answer }).await?;
    if json {
        say(&serde_json::json!({ "chat": started.chat, "answer": stored.message }).to_string())?;
    } else {
        say("")?;
    }
    conclude(&stored, failure)
}

fn conclude(stored: &MessageView, failure: Option<Failure>) -> Result<(), Problem> {
    match failure {
        Some(failure) if stored.message.text.is_empty() => Err(failure.into()),
        Some(failure) => Err(Problem::Partial(failure.message)),
        None if stored.message.finish.can_continue() => {
            Err(Problem::Partial("The answer is not whole.".to_owned()))
        }
        None => Ok(()),
    }
}

fn question(words: &[String]) -> Result<String, Problem> {
    if !words.is_empty() {
        return Ok(words.join(" "));
    }
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(Problem::Usage("Say what to ask, or pipe it in.".to_owned()));
    }
    let limit = u64::try_from(engine::api::MAX_MESSAGE_BYTES).unwrap_or(u64::MAX);
    let mut text = String::new();
    stdin.by_ref().take(limit.saturating_add(1)).read_to_string(&mut text)?;
    Ok(text)
}

/// The route or model that is called `name`. A route goes before a model of such a name.
async fn find(client: &Client, name: &str) -> Result<Target, Problem> {
    let routes: RouteList = client.call("list_routes", &Nothing {}).await?;
    let list: ModelList = client.call("list_models", &Nothing {}).await?;
    if let Some(wanted) = name.strip_prefix(ROUTE) {
        let is_it = |route: &&RouteView| route.name.to_lowercase() == wanted.to_lowercase();
        if let Some(found) = routes.routes.iter().find(is_it) {
            return Ok(Target::Route { route: found.id });
        }
    }
    let is_it =
        |view: &&ModelView| view.model.model == name || view.label.eq_ignore_ascii_case(name);
    if let Some(found) = list.models.iter().find(is_it) {
        return Ok(Target::Model { model: found.model.clone() });
    }
    let routes = routes.routes.iter().map(|route| format!("{ROUTE}{}", route.name));
    let models = list.models.iter().map(|view| view.model.model.clone());
    let names: Vec<String> = routes.chain(models).collect();
    let (what, name) = name.strip_prefix(ROUTE).map_or(("model", name), |name| ("route", name));
    Err(Problem::Usage(format!("There is no {what} {name}. There are: {}.", names.join(", "))))
}

/// A terminal takes some characters as orders: a model could set the clipboard or paint a
/// prompt for the passphrase. They go only into files and pipes.
fn stream(text: &str) -> Result<(), Problem> {
    let mut stdout = std::io::stdout();
    if stdout.is_terminal() {
        stdout.write_all(harmless(text).as_bytes())?;
    } else {
        stdout.write_all(text.as_bytes())?;
    }
    Ok(stdout.flush()?)
}

/// `text` without control characters, line breaks and tabs apart, and without those that
/// turn the direction of what follows.
pub(crate) fn harmless(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|&c| matches!(c, '\n' | '\t') || !(c.is_control() || turns(c))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_gives_the_terminal_no_orders() {
        let answer = "a\u{1b}]52;c;aGk=\u{7}b\r\u{9b}2Jc\u{202e}d\tLücke\n";
        assert_eq!(harmless(answer), "a]52;c;aGk=b2Jcd\tLücke\n", "text, tabs and lines stay");
    }
}
