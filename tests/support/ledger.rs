//! A meter over a real workspace, for what calls the gateway without a desk.
//!
//! Reserves and settles as the engine does: in the ledger, with the record, in
//! one durable transaction each. Every call costs the same.

use std::path::Path;
use std::sync::Arc;

use domain::{Limit, NanoUsd, ProfileId, Role, TurnId, UnixMs, WorkspaceId};
use gateway::{
    AttemptIntent, AttemptReport, Billing, Granted, Leaving, Meter, MeterFuture, MeterRefusal,
};
use policy::{Action, Grant, Principal, Resource, authorize};
use sealed::{NoKeychain, RecipientKey, SigningKey};
use workspace::{
    AttemptEnd, AttemptStart, AuditReport, Card, Ceiling, Door, Identity, Limits, Shortfall, Tally,
    Wish, Workspace, WorkspaceError,
};

/// An admin's ledger.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    workspace: Workspace,
    profile: ProfileId,
    /// What each call costs, and is held for it.
    price: NanoUsd,
    now: UnixMs,
}

impl Ledger {
    /// A new workspace in `dir` whose calls cost `price` each.
    ///
    /// # Panics
    /// Where it cannot be made.
    #[must_use]
    pub fn create(dir: &Path, price: NanoUsd, now: UnixMs) -> Self {
        let door = Door::open(dir, &NoKeychain).expect("a door");
        let (profile, signing) =
            (ProfileId::new(now, sealed::random_bytes()), SigningKey::random());
        let recipient = RecipientKey::random();
        let identity = Identity { profile, signing: &signing, recipient: &recipient };
        let card = Card {
            profile,
            name: "Mira".to_owned(),
            avatar: 1,
            created_at: now,
            last_open: None,
            has_passphrase: true,
            disabled: false,
        };
        let id = WorkspaceId::new(now, sealed::random_bytes());
        let at = dir.join("workspace");
        let founded = Workspace::create(&at, id, identity, &card, door.device(), now);
        let workspace = founded.expect("a workspace").workspace;
        Self(Arc::new(Inner { workspace, profile, price, now }))
    }

    /// Sets the limits.
    ///
    /// # Panics
    /// Where they cannot be written.
    pub async fn limit(&self, limits: Vec<Limit>) {
        let grant = self.0.grant(Action::BudgetSet, &Resource::Workspace);
        let limits = Limits { limits, block_unpriced: false };
        let set = self.0.workspace.set_limits(&grant, limits, self.0.now).await;
        set.expect("limits can be set");
    }

    /// How much of each limit is used.
    ///
    /// # Panics
    /// Where it cannot be read.
    pub async fn used(&self) -> Vec<Tally> {
        let standings = self.0.workspace.standings(self.0.now).await.expect("readable");
        standings.used.iter().map(|used| used.tally).collect()
    }

    /// What verifying the record finds.
    ///
    /// # Panics
    /// Where it cannot be read.
    pub async fn verify(&self) -> AuditReport {
        self.0.workspace.verify_audit().await.expect("readable")
    }
}

impl Inner {
    fn grant(&self, action: Action, resource: &Resource) -> Grant {
        let principal = Principal { profile: self.profile, role: Role::Admin };
        authorize(&principal, action, resource).expect("admins may")
    }

    async fn settle(&self, report: &AttemptReport) -> Result<(), MeterRefusal> {
        let billed = match report.billing {
            Billing::Nothing => Some(false),
            Billing::Perhaps => None,
            Billing::Used => Some(true),
        };
        let end = AttemptEnd {
            finish: Some(report.finish),
            usage: Some(report.usage),
            billed,
            cost: billed.map(|billed| if billed { self.price } else { NanoUsd(0) }),
            ..AttemptEnd::unknown(report.attempt)
        };
        let settled = self.workspace.settle_attempt(end, self.now).await;
        settled.map(drop).map_err(|error| MeterRefusal::Unavailable(error.to_string()))
    }
}

impl Meter for Ledger {
    fn reserve<'a>(&'a self, intent: &'a AttemptIntent) -> MeterFuture<'a, Granted> {
        Box::pin(async move {
            let resource = Resource::Model { model: intent.model.clone(), for_guests: false };
            let grant = self.0.grant(Action::ModelUse, &resource);
            let start = AttemptStart {
                attempt: intent.attempt,
                turn: TurnId::new(self.0.now, [1; 10]),
                model: intent.model.clone(),
                host: intent.host.clone(),
                request_bytes: intent.request_bytes,
                key: intent.key,
                route: intent.route.clone(),
                number: intent.number,
                retry_of: intent.retry_of,
                hold: None,
                output_cap: None,
            };
            let wish = Wish {
                input: intent.input_at_most,
                output: intent.output_at_most,
                least: intent.output_at_least,
                price: Some(Ceiling { input: self.0.price, per_output: 0 }),
            };
            match self.0.workspace.open_attempt(&grant, start, wish, self.0.now).await {
                Ok(granted) => {
                    let output_at_most = granted.output;
                    Ok(Granted { output_at_most, leaving: Leaving::default() })
                }
                Err(WorkspaceError::Short(Shortfall::Spent { retry_at, .. })) => {
                    let message = "The limit is used up.".to_owned();
                    Err(MeterRefusal::Spent { retry_at: Some(retry_at), message })
                }
                Err(error) => Err(MeterRefusal::Unavailable(error.to_string())),
            }
        })
    }

    fn settle<'a>(&'a self, report: &'a AttemptReport) -> MeterFuture<'a> {
        Box::pin(self.0.settle(report))
    }

    fn settle_dropped(&self, report: AttemptReport) {
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move { inner.settle(&report).await });
    }
}
