//! Cases by counting: what was received, what became of it, by everything that it is divided by.

use super::counter::Counter;
use super::moments::{closing_ms, duplicate_of, first_ms, level};
use super::{Kept, WHOLE, day, is_marked, text, told};
use otor_protocol::catalogue::built_in::report;
use otor_protocol::ids::RecordId;
use std::collections::{BTreeMap, BTreeSet};

/// Which reports hang together by marks that stand.
pub(super) struct Doubles {
    closed: BTreeSet<RecordId>,
    marks: BTreeSet<(RecordId, RecordId)>,
}

impl Doubles {
    pub(super) fn of(records: &[Kept]) -> Self {
        let reports = records.iter().filter(|kept| kept.record.kind.0 == 3);
        let closed = reports.clone().filter(|kept| closing_ms(&kept.record).is_some());
        let marks = reports.clone().filter_map(|kept| {
            let marked = duplicate_of(&kept.record)?;
            (marked != kept.id).then_some((kept.id, marked))
        });
        Doubles {
            closed: closed.map(|kept| kept.id).collect(),
            marks: marks.collect(),
        }
    }

    /// The first report of a report's case.
    fn root(&self, id: RecordId) -> RecordId {
        let mut group = BTreeSet::from([id]);
        loop {
            let size = group.len();
            for (one, other) in &self.marks {
                if group.contains(one) || group.contains(other) {
                    group.extend([*one, *other]);
                }
            }
            if group.len() == size {
                return group.first().copied().unwrap_or(id);
            }
        }
    }
}

/// What a case counts as.
struct Case<'a> {
    kept: &'a Kept,
    root: RecordId,
    closed: bool,
    withdrawn: bool,
}

impl Case<'_> {
    fn open(&self) -> bool {
        !self.closed && !self.withdrawn
    }

    fn overdue(&self) -> bool {
        self.open() && is_marked(&self.kept.record, "overdue")
    }

    fn text(&self, field: u16) -> String {
        text(&self.kept.record, field).unwrap_or_default()
    }
}

const CATEGORY: u16 = 7;
const CHANNEL: u16 = 11;
const SERVICE_MODE: u16 = 12;
const DEPARTMENT: u16 = 14;
const HAT: u16 = 63;

impl Counter<'_> {
    pub(super) fn cases(&mut self) {
        for kept in self.of_kind(3) {
            if closing_ms(&kept.record).is_some_and(|at| self.within(at)) {
                let there = matches!(level(&kept.record), "grid" | "village");
                let category = text(&kept.record, CATEGORY).unwrap_or_default();
                self.put("community_share", "", "resolved", 1);
                self.put("community_share", "", "resolved_in_community", i64::from(there));
                self.put("by_type", "", "problems_solved", 1);
                self.put("by_type", &format!("category:{category}"), "problems_solved", 1);
            }
        }
        let doubles = &self.known.doubles;
        let cases = self.written(3).into_iter().map(|kept| {
            let root = doubles.root(kept.id);
            let closed = closing_ms(&kept.record).is_some() || doubles.closed.contains(&root);
            let withdrawn = !closed && kept.record.status() == Some("withdrawn");
            Case {
                kept,
                root,
                closed,
                withdrawn,
            }
        });
        let cases: Vec<Case> = cases.collect();
        for case in &cases {
            self.intake(case);
            self.how_served(case);
            let overdue = i64::from(case.overdue());
            self.put("overdue", "", "reports_open", i64::from(case.open()));
            self.put("overdue", "", "reports_overdue", overdue);
            if text(&case.kept.record, HAT).is_some() {
                self.put("roles", &format!("role_hat:{}", case.text(HAT)), "reports", 1);
            }
        }
        self.roots(&cases);
        self.responsibility(&cases);
        self.satisfaction(&cases);
        let since = |kept: &Kept, moment: Option<i64>| moment.map(|at| (at - kept.at_ms).max(0));
        let assigned = cases.iter().map(|case| {
            let moment = first_ms(&case.kept.record, report::ASSIGN);
            since(case.kept, moment)
        });
        let assigned: Vec<i64> = assigned.flatten().collect();
        let closed = cases
            .iter()
            .map(|case| since(case.kept, closing_ms(&case.kept.record)));
        let closed: Vec<i64> = closed.flatten().collect();
        self.times("report_to_assign", &assigned);
        self.times("report_to_close", &closed);
    }

    fn intake(&mut self, case: &Case) {
        let mut groups = vec![("matters", String::new()), ("closure", String::new())];
        groups.extend(of_channel(&case.text(CHANNEL)).map(|name| (name, String::new())));
        let divided = [
            ("category", case.text(CATEGORY)),
            ("level", level(&case.kept.record).to_string()),
            ("channel", case.text(CHANNEL)),
            ("department", case.text(DEPARTMENT)),
            ("area", self.part(case.kept)),
            ("grid", self.at_depth(case.kept, 15)),
        ];
        groups.extend(divided.map(|(by, part)| ("closure", format!("{by}:{part}"))));
        for (name, group) in groups {
            self.put(name, &group, "received", 1);
            self.put(name, &group, "closed", i64::from(case.closed));
            self.put(name, &group, "withdrawn", i64::from(case.withdrawn));
            self.put(name, &group, "open", i64::from(case.open()));
        }
    }

    fn roots(&mut self, cases: &[Case]) {
        for statistic in ["appeals", "micro_governance", "disputes", "matters"] {
            let counted = cases.iter().filter(|case| {
                let of_its_channel = of_channel(&case.text(CHANNEL));
                statistic == "matters" || of_its_channel == Some(statistic)
            });
            let roots: BTreeSet<RecordId> = counted.map(|case| case.root).collect();
            self.put(statistic, "", "cases", roots.len() as i64);
        }
    }

    fn how_served(&mut self, case: &Case) {
        if case.text(CHANNEL) == "hotline" {
            let closed = closing_ms(&case.kept.record).map(day);
            let same = closed == Some(day(case.kept.at_ms));
            self.put("same_day", "", "received", 1);
            self.put("same_day", "", "done_same_day", i64::from(same));
        }
        let mode = case.text(SERVICE_MODE);
        if matches!(mode.as_str(), "direct" | "helped" | "proxy") {
            for group in [String::new(), format!("service_mode:{mode}")] {
                self.put("service_items", &group, "items", 1);
                self.put("service_items", &group, "items_done", i64::from(case.closed));
            }
        }
    }

    /// Every department, of the rules or named by a case, against every banner.
    fn responsibility(&mut self, cases: &[Case]) {
        let area = &self.question.area;
        let mut departments: BTreeSet<String> = BTreeSet::new();
        if let Some(rules) = &self.known.rules {
            let listed = rules["departments"].as_array().into_iter().flatten();
            departments.extend(listed.filter_map(|one| Some(one["code"].as_str()?.to_string())));
        }
        let mut banners: BTreeSet<String> = self.known.tree.living(area, 6).into_iter().collect();
        let named: Vec<&Case> = cases
            .iter()
            .filter(|case| text(&case.kept.record, DEPARTMENT).is_some())
            .collect();
        for case in &named {
            departments.insert(case.text(DEPARTMENT));
            banners.insert(self.at_depth(case.kept, 6));
        }
        self.put("responsibility", "", "departments", departments.len() as i64);
        self.put("responsibility", "", "banners", banners.len() as i64);
        for case in named {
            let banner = self.at_depth(case.kept, 6);
            let group = format!("department_banner:{}/{banner}", case.text(DEPARTMENT));
            self.put("responsibility", &group, "received", 1);
            self.put("responsibility", &group, "closed", i64::from(case.closed));
            self.put("responsibility", &group, "open", i64::from(case.open()));
            self.put("responsibility", &group, "overdue", i64::from(case.overdue()));
        }
    }

    /// What callers say, where five or more do.
    fn satisfaction(&mut self, cases: &[Case]) {
        let mut groups: BTreeMap<String, Vec<&Case>> = BTreeMap::new();
        for case in cases {
            groups.entry(String::new()).or_default().push(case);
            let part = format!("area:{}", self.part(case.kept));
            groups.entry(part).or_default().push(case);
        }
        for (group, cases) in groups {
            let of = |name: &str| -> i64 { cases.iter().map(|case| told(&case.kept.record, name)).sum() };
            let (good, bad) = (of("satisfied"), of("unhappy"));
            let answers = good + bad + of("neutral");
            if answers >= 5 {
                for (measure, count) in [("answers", answers), ("satisfied", good), ("unhappy", bad)] {
                    self.put("satisfaction", &group, measure, count);
                    self.put("satisfaction", &group, &format!("{measure}{WHOLE}"), answers);
                }
            }
        }
    }
}

/// The statistic that tells of a channel alone.
fn of_channel(channel: &str) -> Option<&'static str> {
    match channel {
        "appeal" => Some("appeals"),
        "four_micro" => Some("micro_governance"),
        "online_chain" => Some("disputes"),
        _ => None,
    }
}
