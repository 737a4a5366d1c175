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
    let (name, epoch_ms, seed) =
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
            seed,
            steps,
        })
    } else {
        Err(TraceErrors(errors))
    }
}

fn parse_line(line: usize, text: &str, checker: &mut Checker<'_>) -> Result<Vec<Step>, String> {
    let parsed = line::parse(text)?;
    let (at_ms, if_possible) = (parsed.at, parsed.if_possible);
    checker.time(line, at_ms)?;
    let whats = parsed.whats()?;
    for what in &whats {
        checker.step(what)?;
    }
    let step = |what| Step {
        line,
        at_ms,
        if_possible,
        what,
    };
    Ok(whats.into_iter().map(step).collect())
}

/// Leaves out the steps that do not fit those before them, and numbers the lines anew.
pub(super) fn consistent(trace: Trace) -> Trace {
    let links: Vec<&str> = crate::link::profile::all()
        .iter()
        .map(|profile| profile.name)
        .collect();
    let mut steps = Vec::with_capacity(trace.steps.len());
    let mut kept = Checker::new(&links);
    for step in trace.steps {
        // A step that does not fit may have left half of what it defines.
        let mut tried = kept.clone();
        if tried.time(step.line, step.at_ms).is_ok() && tried.step(&step.what).is_ok() {
            kept = tried;
            let line = steps.len() + 2;
            steps.push(Step { line, ..step });
        }
    }
    Trace { steps, ..trace }
}

/// Writes a trace.
pub(super) fn write(trace: &Trace) -> String {
    let mut text = header::write(&trace.name, trace.epoch_ms, trace.seed);
    text.push('\n');
    for step in &trace.steps {
        text.push_str(&line::to_text(&Line::of(step)));
        text.push('\n');
    }
    text
}
