//! What admins allow and deny: roles that they made, and policies in Cedar.
//!
//! One signed document holds both, so that a role and what it may do change
//! together. Documents are judged without Cedar: a chain verifies for ever,
//! whatever a later Carrel makes of its policies. Where the newest cannot be
//! read, only what is fixed is allowed, so that an admin can mend it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::{ProfileId, Role, RoleId, UnixMs};
use policy::{Action, CustomRole, Exception, Grant, Principal, Rules, Statement, Unsound};
use serde::{Deserialize, Serialize};

use crate::audit::AuditKind;
use crate::book::Book;
use crate::document::{Author, Body, Document, DocumentName, PolicyBody, Standing};
use crate::tables::documents;
use crate::{Refusal, Workspace, WorkspaceError};

/// How many roles admins can make.
const MOST_ROLES: usize = 40;
/// The longest name of a role, in bytes.
const LONGEST_ROLE_NAME: usize = 160;

/// A role that admins made, as it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeRole {
    /// Names it in member documents and policies.
    pub id: RoleId,
    /// For people.
    pub name: String,
    /// Whose permissions it has besides its own: a member's, or nobody's.
    pub inherits: Option<Role>,
}

/// What admins signed last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedPolicy {
    /// Counts from 1; 0 where nobody signed any.
    pub version: u32,
    /// When that was.
    pub signed_at: Option<UnixMs>,
    /// Who signed it.
    pub signed_by: Option<ProfileId>,
    /// In the order in which they were made.
    pub roles: Vec<MadeRole>,
    /// In Cedar.
    pub statements: Vec<Statement>,
}

impl Workspace {
    /// What admins signed last.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn policy(&self) -> Result<SignedPolicy, WorkspaceError> {
        Ok(signed(&self.fresh_book().await?))
    }

    /// Signed versions from the newest before `before` on, at most `limit` of them.
    ///
    /// # Errors
    /// `Refused` where a version does not read as it did when it was verified.
    pub async fn policy_history(
        &self,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<SignedPolicy>, WorkspaceError> {
        let book = self.fresh_book().await?;
        let newest = book.version_of(&DocumentName::policy());
        let before = before.unwrap_or(u32::MAX).min(newest.saturating_add(1));
        let skip = newest.saturating_add(1).saturating_sub(before);
        let rows =
            self.read(move |connection| documents::of_policy(connection, skip, limit)).await?;
        let replaced =
            |reason| WorkspaceError::Refused { document: DocumentName::policy(), reason };
        let below = before.saturating_sub(1);
        if rows.len() as u64 != u64::from(below.min(limit)) {
            return Err(replaced(Refusal::Missing));
        }
        let versions = rows.into_iter().zip((1..=below).rev()).map(|(row, version)| {
            let document = row.read().map_err(replaced)?;
            if document.version != version {
                return Err(replaced(Refusal::Missing));
            }
            // Rows may have been edited since the chain was verified.
            let verified = book.hash_of(&DocumentName::policy(), document.version);
            if verified != Some(row.hash()) {
                return Err(replaced(Refusal::Replaced));
            }
            read(&document).ok_or_else(|| replaced(Refusal::Malformed))
        });
        versions.collect()
    }

    /// The rules by which this workspace decides, as far as its documents are known here.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        let (versions, policy, exceptions, groups) = {
            let known = self.known();
            let version = |name| known.book.version_of(&name);
            let versions =
                [DocumentName::policy(), DocumentName::concessions(), DocumentName::groups()]
                    .map(version);
            match &known.rules {
                Some((made, rules)) if *made == versions => return Arc::clone(rules),
                _ => (
                    versions,
                    signed(&known.book),
                    known.book.concessions().exceptions,
                    known.book.groups(),
                ),
            }
        };
        let made = rules_of(&policy.roles, &policy.statements, &exceptions);
        let rules = made.unwrap_or_else(|error| {
            tracing::error!(policy = error.id, "the signed policy cannot be read");
            Rules::shut()
        });
        let rules = Arc::new(rules.with_groups(groups.by_member()));
        self.known().rules = Some((versions, Arc::clone(&rules)));
        rules
    }

    /// The roles that admins made, as far as they are known here.
    #[must_use]
    pub fn roles_known(&self) -> Vec<MadeRole> {
        signed(&self.known().book).roles
    }

    /// The exceptions that were given, as far as they are known here; what is over included.
    #[must_use]
    pub fn exceptions(&self) -> Vec<Exception> {
        self.known().book.concessions().exceptions
    }

    /// The rules that a policy makes, signed or not; without exceptions.
    ///
    /// # Errors
    /// The first statement that does not hold, and why.
    pub fn rules_of(policy: &SignedPolicy) -> Result<Rules, Unsound> {
        rules_of(&policy.roles, &policy.statements, &[])
    }

    /// Signs another policy in the place of the one with the version `from`.
    ///
    /// # Errors
    /// `WrongGrant`; `PolicyTooLarge`; `Unsound` naming the statement that does not hold; `Changed` where another
    /// version was signed meanwhile; `RoleInUse` where a role that members have would go.
    pub async fn sign_policy(
        &self,
        grant: &Grant,
        from: u32,
        roles: Vec<MadeRole>,
        statements: Vec<Statement>,
        now: UnixMs,
    ) -> Result<SignedPolicy, WorkspaceError> {
        self.check(grant, Action::PolicySign)?;
        let body = PolicyBody { roles, statements };
        if !is_within_bounds(&body) {
            return Err(WorkspaceError::PolicyTooLarge);
        }
        // Before it is signed: what makes a reader fail must fail with its author.
        let tried = body.clone();
        tokio::task::spawn_blocking(move || rules_of(&tried.roles, &tried.statements, &[]))
            .await
            .map_err(|_| WorkspaceError::PolicyTooLarge)??;
        self.amend(now, move |tx, draft| {
            if draft.book.version_of(&DocumentName::policy()) != from {
                return Err(WorkspaceError::Changed);
            }
            let kept: HashSet<RoleId> = body.roles.iter().map(|role| role.id).collect();
            let before = signed(&draft.book).roles;
            let gone = before.iter().map(|role| role.id).filter(|id| !kept.contains(id));
            if gone.into_iter().any(|id| is_used(&draft.book, Role::Custom(id))) {
                return Err(WorkspaceError::RoleInUse);
            }
            draft.sign(tx, Body::Policy(body))?;
            let signed = signed(&draft.book);
            draft.record(tx, AuditKind::PolicySigned { version: signed.version })?;
            Ok(signed)
        })
        .await
    }

    /// Asks the newest rules known here once more for what was granted: a grant is as old as
    /// its question.
    pub(crate) fn still_allows(&self, grant: &Grant, at: UnixMs) -> Result<Grant, WorkspaceError> {
        let who = Principal { profile: grant.profile(), role: grant.role(), at };
        Ok(self.rules().authorize(&who, grant.action(), &self.as_known(grant.resource())?)?)
    }
}

fn rules_of(
    roles: &[MadeRole],
    statements: &[Statement],
    exceptions: &[Exception],
) -> Result<Rules, Unsound> {
    let known = |role: &MadeRole| {
        let MadeRole { id, name, inherits } = role.clone();
        (id, CustomRole { name, inherits })
    };
    Rules::compile(statements, roles.iter().map(known).collect::<HashMap<_, _>>(), exceptions)
}

fn signed(book: &Book) -> SignedPolicy {
    book.policy().and_then(|(_, document)| read(document)).unwrap_or_default()
}

fn read(document: &Document) -> Option<SignedPolicy> {
    let Body::Policy(body) = &document.body else { return None };
    Some(SignedPolicy {
        version: document.version,
        signed_at: Some(document.issued_at),
        signed_by: match &document.author {
            Author::Profile(profile) => Some(*profile),
            Author::Root | Author::Invitation(_) => None,
        },
        roles: body.roles.clone(),
        statements: body.statements.clone(),
    })
}

/// A role that is given to someone has to be there.
pub(crate) fn must_exist(book: &Book, role: Role) -> Result<(), WorkspaceError> {
    let Role::Custom(id) = role else { return Ok(()) };
    let known = signed(book).roles.iter().any(|one| one.id == id);
    known.then_some(()).ok_or(WorkspaceError::NoSuchRole)
}

/// Whether someone is, or is invited to be, this.
fn is_used(book: &Book, role: Role) -> bool {
    let erased = |standing| matches!(standing, Standing::Erased);
    book.members().iter().any(|member| member.role == role && !erased(member.standing))
        || book.open_invitations().iter().any(|invitation| invitation.body.role == role)
}

/// Whether every reader can hold it, and knows by name what is in it.
pub(crate) fn is_within_bounds(policy: &PolicyBody) -> bool {
    let PolicyBody { roles, statements } = policy;
    let ids: HashSet<&str> = statements.iter().map(|one| one.id.as_str()).collect();
    let role_ids: HashSet<RoleId> = roles.iter().map(|one| one.id).collect();
    let sound_role = |role: &MadeRole| {
        !role.name.trim().is_empty()
            && role.name.len() <= LONGEST_ROLE_NAME
            && matches!(role.inherits, None | Some(Role::Member))
    };
    let sound_statement = |one: &Statement| {
        one.id.len() <= Statement::LONGEST_ID && one.text.len() <= Statement::LONGEST_TEXT
    };
    let together: usize = statements.iter().map(|one| one.text.len()).sum();
    together <= Statement::LONGEST_TOGETHER
        && ids.len() == statements.len()
        && role_ids.len() == roles.len()
        && roles.len() <= MOST_ROLES
        && statements.len() <= Statement::MOST
        && roles.iter().all(sound_role)
        && statements.iter().all(sound_statement)
}
