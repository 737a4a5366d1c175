"""A record: its only possible bytes, and merging ops and whole states into it."""

from .catalogue import EVENTS
from .messages import ARGS, DOT, FACTS, VALUE
from .shapes import I64, U8, U16, U32, U64, ListOf, Struct, Variant, require

FORMAT = b"\x01"

_DOTS = ListOf(DOT)
_MARKER = Struct("Marker", epoch=U64, level=U8, weight=I64, stamp=U64, dot=DOT)
NO_MARKER = _MARKER(0, 0, 0, 0, DOT(0, 0))
_CANDIDATE = Struct("Candidate", stamp=U64, dot=DOT, author=U32, value=VALUE)
_WHAT = Variant(a=VALUE, b=Struct("WhatEvent", event=U16, round=U32, args=ARGS))
_ENTRY = Struct("Entry", stamp=U64, dot=DOT, index=U16, author=U32, level=U8, what=_WHAT)
_CONTENT = Variant(
    a=Struct("Register", value=VALUE, marker=_MARKER),
    b=Struct("Candidates", clock=_DOTS, items=ListOf(Struct("Stands", item=_CANDIDATE, dots=_DOTS))),
    c=Struct("Members", clock=_DOTS, items=ListOf(Struct("Stands", item=VALUE, dots=_DOTS))),
    d=ListOf(_ENTRY),
)
_CREATION = Struct("Creation", author=U32, facts=FACTS)
_RECORD = Struct(
    "Record", id=DOT, kind=U16, lane=U8, creation=_CREATION, area=U64, marker=_MARKER,
    fields=ListOf(Struct("Field", field=U16, content=_CONTENT)), erased=ListOf(U16),
)  # fmt: skip


class Standing:
    """What stands under dots: candidates or members. `clock` and dots are {actor: seq}."""

    def __init__(self, clock=(), items=()):
        self.clock = dict(clock)
        self.items = {item: dict(dots) for item, dots in items}

    def add(self, dot, items):
        if self.clock.get(dot.actor, 0) >= dot.seq:
            return
        self.clock[dot.actor] = dot.seq
        for item in items:
            self.items.setdefault(item, {})[dot.actor] = dot.seq

    def has_not_seen(self, dot):
        return self.clock.get(dot.actor, 0) < dot.seq

    def remove(self, item, dots):
        """A dot that was not seen is of an op that is lost: it stands for what its actor added before."""
        standing = self.items.get(item, {})
        for dot in dots:
            if standing.get(dot.actor) == dot.seq or (dot.actor in standing and self.has_not_seen(dot)):
                del standing[dot.actor]
        if not standing:
            self.items.pop(item, None)

    def merge(self, other):
        merged = {}
        for item in self.items.keys() | other.items.keys():
            mine = set(self.items.get(item, {}).items())
            theirs = set(other.items.get(item, {}).items())
            dots = mine & theirs
            dots |= {(actor, seq) for actor, seq in mine - theirs if other.clock.get(actor, 0) < seq}
            dots |= {(actor, seq) for actor, seq in theirs - mine if self.clock.get(actor, 0) < seq}
            if dots:
                merged[item] = dict(dots)
        self.items = merged
        for actor, seq in other.clock.items():
            self.clock[actor] = max(seq, self.clock.get(actor, 0))

    def sorted(self):
        items = sorted((item, sorted(dots.items())) for item, dots in self.items.items())
        return sorted(self.clock.items()), items


class Record:
    def __init__(self, id, kind, lane, creation, area):
        self.id, self.kind, self.lane, self.creation = id, kind, lane, creation
        self.area, self.marker = area, NO_MARKER
        self.fields = {}  # number: (letter, content); content is (value, marker), a Standing or a set of entries
        self.erased = set()

    @classmethod
    def create(cls, dot, lane, op, facts):
        record = cls(dot, op.body[1].kind, lane, _CREATION(op.author, facts), op.body[1].area)
        record.apply(dot, op, facts)
        return record

    @classmethod
    def decode(cls, data):
        require(data[:1] == FORMAT, "a record of another format")
        raw = _RECORD.decode(data[1:])
        record = cls(raw.id, raw.kind, raw.lane, raw.creation, raw.area)
        record.marker, record.erased = raw.marker, set(raw.erased)
        for number, (letter, content) in raw.fields:
            if letter in "bc":
                content = Standing(*content)
            elif letter == "d":
                content = set(content)
            record.fields[number] = (letter, content)
        require(record.encode() == data, "a record in other bytes than its own")
        return record

    def encode(self):
        def plain(letter, content):
            if letter == "a":
                return letter, content
            if letter == "d":
                return letter, sorted(content)
            clock, items = content.sorted()
            return letter, (clock, items)

        fields = [(number, plain(*content)) for number, content in sorted(self.fields.items())]
        return FORMAT + _RECORD.encode(
            (self.id, self.kind, self.lane, self.creation, self.area, self.marker, fields, sorted(self.erased))
        )

    # Merging an op

    def apply(self, dot, op, facts):
        for index, (letter, change) in enumerate(op.body[1].changes):
            self._change(letter, change, index, dot, op.author, facts)

    def _change(self, letter, change, index, dot, author, facts):
        if letter == "a":
            self._set(change, _MARKER(0, 0, 0, 0, dot))
        elif letter == "b":
            self._set(change, _MARKER(0, 0, 0, facts.stamp, dot))
        elif letter == "c":
            weight = change.value[1] if change.by_value and change.value[0] == "b" else 0
            self._set(change, _MARKER(0, facts.level, weight, facts.stamp, dot))
        elif letter == "d":
            self._set(change, _MARKER(change.epoch, facts.level, 0, facts.stamp, dot))
        elif letter == "e":
            candidates = self._content(change.field, "b")
            if candidates is not None:
                lost = [dot for dot in change.replaces if candidates.has_not_seen(dot)]
                for item in list(candidates.items):
                    lost_after = any(dot.actor == item.dot.actor and dot.seq > item.dot.seq for dot in lost)
                    if item.dot in change.replaces or lost_after:
                        del candidates.items[item]
                candidates.add(dot, [_CANDIDATE(facts.stamp, dot, author, change.value)])
        elif letter == "f":
            members = self._content(change.field, "c")
            if members is not None:
                members.add(dot, change.members)
        elif letter == "g":
            have, members = self.fields.get(change.field, ("", None))
            if have == "c":
                for value, dots in change.members:
                    members.remove(value, dots)
        elif letter in "hi":
            field, what = (change.field, ("a", change.value)) if letter == "h" else (EVENTS, ("b", change))
            log = self._content(field, "d")
            if log is not None:
                log.add(_ENTRY(facts.stamp, dot, index, author, facts.level, what))
        elif letter == "j":
            marker = _MARKER(change.epoch, facts.level, 0, facts.stamp, dot)
            if marker > self.marker:
                self.area, self.marker = change.area, marker
        elif letter == "k":
            self._erase(change)

    def _set(self, change, marker):
        if change.field in self.erased:
            return
        letter, content = self.fields.get(change.field, ("a", None))
        if letter == "a" and (content is None or marker > content[1]):
            self.fields[change.field] = ("a", (change.value, marker))

    def _content(self, field, letter):
        """The content of this field for a change of this letter; None if the field takes nothing of it."""
        if field in self.erased:
            return None
        have = self.fields.get(field)
        if have is None or have[0] < letter:
            self.fields[field] = have = (letter, set() if letter == "d" else Standing())
        return have[1] if have[0] == letter else None

    def _erase(self, fields):
        self.erased.update(fields)
        for field in fields:
            self.fields.pop(field, None)

    # Merging two states

    def merge(self, other):
        if other.marker > self.marker:
            self.area, self.marker = other.area, other.marker
        for number, (letter, theirs) in other.fields.items():
            mine_letter, mine = self.fields.get(number, ("", None))
            if mine_letter < letter:
                self.fields[number] = (letter, theirs)
            elif mine_letter > letter:
                continue
            elif letter == "a":
                self.fields[number] = (letter, max(mine, theirs, key=lambda register: register[1]))
            elif letter == "d":
                mine |= theirs
            else:
                mine.merge(theirs)
        self._erase(other.erased | self.erased)

    # Reading

    def value(self, number):
        content = self.fields.get(number)
        return content[1][0] if content else None

    def items(self, number):
        """Candidates or members, with the dots they stand under."""
        content = self.fields.get(number)
        return content[1].items if content else {}

    def log(self, number):
        content = self.fields.get(number)
        return sorted(content[1]) if content else []
