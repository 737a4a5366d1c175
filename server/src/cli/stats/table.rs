//! Reports as tables for people: what a statistic tells as a whole, then a line for each part, a column a measure.

use super::super::failure::Failure;
use super::super::{print, say, tongue};
use crate::words::with_names;
use serde_json::Value;
use std::collections::BTreeMap;

/// Prints a report; `definitions` say what each statistic tells.
pub(super) fn report(report: &Value, definitions: &Value) -> Result<(), Failure> {
    print::line(frame(report))?;
    let figures = report["figures"].as_array().map_or(&[][..], Vec::as_slice);
    for block in blocks(figures, &names(report)) {
        print::line("")?;
        print::line(titled(&block, definitions))?;
        print::line(print::columns(&block.header, &block.rows))?;
    }
    Ok(())
}

/// What areas and departments are called, by their codes.
type Names = BTreeMap<String, String>;

fn names(report: &Value) -> Names {
    let names = report["names"].as_object().into_iter().flatten();
    let told = names.map(|(code, name)| (code.clone(), print::plain(name)));
    told.collect()
}

fn frame(report: &Value) -> String {
    let area = match report["area"].as_str() {
        Some(area) => say!("say-area", area = with_names("area", area, &names(report))),
        None => say!("say-whole-tree"),
    };
    say!(
        "say-frame",
        area = area,
        from = print::text(report, "from"),
        to = print::text(report, "to"),
        commit = print::text(report, "cut_off"),
        history = print::text(report, "history"),
        tree = print::text(report, "region_version"),
        definitions = print::text(report, "definitions"),
    )
}

/// The heading of a table: of a whole statistic with its number and what it tells.
fn titled(block: &Block, definitions: &Value) -> String {
    let defined = definitions["statistics"].as_array().into_iter().flatten();
    let statistic = block.statistic.as_deref();
    match defined.into_iter().find(|one| one["id"].as_str() == statistic) {
        None => block.name.clone(),
        Some(one) => {
            let number = print::text(one, "number");
            let told = match statistic {
                // Where names are shown as they are, what they mean stands beside.
                Some(id) if id == block.name => format!("{number} {id}: {}", print::text(one, "title")),
                _ => format!("{number} {}", block.name),
            };
            told.trim_start().to_string()
        }
    }
}

/// One table.
struct Block {
    /// Of which statistic, where it is of a whole one.
    statistic: Option<String>,
    name: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The figures in tables: one for each statistic, and one for each of its divisions.
fn blocks(figures: &[Value], names: &Names) -> Vec<Block> {
    let mut blocks: Vec<(String, String, Vec<&Value>)> = Vec::new();
    for figure in figures {
        let (statistic, by) = (print::text(figure, "statistic"), print::text(figure, "by"));
        match blocks.last_mut() {
            Some((last, last_by, members)) if *last == statistic && *last_by == by => members.push(figure),
            _ => blocks.push((statistic, by, vec![figure])),
        }
    }
    let told = blocks
        .into_iter()
        .map(|(statistic, by, figures)| match by.as_str() {
            "" => whole(statistic, &figures),
            _ => {
                let statistic = tongue::called("statistic", &statistic);
                let name = say!(
                    "say-statistic-by",
                    statistic = statistic,
                    division = tongue::called("division", &by)
                );
                divided(name, &by, (&figures, names))
            }
        });
    told.collect()
}

fn whole(statistic: String, figures: &[&Value]) -> Block {
    let rows = figures
        .iter()
        .map(|figure| vec![measure(figure), value(figure), of(figure)]);
    Block {
        name: tongue::called("statistic", &statistic),
        statistic: Some(statistic),
        header: ["measure", "value", "of"].map(tongue::heading).to_vec(),
        rows: rows.collect(),
    }
}

fn divided(name: String, by: &str, (figures, names): (&[&Value], &Names)) -> Block {
    let mut measures: Vec<String> = Vec::new();
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for figure in figures {
        let (group, measure) = (print::text(figure, "group"), measure(figure));
        let column = match measures.iter().position(|known| *known == measure) {
            Some(column) => column,
            None => {
                measures.push(measure);
                measures.len() - 1
            }
        };
        let row = match rows.iter_mut().position(|(known, _)| *known == group) {
            Some(row) => row,
            None => {
                rows.push((group, Vec::new()));
                rows.len() - 1
            }
        };
        let cells = &mut rows[row].1;
        cells.resize(cells.len().max(column + 1), String::new());
        cells[column] = value(figure);
    }
    let width = measures.len();
    let shown = rows.into_iter().map(|(group, mut cells)| {
        cells.resize(width, String::new());
        let name = if group.is_empty() {
            say!("say-not-said")
        } else {
            with_names(by, &tongue::group(by, &group), names)
        };
        std::iter::once(name).chain(cells).collect()
    });
    Block {
        statistic: None,
        name,
        header: std::iter::once(tongue::called("division", by))
            .chain(measures)
            .collect(),
        rows: shown.collect(),
    }
}

/// A value with its unit; a dash where there is none.
fn value(figure: &Value) -> String {
    let number = print::text(figure, "value");
    if number.is_empty() {
        return "–".to_string();
    }
    let shown = match figure["unit"].as_str() {
        Some("percent") => format!("{} %", one_place(&number)),
        Some("minutes") => say!("say-minutes", number = number),
        Some("yes_no") if number == "1" => say!("say-yes"),
        Some("yes_no") => say!("say-no"),
        _ => number,
    };
    match figure["at_least"].as_bool() {
        Some(true) => format!("≥ {shown}"),
        _ => shown,
    }
}

fn measure(figure: &Value) -> String {
    tongue::called("measure", &print::text(figure, "measure"))
}

/// A share with its one place, also where that is nought.
fn one_place(number: &str) -> String {
    if number.contains('.') {
        number.to_string()
    } else {
        format!("{number}.0")
    }
}

fn of(figure: &Value) -> String {
    match (figure["part"].as_i64(), figure["whole"].as_i64()) {
        (Some(part), Some(whole)) => say!("say-part-of-whole", part = part, whole = whole),
        (None, Some(whole)) => format!("n = {whole}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn figures_are_told_whole_and_by_part() {
        // Names as programs know them: what they are called in words is told elsewhere.
        tongue::choose(&tongue::Wish::names()).unwrap();
        let figures = [
            json!({"statistic": "closure", "measure": "received", "value": 10, "unit": "count"}),
            json!({"statistic": "closure", "measure": "closure_rate", "value": 30.0, "unit": "percent", "part": 3, "whole": 10}),
            json!({"statistic": "closure", "by": "channel", "group": "", "measure": "received", "value": 4, "unit": "count"}),
            json!({"statistic": "closure", "by": "channel", "group": "hotline", "measure": "closure_rate", "value": null, "unit": "percent"}),
        ];
        let blocks = blocks(&figures, &Names::new());
        assert_eq!(blocks[0].rows[1], ["closure_rate", "30.0 %", "3 of 10"]);
        assert_eq!(blocks[1].header, ["channel", "received", "closure_rate"]);
        assert_eq!(blocks[1].rows[0], ["(not said)", "4", ""]);
        assert_eq!(blocks[1].rows[1], ["hotline", "", "–"]);
        let bound = json!({"value": 150_000, "unit": "count", "at_least": true});
        assert_eq!(value(&bound), "≥ 150000");
        let defined = json!({"statistics": [{"id": "closure", "number": "", "title": "Closure"}]});
        assert_eq!(titled(&blocks[0], &defined), "closure: Closure");
        assert_eq!(titled(&blocks[1], &defined), "closure by channel");
    }
}
