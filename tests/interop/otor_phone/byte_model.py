"""The model of bytes that payloads are packed with: that section of PROTOCOL.md."""

from .columns import FORM, NUMBER, OPEN, TEXT, Template
from .estimates import Places, mix
from .shapes import Malformed

PLAIN, SIZE, HEAD, TEMPLATE, ROW, RULE, NUMBERS, LONG, TEXTS, BYTES = range(10)
LARGE, AGAIN, LONG_BASE = 191, 191, 184


class Model:
    def __init__(self):
        self.places, self.large = Places(), [0] * 512


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


def _symbol(number):
    return number if number < LARGE else LONG_BASE + number.bit_length()


def _varint(number):
    told = bytearray()
    while number >= 128:
        told.append(number & 127 | 128)
        number >>= 7
    return bytes(told + bytes([number]))


def _number_at(own, at):
    """The varint that stands there; None if there is none, or not in its shortest form, or a longer one."""
    for end in range(at, min(at + 10, len(own))):
        if own[end] < 128:
            number = sum((byte & 127) << 7 * place for place, byte in enumerate(own[at : end + 1]))
            return number if number < 2**64 and _varint(number) == own[at : end + 1] else None
    return None


class _NoBatch(Exception):
    """It is not a batch, or ends here: whatever else comes is told plainly."""


class _Walk:
    def __init__(self, model, line, own, length):
        self.model, self.line, self.own, self.length, self.out = model, line, own, length, bytearray()

    def byte(self, sort, *alike):
        if len(self.out) == self.length:
            raise _NoBatch
        own = self.own[len(self.out)] if self.own is not None else 0
        byte = self.model.places.byte(self.line, sort, [mix(number, sort) for number in alike], own)
        self.out.append(byte)
        return byte

    def back(self, count):
        return self.out[-count] if count <= len(self.out) else 0

    def plain(self):
        one, two = self.back(1), self.back(1) << 8 | self.back(2)
        self.byte(PLAIN, mix(1, one), mix(2, two), mix(3, two << 8 | self.back(3)))

    def number(self, sort, key, before, symbol_before=0):
        """A varint: a byte for what it is, and what is left of a large one."""
        if len(self.out) == self.length:
            raise _NoBatch
        place = key >> 23
        last = self.model.large[place]
        own = _number_at(self.own, len(self.out)) if self.own is not None else None
        symbol = 255 if own is None else AGAIN if own >= LARGE and own == last else _symbol(own)
        alike = key, mix(key, before + 0x10000 & 0xFFFFFFFF), mix(mix(key, symbol_before + 7), 5)
        symbol = self.model.places.byte(self.line, sort, [mix(number, sort) for number in alike], symbol)
        if symbol < LARGE:
            number = symbol
        elif symbol == AGAIN:
            number = last
        elif 8 <= symbol - LONG_BASE <= 64:
            number = self.long(key, symbol, symbol_before, last, own or 0)
            self.model.large[place] = number
        else:
            raise _NoBatch
        told = _varint(number)
        if len(self.out) + len(told) > self.length:
            raise _NoBatch
        self.out += told
        return number

    def long(self, key, symbol, symbol_before, last, own):
        left, number, fours = symbol - LONG_BASE - 1, 1, 0
        like = last.bit_length() == left + 1
        while left >= 4 and (like or not fours):
            left -= 4
            expected = 1 + (last >> left & 15) if like else 0
            place = mix(key, symbol + 1000 + 256 * fours)
            alike = place, mix(place, symbol_before + 1), mix(expected + 256 * fours, 77)
            four = self.model.places.half(self.line, LONG, [mix(one, LONG) for one in alike], own >> left & 15)
            number, like, fours = number << 4 | four, expected == 1 + four, fours + 1
        while left:
            left -= 1
            if left:
                number = number << 1 | self.line.bit(2048, own >> left & 1)
            else:
                alike = mix(key, 3), mix(key, symbol + 400), mix(mix(key, symbol_before + 500), symbol)
                number = number << 1 | self.model.places.bit(self.line, LONG, [mix(one, LONG) for one in alike], own & 1)
        return number

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
            for byte in key[key.rfind(OPEN) + 1 :]:
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
                all_before = 0 if byte == OPEN else mix(all_before, byte + 2)
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
        before = symbol = 0
        for _ in range(count):
            number = self.number(sort, key, before, symbol)
            before, symbol = min(number, 0xFFFF), _symbol(number)

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
