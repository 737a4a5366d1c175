"""The test vectors of the protocol, read by the phone in Python."""

import json
import os
import pathlib
import unittest

from otor_phone import columns, frames, keys, messages, proof, status
from otor_phone.catalogue import BY_NUMBER
from otor_phone.light import Light
from otor_phone.packing import payloads, stream
from otor_phone.exchange import Exchange
from otor_phone.messages import DOT, END, ENROL_REPLY, FACTS, HELLO, OP, SIGNED_HELLO, VERDICT
from otor_phone.phone import OWN_OP, PER_MS, Phone
from otor_phone.record import Record
from otor_phone.shapes import Malformed, pack, unpack

VECTORS = pathlib.Path(
    os.environ.get("OTOR_VECTORS") or pathlib.Path(__file__).resolve().parents[1] / "golden/vectors/v1"
)

BATCHES = {
    "Content": (messages.CONTENT_HEAD, None, columns.read_content),
    "ChangeFrame": (messages.CHANGES_HEAD, messages.FEED_ITEM, columns.read_changes),
    "StateFrame": (messages.STATES_HEAD, None, columns.read_states),
}
SHAPES = {
    "Op": OP, "Hello": HELLO, "Welcome": messages.WELCOME, "Refusal": messages.REFUSAL, "End": END,
    "EnrolRequest": messages.ENROL_REQUEST, "EnrolReply": ENROL_REPLY, "RepairFrame": messages.REPAIR_FRAME,
    "DictionaryPiece": messages.DICTIONARY_PIECE, "Refill": messages.REFILL,
    "AsideFrame": messages.ASIDE_FRAME, "Content": messages.CONTENT,
}  # fmt: skip


def vectors(name):
    return json.loads((VECTORS / f"{name}.json").read_text())["vectors"]


def raw(meaning):
    """What MessagePack holds, from the meaning: names off, variants and bytes told apart from them."""
    if isinstance(meaning, list):
        return list(map(raw, meaning))
    if not isinstance(meaning, dict):
        return meaning
    if meaning.keys() == {"bytes"}:
        return bytes.fromhex(meaning["bytes"])
    if len(meaning) == 1 and len(next(iter(meaning))) == 1:
        return {letter: raw(content) for letter, content in meaning.items()}
    return list(map(raw, meaning.values()))


class Vectors(unittest.TestCase):
    def test_messages_mean_what_the_vectors_say(self):
        for vector in vectors("messages") + vectors("messages-later") + vectors("messages-chains"):
            data, meaning, name = bytes.fromhex(vector["bytes"]), vector["meaning"], vector["message"]
            with self.subTest(name):
                if vector["by_column"]:
                    self._check_batch(name, data, meaning)
                else:
                    self.assertEqual(pack(raw(meaning)), data)
                    shape = SHAPES[name]
                    self.assertEqual(shape.encode(shape.decode(data)), data)
                    self.assertEqual(shape.decode(data), shape.read(raw(meaning)))

    def _check_batch(self, name, data, meaning):
        head_shape, row_shape, read = BATCHES[name]
        head, rows = columns.read(data)
        self.assertEqual(head, pack(raw(meaning["head"])))
        expected = [pack(raw(row)) if row_shape else raw(row) for row in meaning["rows"]]
        self.assertEqual(rows, expected)
        self.assertEqual(read(data), read(columns.write(head, rows)), "told whole, it means the same")
        head_shape.decode(head)

    def test_frames_are_whole_or_told_from_it(self):
        for vector in vectors("frames"):
            data = bytes.fromhex(vector["frame"])
            if "payload" in vector:
                payload = bytes.fromhex(vector["payload"])
                self.assertEqual(frames.frame(vector["type"], payload), data)
                self.assertEqual(list(frames.Unframer(stream(0)).take(data)), [(vector["type"], payload)])
                continue
            try:
                self.assertEqual((list(frames.Unframer(stream(0)).take(data)), vector["spoilt"]), ([], "cut"))
            except Malformed:
                self.assertNotEqual(vector["spoilt"], "cut")

    def test_packed_streams_unpack_frame_by_frame(self):
        for vector in vectors("packing"):
            one, two, three = (stream(vector["dictionary"]) for _ in range(3))
            unframer, packer, own = frames.Unframer(one), frames.Packer(two), frames.Unframer(three)
            for one in vector["stream"]:
                payload = bytes.fromhex(one["payload"])
                data = frames.frame(frames.STATES | frames.PACKED, bytes.fromhex(one["packed"]))
                self.assertEqual(list(unframer.take(data)), [(frames.STATES, payload)])
                self.assertEqual(list(own.take(packer.frame(frames.STATES, payload))), [(frames.STATES, payload)])

    def test_payloads_packed_by_zstd_unpack_each_for_itself(self):
        for vector in vectors("packing-light"):
            learned = bytes.fromhex(vector["learned"]) if "learned" in vector else None
            light = Light(payloads(vector["dictionary"], learned))
            for one in reversed(vector["stream"]):
                payload = bytes.fromhex(one["payload"])
                self.assertEqual(light.unpack(bytes.fromhex(one["packed"])), payload)
                own = light.pack(payload)
                self.assertTrue(own is None or light.unpack(own) == payload)

    def test_keys_codes_chains_and_signatures_come_to_the_same(self):
        for vector in vectors("keys"):
            of = vector.pop("of")
            part = {name: bytes.fromhex(value) for name, value in vector.items() if name not in ("code", "index")}
            getattr(self, f"_check_{of}")(vector, **part)

    def _check_secret(self, _, secret, signing, exchange, fingerprint):
        public = keys.Secret(secret).public
        self.assertEqual((public.signing, public.exchange), (signing, exchange))
        self.assertEqual(keys.fingerprint(public), fingerprint.hex())

    def _check_codes(self, vector, phone_secret, server_secret, **part):
        phone, server = keys.Secret(phone_secret), keys.Secret(server_secret)
        key = phone.device_key(server.public, phone.public)
        self.assertEqual(key.key, server.device_key(phone.public, phone.public).key)
        code = key.hello(part["hello"])
        self.assertEqual(code, part["hello_code"])
        self.assertEqual(key.frame(code, vector["index"], part["content"]), part["frame_code"])
        self.assertEqual(key.welcome(code, part["welcome"]), part["welcome_code"])
        self.assertEqual(key.refusal(code, part["refusal"]), part["refusal_code"])

    def _check_chain(self, _, before, op, after):
        self.assertEqual(keys.chain_after(before, op), after)

    def _check_enrolment(self, vector, phone_secret, server_secret, proof, certificate):
        phone = keys.Secret(phone_secret)
        signed = messages.SIGNED_ENROLMENT.encode((vector["code"], phone.public))
        self.assertEqual(phone.sign(b"otor v1 enrol" + signed), proof)
        certificate = messages.CERTIFICATE.decode(certificate)
        signed = b"otor v1 certificate" + messages.SIGNED_CERTIFICATE.encode(certificate[:4])
        self.assertTrue(keys.is_signed(keys.Secret(server_secret).public, signed, certificate.signature))

    def _check_hello(self, _, secret, hello, signed, signature):
        hello = HELLO.decode(hello)
        parts = SIGNED_HELLO.encode((hello.device, hello.nonce, hello.first_actor, hello.lanes))
        self.assertEqual(b"otor v1 signed hello" + parts, signed)
        self.assertEqual(keys.Secret(secret).sign(signed), signature)

    def test_records_merge_as_the_vectors_say(self):
        for vector in vectors("merges") + vectors("merges-lost"):
            if vector["of"] == "op":
                self._check_op(vector)
            elif vector["of"] == "states":
                one, other = (bytes.fromhex(vector[name]) for name in ("one", "other"))
                for left, right in ((one, other), (other, one)):
                    record = Record.decode(left)
                    record.merge(Record.decode(right))
                    self.assertEqual(record.encode().hex(), vector["merged"])
            else:
                data = bytes.fromhex(vector["bytes"])
                self.assertEqual(unpack(data[1:]), vector["meaning"])
                self.assertEqual(Record.decode(data).encode(), data)

    def _check_op(self, vector):
        dot, facts = DOT.read(raw(vector["dot"])), FACTS.read(vector["facts"])
        op = OP.decode(bytes.fromhex(vector["op"]))
        if vector["before"] is None:
            record = Record.create(dot, vector["lane"], op, facts)
        else:
            record = Record.decode(bytes.fromhex(vector["before"]))
            record.apply(dot, op, facts)
            record.apply(dot, op, facts)
        self.assertEqual(record.encode().hex(), vector["after"])

    def test_statuses_follow_from_the_events(self):
        for vector in vectors("statuses"):
            record = Record.decode(bytes.fromhex(vector["record"]))
            fold = status.report_status if BY_NUMBER[record.kind].name == "report" else status.task_status
            self.assertEqual(fold(record), vector["status"], vector["about"])
            self.assertEqual(status.event_round(record), vector["round"], vector["about"])

    def test_digests_add_up(self):
        for vector in vectors("digests"):
            states = list(map(bytes.fromhex, vector["states"]))
            self.assertEqual(list(map(proof.record_hash, states)), vector["hashes"])
            self.assertEqual(proof.digest(states), vector["digest"])

    def test_stamps_and_uptimes(self):
        for vector in vectors("stamps"):
            if vector["of"] == "stamp":
                at_ms = vector["uptime_ms"] + vector["shift_ms"]
                self.assertEqual(max(at_ms, 0) * PER_MS, vector["stamp"])


class Shown:
    """A clock that shows what it is told."""

    def __init__(self, boot):
        self.boot, self.uptime, self.wall = boot, 0, 0

    def uptime_ms(self):
        return self.uptime

    def wall_ms(self):
        return self.wall


class InMemory:
    def __init__(self):
        self.data = None

    def load(self):
        return self.data

    def save(self, data):
        self.data = data


class Given:
    """A link over which comes what is given, and nothing else."""

    def __init__(self, reply):
        self.reply = reply

    def post(self, path, request):
        # A byte at a time, so that every place a piece may end at is met.
        yield from (self.reply[at : at + 1] for at in range(len(self.reply)))


class Session(unittest.TestCase):
    maxDiff = 2_000

    def test_sessions_go_as_the_vectors_say(self):
        for path in sorted(VECTORS.glob("session-*.json")):
            with self.subTest(path.name):
                self.clock, self.storage = Shown(1), InMemory()
                for vector in vectors(path.stem):
                    getattr(self, f"_{vector.pop('step')}")(**vector)

    def _enrolled(self, secret, reply):
        self.phone = Phone(self.storage, self.clock, bytes.fromhex(secret))
        self.phone.enrolled(ENROL_REPLY.decode(bytes.fromhex(reply)))

    def _write(self, lane, op, boot, wall_minus_uptime_ms, floor, chain):
        log, op = self.phone.log[lane], bytes.fromhex(op)
        self.assertEqual(self.phone.floor(), floor)
        after = keys.chain_after(self.phone.chain_at(lane, len(log)), op)
        self.assertEqual(after.hex(), chain["bytes"])
        log.append(OWN_OP(op, boot, wall_minus_uptime_ms, floor, after, None))
        self.phone.save()

    def _reboot(self):
        self.clock = Shown(self.clock.boot + 1)
        self.phone = Phone(self.storage, self.clock)

    def _exchange(self, nonce, boot, uptime_ms, wall_ms, request, arrived, reply, complete, server, phone):
        self.assertEqual(self.clock.boot, boot)
        self.clock.uptime, self.clock.wall = uptime_ms, wall_ms
        # The app begins anew before every exchange: nothing is only in memory.
        self.phone = Phone(self.storage, self.clock)
        exchange = Exchange(self.phone, nonce, packing=0)
        self._compare_requests(exchange.request, bytes.fromhex(request))
        try:
            exchange.run(Given(bytes.fromhex(reply)))
            ended = True
        except Malformed:
            ended = False
        self.assertEqual(ended, complete)
        self._compare_state(Phone(self.storage, self.clock), phone)

    def _compare_requests(self, own, theirs):
        own, theirs = (list(frames.Unframer(stream(0)).take(request)) for request in (own, theirs))
        self.assertEqual(HELLO.decode(own[0][1][:-16]), HELLO.decode(theirs[0][1][:-16]))
        self.assertEqual(own[0], theirs[0])

        def ops(request):
            contents = [columns.read_content(payload[:-8]) for kind, payload in request if kind == frames.OPS]
            return [
                (content.actor, content.first_seq + at, content.boot, content.wall_minus_uptime_ms, op)
                for content in contents
                for at, op in enumerate(content.ops)
            ]

        self.assertEqual(ops(own), ops(theirs))

    def _compare_state(self, phone, expected):
        self.assertEqual([phone.acked(lane) for lane in (0, 1, 2)], expected["acked"])
        feeds = {feed["scope"]: feed for feed in expected["feeds"]}
        self.assertEqual(phone.scopes.keys(), feeds.keys())
        for scope in phone.scopes.values():
            feed = feeds[scope.scope]
            cursors = tuple(messages.CURSOR.read(raw(cursor)) for cursor in feed["cursors"])
            self.assertEqual(scope.cursors, cursors, f"cursors of scope {scope.scope}")
            self.assertEqual(list(scope.digests), feed["digests"])
            self.assertEqual(scope.losing, feed["losing"])
        records = [held.record.encode().hex() for _, held in sorted(phone.held.items())]
        self.assertEqual(records, expected["records"])
        aside = {DOT.read(raw(dot)): VERDICT.read(raw(verdict)) for dot, verdict in expected["aside"]}
        self.assertEqual(phone.tray(), aside)


if __name__ == "__main__":
    unittest.main()
