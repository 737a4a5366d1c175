"""Shapes of messages: what PROTOCOL.md's tables say of a field, as something that reads, checks and writes it."""

from collections import namedtuple

import msgpack

NESTING_MAX = 16


class Malformed(Exception):
    """Bytes that are not what they should be."""


def require(condition, what):
    if not condition:
        raise Malformed(what)


def _nesting(raw):
    if isinstance(raw, dict):
        return 1 + max(map(_nesting, raw.values()), default=0)
    if isinstance(raw, list):
        return 1 + max(map(_nesting, raw), default=0)
    return 0


def unpack(data):
    """MessagePack to lists, one-pair maps, numbers, text, bytes: and nothing else, and nothing left over."""
    try:
        raw = msgpack.unpackb(data, raw=False, strict_map_key=False)
    except Exception as error:
        raise Malformed(f"no MessagePack: {error}") from error
    require(_nesting(raw) <= NESTING_MAX, "nested too deep")
    return raw


def pack(raw):
    return msgpack.packb(raw, use_bin_type=True)


class Shape:
    """Reads what MessagePack gave into a value, and writes it back."""

    def decode(self, data):
        return self.read(unpack(data))

    def encode(self, value):
        return pack(self.write(value))


class Whole(Shape):
    def __init__(self, low, high):
        self.low, self.high = low, high

    def read(self, raw):
        require(type(raw) is int and self.low <= raw <= self.high, f"{raw!r} is no such number")
        return raw

    write = read


U8, U16, U32, U64 = (Whole(0, 2**bits - 1) for bits in (8, 16, 32, 64))
I64 = Whole(-(2**63), 2**63 - 1)


class Plain(Shape):
    def __init__(self, python_type, length=None):
        self.python_type, self.length = python_type, length

    def read(self, raw):
        require(type(raw) is self.python_type, f"{raw!r} is no {self.python_type.__name__}")
        require(self.length is None or len(raw) == self.length, f"{raw!r} has not {self.length} bytes")
        return raw

    write = read


TEXT, BOOL, BYTES = Plain(str), Plain(bool), Plain(bytes)
BYTES16, BYTES32 = Plain(bytes, 16), Plain(bytes, 32)


class Optional(Shape):
    def __init__(self, shape):
        self.shape = shape

    def read(self, raw):
        return None if raw is None else self.shape.read(raw)

    def write(self, value):
        return None if value is None else self.shape.write(value)


class ListOf(Shape):
    def __init__(self, shape, length=None):
        self.shape, self.length = shape, length

    def read(self, raw):
        require(isinstance(raw, list), f"{raw!r} is no list")
        require(self.length is None or len(raw) == self.length, f"not {self.length} of them")
        return tuple(map(self.shape.read, raw))

    def write(self, value):
        return [self.shape.write(item) for item in value]


class Struct(Shape):
    """An array of named fields. `lengths`: how many of them there may be; those that are missing are None."""

    def __init__(self, name, lengths=None, **fields):
        self.shapes = tuple(fields.values())
        self.make = namedtuple(name, fields, defaults=(None,) * len(fields))
        self.lengths = lengths or {len(fields)}

    def __call__(self, *values, **named):
        return self.make(*values, **named)

    def read(self, raw):
        require(isinstance(raw, list) and len(raw) in self.lengths, f"{raw!r} has not {self.lengths} fields")
        return self.make(*(shape.read(item) for shape, item in zip(self.shapes, raw)))

    def write(self, value):
        fields = list(value)
        while fields and fields[-1] is None and len(fields) > min(self.lengths):
            fields.pop()
        require(len(fields) in self.lengths, f"{value!r} is not whole")
        return [shape.write(item) for shape, item in zip(self.shapes, fields)]


class Variant(Shape):
    """One of several, by letter: in Python the pair (letter, content)."""

    def __init__(self, **letters):
        self.letters = letters

    def read(self, raw):
        if isinstance(raw, str):
            require(raw in self.letters and self.letters[raw] is None, f"no variant {raw!r}")
            return (raw, None)
        require(isinstance(raw, dict) and len(raw) == 1, f"{raw!r} is no variant")
        ((letter, content),) = raw.items()
        require(self.letters.get(letter) is not None, f"no variant {letter!r}")
        return (letter, self.letters[letter].read(content))

    def write(self, value):
        letter, content = value
        shape = self.letters[letter]
        return letter if shape is None else {letter: shape.write(content)}
