//! From the vault's rows to what a screen reads.

use domain::Target;
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
        target: asked(row),
        class: row.class,
    }
}

/// Whom the chat was asked of last.
fn asked(row: &ChatRow) -> Option<Target> {
    let by_route = row.route.map(|route| Target::Route { route });
    by_route.or_else(|| row.model.clone().map(|model| Target::Model { model }))
}

pub(crate) fn message(versioned: Versioned) -> MessageView {
    MessageView {
        message: versioned.message,
        versions: versioned.versions,
        streaming: versioned.streaming,
    }
}

pub(crate) fn page(branch: Branch) -> ChatPage {
    ChatPage {
        chat: chat(&branch.chat),
        branch_len: branch.branch_len,
        from: branch.from,
        messages: branch.messages.into_iter().map(message).collect(),
        draft: branch.draft,
        running: branch.running,
    }
}
