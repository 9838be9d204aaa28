//! Whether programs want a port, and whether they have one.
//!
//! The engine opens none: it says that one is wanted, and whoever listens says
//! what came of it. Nobody wants one before a desk with programs was opened.

use std::time::Duration;

use tokio::sync::watch;

use crate::App;

/// A port that takes longer to open is told of without.
const SOON: Duration = Duration::from_secs(2);

/// What came of the wish for a port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PortState {
    /// It is closed.
    #[default]
    Closed,
    /// Programs are answered under this base URL.
    Open(String),
    /// Another program has the port of this number.
    Taken(u16),
    /// The system does not give it.
    Refused(u16),
}

impl PortState {
    /// The base URL, where programs are answered.
    pub(crate) fn base_url(&self) -> Option<String> {
        match self {
            Self::Open(base_url) => Some(base_url.clone()),
            Self::Closed | Self::Taken(_) | Self::Refused(_) => None,
        }
    }

    /// Why they are not, for people; none where nobody wants it.
    pub(crate) fn trouble(&self) -> Option<String> {
        match self {
            Self::Closed | Self::Open(_) => None,
            Self::Taken(port) => Some(format!(
                "Port {port} is used by another program. End it, or start Carrel with another number in CARREL_PORT."
            )),
            Self::Refused(port) => Some(format!(
                "Port {port} could not be opened. Start Carrel with another number in CARREL_PORT."
            )),
        }
    }
}

/// The wish, and what came of it.
pub(crate) struct Port {
    wanted: watch::Sender<bool>,
    state: watch::Sender<PortState>,
}

impl Default for Port {
    fn default() -> Self {
        Self { wanted: watch::Sender::new(false), state: watch::Sender::new(PortState::Closed) }
    }
}

impl App {
    /// Whether a port is wanted, now and whenever that changes.
    #[must_use]
    pub fn port_wanted(&self) -> watch::Receiver<bool> {
        self.port.wanted.subscribe()
    }

    /// Says what came of the wish.
    pub fn port_is(&self, state: PortState) {
        self.port.state.send_replace(state);
    }

    /// Looks again whether a port is wanted: a desk opened or closed, or its programs changed.
    pub(crate) fn heed_programs(&self) {
        let wanted = self.open_sessions().iter().any(|session| !session.programs.is_empty());
        self.port.wanted.send_if_modified(|known| std::mem::replace(known, wanted) != wanted);
    }

    /// The port, which may just be opening where somebody listens.
    pub(crate) async fn port_state(&self) -> PortState {
        let mut state = self.port.state.subscribe();
        if *self.port.wanted.borrow() && self.port.wanted.receiver_count() > 0 {
            let known = state.wait_for(|state| *state != PortState::Closed);
            // Where it takes longer, the list is read again later.
            drop(tokio::time::timeout(SOON, known).await);
        }
        state.borrow_and_update().clone()
    }
}
