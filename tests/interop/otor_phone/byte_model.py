"""The model of bytes that payloads are packed with: that section of PROTOCOL.md."""

from .columns import FORM, NUMBER, TEXT, Template
from .shapes import Malformed

PLAIN, SIZE, HEAD, TEMPLATE, ROW, RULE, NUMBERS, LATER, TEXTS, BYTES = range(10)
LINES_LOG = 11
SEEN_MAX = 60
WEIGHT_FIRST, STEP = 26_000, 12
SQUASHED = [
    *(1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348, 3607, 3785),
    *(3901, 3975, 4024, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094),
]


def _squash(stretched):
    if abs(stretched) > 2047:
        return 4095 if stretched > 0 else 1
    place, within = divmod(stretched + 2048, 128)
    return (SQUASHED[place] * (128 - within) + SQUASHED[place + 1] * within + 64) >> 7


def _stretched():
    table, likely = [2047] * 4096, 0
    for at in range(-2047, 2048):
        while likely <= _squash(at):
            table[likely] = at
            likely += 1
    return table


STRETCHED = _stretched()


def mix(number, more):
    mixed = (number + more) * 0x9E3779B1 & 0xFFFFFFFF
    return mixed ^ mixed >> 15


class Model:
    def __init__(self):
        self.lines = {}
        self.weights = [[WEIGHT_FIRST] * 3 for _ in range(10)]

    def tell(self, line, sort, alike, own):
        byte = 0
        for half in range(2):
            before = 1 + byte if half else 0
            cells = [
                self.lines.setdefault((at, mix(number, before) >> 32 - LINES_LOG), [(0x8000, 0)] * 16)
                for at, number in enumerate(alike)
            ]
            node = 1
            for at in range(4):
                bit = own >> 7 - 4 * half - at & 1
                node = node << 1 | self._bit(line, self.weights[sort], cells, node, bit)
            byte = byte << 4 | node & 15
        return byte

    @staticmethod
    def _bit(line, weights, cells, node, own):
        stretched = [STRETCHED[cell[node][0] >> 4] for cell in cells]
        likely = _squash(sum(one * weight for one, weight in zip(stretched, weights)) >> 16)
        bit = line.bit(likely, own)
        missed = (bit << 12) - likely
        for at, one in enumerate(stretched):
            moved = weights[at] + ((one * missed * STEP + 0x8000) >> 16)
            weights[at] = max(-0x80000, min(0x80000, moved))
        for cell in cells:
            was, seen = cell[node]
            rate = 131_072 // (2 * seen + 3)
            was = was + ((0xFFFF - was) * rate >> 16) if bit else was - (was * rate >> 16)
            cell[node] = was, min(seen + 1, SEEN_MAX)
        return bit


def tell(model, line, own, length):
    """Tells a payload, or reads one if `own` is None."""
    walk = _Walk(model, line, own, length)
    try:
        walk.batch()
    except (_NoBatch, Malformed):
        pass
    while len(walk.out) < length:
        walk.plain()
    return bytes(walk.out)


class _NoBatch(Exception):
    """It is not a batch, or ends here: whatever else comes is told plainly."""


class _Walk:
    def __init__(self, model, line, own, length):
        self.model, self.line, self.own, self.length, self.out = model, line, own, length, bytearray()

    def byte(self, sort, *alike):
        if len(self.out) == self.length:
            raise _NoBatch
        own = self.own[len(self.out)] if self.own is not None else 0
        byte = self.model.tell(self.line, sort, [mix(number, sort) for number in alike], own)
        self.out.append(byte)
        return byte

    def back(self, count):
        return self.out[-count] if count <= len(self.out) else 0

    def plain(self):
        one, two = self.back(1), self.back(1) << 8 | self.back(2)
        self.byte(PLAIN, mix(1, one), mix(2, two), mix(3, two << 8 | self.back(3)))

    def number(self, sort, key, before):
        number, last = 0, 0
        for at in range(10):
            place = mix(key, at)
            last = self.byte(sort if at == 0 else LATER, place, mix(place, last + 1), mix(place, before + 0x10000))
            number |= (last & 127) << 7 * at & 2**64 - 1
            if last < 128:
                return number
        raise _NoBatch

    def size(self, key):
        return self.number(SIZE, key, self.back(1))

    def batch(self):
        if self.byte(PLAIN, 0, 0, 0) != FORM:
            raise _NoBatch
        self.size(1)
        for at in range(self.size(2)):
            before = self.back(1)
            self.byte(HEAD, at, mix(at, before), mix(before, self.back(2)))
        columns, shapes = self.templates()
        for key, count in self.rows(columns, shapes).items():
            number = 0
            for byte in key:
                number = mix(number, byte + 1)
            if key[-1] == NUMBER:
                rule = self.number(RULE, number, 0)
                self.number(RULE, mix(number, 1), rule & 0xFFFFFFFF)
                self.numbers(NUMBERS, number, count)
            elif key[-1] == TEXT:
                self.texts(number, count)
            else:
                self.bytes(number, count)

    def templates(self):
        columns, shapes = {}, []
        for _ in range(min(self.size(3), 1025)):
            length, start, all_before = self.size(4), len(self.out), 0
            for _ in range(length):
                before = self.back(1)
                byte = self.byte(TEMPLATE, before, mix(before, self.back(2)), mix(all_before, 1))
                all_before = mix(all_before, byte + 2)
            shapes.append(Template(bytes(self.out[start:])).keys())
            columns.update(dict.fromkeys(shapes[-1], 0))
            if len(columns) > 1024 or len(shapes) > 1024:
                raise _NoBatch
        return columns, shapes

    def rows(self, columns, shapes):
        count, left, last, before = self.size(5), self.length, 0, 0
        if count > 4096:
            raise _NoBatch
        for _ in range(count):
            number = self.number(ROW, last, last << 8 | before)
            if number >= len(shapes):
                raise _NoBatch
            left -= len(shapes[number])
            if left < 0:
                raise _NoBatch
            for key in shapes[number]:
                columns[key] += 1
            last, before = number, last
        return columns

    def numbers(self, sort, key, count):
        before = 0
        for _ in range(count):
            before = min(self.number(sort, key, before), 0xFFFF)

    def texts(self, key, count):
        how = self.number(RULE, key, 0)
        if how == 1:
            self.numbers(TEXTS, key, count)
        elif how == 2:
            self.number(RULE, mix(key, 2), 0)
            self.numbers(TEXTS, mix(key, 3), count)

    def bytes(self, key, count):
        last = b""
        for _ in range(count):
            length, start = self.number(BYTES, key, len(last)), len(self.out)
            for at in range(length):
                above = last[at] if at < len(last) else 256
                place = mix(key, min(at, 31) + 1)
                self.byte(BYTES, place, mix(place, above), mix(key, self.back(1) + 100))
            last = bytes(self.out[start:])
