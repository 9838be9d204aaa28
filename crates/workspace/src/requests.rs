//! What members ask of admins, and what becomes of it.
//!
//! A request lies in a table, unsigned, because its reason is somebody's words
//! and can be erased. It is believed only where an event that its author signed
//! says the same. What is given in answer is a signed document (`concessions`).

use domain::{LimitMeasure, ProfileId, RequestId, UnixMs};
use policy::{Action, Exception, Grant, Row};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use crate::audit::AuditKind;
use crate::concessions::{LONGEST_MS, Raise};
use crate::document::Body;
use crate::draft::Draft;
use crate::tables::requests::{self as table, Decided};
use crate::{Digest, Workspace, WorkspaceError};

/// Requests of one person that wait at once.
const MOST_OPEN: usize = 20;
/// The longest reason, in bytes.
pub const LONGEST_REASON: usize = 2_000;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Subject {
    /// To be allowed something.
    Access {
        /// What.
        row: Row,
    },
    /// More of what each person, or this one, may use.
    More {
        /// What the limit counts.
        measure: LimitMeasure,
        /// How much: calls, tokens or nano-dollars.
        amount: u64,
    },
}

/// A request and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Names it.
    pub id: RequestId,
    /// Who asks.
    pub profile: ProfileId,
    /// For what.
    pub subject: Subject,
    /// What for; may be empty.
    pub reason: String,
    /// When.
    pub made_at: UnixMs,
    /// How it stands.
    pub state: RequestState,
}

/// How a request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// Nobody decided yet.
    Open,
    /// Somebody did.
    Decided {
        /// Who.
        by: ProfileId,
        /// When.
        at: UnixMs,
        /// What was given; none where nothing was.
        given: Option<Given>,
        /// True once its author saw it.
        seen: bool,
    },
    /// Its author took it back.
    Withdrawn,
}

/// What an admin gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Until when.
    pub until: UnixMs,
    /// How much more; none where it is access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<u64>,
}

/// What waits for a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Open requests of others.
    pub open: u32,
    /// Decisions about their own that they did not see yet.
    pub decided: u32,
    /// Who looked at their access since they saw that last.
    pub looked_by: Vec<ProfileId>,
}

impl Workspace {
    /// Asks the admins. The record keeps for what, and the hash of why.
    ///
    /// # Errors
    /// `WrongGrant`; `TooManyRequests`; `AskedAlready` where the same waits already;
    /// `ReasonTooLong`.
    pub async fn make_request(
        &self,
        grant: &Grant,
        subject: Subject,
        reason: String,
        now: UnixMs,
    ) -> Result<RequestId, WorkspaceError> {
        self.check(grant, Action::RequestMake)?;
        if reason.len() > LONGEST_REASON {
            return Err(WorkspaceError::ReasonTooLong);
        }
        let id = RequestId::new(now, sealed::random_bytes());
        let (me, nonce) = (self.me().profile, sealed::random_bytes::<16>());
        self.amend(now, move |tx, draft| {
            let open = table::open_of(tx, me)?;
            if open.iter().any(|one| one.subject.is_about(&subject)) {
                return Err(WorkspaceError::AskedAlready);
            }
            if open.len() >= MOST_OPEN {
                return Err(WorkspaceError::TooManyRequests);
            }
            let commitment = commitment(&nonce, &reason);
            let subject_kept = subject.clone();
            draft
                .record(tx, AuditKind::RequestMade { request: id, subject, reason: commitment })?;
            let request = Request {
                id,
                profile: me,
                subject: subject_kept,
                reason,
                made_at: now,
                state: RequestState::Open,
            };
            let event = draft.appended.map_or(0, |one| one.head.sequence);
            table::insert(tx, &request, &nonce, event)?;
            Ok(id)
        })
        .await
    }

    /// Requests, open ones first, then the newest; everyone's, or this person's own. Those that
    /// nobody signed are left out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn requests(&self, of_all: bool) -> Result<Vec<Request>, WorkspaceError> {
        let (me, book) = (self.me().profile, self.fresh_book().await?);
        self.read(move |connection| {
            let rows = table::list(connection, (!of_all).then_some(me))?;
            let signed = rows.into_iter().filter(|row| row.is_signed(connection, &book));
            Ok(signed.map(|row| row.request).collect())
        })
        .await
    }

    /// Takes back what this person asked for.
    ///
    /// # Errors
    /// `NotFound` unless it is theirs and open.
    pub async fn withdraw_request(&self, id: RequestId, now: UnixMs) -> Result<(), WorkspaceError> {
        let me = self.me().profile;
        self.amend(now, move |tx, draft| {
            if !table::withdraw(tx, id, me)? {
                return Err(WorkspaceError::NotFound);
            }
            draft.record(tx, AuditKind::RequestWithdrawn { request: id })
        })
        .await
    }

    /// Gives what was asked for, or declines. Nobody decides about their own.
    ///
    /// # Errors
    /// `WrongGrant`; `NotFound` unless it is open, signed and another's; `BadTime` for a time
    /// that is over or more than 366 days ahead; `NothingGiven` where more was asked for and
    /// no amount is named, or a larger one than a limit can be.
    pub async fn decide_request(
        &self,
        grant: &Grant,
        id: RequestId,
        given: Option<Given>,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::RequestDecide)?;
        let me = self.me().profile;
        self.amend(now, move |tx, draft| {
            let row = table::find(tx, id)?.ok_or(WorkspaceError::NotFound)?;
            let is_open = row.request.state == RequestState::Open;
            if !is_open || row.request.profile == me || !row.is_signed(tx, &draft.book) {
                return Err(WorkspaceError::NotFound);
            }
            if let Some(given) = given {
                give(tx, draft, &row.request, given)?;
            }
            table::decide(tx, id, &Decided { by: me, at: now, given })?;
            draft.record(tx, AuditKind::RequestDecided { request: id, given })
        })
        .await
    }

    /// Ends now what was given.
    ///
    /// # Errors
    /// `WrongGrant`; `NotFound` unless something was given and is not over.
    pub async fn take_back(
        &self,
        grant: &Grant,
        id: RequestId,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::RequestDecide)?;
        self.amend(now, move |tx, draft| {
            let mut body = draft.book.concessions().at(now);
            let before = body.exceptions.len() + body.raises.len();
            body.exceptions.retain(|one| one.id != id.to_string());
            body.raises.retain(|one| one.id != id);
            if body.exceptions.len() + body.raises.len() == before {
                return Err(WorkspaceError::NotFound);
            }
            draft.sign(tx, Body::Concessions(body))?;
            table::end(tx, id, now)?;
            draft.record(tx, AuditKind::ConcessionEnded { request: id })
        })
        .await
    }

    /// Records that this person looks at what `member` may do, and leaves them a note of it.
    ///
    /// # Errors
    /// `WrongGrant`.
    pub async fn look_at_access(
        &self,
        grant: &Grant,
        member: ProfileId,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check_about(grant, Action::RoleAssign, member)?;
        let me = self.me().profile;
        self.amend(now, move |tx, draft| {
            if member != me {
                table::note_look(tx, member, me, now)?;
            }
            draft.record(tx, AuditKind::AccessViewed { member })
        })
        .await
    }

    /// What waits for this person.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn news(&self) -> Result<News, WorkspaceError> {
        let me = self.me().profile;
        self.read(move |connection| table::news(connection, me)).await
    }

    /// Remembers that this person saw what waited for them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn saw_news(&self) -> Result<(), WorkspaceError> {
        let me = self.me().profile;
        self.write(move |tx| table::saw(tx, me)).await
    }
}

impl Subject {
    /// Whether both are about the same thing, however much of it.
    fn is_about(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Access { row: one }, Self::Access { row: another }) => one == another,
            (Self::More { measure: one, .. }, Self::More { measure: another, .. }) => {
                one == another
            }
            _ => false,
        }
    }
}

/// Signs what is given, beside all that holds.
fn give(
    tx: &Transaction<'_>,
    draft: &mut Draft,
    request: &Request,
    given: Given,
) -> Result<(), WorkspaceError> {
    let now = draft.now;
    if given.until <= now || given.until.0 > now.0.saturating_add(LONGEST_MS) {
        return Err(WorkspaceError::BadTime);
    }
    let mut body = draft.book.concessions().at(now);
    let (profile, until) = (request.profile, given.until);
    match (&request.subject, given.amount) {
        (Subject::Access { row }, None) => body.exceptions.push(Exception {
            id: request.id.to_string(),
            profile,
            row: row.clone(),
            until,
        }),
        (Subject::More { measure, .. }, Some(extra)) if extra > 0 => {
            body.raises.push(Raise { id: request.id, profile, measure: *measure, extra, until });
        }
        _ => return Err(WorkspaceError::NothingGiven),
    }
    if !body.is_within_bounds(now) {
        return Err(WorkspaceError::NothingGiven);
    }
    draft.sign(tx, Body::Concessions(body))
}

/// What the record keeps of a reason: nobody guesses it back.
pub(crate) fn commitment(nonce: &[u8], reason: &str) -> Digest {
    Digest::leaf(&[nonce, reason.as_bytes()].concat())
}
