//! The laws of the protocol crate, by property test and by example.

mod bounds;
mod canonical;
mod case_outcomes;
mod catalogue;
mod catalogue_bounds;
mod clocks;
mod contents;
mod delivery;
mod folds;
mod golden;
mod golden_values;
mod history;
mod messages;
mod other_folds;
mod other_outcomes;
mod patrol;
mod phone_outcomes;
mod records;
mod recoveries;
mod report_outcomes;
mod scene;
mod task_outcomes;
mod values;
mod wire;
