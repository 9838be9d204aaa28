//! The engine and the vault without a window: unlock, search, turns.

use ::vault::fill::word;
use ::vault::{OpenTurn, Settlement, TurnQuestion, Vault};
use domain::{ChatId, Finish, MessageId, ModelRef, ProviderId, TurnId, UnixMs};
use support::people::{Carrel, PASSPHRASE};

use crate::Outcome;
use crate::desks::{Desk, HUNDRED_THOUSAND, MILLION};
use crate::figures::{Figure, Samples, Sheet, timed};

const UNLOCKS: usize = 15;
/// Queries of each kind; each is asked once before it counts.
const QUERIES: u32 = 100;
/// As many hits as the palette asks for.
const HITS: u32 = 30;
/// Words that are drawn from, commonest first.
const WORDS: f64 = 50_000.0;
const APPENDS: usize = 400;
const TURNS: u8 = 60;
const NOW: UnixMs = UnixMs(1_795_000_000_000);

pub(crate) async fn measure(sheet: &mut Sheet) -> Outcome {
    Box::pin(unlocking(sheet)).await?;
    let desk = Desk::copied(MILLION).await?;
    let vault = desk.vault()?;
    vault.replay_unsettled(NOW).await?;
    searching(sheet, &vault).await?;
    opening(sheet, &vault, desk.chats.long).await?;
    let after = "in a vault of a million messages; durable when it returns";
    appending(sheet, &vault, desk.chats.usual, after).await?;
    turns(sheet, &vault, desk.chats.usual, "a chat of 200 messages").await?;
    turns(sheet, &vault, desk.chats.long, "a chat of 5,000 messages").await?;
    vault.close().await;
    Ok(())
}

/// The whole command `unlock`, and the key derivation alone.
async fn unlocking(sheet: &mut Sheet) -> Outcome {
    let desk = Desk::copied(HUNDRED_THOUSAND).await?;
    let derivation = desk.derivation(UNLOCKS)?;
    let mut beyond = Samples::default();
    for _ in 0..UNLOCKS {
        let carrel = Carrel::start(desk.path()).await;
        let unlocked = Box::pin(carrel.unlock("Mira", PASSPHRASE, "measured"));
        let (_person, took) = timed(unlocked).await;
        beyond.push(took.as_secs_f64() * 1e3 - derivation.median());
        carrel.app.close().await;
    }
    let note = format!(
        "106,448 messages, {UNLOCKS} unlocks through the engine, less the key derivation's {:.0} ms; files in the page cache",
        derivation.median()
    );
    let figure = Figure::of("unlock beyond the key derivation, without painting", "ms", &beyond);
    Ok(sheet.add(&figure.target("≤ 100").note(&note))?)
}

async fn searching(sheet: &mut Sheet, vault: &Vault) -> Outcome {
    let ranks = || (0..QUERIES).map(|at| rank(f64::from(at) / f64::from(QUERIES)));
    let whole = |rank: u64| word(rank);
    let one: Vec<_> = ranks().map(|rank| format!("{} ", whole(rank))).collect();
    let two: Vec<_> = ranks()
        .zip(ranks().skip(usize::try_from(QUERIES / 3)?).chain(ranks()))
        .map(|(one, other)| format!("{} {} ", whole(one), whole(other)))
        .collect();
    let prefix: Vec<String> = ranks()
        .map(whole)
        .filter(|word| word.len() > 4)
        .map(|word| word.chars().take(4).collect())
        .collect();
    for (name, queries) in [
        ("search, one word", one),
        ("search, two words", two),
        ("search, beginning of a word (4 letters)", prefix),
    ] {
        let mut took = Samples::default();
        for counts in [false, true] {
            for query in &queries {
                let (found, time) = timed(vault.search(query, HITS)).await;
                if counts {
                    found?;
                    took.push_ms(time);
                }
            }
        }
        let worst = took.quantile(1.0).unwrap_or(f64::NAN);
        let note = format!(
            "1,006,448 messages, warm, {} queries from the commonest word to the rarest, {HITS} hits each; worst {worst:.0} ms",
            took.len()
        );
        let figure = Figure::of(name, "ms", &took);
        sheet.add(&figure.target("p95 ≤ 20").note(&note))?;
    }
    Ok(())
}

/// The last page of a long chat, as the window asks for it.
async fn opening(sheet: &mut Sheet, vault: &Vault, chat: ChatId) -> Outcome {
    let mut took = Samples::default();
    for _ in 0..40 {
        let (branch, time) = timed(vault.open_branch(chat, None, 40)).await;
        branch?;
        took.push_ms(time);
    }
    let figure = Figure::of("read the end of a chat of 5,000 messages", "ms", &took);
    Ok(sheet.add(&figure.note("40 messages of its branch; part of opening it"))?)
}

async fn appending(sheet: &mut Sheet, vault: &Vault, chat: ChatId, note: &str) -> Outcome {
    let turn = TurnId::new(NOW, [200; 10]);
    vault.open_turn(follow_up(turn, chat, 200)).await?;
    // A fifth of a second of 200 tokens a second.
    let delta = " tide".repeat(40);
    let mut took = Samples::default();
    for _ in 0..APPENDS {
        let (kept, time) = timed(vault.journal_append(turn, delta.clone(), String::new())).await;
        kept?;
        took.push_ms(time);
    }
    vault.settle_turn(turn, settlement()).await?;
    let note = format!("{APPENDS} commits of {} bytes, {note}", delta.len());
    Ok(sheet.add(&Figure::of("append to the journal", "ms", &took).note(&note))?)
}

async fn turns(sheet: &mut Sheet, vault: &Vault, chat: ChatId, place: &str) -> Outcome {
    let (mut opened, mut settled) = (Samples::default(), Samples::default());
    for number in 0..TURNS {
        let turn = TurnId::new(NOW.plus(i64::from(number)), chat_bytes(chat, number));
        let (begun, time) = timed(vault.open_turn(follow_up(turn, chat, number))).await;
        begun?;
        opened.push_ms(time);
        vault.journal_append(turn, "Flood and ebb. ".repeat(100), String::new()).await?;
        let (ended, time) = timed(vault.settle_turn(turn, settlement())).await;
        ended?;
        settled.push_ms(time);
    }
    let note = |what: &str| format!("{what}; {TURNS} turns in {place}, in a million messages");
    let begin = Figure::of(&format!("open a turn, {place}"), "ms", &opened);
    sheet.add(&begin.note(&note("stores question and answer, reads what the model is told")))?;
    let end = Figure::of(&format!("settle a turn, {place}"), "ms", &settled);
    Ok(sheet.add(&end.note(&note("1.5 kB of answer, indexed")))?)
}

fn follow_up(turn: TurnId, chat: ChatId, number: u8) -> OpenTurn {
    let now = NOW.plus(i64::from(number));
    OpenTurn {
        turn,
        question: TurnQuestion::FollowUp { chat, text: "What is a tide?".to_owned() },
        new_chat: ChatId::new(now, [1; 10]),
        question_id: MessageId::new(now, chat_bytes(chat, number)),
        answer_id: MessageId::new(now, chat_bytes(chat, 255 - number)),
        model: ModelRef { provider: ProviderId::new(NOW, [2; 10]), model: "made-up".to_owned() },
        route: None,
        class: domain::DataClass::default(),
        now,
    }
}

/// Random bytes of an id that are another for each chat and number.
fn chat_bytes(chat: ChatId, number: u8) -> [u8; 10] {
    let mut bytes = [number; 10];
    for (to, from) in bytes.iter_mut().zip(chat.as_bytes().iter().rev().take(9)) {
        *to = *from;
    }
    bytes
}

fn settlement() -> Settlement {
    Settlement { finish: Finish::Complete, provenance: None, title: None, now: NOW }
}

/// Evenly over the logarithm: common words are asked for as often as rare ones.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank between 1 and 50,000"
)]
fn rank(part: f64) -> u64 {
    WORDS.powf(part) as u64
}
