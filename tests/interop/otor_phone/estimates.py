"""How likely a bit is, by how often ones came in like places: that section of PROTOCOL.md."""

LINES_LOG = 13
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


class Places:
    def __init__(self):
        self.lines = {}
        self.weights = [[WEIGHT_FIRST] * 3 for _ in range(10)]

    def byte(self, line, sort, alike, own):
        high = self.half(line, sort, alike, own >> 4)
        return high << 4 | self.half(line, sort, [mix(number, 1 + high) for number in alike], own & 15)

    def half(self, line, sort, alike, own):
        lines, node = self._lines(mix(number, 0) for number in alike), 1
        for at in range(4):
            node = node << 1 | self._bit(line, sort, [(cells, node) for cells in lines], own >> 3 - at & 1)
        return node & 15

    def bit(self, line, sort, alike, own):
        mixed = [mix(number, 0) for number in alike]
        return self._bit(line, sort, [(cells, one & 15) for cells, one in zip(self._lines(mixed), mixed)], own)

    def _lines(self, mixed):
        return [
            self.lines.setdefault((at, one >> 32 - LINES_LOG), [(0x8000, 0)] * 16) for at, one in enumerate(mixed)
        ]

    def _bit(self, line, sort, cells, own):
        weights = self.weights[sort]
        stretched = [STRETCHED[cells[node][0] >> 4] for cells, node in cells]
        likely = _squash(sum(one * weight for one, weight in zip(stretched, weights)) >> 16)
        bit = line.bit(likely, own)
        missed = (bit << 12) - likely
        for at, one in enumerate(stretched):
            moved = weights[at] + ((one * missed * STEP + 0x8000) >> 16)
            weights[at] = max(-0x80000, min(0x80000, moved))
        for cells, node in cells:
            was, seen = cells[node]
            rate = 131_072 // (2 * seen + 3)
            was = was + ((0xFFFF - was) * rate >> 16) if bit else was - (was * rate >> 16)
            cells[node] = was, min(seen + 1, SEEN_MAX)
        return bit
