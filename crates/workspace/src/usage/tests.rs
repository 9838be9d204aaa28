use super::*;
use crate::Limits;
use crate::ledger::Tally;

const HOUR: i64 = 3_600_000;
/// 2026-11-26T18:01:02.003Z
const NOW: UnixMs = UnixMs(1_795_716_062_003);

fn limits(zone: Option<&str>) -> Limits {
    Limits { time_zone: zone.map(str::to_owned), ..Limits::default() }
}

fn model(name: &str) -> ModelRef {
    ModelRef { provider: domain::ProviderId::from_bytes([1; 16]), model: name.to_owned() }
}

fn call(turn: u8, name: &str, at: i64, spent: u64) -> Call {
    Call {
        profile: ProfileId::from_bytes([7; 16]),
        turn: TurnId::from_bytes([turn; 16]),
        model: model(name),
        at: UnixMs(at),
        money: Tally { held: 0, spent },
        unpriced: false,
        input: 10,
        output: 5,
        ending: Ending::Answered,
        total_ms: Some(100),
    }
}

fn gathered(calls: &[Call]) -> Usage {
    let mut gathering = Gathering::new(parts(&limits(None), Period::Week, 0, NOW), true);
    calls.iter().for_each(|call| gathering.add(call));
    gathering.done(NOW, "UTC".to_owned())
}

#[test]
fn a_week_is_seven_days_up_to_the_present_one() {
    let edges = parts(&limits(None), Period::Week, 0, NOW);
    assert_eq!(edges.len(), 8, "seven days have eight edges");
    assert_eq!(edges[7].0 - edges[0].0, 7 * 24 * HOUR);
    assert!(edges[6] <= NOW && NOW < edges[7], "the last is the present one");
    let before = parts(&limits(None), Period::Week, 1, NOW);
    assert_eq!(before[7], edges[0], "and the seven before end where these begin");
}

#[test]
fn a_month_has_its_days_and_a_year_its_months_where_the_people_are() {
    let lisbon = limits(Some("Europe/Lisbon"));
    let october = parts(&lisbon, Period::Month, 1, NOW);
    assert_eq!(october.len(), 32, "thirty-one days");
    assert_eq!(october[31].0 - october[0].0, (31 * 24 + 1) * HOUR, "one had 25 hours");
    let year = parts(&lisbon, Period::Year, 0, NOW);
    assert_eq!(year.len(), 13, "twelve months");
    let february = parts(&limits(None), Period::Month, 105, NOW);
    assert_eq!(february.len(), 29, "February 2018 had 28 days");
}

#[test]
fn an_answer_by_another_model_than_the_one_asked_first_is_a_fallback() {
    let failed = Call { ending: Ending::Failed, ..call(1, "first", NOW.0, 0) };
    let again = Call { ending: Ending::Failed, ..call(1, "first", NOW.0 + 1, 0) };
    let usage =
        gathered(&[failed, again, call(1, "second", NOW.0 + 2, 7), call(2, "second", NOW.0, 3)]);
    assert_eq!((usage.total.answers, usage.total.failed, usage.total.fallbacks), (2, 2, 1));
    assert_eq!(usage.total.cost, NanoUsd(10));
}

#[test]
fn the_usual_wait_is_the_middle_one_of_what_was_answered() {
    let waits = [900, 100, 300].map(|ms| Call { total_ms: Some(ms), ..call(1, "m", NOW.0, 1) });
    let failed = Call { ending: Ending::Failed, total_ms: Some(9), ..call(2, "m", NOW.0, 1) };
    let usage = gathered(&[waits.as_slice(), &[failed]].concat());
    assert_eq!(usage.total.usual_wait_ms, Some(300), "not the failed one's");
    assert_eq!(gathered(&[]).total.usual_wait_ms, None, "of nothing there is none");
}

#[test]
fn every_sum_is_the_same_money() {
    let names = ["a", "b", "c"];
    let calls: Vec<Call> = (0..60_u8)
        .map(|number| {
            let at = NOW.0 - i64::from(number) * 2 * HOUR;
            call(number, names[usize::from(number) % 3], at, u64::from(number) * 11)
        })
        .collect();
    let usage = gathered(&calls);
    let all: i64 = calls.iter().map(|call| call.money.spent as i64).sum();
    let money = |sums: &Sums| sums.cost.0;
    assert_eq!(money(&usage.total), all);
    assert_eq!(usage.by_model.iter().map(money).sum::<i64>(), all);
    assert_eq!(usage.by_person.values().map(money).sum::<i64>(), all);
    assert_eq!(usage.by_turn.values().map(money).sum::<i64>(), all);
    assert_eq!(usage.rows.iter().map(|row| money(&row.sums)).sum::<i64>(), all);
    for row in &usage.rows {
        let (begins, ends) = (usage.edges[row.part], usage.edges[row.part + 1]);
        let of_row: i64 = calls
            .iter()
            .filter(|call| begins <= call.at && call.at < ends)
            .filter(|call| call.model == usage.models[row.model])
            .map(|call| call.money.spent as i64)
            .sum();
        assert_eq!(row.sums.cost.0, of_row, "in the day in which it left");
    }
}
