"""A phone: what it keeps, and writing ops. All it keeps is in one file that is replaced as a whole."""

from . import catalogue, edits, pace
from .keys import CHAIN_START, Secret, chain_after
from .messages import (
    ACCEPTED, ALIAS_RUN, BODY, ENDED_AREA, BOOT_CLOCK, BYTES16, CERTIFICATE, CURSOR, DOT, END_OF_COMMIT, FACTS, LANE_STATE, OP, PASS_START, PAST_BOOT,
    POSITION, PUBLIC_KEYS, REQUEST, VERDICT,
)  # fmt: skip
from .proof import Proof
from .record import Record
from .shapes import BOOL, BYTES, BYTES32, I64, TEXT, U8, U16, U32, U64, ListOf, Optional, Struct

LANES = (0, 1, 2)
RECENT_MAX = 64
PAST_BOOTS_MAX = 128
END_OF_MS = 65_535
PER_MS = 65_536
# Of a boot that what was told puts in its place: its wall clock is not to.
WALL_UNSAID = -(2**63)

TOLD = Struct("Told", position=POSITION, facts=FACTS, verdict=VERDICT, in_inbox=BOOL)
# An op that was renumbered keeps the first number it had, and its hash under it.
ORIGIN = Struct("Origin", dot=DOT, hash=BYTES)
OWN_OP = Struct(
    "OwnOp", op=BYTES, boot=U64, wall_minus_uptime_ms=I64, floor=U64, chain=BYTES16, told=Optional(TOLD),
    origin=Optional(ORIGIN), formerly=Optional(TOLD),
)  # fmt: skip
SCOPE = Struct(
    "Scope", scope=U32, area=Optional(U64), cursors=ListOf(CURSOR, 3), losing=BOOL, digests=ListOf(Optional(U64), 3)
)  # fmt: skip
MEMBERSHIP = Struct("Membership", scope=U32, told_at=POSITION)
HELD = Struct("Held", state=BYTES, as_of=POSITION, memberships=ListOf(MEMBERSHIP), old=BOOL)
IDENTITY = Struct(
    "Identity", certificate=CERTIFICATE, server=PUBLIC_KEYS, incarnation=U64, owner_name=TEXT, packing=U8, dictionary=U32
)  # fmt: skip
STORED = Struct(
    "Stored", secret=BYTES32, identity=Optional(IDENTITY), log=ListOf(ListOf(OWN_OP), 3), scopes=ListOf(SCOPE),
    held=ListOf(HELD), server_ms=I64, confirmed=U16, anchor=Optional(U16), recent=ListOf(U16),
    revoked=BOOL, boots=ListOf(U64), clocks=ListOf(BOOT_CLOCK), carried=U32, plainly=BOOL,
    copied=BOOL, aliases=ListOf(ALIAS_RUN), aliases_told=BOOL,
    former=ListOf(Struct("Former", dot=DOT, lane=U8, own=OWN_OP)), asks_aside=BOOL, aside_after=Optional(DOT),
    ended=ListOf(ENDED_AREA), unknown=BOOL, aside_due=BOOL, boots_met=ListOf(U64), scopes_unsure=BOOL,
)  # fmt: skip


class Held:
    """A record as the server has it, the position it is as of, and the scopes it is held through."""

    def __init__(self, record, as_of, memberships=(), old=False):
        self.record, self.as_of, self.memberships = record, as_of, dict(memberships)
        # As it was told before everything began anew: the first state that is told takes its place.
        self.old = old


class Phone:
    def __init__(self, storage, clock, new_secret=None):
        """Begins anew with a secret, or goes on from what is stored. `clock`: boot, uptime_ms(), wall_ms()."""
        self.storage, self.clock = storage, clock
        stored = storage.load()
        if stored is None:
            empty = ((), (), ())
            stored = STORED(new_secret, None, empty, (), (), 0, 0, None, (), False, (), (), pace.CARRIED_AT_FIRST, False, False, (), True, (), False, None, (), False, False, (), False)
        else:
            stored = STORED.decode(stored)
        self.secret_bytes = stored.secret
        self.secret = Secret(stored.secret)
        self.identity = stored.identity
        self.log = [list(lane) for lane in stored.log]
        self.scopes = {scope.scope: scope for scope in stored.scopes}
        self.held = {}
        for held in stored.held:
            record = Record.decode(held.state)
            self.held[record.id] = Held(record, held.as_of, held.memberships, held.old)
        self.server_ms = stored.server_ms
        self.confirmed, self.anchor, self.recent = stored.confirmed, stored.anchor, list(stored.recent)
        self.revoked, self.boots = stored.revoked, list(stored.boots)
        self.carried, self.plainly = stored.carried, stored.plainly
        # A copy gets actors of its own: what its later work was called before, and what stayed under the old ones.
        self.copied, self.aliases, self.aliases_told = stored.copied, list(stored.aliases), stored.aliases_told
        self.former = [tuple(former) for former in stored.former]
        # It then asks what of its work is kept aside; up to `aside_after` it has been told.
        self.asks_aside, self.aside_after, self.aside_due = stored.asks_aside, stored.aside_after, stored.aside_due
        self.ended = list(stored.ended)
        # A restored server may not know this phone: it is shown the certificate.
        self.unknown = stored.unknown
        self.clocks = {clock.boot: clock for clock in stored.clocks}
        # Boots that had met the server under other actors, or in another history.
        self.boots_met = list(stored.boots_met)
        # The numbers of its scopes may mean other areas now: the next hello names none, and is told all.
        self.scopes_unsure = stored.scopes_unsure
        if clock.boot not in self.boots:
            self.boots.append(clock.boot)
        self.proof = Proof()
        self.save()

    def save(self):
        """The one write of which a crash leaves all or nothing."""
        held = [
            HELD(held.record.encode(), held.as_of, sorted(held.memberships.items()), held.old)
            for _, held in sorted(self.held.items())
        ]
        stored = STORED(
            self.secret_bytes, self.identity, self.log, list(self.scopes.values()), held, self.server_ms,
            self.confirmed, self.anchor, self.recent, self.revoked, self.boots, list(self.clocks.values()),
            self.carried, self.plainly, self.copied, self.aliases, self.aliases_told, self.former,
            self.asks_aside, self.aside_after, self.ended, self.unknown, self.aside_due, self.boots_met, self.scopes_unsure,
        )  # fmt: skip
        self.storage.save(STORED.encode(stored))

    # Reading

    @property
    def owner(self):
        return self.identity.certificate.owner

    def actor(self, lane):
        return self.identity.certificate.actors[lane]

    def lane_of(self, dot):
        """The lane of an own op; None if it is not one's own."""
        actors = self.identity.certificate.actors
        return actors.index(dot.actor) if dot.actor in actors else None

    def acked(self, lane):
        return sum(own.told is not None for own in self.log[lane])

    def chain_at(self, lane, seq):
        return self.log[lane][seq - 1].chain if seq else CHAIN_START

    def lane_states(self):
        def state(lane):
            acked, last = self.acked(lane), len(self.log[lane])
            return LANE_STATE(acked, last - acked, self.chain_at(lane, last)) if last > acked else LANE_STATE(acked)

        return [state(lane) for lane in LANES]

    def point(self):
        """The greatest commit whose end a feed has reached."""
        cursors = [cursor[1] for scope in self.scopes.values() for cursor in scope.cursors if cursor[0] == "b"]
        return max((position.commit for position in cursors if position.index == END_OF_COMMIT), default=0)

    def digests(self):
        """(scope, lane, digest) wherever the server has told one."""
        for scope in self.scopes.values():
            for lane in LANES:
                if not scope.losing and scope.cursors[lane][0] == "b" and scope.digests[lane] is not None:
                    yield scope.scope, lane, scope.digests[lane]

    def move(self, scope, lane, cursor, digest):
        """A feed has moved on; what the server's digest was before says nothing any more."""
        was = self.scopes[scope]
        cursors, digests = list(was.cursors), list(was.digests)
        cursors[lane], digests[lane] = cursor, digest
        self.scopes[scope] = was._replace(cursors=tuple(cursors), digests=tuple(digests))

    def forget_digest(self, scope, lane):
        if scope in self.scopes:
            self.move(scope, lane, self.scopes[scope].cursors[lane], None)

    def own_ops(self):
        """(dot, op, what is kept of it), in order."""
        for lane in LANES:
            for seq, own in enumerate(self.log[lane], 1):
                yield DOT(self.actor(lane), seq), OP.decode(own.op), own

    def named_now(self, dot):
        """What work is called now that was called `dot` once."""
        for run in self.aliases:
            if run.actor == dot.actor and 0 <= dot.seq - run.first < run.count:
                return self.named_now(DOT(run.renumbered[0], run.renumbered[1] + dot.seq - run.first))
        return dot

    def own_ops_on(self, record):
        return [own for own in self.own_ops() if op_record(*own[:2]) == record]

    def has_unsent(self, record):
        return any(own.told is None for _, _, own in self.own_ops_on(record))

    def tray(self):
        """Own ops that the server keeps aside: {dot: verdict}."""
        all_own = [*self.own_ops(), *self.former]
        return {dot: own.told.verdict for dot, _, own in all_own if own.told and own.told.verdict != ACCEPTED}

    def seen(self, record):
        """A record as the worker sees it: the mirror, and over it what is not acknowledged or kept aside."""
        held = self.held.get(record)
        seen = Record.decode(held.record.encode()) if held else None
        for dot, op, own in self.own_ops_on(record):
            if own.told and own.told.verdict == ACCEPTED:
                continue
            facts = own.told.facts if own.told else self._guessed_facts(op, own)
            if op.body[0] == "a" and seen is None:
                seen = Record.create(dot, self.lane_of(dot), op, facts)
            elif op.body[0] == "b" and seen:
                seen.apply(dot, op, facts)
        return seen

    def _guessed_facts(self, op, own):
        """Until the server tells: enough to show one's own edits in their order."""
        clock = self.clocks.get(own.boot)
        at_ms = op.uptime_ms + (clock.shift_ms if clock else own.wall_minus_uptime_ms)
        return FACTS(max(at_ms * PER_MS, own.floor + 1), op.uptime_ms + own.wall_minus_uptime_ms, 1)

    # Writing

    def create(self, kind_name, area, **fields):
        kind = catalogue.BY_NAME[kind_name]
        add = {name: fields.pop(name) for name in list(fields) if kind.fields[name].rule == "set"}
        changes = edits.changes(kind, None, set=fields, add=add)
        lane = catalogue.lane_of_new(kind, fields)
        return self.write(lane, ("a", BODY.letters["a"](kind.number, area, changes)))

    def edit(self, record, **what):
        """`set`, `add`, `remove`, `append`, `event`: as `edits.changes` takes them."""
        seen = self.seen(record)
        changes = edits.changes(edits.kind_of(seen), seen, **what)
        return self.write(seen.lane, ("b", BODY.letters["b"](record, changes)))

    def write(self, lane, body):
        """The op is durable when this returns. Its dot."""
        uptime_ms = self._next_uptime_ms()
        op = OP.encode(OP(self.owner, uptime_ms, body))
        chain = chain_after(self.chain_at(lane, len(self.log[lane])), op)
        wall_minus_uptime_ms = self.clock.wall_ms() - self.clock.uptime_ms()
        self.log[lane].append(OWN_OP(op, self.clock.boot, wall_minus_uptime_ms, self.floor(), chain, None))
        self.save()
        return DOT(self.actor(lane), len(self.log[lane]))

    def floor(self):
        """The greatest stamp seen."""
        return self.server_ms * PER_MS + END_OF_MS if self.server_ms else 0

    def last_uptime_ms(self):
        """The greatest uptime of an op of this boot; they rise."""
        ends = [self.log[lane][-1] for lane in LANES if self.log[lane]]
        return max((OP.decode(own.op).uptime_ms for own in ends if own.boot == self.clock.boot), default=-1)

    def _next_uptime_ms(self):
        uptime_ms = max(self.clock.uptime_ms(), self.last_uptime_ms() + 1)
        known = self.clocks.get(self.clock.boot)
        return max(uptime_ms, self.server_ms + 1 - known.shift_ms) if known else uptime_ms

    def clocks_to_ask(self):
        """The request about clocks, while there is something to ask; None otherwise."""
        unsent = {}
        for _, op, own in self.own_ops():
            if own.told is None and own.boot != self.clock.boot:
                unsent.setdefault(own.boot, []).append((op.uptime_ms, own))
        if self.clock.boot in self.clocks and not unsent:
            return None
        past = []
        for boot in [boot for boot in self.boots if boot in unsent][:PAST_BOOTS_MAX]:
            first, last = min(unsent[boot])[0], max(unsent[boot])
            floors = [own.floor - ((uptime_ms - first) << 16) for uptime_ms, own in unsent[boot]]
            told = self._before_told(boot, first) if boot in self.boots_met else 0
            wall_minus_uptime_ms = WALL_UNSAID if told else last[1].wall_minus_uptime_ms
            past.append(PAST_BOOT(boot, wall_minus_uptime_ms, first, last[0], max(told, 0, *floors)))
        seen = self._before_told(self.clock.boot, 0) if self.clock.boot in self.boots_met else self.floor()
        return "f", REQUEST.letters["f"](self.clock.wall_ms(), seen, past)

    def _before_told(self, boot, uptime_ms):
        """What is written from an uptime on in a boot that had met the server lies after this: so it comes after what
        was told of earlier ops of that boot."""
        said = [(own.formerly or own.told, op) for _, op, own in self.own_ops() if own.boot == boot]
        shifts = [(told.facts.stamp >> 16) - op.uptime_ms for told, op in said if told]
        return max(0, uptime_ms + max(shifts) - 1) << 16 if shifts else 0

    # Beginning

    def enrolled(self, reply):
        named = reply._asdict()
        del named["scopes"]
        self.identity = IDENTITY(**named)
        for grant in reply.scopes:
            self.gain(grant)
        self.save()

    def gain(self, grant):
        begun = SCOPE(grant.scope, grant.area, (PASS_START,) * 3, False, (None,) * 3)
        have = self.scopes.get(grant.scope, begun)
        have = have if have.area == grant.area else begun
        self.scopes[grant.scope] = have._replace(losing=False)

    def contact_ended(self, size, well):
        self.carried = pace.carried(self.carried, size, well)
        self.save()

    def nonce_of(self, random32):
        """The nonce of the next attempt: from the 65th on, with the low half of the last that hellos name."""
        if len(self.recent) < RECENT_MAX:
            return random32
        return random32 & 0xFFFF0000 | self.recent[-1]

    def begin_attempt(self, nonce):
        """The nonce is durable before it is sent."""
        if len(self.recent) < RECENT_MAX:
            self.recent.append(nonce & 0xFFFF)
        self.save()


def op_record(dot, op):
    """The record an op is about."""
    letter, body = op.body
    return dot if letter == "a" else body.record if letter == "b" else None
