//! A GGUF model in memory, its vocabulary and its chat template.
//!
//! Any architecture that llama.cpp knows loads here. A template llama.cpp
//! does not know falls back to ChatML, whose marks then end the answer as
//! plain text, since the vocabulary may lack them.

use std::path::Path;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};

use crate::generate::{Line, Model, Prompt, Refused, Speaker};
use crate::gguf;
use crate::startup::StartupError;
use crate::template::{Piece, fill, mark};

/// Room that every prompt must leave for an answer, in tokens.
const ROOM: usize = 64;

/// Tokens are words, or runs of spaces; longer ones are so rare that a chat of
/// this many bytes for each token of the context need not be read to be refused.
const LONGEST_TOKEN: usize = 128;

/// ChatML's marks, for models whose own template is unknown.
const CHATML_STOPS: [&str; 2] = ["<|im_end|>", "<|im_start|>"];

/// Loaded weights.
pub struct Weights {
    pub(crate) model: LlamaModel,
    pub(crate) backend: LlamaBackend,
    context: usize,
    name: String,
    template: LlamaChatTemplate,
    stops: Vec<String>,
    control: Vec<String>,
}

impl Weights {
    /// Loads the model at `path`, to be used with at most `context` tokens.
    ///
    /// # Errors
    /// When the file is missing, damaged or cut short, or of a kind llama.cpp does not know.
    pub fn load(path: &Path, context: u32) -> Result<Self, StartupError> {
        let facts = gguf::inspect(path)?;
        let failed = |what: &dyn std::fmt::Display| StartupError::Failed(what.to_string());
        let mut backend = LlamaBackend::init().map_err(|error| failed(&error))?;
        backend.void_logs();
        let model = LlamaModel::load_from_file(&backend, path, &LlamaModelParams::default());
        let model = model.map_err(|_| StartupError::UnknownKind(facts.architecture))?;
        let (template, stops) = template(&model).map_err(|error| failed(&error))?;
        Ok(Self {
            context: usize::try_from(context.min(model.n_ctx_train())).unwrap_or(usize::MAX),
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            control: control_texts(&model),
            backend,
            model,
            template,
            stops,
        })
    }

    /// Texts that spell a control token are read letter by letter. All others
    /// are read together with their frame, as the model was trained.
    fn tokens(&self, pieces: &[Piece<'_>]) -> Vec<i32> {
        let vocab = self.model.vocab();
        let forged = pieces.iter().any(|piece| match piece {
            Piece::Frame(_) => false,
            Piece::Text(text) => self.control.iter().any(|control| text.contains(control)),
        });
        let mut tokens = Vec::new();
        if forged {
            for (index, piece) in pieces.iter().enumerate() {
                let (text, special) = match piece {
                    Piece::Frame(text) => (text, true),
                    Piece::Text(text) => (text, false),
                };
                vocab.tokenize_into(text.as_bytes(), &mut tokens, index == 0, special);
            }
        } else {
            let whole: String = pieces.iter().map(Piece::as_str).collect();
            vocab.tokenize_into(whole.as_bytes(), &mut tokens, true, true);
        }
        tokens.into_iter().map(|token| token.0).collect()
    }
}

impl Model for Weights {
    fn name(&self) -> &str {
        &self.name
    }

    fn context(&self) -> usize {
        self.context
    }

    fn prompt(&self, chat: &[Line]) -> Result<Prompt, Refused> {
        let context = self.context;
        let bytes: usize = chat.iter().map(|line| line.text.len()).sum();
        if bytes > context.saturating_mul(LONGEST_TOKEN) {
            return Err(Refused::TooLong { tokens: None, context });
        }
        let (closed, open) = match chat.split_last() {
            Some((last, before)) if last.speaker == Speaker::Assistant => (before, Some(last)),
            _ => (chat, None),
        };
        let frame = render(&self.model, &self.template, closed);
        let texts: Vec<&str> = closed.iter().map(|line| line.text.as_str()).collect();
        let mut pieces = fill(&frame, &texts);
        pieces.extend(open.map(|line| Piece::Text(&line.text)));
        let tokens = self.tokens(&pieces);
        if tokens.len() + ROOM > context {
            return Err(Refused::TooLong { tokens: Some(tokens.len()), context });
        }
        Ok(Prompt { tokens, stops: self.stops.clone() })
    }
}

/// The model's own template, or ChatML with its marks as stop texts.
fn template(model: &LlamaModel) -> Result<(LlamaChatTemplate, Vec<String>), std::ffi::NulError> {
    let trial = [Line { speaker: Speaker::User, text: String::new() }];
    let own = model.chat_template(None).ok();
    match own.filter(|own| render(model, own, &trial).contains(&mark(0))) {
        Some(own) => Ok((own, Vec::new())),
        None => Ok((LlamaChatTemplate::new("chatml")?, CHATML_STOPS.map(str::to_owned).to_vec())),
    }
}

/// The frame of a chat, with marks in the places of its texts; empty where
/// llama.cpp does not know the template.
fn render(model: &LlamaModel, template: &LlamaChatTemplate, chat: &[Line]) -> String {
    let marked = chat
        .iter()
        .enumerate()
        .map(|(index, line)| LlamaChatMessage::new(line.speaker.word().to_owned(), mark(index)));
    // Neither a role word nor a mark holds the NUL that would be refused.
    let marked: Vec<_> = marked.filter_map(Result::ok).collect();
    model.apply_chat_template(template, &marked, true).unwrap_or_default()
}

/// How the vocabulary spells the tokens that structure a chat.
fn control_texts(model: &LlamaModel) -> Vec<String> {
    let vocab = model.vocab();
    let control = vocab.tokens().filter(|token| vocab.is_control(*token));
    let texts = control.filter_map(|token| vocab.text(token)?.to_str().ok().map(str::to_owned));
    texts.filter(|text| !text.is_empty()).collect()
}
