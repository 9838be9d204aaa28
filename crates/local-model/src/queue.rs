//! One answer at a time, and a short line behind it.
//!
//! A thread of its own owns the generator: its work blocks for seconds. A
//! caller who goes away frees their place at once, and their answer stops at
//! the next token or prompt chunk. Pieces are sent without waiting for a slow
//! reader; the context bounds how many there can be.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc;

use tokio::sync::mpsc as pieces;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::generate::{Broken, Ended, Generator, Prompt, Sampling};
use crate::refusal::Refusal;
use crate::text::{Characters, StopTexts};

/// Who may be waiting or being answered at once.
pub const PLACES: usize = 8;

/// What to generate.
#[derive(Clone, Debug)]
pub struct Work {
    /// What the model reads.
    pub prompt: Prompt,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// The most tokens to write.
    pub most: usize,
    /// The caller's stop texts.
    pub stops: Vec<String>,
}

/// Tokens read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Tokens of the prompt.
    pub prompt: usize,
    /// Tokens of the answer.
    pub answer: usize,
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// More text, never empty.
    Text(String),
    /// The last one.
    Ended(Ended, Count),
    /// The last one, where the model failed.
    Broken(Broken),
}

/// The pieces of one answer. Dropping it stops the work and frees the place.
#[derive(Debug)]
pub struct Answer {
    pieces: pieces::UnboundedReceiver<Piece>,
    _place: OwnedSemaphorePermit,
}

impl Answer {
    /// The next piece; none after the last, or when the model is gone.
    pub async fn next(&mut self) -> Option<Piece> {
        self.pieces.recv().await
    }
}

/// Where callers hand in work.
#[derive(Clone, Debug)]
pub struct Queue {
    places: Arc<Semaphore>,
    jobs: mpsc::Sender<Job>,
}

/// Where the generator's thread takes it.
#[derive(Debug)]
pub struct Inbox {
    jobs: mpsc::Receiver<Job>,
}

#[derive(Debug)]
struct Job {
    work: Work,
    pieces: pieces::UnboundedSender<Piece>,
}

/// Both ends of a line with [`PLACES`] places.
#[must_use]
pub fn open() -> (Queue, Inbox) {
    let (sender, receiver) = mpsc::channel();
    let places = Arc::new(Semaphore::new(PLACES));
    (Queue { places, jobs: sender }, Inbox { jobs: receiver })
}

impl Queue {
    /// Takes a place in the line.
    ///
    /// # Errors
    /// At once, when every place is taken or the model is gone.
    pub fn submit(&self, work: Work) -> Result<Answer, Refusal> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| Refusal::Busy(PLACES - 1))?;
        let (sender, receiver) = pieces::unbounded_channel();
        let gone = |_| Broken("it is no longer running".to_owned());
        self.jobs.send(Job { work, pieces: sender }).map_err(gone)?;
        Ok(Answer { pieces: receiver, _place: place })
    }
}

impl Inbox {
    /// Answers until every [`Queue`] is gone.
    pub fn serve(self, generator: &mut dyn Generator) {
        for job in self.jobs {
            let last = answer(generator, &job);
            // Nobody may be listening any more; then nobody misses it.
            drop(job.pieces.send(last));
        }
    }
}

fn answer(generator: &mut dyn Generator, job: &Job) -> Piece {
    let Work { prompt, sampling, most, stops } = &job.work;
    let mut characters = Characters::default();
    let mut watch = StopTexts::new(prompt.stops.iter().chain(stops).cloned());
    let mut count = Count { prompt: prompt.tokens.len(), answer: 0 };
    let mut stopped = false;

    let mut token = |bytes: &[u8]| {
        if job.pieces.is_closed() {
            return ControlFlow::Break(());
        }
        if bytes.is_empty() {
            return ControlFlow::Continue(());
        }
        count.answer += 1;
        let (text, found) = watch.push(&characters.push(bytes));
        stopped = found;
        show(job, text);
        if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    if token(&[]).is_break() {
        return Piece::Ended(Ended::Cancelled, count);
    }
    let ended = generator.generate(prompt, *sampling, *most, &mut token);
    show(job, watch.finish());
    match ended {
        Ok(_) if stopped => Piece::Ended(Ended::Stop, count),
        Ok(ended) => Piece::Ended(ended, count),
        Err(broken) => Piece::Broken(broken),
    }
}

fn show(job: &Job, text: String) {
    if !text.is_empty() {
        drop(job.pieces.send(Piece::Text(text)));
    }
}
