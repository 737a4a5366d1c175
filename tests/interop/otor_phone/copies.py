"""Being a copy: what is in common with the server stays, later work gets numbers of its own."""

import hashlib

from .keys import CHAIN_START, chain_after, is_signed
from .messages import ACCEPTED, ALIAS_RUN, DOT, OP, SIGNED_CERTIFICATE
from .phone import LANES, ORIGIN
from .recovery import take_all_anew
from .shapes import require
from .taking import acknowledge, settle, told


def take_fork(phone, fork):
    """One write. Whether the phone has its new actors; if not, it has more to ask."""
    _check(phone, fork.certificate)
    for clock in fork.clocks:
        phone.clocks[clock.boot] = clock
    more = False
    for lane, told in enumerate(fork.lanes):
        _settle_aside(phone, lane, told.aside)
        hashes = [told.hashes[at : at + 8] for at in range(0, len(told.hashes), 8)]
        unsent = phone.log[lane][phone.acked(lane) :]
        common = 0
        while common < min(len(hashes), len(unsent)) and _hash(unsent[common].op) == hashes[common]:
            common += 1
        acknowledge(phone, lane, told.runs, phone.acked(lane) + common)
        more |= told.more and common == len(hashes)
    if not more:
        _renumber(phone, fork.certificate, [_moved(phone, lane, told.moved) for lane, told in enumerate(fork.lanes)])
    phone.save()
    return not more


def _check(phone, certificate):
    signed = b"otor v1 certificate" + SIGNED_CERTIFICATE.encode(certificate[:4])
    require(is_signed(phone.identity.server, signed, certificate.signature), "a certificate of somebody else")
    own = phone.identity.certificate
    require((certificate.device, certificate.keys) == (own.device, own.keys), "somebody else's certificate")
    had = {*own.actors, *(run.actor for run in phone.aliases), *(dot.actor for dot, _, _ in phone.former)}
    require(not had & set(certificate.actors), "actors that the phone has had")


def _hash(op):
    return hashlib.sha256(op).digest()[:8]


def _settle_aside(phone, lane, aside):
    """What was kept aside, and is not any more, has been merged since."""
    for seq, own in enumerate(phone.log[lane], 1):
        if aside is not None and own.told and own.told.verdict != ACCEPTED and seq not in aside:
            settle(phone, lane, seq, own.told._replace(verdict=ACCEPTED))


def _first_written_as(own, dot):
    return own.origin or ORIGIN(dot, _hash(own.op))


def _moved(phone, lane, pieces):
    """What of the unsent ops another copy has handed over, by content: {seq: (its number there, what was said)}."""
    moved = {}
    for piece in pieces or ():
        for offset in range(len(piece.hashes) // 8):
            seq = piece.first + offset
            if not phone.acked(lane) < seq <= len(phone.log[lane]):
                continue
            own = phone.log[lane][seq - 1]
            if _first_written_as(own, DOT(phone.actor(lane), seq)).hash == piece.hashes[offset * 8 : offset * 8 + 8]:
                there = DOT(piece.to.actor, piece.to.seq + offset)
                moved.setdefault(seq, (there, told(piece.run, offset, own, piece.clock)))
    return moved


def _renumber(phone, certificate, moved):
    numbers = {}
    for lane in LANES:
        acked, old, new = phone.acked(lane), phone.actor(lane), certificate.actors[lane]
        for seq in range(acked + 1, len(phone.log[lane]) + 1):
            gone_before = sum(other < seq for other in moved[lane])
            there, _ = moved[lane].get(seq, (DOT(new, seq - acked - gone_before), None))
            numbers[DOT(old, seq)] = there
            phone.aliases.append(ALIAS_RUN(old, seq, 1, tuple(there)))
    for lane in LANES:
        acked, chain, renumbered = phone.acked(lane), CHAIN_START, []
        phone.former += [(DOT(phone.actor(lane), seq), lane, own) for seq, own in enumerate(phone.log[lane][:acked], 1)]
        for seq, own in enumerate(phone.log[lane][acked:], acked + 1):
            op = OP.encode(_named_anew(phone, OP.decode(own.op), numbers))
            if seq in moved[lane]:
                # The feeds bring it, unless it is kept aside.
                there, said = moved[lane][seq]
                phone.former += [(there, lane, own._replace(op=op, told=said))] if said.verdict != ACCEPTED else []
                continue
            chain = chain_after(chain, op)
            origin = _first_written_as(own, DOT(phone.actor(lane), seq))
            renumbered.append(own._replace(op=op, chain=chain, origin=origin))
        phone.log[lane] = renumbered
    phone.identity = phone.identity._replace(certificate=certificate)
    take_all_anew(phone)
    phone.confirmed, phone.recent, phone.anchor = 0, [], None
    phone.copied, phone.aliases_told = False, False
    phone.aside_due = True


def _named_anew(phone, part, numbers, record=None):
    """The same with every dot that got another number."""
    if isinstance(part, DOT.make):
        return numbers.get(part, part)
    if not isinstance(part, tuple):
        return part
    record = getattr(part, "record", record)
    if type(part).__name__ == "Remove":
        part = part._replace(members=[_also_old(phone, record, part.field, gone, numbers) for gone in part.members])
    items = [_named_anew(phone, item, numbers, record) for item in part]
    return type(part)(*items) if hasattr(part, "_fields") else tuple(items)


def _also_old(phone, record, field, gone, numbers):
    """Under the old actor an earlier dot of the member may still stand: it has to be named as well."""
    held = phone.held.get(record)
    standing = held.record.items(field).get(gone.value, {}) if held else {}
    old = [DOT(dot.actor, standing[dot.actor]) for dot in gone.dots if dot in numbers and dot.actor in standing]
    return gone._replace(dots=[*gone.dots, *old])
