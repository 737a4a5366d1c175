"""The model of text that batches are packed with: that section of PROTOCOL.md."""

from .shapes import require

LEARNT_MAX = 65_536
FOLLOWERS_MAX = 1_024
ALIKE_MIN, ALIKE_MAX = 4, 20


def _halved(count):
    return (count + 1) // 2


class Model:
    def __init__(self):
        self.units, self.number_of, self.counts, self.weight = [], {}, [], 0
        self.contexts = {}
        self.guess_choices, self.follow_choices, self.known_choices = {}, {}, {}
        self.high, self.high_total = [1] * 256, 256
        self.past, self.places, self.latest = [], {}, (0, 0, 0, 0)
        self.at = self.alike = 0
        self.learnt = 0
        self._add(0)

    def begins(self):
        """What it has learnt is what a stream begins with."""
        self.learnt = self.at = self.alike = 0

    def write(self, line, text):
        units = text.encode("utf-16-be")
        for at in range(0, len(units), 2):
            self._tell(line, units[at] << 8 | units[at + 1])

    def read(self, line, length):
        units = bytearray()
        while length > 0:
            unit = self.units[self._tell(line, None)]
            units += unit.to_bytes(2, "big")
            length -= 1 if unit < 0x80 else 2 if unit < 0x800 or 0xD800 <= unit < 0xE000 else 3
        require(length == 0, "no such text")
        return units.decode("utf-16-be").encode()

    def _tell(self, line, unit):
        """Tells the character `unit`, or reads one if it is None; its number."""
        own = self.number_of.get(unit)
        learns = self.learnt < LEARNT_MAX
        self.learnt += learns
        out = set()
        if self.alike:
            guess = self.past[self.at]
            if self._choose(line, self.guess_choices, min(self.alike, ALIKE_MAX), own == guess):
                self._came(guess, True, learns)
                return guess
            out.add(guess)
        keys, tried, number = [self.latest[2:], self.latest[3:]], [], None
        for key in keys:
            tried.append(key)
            number = self._tell_follower(line, key, len(tried) - 1, own, out)
            if number is not None:
                break
        if number is None:
            number = self._tell_known(line, own, unit, learns, out)
        if learns:
            for key in tried:
                self._count(key, number)
        self._came(number, False, learns)
        return number

    def _choose(self, line, choices, place, met):
        choice = choices.setdefault(place, [1, 1])
        met = line.tell(sum(choice), int(met), enumerate(choice))
        choice[met] += 1
        if sum(choice) > 400:
            choice[:] = map(_halved, choice)
        return met

    def _tell_follower(self, line, key, before, own, out):
        followers = self.contexts.get(key, {})
        left = {number: count for number, count in followers.items() if number not in out} if out else followers
        if not left:
            return None
        count = sum(left.values())
        sort = 2 if before and out else before
        place = sort, min(len(left), 12), min(count.bit_length(), 10)
        if self._choose(line, self.follow_choices, place, own in left):
            weights = ((number, 2 * count - 1) for number, count in left.items())
            return line.tell(2 * count - len(left), own, weights)
        out.update(followers)
        return None

    def _count(self, key, number):
        followers = self.contexts.setdefault(key, {})
        if number in followers:
            followers[number] += 1
            if 2 * sum(followers.values()) > 2**16:
                for other in followers:
                    followers[other] = _halved(followers[other])
        elif len(followers) < FOLLOWERS_MAX:
            followers[number] = 1

    def _tell_known(self, line, own, unit, learns, out):
        left = len(self.units) - len(out)
        place = min(left.bit_length(), 17)
        if not left or not self._choose(line, self.known_choices, place, own is not None):
            return self._tell_new(line, unit, learns)
        total = self.weight - sum(2 * self.counts[number] - 1 for number in out)
        weights = ((number, 2 * count - 1) for number, count in enumerate(self.counts) if number not in out)
        number = line.tell(total, own, weights)
        if learns:
            self.counts[number] += 1
            self.weight += 2
            if self.weight > 2**17:
                self.counts = list(map(_halved, self.counts))
                self.weight = sum(2 * count - 1 for count in self.counts)
        return number

    def _tell_new(self, line, unit, learns):
        high = line.tell(self.high_total, unit and unit >> 8, enumerate(self.high))
        low = line.tell(256, unit and unit & 255, enumerate([1] * 256))
        if learns:
            self.high[high] += 16
            self.high_total += 16
            if self.high_total > 2**16:
                self.high = list(map(_halved, self.high))
                self.high_total = sum(self.high)
        unit = high << 8 | low
        require(unit not in self.number_of, "a character told as new that is not")
        return self._add(unit)

    def _add(self, unit):
        number = len(self.units)
        require(number < 65_535, "too many characters")
        self.units.append(unit)
        self.number_of[unit] = number
        self.counts.append(1)
        self.weight += 1
        return number

    def _came(self, number, guessed, noted):
        self.latest = (*self.latest[1:], number)
        if noted:
            self.past.append(number)
        if guessed:
            self.at += 1
            self.alike += 1
            if self.at == len(self.past):
                self.alike = 0
            return
        end, self.alike = len(self.past), 0
        at = self.places.get(self.latest)
        if noted:
            self.places[self.latest] = end
        if at is not None and at < end:
            self.at, self.alike = at, ALIKE_MIN
            while noted and self.alike < ALIKE_MAX and at > self.alike:
                if self.past[at - 1 - self.alike] != self.past[end - 1 - self.alike]:
                    break
                self.alike += 1
