use std::collections::HashMap;

use super::*;
use domain::UnixMs;
use proptest::prelude::*;

fn person(n: u8) -> ProfileId {
    ProfileId::new(UnixMs(0), [n; 10])
}

fn queue(at_once: usize, deep: usize) -> FairQueue {
    FairQueue::new(QueueRules { at_once, deep })
}

/// Keeps everybody's queue full and counts who is let in, one at a time.
fn served(weights: &[u32], rounds: usize) -> Vec<f64> {
    let mut queue = queue(1, 4);
    let mut owner = HashMap::new();
    for (n, weight) in weights.iter().enumerate() {
        queue.weigh(person(n as u8), *weight);
    }
    assert_eq!(queue.arrive(person(200)), Arrival::Admitted, "somebody is already at it");
    let mut counts = vec![0.0; weights.len()];
    for _ in 0..rounds {
        for n in 0..weights.len() {
            while let Arrival::Queued(ticket) = queue.arrive(person(n as u8)) {
                owner.insert(ticket, n);
            }
        }
        queue.finish();
        let ticket = queue.next().expect("somebody waits");
        counts[owner[&ticket]] += 1.0;
    }
    counts
}

fn jain(shares: &[f64]) -> f64 {
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    sum * sum / (shares.len() as f64 * squares)
}

#[test]
fn wall_65_three_to_one_is_75_to_25() {
    let counts = served(&[3, 1], 1_000);
    let share = counts[0] / (counts[0] + counts[1]);
    assert!((share - 0.75).abs() <= 0.02, "three parts of four, not {share}");
}

#[test]
fn wall_65_a_flood_keeps_nobody_else_waiting() {
    let mut queue = queue(1, 1_000);
    assert_eq!(queue.arrive(person(1)), Arrival::Admitted, "the flood begins");
    for _ in 0..100 {
        queue.arrive(person(1));
    }
    let Arrival::Queued(other) = queue.arrive(person(2)) else { unreachable!("it is busy") };
    assert!(queue.ahead(person(2), other) <= Some(1), "one call at most goes before");
    let mut before = 0;
    loop {
        queue.finish();
        if queue.next() == Some(other) {
            break;
        }
        before += 1;
    }
    assert!(before <= 1, "{before} calls of the flood went before");
}

#[test]
fn who_stays_away_saves_nothing_up() {
    let mut queue = queue(1, 100);
    queue.arrive(person(1));
    for _ in 0..50 {
        queue.arrive(person(1));
    }
    for _ in 0..40 {
        queue.finish();
        queue.next();
    }
    for _ in 0..20 {
        queue.arrive(person(2));
    }
    let mut order = Vec::new();
    for _ in 0..8 {
        queue.finish();
        let before = queue.people.get(&person(2)).map_or(0, |person| person.waiting.len());
        queue.next();
        let after = queue.people.get(&person(2)).map_or(0, |person| person.waiting.len());
        order.push(before > after);
    }
    assert_eq!(order.iter().filter(|second| **second).count(), 4, "half and half: {order:?}");
}

#[test]
fn wall_66_a_full_queue_refuses_at_once() {
    let mut queue = queue(1, 2);
    assert_eq!(queue.arrive(person(1)), Arrival::Admitted, "the first runs");
    assert!(matches!(queue.arrive(person(1)), Arrival::Queued(_)), "the second waits");
    assert!(matches!(queue.arrive(person(1)), Arrival::Queued(_)), "and the third");
    assert_eq!(queue.arrive(person(1)), Arrival::Full, "the fourth is told at once");
    assert!(matches!(queue.arrive(person(2)), Arrival::Queued(_)), "which is theirs alone");
}

proptest! {
    #[test]
    fn wall_65_equal_people_get_equal_shares(people in 2_usize..12, rounds in 300_usize..600) {
        let counts = served(&vec![1; people], rounds);
        prop_assert!(jain(&counts) >= 0.99, "{counts:?}");
    }

    #[test]
    fn wall_65_shares_follow_weights(weights in prop::collection::vec(1_u32..8, 2..6)) {
        let counts = served(&weights, 2_000);
        let by_weight: Vec<f64> =
            counts.iter().zip(&weights).map(|(count, weight)| count / f64::from(*weight)).collect();
        prop_assert!(jain(&by_weight) >= 0.99, "{counts:?} for {weights:?}");
    }

    /// Places are never lost and never doubled, and whoever left never runs.
    #[test]
    fn wall_66_no_place_leaks_and_who_left_never_runs(
        actions in prop::collection::vec((0_u8..4, 0_u8..5), 1..400),
        at_once in 1_usize..4,
    ) {
        let mut queue = queue(at_once, 6);
        let (mut waiting, mut gone) = (Vec::new(), Vec::new());
        let mut running = 0_usize;
        for (action, n) in actions {
            match action {
                0 | 1 => match queue.arrive(person(n)) {
                    Arrival::Admitted => running += 1,
                    Arrival::Queued(ticket) => waiting.push((person(n), ticket)),
                    Arrival::Full => {}
                },
                2 if !waiting.is_empty() => {
                    let (profile, ticket) = waiting.remove(usize::from(n) % waiting.len());
                    prop_assert!(queue.ahead(profile, ticket).is_some(), "it has a place");
                    prop_assert!(queue.leave(profile, ticket), "it waited");
                    gone.push(ticket);
                }
                3 if running > 0 => {
                    queue.finish();
                    running -= 1;
                }
                _ => {}
            }
            while let Some(ticket) = queue.next() {
                prop_assert!(!gone.contains(&ticket), "it was cancelled");
                let place = waiting.iter().position(|(_, known)| *known == ticket);
                prop_assert!(place.is_some(), "nobody runs twice");
                waiting.remove(place.unwrap_or(0));
                running += 1;
            }
            prop_assert_eq!(queue.running(), running);
            prop_assert_eq!(queue.waiting(), waiting.len());
            prop_assert!(running <= at_once, "never more than allowed");
            prop_assert!(waiting.is_empty() || running == at_once, "nobody waits for nothing");
        }
    }
}
