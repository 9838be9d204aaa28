//! A house with people in it, and the tools of someone who edits its file.

use std::path::PathBuf;

use domain::{Dialect, ProfileId, ProviderId, Role, UnixMs, WorkspaceId};
use policy::{Action, Grant, Principal, Resource, authorize};
use rusqlite::Transaction;
use sealed::{
    Database, DatabaseError, Key, Migration, NoKeychain, Opening, RecipientKey, Shape, SigningKey,
};
use tempfile::TempDir;
use workspace::{
    Card, Door, Founded, Identity, NewProvider, Pins, Refusal, Workspace, WorkspaceError,
};

pub(crate) const NOW: UnixMs = UnixMs(1_800_000_000_000);
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1_000;

/// The file as an outsider with the key sees it.
const RAW: Shape = Shape {
    name: "workspace",
    application_id: 0x4372_6c57,
    migrations: &[
        Migration::Sql(""),
        Migration::Sql(""),
        Migration::Sql(""),
        Migration::Sql(""),
        Migration::Sql(""),
        Migration::Sql(""),
        Migration::Sql(""),
        Migration::Sql(""),
        Migration::Sql(""),
    ],
};

pub(crate) struct Person {
    pub(crate) profile: ProfileId,
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    pub(crate) signing: SigningKey,
    pub(crate) recipient: RecipientKey,
}

impl Person {
    pub(crate) fn new(name: &'static str, role: Role) -> Self {
        Self {
            profile: ProfileId::new(NOW, sealed::random_bytes()),
            name,
            role,
            signing: SigningKey::random(),
            recipient: RecipientKey::random(),
        }
    }

    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity { profile: self.profile, signing: &self.signing, recipient: &self.recipient }
    }

    pub(crate) fn card(&self) -> Card {
        Card {
            profile: self.profile,
            name: self.name.into(),
            avatar: 3,
            created_at: NOW,
            last_open: None,
            has_passphrase: true,
            disabled: false,
        }
    }

    pub(crate) fn may(&self, action: Action, resource: &Resource) -> Grant {
        let principal = Principal { profile: self.profile, role: self.role, at: NOW };
        authorize(&principal, action, resource).unwrap()
    }

    pub(crate) fn may_here(&self, action: Action) -> Grant {
        self.may(action, &Resource::Workspace)
    }

    pub(crate) fn may_about(&self, action: Action, other: &Person) -> Grant {
        self.may(action, &Resource::Profile(other.profile))
    }
}

/// An installation with Ada as its admin.
pub(crate) struct House {
    pub(crate) dir: TempDir,
    pub(crate) door: Door,
    pub(crate) ada: Person,
    pub(crate) workspace: Workspace,
}

impl House {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let door = Door::open(dir.path(), &NoKeychain).unwrap();
        let ada = Person::new("Ada", Role::Admin);
        let Founded { workspace, .. } = Workspace::create(
            &dir.path().join("workspace"),
            WorkspaceId::new(NOW, sealed::random_bytes()),
            ada.identity(),
            &ada.card(),
            door.device(),
            NOW,
        )
        .unwrap();
        Self { dir, door, ada, workspace }
    }

    pub(crate) fn at(&self) -> PathBuf {
        self.dir.path().join("workspace")
    }

    /// Someone who joined by invitation.
    pub(crate) async fn join(&self, name: &'static str, role: Role) -> (Person, Workspace, Pins) {
        let grant = self.ada.may_here(Action::ProfileCreate);
        let invited = self.workspace.invite(&grant, role, NOW.plus(DAY), NOW).await.unwrap();
        let key = invited.key();
        self.door.put_invitation(invited).await.unwrap();
        let ticket = self.door.find_invitation(&key, NOW).await.unwrap().unwrap();
        let person = Person::new(name, role);
        let (identity, card) = (person.identity(), person.card());
        let joined = Workspace::join(&self.at(), identity, &ticket, &card, NOW);
        let (workspace, pins) = joined.unwrap();
        self.door.consume_invitation(&key).await.unwrap();
        (person, workspace, pins)
    }

    pub(crate) fn open(
        &self,
        person: &Person,
        pins: &Pins,
    ) -> Result<(Workspace, Pins), WorkspaceError> {
        Workspace::open(&self.at(), person.identity(), pins, NOW)
    }

    pub(crate) fn open_accepting_older(
        &self,
        person: &Person,
        pins: &Pins,
    ) -> Result<(Workspace, Pins), WorkspaceError> {
        Workspace::open_accepting_older(&self.at(), person.identity(), pins, NOW)
    }

    /// The current generation and its key, as `person` can find them out by hand.
    pub(crate) fn key_of(&self, person: &Person) -> Option<(u64, Key)> {
        let text = std::fs::read(self.at().join("envelopes")).unwrap();
        let file: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let generation = file["generation"].as_u64().unwrap();
        let sealed = file["sealed"][person.profile.to_string()].as_str()?;
        let bytes: Vec<u8> = (0..sealed.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&sealed[at..at + 2], 16).unwrap())
            .collect();
        let context = format!("{generation}|{}", person.profile);
        let info = b"carrel workspace key 1";
        let plain = sealed::open_from(&person.recipient, info, context.as_bytes(), &bytes).ok()?;
        Some((generation, Key::from_bytes(plain.as_slice().try_into().unwrap())))
    }

    /// To whom the workspace's key is sealed: profile and invitation ids.
    pub(crate) fn holders(&self) -> Vec<String> {
        let text = std::fs::read(self.at().join("envelopes")).unwrap();
        let file: serde_json::Value = serde_json::from_slice(&text).unwrap();
        file["sealed"].as_object().unwrap().keys().cloned().collect()
    }

    pub(crate) fn file(&self, generation: u64) -> PathBuf {
        self.at().join(format!("{generation}.db"))
    }

    /// Runs SQL on the workspace's file with `person`'s key, past all of Carrel's code.
    pub(crate) async fn tamper(
        &self,
        person: &Person,
        f: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()> + Send + 'static,
    ) {
        let (generation, key) = self.key_of(person).unwrap();
        let raw = Database::open(&self.file(generation), &key, &RAW, Opening::default()).unwrap();
        raw.write(move |tx| f(tx).map_err(DatabaseError::from)).await.unwrap();
        raw.close().await;
    }

    pub(crate) async fn save_provider(&self, label: &str, key: Option<&str>) -> ProviderId {
        let wanted = provider(label);
        let id = wanted.id;
        let grant = self.ada.may_here(Action::ProviderConfigure);
        let key = key
            .map(|key| (self.ada.may_here(Action::KeyManage), sealed::Secret::new(key.to_owned())));
        self.workspace.save_provider(&grant, wanted, key, NOW).await.unwrap();
        id
    }
}

/// Pins that know the root key and nothing else, as of someone who had seen nothing yet.
pub(crate) fn root_only(pins: &Pins) -> Pins {
    let mut json: serde_json::Value = serde_json::from_slice(&pins.to_bytes()).unwrap();
    json["documents"] = serde_json::json!([]);
    json["audit"] = serde_json::Value::Null;
    json["file"] = serde_json::Value::Null;
    json["checkpoint"] = serde_json::Value::Null;
    Pins::from_bytes(&serde_json::to_vec(&json).unwrap()).unwrap()
}

pub(crate) fn provider(label: &str) -> NewProvider {
    NewProvider {
        id: ProviderId::new(NOW, sealed::random_bytes()),
        label: label.into(),
        dialect: Dialect::OpenAi,
        base_url: "https://api.example.com/v1".into(),
        models: vec!["model-a".into()],
        for_guests: false,
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
    }
}

/// The refusal's document and reason.
pub(crate) fn refusal<T>(result: Result<T, WorkspaceError>) -> (String, Refusal) {
    match result {
        Err(WorkspaceError::Refused { document, reason }) => (document.to_string(), reason),
        Err(other) => panic!("failed otherwise: {other:?}"),
        Ok(_) => panic!("accepted"),
    }
}
