"""Packing: the stream of an exchange, and the dictionary that it may begin with."""

import functools
import pathlib
import pickle

from . import byte_model, text_model
from .columns import FORM, Reader, varint
from .range_coder import Reader as LineReader
from .range_coder import Writer as LineWriter
from .shapes import require

PAYLOAD_MAX = 131_072
FOLDER = pathlib.Path(__file__).resolve().parents[3] / "protocol/src/wire"


class Stream:
    """The payloads of a request and its reply: their text in one model, everything else in another."""

    def __init__(self):
        self.text, self.bytes = text_model.Model(), byte_model.Model()

    def pack(self, payload):
        text, rest = b"", payload
        if payload[:1] == bytes([FORM]):
            reader = Reader(payload[1:])
            text = reader.lp()
            start = 1 + reader.at - len(text)
            rest = payload[:start] + payload[start + len(text) :]
        line = LineWriter()
        byte_model.tell(self.bytes, line, rest, len(rest))
        if text:
            self.text.write(line, text.decode())
        told = line.finish()
        least = -(-max(len(rest) - 1024, 0) // 64)
        return varint(2 * len(rest) + bool(text)) + told.ljust(least, b"\0")

    def unpack(self, packed):
        reader = Reader(packed)
        length, has_text = divmod(reader.varint(), 2)
        told = packed[reader.at :]
        require(length <= min(PAYLOAD_MAX, 1024 + 64 * len(told)), "unpacks to more than the bound")
        line = LineReader(told)
        payload = byte_model.tell(self.bytes, line, None, length)
        if has_text:
            reader = Reader(payload)
            require(reader.bytes(1) == bytes([FORM]), "text for what is no batch")
            length = reader.varint(PAYLOAD_MAX)
            payload = payload[: reader.at] + self.text.read(line, length) + payload[reader.at :]
        require(len(payload) <= PAYLOAD_MAX, "unpacks to more than the bound")
        require(line.is_at_end(), "more than was told")
        return payload


@functools.cache
def _begun(number):
    """What a stream begins with, to be copied."""
    return _read(number)[0]


@functools.cache
def _read(number):
    """The same, and the dictionary's payloads."""
    if not number:
        return _prepared(Stream(), [])
    reader = Reader((FOLDER / f"dictionary-{number}.bin").read_bytes())
    require(reader.varint() == 0, "the shipped dictionary goes on from none")
    return _of(Stream(), reader, [])


def _of(stream, reader, payloads):
    while not reader.is_at_end():
        payloads.append(stream.unpack(reader.lp()))
    return _prepared(stream, payloads)


def _prepared(stream, payloads):
    stream.text.begins()
    return pickle.dumps(stream), payloads


def payloads(number, learned=None):
    """What a dictionary holds: that of this number, or a learned one of which these are the bytes."""
    if learned is None:
        return _read(number)[1]
    reader = Reader(learned)
    begun, before = _read(reader.varint())
    return _of(pickle.loads(begun), reader, list(before))[1]


class _Later:
    """A stream that begins when the first payload needs it: many exchanges have nothing to pack."""

    def __init__(self, number):
        self._number, self._stream = number, None

    def _begin(self):
        self._stream = self._stream or pickle.loads(_begun(self._number))
        return self._stream

    def pack(self, payload):
        return self._begin().pack(payload)

    def unpack(self, packed):
        return self._begin().unpack(packed)

    def turn(self):
        """The request is written: the reply goes on from here."""
        if self._stream:
            self._stream.text.learnt = 0
        return self


def stream(number):
    """A stream that begins with the dictionary of this number; 0 for none."""
    return _Later(number)


def known(number):
    """The number, if that dictionary is here; else 0."""
    return number if (FOLDER / f"dictionary-{number}.bin").exists() else 0
