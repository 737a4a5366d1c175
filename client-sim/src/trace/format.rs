//! Reading and writing a whole trace: newline-delimited JSON, one step a line.

use super::check::Checker;
use super::error::{LineError, TraceErrors};
use super::line::{self, Line};
use super::{Step, Trace, header};

/// Reads a trace and checks it whole.
pub(super) fn parse(text: &str, known_links: &[&str]) -> Result<Trace, TraceErrors> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate().map(|(index, text)| (index + 1, text));
    let first = lines.next().map_or("", |(_, text)| text);
    let (name, epoch_ms) =
        header::parse(first).map_err(|message| TraceErrors(vec![LineError { line: 1, message }]))?;
    let mut checker = Checker::new(known_links);
    let mut steps = Vec::new();
    let mut errors = Vec::new();
    for (line, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
        match parse_line(line, text, &mut checker) {
            Ok(of_line) => steps.extend(of_line),
            Err(message) => errors.push(LineError { line, message }),
        }
    }
    if errors.is_empty() {
        Ok(Trace {
            name,
            epoch_ms,
            steps,
        })
    } else {
        Err(TraceErrors(errors))
    }
}

fn parse_line(line: usize, text: &str, checker: &mut Checker<'_>) -> Result<Vec<Step>, String> {
    let parsed = line::parse(text)?;
    let at_ms = parsed.at;
    checker.time(line, at_ms)?;
    let whats = parsed.whats()?;
    for what in &whats {
        checker.step(what)?;
    }
    Ok(whats.into_iter().map(|what| Step { line, at_ms, what }).collect())
}

/// Writes a trace.
pub(super) fn write(trace: &Trace) -> String {
    let mut text = header::write(&trace.name, trace.epoch_ms);
    text.push('\n');
    for step in &trace.steps {
        text.push_str(&line::to_text(&Line::of(step.at_ms, &step.what)));
        text.push('\n');
    }
    text
}
