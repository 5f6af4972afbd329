"""The keeper's socket under messages of any kind from each user of the machine, known and unknown."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.process import serve
from appliance.keeper.verifying import verification
from appliance.protocol.callers import CONSOLE, Callers
from appliance.protocol.transport import Client
from appliance.storage.boot_files import VAULT_PUBLIC
from appliance.storage.files import RealFs
from tests.box import Box, make_box, testcard, until
from tests.footage import FilmClock

pytestmark = pytest.mark.root

ROOT = Path(__file__).parents[2]
UIDS = {"keeper": 60_801, "recorder": 60_802, "web": 60_803, "darkroom": 60_804, CONSOLE: 0, "stranger": 60_999}
TRIAL = 60_805
"""Whose a trial is: all its processes are this user's."""
FINDINGS = {"finding.opened", "finding.cleared"}
MAY_ENTER = {
    "recorder": FINDINGS | {"recorder.started", "manifests.closed", "reference.opened"},
    "web": FINDINGS,
    CONSOLE: set[str](),
    "keeper": set[str](),
    "darkroom": set[str](),
    "stranger": set[str](),
}
"""What of each may be in the ledger afterwards: only a person's log-in leaves more."""
OWN_FINDINGS = {"web": ("documents-lost", "notices-failing"), "recorder": ("",)}
MOST_KIB = 200 << 10
"""By how much the keeper's process may have grown at its largest."""


class Caller(NamedTuple):
    """Who tries: as what the keeper must take them, their user, and the token that they bring."""

    role: str
    uid: int
    token: str = ""


class State(NamedTuple):
    """What lasts, but for the ledger."""

    catalogue: object
    keys: int
    tables: list[Any]
    files: list[str]


def state(keeper: Keeper, box: Box) -> State:
    files = sorted(str(path) for path in Path(box.settings.layout.office).rglob("*") if "index.sqlite" not in path.name)
    gaps = keeper.ring.index._rows("SELECT count(*) FROM gaps UNION ALL SELECT count(*) FROM openings")
    return State(keeper.ring.catalogue.end, len(keeper.stores.office.key_store), gaps, files)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with make_box(tmp_path / "office", [testcard("01"), testcard("02")]) as made:
        yield made


def fuzzed(box: Box, caller: Caller, seed: str, count: int) -> dict[str, int]:
    words = [
        sys.executable,
        "-m",
        "tests.attack.socketfuzz",
        box.settings.layout.run,
        str(caller.uid),
        caller.token,
        hashlib.sha256(Path(box.settings.layout.boot, VAULT_PUBLIC).read_bytes()).hexdigest(),
        seed,
        str(count),
    ]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=3600)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, int] = json.loads(done.stdout)
    assert sum(found.values()) == count
    return found


def _resident_kib() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def _files() -> int:
    return len(os.listdir("/proc/self/fd"))


def _all_try(box: Box, callers: Callers, trying: dict[str, Caller], seed: str, count: int) -> None:
    clock = FilmClock(box.made_ns)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        server = serve(keeper, callers)
        path = box.settings.layout.socket("keeper")
        os.chmod(box.settings.layout.run, 0o755)
        os.chmod(path, 0o666)
        most_kib, files = _resident_kib(), _files()
        try:
            for name, caller in trying.items():
                role = caller.role
                before, size = state(keeper, box), keeper.ledger.size
                got = fuzzed(box, caller, f"{seed} {name}", count)
                print(f"{name}: {got}")
                entered = list(keeper.ledger.entries(size, keeper.ledger.size))
                kinds = {entry.kind for entry in entered}
                assert kinds <= MAY_ENTER[role], f"{name} left {kinds - MAY_ENTER[role]} in the ledger ({got})"
                keys = {entry.fields["finding"] for entry in entered if entry.kind in FINDINGS}
                assert all(key.startswith(OWN_FINDINGS.get(role, ())) for key in keys), keys
                if role != "recorder":
                    assert state(keeper, box) == before, name
                if role in ("stranger", "darkroom", "keeper"):
                    assert set(got) <= {"reset", "closed", "left", "refused", "nonsense closed", "nonsense broken",
                                        "nonsense refused", "broken", "ok"}  # fmt: skip
                    assert got.get("ok", 0) <= (count if role == "keeper" else 0)
                clock.at_ns += 3600 * 10**9
                client = Client(path, timeout_seconds=120)
                assert client.call("office").head["ok"], f"after {name}"
                client.close()
                until(lambda: _files() <= files + _SPARE_FILES, what="the end of every connection and descriptor")
        finally:
            server.close()
        assert _resident_kib() - most_kib < MOST_KIB
        assert keeper.ring.index.healthy
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert keeper.ring.index.set_aside() == []
        assert keeper.ring.index.healthy
        *_, last = verification(keeper.stores)
        assert last["found"]["ok"], last


_SPARE_FILES = 10
"""What the keeper itself may have opened meanwhile, as the journal of another day."""


def _users(box: Box, seed: str, count: int) -> None:
    """An installed office: each process has a user."""
    roles = {uid: frozenset({role}) for role, uid in UIDS.items() if role != "stranger"}
    _all_try(box, Callers(roles, {}), {role: Caller(role, uid) for role, uid in UIDS.items()}, seed, count)


def _tokens(box: Box, seed: str, count: int) -> None:
    """A trial: one user, and each process has a token. ``Callers.found`` is what its keeper calls."""
    recorder, web, former = (os.urandom(32).hex() for _ in range(3))
    callers = Callers.found(TRIAL, {}, {recorder: frozenset({"recorder"}), web: frozenset({"web"})})
    trying = {
        "recorder's token": Caller("recorder", TRIAL, recorder),
        "web's token": Caller("web", TRIAL, web),
        "no token": Caller(CONSOLE, TRIAL),
        "a former launcher's token": Caller(CONSOLE, TRIAL, former),
        "root": Caller(CONSOLE, 0),
        "a stranger with the recorder's token": Caller("stranger", UIDS["stranger"], recorder),
    }
    _all_try(box, callers, trying, seed, count)


def test_no_user_of_the_machine_can_end_the_keeper_or_leave_what_is_not_theirs(box: Box) -> None:
    _users(box, "sample", 400)


def test_nor_can_any_process_of_a_trial_with_whatever_token(box: Box) -> None:
    _tokens(box, "sample", 400)


@pytest.mark.long
def test_nor_with_a_hundred_thousand_messages(box: Box) -> None:
    _users(box, "full", 100_000 // len(UIDS) + 1)


@pytest.mark.long
def test_nor_with_a_hundred_thousand_messages_and_whatever_token(box: Box) -> None:
    _tokens(box, "full", 100_000 // 6 + 1)
