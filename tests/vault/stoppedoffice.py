"""A whole office that stands still: made by set-up, filled and led by a real keeper on a disk in memory, then stopped.

What lay on its disk at earlier moments is kept, as a backup or an attacker keeps it. Only the index and the lock lie on
a real disk, because SQLite writes one.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from appliance.core.settings import read_settings
from appliance.installation.setup import NewPerson, create_installation
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message
from appliance.rules.deadlines import DAY_NS
from appliance.sandbox.protocol import Block, Opening, Sample
from appliance.storage.journal import entries_of
from appliance.vault.keys.passwords import HashParams
from tests.box import OFFICER, UNIT_HEAD, testcard
from tests.caselife import CaseLife
from tests.faults.memory_fs import MemoryFs
from tests.sandbox.films import film
from tests.services.viewing import NOON_NS, Office
from tests.vault.ringcases import MovingClock, drawn
from tests.verbs import VERBS

__all__ = [
    "CAMERAS",
    "END_NS",
    "SECOND_NS",
    "START_NS",
    "Disk",
    "Moment",
    "StoppedOffice",
    "life_in",
    "two",
]

SECOND_NS = 1_000_000_000
START_NS = NOON_NS + 60 * DAY_NS - 5 * SECOND_NS
END_NS = START_NS + 40 * SECOND_NS
CAMERAS = ("C1", "C2")
_LEAVER = NewPerson("leaver", "林離職", ("officer",), "one-more-very-long-password")


class Moment(NamedTuple):
    """What lay on the disk at one moment; ``head`` left the box then."""

    files: Mapping[str, bytes]
    index: bytes
    head: str


class Disk(NamedTuple):
    """A stopped office to manipulate: its files, the path of its index, and what both were at earlier moments."""

    fs: MemoryFs
    index: Path
    office: str
    older: tuple[Moment, ...]

    @property
    def ring(self) -> str:
        return f"{self.office}/ring"

    @property
    def open(self) -> str:
        return f"{self.office}/open"

    def under(self, *places: str) -> list[str]:
        """Files below these folders of the office, in order."""
        folders = tuple(f"{self.office}/{place}" for place in places)
        return sorted(path for path in self.fs.files() if path.startswith(folders))

    def segments(self) -> list[str]:
        return [path for path in self.under("ring/") if path.endswith(".seg")]

    def journals(self) -> list[str]:
        return [path for path in self.under("keeper/catalogue/") if path.endswith(".journal")]

    @contextlib.contextmanager
    def rows(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self.index)) as db, db:
            yield db


class FedDarkroom:
    """A darkroom that makes nothing of what it is handed. ``fed`` is that, in order."""

    lost = interrupted = False

    def __init__(self) -> None:
        self.fed: list[Sample] = []

    def connect(self) -> FedDarkroom:
        return self

    def open(self, opening: Opening) -> None:
        pass

    def push(self, samples: Sequence[Sample]) -> Block:
        self.fed.extend(samples)
        return Block("video/mp4", b"made")

    def finish(self, end_ns: int = 0) -> Block:
        return Block("", b"")

    def close(self) -> None:
        pass


class _Recorder:
    """The half of :class:`~tests.services.viewing.Office` that is a recorder, over a keeper's ring."""

    record_film, record_items = Office.record_film, Office.record_items

    def __init__(self, keeper: Keeper) -> None:
        self.fs, self.ring, self.clock = keeper.plain_fs, keeper.ring, keeper.clock
        self.keystore = keeper.stores.office.key_store
        self.vault_public = keeper.stores.office.vault_public
        self.random = drawn(f"recorder {keeper.clock.wall_ns()}")


def _recorder(keeper: Keeper) -> Any:
    return _Recorder(keeper)


def _ask(keeper: Keeper, verb: str, **arguments: Any) -> dict[str, Any]:
    return dict(VERBS[verb](keeper, arguments, Message({}, b"")).head)


def two(keeper: Keeper) -> str:
    """A session of both people."""
    first = _ask(keeper, "login", name=OFFICER.name, password=OFFICER.password)["session"]
    return str(_ask(keeper, "login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, session=first)["session"])


class StoppedOffice:
    """Footage of two cameras over a slot's border: buckets of one and of two segments, one that lost its power, one
    that was destroyed; statements of two days; a keyholder's slot that was voided; a case that waits
    for the viewing of all the footage. ``head`` left the box when it was stopped."""

    def __init__(self, directory: Path) -> None:
        written = directory / "settings.toml"
        written.write_text(
            f'state = "{directory}/state"\nrun = "{directory}/run"\nassume_trusted_clock = true\n'
            '[disk]\nrecords_mib = 1\n[storage]\nanchor = "file"\n',
            encoding="utf-8",
        )
        self.settings = read_settings(str(written))
        layout = self.settings.layout
        self.office, self.index, self.head = layout.office, Path(layout.keeper, "index.sqlite"), ""
        for path in (layout.run, layout.keeper):
            os.makedirs(path)
        self._moments: list[Moment] = []
        self.fs, self._clock = MemoryFs(layout.state, layout.run), MovingClock(START_NS - DAY_NS - 7200 * SECOND_NS)
        self.vkey = self._set_up()
        self._keep_after(self._begin)
        self._keep_after(self._destroy)
        self._keep_after(self._record)
        self._keep_after(self._close)
        self._keep_after(self._finish)
        self.now_ns, self._kept = self._clock.now_ns, self._moments.pop()
        self.size = len(self.entries(self.fs))

    def _set_up(self) -> str:
        return create_installation(
            self.fs,
            self.settings.layout,
            self._clock,
            office_name="測試辦公室",
            people=(OFFICER, UNIT_HEAD, _LEAVER),
            cameras=[testcard(camera_no) for camera_no in CAMERAS],
            host_names=("localhost",),
            trial=True,
            random=drawn("set-up"),
            params=HashParams(memory_kib=8, iterations=1),
            suite=1,
            storage=self.settings.storage,
        ).vkey

    def _keep_after(self, work: Callable[[Keeper], None]) -> None:
        with self._running(self.fs, self._clock, f"start {len(self._moments)}") as keeper:
            work(keeper)
            self.head = keeper.ledger.checkpoint()
        assert not Path(f"{self.index}-wal").exists()
        self._moments.append(Moment(self.fs.files(), self.index.read_bytes(), self.head))

    @contextlib.contextmanager
    def _running(self, fs: MemoryFs, clock: MovingClock, seed: str) -> Iterator[Keeper]:
        with open_keeper(self.settings, fs, clock, drawn(seed)) as keeper:
            keeper.playback._darkroom = FedDarkroom()  # type: ignore[assignment]
            yield keeper

    def _begin(self, keeper: Keeper) -> None:
        _recorder(keeper).record_film(film(2), NOON_NS)
        keeper.tasks.heads.issue_head()

    def _destroy(self, keeper: Keeper) -> None:
        self._clock.go_to(START_NS - DAY_NS)
        batch = keeper.destruction.routine()
        assert batch is not None
        assert len(batch.destroyed) == 1
        keeper.keyholders.disable(_LEAVER.name)

    def _record(self, keeper: Keeper) -> None:
        self._clock.go_to(START_NS)
        recorder = _recorder(keeper)
        recorder.record_film(film(8, sound="aac"), START_NS)
        self._clock.go_to(END_NS)
        one, other = film(3), film(3, first=200, width=640)
        arrivals = {id(p): START_NS + 10 * SECOND_NS + round(one.seconds(p) * 1e9) for p in one.packets}
        arrivals |= {id(p): START_NS + 16 * SECOND_NS + round(other.seconds(p) * 1e9) for p in other.packets}
        items = [one.streams, *one.packets, other.streams, *other.packets]
        recorder.record_items(items, lambda packet: arrivals[id(packet)], camera_no="C2")
        recorder.record_film(film(4, first=400), START_NS + 22 * SECOND_NS, camera_no="C2", close=False)

    def _close(self, keeper: Keeper) -> None:
        keeper.recovery.at_hello([], END_NS)

    def _finish(self, keeper: Keeper) -> None:
        self._clock.go_to(START_NS + DAY_NS)
        assert len(keeper.statements.make_due()) == 2
        keeper.tasks.heads.issue_head()
        life = life_in(keeper, two(keeper))
        self.case = life.granted(CAMERAS, START_NS, END_NS)
        life.notify(self.case)
        life.schedule(self.case)
        life.act("prepare", self.case)

    # --- what comes after ---

    def disk(self) -> Disk:
        """A copy to manipulate."""
        self.index.write_bytes(self._kept.index)
        return Disk(self.fs.snapshot(), self.index, self.office, tuple(self._moments))

    @contextlib.contextmanager
    def opened(self, disk: Disk) -> Iterator[Keeper]:
        """The office as its next start finds it."""
        with self._running(disk.fs, MovingClock(self.now_ns), "again") as keeper:
            yield keeper

    def entries(self, fs: MemoryFs) -> list[bytes]:
        """The ledger's entries as they lie on the disk."""
        return entries_of(fs.read(f"{self.office}/keeper/ledger/ledger.log"))[0]


def life_in(keeper: Keeper, session: str) -> CaseLife:
    """What leads cases of this keeper, in the name of both."""
    some = drawn(f"acts {keeper.ledger.size}")
    return CaseLife(functools.partial(_ask, keeper), session, keeper.clock.wall_ns, act=lambda: some(16).hex())
