"""Statuses, folded from the events in a record's log: the section of that name in PROTOCOL.md."""

from .catalogue import BY_NAME, EVENTS

_REPORT, _TASK = BY_NAME["report"], BY_NAME["task"]
_WORKER = 1
_RANKS = ["reported", "assigned", "handling", "withdrawn", "closed", "called_back", "archived"]
_REACHES = {"assign": 1, "handle": 2, "withdraw": 3, "call_back": 5, "archive": 6}


def _events(record, kind):
    """(name, entry), in order."""
    names = {event.number: name for name, event in kind.events.items()}
    entries = [entry for entry in record.log(EVENTS) if entry.what[0] == "b"]
    return [(names.get(entry.what[1].event), entry) for entry in entries]


def _reopened(record):
    return {entry.what[1].round for name, entry in _events(record, _REPORT) if name == "reopen"}


def report_round(record):
    return next(number for number in range(1, 2**32) if number not in _reopened(record))


def task_epoch(record):
    assignee = record.fields.get(_TASK.fields["assignee"].number)
    return max(1, assignee[1][1].epoch) if assignee else 1


def event_round(record):
    """What an event written now says of the round or epoch its author saw."""
    return task_epoch(record) if record.kind == _TASK.number else report_round(record)


def report_status(record):
    round_now = report_round(record)
    events = [(name, entry) for name, entry in _events(record, _REPORT) if entry.what[1].round == round_now]
    reached, closed, escalated, called_back = 0, False, False, False
    for name, entry in events:
        if name == "escalate":
            escalated = True
        elif name == "close" and not (entry.level == _WORKER and escalated):
            closed = True
    called_back = closed and any(name == "call_back" for name, _ in events)
    for name, entry in events:
        rank = _REACHES.get(name, 0)
        if rank >= 5 and not closed:
            continue
        if name == "archive" and entry.level < 2 and not called_back:
            continue
        reached = max(reached, rank)
    return _RANKS[max(reached, 4 if closed else 0)]


def task_status(record):
    """Without `delivered`, which stands in no record."""
    epoch = task_epoch(record)
    events = _events(record, _TASK)
    cancels = [dict(entry.what[1].args).get(2, ("a", ""))[1] for name, entry in events if name == "cancel"]
    names = {name for name, _ in events}
    if {"safety", "wrong_target"} & set(cancels):
        return "cancelled"
    if "complete" in names:
        return "verified" if "verify" in names else "done"
    if cancels:
        return "cancelled"
    assignee = record.value(_TASK.fields["assignee"].number)
    said = {
        name
        for name, entry in events
        if entry.what[1].round == epoch and (assignee in (None, ("f", entry.author)) or entry.level > _WORKER)
    }
    return "refused" if "refuse" in said else "accepted" if "accept" in said else "issued"
