//! A meter over a real workspace, for what calls the gateway without a desk.
//!
//! Reserves and settles as the engine does: in the ledger, with the record, in
//! one durable transaction each.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{Limit, NanoUsd, ProfileId, Role, Tokens, TurnId, UnixMs, Usage, WorkspaceId};
use gateway::catalogue::Prices;
use gateway::{
    AttemptIntent, AttemptReport, Billing, Granted, Leaving, Meter, MeterFuture, MeterRefusal,
};
use policy::{Action, Grant, ModelFacts, Principal, Resource, authorize};
use sealed::{NoKeychain, RecipientKey, SigningKey};
use workspace::{
    AttemptEnd, AttemptStart, AuditReport, Card, Ceiling, Door, Identity, Limits, Shortfall,
    Standings, Tally, Wish, Workspace, WorkspaceError,
};

/// The ledger as one person uses it.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    workspace: Workspace,
    door: Arc<Door>,
    dir: PathBuf,
    profile: ProfileId,
    role: Role,
    tariff: Tariff,
    now: UnixMs,
}

/// What calls cost.
#[derive(Clone, Debug)]
pub enum Tariff {
    /// Each the same, whatever it uses.
    Each(NanoUsd),
    /// By what they use.
    Listed(Prices),
    /// Nobody knows.
    Unknown,
}

impl Tariff {
    /// What a call with so much input can cost at most.
    #[must_use]
    pub fn ceiling(&self, input: Tokens) -> Option<Ceiling> {
        match self {
            Self::Each(price) => Some(Ceiling { input: *price, per_output: 0 }),
            Self::Listed(prices) => {
                let (input, per_output) = prices.at_most(input);
                Some(Ceiling { input, per_output })
            }
            Self::Unknown => None,
        }
    }

    /// What a call that used this costs.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Option<NanoUsd> {
        match self {
            Self::Each(price) => Some(*price),
            Self::Listed(prices) => Some(prices.cost(usage)),
            Self::Unknown => None,
        }
    }
}

impl Ledger {
    /// A new workspace in `dir` whose calls cost `price` each, used by its admin.
    ///
    /// # Panics
    /// Where it cannot be made.
    #[must_use]
    pub fn create(dir: &Path, price: NanoUsd, now: UnixMs) -> Self {
        Self::with(dir, Tariff::Each(price), now)
    }

    /// A new workspace in `dir` with this tariff, used by its admin.
    ///
    /// # Panics
    /// Where it cannot be made.
    #[must_use]
    pub fn with(dir: &Path, tariff: Tariff, now: UnixMs) -> Self {
        let door = Arc::new(Door::open(dir, &NoKeychain).expect("a door"));
        let person = Newcomer::new(now);
        let id = WorkspaceId::new(now, sealed::random_bytes());
        let at = dir.join("workspace");
        let (identity, card) = (person.identity(), person.card(now));
        let founded = Workspace::create(&at, id, identity, &card, door.device(), now);
        let workspace = founded.expect("a workspace").workspace;
        let (dir, profile, role) = (dir.to_owned(), person.profile, Role::Admin);
        Self(Arc::new(Inner { workspace, door, dir, profile, role, tariff, now }))
    }

    /// The same ledger, used by a member who joins now.
    ///
    /// # Panics
    /// Where nobody can join.
    pub async fn join(&self) -> Self {
        let Inner { workspace, door, dir, tariff, now, .. } = &*self.0;
        let grant = self.0.grant(Action::ProfileCreate, &Resource::Workspace);
        let expires = now.plus(60_000);
        let invited = workspace.invite(&grant, Role::Member, expires, *now).await.expect("a key");
        let key = invited.key();
        door.put_invitation(invited).await.expect("the door takes it");
        let ticket =
            door.find_invitation(&key, *now).await.expect("readable").expect("it is there");
        let person = Newcomer::new(*now);
        let (identity, card) = (person.identity(), person.card(*now));
        let joined = Workspace::join(&dir.join("workspace"), identity, &ticket, &card, *now);
        door.consume_invitation(&key).await.expect("the door forgets it");
        Self(Arc::new(Inner {
            workspace: joined.expect("whoever is invited joins").0,
            door: Arc::clone(door),
            dir: dir.clone(),
            profile: person.profile,
            role: Role::Member,
            tariff: tariff.clone(),
            now: *now,
        }))
    }

    /// The workspace that it is kept in.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.0.workspace
    }

    /// Sets the limits.
    ///
    /// # Panics
    /// Where they cannot be written.
    pub async fn limit(&self, limits: Vec<Limit>) {
        self.set(Limits { limits, ..Default::default() }).await;
    }

    /// Sets the limits, and whether calls without a price are blocked.
    ///
    /// # Panics
    /// Where they cannot be written.
    pub async fn set(&self, limits: Limits) {
        let grant = self.0.grant(Action::BudgetSet, &Resource::Workspace);
        let set = self.0.workspace.set_limits(&grant, limits, self.0.now).await;
        set.expect("limits can be set");
    }

    /// How much of each limit is used.
    ///
    /// # Panics
    /// Where it cannot be read.
    pub async fn used(&self) -> Vec<Tally> {
        self.standings().await.used.iter().map(|used| used.tally).collect()
    }

    /// The limits with all that is known of them.
    ///
    /// # Panics
    /// Where they cannot be read.
    pub async fn standings(&self) -> Standings {
        self.0.workspace.standings(self.0.now).await.expect("readable")
    }

    /// What verifying the record finds.
    ///
    /// # Panics
    /// Where it cannot be read.
    pub async fn verify(&self) -> AuditReport {
        self.0.workspace.verify_audit().await.expect("readable")
    }
}

/// Somebody who is about to be let in.
struct Newcomer {
    profile: ProfileId,
    signing: SigningKey,
    recipient: RecipientKey,
}

impl Newcomer {
    fn new(now: UnixMs) -> Self {
        Self {
            profile: ProfileId::new(now, sealed::random_bytes()),
            signing: SigningKey::random(),
            recipient: RecipientKey::random(),
        }
    }

    fn identity(&self) -> Identity<'_> {
        Identity { profile: self.profile, signing: &self.signing, recipient: &self.recipient }
    }

    fn card(&self, now: UnixMs) -> Card {
        Card {
            profile: self.profile,
            name: "Mira".to_owned(),
            avatar: 1,
            created_at: now,
            last_open: None,
            has_passphrase: true,
            disabled: false,
        }
    }
}

impl Inner {
    fn grant(&self, action: Action, resource: &Resource) -> Grant {
        let principal = Principal { profile: self.profile, role: self.role, at: domain::UnixMs(0) };
        authorize(&principal, action, resource).expect("their role may")
    }

    async fn settle(&self, report: &AttemptReport) -> Result<(), MeterRefusal> {
        let (billed, cost) = match report.billing {
            Billing::Nothing => (Some(false), Some(NanoUsd(0))),
            Billing::Perhaps => (None, None),
            Billing::Used => (Some(true), self.tariff.cost(&report.usage)),
        };
        let end = AttemptEnd {
            finish: Some(report.finish),
            usage: Some(report.usage),
            billed,
            cost,
            ..AttemptEnd::unknown(report.attempt)
        };
        let settled = self.workspace.settle_attempt(end, self.now).await;
        settled.map(drop).map_err(|error| MeterRefusal::Unavailable(error.to_string()))
    }
}

impl Meter for Ledger {
    fn reserve<'a>(&'a self, intent: &'a AttemptIntent) -> MeterFuture<'a, Granted> {
        Box::pin(async move {
            let resource =
                Resource::Model { model: intent.model.clone(), facts: ModelFacts::ELSEWHERE };
            let grant = self.0.grant(Action::ModelUse, &resource);
            let start = AttemptStart {
                attempt: intent.attempt,
                turn: TurnId::new(self.0.now, [1; 10]),
                program: None,
                model: intent.model.clone(),
                host: intent.host.clone(),
                request_bytes: intent.request_bytes,
                key: intent.key,
                route: intent.route.clone(),
                number: intent.number,
                retry_of: intent.retry_of,
                hold: None,
                output_cap: None,
                class: None,
                regions: Vec::new(),
                rules: Vec::new(),
            };
            let wish = Wish {
                input: intent.input_at_most,
                output: intent.output_at_most,
                least: intent.output_at_least,
                price: self.0.tariff.ceiling(intent.input_at_most),
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
                Err(WorkspaceError::Short(Shortfall::Unpriced)) => {
                    let message = "Nobody knows what this costs.".to_owned();
                    Err(MeterRefusal::Spent { retry_at: None, message })
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
