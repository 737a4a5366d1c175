"""Frames and their packing: type, length, payload, checksum."""

import zlib

import zstandard

from .columns import FORM, Reader, varint
from .shapes import Malformed, require
from .text_model import Model

HELLO, OPS, END, WELCOME, CHANGES, STATES, REFUSAL, ENROL_REQUEST, ENROL_REPLY = range(1, 10)
HELLO_ALONE, WELCOME_ALONE, REPAIR, REFILL, ASIDE = 10, 11, 12, 14, 15
KNOWN = range(1, 16)
PACKED = 128
PAYLOAD_MAX = 131_072
MAGIC = bytes.fromhex("28b52ffd")  # Every zstd stream begins with it; it does not cross.


def frame(frame_type, payload):
    require(len(payload) <= PAYLOAD_MAX, "too much for one frame")
    head, left = [frame_type], len(payload)
    while left > 127:
        head.append(left & 127 | 128)
        left >>= 7
    head.append(left)
    covered = bytes(head) + payload
    return covered + zlib.crc32(covered).to_bytes(4, "little")


class Packer:
    """The frames of one direction: their text in one model, everything else in one zstd stream."""

    def __init__(self, dictionary=None):
        # A window of 128 KiB is the most that the other side unpacks.
        parameters = zstandard.ZstdCompressionParameters.from_level(9, window_log=17, write_dict_id=False)
        self._stream = zstandard.ZstdCompressor(
            compression_params=parameters, dict_data=dictionary and dictionary.columns
        ).compressobj()
        self._model = dictionary.model() if dictionary else Model()
        self._magic = len(MAGIC)

    def frame(self, frame_type, payload):
        told, text, rest = b"\0", b"", payload
        if payload[:1] == bytes([FORM]):
            reader = Reader(payload[1:])
            text = reader.lp()
            start = 1 + reader.at - len(text)
            rest = payload[:start] + payload[start + len(text) :]
        if text:
            packed = self._model.pack(text.decode())
            told = varint(1 + len(packed)) + packed
        packed = self._stream.compress(rest) + self._stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        packed, self._magic = packed[self._magic :], 0
        return frame(frame_type | PACKED, told + packed)


class Unframer:
    """Takes bytes as they come, gives complete frames, unpacked."""

    def __init__(self, dictionary=None):
        self._bytes = b""
        self._stream = zstandard.ZstdDecompressor(
            dict_data=dictionary and dictionary.columns, max_window_size=PAYLOAD_MAX
        ).decompressobj()
        self._model = dictionary.model() if dictionary else Model()
        self._magic = MAGIC

    def take(self, more):
        self._bytes += more
        while (cut := self._cut()) is not None:
            yield cut

    def _cut(self):
        """The next frame as (type, payload), or None while it is not all there."""
        length, start = 0, 1
        while True:
            if len(self._bytes) <= start:
                return None
            require(self._bytes[0] & ~PACKED in KNOWN, "a frame of no known type")
            require(start <= 3, "a length of more than three bytes")
            byte = self._bytes[start]
            length |= (byte & 127) << 7 * (start - 1)
            start += 1
            if byte < 128:
                break
        require(length <= PAYLOAD_MAX, "a frame beyond the bound")
        end = start + length
        if len(self._bytes) < end + 4:
            return None
        checksum = int.from_bytes(self._bytes[end : end + 4], "little")
        require(zlib.crc32(self._bytes[:end]) == checksum, "a damaged frame")
        frame_type, payload = self._bytes[0], self._bytes[start:end]
        self._bytes = self._bytes[end + 4 :]
        if frame_type & PACKED:
            frame_type -= PACKED
            payload = self._unpack(payload)
        return frame_type, payload

    def _unpack(self, packed):
        reader = Reader(packed)
        told = reader.varint()
        told = reader.bytes(told - 1) if told else None
        try:
            payload = self._stream.decompress(self._magic + packed[reader.at :])
        except zstandard.ZstdError as error:
            raise Malformed(f"does not unpack: {error}") from error
        self._magic = b""
        if told is not None:
            reader = Reader(payload)
            require(reader.bytes(1) == bytes([FORM]), "text for what is no batch")
            length = reader.varint(PAYLOAD_MAX)
            payload = payload[: reader.at] + self._model.unpack(told, length) + payload[reader.at :]
        require(len(payload) <= PAYLOAD_MAX, "unpacks to more than the bound")
        return payload
