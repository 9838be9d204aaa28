//! What a question needs of a model, and which models lack it.
//!
//! Decided before health and price are looked at: a model that cannot do
//! what is asked answers with an error that ends the question. What nobody
//! knows of a model is no reason to pass it over.

use std::fmt;

use domain::Prompt;

use crate::{Whom, Wishes};

/// Something that not every model can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Reading images.
    Images,
    /// Calling tools.
    Tools,
    /// Answering in a given form.
    Form,
    /// Thinking before it answers.
    Thinking,
}

/// What a model can do; none where nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Reading images.
    pub images: Option<bool>,
    /// Calling tools.
    pub tools: Option<bool>,
    /// Answering in a given form.
    pub form: Option<bool>,
    /// Thinking before it answers.
    pub thinking: Option<bool>,
}

/// A candidate that was not asked because of what it lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The candidate.
    pub whom: Whom,
    /// What it lacks.
    pub lacks: Need,
}

impl Abilities {
    /// The first of `needs` that the model is known to lack.
    pub(crate) fn lack(&self, needs: &[Need]) -> Option<Need> {
        needs.iter().copied().find(|need| self.can(*need) == Some(false))
    }

    fn can(&self, need: Need) -> Option<bool> {
        match need {
            Need::Images => self.images,
            Need::Tools => self.tools,
            Need::Form => self.form,
            Need::Thinking => self.thinking,
        }
    }
}

/// What a question needs.
pub(crate) fn needs(messages: &[Prompt], wishes: &Wishes) -> Vec<Need> {
    let needs = [
        (Need::Images, messages.iter().any(|message| message.images().next().is_some())),
        (Need::Tools, wishes.offer_tools()),
        (Need::Form, wishes.form.is_some()),
        (Need::Thinking, wishes.thinking.is_some()),
    ];
    needs.into_iter().filter_map(|(need, wanted)| wanted.then_some(need)).collect()
}

impl fmt::Display for PassedOver {
    /// What it lacks and what to do, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = &self.whom.model;
        match self.lacks {
            Need::Images => write!(
                f,
                "{model} does not read images. Use a model that does, or leave the images out."
            ),
            Need::Tools => write!(f, "{model} does not use tools. Use a model that does."),
            Need::Form => {
                write!(f, "{model} does not answer in a given form. Use a model that does.")
            }
            Need::Thinking => {
                write!(f, "{model} does not think before it answers. Use a model that does.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Thinking;

    #[test]
    fn what_nobody_knows_is_no_lack() {
        let needs = [Need::Tools, Need::Form];
        assert_eq!(Abilities::default().lack(&needs), None, "unknown is tried");
        let only_tools = Abilities { tools: Some(true), form: Some(false), ..Abilities::default() };
        assert_eq!(only_tools.lack(&needs), Some(Need::Form), "known is passed over");
        let blind = Abilities { images: Some(false), ..Abilities::default() };
        assert_eq!(blind.lack(&needs), None, "what is not asked for is not missed");
    }

    #[test]
    fn a_plain_question_needs_nothing() {
        assert_eq!(needs(&[], &Wishes::default()), vec![], "any model will do");
        let wishes = Wishes { thinking: Some(Thinking::Low), ..Wishes::default() };
        assert_eq!(needs(&[], &wishes), vec![Need::Thinking], "as asked for");
    }
}
