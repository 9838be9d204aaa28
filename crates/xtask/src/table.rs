//! Measured figures as a Markdown table, beside their targets.

use serde::Deserialize;

const BEGIN: &str = "<!-- figures:begin, written by `cargo xtask bench` -->";
const END: &str = "<!-- figures:end -->";

/// One line that a bench wrote.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// Of all three numbers.
    pub(crate) unit: String,
    /// The middle of all runs; none where it could not be measured, and the note says why.
    #[serde(default)]
    pub(crate) median: Option<f64>,
    /// What 95 % of the runs stay below.
    #[serde(default)]
    pub(crate) p95: Option<f64>,
    /// Such as `≤ 400` or `p95 ≤ 20`.
    #[serde(default)]
    pub(crate) target: Option<String>,
    /// How it was measured, where that matters.
    #[serde(default)]
    pub(crate) note: Option<String>,
}

impl Figure {
    /// Whether the target is met; none where there is none to compare.
    fn met(&self) -> Option<bool> {
        let target = self.target.as_deref()?;
        let most = target.replace("<=", "≤").replace(">=", "≥");
        let (which, number) = most.split_once(['≤', '≥'])?;
        let number: f64 = number.split_whitespace().next()?.replace(',', "").parse().ok()?;
        let measured = if which.contains("p95") { self.p95? } else { self.median? };
        Some(if most.contains('≤') { measured <= number } else { measured >= number })
    }

    fn row(&self) -> String {
        let verdict = match self.met() {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "",
        };
        let cells = [
            self.name.clone(),
            self.median.map_or_else(
                || "not measured".to_owned(),
                |median| format!("{} {}", number(median), self.unit),
            ),
            self.p95.map_or_else(String::new, |p95| format!("{} {}", number(p95), self.unit)),
            self.target.clone().unwrap_or_default(),
            verdict.to_owned(),
            self.note.clone().unwrap_or_default(),
        ];
        format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
    }
}

/// All groups under one line about the machine.
pub(crate) fn render(machine: &str, groups: &[(String, Vec<Figure>)]) -> String {
    let mut text = format!("{machine}\n");
    for (heading, figures) in groups {
        text.push_str(&format!("\n### {}\n\n", heading.replace(['-', '_'], " ")));
        text.push_str("| figure | median | p95 | target | | note |\n|---|---|---|---|---|---|\n");
        text.extend(figures.iter().map(Figure::row));
    }
    text
}

/// `page` with `table` between its marks; none where it has no marks.
pub(crate) fn replace_between(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

/// Three significant digits, and thousands apart.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let plain = format!("{value:.decimals$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut spaced = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && digit != '-' && (whole.len() - index).is_multiple_of(3) {
            spaced.push(',');
        }
        spaced.push(digit);
    }
    if fraction.is_empty() { spaced } else { format!("{spaced}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(median: f64, p95: Option<f64>, target: &str) -> Figure {
        let median = Some(median);
        Figure { median, p95, target: Some(target.to_owned()), ..Figure::default() }
    }

    #[test]
    fn what_could_not_be_measured_says_so_and_meets_nothing() {
        let line = r#"{"name":"speed","unit":"tokens/s","target":"≥ 20","note":"no weights"}"#;
        let figure: Figure = serde_json::from_str(line).unwrap();
        let row = "| speed | not measured |  | ≥ 20 |  | no weights |\n";
        assert_eq!(figure.row(), row, "an empty number is not a good one");
    }

    #[test]
    fn a_target_is_compared_with_the_figure_it_names() {
        let verdicts = [
            figure(399.0, Some(900.0), "≤ 400"),
            figure(10.0, Some(21.0), "p95 <= 20"),
            figure(16_000.0, None, ">= 15,000"),
            figure(10.0, None, "p95 ≤ 20"),
            figure(10.0, None, "stated"),
        ]
        .map(|figure| figure.met());
        let expected = [Some(true), Some(false), Some(true), None, None];
        assert_eq!(verdicts, expected, "a table that flatters is worse than none");
    }

    #[test]
    fn the_table_stands_between_its_marks_and_nowhere_else() {
        let line = r#"{"name":"a | b","unit":"ms","median":212.04,"p95":1240.5,"target":"≤ 400"}"#;
        let figures = vec![serde_json::from_str(line).unwrap()];
        let table = render("machine", &[("real-window".to_owned(), figures)]);
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let expected = format!(
            "before\n{BEGIN}\nmachine\n\n### real window\n\n\
             | figure | median | p95 | target | | note |\n|---|---|---|---|---|---|\n\
             | a \\| b | 212 ms | 1,240 ms | ≤ 400 | met |  |\n{END}\nafter\n"
        );
        assert_eq!(replace_between(&page, &table), Some(expected), "the words around it stay");
        assert_eq!(replace_between("no marks", &table), None, "nothing is written at random");
    }

    #[test]
    fn numbers_are_as_long_as_they_are_good() {
        let spelled = [1_234_567.0, 74.26, 3.217, 0.0316, -1500.0].map(number);
        assert_eq!(spelled, ["1,234,567", "74.3", "3.22", "0.032", "-1,500"], "three digits");
    }
}
