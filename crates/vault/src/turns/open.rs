//! Opening a turn: the question and the empty answer, in one transaction.

use domain::{Author, ChatId, ChatTree, Finish, Message, MessageId, Node};
use rusqlite::{Connection, Transaction};

use super::{OpenTurn, OpenedTurn, TurnQuestion};
use crate::branch::{leaf_showing, tree, versioned};
use crate::chats::stored;
use crate::history::body::Body;
use crate::history::chat::{self, ChatRow, StoredChat};
use crate::history::message::MessageRow;
use crate::history::{body, draft, message, turn};
use crate::{Vault, VaultError, limits, title};

/// Where a turn happens, once it is clear.
struct Place {
    chat: i64,
    /// What the answer (or the new question) follows.
    parent: Option<MessageId>,
    /// The text of a new question.
    question: Option<String>,
    /// The partial answer that is continued.
    partial: Option<MessageRow>,
}

impl Vault {
    /// Begins a turn: stores the question and an answer that counts as interrupted until it
    /// is settled. The draft that became the question goes with it.
    ///
    /// # Errors
    /// `Busy` while another turn runs in the chat; `NotFound`; `NotPartial` for an answer
    /// that cannot be continued; `Invalid` for an empty or too long question, a message of
    /// the wrong author, or a turn that was opened before; `Database`.
    pub async fn open_turn(&self, opening: OpenTurn) -> Result<OpenedTurn, VaultError> {
        let (chat, question, answer) = self.change(move |tx| begin(tx, opening)).await?;
        let end = match &question {
            Some(question) => Some(question.message.id),
            None if answer.message.text.is_empty() => answer.message.parent,
            None => Some(answer.message.id),
        };
        let id = chat.id;
        let history = self.0.history.read(move |connection| history(connection, id, end)).await?;
        Ok(OpenedTurn { chat, question, answer, history })
    }
}

impl Vault {
    /// What would be sent with a question at the end of the shown branch.
    ///
    /// # Errors
    /// `NotFound` for an unknown chat; `Database`.
    pub async fn history_showing(&self, chat: ChatId) -> Result<Vec<Message>, VaultError> {
        let read = self.0.history.read(move |connection| {
            let found: StoredChat = stored(connection, chat)?;
            let tree = tree(connection, &found)?;
            let leaf = leaf_showing(&tree, found.leaf, None)?;
            history(connection, chat, leaf)
        });
        read.await
    }
}

type Begun = (ChatRow, Option<crate::Versioned>, crate::Versioned);

fn begin(tx: &Transaction<'_>, opening: OpenTurn) -> Result<Begun, VaultError> {
    if turn::find(tx, opening.turn)?.is_some() {
        return Err(VaultError::Invalid("this turn was begun before"));
    }
    let place = place(tx, &opening)?;
    if turn::running(tx, place.chat)?.is_some() {
        return Err(VaultError::Busy);
    }
    let mut parent = place.parent;
    let asked = place.question.is_some();
    if let Some(text) = place.question {
        let question = MessageRow {
            row: 0,
            id: opening.question_id,
            chat: place.chat,
            parent,
            author: Author::User,
            finish: Finish::Complete,
            streaming: false,
            created_at: opening.now,
            model: None,
        };
        add(tx, &question, text)?;
        parent = Some(opening.question_id);
    }
    let (answer, row) = match &place.partial {
        Some(partial) => {
            message::reopen(tx, partial.row, &opening.model.model)?;
            (partial.id, partial.row)
        }
        None => {
            let answer = MessageRow {
                row: 0,
                id: opening.answer_id,
                chat: place.chat,
                parent,
                author: Author::Assistant,
                finish: Finish::Interrupted,
                streaming: true,
                created_at: opening.now,
                model: Some(opening.model.model.clone()),
            };
            (answer.id, add(tx, &answer, String::new())?)
        }
    };
    turn::insert(tx, opening.turn, place.chat, row)?;
    chat::touch(tx, place.chat, opening.now)?;
    chat::set_asked(tx, place.chat, &opening.model, opening.route)?;
    chat::set_unread(tx, place.chat, false)?;
    let chat = chat::at(tx, place.chat)?.ok_or(VaultError::NotFound)?;
    let tree = tree(tx, &chat)?;
    chat::set_leaf(tx, chat.row, tree.newest_leaf(Some(answer)))?;
    let id = chat.shown.id;
    let question = asked.then(|| versioned(tx, id, &tree, opening.question_id)).transpose()?;
    Ok((chat.shown, question, versioned(tx, id, &tree, answer)?))
}

fn add(tx: &Transaction<'_>, message: &MessageRow, text: String) -> Result<i64, VaultError> {
    if message::find(tx, message.id)?.is_some() {
        return Err(VaultError::Invalid("this message was stored before"));
    }
    let row = message::insert(tx, message)?;
    body::insert(tx, row, &Body { text, reasoning: String::new(), provenance: None })?;
    Ok(row)
}

/// Finds (or makes) the chat and the place in it.
fn place(tx: &Transaction<'_>, opening: &OpenTurn) -> Result<Place, VaultError> {
    match &opening.question {
        TurnQuestion::NewChat { text } => {
            limits::question(text)?;
            draft::remove(tx, None)?;
            let chat = new_chat(tx, opening, text)?;
            Ok(Place { chat, parent: None, question: Some(text.clone()), partial: None })
        }
        TurnQuestion::FollowUp { chat, text } => {
            limits::question(text)?;
            let id = *chat;
            let chat = stored(tx, id)?;
            draft::remove(tx, Some(id))?;
            let parent = leaf_showing(&tree(tx, &chat)?, chat.leaf, None)?;
            Ok(Place { chat: chat.row, parent, question: Some(text.clone()), partial: None })
        }
        TurnQuestion::Branch { after, text } => {
            limits::question(text)?;
            let answer = found(tx, *after)?;
            if answer.author != Author::Assistant {
                return Err(VaultError::Invalid("a branch begins below an answer"));
            }
            let chat = chat::at(tx, answer.chat)?.ok_or(VaultError::NotFound)?;
            draft::remove(tx, Some(chat.shown.id))?;
            let question = Some(text.clone());
            Ok(Place { chat: answer.chat, parent: Some(answer.id), question, partial: None })
        }
        TurnQuestion::Edit { message, text } => {
            limits::question(text)?;
            let edited = found(tx, *message)?;
            if edited.author != Author::User {
                return Err(VaultError::Invalid("only your own messages can be edited"));
            }
            let question = Some(text.clone());
            Ok(Place { chat: edited.chat, parent: edited.parent, question, partial: None })
        }
        TurnQuestion::Regenerate { message } => {
            let again = found(tx, *message)?;
            let parent = match again.author {
                Author::User => Some(again.id),
                Author::Assistant => again.parent,
            };
            if parent.is_none() {
                return Err(VaultError::Invalid("there is no question to answer again"));
            }
            Ok(Place { chat: again.chat, parent, question: None, partial: None })
        }
        TurnQuestion::Continue { message } => {
            let partial = found(tx, *message)?;
            let text = body::at(tx, partial.row)?.ok_or(VaultError::NotFound)?.text;
            let is_answer = partial.author == Author::Assistant;
            if partial.streaming {
                return Err(VaultError::Busy);
            }
            if !is_answer || !partial.finish.can_continue() || text.is_empty() {
                return Err(VaultError::NotPartial);
            }
            let (chat, parent) = (partial.chat, partial.parent);
            Ok(Place { chat, parent, question: None, partial: Some(partial) })
        }
    }
}

fn found(tx: &Transaction<'_>, id: MessageId) -> Result<MessageRow, VaultError> {
    message::find(tx, id)?.ok_or(VaultError::NotFound)
}

fn new_chat(tx: &Transaction<'_>, opening: &OpenTurn, text: &str) -> Result<i64, VaultError> {
    if chat::find(tx, opening.new_chat)?.is_some() {
        return Err(VaultError::Invalid("this chat was begun before"));
    }
    let chat = ChatRow {
        id: opening.new_chat,
        title: title::from_question(text),
        created_at: opening.now,
        last_at: opening.now,
        pinned: false,
        archived: false,
        unread: false,
        model: Some(opening.model.clone()),
        route: opening.route,
        class: opening.class,
    };
    Ok(chat::insert(tx, &chat)?)
}

/// The branch down to `end`, its newest messages first until they weigh too much.
fn history(
    connection: &Connection,
    id: ChatId,
    end: Option<MessageId>,
) -> Result<Vec<Message>, VaultError> {
    let chat: StoredChat = stored(connection, id)?;
    let nodes: Vec<Node> = message::nodes(connection, chat.row)?;
    let tree = ChatTree::new(&nodes);
    let path = end.map(|end| tree.path_to(end)).unwrap_or_default();
    let mut messages = Vec::new();
    let mut bytes = 0;
    for id in path.iter().rev() {
        let message = versioned(connection, chat.shown.id, &tree, *id)?.message;
        bytes += message.text.len();
        if bytes > limits::TURN_BYTES && !messages.is_empty() {
            break;
        }
        messages.push(message);
    }
    messages.reverse();
    Ok(messages)
}
