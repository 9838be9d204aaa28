//! From the vault's rows to what a screen reads.

use vault::{Branch, ChatRow, Versioned};

use crate::api::{ChatPage, ChatSummary, MessageView};

pub(crate) fn chat(row: &ChatRow) -> ChatSummary {
    ChatSummary {
        id: row.id,
        title: row.title.clone(),
        last_at: row.last_at,
        pinned: row.pinned,
        archived: row.archived,
        unread: row.unread,
        model: row.model.clone(),
    }
}

pub(crate) fn message(versioned: Versioned) -> MessageView {
    MessageView { message: versioned.message, versions: versioned.versions, streaming: false }
}

pub(crate) fn streaming(versioned: Versioned) -> MessageView {
    MessageView { streaming: true, ..message(versioned) }
}

pub(crate) fn page(branch: Branch, running: Option<(domain::TurnId, domain::MessageId)>) -> ChatPage {
    let messages = branch
        .messages
        .into_iter()
        .map(|versioned| {
            let streaming = running.is_some_and(|(_, answer)| answer == versioned.message.id);
            MessageView { streaming, ..message(versioned) }
        })
        .collect();
    ChatPage {
        chat: chat(&branch.chat),
        branch_len: branch.branch_len,
        from: branch.from,
        messages,
        draft: branch.draft,
        running: running.map(|(turn, _)| turn),
    }
}
