"""Packing by zstd: the section of that name in PROTOCOL.md."""

import functools
from collections import Counter

import zstandard

from .columns import FORM, Reader, lp
from .packing import FOLDER, PAYLOAD_MAX, payloads
from .shapes import Malformed, require

MAGIC = bytes.fromhex("28b52ffd")
CONTENT_MAX = 2 * PAYLOAD_MAX + 1
LEVEL = 3
PLAIN, AS_IT_IS, ONE_BYTE, RANKS = 0, 255, 192, 16_320


def parted(payload):
    """The text of a batch and what stands behind it; None if it is no batch, or its text no UTF-8."""
    try:
        reader = Reader(payload)
        require(reader.bytes(1) == bytes([FORM]), "no batch")
        return reader.lp().decode(), payload[reader.at :]
    except (Malformed, UnicodeDecodeError):
        return None


class Light:
    """Packs and unpacks payloads, each for itself, with a dictionary of these payloads; without one if there are none."""

    def __init__(self, held=()):
        text = "".join(part[0] for part in map(parted, held) if part)
        self.primed = bool(held)
        self.characters = [character for character, _ in Counter(text).most_common(RANKS)]
        self.ranks = {character: rank for rank, character in enumerate(self.characters)}
        content = b"".join(map(self._content, held))
        head = (FOLDER / "packing/light-head.bin").read_bytes()
        with_dictionary = {}
        if self.primed:
            kind = zstandard.DICT_TYPE_FULLDICT
            with_dictionary["dict_data"] = zstandard.ZstdCompressionDict(head + content, dict_type=kind)
        self.packer = zstandard.ZstdCompressor(level=LEVEL, **with_dictionary)
        self.unpacker = zstandard.ZstdDecompressor(**with_dictionary)

    def pack(self, payload):
        """None if it would not get shorter."""
        packed = self.packer.compress(self._content(payload) if self.primed else payload)[len(MAGIC) :]
        return packed if len(packed) <= len(payload) else None

    def unpack(self, packed):
        frame = MAGIC + packed
        try:
            require(0 <= zstandard.frame_content_size(frame) <= CONTENT_MAX, "no length, or beyond the bound")
            content = self.unpacker.decompress(frame, allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise Malformed(str(error)) from error
        payload = self._payload(content) if self.primed else content
        require(len(payload) <= PAYLOAD_MAX, "unpacks to more than the bound")
        return payload

    def turn(self):
        return self

    def _content(self, payload):
        part = parted(payload)
        if part:
            text, rest = part
            return bytes([FORM]) + lp(b"".join(map(self._told, text))) + rest
        return bytes([PLAIN]) + payload if payload[:1] in (bytes([PLAIN]), bytes([FORM])) else payload

    def _told(self, character):
        rank = self.ranks.get(character)
        if rank is None:
            return bytes([AS_IT_IS]) + character.encode()
        if rank < ONE_BYTE:
            return bytes([rank])
        return bytes([ONE_BYTE + (rank - ONE_BYTE) // 256, (rank - ONE_BYTE) % 256])

    def _payload(self, content):
        if content[:1] == bytes([PLAIN]):
            return content[1:]
        if content[:1] != bytes([FORM]):
            return content
        reader = Reader(content)
        reader.bytes(1)
        text = self._text(Reader(reader.lp())).encode()
        return bytes([FORM]) + lp(text) + content[reader.at :]

    def _text(self, told):
        text = ""
        while not told.is_at_end():
            first = told.bytes(1)[0]
            if first == AS_IT_IS:
                text += self._as_it_is(told)
                continue
            rank = first
            if first >= ONE_BYTE:
                rank += (first - ONE_BYTE) * 255 + told.bytes(1)[0]
            require(rank < len(self.characters), "no character has this rank")
            text += self.characters[rank]
        return text

    def _as_it_is(self, told):
        first = told.bytes(1)
        more = sum(first[0] >= least for least in (0xC0, 0xE0, 0xF0))
        try:
            return (first + told.bytes(more)).decode()
        except UnicodeDecodeError as error:
            raise Malformed("no character") from error


@functools.cache
def begun(number):
    """With the dictionary of this number; 0 for none. Nothing changes in it, so all exchanges share it."""
    return Light(payloads(number))
