//! Which lanes of a route are tried for a question, and in which order.

use domain::Choice;

use super::USUAL_OUTPUT;
use crate::limits::{Asker, Touched};
use crate::moment::Moment;
use crate::needs::needs;
use crate::preference::{self, Facts};
use crate::pursuit::Standing;
use crate::route::{Lane, List};
use crate::size::Sizes;
use crate::{Gateway, PassedOver, Question, Route, Whom};

/// The lanes that can do what is asked, and the candidates that cannot.
pub(super) fn able<'r>(
    lanes: Vec<Lane<'r>>,
    question: &Question,
) -> (Vec<Lane<'r>>, Vec<PassedOver>) {
    let needs = needs(&question.messages, &question.wishes);
    let lack = |lane: &Lane<'_>| lane.candidate.abilities.lack(&needs);
    let (able, unable): (Vec<_>, Vec<_>) = lanes.into_iter().partition(|lane| lack(lane).is_none());
    let mut passed_over: Vec<PassedOver> = unable
        .iter()
        .filter_map(|lane| {
            // A key is not what it lacks.
            let whom = Whom { key_label: None, ..lane.whom() };
            Some(PassedOver { whom, lacks: lack(lane)? })
        })
        .collect();
    passed_over.dedup();
    (able, passed_over)
}

/// The main list by health and strategy, the special lists as listed; and why
/// the first is the first.
pub(super) fn in_order<'r>(
    gateway: &Gateway,
    route: &Route,
    question: &Question,
    lanes: Vec<Lane<'r>>,
    asker: &Asker,
    sizes: &Sizes,
    now: Moment,
) -> (Vec<Lane<'r>>, Choice) {
    let (main, special): (Vec<_>, Vec<_>) =
        lanes.into_iter().partition(|lane| lane.list == List::Main);
    let facts: Vec<Facts> = {
        let mut table = gateway.table();
        let same_chat = question.chat.and_then(|chat| table.lane_of(chat, now)).cloned();
        main.iter()
            .map(|lane| {
                let model = lane.candidate.model_ref();
                let input = sizes.of(lane.candidate).at_most.0;
                let output = lane.candidate.max_output.into_iter().chain(question.max_output).min();
                let output = output.map_or(USUAL_OUTPUT, |tokens| tokens.0);
                let tokens = input.saturating_add(output);
                let (route, key) = (route.name.as_str(), lane.id.key);
                let touched = Touched { asker, route, model: &model, key, tokens };
                let standing = table.standing(&lane.id, &touched, now);
                Facts {
                    candidate: lane.number,
                    callable: standing == Standing::Ready,
                    weight: f64::from(lane.candidate.weight)
                        / lane.candidate.keys.len().max(1) as f64,
                    latency_ms: table.median_latency(&lane.id),
                    in_flight: table.in_flight(&lane.id),
                    price: lane.candidate.price.map(|price| price.of(input, output)),
                    same_chat: same_chat.as_ref() == Some(&lane.id),
                }
            })
            .collect()
    };
    let draw = &mut || gateway.randomness.draw();
    let (order, choice) = preference::order(route.strategy, &facts, draw);
    let first_is_able = main.first().is_some_and(|lane| lane.number == 0);
    let listed_first = order.first().copied() == Some(0) && first_is_able;
    let mut places: Vec<Option<Lane<'r>>> = main.into_iter().map(Some).collect();
    let mut ordered: Vec<Lane<'r>> =
        order.iter().filter_map(|place| places.get_mut(*place)?.take()).collect();
    ordered.extend(special);
    let passed_over = choice == Choice::First && !listed_first;
    (ordered, if passed_over { Choice::Fallback } else { choice })
}
