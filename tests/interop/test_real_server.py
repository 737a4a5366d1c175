"""Python phones against the real server: they enrol, create, edit, are cut off everywhere, and converge."""

import random
import threading
import time
import unittest

from otor_phone import columns
from otor_phone.exchange import Exchange, Refused
from otor_phone.record import Record
from real_server import RealServer
from rows import row_fields
from station import Station

COUNTY = 150821
DAY_MS = 24 * 3600 * 1000


class AgainstTheRealServer(unittest.TestCase):
    grids = 0

    @classmethod
    def setUpClass(cls):
        cls.server = RealServer()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def field(self, *workers, **phones):
        """A grid of its own, and a worker of it with a phone for each name."""
        AgainstTheRealServer.grids += 1
        self.grid = COUNTY * 10**9 + 100_201_000 + AgainstTheRealServer.grids
        self.server.otor_table(["code", "name", "level"], [self.grid, "格", "grid"], command=["areas", "import"])
        named = {name: f"{name}-{AgainstTheRealServer.grids}" for name in workers}
        self.server.otor_table(
            ["code", "name", "areas"], *([code, name, self.grid] for name, code in named.items()),
            command=["workers", "import"],
        )  # fmt: skip
        stations = [Station(self.server, code, **phones).enrol() for code in named.values()]
        self.persons = {station.phone.owner: station.worker for station in stations}
        return stations

    def visit(self, station, number, **fields):
        said = "".join(random.Random(number).choices("水管漏了又说要人来看老小孩子病药钱地界井车门灯火", k=40))
        note = f"第{number}户，{said}。"
        return station.phone.create("visit", self.grid, household=f"{self.grid}-{number:03}", note=note, **fields)

    def assert_agreed(self, *stations):
        """Phones hold the same bytes, and the centre pulls what they come to."""
        rows = {id: row for id, row in self.server.pull().items() if row["area"] == str(self.grid)}
        for station in stations:
            self.assertEqual(station.phone.proof.differed, 0, "a digest differed")
        first, *others = [station.records() for station in stations]
        for other in others:
            self.assertEqual(first, other)
        self.assertEqual({f"{record.actor}-{record.seq}" for record in first}, rows.keys())
        for record, data in first.items():
            row = rows[f"{record.actor}-{record.seq}"]
            for name, value in row_fields(Record.decode(data), self.persons).items():
                told = row["fields"][name]
                self.assertEqual("issued" if told == "delivered" else told, value, name)

    def test_two_phones_write_edit_and_converge(self):
        one, two = self.field("one", "two")
        visit = self.visit(one, 1, tags=["elderly"], resident_count=2, lat=411234567)
        report = one.phone.create("report", self.grid, title="水管漏水", severity=2, phone="13800000000")
        urgent = one.phone.create("report", self.grid, title="塌方", severity=4)
        self.assertEqual(urgent.actor, one.phone.actor(0))
        one.sync()
        two.sync()
        self.assert_agreed(one, two)
        one.phone.edit(visit, set={"resident_count": 3}, remove={"tags": ["elderly"]}, append={"notes": ["再访"]})
        two.phone.edit(visit, set={"resident_count": 4}, add={"tags": ["水", "煤"]})
        one.phone.edit(report, set={"phone": "13911111111", "category": "water"})
        two.phone.edit(report, set={"phone": "13922222222", "severity": 3})
        two.phone.edit(report, event=("handle", {}))
        one.phone.edit(report, event=("close", {"outcome": ("a", "已修")}))
        for station in (one, two, one):
            station.sync()
        self.assert_agreed(one, two)
        phones = row_fields(one.phone.held[report].record, {})["phone"]
        self.assertEqual(sorted(phones), ["13911111111", "13922222222"], "both survive")
        self.assertEqual(one.phone.held[visit].record.items(61).keys(), {("a", "水"), ("a", "煤")})

    def test_what_a_worker_sees_has_their_own_work_before_it_is_sent(self):
        (one,) = self.field("one")
        visit = self.visit(one, 1)
        one.phone.edit(visit, set={"category": "routine"})
        self.assertEqual(one.phone.seen(visit).value(6), ("a", "routine"))
        one.restart()
        self.assertEqual(one.phone.seen(visit).value(6), ("a", "routine"))
        self.assertEqual(one.unsent(), 2)

    def test_a_request_cut_anywhere_is_finished_by_the_next(self):
        one, two = self.field("one", "two")
        length = None
        cut, number = 0, 0
        while length is None or cut < length:
            number += 1
            visit = self.visit(one, number)
            one.phone.edit(visit, set={"follow_up": "周五"})
            length = len(Exchange(one.phone, 1).request)
            one.attempt(up=cut)
            one.restart()
            one.sync()
            self.assertEqual(one.unsent(), 0)
            cut += 37
        two.sync()
        self.assert_agreed(one, two)

    def test_a_reply_cut_anywhere_is_finished_by_the_next(self):
        one, two = self.field("one", "two")
        cut, number = 0, 0
        while True:
            number += 1
            self.visit(one, number, category="routine")
            self.visit(two, number)
            one.sync()
            if two.attempt(down=cut) is not None:
                break
            two.restart()
            two.sync()
            cut += 17
        one.sync()
        self.assertGreater(cut, 200, "there was a reply to cut")
        self.assert_agreed(one, two)

    def test_a_lost_reply_loses_nothing_and_doubles_nothing(self):
        one, two = self.field("one", "two")
        for number in range(5):
            self.visit(one, number)
            one.attempt(down=0)
        self.assertEqual(one.unsent(), 5)
        one.restart()
        one.sync()
        two.sync()
        self.assertEqual(len(two.records()), 5)
        self.assert_agreed(one, two)

    def test_it_gets_there_however_little_crosses_at_a_time(self):
        for packing, down in ((0, 3_000), (1, 1_500), (2, 2_000)):
            one, two = self.field("one", "two", packing=packing)
            for number in range(60):
                self.visit(one, number)
            self.assertGreater(one.sync(up=3_000, down=3_000), 1)
            self.assertGreater(two.sync(down=down), 1)
            self.assertEqual(len(two.records()), 60)
            self.assert_agreed(one, two)

    def test_an_enrolment_whose_reply_is_lost_is_repeated(self):
        self.field("one")
        again = Station(self.server, "one-%d" % AgainstTheRealServer.grids).enrol(lose_replies=2)
        again.sync()

    def test_a_frame_that_is_not_understood_comes_again_plainly(self):
        (one,) = self.field("one")
        one.sync()
        self.visit(one, 1)
        write, columns.write_content = columns.write_content, lambda content: b"nonsense"
        try:
            one.attempt()
        finally:
            columns.write_content = write
        self.assertTrue(one.phone.plainly)
        self.assertEqual(one.unsent(), 1)
        one.sync()
        self.assertFalse(one.phone.plainly)
        self.assert_agreed(one)

    def test_a_task_reaches_the_phone_is_done_and_the_centre_sees_it(self):
        (one,) = self.field("one")
        one.sync()
        task = self.server.otor(
            "task", "create", "--title", "看井", "--area", str(self.grid), "--assignee", one.worker, "--json"
        )
        one.sync()
        (record,) = one.records()
        self.assertIn(f'"{record.actor}-{record.seq}"', task.replace(" ", ""))
        one.phone.edit(record, event=("accept", {}))
        one.phone.edit(record, event=("complete", {"outcome": ("a", "井盖已换")}))
        one.sync()
        self.assert_agreed(one)
        self.assertEqual(self.server.pull()[f"{record.actor}-{record.seq}"]["fields"]["status"], "done")

    def test_a_waiting_phone_is_told_at_once_and_an_idle_wait_ends_well(self):
        (one,) = self.field("one")
        one.sync()
        began = time.monotonic()
        self.assertIs(one.attempt(wait_ms=500), False)
        self.assertGreaterEqual(time.monotonic() - began, 0.5)
        self.assertEqual(one.records(), {})
        arguments = ("task", "create", "--title", "看井", "--area", str(self.grid), "--assignee", one.worker)
        centre = threading.Timer(1, self.server.otor, arguments)
        centre.start()
        began = time.monotonic()
        self.assertIs(one.attempt(wait_ms=25_000), False)
        self.assertLess(time.monotonic() - began, 20)
        centre.join()
        self.assertEqual(len(one.records()), 1)

    def test_a_bad_op_is_kept_aside_and_released_and_holds_up_nothing(self):
        one, two = self.field("one", "two")
        good = self.visit(one, 1)
        elsewhere = one.phone.create("visit", COUNTY * 10**9 + 999_999_999, note="别处")
        bad = one.phone.edit(good, append={"notes": ["长" * 4001]})
        after = self.visit(one, 2)
        one.sync()
        self.assertEqual(one.phone.tray().keys(), {elsewhere, bad})
        two.sync()
        self.assertEqual(two.records().keys(), {good, after})
        one.restart()
        self.assertEqual(one.phone.tray().keys(), {elsewhere, bad})

    def test_an_edit_outside_ones_area_is_released_by_the_centre(self):
        one, two = self.field("one", "two")
        visit = self.visit(two, 1)
        two.sync()
        one.sync()
        self.server.otor("workers", "move", one.worker, "--areas", str(COUNTY * 10**9 + 100_201_001))
        # The phone does not know yet; it was written after the move.
        edit = one.phone.edit(visit, append={"notes": ["已调走"]})
        one.sync()
        self.assertEqual(one.phone.tray(), {edit: ("c", ("d", None))})
        self.server.otor("quarantine", "release", f"{edit.actor}-{edit.seq}")
        one.sync()
        two.sync()
        self.assertEqual(one.phone.tray(), {})
        self.assertEqual([entry.what for entry in two.phone.held[visit].record.log(60)], [("a", ("a", "已调走"))])

    def test_a_wrong_clock_and_a_reboot_do_no_harm(self):
        for wrong_by_ms in (-20_000 * DAY_MS, DAY_MS, 4_400 * DAY_MS):
            one, two = self.field("one", "two")
            one.clock.wrong_by_ms = wrong_by_ms
            visit = self.visit(one, 1, category="first")
            one.sync()
            one.reboot()
            one.phone.edit(visit, set={"category": "second"})
            one.reboot()
            one.phone.edit(visit, set={"category": "third"})
            one.sync()
            two.sync()
            self.assert_agreed(one, two)
            self.assertEqual(two.phone.held[visit].record.value(6), ("a", "third"))
            two.phone.edit(visit, set={"category": "fourth"})
            two.sync()
            one.sync()
            self.assertEqual(one.phone.held[visit].record.value(6), ("a", "fourth"))
            self.assert_agreed(one, two)

    def test_a_killed_server_has_what_it_acknowledged(self):
        one, two = self.field("one", "two")
        self.visit(one, 1)
        one.sync()
        self.visit(one, 2)
        self.server.kill()
        self.assertIsNone(one.attempt())
        self.server.start()
        one.sync()
        two.sync()
        self.assertEqual(len(two.records()), 2)
        self.assert_agreed(one, two)

    def test_a_reply_of_another_server_is_not_taken(self):
        (one,) = self.field("one")
        self.visit(one, 1)
        exchange = Exchange(one.phone, 7)
        exchange.key.key = bytes(32)
        with self.assertRaises(Exception):
            exchange.run(one.link)
        self.assertEqual(one.unsent(), 1)

    def test_a_phone_of_another_history_is_refused_and_keeps_its_work(self):
        (one,) = self.field("one")
        self.visit(one, 1)
        one.phone.identity = one.phone.identity._replace(incarnation=1)
        with self.assertRaises(Refused):
            Exchange(one.phone, 7).run(one.link)
        self.assertEqual(one.unsent(), 1)

    def test_two_copies_of_a_phone_lose_nothing_and_double_nothing(self):
        one, two = self.field("one", "two")
        before = self.visit(one, 1, tags=["elderly"])
        one.sync()
        # Both hold an op that is not sent yet; one of them sends it first.
        shared = one.phone.edit(before, append={"notes": ["共同"]})
        twin = one.copy()
        self.visit(one, 2)
        own = self.visit(twin, 3)
        twin.phone.edit(own, set={"category": "twin"}, append={"notes": ["孪生"]})
        twin.phone.edit(before, add={"tags": ["煤"]})
        for station in (one, twin, one, twin, two, one):
            station.sync()
        self.assertNotEqual(one.phone.identity.certificate.actors, twin.phone.identity.certificate.actors)
        self.assert_agreed(one, twin, two)
        now = twin.phone.named_now(own)
        self.assertNotEqual(now, own)
        self.assertEqual(two.phone.held[now].record.value(6), ("a", "twin"))
        self.assertEqual(len(two.records()), 3)
        notes = two.phone.held[before].record.log(60)
        self.assertEqual([(entry.dot, entry.what[1]) for entry in notes], [(shared, ("a", "共同"))])

    def test_work_that_both_hold_unsent_comes_once_whoever_hands_it_over_first(self):
        for first_is_twin in (True, False):
            one, two = self.field("one", "two")
            one.sync()
            shared = self.visit(one, 1)
            one.phone.edit(shared, append={"notes": ["共同"]})
            twin = one.copy()
            # The server meets the original's attempt and nothing of its ops: the hello comes whole, with room for the
            # attempt before, which it names.
            one.attempt(up=10)
            one.attempt(up=one.hello_length + 15)
            self.assertEqual(one.unsent(), 2)
            if not first_is_twin:
                # The twin is told that it is one, and gets its numbers, before the original hands anything over.
                twin.attempt()
                self.assertEqual((twin.unsent(), twin.phone.actor(2) != one.phone.actor(2)), (2, True))
            order = (twin, one) if first_is_twin else (one, twin)
            one.phone.edit(shared, append={"notes": ["原机"]})
            for station in (*order, *order, two):
                station.sync()
            self.assert_agreed(one, twin, two)
            self.assertEqual(len(two.records()), 1)
            (record,) = two.phone.held.values()
            self.assertEqual([entry.what[1] for entry in record.record.log(60)], [("a", "共同"), ("a", "原机")])

    def test_a_phone_put_back_from_an_old_backup_goes_on(self):
        one, two = self.field("one", "two")
        self.visit(one, 1)
        one.sync()
        backup = one.copy()
        self.visit(one, 2)
        elsewhere = one.phone.create("visit", COUNTY * 10**9 + 999_999_999, note="别处")
        one.sync()
        self.assertEqual(backup.phone.tray(), {})
        backup.sync()
        # What it has forgotten and is kept aside is in its tray again.
        self.assertEqual(backup.phone.tray(), one.phone.tray())
        self.assertEqual(backup.phone.tray().keys(), {elsewhere})
        self.visit(backup, 3)
        backup.sync()
        two.sync()
        backup.restart()
        backup.sync()
        self.assertEqual(backup.phone.tray().keys(), {elsewhere})
        self.assert_agreed(backup, two)
        self.assertEqual(len(two.records()), 3)

    def test_a_worker_is_told_what_became_of_a_grid_that_was_split(self):
        (one,) = self.field("one")
        self.visit(one, 1)
        one.sync()
        grids = AgainstTheRealServer.grids
        parts = [COUNTY * 10**9 + 100_201_500 + grids * 2 + part for part in (0, 1)]
        named = [f"--into={code}={name}" for code, name in zip(parts, ("东片", "西片"))]
        self.server.otor("areas", "split", str(self.grid), *named)
        one.sync()
        one.restart()
        (ended,) = one.phone.ended
        self.assertEqual((ended.area, ended.ending), (self.grid, ("a", None)))
        self.assertEqual([tuple(part) for part in ended.successors], list(zip(parts, ("东片", "西片"))))

    def test_a_server_back_from_a_backup_is_refilled_and_a_phone_enrolled_since_is_admitted_again(self):
        shared, self.server = self.server, RealServer()
        try:
            one, two = self.field("one", "two")
            before = self.visit(one, 1)
            for station in (one, two):
                station.sync()
            self.server.kill()
            self.server.back_up()
            self.server.start()
            self.visit(one, 2)
            one.phone.edit(before, append={"notes": ["备份后补的"]})
            elsewhere = one.phone.create("visit", COUNTY * 10**9 + 999_999_999, note="别处")
            one.sync()
            new = Station(self.server, one.worker).enrol()
            self.visit(new, 3)
            for station in (new, two, one):
                station.sync()
            self.server.kill()
            self.server.restore()
            self.server.start()
            self.visit(two, 4)
            self.visit(new, 5)
            for station in (one, two, new, one, two, new):
                station.sync()
            self.assert_agreed(one, two, new)
            self.assertEqual(len(two.records()), 5)
            self.assertEqual(one.phone.tray().keys(), {elsewhere})
            self.assertEqual([entry.what[1] for entry in two.phone.held[before].record.log(60)], [("a", "备份后补的")])
        finally:
            self.server.close()
            self.server = shared

    def test_a_damaged_mirror_is_found_by_its_digest_and_mended(self):
        one, two = self.field("one", "two")
        for number in range(60):
            self.visit(one, number)
        one.sync()
        two.sync()
        self.assertGreater(two.phone.proof.agreed, 0)
        damaged, missing, *_, last = sorted(two.phone.held)
        two.phone.held[damaged].record.fields[5] = two.phone.held[last].record.fields[5]
        del two.phone.held[missing]
        two.phone.save()
        two.restart()
        visit = self.visit(two, 99)
        two.sync()
        self.assertEqual(two.phone.proof.differed, 1)
        self.assertIn(visit, two.phone.held)
        one.sync()
        two.restart()
        two.sync()
        self.assert_agreed(one, two)

    def test_a_budget_brings_a_reply_in_pieces(self):
        one, two = self.field("one", "two")
        for number in range(120):
            self.visit(one, number)
        one.sync()
        self.assertTrue(two.attempt(budget=3000), "something is left behind")
        self.assertTrue(0 < len(two.records()) < 120)
        two.sync()
        self.assert_agreed(one, two)


if __name__ == "__main__":
    unittest.main()
