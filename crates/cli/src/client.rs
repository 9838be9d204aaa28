//! The command line as one window of the engine.

use std::path::PathBuf;
use std::sync::Arc;

use engine::api::{DeskCard, DeskState, DoorState, Failure, FailureCode, Nothing, Unlock};
use engine::{
    App, KeyCost, Keychain, LocalModelFiles, NoKeychain, Setup, SystemClock, WindowLabel,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::DeskArgs;
use crate::exit::Problem;
use crate::passphrase;
use crate::terminal::Terminal;

/// A running engine and the label this process calls it by.
pub(crate) struct Client {
    pub(crate) app: Arc<App>,
    pub(crate) window: WindowLabel,
}

impl Client {
    pub(crate) async fn start(data_dir: PathBuf) -> Result<Self, Problem> {
        let keychain = engine::keychain(&data_dir);
        Self::start_with(data_dir, keychain, KeyCost::Calibrated).await
    }

    /// Starts for one run. Its passphrase is random and nobody's, so guessing it need not be
    /// made dear, and no keychain remembers it.
    pub(crate) async fn start_throwaway(data_dir: PathBuf) -> Result<Self, Problem> {
        Self::start_with(data_dir, Arc::new(NoKeychain), KeyCost::Least).await
    }

    async fn start_with(
        data_dir: PathBuf,
        keychain: Arc<dyn Keychain>,
        key_cost: KeyCost,
    ) -> Result<Self, Problem> {
        let local_model = LocalModelFiles::find(&data_dir);
        let app = App::start(Setup {
            data_dir,
            clock: Arc::new(SystemClock),
            host: Arc::new(Terminal),
            local_model,
            key_cost,
            keychain,
        })
        .await
        .map_err(|error| Problem::from(std::io::Error::other(error.to_string())))?;
        Ok(Self { app, window: WindowLabel::from("command-line") })
    }

    pub(crate) async fn close(&self) {
        self.app.close().await;
    }

    /// Runs a command of the engine's list.
    pub(crate) async fn call<Q, A>(&self, name: &str, request: &Q) -> Result<A, Problem>
    where
        Q: Serialize + Sync,
        A: DeserializeOwned,
    {
        let unreadable = || Problem::from(std::io::Error::from(std::io::ErrorKind::InvalidData));
        let request = serde_json::to_value(request).map_err(|_| unreadable())?;
        let answer = self.app.call(&self.window, name, request).await?;
        serde_json::from_str(&answer).map_err(|_| unreadable())
    }

    /// All desks, or why they cannot be listed.
    pub(crate) async fn desks(&self) -> Result<Vec<DeskCard>, Problem> {
        let door: DoorState = self.call("door_state", &Nothing {}).await?;
        match door.failure {
            Some(failure) => Err(failure.into()),
            None => Ok(door.desks),
        }
    }

    /// The desk that `name` means; the only one where no name is given.
    pub(crate) async fn find(&self, name: Option<&str>) -> Result<DeskCard, Problem> {
        choose(&self.desks().await?, name)
    }

    /// Opens the desk that the arguments name.
    pub(crate) async fn unlock(&self, args: &DeskArgs) -> Result<DeskState, Problem> {
        let desk = self.find(args.profile.as_deref()).await?;
        let passphrase = passphrase::of(&desk, args.passphrase_fd)?.to_string();
        let request = Unlock { profile: desk.profile, passphrase, accept_older: false };
        self.call("unlock", &request).await
    }
}

/// The desk that `name` means; the only one where no name is given.
pub(crate) fn choose(desks: &[DeskCard], name: Option<&str>) -> Result<DeskCard, Problem> {
    let mut matching = desks.iter().filter(|desk| {
        name.is_none_or(|name| {
            desk.name.eq_ignore_ascii_case(name) || desk.profile.to_string() == name
        })
    });
    let not_found = |sentence: String| Failure::new(FailureCode::NotFound, sentence);
    match (matching.next(), matching.next(), name) {
        (Some(desk), None, _) => Ok(desk.clone()),
        (None, _, Some(name)) => {
            Err(not_found(format!("There is no desk named {name}. `carrel profiles` lists them."))
                .into())
        }
        (None, _, None) => Err(not_found(
            "There is no desk here yet. Open Carrel once to make the first one.".to_owned(),
        )
        .into()),
        (Some(_), Some(_), _) => Err(Problem::Usage(
            "Several desks fit; name one with --profile (the id is unique).".to_owned(),
        )),
    }
}
