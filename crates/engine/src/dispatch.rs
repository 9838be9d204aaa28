//! From a command's name and JSON to its use case, and back to JSON.
//!
//! Generated from the one list of commands, for every shell alike. A command
//! of the `desk` kind finds the caller's desk by the calling window; without
//! one, or without the permission that the list names, it is refused before its
//! request is even read.

use std::pin::Pin;
use std::sync::Arc;

use policy::Action;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::{self, Failure, FailureCode};
use crate::desk::Desk;
use crate::door::Caller;
use crate::turn::TurnSink;
use crate::{App, WindowLabel};

macro_rules! dispatcher {
    (
        door { $($door:ident($door_request:ident) -> $door_answer:ident;)* }
        desk { $($desk:ident($desk_request:ident) -> $desk_answer:ident by $desk_gate:ident;)* }
        stream {
            $($stream:ident($stream_request:ident) -> $stream_answer:ident by $stream_gate:ident;)*
        }
    ) => {
        /// Names of the commands that need no open desk.
        pub const DOOR_COMMANDS: &[&str] = &[$(stringify!($door)),*];
        /// Names of the commands that act on the calling window's desk.
        pub const DESK_COMMANDS: &[&str] = &[$(stringify!($desk)),*];
        /// What those demand before their request is read, in the same order.
        pub const DESK_GATES: &[Action] = &[$(Action::$desk_gate),*];

        impl App {
            /// Runs the command `name` for `window` and returns its answer as JSON.
            ///
            /// # Errors
            /// The command's own failure, `Locked` where the window has no open
            /// desk, `Invalid` for an unknown name or a malformed request.
            pub async fn call(
                self: &Arc<Self>,
                window: &WindowLabel,
                name: &str,
                request: Value,
            ) -> Result<String, Failure> {
                let answer = self.run(window, name, request).await;
                answer.inspect_err(|failure| self.heed(failure))
            }

            async fn run(
                self: &Arc<Self>,
                window: &WindowLabel,
                name: &str,
                request: Value,
            ) -> Result<String, Failure> {
                match name {
                    $(stringify!($door) => {
                        let run = |caller: Caller, request: api::$door_request| {
                            boxed(async move { caller.$door(request).await })
                        };
                        let run = at_door::<_, api::$door_answer>(self.caller(window), request, run);
                        Box::pin(run).await
                    })*
                    $(stringify!($desk) => {
                        let run = |desk: Desk, request: api::$desk_request| {
                            boxed(async move { desk.$desk(request).await })
                        };
                        let (desk, gate) = (self.desk(window)?, Action::$desk_gate);
                        let run = at_desk::<_, api::$desk_answer>(desk, gate, request, run);
                        Box::pin(run).await
                    })*
                    _ => Err(Failure::new(FailureCode::Invalid, "There is no such command.")),
                }
            }

            $(
                /// Begins a turn for `window` and streams its events into `sink`.
                ///
                /// # Errors
                /// Why the turn could not begin; later failures arrive on the stream.
                pub async fn $stream(
                    self: &Arc<Self>,
                    window: &WindowLabel,
                    request: api::$stream_request,
                    sink: Arc<dyn TurnSink>,
                ) -> Result<api::$stream_answer, Failure> {
                    let desk = self.desk(window)?;
                    let begun = match desk.admit(Action::$stream_gate) {
                        Ok(()) => Box::pin(desk.$stream(request, sink)).await,
                        Err(failure) => Err(failure),
                    };
                    if let Err(failure) = &begun {
                        desk.record_denial(failure).await;
                    }
                    begun
                }
            )*
        }
    };
}

crate::for_each_command!(dispatcher);

/// What runs a command. Each has a frame of its own: together they would not fit on a stack.
type Running<A> = Pin<Box<dyn Future<Output = Result<A, Failure>> + Send>>;

fn boxed<A>(run: impl Future<Output = Result<A, Failure>> + Send + 'static) -> Running<A> {
    Box::pin(run)
}

async fn at_door<Q: DeserializeOwned, A: Serialize>(
    caller: Caller,
    request: Value,
    run: fn(Caller, Q) -> Running<A>,
) -> Result<String, Failure> {
    write(&run(caller, read(request)?).await?)
}

async fn at_desk<Q: DeserializeOwned, A: Serialize>(
    desk: Desk,
    gate: Action,
    request: Value,
    run: fn(Desk, Q) -> Running<A>,
) -> Result<String, Failure> {
    let asked = async {
        desk.admit(gate)?;
        let answer = run(desk.clone(), read(request)?).await;
        // A command may sign a document and fail afterwards.
        desk.app.keep_what_was_seen(&desk.session).await;
        write(&answer?)
    };
    let answer = asked.await;
    if let Err(failure) = &answer {
        desk.record_denial(failure).await;
    }
    answer
}

fn read<T: DeserializeOwned>(request: Value) -> Result<T, Failure> {
    serde_json::from_value(request).map_err(|error| {
        // Serde's message can quote what was sent, and that may be a secret.
        tracing::debug!(category = ?error.classify(), "a request could not be read");
        Failure::new(FailureCode::Invalid, "The request is not of the form this command takes.")
    })
}

fn write<T: Serialize>(answer: &T) -> Result<String, Failure> {
    serde_json::to_string(answer).map_err(|_| Failure::internal("an answer could not be written"))
}
