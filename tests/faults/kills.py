"""Processes of a running office killed at random moments, and started again as the launcher and supervisor do it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.box import PROCESSES, Box, until
from tests.faults.trials import LIMIT_NS, NUMBERS, Fault, Trial, breaking, judge, live, stop, trouble
from tests.faults.witness import Witness

__all__ = ["VICTIMS", "emergency_trial", "kill_trial"]

_RECORDING = ("recorder", "forks", "everything")
_BACK_OFF_SECONDS = 0.5
"""How long the launcher waits before it starts a process again."""

VICTIMS = ("keeper", "recorder", "darkroom", "web", "camera", "forks", "everything")


def kill_trial(
    directory: Path,
    seed: int,
    kills: int,
    broken: Mapping[str, str] | None = None,
    *,
    victims: Sequence[str] = VICTIMS,
    seconds: tuple[float, float] = (0, 1.5),
) -> Trial:
    """Kills processes at random moments, ``seconds`` after the last was well again, some while another is still coming
    back, while people use the office. Each is started again as the launcher does, a camera's process by its supervisor.
    Every kind of victim has its turn."""
    drawn, trial = random.Random(seed), Trial()
    with breaking(directory / "office", broken or {}) as box:
        box.start()
        stopped_ns = dict.fromkeys(NUMBERS, 0)
        until(lambda: len(live(box, stopped_ns)) == len(NUMBERS), seconds=90, what="both cameras")
        plan = [*victims, *(drawn.choice(victims) for _ in range(kills))][:kills]
        drawn.shuffle(plan)
        with Witness(box, "viewing", NUMBERS) as witness:
            for victim in plan:
                time.sleep(drawn.uniform(*seconds))  # the random moment
                _kill(box, victim, drawn.choice(NUMBERS), stopped_ns, trial)
                if drawn.random() < 0.75:
                    until(lambda: len(live(box, stopped_ns)) == len(NUMBERS), seconds=90, what="both cameras again")
            until(lambda: len(live(box, stopped_ns)) == len(NUMBERS), seconds=90, what="both cameras at the end")
        trial.said.append(witness.said)
        trial.wrong += trouble(box)
        stop(trial, box, stopped_ns)
        judge(trial, box, directory)
    return trial


def emergency_trial(directory: Path) -> Trial:
    """The recorder comes back without a keeper, records into emergency buckets, and is killed before anyone took them
    over."""
    trial, nobody = Trial(), dict.fromkeys(NUMBERS, 0)
    with breaking(directory / "office", {}) as box:
        box.start()
        until(lambda: len(live(box, nobody)) == len(NUMBERS), seconds=90, what="both cameras")
        trial.faults.append(Fault("keeper and recorder", time.time_ns(), live(box, nobody), NUMBERS))
        box.kill("recorder", "keeper")
        box.start("recorder")
        begun = until(lambda: _emergency_ns(box), what="footage in emergency buckets")
        until(lambda: time.time_ns() > begun + 2 * LIMIT_NS, what="enough of it")
        trial.faults.append(Fault("recorder alone", time.time_ns(), dict.fromkeys(NUMBERS, begun), NUMBERS))
        box.kill("recorder")
        box.start("keeper", "recorder")
        since = dict.fromkeys(NUMBERS, trial.faults[-1].at_ns)
        until(lambda: len(live(box, since)) == len(NUMBERS), seconds=90, what="both cameras again")
        trial.wrong += trouble(box)
        stop(trial, box, since)
        judge(trial, box, directory)
    return trial


def _emergency_ns(box: Box) -> int:
    """Now, once every camera has footage in an emergency bucket; else 0."""
    names = os.listdir(box.settings.layout.open)
    buckets = [name.split(".")[0] for name in names if name.endswith(".emergency")]
    segments = [Path(box.settings.layout.open, f"{bucket}.0000.seg") for bucket in buckets]
    filled = [segment for segment in segments if segment.exists() and segment.stat().st_size > 20_000]
    return time.time_ns() if len(filled) == len(NUMBERS) else 0


def _kill(box: Box, victim: str, camera_no: str, stopped_ns: dict[str, int], trial: Trial) -> None:
    stops = (camera_no,) if victim == "camera" else NUMBERS if victim in _RECORDING else ()
    fault = Fault(victim, 0, {no: at for no, at in live(box, stopped_ns).items() if no in stops}, stops)
    child = {"camera": f"cam {camera_no}", "forks": "camera forks"}.get(victim)
    pids = until(lambda: _children(box, child), what=child) if child else []
    fault.at_ns = time.time_ns()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    names: tuple[str, ...] = (victim,)
    if victim == "everything":
        names = PROCESSES
        for name in names:
            box.processes[name].send_signal(signal.SIGKILL)
    elif victim == "camera":
        names = ()
    elif victim == "forks":
        names = ("recorder",)
        box.processes["recorder"].wait(120)
    if names:
        box.kill(*names)
        time.sleep(_BACK_OFF_SECONDS)
        box.start(*names)
    for number in stops:
        stopped_ns[number] = time.time_ns() if names else fault.at_ns + LIMIT_NS // 4
    trial.faults.append(fault)


def _children(box: Box, name: str) -> list[int]:
    """The recorder's own of that name, which come and go."""
    return [pid for pid in _family(box.processes["recorder"].pid) if _name(pid) == name]


def _family(pid: int) -> Iterator[int]:
    """The process's descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in map(int, children):
        yield child
        yield from _family(child)


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
