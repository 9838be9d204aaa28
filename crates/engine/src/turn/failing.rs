//! Why a question was not answered whole, as people and programs are told it.

use gateway::{Answered, MeterRefusal};

use crate::api::Failure;
use crate::turn::meter::DeskMeter;
use crate::turn::route::Waking;

/// The failure with the code and the time that its cause has on a screen; the gateway only
/// carries the words of the meter and of a model that could not be started.
pub(crate) fn failure_of(
    answered: &Answered,
    meter: &DeskMeter<'_>,
    waking: &Waking,
) -> Option<Failure> {
    let call = &answered.call;
    if let Some(refusal) = &call.meter {
        let (MeterRefusal::Spent { message, .. }
        | MeterRefusal::Denied(message)
        | MeterRefusal::Unavailable(message)) = refusal;
        let told = meter.refusal(message);
        return Some(told.unwrap_or_else(|| Failure::from(refusal.clone())));
    }
    let error = call.error.as_ref()?;
    let told = meter.refusal(&error.message).or_else(|| waking.failure(&error.message));
    let failure = told.unwrap_or_else(|| Failure::at(error, meter.app.now()));
    Some(Failure { retry_at: answered.retry_at.or(failure.retry_at), ..failure })
}
