//! Which lane answered in which chat, so that its prompt cache is used again.

use std::collections::HashMap;

use domain::ChatId;

use crate::moment::Moment;
use crate::route::LaneId;

/// No provider keeps a prompt cache longer.
const KEPT_MS: u64 = 60 * 60 * 1_000;
/// More chats than people have open within an hour.
const MOST: usize = 4_096;

#[derive(Debug, Default)]
pub(crate) struct Affinity(HashMap<ChatId, (LaneId, Moment)>);

impl Affinity {
    pub(crate) fn note(&mut self, chat: ChatId, lane: &LaneId, now: Moment) {
        if self.0.len() >= MOST && !self.0.contains_key(&chat) {
            self.0.retain(|_, (_, at)| now.since(*at) < KEPT_MS);
            if self.0.len() >= MOST
                && let Some(oldest) =
                    self.0.iter().min_by_key(|(_, (_, at))| *at).map(|(chat, _)| *chat)
            {
                self.0.remove(&oldest);
            }
        }
        self.0.insert(chat, (lane.clone(), now));
    }

    pub(crate) fn lane(&self, chat: ChatId, now: Moment) -> Option<&LaneId> {
        self.0.get(&chat).filter(|(_, at)| now.since(*at) < KEPT_MS).map(|(lane, _)| lane)
    }
}
