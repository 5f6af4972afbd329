"""AT-19: a disk that fills while its oldest footage is 20 days old loses none of it, whoever asks and however long.

The whole store on a simulated disk with a size, the ladder and routine destruction over it, time handed in. The same
on a real disk with real processes is in ``tests/faults/test_disk_pressure.py``.
"""

from __future__ import annotations

import itertools

import pytest

from appliance.core.errors import Refused
from appliance.core.model import Camera
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.rules.pressure import REDUCED, DiskSpace, Ladder, marks, relief_of, step
from tests.faults.memory_fs import MemoryFs
from tests.vault.ringcases import DIRECTORIES, MovingClock, Store, entered, new_disk

CAMERAS = [
    Camera(camera_no=number, location="x", source="x", priority=priority) for number, priority in (("C1", 1), ("C2", 2))
]
STEP_NS = DAY_NS // 8
WHOLE, THIN = 1000, 100
"""Bytes of made-up footage in a bucket: in full, and key frames only."""


class SizedDisk(MemoryFs):
    """Of a size: what lies in ring and open takes of it."""

    capacity = 0

    def used(self) -> int:
        return sum(len(data) for path, data in self.files().items() if path.endswith(".seg"))

    def free_bytes(self, path: str) -> int:
        return self.capacity - self.used()

    def total_bytes(self, path: str) -> int:
        return self.capacity


class Office:
    """Two cameras that write a bucket every three hours, as the ladder lets them; routine after each."""

    def __init__(self) -> None:
        self.fs = SizedDisk(*DIRECTORIES)
        start = new_disk()
        self.fs._root = start._root
        self.clock = MovingClock()
        self.store = Store(self.fs, self.clock)
        self.ladder, self.levels = Ladder(), [0]
        self.day_bytes = 0
        self.destroyed: list[str] = []
        self.ends: dict[str, int] = {}

    def record(self, steps: int) -> None:
        for _ in range(steps):
            relief = relief_of(self.ladder, CAMERAS)
            for camera in CAMERAS:
                if camera.camera_no not in relief.stopped:
                    size = THIN if relief.reduced else WHOLE
                    made = self.store.record(camera.camera_no, self.clock.wall_ns(), size=size, step_seconds=600)
                    self.ends[made.bucket_id] = made.end_ns
            self.clock.go_to(self.clock.wall_ns() + STEP_NS)
            if self.fs.capacity:
                self.look()

    def look(self) -> None:
        store = self.store
        free, total = self.fs.free_bytes("/"), self.fs.total_bytes("/")
        eligible = store.destruction.eligible_bytes()
        for _ in range(3):
            room = DiskSpace(free, total, eligible, self.day_bytes)
            self.ladder = step(self.ladder, room, len(CAMERAS), self.clock.boot_ns())
            if self.ladder.level != self.levels[-1]:
                self.levels.append(self.ladder.level)
        store.destruction.day_bytes = self.day_bytes if self.ladder.level >= REDUCED else 0
        batch = store.destruction.routine()
        self.destroyed += batch.destroyed if batch else ()

    def fill(self, days_left: float) -> None:
        """Gives the disk its size: what there is, the reserve, and room for some days' writing."""
        self.day_bytes = self.fs.used() // 20
        wanted = self.fs.used() + days_left * self.day_bytes
        self.fs.capacity = int(wanted * 20 / 19)


def test_at_19_a_twenty_day_old_oldest_segment_never_goes_and_recording_gives_way_instead() -> None:
    office = Office()
    office.record(8 * 20)
    old = {path: data for path, data in office.fs.files().items() if path.endswith(".seg")}
    office.fill(days_left=1.5)
    office.record(8 * 10)
    assert office.levels == [0, 1, 2, 3, 4], "each rung in its order"
    assert office.destroyed == []
    assert {path: office.fs.files().get(path) for path in old} == old
    oldest = min(office.store.index.kept(), key=lambda bucket: bucket.start_ns).bucket_id
    with pytest.raises(Refused, match="inside its floor"):
        office.store.destruction.destroy([oldest], "space")
    assert entered(office.store.ledger, "destroy.intended") == []
    assert office.fs.free_bytes("/") > marks(office.fs.capacity, office.day_bytes).reserve, "and the reserve is whole"


def test_at_19_when_footage_passes_its_floor_recording_comes_back_by_itself_oldest_first() -> None:
    office = Office()
    office.record(8 * 20)
    office.fill(days_left=1.5)
    office.record(8 * 30)
    assert max(office.levels) > REDUCED
    assert office.ladder.level < REDUCED, "the first days are past their floor, and there is room again"
    assert office.destroyed, "and so they went"
    judged = {
        id_: entry["judged"]["now_ns"]
        for entry in entered(office.store.ledger, "destroy.intended")
        for id_ in entry["buckets"]
    }
    for bucket_id in office.destroyed:
        assert judged[bucket_id] >= start_ns_of(day_of(office.ends[bucket_id] - 1)) + 32 * DAY_NS
    ends = [office.ends[bucket_id] for bucket_id in office.destroyed]
    assert ends == sorted(ends), "oldest first"
    assert min(bucket.end_ns for bucket in office.store.index.kept()) >= max(ends), "and none was passed over"
    assert all(abs(after - before) == 1 for before, after in itertools.pairwise(office.levels))


def test_at_19_with_more_room_given_recovery_goes_back_the_same_way() -> None:
    office = Office()
    office.record(8 * 20)
    office.fill(days_left=1.5)
    office.record(8 * 5)
    assert office.levels == [0, 1, 2, 3, 4]
    office.fs.capacity *= 3
    office.record(8)
    assert office.levels == [0, 1, 2, 3, 4, 3, 2, 1, 0]
