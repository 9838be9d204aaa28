//! Making, listing and taking back the tokens of programs.
//!
//! They lie in the desk's private file as digests; a token is shown once.

use domain::ProgramId;
use policy::Action;
use workspace::AuditKind;

use super::{Listed, MAX_NAME, MAX_PROGRAMS, Programs, new_token};
use crate::api::{
    Failure, MadeProgram, MakeProgram, Nothing, OneProgram, ProgramList, ProgramView,
};
use crate::desk::Desk;
use crate::secrets;
use crate::session::Session;

/// The name under which a desk keeps its programs.
const KEPT: &str = "programs";

/// What holds where a token is taken back and that cannot be kept.
const KEPT_OUT: &str =
    "The program is kept out until this desk is locked; take it back again after that.";

impl Session {
    /// Lets in the programs that the desk knows.
    pub(crate) async fn remember_programs(&self) -> Result<(), Failure> {
        if let Some(bytes) = self.vault.pin(KEPT).await? {
            self.programs.replace(Programs::from_bytes(&bytes));
        }
        Ok(())
    }

    async fn keep_programs(&self) -> Result<(), Failure> {
        Ok(self.vault.set_pin(KEPT, self.programs.to_bytes()).await?)
    }
}

impl Desk {
    pub(crate) async fn list_programs(&self, _: Nothing) -> Result<ProgramList, Failure> {
        self.allow_own(Action::EndpointUse)?;
        let view = |one: Listed| {
            let Listed { id, name, made_at, class, .. } = one;
            ProgramView { id, name, made_at, class }
        };
        let programs = self.session.programs.all().into_iter().map(view).collect();
        let port = self.app.port_state().await;
        Ok(ProgramList { programs, base_url: port.base_url(), trouble: port.trouble() })
    }

    pub(crate) async fn make_program(&self, request: MakeProgram) -> Result<MadeProgram, Failure> {
        self.allow_own(Action::EndpointUse)?;
        let name = secrets::name(&request.name, MAX_NAME, "A program's name")?;
        let token = new_token();
        let listed = Listed::new(self.app.now(), name, request.class, &token);
        let program = listed.id;
        self.session.programs.add(listed, MAX_PROGRAMS)?;
        if let Err(failure) = self.settle_program(AuditKind::ProgramMade { program }).await {
            self.session.programs.remove(program);
            return Err(failure);
        }
        self.app.heed_programs();
        let list = self.list_programs(Nothing {}).await?;
        Ok(MadeProgram { token: token.to_string(), list })
    }

    /// Takes a token back: whoever shows it is a stranger at once, and what it asks is ended.
    pub(crate) async fn revoke_program(&self, request: OneProgram) -> Result<ProgramList, Failure> {
        // A token can be taken back by whoever may make none any more.
        self.allow_own(Action::ProfileKeep)?;
        let program: ProgramId = request.id;
        if !self.session.programs.remove(program) {
            return Err(Failure::not_found());
        }
        self.app.heed_programs();
        let settled = self.settle_program(AuditKind::ProgramRevoked { program }).await;
        settled.map_err(|failure| failure.also(KEPT_OUT))?;
        self.list_programs(Nothing {}).await
    }

    /// Records what was done, and keeps it.
    async fn settle_program(&self, what: AuditKind) -> Result<(), Failure> {
        self.session.record(&self.app, what).await?;
        self.session.keep_programs().await
    }
}
