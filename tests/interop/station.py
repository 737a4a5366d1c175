"""A phone in the field: its clock, its storage, its link, and trying until it has synchronised."""

import os
import pathlib
import random
import time

from otor_phone.exchange import Exchange, Refused, enrol
from otor_phone.link import Cut, Declined, Link
from otor_phone.phone import Phone
from otor_phone.shapes import Malformed
from otor_phone.storage import File
from otor_phone.taking import Forked

ATTEMPTS_MAX = 400


class Clock:
    """Uptime is the machine's; the wall clock is wrong by `wrong_by_ms`."""

    def __init__(self, wrong_by_ms=0):
        self.boot, self.wrong_by_ms = random.getrandbits(64), wrong_by_ms
        self.started = time.monotonic_ns()

    def uptime_ms(self):
        return (time.monotonic_ns() - self.started) // 1_000_000

    def wall_ms(self):
        return time.time_ns() // 1_000_000 + self.wrong_by_ms


class Station:
    def __init__(self, server, worker, wrong_by_ms=0, packing=1):
        self.server, self.worker, self.packing = server, worker, packing
        self.clock = Clock(wrong_by_ms)
        self.link = Link(server.address)
        self.storage = File(pathlib.Path(server.folder.name) / f"phone-{worker}-{random.getrandbits(32):08x}")
        self.phone = Phone(self.storage, self.clock, os.urandom(32))

    def enrol(self, lose_replies=0):
        code = self.server.invite(self.worker)
        for _ in range(lose_replies):
            self.link.down = 0
            try:
                enrol(self.phone, self.link, code)
            except Cut:
                self.restart()
        enrol(self.phone, self.link, code)
        return self

    def copy(self):
        """Another phone with the same identity: a clone, or a backup put back."""
        other = Station(self.server, self.worker, self.clock.wrong_by_ms, self.packing)
        other.storage.save(self.storage.load())
        other.restart()
        return other

    def restart(self):
        """The app is killed and begins anew from what is stored."""
        self.phone = Phone(self.storage, self.clock)

    def reboot(self):
        self.clock = Clock(self.clock.wrong_by_ms)
        self.restart()

    def attempt(self, up=None, down=None, **options):
        """One exchange, cut where it is said. Whether the server left something behind; None if it was cut."""
        exchange = Exchange(self.phone, random.randrange(1, 2**32), packing=self.packing, **options)
        self.under_way, self.hello_length = len(exchange.request), exchange.hello_length
        self.link.up, self.link.down = up, down
        before, left = self.link.sent + self.link.received, None
        try:
            left = exchange.run(self.link)
        except (Cut, Declined, Forked, Malformed, Refused, OSError):
            pass
        self.link.up = self.link.down = None
        self.phone.contact_ended(self.link.sent + self.link.received - before, left is not None)
        return left

    def sync(self, up=None, down=None):
        """Tries until all is sent and all is there; each attempt is cut where it is said. How many it took."""
        only_ask = False
        for attempts in range(1, ATTEMPTS_MAX):
            left = self.attempt(up, down, only_ask=only_ask)
            if left is False and not self.unsent() and not self.phone.proof.doubts:
                return attempts
            # After a cut with much under way, first ask what has arrived.
            only_ask = left is None and self.under_way > 2_048
        raise AssertionError(f"{self.worker} does not get there:\n{self.server.said()[-2000:]}")

    def unsent(self):
        return sum(own.told is None for _, _, own in self.phone.own_ops())

    def records(self):
        """The bytes of every record the phone holds."""
        return {record: held.record.encode() for record, held in self.phone.held.items()}
