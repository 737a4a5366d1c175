//! The codes that Otor itself knows, by the field (or the argument of an event) that holds them: those its rules look
//! at, and those the field's own mechanisms bring. A deployment's own are never refused.

/// The codes of each field.
pub const CODES: &[(&str, &[&str])] = &[
    ("about", &["person"]),
    // The five smalls (五小).
    (
        "category",
        &["hazard", "contradiction", "dispute", "matter", "case"],
    ),
    (
        "channel",
        &[
            "snapshot",
            "mailbox",
            "hotline",
            "visit",
            "appeal",
            "four_micro",
            "online_chain",
        ],
    ),
    ("engagement", &["full_time", "part_time", "service", "volunteer"]),
    ("published", &["yes"]),
    ("reason", &["plain", "safety", "wrong_target", "off_list"]),
    ("result", &["satisfied", "neutral", "unhappy", "aware", "unaware"]),
    // The six roles (六大员).
    (
        "role_hat",
        &[
            "information",
            "errands",
            "law",
            "mediation",
            "sanitation",
            "patrol",
        ],
    ),
    ("service_mode", &["direct", "helped", "proxy"]),
    ("topic", &["satisfaction", "policy"]),
    // Of mediations, activities and experts; of teams and shifts.
    (
        "type",
        &[
            "property",
            "medical",
            "traffic",
            "family",
            "volunteer",
            "service",
            "lesson",
            "consultation",
            "legal",
            "micro_organisation",
            "patrol_team",
            "grid_team",
            "committee",
            "checkpoint",
            "emergency",
        ],
    ),
    ("zone", &["centre", "banner", "whole"]),
];
