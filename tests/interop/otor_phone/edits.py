"""From fields by name to the changes of an op, made against what the writer sees."""

from . import catalogue
from .messages import ARGS, CHANGE, DOT
from .status import event_round


def _shape(letter):
    return CHANGE.letters[letter]


def _change(letter, *content):
    return letter, _shape(letter)(*content)


def _dots(standing):
    return [DOT(actor, seq) for actor, seq in sorted(standing.items())]


def changes(kind, seen, set={}, add={}, remove={}, append={}, event=None):
    """`seen` is the record as the writer sees it; None for a new one. `event` is (name, {argument: value})."""
    made = []
    for name, value in set.items():
        number, rule, letter = kind.fields[name]
        value = (letter, value)
        if rule == "once":
            made.append(_change("a", number, value))
        elif rule == "latest":
            made.append(_change("b", number, value))
        elif rule in ("highest", "by_value"):
            made.append(_change("c", number, value, rule == "by_value"))
        elif rule == "all":
            replaces = sorted(item.dot for item in seen.items(number)) if seen else []
            made.append(_change("e", number, value, replaces))
        else:
            raise ValueError(f"{name} is not set by a worker")
    for name, members in add.items():
        number, _, letter = kind.fields[name]
        made.append(_change("f", number, [(letter, member) for member in members]))
    for name, members in remove.items():
        number, _, letter = kind.fields[name]
        standing = seen.items(number)
        gone = [((letter, member), _dots(standing[(letter, member)])) for member in members]
        made.append(_change("g", number, gone))
    for name, texts in append.items():
        number, _, letter = kind.fields[name]
        made += [_change("h", number, (letter, text)) for text in texts]
    if event:
        name, args = event
        number, numbers = kind.events[name]
        args = [ARGS.shape(numbers[arg], value) for arg, value in args.items()]
        made.append(_change("i", number, event_round(seen), args))
    return made


def kind_of(record):
    return catalogue.BY_NUMBER[record.kind]
