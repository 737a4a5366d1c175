"""The model of text that batches are packed with, and its range coder: that section of PROTOCOL.md."""

import pickle

from .shapes import require

LEARNT_MAX = 65_536
FOLLOWERS_MAX = 1_024


class Writer:
    """Tells parts: `size` of `total`, from `start` on."""

    def __init__(self):
        self.low, self.range, self.out = 0, 2**32 - 1, bytearray()

    def part(self, total, start, size):
        unit = self.range // total
        self._add(unit * start)
        self.range = unit * size
        while self.range < 2**24:
            self._shift()
            self.range <<= 8

    def _add(self, more):
        self.low += more
        if self.low >> 32:
            self.low &= 2**32 - 1
            at = len(self.out) - 1
            while self.out[at] == 255:
                self.out[at] = 0
                at -= 1
            self.out[at] += 1

    def _shift(self):
        self.out.append(self.low >> 24)
        self.low = self.low << 8 & 2**32 - 1

    def finish(self):
        for kept in range(5):
            more = -self.low & (2**32 - 1) >> 8 * kept
            if more < self.range:
                self._add(more)
                for _ in range(kept):
                    self._shift()
                break
        return bytes(self.out).rstrip(b"\0")


class Reader:
    """Finds the parts that were told."""

    def __init__(self, data):
        self.data, self.at, self.range, self.ahead = data, 0, 2**32 - 1, 0
        for _ in range(4):
            self._shift()

    def _shift(self):
        byte = self.data[self.at] if self.at < len(self.data) else 0
        self.at += 1
        self.ahead = self.ahead << 8 & 2**32 - 1 | byte

    def place(self, total):
        return min(self.ahead // (self.range // total), total - 1)

    def took(self, total, start, size):
        unit = self.range // total
        self.ahead -= unit * start
        self.range = unit * size
        while self.range < 2**24:
            self._shift()
            self.range <<= 8

    def is_at_end(self):
        return self.at >= len(self.data)


def _find(place, weights):
    """Which of these weights a place lies in."""
    start = 0
    for at, weight in enumerate(weights):
        if place < start + weight:
            return at
        start += weight
    require(False, "no such place")


def _halved(count):
    return (count + 1) // 2


class _Context:
    """What has followed one character: numbers and counts, in the order in which they first followed."""

    def __init__(self):
        self.numbers, self.counts, self.total = [], [], 0


class Model:
    def __init__(self, text=""):
        self.units, self.number_of, self.counts, self.weight = [], {}, [], 0
        self.contexts = []
        self.follow_choices, self.known_choices = {}, {}
        self.high, self.high_total = [1] * 256, 256
        self.learnt, self._pickled = 0, None
        self._add(0)
        if text:
            self.pack(text)
            self.learnt = 0

    def copy(self):
        """One that goes on from here by itself."""
        return pickle.loads(self._pickled or pickle.dumps(self))

    def keep(self):
        """Makes copying quick, until the model learns on."""
        self._pickled = pickle.dumps(self)
        return self

    def pack(self, text):
        line, before = Writer(), 0
        units = text.encode("utf-16-be")
        for at in range(0, len(units), 2):
            before = self._tell(line, before, units[at] << 8 | units[at + 1])
        return line.finish()

    def unpack(self, data, length):
        line, before, units = Reader(data), 0, bytearray()
        while length > 0:
            before = self._tell(line, before, None)
            unit = self.units[before]
            units += unit.to_bytes(2, "big")
            length -= 1 if unit < 0x80 else 2 if unit < 0x800 or 0xD800 <= unit < 0xE000 else 3
        require(length == 0 and line.is_at_end(), "no such text")
        return units.decode("utf-16-be").encode()

    def _tell(self, line, before, unit):
        """Tells the character `unit`, or reads one if it is None; its number."""
        own = self.number_of.get(unit)
        context = self.contexts[before]
        learns = self.learnt < LEARNT_MAX
        self.learnt += learns
        if context.numbers:
            met = None if own is None or own not in context.numbers else context.numbers.index(own)
            place = min(len(context.numbers), 12), min(context.total.bit_length(), 10)
            if self._choose(line, self.follow_choices, place, met is not None):
                weights = [2 * count - 1 for count in context.counts]
                at = self._part(line, weights, met)
                if learns:
                    self._count_follower(context, at)
                return context.numbers[at]
        number = self._tell_known(line, context, own, unit, learns)
        if learns and len(context.numbers) < FOLLOWERS_MAX:
            context.numbers.append(number)
            context.counts.append(1)
            context.total += 1
        return number

    def _part(self, line, weights, own):
        total = sum(weights)
        if isinstance(line, Writer):
            line.part(total, sum(weights[:own]), weights[own])
            return own
        own = _find(line.place(total), weights)
        line.took(total, sum(weights[:own]), weights[own])
        return own

    def _choose(self, line, choices, place, met):
        choice = choices.setdefault(place, [1, 1])
        met = self._part(line, choice, int(met))
        choice[met] += 1
        if sum(choice) > 400:
            choice[:] = map(_halved, choice)
        return met

    def _count_follower(self, context, at):
        context.counts[at] += 1
        context.total += 1
        if 2 * context.total > 2**16:
            context.counts = list(map(_halved, context.counts))
            context.total = sum(context.counts)

    def _tell_known(self, line, context, own, unit, learns):
        left = len(self.units) - len(context.numbers)
        if left == 0 or not self._choose(line, self.known_choices, min(left.bit_length(), 17), own is not None):
            return self._tell_new(line, unit, learns)
        weights = [2 * count - 1 for count in self.counts]
        for number in context.numbers:
            weights[number] = 0
        number = self._part(line, weights, own)
        if learns:
            self.counts[number] += 1
            self.weight += 2
            self._bound_weight()
        return number

    def _bound_weight(self):
        if self.weight > 2**17:
            self.counts = list(map(_halved, self.counts))
            self.weight = sum(2 * count - 1 for count in self.counts)

    def _tell_new(self, line, unit, learns):
        high = self._part(line, self.high, unit and unit >> 8)
        low = self._part(line, [1] * 256, unit and unit & 255)
        if learns:
            self.high[high] += 16
            self.high_total += 16
            if self.high_total > 2**16:
                self.high = list(map(_halved, self.high))
                self.high_total = sum(self.high)
        unit = high << 8 | low
        require(unit not in self.number_of, "a character told as new that is not")
        return self._add(unit)

    def _add(self, unit):
        number = len(self.units)
        require(number < 65_535, "too many characters")
        self.units.append(unit)
        self.number_of[unit] = number
        self.counts.append(1)
        self.weight += 1
        self.contexts.append(_Context())
        return number
