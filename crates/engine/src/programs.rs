//! A person's own programs, and what they ask through an open desk.
//!
//! A program shows a token that its desk knows; nobody knows it while the desk
//! is locked. It asks as its person: the same policy, limits, fallback, ledger
//! and record as a question in a window. Nothing of question and answer is
//! kept. HTTP is not known here; `crates/endpoint` speaks it.

mod asking;
mod job;
mod manner;
mod names;
mod port;
mod said;
mod tending;
mod tokens;

use std::sync::Arc;

use domain::{DataClass, ProgramId, UnixMs};
use policy::Action;
use tokio_util::sync::CancellationToken;

pub use asking::Query;
pub use gateway::{Form, Thinking, Tool, ToolChoice, ToolDelta, Unfit, Wishes};
pub use manner::Manner;
pub(crate) use port::Port;
pub use port::PortState;
pub use said::{Answers, Ended, Refused, Said, What};
pub use tokens::new_token;
pub(crate) use tokens::{Listed, Programs};

use crate::api::{Failure, FailureCode, Nothing};
use crate::desk::Desk;
use crate::programs::names::Names;
use crate::{App, WindowLabel, secrets};

/// Longest name of a program, in characters.
const MAX_NAME: usize = 60;
/// Most programs of one desk.
const MAX_PROGRAMS: usize = 50;

/// A program that showed a token of an open desk.
pub struct Program {
    desk: Desk,
    id: ProgramId,
    /// What its questions count as.
    class: DataClass,
    /// Cancelled when its token is revoked.
    revoked: CancellationToken,
}

/// A model as programs name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedModel {
    /// To be asked for by this name.
    pub id: String,
    /// The provider's label.
    pub provider_label: String,
}

impl App {
    /// The program that shows `token`.
    ///
    /// # Errors
    /// `Locked` where no open desk knows it; an unknown token and one of a locked desk are
    /// told apart by nobody.
    pub fn program(self: &Arc<Self>, token: &str) -> Result<Program, Failure> {
        let digest = tokens::digest(token);
        let found = self.open_sessions().into_iter().find_map(|session| {
            let (id, class, revoked) = session.programs.find(&digest)?;
            let desk = Desk { app: Arc::clone(self), session };
            Some(Program { desk, id, class, revoked })
        });
        found.ok_or_else(|| {
            Failure::new(
                FailureCode::Locked,
                "No open desk knows this token. Open the desk in Carrel, or make a new token there.",
            )
        })
    }

    /// Lets a program with this token ask through the desk of `window` until it is locked. The
    /// token is stored nowhere.
    ///
    /// # Errors
    /// `Locked`, `Denied`, or `Invalid` for a name or a token that will not do.
    pub fn let_in(
        self: &Arc<Self>,
        window: &WindowLabel,
        name: &str,
        token: &str,
    ) -> Result<(), Failure> {
        let desk = self.desk(window)?;
        desk.allow_own(Action::EndpointUse)?;
        let name = secrets::name(name, MAX_NAME, "A program's name")?;
        tokens::check(token)?;
        let class = DataClass::default();
        let listed = Listed::new(self.now(), name, class, token).for_now();
        desk.session.programs.add(listed, MAX_PROGRAMS)?;
        self.heed_programs();
        Ok(())
    }

    /// The time by the engine's clock, for what a program is told.
    #[must_use]
    pub fn time(&self) -> UnixMs {
        self.now()
    }
}

impl Program {
    /// What `work` gives, unless the desk is locked before.
    ///
    /// # Errors
    /// `Locked`.
    pub async fn unless_locked<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        self.desk.session.turns.unless_closed(work).await
    }

    /// The models that may be asked, by the names to ask for them.
    ///
    /// # Errors
    /// `Locked` and `Denied`.
    pub async fn models(&self) -> Result<Vec<OfferedModel>, Failure> {
        self.admit().await?;
        let names = Names::of(&self.desk.providers().await?, &self.desk.routes().await?);
        let listed = self.desk.list_models(Nothing {}).await?;
        let offered = listed
            .models
            .into_iter()
            .filter(|view| view.unavailable.is_none() && view.classes.contains(&self.class));
        let mut models: Vec<OfferedModel> = offered
            .filter_map(|view| {
                let id = names.id_of(&view.model)?.to_owned();
                Some(OfferedModel { id, provider_label: view.provider_label })
            })
            .collect();
        let way = |id: String| OfferedModel { id, provider_label: "Carrel".to_owned() };
        if listed.usual.is_some() {
            models.push(way(names::USUAL.to_owned()));
        }
        let routes = self.desk.list_routes(Nothing {}).await?.routes;
        let open = routes.into_iter().filter(|route| route.classes.contains(&self.class));
        models.extend(open.map(|route| way(names::of_route(&route.name))));
        Ok(models)
    }

    /// The desk is open, its person may still do this, and the token still counts.
    async fn admit(&self) -> Result<(), Failure> {
        self.desk.hear_of_changes().await?;
        self.desk.allow_own(Action::EndpointUse)?;
        if self.revoked.is_cancelled() || self.desk.session.turns.is_closed() {
            return Err(Failure::locked());
        }
        Ok(())
    }
}
