"""Batches by column: the section of that name in PROTOCOL.md. Everything is read; rows are written whole."""

from .messages import (
    CHANGE_FRAME,
    CHANGES_HEAD,
    CONTENT,
    CONTENT_HEAD,
    FEED_ITEM,
    STATE_FRAME,
    STATES_HEAD,
)
from .shapes import Malformed, pack, require

FORM = 1
BYTES_MAX = 131_072
NUMBER, TEXT, BIN, ROW, OPEN, CLOSE = 0xCC, 0xD9, 0xC4, 0xC5, 0xC6, 0xC7


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def lp(data):
    return varint(len(data)) + data


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def bytes(self, count):
        require(self.at + count <= len(self.data), "cut off")
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self, largest=2**128 - 1):
        number, shift = 0, 0
        while True:
            byte = self.bytes(1)[0]
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        require((byte or shift == 7) and number <= largest, "no such number")
        return number

    def lp(self):
        return self.bytes(self.varint())

    def is_at_end(self):
        return self.at == len(self.data)


class Template:
    """A row with its values taken out, as steps: bytes as they are, (marker, key of the column), OPEN, CLOSE."""

    def __init__(self, template):
        self.steps = []
        if template == bytes([ROW]):
            self.steps.append((ROW, template))
            return
        self._rest = Reader(template)
        while not self._rest.is_at_end():
            self._value(b"", b"\0\0", first=False)

    def keys(self):
        return [step[1] for step in self.steps if isinstance(step, tuple)]

    def _value(self, path, place, first):
        """One value; the number that it leaves in the template, if it is one that names."""
        lead = self._rest.bytes(1)
        byte = lead[0]
        if byte in (NUMBER, TEXT, BIN):
            self.steps.append((byte, path + place + lead))
        elif byte == OPEN:
            self.steps.append(OPEN)
            while self._rest.data[self._rest.at : self._rest.at + 1] != bytes([CLOSE]):
                self._value(path + lead, b"\0\0", first=False)
            self._rest.bytes(1)
            self.steps.append(CLOSE)
        elif byte < 0x80:
            require(first, "a number where none stays")
            self.steps.append(lead)
            return lead
        elif byte < 0x90:
            self.steps.append(lead)
            for _ in range(byte & 15):
                head = self._rest.bytes(1)
                require(0xA0 <= head[0] <= 0xBF, "a key that is no short text")
                key = head + self._rest.bytes(head[0] & 31)
                self.steps.append(key)
                self._value(path + key, b"\0\0", first=False)
        elif byte < 0xA0:
            self.steps.append(lead)
            self._array(byte & 15, path)
        elif byte == 0xDC:
            count = self._rest.bytes(2)
            self.steps.append(lead + count)
            self._array(int.from_bytes(count, "big"), path)
        else:
            require(byte in (0xC0, 0xC2, 0xC3), "no template")
            self.steps.append(lead)
        return b""

    def _array(self, count, path):
        for at in range(count):
            path += self._value(path, bytes([count & 255, at & 255]), first=at == 0)


class Numbers:
    """A column of numbers, each told as the difference from what its rule expects."""

    def __init__(self, reader, count, number_columns):
        self.rule, self.unit = reader.varint(17), reader.varint(2**32)
        require(self.unit, "a unit of nothing")
        self.told = iter([reader.varint() for _ in range(count)])
        self.latest, self.followed, self.is_first = 0, 0, True
        self.columns = number_columns

    def next(self):
        told = next(self.told)
        number = told >> 1 if told % 2 == 0 else -(told >> 1) - 1
        number *= 1 if self.is_first else self.unit
        self.is_first = False
        if self.rule == 1:
            number += self.latest
        elif self.rule >= 2:
            place = (self.rule - 2) // 2
            other = self.columns[place].latest if place < len(self.columns) else 0
            moved = other - self.followed
            self.followed = other
            number += self.latest + moved * (65_536 if self.rule % 2 else 1)
        self.latest = number
        require(-(2**63) <= number < 2**64, "beyond 64 bits")
        return pack(number)


class Values:
    """A column of texts or of bytes."""

    def __init__(self, values):
        self.values = iter(values)

    def next(self):
        return next(self.values)


def _texts(reader, count, texts):
    how = reader.varint(2)
    if how == 2:
        few = [next(texts) for _ in range(reader.varint(count))]
        return [few[reader.varint(len(few) - 1)] for _ in range(count)]
    values, before = [], b""
    for _ in range(count):
        shared = reader.varint(len(before)) if how == 1 else 0
        before = before[:shared] + next(texts)
        values.append(before)
    return values


def read(data):
    """Head and rows of a batch."""
    try:
        return _read(Reader(data))
    except (StopIteration, RuntimeError, UnicodeDecodeError, IndexError) as error:
        raise Malformed(f"no batch: {error!r}") from error


def _read(reader):
    require(reader.bytes(1) == bytes([FORM]), "a batch of another form")
    text, head = reader.lp(), reader.lp()
    templates = [Template(reader.lp()) for _ in range(reader.varint(1024))]
    rows = [templates[reader.varint(len(templates) - 1)] for _ in range(reader.varint(4096))]
    keys = list(dict.fromkeys(key for template in templates for key in template.keys()))
    require(len(keys) <= 1024, "too many columns")
    counts = dict.fromkeys(keys, 0)
    for row in rows:
        for key in row.keys():
            counts[key] += 1
    *texts, rest = text.split(b"\0")
    require(not rest, "a text without its end")
    texts = iter(texts)
    columns, number_columns = {}, []
    for key in keys:
        if key[-1] == NUMBER:
            columns[key] = Numbers(reader, counts[key], number_columns)
            number_columns.append(columns[key])
        elif key[-1] == TEXT:
            columns[key] = Values([pack(text.decode()) for text in _texts(reader, counts[key], texts)])
        else:
            values = [reader.lp() for _ in range(counts[key])]
            columns[key] = Values(values if key[-1] == ROW else map(pack, values))
    require(reader.is_at_end() and next(texts, None) is None, "something is left over")
    rows = [_row(row, columns) for row in rows]
    require(sum(map(len, rows)) <= BYTES_MAX, "rows beyond the bound")
    return head, rows


def _row(template, columns):
    outer, out = [], b""
    for step in template.steps:
        if step == OPEN:
            outer.append(out)
            out = b""
        elif step == CLOSE:
            out = outer.pop() + pack(out)
        elif isinstance(step, tuple):
            out += columns[step[1]].next()
        else:
            out += step
    return out


def write(head, rows):
    """A batch whose rows are all told whole: allowed, and simple. It costs the bytes that columns would save."""
    out = bytes([FORM]) + lp(b"") + lp(head)
    out += varint(1) + lp(bytes([ROW])) if rows else varint(0)
    return out + varint(len(rows)) + bytes(len(rows)) + b"".join(map(lp, rows))


def read_content(data):
    head, rows = read(data)
    *others, origins = CONTENT_HEAD.decode(head)
    return CONTENT(*others, tuple(rows), origins)


def write_content(content):
    *others, ops, origins = content
    return write(CONTENT_HEAD.encode((*others, origins)), ops)


def read_changes(data):
    head, rows = read(data)
    *others, digest = CHANGES_HEAD.decode(head)
    return CHANGE_FRAME(*others, tuple(map(FEED_ITEM.decode, rows)), digest)


def read_states(data):
    head, rows = read(data)
    *others, last, digest = STATES_HEAD.decode(head)
    return STATE_FRAME(*others, tuple(rows), last, digest)
