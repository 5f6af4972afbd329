"""What a fault may cost a running office, and what has to be true afterwards; for ``kills.py`` and ``power_cuts.py``.

Everything is judged at the end, from what can really be decrypted then, camera by camera and fault by fault.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core.errors import RecorderError, Unavailable
from appliance.core.model import Camera
from appliance.core.settings import StorageSettings
from appliance.keeper.verifying import verification
from tests.box import Box, make_box
from tests.faults.broken_process import broken_command
from tests.faults.takes import Film, films_of, stopped
from tests.faults.witness import Acknowledged, certified, what_is_missing, what_the_verifier_says
from tests.peers.steady_source import offer, steady

__all__ = [
    "CAMERAS",
    "LIMIT_NS",
    "NUMBERS",
    "SLACK_NS",
    "Fault",
    "Trial",
    "breaking",
    "judge",
    "live",
    "stop",
    "trouble",
]

LIMIT_NS = 2_000_000_000
"""``INV-23``: what a fault may cost of each camera."""

SLACK_NS = 200_000_000
"""Two pictures of the test card, between the moment a process is killed and the last packet's own time."""

CAMERAS = tuple(map(steady, ("01", "02")))
NUMBERS = tuple(camera.camera_no for camera in CAMERAS)


@dataclass
class Fault:
    """One kill or cut. ``live``: since when each camera that it hit had been live."""

    what: str
    at_ns: int
    live: dict[str, int]
    stops: tuple[str, ...]
    """The cameras whose recording it may interrupt."""


@dataclass
class Trial:
    """What happened and what was found. ``wrong`` is empty when every promise was kept."""

    faults: list[Fault] = field(default_factory=list)
    said: list[Acknowledged] = field(default_factory=list)
    losses_ns: list[int] = field(default_factory=list)
    destroyed: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = {what: sum(each.what == what for each in self.faults) for what in {f.what for f in self.faults}}
        losses = [loss / 1e9 for loss in self.losses_ns] or [0.0]
        cases = sum(len(said.cases) for said in self.said)
        shown = sum(len(said.shown) for said in self.said)
        return (
            f"{len(self.faults)} faults ({', '.join(f'{n} {what}' for what, n in sorted(kinds.items()))}), "
            f"{len(self.losses_ns)} losses measured: mean {sum(losses) / len(losses):.2f} s, max {max(losses):.2f} s; "
            f"{cases} cases, {shown} viewings, {self.destroyed} destructions acknowledged; {len(self.wrong)} wrong"
        )


class _BreakingBox(Box):
    """A box some of whose processes are broken ones."""

    broken: Mapping[str, str] = {}

    def __init__(self, directory: Path, cameras: Sequence[Camera], storage: StorageSettings) -> None:
        super().__init__(directory, cameras, storage)
        plugin = directory.parent / f"{directory.name}-plugin"
        self._python_path = offer(plugin, Path(self.settings_path))

    def command(self, name: str) -> list[str]:
        fault = self.broken.get(name)
        command = broken_command(fault, self.settings_path, name) if fault else super().command(name)
        return ["env", f"PYTHONPATH={self._python_path}", *command]


@contextlib.contextmanager
def breaking(directory: Path, broken: Mapping[str, str], cameras: Sequence[Camera] = CAMERAS) -> Iterator[Box]:
    """``make_box`` with the fault that each process of ``broken`` has."""
    with make_box(directory, cameras, kind=_BreakingBox) as box:
        box.broken = broken  # type: ignore[attr-defined]
        yield box


def live(box: Box, since: Mapping[str, int]) -> dict[str, int]:
    """Which cameras record now, and since when; ``since``: footage older than this does not count."""
    try:
        cameras = box.status()["cameras"]
    except RecorderError:
        return {}
    return {
        each["camera_no"]: each["since_ns"]
        for each in cameras
        if each["state"] == "live" and each["last_written_ns"] > since.get(each["camera_no"], 0)
    }


def trouble(box: Box) -> list[str]:
    """What ``verify`` finds while everything runs, and findings that no kill and no cut explains.

    A slow disk is true of the machine under the trial; what it costs is judged where losses are measured.
    """
    found = box.verified()
    wrong = [] if found["ok"] else [f"verify: {found}"]
    for finding in box.status()["findings"]:
        if not str(finding["key"]).startswith(("camera-", "retention-", "recorder-silent", "disk-slow")):
            wrong.append(f"finding {finding['key']}: {finding['text']}")
    return wrong


def stop(trial: Trial, box: Box, since: Mapping[str, int]) -> None:
    """The orderly stop, held to the same limit as every fault: it shows that recording had gone on until then."""
    trial.faults.append(Fault("stop", time.time_ns(), live(box, since), NUMBERS))
    box.stop()


def judge(trial: Trial, box: Box, directory: Path) -> None:
    """The box is stopped: holds everything against what was promised."""
    with stopped(box) as stores:
        for step in verification(stores):
            if "found" in step and not step["found"]["ok"]:
                trial.wrong.append(f"verification: {step['found']}")
        for said in trial.said:
            trial.wrong += what_is_missing(said, stores)
            trial.destroyed = max(trial.destroyed, len(certified(said, stores)))
        try:
            films = films_of(stores, NUMBERS)
        except Unavailable as error:
            trial.wrong.append(f"nothing can be viewed: {error}")
            films = {}
        for film in films.values():
            _judge_film(trial, film)
    heads = [head for said in trial.said for head in said.heads[-1:]]
    if heads and (says := what_the_verifier_says(box, heads, directory / "auditor")):
        trial.wrong.append(says)


def _judge_film(trial: Trial, film: Film) -> None:
    mine = [fault for fault in trial.faults if film.camera_no in fault.stops]
    for fault in mine:
        if film.camera_no in fault.live:
            lost_ns = film.lost_ns(fault.at_ns, fault.live[film.camera_no])
            trial.losses_ns.append(lost_ns)
            if lost_ns > LIMIT_NS:
                trial.wrong.append(f"camera {film.camera_no}: {fault.what} cost {lost_ns / 1e9:.2f} s")
    begun_ns = min((fault.at_ns for fault in trial.faults), default=0) - 10 * LIMIT_NS
    for hole in film.breaks(begun_ns):
        if not any(hole.start_ns - SLACK_NS <= fault.at_ns <= hole.end_ns + SLACK_NS for fault in mine):
            trial.wrong.append(
                f"camera {film.camera_no}: {(hole.end_ns - hole.start_ns) / 1e9:.2f} s are missing at {hole.start_ns}, "
                "where nothing that records was hit"
            )
    if wrong := film.false_claims():
        trial.wrong.append(f"camera {film.camera_no}: the ring is wrong about {wrong}")
