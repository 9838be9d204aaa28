//! Writes answers with llama.cpp, token by token.
//!
//! The prompt is decoded in chunks of 64 tokens so that cancelling is prompt
//! even in a long one. Nothing of a chat stays in the model's cache after its
//! answer: several people may use one model.

use std::num::NonZeroU32;
use std::ops::ControlFlow;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;

use crate::generate::{Broken, Ended, Generator, Model, Prompt, Sampling};
use crate::startup::StartupError;
use crate::weights::Weights;

const CHUNK: usize = 64;

/// Only tokens at least this likely, relative to the likeliest, are considered.
const MIN_P: f32 = 0.05;

/// Small models repeat themselves; a word said within the last tokens is made a little less likely.
const REPEAT_WINDOW: i32 = 64;
const REPEAT_PENALTY: f32 = 1.1;

/// The one place that runs the model.
pub struct Decoder<'a> {
    context: LlamaContext<'a>,
    vocab: LlamaVocab<'a>,
    batch: LlamaBatch<'a>,
}

impl<'a> Decoder<'a> {
    /// Sets aside the memory for a full context.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn new(weights: &'a Weights, threads: usize) -> Result<Self, StartupError> {
        let size = u32::try_from(weights.context()).ok().and_then(NonZeroU32::new);
        let threads = i32::try_from(threads).unwrap_or(1);
        let chunk = u32::try_from(CHUNK).unwrap_or(u32::MAX);
        let params = LlamaContextParams::default()
            .with_n_ctx(size)
            .with_n_batch(chunk)
            .with_n_ubatch(chunk)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_no_perf(true);
        let context = weights.model.new_context(&weights.backend, params);
        let context = context.map_err(|_| {
            StartupError::Failed("there is not enough memory for its context".to_owned())
        })?;
        let (vocab, batch) = (weights.model.vocab(), LlamaBatch::new(CHUNK, 1));
        Ok(Self { context, vocab, batch })
    }

    /// Decodes `tokens`, which follow `before` others.
    fn read(&mut self, tokens: &[LlamaToken], before: usize) -> Result<(), Broken> {
        self.batch.clear();
        for (offset, token) in tokens.iter().enumerate() {
            let position = i32::try_from(before + offset).map_err(broken)?;
            let last = offset + 1 == tokens.len();
            self.batch.add(*token, position, &[0], last).map_err(broken)?;
        }
        self.context.decode(&mut self.batch).map_err(broken)
    }

    fn answer(
        &mut self,
        prompt: &[LlamaToken],
        sampler: &mut LlamaSampler,
        most: usize,
        token: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Ended, Broken> {
        let mut read = 0;
        for chunk in prompt.chunks(CHUNK) {
            if token(&[]).is_break() {
                return Ok(Ended::Cancelled);
            }
            self.read(chunk, read)?;
            read += chunk.len();
        }
        for written in 1..=most {
            // -1 is the last token read.
            let next = sampler.sample(&self.context, -1);
            if self.vocab.is_eog(next) {
                return Ok(Ended::Stop);
            }
            if token(&self.vocab.token_to_piece(next, false, None)).is_break() {
                return Ok(Ended::Cancelled);
            }
            if written < most {
                self.read(&[next], read)?;
                read += 1;
            }
        }
        Ok(Ended::Length)
    }

    fn sampler(&self, sampling: Sampling) -> LlamaSampler {
        if sampling.temperature <= 0.0 {
            return LlamaSampler::chain_simple([self.penalties(), LlamaSampler::greedy()]);
        }
        LlamaSampler::chain_simple([
            self.penalties(),
            LlamaSampler::top_p(sampling.top_p, 1),
            LlamaSampler::min_p(MIN_P, 1),
            LlamaSampler::temp(sampling.temperature),
            LlamaSampler::dist(sampling.seed),
        ])
    }

    fn penalties(&self) -> LlamaSampler {
        LlamaSampler::penalties(self.vocab.n_tokens(), REPEAT_WINDOW, REPEAT_PENALTY, 0.0, 0.0)
    }
}

impl Generator for Decoder<'_> {
    fn generate(
        &mut self,
        prompt: &Prompt,
        sampling: Sampling,
        most: usize,
        token: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Ended, Broken> {
        let tokens: Vec<_> = prompt.tokens.iter().map(|&id| LlamaToken::new(id)).collect();
        let mut sampler = self.sampler(sampling);
        let ended = self.answer(&tokens, &mut sampler, most, token);
        self.context.clear_kv_cache();
        ended
    }
}

fn broken(error: impl std::fmt::Display) -> Broken {
    Broken(error.to_string())
}
