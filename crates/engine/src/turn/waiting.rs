//! What is said while nothing of an answer can be seen.

use domain::FailureClass;
use gateway::{Pause, Whom};

use crate::api::{TurnEvent, Waiting};

/// The event for what the gateway waits for.
pub(crate) fn told(reason: gateway::Waiting) -> TurnEvent {
    match reason {
        gateway::Waiting::Provider => {
            plain(Waiting::Provider, "Waiting for the first word.".to_owned())
        }
        gateway::Waiting::LoadingModel => plain(
            Waiting::LoadingModel,
            "The server on this machine is loading its model.".to_owned(),
        ),
        gateway::Waiting::Queued(0) => {
            plain(Waiting::Queued, "Waiting for a free place.".to_owned())
        }
        gateway::Waiting::Queued(ahead) => {
            plain(Waiting::Queued, format!("Waiting for {ahead} answers before this one."))
        }
        gateway::Waiting::Next(whom) => {
            plain(Waiting::Next, format!("Asking {} at {}.", whom.model, whom.provider_label))
        }
        gateway::Waiting::Pause(pause) => TurnEvent::Waiting {
            reason: Waiting::Pause,
            note: why(&pause),
            until: Some(pause.until),
            instead: pause.instead.as_ref().map(named),
            again: pause.instead.as_ref().is_some_and(|instead| is_same(instead, &pause.next)),
            tries: pause.tries,
            skipped: pause.skipped,
        },
    }
}

/// The event for a built-in model that has to be loaded first.
pub(crate) fn loading_built_in() -> TurnEvent {
    plain(Waiting::LoadingModel, "Loading the built-in model.".to_owned())
}

fn plain(reason: Waiting, note: String) -> TurnEvent {
    TurnEvent::Waiting {
        reason,
        note,
        until: None,
        instead: None,
        again: false,
        tries: Vec::new(),
        skipped: Vec::new(),
    }
}

/// The same model at the same provider, whatever its key.
fn is_same(one: &Whom, other: &Whom) -> bool {
    (one.provider, &one.model) == (other.provider, &other.model)
}

/// A model as a button names it.
fn named(whom: &Whom) -> String {
    whom.model.clone()
}

fn why(pause: &Pause) -> String {
    let label = &pause.by.provider_label;
    match pause.class {
        Some(FailureClass::Throttled | FailureClass::Exhausted) => {
            format!("{label} asks for a pause.")
        }
        Some(FailureClass::Credential) => format!("{label} does not accept its key."),
        Some(_) => format!("{label} has a problem at the moment."),
        None => format!("A limit of this workspace is reached for {label}."),
    }
}

#[cfg(test)]
mod tests {
    use domain::{ProviderId, UnixMs};

    use super::*;

    fn whom(label: &str, model: &str) -> Whom {
        Whom {
            provider: ProviderId::new(UnixMs(1), [1; 10]),
            provider_label: label.to_owned(),
            model: model.to_owned(),
            key_label: None,
        }
    }

    #[test]
    fn a_pause_says_who_asks_for_it_until_when_and_who_could_answer_now() {
        let pause = Pause {
            by: whom("Mistral", "large"),
            class: Some(FailureClass::Throttled),
            next: whom("Mistral", "large"),
            for_ms: 8_000,
            until: UnixMs(9_000),
            instead: Some(whom("Groq", "llama")),
            tries: Vec::new(),
            skipped: Vec::new(),
        };
        let TurnEvent::Waiting { reason, note, until, instead, again, .. } =
            told(gateway::Waiting::Pause(Box::new(pause)))
        else {
            panic!("a notice");
        };
        assert_eq!((reason, until), (Waiting::Pause, Some(UnixMs(9_000))), "a pause with its end");
        assert_eq!(note, "Mistral asks for a pause.", "who");
        assert_eq!((instead.as_deref(), again), (Some("llama"), false), "and who else");
    }
}
