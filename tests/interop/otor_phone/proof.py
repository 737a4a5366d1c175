"""Digests: whether the phone holds what the server holds, and asking where it does not."""

import hashlib

from .messages import END_OF_COMMIT, POSITION, RANGE, REQUEST

ONE_EACH_UP_TO, PARTS, CHECKS_MAX = 32, 16, 8
WHOLE = (None, None)


def record_hash(state):
    return int.from_bytes(hashlib.sha256(b"otor v1 digest" + state).digest()[:8], "big")


def digest(states):
    return sum(map(record_hash, states)) % 2**64


def held_in(phone, scope, lane, interval=WHOLE):
    """What is held through this scope in this lane, with ids above `after` up to and including `through`."""
    after, through = interval
    return [
        record
        for record, held in sorted(phone.held.items())
        if held.record.lane == lane and scope in held.memberships
        if (after is None or record > after) and (through is None or record <= through)
    ]


def digest_of(phone, records):
    return digest(phone.held[record].record.encode() for record in records)


class Proof:
    """What is in doubt, from one exchange to the next: intervals of ids, by scope and lane."""

    def __init__(self):
        self.doubts, self.asked, self.repaired = {}, [], set()
        self.agreed, self.differed = 0, 0

    def requests(self, phone):
        """What the next hello asks. The answers say what stays in doubt."""
        doubts = [(where, interval) for where, intervals in self.doubts.items() for interval in intervals]
        self.asked, left = doubts[:CHECKS_MAX], doubts[CHECKS_MAX:]
        self.doubts = {}
        for where, interval in left:
            self.doubt(where, interval)
        return [_check(phone, *where, interval) for where, interval in self.asked]

    def doubt(self, where, interval):
        self.doubts.setdefault(where, []).append(interval)

    def compare(self, phone, point, sent):
        """After a complete reply; `sent` is how far each lane's log went in the request."""
        for where in {where for where, _ in self.asked} - self.doubts.keys() - self.repaired:
            # Every record is the server's: then the digest was wrong.
            phone.forget_digest(*where)
        self.asked, self.repaired = [], set()
        for scope, lane, told in phone.digests():
            records = held_in(phone, scope, lane)
            beyond = any(phone.held[record].as_of > POSITION(point, END_OF_COMMIT) for record in records)
            if phone.acked(lane) < sent[lane] or beyond:
                continue
            if digest_of(phone, records) == told:
                self.agreed += 1
            elif (scope, lane) not in self.doubts:
                self.differed += 1
                self.doubt((scope, lane), WHOLE)


def _check(phone, scope, lane, interval):
    after, through = interval
    held = held_in(phone, scope, lane, interval)
    size = 1 if len(held) <= ONE_EACH_UP_TO else -(-len(held) // PARTS)
    parts = [held[at : at + size] for at in range(0, len(held), size)] or [[]]
    # The last one ends where the interval does, so that what only the server has is found.
    ends = [part[-1] for part in parts[:-1]] + [through]
    ranges = [RANGE(end, len(part), digest_of(phone, part)) for end, part in zip(ends, parts)]
    return "d", REQUEST.letters["d"](scope, lane, after, ranges)
