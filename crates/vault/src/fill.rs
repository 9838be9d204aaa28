//! Fills a vault with made-up messages, for benchmarks.
//!
//! Words are invented syllables, drawn as in natural language (the word of
//! rank *n* is used *n* times less often than the first), so that searches
//! meet common and rare words alike. The same seed gives the same words.

use domain::{Author, ChatId, DataClass, Finish, MessageId, ModelRef, ProviderId, UnixMs};
use rusqlite::Transaction;

use crate::history::body::Body;
use crate::history::chat::ChatRow;
use crate::history::message::MessageRow;
use crate::history::{body, chat, message};
use crate::{Vault, VaultError};

/// Words that occur at all.
const VOCABULARY: f64 = 50_000.0;
/// Messages of one transaction.
const BATCH: u32 = 10_000;

/// What to fill in.
#[derive(Clone, Copy, Debug)]
pub struct Filling {
    /// How many chats.
    pub chats: u32,
    /// How many messages in each; questions and answers take turns.
    pub messages: u32,
    /// About how many words an answer has; a question has a fifth.
    pub words: u32,
    /// The time of the first message; each next one is a minute later.
    pub from: UnixMs,
    /// Where the made-up words begin.
    pub seed: u64,
}

impl Vault {
    /// Adds made-up chats and returns their ids, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn fill(&self, filling: Filling) -> Result<Vec<ChatId>, VaultError> {
        let mut made = Vec::new();
        let mut writer = Writer { random: Random(filling.seed), at: filling.from };
        let mut chat = None;
        let mut left = filling.chats.saturating_mul(filling.messages);
        while left > 0 {
            let batch = left.min(BATCH);
            left -= batch;
            (writer, chat, made) = self
                .change(move |tx| {
                    for _ in 0..batch {
                        let going = match chat.take() {
                            Some(going) => going,
                            None => Going::begin(tx, &mut writer, &mut made)?,
                        };
                        chat = going.add(tx, &mut writer, filling)?;
                    }
                    Ok((writer, chat, made))
                })
                .await?;
        }
        Ok(made)
    }
}

/// A chat that is being filled.
struct Going {
    row: i64,
    last: Option<MessageId>,
    messages: u32,
}

impl Going {
    fn begin(
        tx: &Transaction<'_>,
        writer: &mut Writer,
        made: &mut Vec<ChatId>,
    ) -> Result<Self, VaultError> {
        let chat = ChatRow {
            id: ChatId::new(writer.at, writer.random.bytes()),
            title: writer.text(6),
            created_at: writer.at,
            last_at: writer.at,
            pinned: writer.random.next().is_multiple_of(200),
            archived: writer.random.next().is_multiple_of(10),
            unread: false,
            model: Some(ModelRef {
                provider: ProviderId::from_bytes([1; 16]),
                model: "made-up".to_owned(),
            }),
            route: None,
            class: DataClass::default(),
        };
        made.push(chat.id);
        Ok(Self { row: chat::insert(tx, &chat)?, last: None, messages: 0 })
    }

    /// Adds one message; none once the chat is full.
    fn add(
        mut self,
        tx: &Transaction<'_>,
        writer: &mut Writer,
        filling: Filling,
    ) -> Result<Option<Self>, VaultError> {
        let asks = self.messages.is_multiple_of(2);
        let id = MessageId::new(writer.at, writer.random.bytes());
        let new = MessageRow {
            row: 0,
            id,
            chat: self.row,
            parent: self.last,
            author: if asks { Author::User } else { Author::Assistant },
            finish: Finish::Complete,
            streaming: false,
            created_at: writer.at,
            model: (!asks).then(|| "made-up".to_owned()),
        };
        let row = message::insert(tx, &new)?;
        let text = writer.text(if asks { filling.words / 5 } else { filling.words });
        body::insert(tx, row, &Body { text, reasoning: String::new(), provenance: None })?;
        self.last = Some(id);
        self.messages += 1;
        let full = self.messages >= filling.messages;
        if full {
            chat::set_leaf(tx, self.row, self.last)?;
            chat::touch(tx, self.row, writer.at)?;
        }
        writer.at = writer.at.plus(60_000);
        Ok((!full).then_some(self))
    }
}

struct Writer {
    random: Random,
    at: UnixMs,
}

impl Writer {
    /// A text of half to one and a half times `words` words.
    fn text(&mut self, words: u32) -> String {
        let count = u64::from(words / 2) + self.random.next() % u64::from(words.max(1)) + 1;
        let mut text = String::new();
        for at in 0..count {
            if at > 0 {
                text.push_str(if at % 12 == 0 { ". " } else { " " });
            }
            push_word(&mut text, self.random.rank());
        }
        text
    }
}

/// The word of a rank: the rarer, the longer.
fn push_word(text: &mut String, rank: u64) {
    let mut dice = Random(rank.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let syllables = 1 + u32::from(rank > 40) + u32::from(rank > 1_500) + u32::from(rank > 20_000);
    for _ in 0..syllables {
        for letters in ["bcdfghklmnprstvwz", "aeiou", "nrslt"] {
            let count = u64::try_from(letters.len()).unwrap_or(1);
            let at = usize::try_from(dice.next() % count).unwrap_or(0);
            text.extend(letters.chars().nth(at));
        }
    }
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        for (to, from) in bytes.iter_mut().zip(self.next().to_be_bytes().into_iter().cycle()) {
            *to = from;
        }
        bytes
    }

    /// A rank by Zipf's law: its logarithm is spread evenly.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "53 random bits to a number between 1 and 50,000"
    )]
    fn rank(&mut self) -> u64 {
        let even = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        VOCABULARY.powf(even) as u64
    }
}

/// The word of a rank, for searching what was filled in.
#[must_use]
pub fn word(rank: u64) -> String {
    let mut word = String::new();
    push_word(&mut word, rank);
    word
}
