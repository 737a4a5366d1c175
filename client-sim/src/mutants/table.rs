//! What became of the mutations, as a table for people.

use super::Tried;
use comfy_table::{LineStyle, Table, TableStyle};

/// The table.
pub fn table(tried: &[Tried]) -> String {
    let mut table = Table::new();
    let separator = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(separator));
    table.set_header(["taken away", "the rule", "caught", "first seed", "noticed by"]);
    for one in tried {
        table.add_row([
            one.mutation.unwrap_or("nothing").to_owned(),
            one.rule.to_owned(),
            format!("{} of {}", one.caught, one.days),
            one.first_seed
                .map_or_else(|| "-".to_owned(), |seed| seed.to_string()),
            checkers(one),
        ]);
    }
    table.trim_fmt()
}

/// One of them as a line.
pub fn line(one: &Tried) -> String {
    let name = one.mutation.unwrap_or("nothing");
    match one.first_seed {
        None => format!("{name}: not noticed in {} days", one.days),
        Some(seed) => {
            let (caught, days) = (one.caught, one.days);
            format!(
                "{name}: {caught} of {days} days, seed {seed} by {}: {}",
                checkers(one),
                one.line
            )
        }
    }
}

fn checkers(one: &Tried) -> String {
    let names: Vec<&str> = one.checkers.iter().map(String::as_str).collect();
    names.join(", ")
}
