//! One message as a model is sent it: who wrote it, and the text.

use crate::Author;

/// A message on its way to a model, without ids or provenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Who wrote it.
    pub author: Author,
    /// Markdown as written.
    pub text: String,
}
