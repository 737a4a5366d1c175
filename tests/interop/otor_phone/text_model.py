"""The model of text that batches are packed with: that section of PROTOCOL.md."""

from .estimates import Places, mix
from .shapes import require

LEARNT_MAX = 65_536
FOLLOWERS_MAX = 1_024
ALIKE_MIN, ALIKE_MAX = 4, 20
GUESS, AFTER_TWO, AFTER_ONE, AFTER_ONE_LESS, KNOWN, DIGIT = range(6)
ANY_DIGIT = 0x30


def _digit(unit):
    return unit - 0x30 if unit is not None and 0x30 <= unit <= 0x39 else None


def _halved(count):
    return (count + 1) // 2


class Model:
    def __init__(self):
        self.units, self.number_of, self.counts, self.weight = [], {}, [], 0
        self.contexts = {}
        self.choices, self.since = Places(), 0
        self.digit_counts, self.run, self.right = [[1] * 10 for _ in range(4)], 0, 0
        self.high, self.high_total = [1] * 256, 256
        self.past, self.digits, self.places, self.latest = [], [], {}, (0, 0, 0, 0)
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
            unit = self._tell(line, None)
            units += unit.to_bytes(2, "big")
            length -= 1 if unit < 0x80 else 2 if unit < 0x800 or 0xD800 <= unit < 0xE000 else 3
        require(length == 0, "no such text")
        return units.decode("utf-16-be").encode()

    def _tell(self, line, unit):
        """Tells the character `unit`, or reads one if it is None."""
        own_digit = _digit(unit)
        learns = self.learnt < LEARNT_MAX
        self.learnt += learns
        guessed_digit = self.digits[self.at] if self.alike else None
        number, guessed = self._tell_class(line, unit if own_digit is None else ANY_DIGIT, learns)
        unit, digit = self.units[number], None
        self.since = min(self.since + 1, 6) if 0x4E00 <= unit < 0xA000 else 0
        if unit == ANY_DIGIT:
            digit = self._tell_digit(line, guessed_digit, own_digit)
            unit += digit
        else:
            self.run = self.right = 0
        self._came(number, digit, guessed, learns)
        return unit

    def _tell_class(self, line, unit, learns):
        """All digits being one: its number, and whether it was guessed."""
        own, out = self.number_of.get(unit), set()
        keys = [self.latest[2:], self.latest[3:]]
        if self.alike:
            guess = self.past[self.at]
            if self._choose(line, GUESS, self._guess_is_like(guess, keys), own == guess):
                return guess, True
            out.add(guess)
        tried, number = [], None
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
        return number, False

    def _guess_is_like(self, guess, keys):
        stand, alike = 0, min(self.alike, ALIKE_MAX)
        for place, key in enumerate(keys):
            followers = self.contexts.get(key)
            if followers:
                count = sum(followers.values())
                share = followers.get(guess, 0) * 7 // count
                stand = 1 + 64 * place + 8 * min(count.bit_length(), 6) + share
                break
        return alike, stand << 8 | alike // 4, mix(self.units[guess], self.units[self.latest[3]])

    def _tell_digit(self, line, guessed, own):
        run, self.run = self.run, min(self.run + 1, 3)
        if guessed is not None:
            if self._choose(line, DIGIT, (self.right, self.right << 8 | run, 256), own == guessed):
                self.right = min(self.right + 1, 7)
                return guessed
            self.right = 0
        counts = self.digit_counts[run]
        left = [(digit, count) for digit, count in enumerate(counts) if digit != guessed]
        digit = line.tell(sum(count for _, count in left), own, left)
        counts[digit] += 1
        if sum(counts) > 1000:
            counts[:] = map(_halved, counts)
        return digit

    def _choose(self, line, sort, alike, met):
        return self.choices.bit(line, sort, [mix(number, sort) for number in alike], int(met))

    def _tell_follower(self, line, key, before, own, out):
        followers = self.contexts.get(key, {})
        left = {number: count for number, count in followers.items() if number not in out} if out else followers
        if not left:
            return None
        count = sum(left.values())
        sort = AFTER_TWO if not before else AFTER_ONE_LESS if out else AFTER_ONE
        second, last = (self.units[number] for number in self.latest[2:])
        alike = (
            min(len(left), 12) << 8 | min(count.bit_length(), 10),
            last if before else mix(second, last),
            self.since << 8 | min(len(left).bit_length(), 5),
        )
        if self._choose(line, sort, alike, own in left):
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
        alike = min(left.bit_length(), 17), self.since, self.units[self.latest[3]]
        if not left or not self._choose(line, KNOWN, alike, own is not None):
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

    def _came(self, number, digit, guessed, noted):
        self.latest = (*self.latest[1:], number)
        if noted:
            self.past.append(number)
            self.digits.append(digit)
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
