//! What a decision takes, with as many cells as a workspace may have.

use std::collections::HashMap;

use domain::{ModelRef, ProfileId, ProviderId, Role};
use policy::{Action, Matrix, ModelFacts, Principal, Resource, Row, Rules, Stance};

use crate::Outcome;
use crate::figures::{Figure, Samples, Sheet, now};
use crate::gateway::{NOW, micros};

/// Cells that speak of models, each of another one.
const CELLS: usize = 500;
const DECISIONS: usize = 2_000;
const COMPILATIONS: usize = 9;

pub(crate) fn measure(sheet: &mut Sheet) -> Outcome {
    let cells = (0..CELLS).map(|number| {
        let row = Row::Model { model: model(&format!("model-{number}")) };
        ((Role::Member, row), Stance::Deny)
    });
    let statements = Matrix(cells.collect()).write(&[]).ok_or("the schema is read")?;
    let few = Rules::compile(&[], HashMap::new(), &[])?;
    let many = Rules::compile(&statements, HashMap::new(), &[])?;
    for (name, rules) in [("one decision", &few), ("one decision, 500 cells", &many)] {
        let figure = Figure::of(name, "µs", &decisions(rules)?);
        sheet.add(&figure.note("may a member use this model; 2000 decisions"))?;
    }
    let mut took = Samples::default();
    for _ in 0..COMPILATIONS {
        let begun = now();
        Rules::compile(&statements, HashMap::new(), &[])?;
        took.push_ms(begun.elapsed());
    }
    let figure = Figure::of("reading 500 policies", "ms", &took);
    Ok(sheet.add(&figure.note("once after each change, and at the first question of an unlock"))?)
}

fn decisions(rules: &Rules) -> Outcome<Samples> {
    let who = Principal { profile: ProfileId::new(NOW, [3; 10]), role: Role::Member, at: NOW };
    let on = Resource::Model { model: model("another"), facts: ModelFacts::ELSEWHERE };
    let mut took = Samples::default();
    for _ in 0..DECISIONS {
        let begun = now();
        rules.authorize(&who, Action::ModelUse, &on).map_err(|denial| denial.to_string())?;
        took.push(micros(begun.elapsed()));
    }
    Ok(took)
}

fn model(name: &str) -> ModelRef {
    ModelRef { provider: ProviderId::new(NOW, [2; 10]), model: name.to_owned() }
}
