//! One of a program's answers, from its first call to its end.
//!
//! Runs as a task of the desk: whoever leaves only cancels it, so that it is
//! settled in order and a lock waits for that.

use std::sync::Arc;

use domain::{Finish, ModelRef, ProgramId, Prompt, Tokens, TurnId};
use gateway::{Answered, Controls, Delta, Effort, Question, Route, Wishes};
use tokio_util::sync::CancellationToken;

use crate::api::Failure;
use crate::desk::Desk;
use crate::price::Price;
use crate::programs::names::Names;
use crate::programs::said::{Ended, Refused, Teller, What};
use crate::turn::failing::failure_of;
use crate::turn::meter::DeskMeter;
use crate::turn::route::Waking;

/// What the answers to one question share.
pub(crate) struct Job {
    pub(crate) desk: Desk,
    pub(crate) program: ProgramId,
    /// Cancelled when the program's token is.
    pub(crate) revoked: CancellationToken,
    /// What the record calls the question.
    pub(crate) turn: TurnId,
    pub(crate) names: Names,
    pub(crate) route: Route,
    pub(crate) prices: Vec<(ModelRef, Price)>,
    pub(crate) waking: Waking,
    pub(crate) effort: Effort,
    pub(crate) wishes: Arc<Wishes>,
    pub(crate) system: String,
    pub(crate) messages: Vec<Prompt>,
    pub(crate) max_output: Option<Tokens>,
    /// Cancelled when the program leaves or the desk is locked.
    pub(crate) cancel: CancellationToken,
    pub(crate) teller: Teller,
}

impl Job {
    /// Asks for answer number `choice` and tells what comes.
    pub(crate) async fn answer(self: Arc<Self>, choice: u32) {
        let meter = DeskMeter {
            app: Arc::clone(&self.desk.app),
            session: Arc::clone(&self.desk.session),
            route: &self.route,
            prices: &self.prices,
            turn: self.turn,
            program: Some(self.program),
            journal: None,
            notes: std::sync::Mutex::default(),
        };
        let mut begun = false;
        let mut sink = |delta: Delta| {
            let what = match delta {
                Delta::Text(text) => What::Text(text),
                Delta::Reasoning(text) => What::Reasoning(text),
                Delta::Tool(piece) => What::Tool(piece),
                Delta::Waiting(_) => return,
            };
            if !begun {
                begun = true;
                let name = meter.asked().and_then(|model| self.name(&model));
                self.teller.tell(choice, What::Begun(name.unwrap_or_default()));
            }
            self.teller.tell(choice, what);
        };
        let controls = Controls {
            cancel: self.cancel.clone(),
            pace: self.teller.pace.clone(),
            ..Controls::default()
        };
        let gateway = &self.desk.app.gateway;
        let answering = gateway.answer(&self.route, self.question(), &meter, controls, &mut sink);
        let mut answering = Box::pin(answering);
        let answered = tokio::select! {
            biased;
            answered = &mut answering => answered,
            () = self.revoked.cancelled() => {
                self.cancel.cancel();
                answering.await
            }
        };
        let ended = self.ended(&answered, &meter);
        self.teller.tell(choice, What::Ended(Box::new(ended)));
    }

    fn question(&self) -> Question {
        Question {
            system: self.system.clone(),
            messages: self.messages.clone(),
            continue_text: false,
            wishes: Arc::clone(&self.wishes),
            max_output: self.max_output,
            chat: None,
            effort: self.effort,
            now: self.desk.app.now(),
        }
    }

    fn ended(&self, answered: &Answered, meter: &DeskMeter<'_>) -> Ended {
        let call = &answered.call;
        let failure = match call.finish {
            Finish::Complete | Finish::Length => None,
            // The program does not hear it any more, so it was the desk's doing.
            Finish::Stopped => Some(Failure::locked()),
            Finish::Locked
            | Finish::Stalled
            | Finish::Cut
            | Finish::Interrupted
            | Finish::Refused
            | Finish::Failed => failure_of(answered, meter, &self.waking)
                .or_else(|| Some(Failure::internal("an answer ended without a reason"))),
        };
        let refused = failure.map(|failure| Refused {
            failure,
            class: call.error.as_ref().filter(|_| call.meter.is_none()).map(|error| error.class),
            http_status: call.error.as_ref().and_then(|error| error.http_status),
        });
        Ended {
            finish: call.finish,
            model: answered.model.as_ref().and_then(|model| self.name(model)),
            usage: call.usage,
            calls: call.tool_calls().cloned().collect(),
            refused,
        }
    }

    fn name(&self, model: &ModelRef) -> Option<String> {
        self.names.id_of(model).map(str::to_owned)
    }
}
