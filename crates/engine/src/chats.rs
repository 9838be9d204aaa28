//! Chats, messages, drafts and search on one's own desk.

use std::time::Duration;

use domain::ChatId;
use policy::Action;
use vault::{ChatChange, VaultError};

use crate::api::{
    ChatList, ChatPage, ChatSummary, Draft, Failure, FailureCode, ListChats, LoadMessages,
    MAX_MESSAGE_BYTES, MAX_QUERY_CHARS, MAX_TITLE_CHARS, MessageView, Nothing, OneChat, OneMessage,
    OpenChat, SaveDraft, Search, SearchHit, SearchResults, SelectVersion, SnippetPiece, UpdateChat,
};
use crate::desk::Desk;
use crate::secrets;
use crate::views;

/// Most chats or messages in one answer.
const MAX_PAGE: u32 = 200;
/// Most search hits in one answer.
const MAX_HITS: u32 = 100;
/// An erasure that takes longer goes on behind the screen.
const ERASING_SHOWN: Duration = Duration::from_secs(1);

impl Desk {
    pub(crate) async fn list_chats(&self, request: ListChats) -> Result<ChatList, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        let limit = request.limit.clamp(1, MAX_PAGE);
        let page = self.session.vault.list_chats(request.archived, request.before, limit).await?;
        Ok(ChatList { chats: page.chats.iter().map(views::chat).collect(), more: page.more })
    }

    pub(crate) async fn open_chat(&self, request: OpenChat) -> Result<ChatPage, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        let limit = request.limit.clamp(1, MAX_PAGE);
        let vault = &self.session.vault;
        Ok(views::page(vault.open_branch(request.chat, request.around, limit).await?))
    }

    pub(crate) async fn load_messages(&self, request: LoadMessages) -> Result<ChatPage, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        let limit = request.limit.clamp(1, MAX_PAGE);
        let vault = &self.session.vault;
        Ok(views::page(vault.load_branch(request.chat, request.from, limit).await?))
    }

    pub(crate) async fn select_version(&self, request: SelectVersion) -> Result<ChatPage, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        let limit = request.limit.clamp(1, MAX_PAGE);
        let vault = &self.session.vault;
        Ok(views::page(vault.select_version(request.message, limit).await?))
    }

    pub(crate) async fn read_message(&self, request: OneMessage) -> Result<MessageView, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        let vault = &self.session.vault;
        let found = vault.message(request.message).await?.ok_or_else(Failure::not_found)?;
        // Whoever reads an answer has seen that it arrived.
        let chat = found.message.chat;
        if !found.streaming && vault.chat(chat).await?.unread {
            vault.mark_read(chat).await;
        }
        Ok(views::message(found))
    }

    pub(crate) async fn update_chat(&self, request: UpdateChat) -> Result<ChatSummary, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        let title = match request.title {
            Some(title) => Some(secrets::name(&title, MAX_TITLE_CHARS, "A title")?),
            None => None,
        };
        if request.class.is_some() {
            // Another class while an answer is fetched would not hold for it.
            self.refuse_while_running(request.chat)?;
        }
        let UpdateChat { pinned, archived, class, .. } = request;
        let change = ChatChange { title, pinned, archived, class };
        Ok(views::chat(&self.session.vault.update_chat(request.chat, change).await?))
    }

    pub(crate) async fn delete_chat(&self, request: OneChat) -> Result<Nothing, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        self.refuse_while_running(request.chat)?;
        let vault = self.session.vault.clone();
        self.delete(async move { vault.delete_chat(request.chat).await }).await
    }

    pub(crate) async fn delete_message(&self, request: OneMessage) -> Result<Nothing, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        let found = self.session.vault.message(request.message).await?;
        let chat = found.ok_or_else(Failure::not_found)?.message.chat;
        self.refuse_while_running(chat)?;
        let vault = self.session.vault.clone();
        self.delete(async move { vault.delete_message(request.message).await }).await
    }

    /// Waits until what was deleted is erased, or so long that it is only out of sight yet:
    /// the erasure then goes on by itself, after the next unlock if need be.
    async fn delete(
        &self,
        deletion: impl Future<Output = Result<(), VaultError>> + Send + 'static,
    ) -> Result<Nothing, Failure> {
        let deletion = self.session.tasks.spawn(deletion);
        match tokio::time::timeout(ERASING_SHOWN, deletion).await {
            Err(_) => {}
            Ok(Ok(done)) => done?,
            Ok(Err(_)) => return Err(Failure::internal("the deletion could not be finished")),
        }
        Ok(Nothing {})
    }

    pub(crate) async fn save_draft(&self, request: SaveDraft) -> Result<Nothing, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        if request.text.len() > MAX_MESSAGE_BYTES {
            return Err(Failure::invalid("A message has at most 4 MiB. Split it, or shorten it."));
        }
        self.session.vault.save_draft(request.chat, request.text).await?;
        Ok(Nothing {})
    }

    pub(crate) async fn read_new_draft(&self, _: Nothing) -> Result<Draft, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        Ok(Draft { text: self.session.vault.new_draft().await? })
    }

    pub(crate) async fn search(&self, request: Search) -> Result<SearchResults, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        if request.query.chars().count() > MAX_QUERY_CHARS {
            return Err(Failure::invalid("A search has at most 500 characters."));
        }
        let limit = request.limit.clamp(1, MAX_HITS);
        let found = self.session.vault.search(&request.query, limit).await?;
        let hits = found
            .hits
            .into_iter()
            .map(|hit| SearchHit {
                chat: hit.chat,
                title: hit.title,
                message: hit.message,
                author: hit.author,
                created_at: hit.created_at,
                snippet: hit
                    .snippet
                    .into_iter()
                    .map(|piece| SnippetPiece { text: piece.text, hit: piece.hit })
                    .collect(),
            })
            .collect();
        Ok(SearchResults { chats: found.chats.iter().map(views::chat).collect(), hits })
    }

    fn refuse_while_running(&self, chat: ChatId) -> Result<(), Failure> {
        if self.session.turns.is_running_in(chat) {
            return Err(Failure::new(
                FailureCode::Busy,
                "An answer is being written in this chat. Stop it first.",
            ));
        }
        Ok(())
    }
}
