//! What one version of the policies changed in the one before it.

use std::collections::BTreeMap;

use domain::Role;

use crate::{Matrix, Row, Stance, Statement};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A cell of the matrix says something else; none where it inherits.
    Cell {
        /// The column.
        role: Role,
        /// The row.
        row: Row,
        /// What it said.
        before: Option<Stance>,
        /// What it says.
        after: Option<Stance>,
    },
    /// A policy by hand reads differently; none where there is none of this name.
    ByHand {
        /// Its name.
        id: String,
        /// As it was.
        before: Option<String>,
        /// As it is.
        after: Option<String>,
    },
}

/// All differences: cells in the order of the matrix, then policies by hand by their names.
#[must_use]
pub fn changes(before: &[Statement], after: &[Statement]) -> Vec<Change> {
    let ((old_cells, old_texts), (new_cells, new_texts)) =
        (Matrix::read(before), Matrix::read(after));
    let cells = differences(&old_cells.0, &new_cells.0).map(|((role, row), before, after)| {
        Change::Cell { role, row, before: before.copied(), after: after.copied() }
    });
    let (old_texts, new_texts) = (by_id(&old_texts), by_id(&new_texts));
    let texts = differences(&old_texts, &new_texts).map(|(id, before, after)| Change::ByHand {
        id,
        before: before.cloned(),
        after: after.cloned(),
    });
    cells.chain(texts).collect()
}

fn by_id(statements: &[Statement]) -> BTreeMap<String, String> {
    statements.iter().map(|one| (one.id.clone(), one.text.clone())).collect()
}

fn differences<'a, K: Ord + Clone, V: PartialEq>(
    before: &'a BTreeMap<K, V>,
    after: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (K, Option<&'a V>, Option<&'a V>)> {
    let mut keys: Vec<&K> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter().filter_map(|key| {
        let (old, new) = (before.get(key), after.get(key));
        (old != new).then(|| (key.clone(), old, new))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(row: Row, stance: Stance) -> Vec<Statement> {
        Matrix([((Role::Member, row), stance)].into()).write(&[]).expect("the schema is read")
    }

    fn by_hand(id: &str, text: &str) -> Statement {
        Statement { id: id.into(), text: text.into() }
    }

    #[test]
    fn only_what_differs_is_a_change() {
        let stays = by_hand("stays", "permit (principal, action, resource);");
        let before = [cell(Row::Ask {}, Stance::Deny), vec![stays.clone()]].concat();
        assert_eq!(changes(&before, &before), [], "the same is no change");
        let goes = by_hand("goes", "forbid (principal, action, resource);");
        let comes = by_hand("comes", "permit (principal, action, resource);");
        let old = [before.clone(), vec![goes.clone()]].concat();
        let new = [cell(Row::Ask {}, Stance::Allow), vec![stays, comes.clone()]].concat();
        let expected = [
            Change::Cell {
                role: Role::Member,
                row: Row::Ask {},
                before: Some(Stance::Deny),
                after: Some(Stance::Allow),
            },
            Change::ByHand { id: "comes".into(), before: None, after: Some(comes.text) },
            Change::ByHand { id: "goes".into(), before: Some(goes.text), after: None },
        ];
        assert_eq!(changes(&old, &new), expected, "each once, and in order");
    }

    #[test]
    fn a_cell_that_was_changed_by_hand_is_no_cell_any_more() {
        let before = cell(Row::Ask {}, Stance::Deny);
        let mut after = before.clone();
        after[0].text.push_str(" // by hand");
        let (id, old, new) = (before[0].id.clone(), before[0].text.clone(), after[0].text.clone());
        assert!(new != old, "it was changed");
        let expected = [
            Change::Cell {
                role: Role::Member,
                row: Row::Ask {},
                before: Some(Stance::Deny),
                after: None,
            },
            Change::ByHand { id, before: None, after: Some(new) },
        ];
        assert_eq!(changes(&before, &after), expected, "both are said");
    }
}
