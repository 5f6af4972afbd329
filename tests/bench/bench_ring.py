"""The ring at full size, beside its goals: a million segment files, their catalogue, ledger, keys and index.

    python -m tests.bench.bench_ring [--files 1000000] [--cameras 16] [--directory D]

Each figure is taken in a process of its own: open, find ten minutes, destroy a day, make the index anew, each with the
memory that its process took at most; and the memory of a keeper through a day's routine. ``--directory`` keeps the
office that was made for the next run, where a day more is destroyed each time.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.core.clock import SLOT_NS
from appliance.core.model import Span
from appliance.core.settings import Settings, read_settings
from appliance.installation.office import open_installation
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.rules.deadlines import DAY_NS
from appliance.storage.files import RealFs
from appliance.vault.index.catalogue import Catalogue
from appliance.vault.index.index import Index
from appliance.vault.index.shelves import Shelves
from tests.bench.big_office import BATCH_NS, TARGET_DAYS, first_ns_of, make_big_office
from tests.footage import FilmClock

OPEN, FIND, DESTROY, ANEW, MEMORY = "1 s", "2 ms", "1 s", "60 s", "100 MiB"
"""The goals."""


def say(what: str, figure: str, goal: str = "", more: str = "") -> None:
    print(f"  {what:<36}{figure:>10}  {f'goal {goal}' if goal else '':<14}{more}".rstrip(), flush=True)


def say_memory(of: str) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"memory, {of}", f"{peak:.0f} MiB", MEMORY)


def timed(what: str, act: Callable[[], Any], times: int = 1, goal: str = "") -> Any:
    """Runs ``act`` and says the median wall and processor time it took, and of many the 95th percentile."""
    took: list[tuple[float, float]] = []
    result: Any = None
    for _ in range(times):
        start, cpu = time.perf_counter(), time.process_time()
        result = act()
        took.append((time.perf_counter() - start, time.process_time() - cpu))
    walls, cpus = sorted(wall for wall, _ in took), sorted(cpu for _, cpu in took)
    more = f"cpu {_seconds(cpus[times // 2])}" + (f", p95 {_seconds(walls[int(times * 0.95)])}" if times > 1 else "")
    say(what, _seconds(walls[times // 2]), goal, more)
    return result


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 0.1 else f"{value * 1000:.2f} ms"


def days_destroyed(settings: Settings) -> int:
    """By earlier runs of the bench."""
    noted = Path(settings.layout.state, "days_destroyed")
    return int(noted.read_text(encoding="ascii")) if noted.exists() else 0


def open_index(settings: Settings, clock: FilmClock) -> tuple[Callable[[], Index], str]:
    """How the index is opened over its catalogue, which is open already; and where it lies."""
    fs, layout = RealFs(), settings.layout
    office = open_installation(fs, layout, clock, os.urandom, storage=settings.storage)
    catalogue = Catalogue(fs, office.places.catalogue, office.box_keys.catalogue_key, clock, os.urandom)
    path = os.path.join(layout.keeper, "index.sqlite")
    return lambda: Index(path, catalogue, Shelves(fs, layout.open, layout.ring).listing), path


def anew(settings: Settings, clock: FilmClock) -> None:
    act, path = open_index(settings, clock)
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + suffix)
    index = timed("index made anew", act, goal=ANEW)
    assert not index.doubt
    assert not index.missing
    totals = index.totals()
    index.close()
    say_memory("making it anew")
    say("segment files", f"{totals.segments:,}", more=f"index {os.path.getsize(path) / 1e6:.0f} MB")


def look(settings: Settings, clock: FilmClock) -> None:
    act, _ = open_index(settings, clock)
    index: Index = timed("index opened", act, goal=OPEN)
    assert not index.rebuilt
    some, first_ns, cameras = random.Random(2), first_ns_of(settings), index.cameras()

    def minutes(length_ns: int) -> tuple[str, Span]:
        start_ns = first_ns + some.randrange(TARGET_DAYS * DAY_NS - length_ns)
        return some.choice(cameras), Span(start_ns, start_ns + length_ns)

    timed("find ten minutes", lambda: index.find(*minutes(SLOT_NS)), 2000, goal=FIND)
    timed("gaps of a day", lambda: index.gaps_in(*minutes(DAY_NS)), 200)
    timed("days held of a camera", lambda: index.days_held("03"), 20)
    timed("oldest check", lambda: index.oldest_check(1 << 62), 100)
    timed("quick check", index.check)
    timed("bytes by day", index.bytes_by_day)
    index.close()
    say_memory("opening and finding")


def keep(settings: Settings, clock: FilmClock) -> None:
    """A keeper's start, its daily batch, and every duty once."""
    with contextlib.ExitStack() as stack:
        keeper: Keeper = timed("keeper opened", lambda: stack.enter_context(open_keeper(settings, RealFs(), clock)))
        say_memory("a keeper that started")
        batch = timed("a day destroyed", keeper.destruction.routine, goal=DESTROY)  # the check of the index included
        assert batch is not None
        Path(settings.layout.state, "days_destroyed").write_text(str(days_destroyed(settings) + 1), encoding="ascii")
        say("buckets destroyed", f"{len(batch.destroyed):,}", more=" ".join(each.kind for each in batch.verdict.danger))
        say_memory("and destroyed a day")
        house = housekeeping(keeper)
        timed("every duty once", house.turn)
        say_memory("and did every duty")
        timed("ledger and catalogue read", keeper.tasks.reading.read)
        say_memory("and read its stores")


STEPS: dict[str, Callable[[Settings, FilmClock], None]] = {
    "bare": lambda settings, clock: say_memory("the bare interpreter with imports"),
    "anew": anew,
    "look": look,
    "keep": keep,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--directory", default="", help="where the office is made, and kept (default: a temporary one)")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        directory = given.directory or temporary
        if given.step:
            settings = read_settings(os.path.join(directory, "office.toml"))
            day = TARGET_DAYS + days_destroyed(settings)
            STEPS[given.step](settings, FilmClock(first_ns_of(settings) + day * DAY_NS + BATCH_NS))
            return
        make_big_office(directory, given.cameras, given.files)
        print(f"load before {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        for step in STEPS:
            command = [sys.executable, "-m", "tests.bench.bench_ring", "--directory", directory, "--step", step]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)  # what the keeper logs


if __name__ == "__main__":
    main()
