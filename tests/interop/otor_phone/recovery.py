"""A server restored from a backup: what it lost of this phone's work goes to it again, with what it had said of it.

A small phone keeps all it wrote, and shows its present certificate only: a copy whose former branches the backup does
not know would have to show those as well."""

from .keys import CHAIN_START
from .messages import ACCEPTED, CONTENT, PASS_START, POSITION, REFILL
from .phone import LANES

NOWHERE = POSITION(0, 0)


def take_history(phone, told):
    """One write. Whether that was news: whether to ask again at once."""
    known = {branch.first_actor: branch.lanes for branch in told.branches}
    unknown = phone.actor(0) not in known
    if told.incarnation == phone.identity.incarnation and unknown == phone.unknown:
        return False
    phone.unknown = unknown
    if told.incarnation != phone.identity.incarnation:
        _change(phone, told.incarnation, known.get(phone.actor(0), ((0, CHAIN_START),) * 3))
    phone.save()
    return True


def _change(phone, incarnation, lanes):
    for lane, (through, chain) in zip(LANES, lanes):
        same = through <= len(phone.log[lane]) and phone.chain_at(lane, through) == chain
        for seq, own in enumerate(phone.log[lane], 1):
            if own.told and not (same and seq <= through):
                phone.log[lane][seq - 1] = own._replace(told=None, formerly=own.told)
            elif own.told:
                phone.log[lane][seq - 1] = own._replace(told=own.told._replace(position=NOWHERE))
    take_all_anew(phone)
    phone.identity = phone.identity._replace(incarnation=incarnation)
    phone.confirmed, phone.recent, phone.anchor = 0, [], None
    phone.boots_met += phone.clocks
    phone.clocks, phone.aliases_told = {}, not phone.aliases


def take_all_anew(phone):
    """What is held is old until it is told anew, from the beginning of every feed."""
    phone.scopes_unsure = True
    for held in phone.held.values():
        held.as_of, held.old = NOWHERE, True
        held.memberships = {scope: NOWHERE for scope in held.memberships}
    for scope in phone.scopes:
        for lane in LANES:
            phone.move(scope, lane, PASS_START, None)


def refill(phone, content):
    """The message for ops that a former history knew; None if they are new."""
    lane = phone.identity.certificate.actors.index(content.actor)
    last = content.first_seq - 1 + len(content.ops)
    said = [own.formerly for own in phone.log[lane][content.first_seq - 1 : last]]
    if not all(said):
        return None
    verdicts = [(offset, one.verdict) for offset, one in enumerate(said) if one.verdict != ACCEPTED]
    return REFILL.encode((CONTENT.encode(content), [one.facts.stamp for one in said], verdicts))


def readmission(phone):
    """What a server is asked that may not know this phone."""
    return [("a", (phone.identity.certificate, phone.identity.owner_name))] if phone.unknown else []
