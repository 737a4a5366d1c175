"""The catalogue of PROTOCOL.md, version 1: kinds, fields with their rules, events."""

from collections import namedtuple

Kind = namedtuple("Kind", "number name lane fields events")
Field = namedtuple("Field", "number rule letter")
Event = namedtuple("Event", "number args")

VERSION = 1
EVENTS = 0  # The field in whose log the events stand.


def _fields(**fields):
    """`name="number rule letter-of-value"`."""
    split = {name: text.split() for name, text in fields.items()}
    return {name: Field(int(number), rule, letter) for name, (number, rule, letter) in split.items()}


_HOUSEHOLD = _fields(code="1 once a", place="2 latest a", phone="3 all a", notes="60 log a")
_VISIT = _fields(
    household="1 once a", visited_at="2 once a", lat="3 once c", lon="4 once c", note="5 once a",
    category="6 latest a", follow_up="7 latest a", resident_count="8 latest b", tags="61 set a", notes="60 log a",
)  # fmt: skip
_REPORT = _fields(
    household="1 once a", title="2 once a", description="3 once a", reported_at="4 once a", lat="5 once c",
    lon="6 once c", category="7 highest a", severity="8 by_value b", phone="9 all a", tags="61 set a",
    notes="60 log a",
)  # fmt: skip
_TASK = _fields(
    title="1 once a", description="2 once a", report="3 once e", due_at="4 centre a", assignee="5 centre f",
    notes="60 log a",
)  # fmt: skip
_REPORT_EVENTS = {
    "withdraw": Event(1, {}), "assign": Event(2, {"to": 2}), "handle": Event(3, {}),
    "close": Event(4, {"outcome": 1}), "call_back": Event(5, {"result": 1}), "archive": Event(6, {}),
    "request_reopen": Event(7, {"reason": 1}), "reopen": Event(8, {"reason": 1}),
    "escalate": Event(9, {"level": 3, "reason": 1}), "return": Event(10, {"reason": 1}),
    "mark_duplicate": Event(11, {"of": 4}),
}  # fmt: skip
_TASK_EVENTS = {
    "accept": Event(1, {}), "refuse": Event(2, {"reason": 2}), "complete": Event(3, {"outcome": 1}),
    "verify": Event(4, {}), "cancel": Event(5, {"reason": 2}),
}  # fmt: skip

KINDS = [
    Kind(1, "household", 2, _HOUSEHOLD, {}),
    Kind(2, "visit", 2, _VISIT, {}),
    Kind(3, "report", 1, _REPORT, _REPORT_EVENTS),
    Kind(4, "task", 0, _TASK, _TASK_EVENTS),
]
BY_NAME = {kind.name: kind for kind in KINDS}
BY_NUMBER = {kind.number: kind for kind in KINDS}


def lane_of_new(kind, fields):
    """A report that is created with severity 4 crosses first."""
    return 0 if kind.name == "report" and fields.get("severity") == 4 else kind.lane
