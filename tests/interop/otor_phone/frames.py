"""Frames and their packing: type, length, payload, checksum."""

import zlib

from .shapes import require

HELLO, OPS, END, WELCOME, CHANGES, STATES, REFUSAL, ENROL_REQUEST, ENROL_REPLY = range(1, 10)
HELLO_ALONE, WELCOME_ALONE, REPAIR, REFILL, ASIDE = 10, 11, 12, 14, 15
KNOWN = range(1, 16)
PACKED = 128
PAYLOAD_MAX = 131_072


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
    """Frames, packed by a stream, or each for itself."""

    def __init__(self, stream):
        self._stream = stream

    def frame(self, frame_type, payload):
        packed = self._stream.pack(payload)
        return frame(frame_type, payload) if packed is None else frame(frame_type | PACKED, packed)


class Unframer:
    """Takes bytes as they come, gives complete frames, unpacked."""

    def __init__(self, stream):
        self._bytes = b""
        self._stream = stream

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
            payload = self._stream.unpack(payload)
        return frame_type, payload
