"""Enrolment, and one exchange: the request from what the phone holds, and the reply as it comes."""

import hmac

from . import catalogue, columns, copies, frames, pace, recovery, taking
from .keys import is_signed
from .link import Declined
from .messages import (
    ASIDE_FRAME, CONTENT, END, ENROL_REPLY, ENROL_REQUEST, FEED_STATE, HELLO, POSITION, REFUSAL, REPAIR_FRAME, SIGNED_CERTIFICATE,
    SIGNED_ENROLMENT, SIGNED_HELLO, WELCOME, END_OF_COMMIT,
)  # fmt: skip
from .light import begun
from .packing import known, stream
from .phone import LANES
from .shapes import Malformed, require

PROTOCOL = 1
OPS_MAX = 64


class Refused(Exception):
    def __init__(self, refusal):
        super().__init__(f"refused: {refusal}")
        self.refusal = refusal


def enrol(phone, link, code):
    """The phone's secret is durable already: the same request may be sent again and again."""
    keys = phone.secret.public
    proof = phone.secret.sign(b"otor v1 enrol" + SIGNED_ENROLMENT.encode((code, keys)))
    request = ENROL_REQUEST.encode((PROTOCOL, code, keys, proof))
    frame = frames.frame(frames.ENROL_REQUEST, request)
    unframer = frames.Unframer(stream(0))
    for piece in link.post("/v1/enrol", frame):
        for frame_type, payload in unframer.take(piece):
            require(frame_type == frames.ENROL_REPLY, "no enrolment")
            reply = ENROL_REPLY.decode(payload)
            signed = b"otor v1 certificate" + SIGNED_CERTIFICATE.encode(reply.certificate[:4])
            require(is_signed(reply.server, signed, reply.certificate.signature), "a certificate of somebody else")
            require(reply.certificate.keys == keys, "somebody else's certificate")
            phone.enrolled(reply)


class Exchange:
    """One attempt. `run` returns whether the reply was complete, and whether the server left something behind."""

    def __init__(self, phone, nonce, packing=1, only_ask=False, budget=0, wait_ms=0):
        self.phone, self.nonce = phone, phone.nonce_of(nonce)
        self.packing = 0 if phone.plainly else min(packing, phone.identity.packing)
        self.dictionary = known(phone.identity.dictionary) if self.packing else 0
        self.key = phone.secret.device_key(phone.identity.server, phone.secret.public)
        self.welcomed, self.applied, self.passed_over = None, 0, False
        self.first_sent = {}
        contents = [] if only_ask else self._contents()
        hello = self._hello(bool(contents), budget, wait_ms)
        self.sent = [len(log) for log in phone.log]
        self.stream = begun(self.dictionary) if self.packing == 2 else stream(self.dictionary)
        phone.begin_attempt(self.nonce)
        self.lanes = hello.lanes
        self.request = self._request(hello, contents)

    def _contents(self):
        contents = []
        for lane in LANES:
            seq = self.phone.acked(lane) + 1
            while seq <= len(self.phone.log[lane]):
                self.first_sent.setdefault(lane, seq)
                contents.append(content := self._content(lane, seq))
                seq += len(content.ops)
        return contents

    def _content(self, lane, seq):
        """As many ops from `seq` on as go into one frame."""
        log = self.phone.log[lane]
        aim = 1 << pace.frame_aim(self.phone.carried)
        first, ops, floors, origins, size = log[seq - 1], [], [], [], 0
        for own in log[seq - 1 :]:
            same = (own.boot, own.wall_minus_uptime_ms) == (first.boot, first.wall_minus_uptime_ms)
            same &= bool(own.formerly) == bool(first.formerly)
            if not same or len(ops) == OPS_MAX or (ops and size + len(own.op) > aim):
                break
            if not floors or floors[-1][1] != own.floor:
                floors.append((len(ops), own.floor))
            if own.origin:
                origins.append((len(ops), *own.origin))
            ops.append(own.op)
            size += len(own.op)
        head = (self.phone.actor(lane), seq, first.boot, first.wall_minus_uptime_ms, floors)
        return CONTENT(*head, ops, origins or None)

    def _hello(self, signed, budget, wait_ms):
        phone = self.phone
        hello = HELLO(
            protocol=PROTOCOL, catalogue=catalogue.VERSION, packing=self.packing, dictionary=self.dictionary,
            device=phone.identity.certificate.device, nonce=self.nonce, confirmed=phone.confirmed,
            anchor=phone.anchor if phone.anchor != phone.confirmed else None,
            recent=tuple(phone.recent), incarnation=phone.identity.incarnation, first_actor=phone.actor(0),
            lanes=phone.lane_states(), point=phone.point(), feeds=self._feeds(), boot=phone.clock.boot,
            uptime_ms=max(phone.clock.uptime_ms(), phone.last_uptime_ms()), reply_budget_bytes=budget,
            wait_ms=wait_ms, frame_aim=pace.frame_aim(phone.carried), requests=self._requests(),
        )  # fmt: skip
        if not signed:
            return hello
        message = SIGNED_HELLO.encode((hello.device, hello.nonce, hello.first_actor, hello.lanes))
        return hello._replace(signature=phone.secret.sign(b"otor v1 signed hello" + message))

    def _requests(self):
        if self.phone.aside_due:
            self.phone.asks_aside, self.phone.aside_after, self.phone.aside_due = True, None, False
        asked = recovery.readmission(self.phone)
        asked += [("b", self.phone.aliases)] if self.phone.aliases and not self.phone.aliases_told else []
        asked += [("g", None)] if self.phone.copied else []
        asked += [("h", (self.phone.aside_after,))] if self.phone.asks_aside else []
        clocks = self.phone.clocks_to_ask()
        return asked + ([clocks] if clocks else []) + self.phone.proof.requests(self.phone)

    def _feeds(self):
        if self.phone.scopes_unsure:
            return []
        here = ("b", POSITION(self.phone.point(), END_OF_COMMIT))
        scopes = sorted(self.phone.scopes.values())
        return [
            FEED_STATE(scope.scope) if set(scope.cursors) == {here} else FEED_STATE(scope.scope, *scope.cursors)
            for scope in scopes
        ]

    def _request(self, hello, contents):
        hello = HELLO.encode(hello)
        self.hello_code = self.key.hello(hello)
        request = frames.frame(frames.HELLO if contents else frames.HELLO_ALONE, hello + self.hello_code)
        self.hello_length = len(request)
        if not contents:
            return request
        packer = frames.Packer(self.stream)
        for index, content in enumerate(contents):
            refill = recovery.refill(self.phone, content)
            frame_type = frames.REFILL if refill else frames.OPS
            plain = refill or (CONTENT.encode(content) if self.phone.plainly else None)
            payload = plain or columns.write_content(content)
            payload += self.key.frame(self.hello_code, index, payload)
            request += packer.frame(frame_type, payload) if self.packing else frames.frame(frame_type, payload)
        return request + frames.frame(frames.END, END.encode((len(contents), False)))

    def run(self, link):
        try:
            return self._run(link)
        except Declined as declined:
            self.phone.plainly |= declined.status == 400
            # A server back from a backup may not know it until it is shown the certificate.
            self.phone.unknown |= declined.status == 401
            self.phone.save()
            raise

    def _run(self, link):
        unframer = frames.Unframer(self.stream.turn())
        for piece in link.post("/v1/sync", self.request):
            for frame_type, payload in unframer.take(piece):
                end = self._take(frame_type, payload)
                if end is not None:
                    return self._complete(end)
        raise Malformed("a reply without its end")

    def _take(self, frame_type, payload):
        if frame_type == frames.REFUSAL and not self.welcomed:
            refusal = REFUSAL.decode(self._sealed(payload, self.key.refusal))
            if refusal[0] == "c":
                copies.take_fork(self.phone, refusal[1])
            if refusal[0] == "b":
                recovery.take_history(self.phone, refusal[1])
            raise Refused(refusal)
        if frame_type in (frames.WELCOME, frames.WELCOME_ALONE) and not self.welcomed:
            self.welcomed = WELCOME.decode(self._sealed(payload, self.key.welcome))
            taking.take_welcome(self.phone, self.welcomed, self.nonce, self.lanes)
            return END(0, False) if frame_type == frames.WELCOME_ALONE else None
        require(self.welcomed, "a frame before the welcome")
        if frame_type == frames.CHANGES:
            self._count(taking.take_changes(self.phone, columns.read_changes(payload)))
        elif frame_type == frames.STATES:
            self._count(taking.take_states(self.phone, columns.read_states(payload)))
        elif frame_type == frames.REPAIR:
            taking.take_repair(self.phone, REPAIR_FRAME.decode(payload))
        elif frame_type == frames.ASIDE:
            taking.take_aside(self.phone, ASIDE_FRAME.decode(payload))
        else:
            require(frame_type == frames.END, f"a frame of type {frame_type}")
            return END.decode(payload)
        return None

    def _sealed(self, payload, code):
        message, its_code = payload[:-16], payload[-16:]
        require(hmac.compare_digest(code(self.hello_code, message), its_code), "not from our server")
        return message

    def _count(self, applied):
        self.applied += applied
        self.passed_over |= not applied

    def _complete(self, end):
        # Op frames that nobody answers for are not understood: the next ones go plainly.
        self.phone.plainly = any(self.phone.acked(lane) < seq for lane, seq in self.first_sent.items())
        if not end.more and not self.passed_over:
            taking.reach(self.phone, self.welcomed.point)
            taking.aside_is_told(self.phone)
            self.phone.proof.compare(self.phone, self.welcomed.point, self.sent)
        self.phone.save()
        return end.more
