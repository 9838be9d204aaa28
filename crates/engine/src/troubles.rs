//! Why a model would not answer now, for whoever chooses one.
//!
//! A limit of the workspace, or what the gateway holds against a model and its
//! keys. It forbids nothing: a limit may be wide enough a minute later, and
//! somebody else may stand in.

use domain::{ModelRef, Tokens};
use gateway::LEAST_ANSWER;
use workspace::{Prospect, Provider, Wish};

use crate::api::Failure;
use crate::desk::Desk;
use crate::price::PriceBook;

impl Desk {
    /// For each model of `providers`, in order, why it would not answer now.
    pub(crate) async fn troubles(
        &self,
        providers: &[Provider],
        book: &PriceBook,
    ) -> Result<Vec<Option<Failure>>, Failure> {
        let now = self.app.now();
        let asked = || providers.iter().flat_map(|one| std::iter::repeat(one).zip(&one.models));
        let limits = match &self.session.workspace {
            Some(workspace) => {
                let prospects = asked().map(|(provider, name)| prospect(provider, name, book));
                let role = self.session.role;
                workspace.shortfalls(role, prospects.collect(), now).await?
            }
            None => asked().map(|_| None).collect(),
        };
        let rests = |provider: &Provider, name: &str| {
            let keys: Vec<_> = provider.keys.iter().map(|key| key.id).collect();
            self.app.gateway.why_not(provider.id, name, &keys, now)
        };
        let troubles = asked().zip(limits).map(|((provider, name), limit)| {
            limit.map(Failure::from).or_else(|| rests(provider, name).map(Failure::from))
        });
        Ok(troubles.collect())
    }
}

/// The shortest question for the shortest answer.
fn prospect(provider: &Provider, name: &str, book: &PriceBook) -> Prospect {
    let input = Tokens(1);
    Prospect {
        model: ModelRef { provider: provider.id, model: name.to_owned() },
        key: match provider.keys.as_slice() {
            [only] => Some(only.id),
            _ => None,
        },
        wish: Wish {
            input,
            output: LEAST_ANSWER,
            least: LEAST_ANSWER,
            price: book.price(provider, name).ceiling(input),
        },
    }
}
