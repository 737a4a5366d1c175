"""What a reply does to a phone. Each function here ends in one write: all of it, or nothing."""

from .messages import ACCEPTED, DOT, END_OF_COMMIT, FACTS, OP, PASS_START, POSITION
from .keys import CHAIN_START
from .phone import LANES, OWN_OP, PER_MS, TOLD, Held, op_record
from .proof import held_in
from .record import Record
from .shapes import require


class Forked(Exception):
    """The server has other ops under this phone's numbers."""


def take_welcome(phone, welcome, nonce, lanes):
    for ack in welcome.acks:
        state = lanes[ack.lane]
        if ack.chain is None:
            require(state.unsent and ack.through == state.acked + state.unsent, "a chain that no hello told")
        chain = ack.chain or state.chain
        known = phone.acked(ack.lane) <= ack.through <= len(phone.log[ack.lane])
        if not known or phone.chain_at(ack.lane, ack.through) != chain:
            # Other work stands there under this phone's numbers: it is a copy, and asks what is in common.
            phone.copied = True
            phone.save()
            raise Forked(f"lane {ack.lane}")
        told = {own.boot for own in phone.log[ack.lane][phone.acked(ack.lane) : ack.through]}
        known = phone.clocks.keys() | {clock.boot for clock in welcome.clocks}
        require(told <= known, "a boot without its clock")
    if phone.scopes_unsure:
        phone.scopes = {scope: state._replace(losing=True) for scope, state in phone.scopes.items()}
        phone.scopes_unsure = False
    for grant in welcome.gained:
        phone.gain(grant)
    for clock in welcome.clocks:
        phone.clocks[clock.boot] = clock
    for ack in welcome.acks:
        acknowledge(phone, ack.lane, ack.runs, ack.through)
    for scope, lane in welcome.restarts:
        if scope in phone.scopes:
            phone.move(scope, lane, PASS_START, None)
            # What was released meanwhile stood in the inbox before where it begins now.
            phone.aside_due |= phone.scopes[scope].area is None
    for scope in welcome.lost:
        if scope in phone.scopes:
            phone.scopes[scope] = phone.scopes[scope]._replace(losing=True)
    phone.server_ms = max(phone.server_ms, welcome.server_ms)
    phone.revoked = welcome.revoked
    phone.confirmed, phone.recent = nonce & 0xFFFF, []
    phone.unknown = False
    phone.aliases_told = True
    for letter, notice in welcome.notices:
        if letter == "b":
            phone.ended = [ended for ended in phone.ended if ended.area != notice.area] + [notice]
    if welcome.anchor is not None:
        phone.anchor = welcome.anchor
    _let_go(phone)
    phone.save()


def acknowledge(phone, lane, runs, through):
    """What became of the ops after the acknowledged ones, up to `through`."""
    seq = phone.acked(lane) + 1
    for run in runs:
        for offset in range(min(run.count, through - seq + 1)):
            own = phone.log[lane][seq - 1]
            said = told(run, offset, own, phone.clocks[own.boot])
            # What is released before the inbox begins stands in it nowhere.
            begins = any(state.area is None and state.cursors[lane] == PASS_START for state in phone.scopes.values())
            phone.aside_due |= said.verdict != ACCEPTED and begins
            settle(phone, lane, seq, said)
            seq += 1


def told(run, offset, own, clock):
    """What a run says of its op at `offset`."""
    op = OP.decode(own.op)
    stamp = dict(run.stamps).get(offset, PER_MS * (op.uptime_ms + clock.shift_ms))
    facts = FACTS(stamp, op.uptime_ms + own.wall_minus_uptime_ms, run.level, clock.uncertain or None)
    position = POSITION(run.commit, run.first_index + offset)
    return TOLD(position, facts, dict(run.verdicts).get(offset, ACCEPTED), offset in run.in_inbox)


def settle(phone, lane, seq, told):
    """Notes what the server said of an own op, and merges it if it was accepted."""
    own = phone.log[lane][seq - 1] = phone.log[lane][seq - 1]._replace(told=told)
    if told.verdict != ACCEPTED:
        return
    dot, op = DOT(phone.actor(lane), seq), OP.decode(own.op)
    record = op_record(dot, op)
    if op.body[0] == "a":
        scope = _scope_of_own(phone, op.body[1].area, told.in_inbox)
        new = Record.create(dot, lane, op, told.facts)
        held = phone.held.setdefault(dot, Held(new, told.position))
        _renew(held, new)
        if scope is not None:
            _join(held, scope, told.position)
        # Where it was let in only now, later edits may have been accepted before.
        _apply_own_again(phone, dot)
    elif record in phone.held:
        held = phone.held[record]
        held.record.apply(dot, op, told.facts)
        held.as_of = max(held.as_of, told.position)


def _renew(held, record):
    """What a former history had told gives way to what this one tells."""
    if held.old:
        held.record, held.old = record, False


def _scope_of_own(phone, area, in_inbox):
    if in_inbox:
        return phone.owner * 2 + 1
    place = int(str(area)[:15])
    return next((scope.scope for scope in phone.scopes.values() if scope.area == place), None)


def _join(held, scope, position):
    held.memberships[scope] = max(position, held.memberships.get(scope, position))


def _let_go(phone):
    """Lost scopes go once nothing unsent concerns them; records go once nothing holds them."""
    unsent = {op_record(dot, op) for dot, op, own in phone.own_ops() if own.told is None}
    for scope in [scope.scope for scope in phone.scopes.values() if scope.losing]:
        if any(record not in phone.held or scope in phone.held[record].memberships for record in unsent):
            continue
        del phone.scopes[scope]
        for held in phone.held.values():
            held.memberships.pop(scope, None)
    _drop_unheld(phone)


def _drop_unheld(phone):
    for record, held in list(phone.held.items()):
        if not held.memberships and not phone.has_unsent(record):
            del phone.held[record]


def reach(phone, point):
    """A complete reply that left nothing behind: every feed that is past its first pass stands at `point`."""
    end = POSITION(point, END_OF_COMMIT)
    for scope in phone.scopes.values():
        if not scope.losing:
            cursors = (("b", max(cursor[1], end)) if cursor[0] == "b" else cursor for cursor in scope.cursors)
            phone.scopes[scope.scope] = scope._replace(cursors=tuple(cursors))


def take_changes(phone, frame):
    """Whether it stood at the cursor."""
    scope = phone.scopes.get(frame.scope)
    if scope is None or scope.cursors[frame.lane] != ("b", frame.from_):
        return False
    for position, (letter, news) in frame.items:
        if position > frame.from_:
            _TAKE[letter](phone, frame, position, news)
    phone.move(frame.scope, frame.lane, ("b", frame.to), frame.digest)
    _drop_unheld(phone)
    phone.save()
    return True


def _take_op(phone, frame, position, news):
    op = OP.decode(news.op)
    record = op_record(news.dot, op)
    if op.body[0] == "a":
        new = Record.create(news.dot, news.lane, op, news.facts)
        held = phone.held.setdefault(record, Held(new, position))
        _renew(held, new)
        _join(held, frame.scope, position)
        _apply_own_again(phone, record)
    elif record in phone.held:
        held = phone.held[record]
        held.record.apply(news.dot, op, news.facts)
        # Where all was told anew, what an own op takes the place of may come after it.
        _apply_own_again(phone, record)
        held.as_of = max(held.as_of, position)


def _take_enter(phone, frame, position, news):
    _merge(phone, frame.scope, position, Record.decode(news.state))


def _take_leave(phone, frame, position, news):
    held = phone.held.get(news.record)
    if held and held.memberships.get(frame.scope, position) < position:
        del held.memberships[frame.scope]


def _take_replace(phone, frame, position, news):
    record = Record.decode(news.state)
    held = phone.held.get(record.id)
    if held and held.as_of < position:
        held.record, held.as_of, held.old = record, position, False
        _apply_own_again(phone, record.id)
    if held:
        _join(held, frame.scope, position)


def _take_verdict(phone, frame, position, news):
    lane = phone.lane_of(news.dot)
    told = TOLD(position, news.facts, news.verdict, news.in_inbox)
    phone.former = [
        (dot, lane_then, own._replace(told=told) if dot == news.dot else own) for dot, lane_then, own in phone.former
    ]
    if lane is not None and news.dot.seq <= phone.acked(lane):
        settle(phone, lane, news.dot.seq, told)


_TAKE = {"a": _take_op, "b": _take_enter, "c": _take_leave, "d": _take_replace, "e": _take_verdict}


def take_states(phone, frame):
    """Whether it stood at the cursor."""
    scope = phone.scopes.get(frame.scope)
    letter, cursor = scope.cursors[frame.lane] if scope else ("b", None)
    if letter != "a" or cursor.after != frame.after or cursor.base not in (0, frame.base):
        return False
    position = POSITION(frame.as_of, END_OF_COMMIT)
    after = frame.after
    for state in frame.states:
        record = Record.decode(state)
        after = record.id
        _merge(phone, frame.scope, position, record)
    if frame.last:
        _sweep(phone, frame)
        phone.move(frame.scope, frame.lane, ("b", POSITION(frame.base, END_OF_COMMIT)), frame.digest)
    else:
        phone.move(frame.scope, frame.lane, ("a", type(cursor)(frame.base, after)), None)
    _drop_unheld(phone)
    phone.save()
    return True


def _merge(phone, scope, position, record):
    held = phone.held.setdefault(record.id, Held(record, position))
    _renew(held, record)
    if held.record is not record:
        held.record.merge(record)
        held.as_of = max(held.as_of, position)
    _join(held, scope, position)
    _apply_own_again(phone, record.id)


def _apply_own_again(phone, record):
    """The feeds leave the phone's own ops out."""
    for dot, op, own in phone.own_ops_on(record):
        if op.body[0] == "b" and own.told and own.told.verdict == ACCEPTED:
            phone.held[record].record.apply(dot, op, own.told.facts)


def _sweep(phone, frame):
    """What the pass did not name, and nothing later told, is gone."""
    for held in phone.held.values():
        told_at = held.memberships.get(frame.scope)
        if held.record.lane == frame.lane and told_at is not None and told_at < POSITION(frame.base, 0):
            del held.memberships[frame.scope]


def take_aside(phone, frame):
    """Ops that are kept aside: those of former branches that the phone has forgotten come into its tray."""
    last = frame.ops[-1].dot
    named = {one.dot for one in frame.ops}
    _merged_since(phone, last, named)
    known = {dot for dot, _, _ in phone.former}
    for one in frame.ops:
        if one.dot not in known and one.dot.actor not in phone.identity.certificate.actors:
            told = TOLD(POSITION(0, 0), one.facts, one.verdict, False)
            phone.former.append((one.dot, one.lane, OWN_OP(one.op, 0, 0, 0, CHAIN_START, told)))
    phone.aside_after = last
    phone.save()


def aside_is_told(phone):
    """The reply left nothing behind: all that is kept aside was named."""
    if phone.asks_aside:
        _merged_since(phone, None, set())
        phone.asks_aside, phone.aside_after = False, None


def _merged_since(phone, last, named):
    """What was kept aside and is not named any more; its record comes through the feeds."""
    after = phone.aside_after
    for place, (dot, lane, own) in enumerate(phone.former):
        asked = (after is None or dot > after) and (last is None or dot <= last)
        if asked and dot not in named and own.told and own.told.verdict != ACCEPTED:
            phone.former[place] = (dot, lane, own._replace(told=own.told._replace(verdict=ACCEPTED)))
    for lane in LANES:
        for seq, own in enumerate(phone.log[lane], 1):
            dot = DOT(phone.actor(lane), seq)
            asked = (after is None or dot > after) and (last is None or dot <= last)
            if asked and dot not in named and own.told and own.told.verdict != ACCEPTED:
                settle(phone, lane, seq, own.told._replace(verdict=ACCEPTED))


def take_repair(phone, frame):
    """The answer about an interval of ids that differed."""
    if frame.scope not in phone.scopes or phone.scopes[frame.scope].losing:
        return
    where, interval = (frame.scope, frame.lane), (frame.after, frame.through)
    if frame.states is None:
        phone.proof.doubt(where, interval)
        return
    position = POSITION(frame.as_of, END_OF_COMMIT)
    records = {record.id: record for record in map(Record.decode, frame.states)}
    for id in held_in(phone, *where, interval):
        if id not in records and phone.held[id].memberships[frame.scope] <= position:
            del phone.held[id].memberships[frame.scope]
    for id, record in records.items():
        held = phone.held.setdefault(id, Held(record, position))
        _join(held, frame.scope, position)
        if held.as_of <= position:
            held.record, held.as_of, held.old = record, position, False
            _apply_own_again(phone, id)
    phone.proof.repaired.add(where)
    _drop_unheld(phone)
    phone.save()
