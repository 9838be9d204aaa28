//! The card on an answer: who gave it and how it came to that, or why nobody was asked.

use domain::{AttemptId, ModelRef, NanoUsd, Provenance, SkipRecord, TryRecord};
use gateway::{Answered, PassedOver, Route};

/// The card for what came of a question. `why` says why it failed, for the case that nobody
/// was called: then the card is about the model that was wanted.
pub(crate) fn card(
    route: &Route,
    answered: &Answered,
    cost: impl FnOnce(AttemptId) -> Option<NanoUsd>,
    why: Option<String>,
) -> Option<Provenance> {
    let call = &answered.call;
    let unfit = answered.passed_over.iter().map(unfit);
    let skipped = answered.skipped.iter().cloned().chain(unfit);
    let card = Provenance {
        model: answered.model.clone().or(route.candidates.first().map(|one| one.model_ref()))?,
        provider_label: answered.provider_label.clone(),
        host: call.host.clone(),
        served_model: call.served_model.clone(),
        usage: call.usage,
        first_token_ms: call.first_token_ms,
        total_ms: call.total_ms,
        cost: None,
        tries: Vec::new(),
        skipped: skipped.collect(),
        uncalled: None,
        elapsed_ms: Some(answered.elapsed_ms),
    };
    match call.tries.last() {
        Some(last) if answered.calls > 0 => {
            Some(Provenance { cost: cost(last.attempt), tries: call.tries.clone(), ..card })
        }
        _ => Some(uncalled(card, route, &call.tries, why)),
    }
}

/// Nobody was asked: what stood in the way of each, and no bill.
fn uncalled(
    card: Provenance,
    route: &Route,
    refused: &[TryRecord],
    why: Option<String>,
) -> Provenance {
    let wanted = route.candidates.first();
    let refused = refused.iter().map(|one| SkipRecord {
        model: one.model.clone(),
        provider_label: one.path.as_ref().map(|p| p.provider_label.clone()).unwrap_or_default(),
        key_label: one.path.as_ref().and_then(|path| path.key_label.clone()),
        note: one.note.clone().unwrap_or_default(),
        until: None,
    });
    Provenance {
        model: wanted.map_or(card.model, |one| one.model_ref()),
        provider_label: wanted.map(|one| one.endpoint.label.clone()).unwrap_or_default(),
        host: String::new(),
        cost: Some(NanoUsd(0)),
        skipped: card.skipped.into_iter().chain(refused).collect(),
        uncalled: Some(why.unwrap_or_default()),
        ..card
    }
}

/// A candidate that cannot do what was asked for.
fn unfit(passed: &PassedOver) -> SkipRecord {
    let whom = &passed.whom;
    SkipRecord {
        model: ModelRef { provider: whom.provider, model: whom.model.clone() },
        provider_label: whom.provider_label.clone(),
        key_label: None,
        note: passed.to_string(),
        until: None,
    }
}
