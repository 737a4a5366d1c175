//! The rules by which the server acts by itself: reference data, journaled as a whole.

use serde::{Deserialize, Serialize};

/// All rules of a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Which reports become whose tasks; the first that fits counts.
    pub dispatch: Vec<DispatchRule>,
    /// The departments that can be called, and whose phones hear them.
    pub departments: Vec<Department>,
    /// How reports whose day has passed are raised.
    pub escalation: Vec<EscalationRule>,
    /// Days of silence after which a phone's tasks are told as such; 0 for never.
    pub silent_days: u32,
    /// Who gets a task then, in place of whoever does not hear of it; nobody, if nothing is said.
    pub silent_to: Option<Recipient>,
    /// How many households grids should have; of several, the one for the smallest area counts.
    pub norms: Vec<Norm>,
}

/// How many households the grids of an area should have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Norm {
    /// The code of the area.
    pub area: String,
    /// At least.
    pub least: u64,
    /// At most.
    pub most: u64,
}

/// Which reports become whose tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispatchRule {
    /// What people call it.
    pub name: String,
    /// Only these categories; all, if none is named.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Only from this severity on.
    #[serde(default)]
    pub severity_min: Option<i64>,
    /// Only in the area of this code.
    #[serde(default)]
    pub area: Option<String>,
    /// Only what was found in this role.
    #[serde(default)]
    pub role_hat: Option<String>,
    /// Who is to do it.
    pub to: Recipient,
    /// Minutes until it is due.
    #[serde(default)]
    pub due_minutes: Option<i64>,
    /// The level that handles it from the beginning.
    #[serde(default)]
    pub level: Option<String>,
}

/// Who gets a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A worker of the report's grid: its author, if they are one.
    Grid,
    /// Whoever answers for the village or community it lies in.
    Station,
    /// Whoever answers for the area it lies in on the level that handles it.
    Level,
    /// A worker, by their code.
    Worker(String),
    /// A department, by its code.
    Department(String),
    /// The department of this sort that answers for the area it lies in.
    DepartmentOf(String),
}

/// A department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The codes of the workers whose phones hear it.
    #[serde(default)]
    pub officers: Vec<String>,
    /// What sort it is, where several of one sort answer for areas of their own: police, housing.
    #[serde(default)]
    pub sort: Option<String>,
    /// The codes of the areas it answers for; everywhere, if none is named.
    #[serde(default)]
    pub areas: Vec<String>,
}

impl Department {
    /// How many digits of an area's code those have by which it answers for that area: 0 if it answers everywhere, none
    /// if it does not answer there.
    fn nearness(&self, area: &str) -> Option<usize> {
        if self.areas.is_empty() {
            return Some(0);
        }
        let around = self.areas.iter().filter(|own| area.starts_with(own.as_str()));
        around.map(String::len).max()
    }
}

/// How a report whose day has passed is raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalationRule {
    /// The level at which it was handled.
    pub from: String,
    /// The level that handles it then.
    pub to: String,
    /// Minutes that this level has.
    #[serde(default)]
    pub due_minutes: Option<i64>,
    /// Who has it then: they get the task that was made of it, or another one if that is over. Without it the task stays
    /// where it is.
    #[serde(default)]
    pub give_to: Option<Recipient>,
}

impl Rules {
    /// A department by its code.
    pub fn department(&self, code: &str) -> Option<&Department> {
        self.departments.iter().find(|department| department.code == code)
    }

    /// The departments that answer for an area, those for the smallest area around it first.
    pub fn answering(&self, area: &str) -> Vec<&Department> {
        let mut near: Vec<(usize, &Department)> = self
            .departments
            .iter()
            .filter_map(|department| Some((department.nearness(area)?, department)))
            .collect();
        near.sort_by_key(|(nearness, _)| std::cmp::Reverse(*nearness));
        near.into_iter().map(|(_, department)| department).collect()
    }
}

/// What is known of a household by its code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseholdCell {
    /// Its record; of several, the one that came first.
    pub record: Option<otor_protocol::ids::RecordId>,
    /// The last visit, milliseconds since the Unix epoch.
    pub visited_ms: Option<i64>,
    /// The number of the code, from 1, in the order in which codes were met.
    pub number: u32,
}
