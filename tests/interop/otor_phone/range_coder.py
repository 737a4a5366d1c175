"""The range coder that models tell by: that section of PROTOCOL.md."""

from .shapes import require


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

    def tell(self, total, own, parts):
        """Tells which it is: `parts` are (thing, size) in their order."""
        start = 0
        for thing, size in parts:
            if thing == own:
                self.part(total, start, size)
                return thing
            start += size
        require(False, "no such part")

    def bit(self, likely, own):
        """Tells a bit that is one `likely` times of 4,096."""
        self.part(4096, 0 if own else likely, likely if own else 4096 - likely)
        return own

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

    def tell(self, total, own, parts):
        place, start = self.place(total), 0
        for thing, size in parts:
            if place < start + size:
                self.took(total, start, size)
                return thing
            start += size
        require(False, "no such place")

    def bit(self, likely, own):
        found = int(self.place(4096) < likely)
        self.took(4096, 0 if found else likely, likely if found else 4096 - likely)
        return found

    def is_at_end(self):
        return not any(self.data[self.at :])
