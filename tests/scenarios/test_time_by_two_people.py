"""An office without a time service (``T-16``): it records, two people say what the time is, what is recorded from then
on is trusted, and it ends: by its month, with the keeper away, or by a step of the clock.

Real: the keeper with all its stores, the supervisor, the link between them, the disk. Of the test: clock, camera and
the wire.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import slot_start_ns
from appliance.core.errors import Unavailable
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message
from appliance.recorder.camera import channel
from appliance.recorder.supervisor.clock import KeeperClock
from appliance.recorder.supervisor.keeper_client import KeeperLink
from appliance.recorder.supervisor.keeper_orders import Listeners
from appliance.rules.deadlines import DAY_NS
from appliance.services.people.pairs import prove_pair
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.recorder.rig import SECOND, SLOT, Actor, Rig, SetClock
from tests.verbs import VERBS

HOUR_NS = 3600 * SECOND
MONTH_NS = 31 * DAY_NS


class Wire:
    """Calls the keeper's verbs; while it is ``cut`` nobody answers."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper, self.cut, self.told, self.opened = keeper, False, 0, 0
        self._changed = threading.Condition()

    def call(self, verb: str, body: bytes = b"", **arguments: Any) -> Message:
        if self.cut:
            raise Unavailable("keeper: away")
        reply = VERBS[verb](self._keeper, arguments, Message({}, body))
        with self._changed:
            self.told += verb == "recorder.states"
            self.opened += verb == "recorder.opened"
            self._changed.notify_all()
        return Message(reply.head, b"")

    def close(self) -> None:
        return

    def wait_for_states(self, more_than: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.told > more_than, 120)

    def wait_for_opened(self, more_than: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.opened > more_than, 120)


class Life:
    """A keeper and a recorder with one camera, which share a clock that no time service keeps."""

    def __init__(self, keeper: Keeper, clock: SetClock, directory: str) -> None:
        self.keeper, self.clock, self.wire, self._acts = keeper, clock, Wire(keeper), 0
        told = KeeperClock(clock)
        self.link = KeeperLink(
            self.wire, self.wire, clock, "run", [], lambda line: None, listeners=Listeners(trust=told.tell)
        )
        self.link.start()
        self.rig = Rig(
            "01", fs=RealFs(), clock=clock, told=told, directory=directory, link=self.link,
            vault_public=keeper.stores.office.vault_public,
        )  # fmt: skip
        self.actor = self.begin()

    def begin(self) -> Actor:
        """The camera's process, as it is now, begins the bucket it has the newest key for. The keeper hears of it while
        the clock stands: what it hears of after a step, it doubts."""
        opened = self.wire.opened
        rig, actor = self.rig, self.rig.launches.last("01").listen()
        actor.begin(actor.key(slot_start_ns(self.clock.wall)), self.clock.wall)
        actor.frame(self.clock.wall)
        rig.turn()
        if not self.wire.cut:
            self.wire.wait_for_opened(opened)
        return actor

    def told(self) -> None:
        """The recorder reports, and obeys what it hears. The first report may have been under way before, and what
        the second was answered is known when the third is."""
        for _ in range(3):
            told = self.wire.told
            self.actor.frame(self.clock.wall)
            self.rig.turn(1.0)
            self.wire.wait_for_states(told)
        self.rig.turn(1.0)

    def cut_for(self, *reasons: str) -> None:
        """As an honest process does it: the bucket ends, another begins."""
        told = [payload.decode() for kind, payload in self.actor.listen().told if kind == channel.CUT]
        assert told[-len(reasons) :] == list(reasons)
        self.actor.end(reasons[0])
        self.actor = self.begin()
        self.rig.sync()

    def vouch(self, *, off_ns: int) -> None:
        """Two people read the time off a reference, which is ``off_ns`` ahead of the clock."""
        logins = self.keeper.logins
        first = logins.log_in(OFFICER.name, OFFICER.password)
        token = logins.log_in(UNIT_HEAD.name, UNIT_HEAD.password, session=first.token).token
        pair = prove_pair(logins, token, {1: OFFICER.password, 2: UNIT_HEAD.password})
        self._acts += 1
        self.keeper.rules.set_time(f"a{self._acts}", pair, wall_ns=self.clock.wall + off_ns, reference="117")

    def trust_of_buckets(self) -> list[bool]:
        """Of every bucket that closed, in their order, as the index says it."""
        self.actor.end("stopped")
        self.rig.supervisor.finish()
        self.rig.sync()
        self.link.close()
        kept = sorted(self.keeper.ring.index.kept(), key=lambda each: each.boot_ns)
        return [each.trusted for each in kept]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with make_box(tmp_path / "office", [testcard("01")]) as made:
        yield made


@pytest.fixture
def life(box: Box) -> Iterator[Life]:
    clock = SetClock(slot_start_ns(box.made_ns) + SLOT + 60 * SECOND)
    clock.is_trusted = False

    def set_wall(wall_ns: int) -> None:
        clock.wall = wall_ns

    with open_keeper(box.settings, RealFs(), clock, set_wall=set_wall) as keeper:
        made = Life(keeper, clock, box.settings.layout.open)
        try:
            yield made
        finally:
            made.link.close()


def test_T_16_what_is_recorded_after_two_people_said_the_time_is_trusted_until_their_word_ends(life: Life) -> None:
    life.told()
    life.vouch(off_ns=2 * HOUR_NS)
    life.told()
    life.cut_for("clock-step", "trust")
    assert life.keeper.trusted
    life.wire.cut = True
    life.clock.advance(MONTH_NS / SECOND)
    life.rig.turn()
    life.rig.turn(2.0)
    life.actor = life.begin()
    life.wire.cut = False
    assert life.trust_of_buckets() == [False, True, False], "the recorder knew the end that it was told"
    assert not life.keeper.trusted


def test_T_16_a_step_ends_their_word_for_the_recorder_before_the_keeper_hears_of_it(life: Life) -> None:
    life.vouch(off_ns=0)
    life.told()
    life.cut_for("trust")
    life.wire.cut = True
    life.clock.wall += HOUR_NS
    life.rig.turn()
    life.cut_for("clock-step")
    life.wire.cut = False
    assert life.trust_of_buckets() == [False, True, False]
    assert not life.keeper.trusted


def test_T_16_a_second_reading_makes_trust_whole_again(life: Life) -> None:
    life.vouch(off_ns=0)
    life.told()
    life.cut_for("trust")
    life.clock.wall += HOUR_NS
    life.told()
    life.cut_for("clock-step")
    life.vouch(off_ns=-HOUR_NS)
    life.told()
    life.cut_for("clock-step", "trust")
    assert life.trust_of_buckets() == [False, True, False, True]
