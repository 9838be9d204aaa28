//! Roles that admins make, and the matrix of what each may.
//!
//! The matrix is a way to write policies: every cell owns one, and what was
//! written by hand is kept. What a cell shows as allowed is what the policy
//! itself answers for somebody in that role about a thing of that kind. Policies
//! that this Carrel cannot read allow nothing to anyone; they are told by their
//! number, and left out when an admin saves.

use domain::{DataClass, Role, RoleId, UnixMs};
use policy::{Action, Grant, Matrix, Principal, Resource, Rules, Statement};
use workspace::{MadeRole, Member, SignedPolicy, Workspace, WorkspaceError};

use crate::App;
use crate::api::{
    CellChanges, CellView, Failure, HandWritten, Nothing, PolicyView, RemoveRole, RoleView,
    RowView, SaveRole,
};
use crate::desk::Desk;
use crate::things::Things;

const LONGEST_NAME: usize = 40;
const MOST_CHANGES: usize = 500;

impl Desk {
    pub(crate) async fn read_policy(&self, _: Nothing) -> Result<PolicyView, Failure> {
        self.allow(Action::PolicySign, &Resource::Workspace)?;
        let signed = self.session.workspace()?.policy().await?;
        let Readable { rules, left_out, .. } = self.readable(signed.clone()).await?;
        // As long as there is something unreadable, only what is fixed is allowed.
        let rules = if left_out > 0 { Rules::shut() } else { rules };
        self.policy_view(signed, rules, left_out).await
    }

    /// What the matrix would say after these changes; nothing is signed.
    pub(crate) async fn preview_cells(&self, request: CellChanges) -> Result<PolicyView, Failure> {
        self.allow(Action::PolicySign, &Resource::Workspace)?;
        let rows = self.rows().await?;
        let wanted = changed(self.to_change().await?, request, &rows)?;
        let (wanted, rules) = aside(move || {
            let rules = Workspace::rules_of(&wanted).map_err(WorkspaceError::from)?;
            Ok::<_, Failure>((wanted, rules))
        })
        .await??;
        self.policy_view(wanted, rules, 0).await
    }

    pub(crate) async fn write_cells(&self, request: CellChanges) -> Result<PolicyView, Failure> {
        let grant = self.allow(Action::PolicySign, &Resource::Workspace)?;
        let (version, rows) = (request.version, self.rows().await?);
        let wanted = changed(self.to_change().await?, request, &rows)?;
        self.sign(&grant, version, wanted).await
    }

    pub(crate) async fn save_role(&self, request: SaveRole) -> Result<PolicyView, Failure> {
        let grant = self.allow(Action::PolicySign, &Resource::Workspace)?;
        let mut signed = self.to_change().await?;
        let name = request.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(Failure::invalid("A role has a name of 1 to 40 characters."));
        }
        let same = |role: &&MadeRole| role.name.to_lowercase() == name.to_lowercase();
        if signed.roles.iter().find(same).is_some_and(|other| Some(other.id) != request.id) {
            return Err(Failure::invalid("Another role has this name. Choose another one."));
        }
        let inherits = request.like_member.then_some(Role::Member);
        match request.id {
            None => {
                let id = RoleId::new(self.app.now(), sealed::random_bytes());
                signed.roles.push(MadeRole { id, name, inherits });
            }
            Some(id) => {
                let known = signed.roles.iter_mut().find(|role| role.id == id);
                let role = known.ok_or_else(Failure::not_found)?;
                *role = MadeRole { id, name, inherits };
            }
        }
        self.sign(&grant, request.version, signed).await
    }

    /// Removes a role with its cells. Policies by hand that speak of it speak of nobody then.
    pub(crate) async fn remove_role(&self, request: RemoveRole) -> Result<PolicyView, Failure> {
        let grant = self.allow(Action::PolicySign, &Resource::Workspace)?;
        let mut signed = self.to_change().await?;
        let before = signed.roles.len();
        signed.roles.retain(|role| role.id != request.id);
        if signed.roles.len() == before {
            return Err(Failure::not_found());
        }
        let (mut matrix, by_hand) = Matrix::read(&signed.statements);
        matrix.0.retain(|(role, _), _| *role != Role::Custom(request.id));
        signed.statements = matrix.write(&by_hand).ok_or_else(no_rules)?;
        self.sign(&grant, request.version, signed).await
    }

    /// What admins signed last, as far as this Carrel can read it.
    pub(crate) async fn to_change(&self) -> Result<SignedPolicy, Failure> {
        let signed = self.session.workspace()?.policy().await?;
        Ok(self.readable(signed).await?.policy)
    }

    /// Reading hundreds of policies takes milliseconds, so it is done aside.
    async fn readable(&self, signed: SignedPolicy) -> Result<Readable, Failure> {
        aside(move || mended(signed)).await
    }

    pub(crate) async fn sign(
        &self,
        grant: &Grant,
        version: u32,
        wanted: SignedPolicy,
    ) -> Result<PolicyView, Failure> {
        let SignedPolicy { roles, statements, .. } = wanted;
        let now = self.app.now();
        let workspace = self.session.workspace()?;
        let signed = workspace.sign_policy(grant, version, roles, statements, now).await?;
        self.app.spread_changes().await;
        let Readable { policy, rules, .. } = self.readable(signed).await?;
        self.policy_view(policy, rules, 0).await
    }

    /// The rows that there are now.
    async fn rows(&self) -> Result<Vec<RowView>, Failure> {
        Ok(Things::of(self.session.workspace()?).await?.rows())
    }

    async fn policy_view(
        &self,
        signed: SignedPolicy,
        rules: Rules,
        unreadable: u32,
    ) -> Result<PolicyView, Failure> {
        let workspace = self.session.workspace()?;
        let (things, members) = (Things::of(workspace).await?, workspace.members().await?);
        aside(move || {
            let roles = roles(&signed, &members);
            let rows = things.rows();
            let (matrix, by_hand) = Matrix::read(&signed.statements);
            let mut cells = Vec::with_capacity(roles.len() * rows.len());
            for column in &roles {
                for RowView { row, .. } in &rows {
                    let on = things.one(row, Things::NOBODY, DataClass::Public);
                    let (allowed, by) = answer(&rules, column.role, row.action(), &on);
                    let stance = matrix.0.get(&(column.role, row.clone())).copied();
                    cells.push(CellView {
                        role: column.role,
                        row: row.clone(),
                        stance,
                        allowed,
                        by,
                    });
                }
            }
            let saved_by = members.into_iter().find(|one| Some(one.profile) == signed.signed_by);
            PolicyView {
                version: signed.version,
                saved_at: signed.signed_at,
                saved_by: saved_by.map(|one| one.name).filter(|name| !name.is_empty()),
                roles,
                rows,
                cells,
                by_hand: by_hand.into_iter().map(HandWritten::from).collect(),
                unreadable,
            }
        })
        .await
    }
}

impl App {
    /// Tells every open desk of this process what was signed in another.
    pub(crate) async fn spread_changes(&self) {
        for session in self.open_sessions() {
            if let Some(workspace) = &session.workspace
                && let Err(error) = workspace.look_again().await
            {
                tracing::warn!(%error, "an open desk has not heard of a change yet");
            }
        }
    }
}

/// A policy without what this Carrel cannot read.
struct Readable {
    policy: SignedPolicy,
    /// What it says.
    rules: Rules,
    /// How many statements were left out.
    left_out: u32,
}

fn mended(signed: SignedPolicy) -> Readable {
    if let Ok(rules) = Workspace::rules_of(&signed) {
        return Readable { policy: signed, rules, left_out: 0 };
    }
    let alone = |one: &Statement| SignedPolicy { statements: vec![one.clone()], ..signed.clone() };
    let readable = |one: &&Statement| Workspace::rules_of(&alone(one)).is_ok();
    let statements: Vec<_> = signed.statements.iter().filter(readable).cloned().collect();
    let left_out = signed.statements.len() - statements.len();
    let left_out = u32::try_from(left_out).unwrap_or(u32::MAX);
    let policy = SignedPolicy { statements, ..signed };
    let rules = Workspace::rules_of(&policy).unwrap_or_else(|_| Rules::shut());
    Readable { policy, rules, left_out }
}

/// Does what takes milliseconds where nobody waits for it.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Failure::internal("the policy could not be read"))
}

/// With these cells, and without those of what is not there any more: nobody could see them.
fn changed(
    signed: SignedPolicy,
    wanted: CellChanges,
    rows: &[RowView],
) -> Result<SignedPolicy, Failure> {
    if wanted.changes.len() > MOST_CHANGES {
        return Err(Failure::invalid(
            "These are too many changes at once. Save some of them first.",
        ));
    }
    let (mut matrix, by_hand) = Matrix::read(&signed.statements);
    matrix.0.retain(|(_, row), _| rows.iter().any(|known| known.row == *row));
    for change in wanted.changes {
        let known = match change.role {
            Role::Guest => false,
            Role::Member | Role::Manager | Role::Auditor | Role::Admin => true,
            Role::Custom(id) => signed.roles.iter().any(|role| role.id == id),
        };
        if !known {
            return Err(Failure::invalid(
                "This role is not there any more. Look at the roles again.",
            ));
        }
        let cell = (change.role, change.row);
        match change.stance {
            Some(stance) => matrix.0.insert(cell, stance),
            None => matrix.0.remove(&cell),
        };
    }
    let statements = matrix.write(&by_hand).ok_or_else(no_rules)?;
    Ok(SignedPolicy { statements, ..signed })
}

pub(crate) fn no_rules() -> Failure {
    Failure::internal("the built-in policies could not be read")
}

fn roles(signed: &SignedPolicy, members: &[Member]) -> Vec<RoleView> {
    let column = |role: Role, name: Option<String>, inherits: Option<Role>| {
        let people = members.iter().filter(|one| one.role == role && !one.erased).count();
        RoleView { role, name, inherits, people: u32::try_from(people).unwrap_or(u32::MAX) }
    };
    let made = signed
        .roles
        .iter()
        .map(|made| column(Role::Custom(made.id), Some(made.name.clone()), made.inherits));
    let member = column(Role::Member, None, None);
    let manager = column(Role::Manager, None, Some(Role::Member));
    let auditor = column(Role::Auditor, None, None);
    let admin = column(Role::Admin, None, Some(Role::Member));
    [member, manager, auditor].into_iter().chain(made).chain([admin]).collect()
}

/// Whether someone in this role may, and which policies say so.
fn answer(rules: &Rules, role: Role, action: Action, on: &Resource) -> (bool, Vec<String>) {
    let who = Principal { profile: Things::NOBODY, role, at: UnixMs(0) };
    match rules.authorize(&who, action, on) {
        Ok(grant) => (true, grant.rule_ids().to_vec()),
        Err(denial) => (false, denial.rule_ids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_read_is_left_out_of_a_policy() {
        let written = |id: &str, text: &str| Statement { id: id.into(), text: text.into() };
        let good = written("good", "permit (principal, action, resource);");
        let broken = written("later", "permit (everyone);");
        let whole = SignedPolicy { statements: vec![good.clone()], ..SignedPolicy::default() };
        let read = |policy| {
            let Readable { policy, left_out, .. } = mended(policy);
            (policy, left_out)
        };
        assert_eq!(read(whole.clone()), (whole.clone(), 0), "nothing is left out of what holds");
        let mixed = SignedPolicy { statements: vec![broken, good], ..SignedPolicy::default() };
        assert_eq!(read(mixed), (whole, 1), "so that an admin can save again");
    }

    #[test]
    fn cells_of_what_is_gone_go_with_the_next_save() {
        let gone = policy::Row::Provider { provider: domain::ProviderId::from_bytes([7; 16]) };
        let cell = ((Role::Member, gone), policy::Stance::Deny);
        let statements = Matrix([cell].into()).write(&[]).expect("the schema is read");
        let signed = SignedPolicy { statements, ..SignedPolicy::default() };
        let nothing = CellChanges { version: 1, changes: Vec::new() };
        let saved = changed(signed, nothing, &Things::default().rows()).expect("it is saved");
        assert_eq!(saved.statements, [], "nobody could see it, or take it back");
    }
}
