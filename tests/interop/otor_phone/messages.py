"""Every message of PROTOCOL.md, as shapes. Names are the page's."""

from .shapes import BOOL, BYTES, BYTES16, BYTES32, I64, TEXT, U8, U16, U32, U64, ListOf, Optional, Struct, Variant

DOT = Struct("Dot", actor=U32, seq=U64)
POSITION = Struct("Position", commit=U64, index=U32)
END_OF_COMMIT = 2**32 - 1
FACTS = Struct("Facts", lengths={3, 4}, stamp=U64, claimed_ms=I64, level=U8, uncertain=BOOL)

VALUE = Variant(a=TEXT, b=I64, c=I64, d=BOOL, e=DOT, f=U32)
ARGS = ListOf(Struct("Arg", number=U8, value=VALUE))
CHANGE = Variant(
    a=Struct("Once", field=U16, value=VALUE),
    b=Struct("Latest", field=U16, value=VALUE),
    c=Struct("Highest", field=U16, value=VALUE, by_value=BOOL),
    d=Struct("Centre", field=U16, value=VALUE, epoch=U64),
    e=Struct("All", field=U16, value=VALUE, replaces=ListOf(DOT)),
    f=Struct("Add", field=U16, members=ListOf(VALUE)),
    g=Struct("Remove", field=U16, members=ListOf(Struct("Removed", value=VALUE, dots=ListOf(DOT)))),
    h=Struct("Append", field=U16, value=VALUE),
    i=Struct("Event", event=U16, round=U32, args=ARGS),
    j=Struct("Relocate", area=U64, epoch=U64),
    k=ListOf(U16),
)
CHANGES = ListOf(CHANGE)
BODY = Variant(
    a=Struct("Create", kind=U16, area=U64, changes=CHANGES),
    b=Struct("Edit", record=DOT, changes=CHANGES),
    c=Struct("Release", dot=DOT),
)
OP = Struct("Op", author=U32, uptime_ms=I64, body=BODY)

# Content, ChangeFrame and StateFrame go by column: `_HEAD` is what stands in the head of the batch.
_CONTENT = {
    "actor": U32, "first_seq": U64, "boot": U64, "wall_minus_uptime_ms": I64,
    "floors": ListOf(Struct("Floor", offset=U32, stamp=U64)),
}  # fmt: skip
_ORIGINS = ListOf(Struct("OriginsAt", offset=U32, first=DOT, hashes=BYTES))
CONTENT_HEAD = Struct("ContentHead", lengths={5, 6}, **_CONTENT, origins=_ORIGINS)
CONTENT = Struct("Content", lengths={6, 7}, **_CONTENT, ops=ListOf(BYTES), origins=_ORIGINS)

PUBLIC_KEYS = Struct("PublicKeys", signing=BYTES32, exchange=BYTES32)
CERTIFICATE = Struct("Certificate", device=U32, owner=U32, actors=ListOf(U32, 3), keys=PUBLIC_KEYS, signature=BYTES)
SIGNED_CERTIFICATE = Struct("SignedCertificate", device=U32, owner=U32, actors=ListOf(U32, 3), keys=PUBLIC_KEYS)
GRANT = Struct("ScopeGrant", scope=U32, area=Optional(U64))
ENROL_REQUEST = Struct("EnrolRequest", protocol=U16, code=TEXT, keys=PUBLIC_KEYS, proof=BYTES)
SIGNED_ENROLMENT = Struct("SignedEnrolment", code=TEXT, keys=PUBLIC_KEYS)
ENROL_REPLY = Struct(
    "EnrolReply", certificate=CERTIFICATE, server=PUBLIC_KEYS, incarnation=U64,
    owner_name=TEXT, scopes=ListOf(GRANT), packing=U8, dictionary=U32,
)  # fmt: skip

CURSOR = Variant(a=Struct("Pass", base=U64, after=Optional(DOT)), b=POSITION)
PASS_START = ("a", CURSOR.letters["a"](0, None))
LANE_STATE = Struct("LaneState", lengths={1, 3}, acked=U64, unsent=U64, chain=BYTES16)
FEED_STATE = Struct("FeedState", lengths={1, 4}, scope=U32, lane_0=CURSOR, lane_1=CURSOR, lane_2=CURSOR)
PAST_BOOT = Struct(
    "PastBoot", boot=U64, wall_minus_uptime_ms=I64, first_uptime_ms=I64, last_uptime_ms=I64, floor=U64
)
# The new numbers are a pair of their own: [new actor, new first].
ALIAS_RUN = Struct(
    "AliasRun", actor=U32, first=U64, count=U64, renumbered=Struct("Renumbered", actor=U32, first=U64)
)
RANGE = Struct("Range", through=Optional(DOT), count=U32, sum=U64)
REQUEST = Variant(
    a=Struct("Readmit", certificate=CERTIFICATE, owner_name=TEXT),
    b=ListOf(ALIAS_RUN),
    c=Struct("Lost", lane=U8, first=U64, last=U64, chain=BYTES16),
    d=Struct("Check", scope=U32, lane=U8, after=Optional(DOT), ranges=ListOf(RANGE)),
    e=Struct("Dictionary", number=U32, offset=U32),
    f=Struct("Clocks", wall_ms=I64, seen=U64, past=ListOf(PAST_BOOT)),
    g=None,
    h=Struct("AskAside", lengths={1}, after=Optional(DOT)),
)
SIGNED_HELLO = Struct("SignedHello", device=U32, nonce=U32, first_actor=U32, lanes=ListOf(LANE_STATE, 3))
HELLO = Struct(
    "Hello", protocol=U16, catalogue=U32, packing=U8, dictionary=U32, device=U32, nonce=U32, confirmed=U16,
    anchor=Optional(U16), recent=ListOf(U16), incarnation=U64, first_actor=U32, lanes=ListOf(LANE_STATE, 3),
    point=U64, feeds=ListOf(FEED_STATE), boot=U64, uptime_ms=I64, reply_budget_bytes=U32,
    wait_ms=U16, frame_aim=U8, requests=ListOf(REQUEST), signature=Optional(BYTES),
)  # fmt: skip
END = Struct("End", frames=U32, more=BOOL)

REASON = Variant(
    a=None, b=None, c=None, d=None, e=None, f=None, g=None, h=None, i=None, j=None,
    k=U16, l=U16, m=U16, n=U16, o=None, p=None, q=None, r=U16,
)  # fmt: skip
VERDICT = Variant(a=None, b=None, c=REASON)
ACCEPTED = ("a", None)
ACK_RUN = Struct(
    "AckRun", count=U32, commit=U64, first_index=U32, level=U8,
    stamps=ListOf(Struct("StampAt", offset=U32, stamp=U64)),
    verdicts=ListOf(Struct("VerdictAt", offset=U32, verdict=VERDICT)),
    in_inbox=ListOf(U32), conflicts=ListOf(U32),
)  # fmt: skip
LANE_ACK = Struct("LaneAck", lane=U8, through=U64, chain=Optional(BYTES16), runs=ListOf(ACK_RUN))
BOOT_CLOCK = Struct("BootClock", boot=U64, shift_ms=I64, uncertain=BOOL)
ENDED_AREA = Struct(
    "EndedArea", area=U64, ending=Variant(a=None, b=None, c=None, d=None),
    successors=ListOf(Struct("Successor", area=U64, called=TEXT)),
)  # fmt: skip
NOTICE = Variant(
    a=Struct("DictionaryNotice", number=U32, bytes=U32, hash=BYTES),
    b=ENDED_AREA,
)
WELCOME = Struct(
    "Welcome", server_ms=I64, point=U64, acks=ListOf(LANE_ACK), clocks=ListOf(BOOT_CLOCK), gained=ListOf(GRANT),
    lost=ListOf(U32), restarts=ListOf(Struct("Restart", scope=U32, lane=U8)), revoked=BOOL, anchor=Optional(U16),
    notices=ListOf(NOTICE),
)  # fmt: skip
MOVED = Struct("Moved", first=U64, to=DOT, hashes=BYTES, clock=BOOT_CLOCK, run=ACK_RUN)
LANE_FORK = Struct(
    "LaneFork", lengths={4, 5}, hashes=BYTES, runs=ListOf(ACK_RUN), more=BOOL, aside=Optional(ListOf(U64)),
    moved=ListOf(MOVED),
)  # fmt: skip
FORKED = Struct("Forked", certificate=CERTIFICATE, lanes=ListOf(LANE_FORK, 3), clocks=ListOf(BOOT_CLOCK))
KNOWN_BRANCH = Struct(
    "KnownBranch", first_actor=U32, lanes=ListOf(Struct("KnownLane", last=U64, chain=BYTES16), 3)
)  # fmt: skip
OTHER_HISTORY = Struct("OtherHistory", incarnation=U64, branches=ListOf(KNOWN_BRANCH))
REFUSAL = Variant(a=U16, b=OTHER_HISTORY, c=FORKED, d=None, e=None)

_PLACE = {"scope": U32, "lane": U8}
_STATES = {**_PLACE, "base": U64, "after": Optional(DOT), "as_of": U64}
STATES_HEAD = Struct("StatesHead", **_STATES, last=BOOL, digest=Optional(U64))
STATE_FRAME = Struct("StateFrame", **_STATES, states=ListOf(BYTES), last=BOOL, digest=Optional(U64))
NEWS = Variant(
    a=Struct("OpNews", dot=DOT, op=BYTES, facts=FACTS, lane=U8),
    b=Struct("Enter", state=BYTES),
    c=Struct("Leave", record=DOT),
    d=Struct("Replace", state=BYTES),
    e=Struct("VerdictNews", lengths={4, 5}, dot=DOT, verdict=VERDICT, facts=FACTS, in_inbox=BOOL, conflict=BOOL),
)
FEED_ITEM = Struct("FeedItem", position=POSITION, news=NEWS)
_CHANGES = {**_PLACE, "from_": POSITION, "to": POSITION}
CHANGES_HEAD = Struct("ChangesHead", **_CHANGES, digest=Optional(U64))
CHANGE_FRAME = Struct("ChangeFrame", **_CHANGES, items=ListOf(FEED_ITEM), digest=Optional(U64))
REPAIR_FRAME = Struct(
    "RepairFrame", scope=U32, lane=U8, as_of=U64, after=Optional(DOT), through=Optional(DOT),
    states=Optional(ListOf(BYTES)),
)  # fmt: skip
ASIDE_FRAME = Struct(
    "AsideFrame", ops=ListOf(Struct("AsideOp", dot=DOT, lane=U8, op=BYTES, verdict=VERDICT, facts=FACTS))
)  # fmt: skip
DICTIONARY_PIECE = Struct("DictionaryPiece", number=U32, offset=U32, bytes=BYTES)
REFILL = Struct(
    "Refill", content=BYTES, stamps=ListOf(U64),
    verdicts=ListOf(Struct("VerdictAt", offset=U32, verdict=VERDICT)),
)  # fmt: skip
