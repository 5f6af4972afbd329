"""A running office whose disk loses its power at random moments, and what has to be true each time it is back.

The state directory is an ext4 on a loop device; the sockets are elsewhere, as on a box (``/run``). Power goes first,
then the processes, so that nothing they still do reaches the disk.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from appliance.core.model import Span
from appliance.rules.deadlines import DAY_NS
from tests.box import Box, until
from tests.faults.ext4 import Ext4, ext4_on_loop
from tests.faults.trials import NUMBERS, Fault, Trial, breaking, judge, live, stop, trouble
from tests.faults.witness import Witness, what_the_verifier_says
from tests.footage import film_past

__all__ = ["DOINGS", "cut_trial"]

DOINGS = ("viewing", "receiving", "looking")
_PROCESSES = ("keeper", "darkroom", "recorder")
_LONG_AGO_NS = 400 * DAY_NS


def cut_trial(
    directory: Path,
    seed: int,
    cuts: int,
    broken: Mapping[str, str] | None = None,
    seconds: tuple[float, float] = (0, 4),
) -> Trial:
    """Cuts the power ``cuts`` times, ``seconds`` after the cameras recorded again or, now and then, while the office
    still starts. Before each, old footage is put in, which the next start destroys, under the next cut at times."""
    drawn, trial = random.Random(seed), Trial()
    with ext4_on_loop(directory, 256) as disk, breaking(disk.path, broken or {}) as box:
        before: Witness | None = None
        for number in range(cuts):
            box.start(*_PROCESSES)
            if not number or drawn.random() < 0.8:
                _recovered(trial, box, before, directory)
                film_past(box, drawn.choice(NUMBERS), time.time_ns() - _LONG_AGO_NS + number * 10**11, 1.5)
            with Witness(box, DOINGS[number % len(DOINGS)], NUMBERS) as witness:
                time.sleep(drawn.uniform(*seconds))  # the random moment
                trial.faults.append(Fault("cut", time.time_ns(), live(box, _since(trial)), NUMBERS))
                disk.power_off()
                trial.faults[-1].at_ns = time.time_ns()
                box.kill()
                _forget(box.settings.layout.run)
            trial.said.append(witness.said)
            before = witness
            _power_on(disk)
        box.start(*_PROCESSES)
        _recovered(trial, box, before, directory)
        trial.wrong += trouble(box)
        stop(trial, box, _since(trial))
        judge(trial, box, directory)
        disk.check()
    return trial


def _forget(run: str) -> None:
    """What lay in ``/run`` is gone with the power: it is memory. Else a process that outlives its disk for a moment
    would hand on what it saw of that."""
    for path in Path(run).iterdir():
        if path.is_file():
            path.unlink()


def _since(trial: Trial) -> dict[str, int]:
    return dict.fromkeys(NUMBERS, trial.faults[-1].at_ns if trial.faults else 0)


def _recovered(trial: Trial, box: Box, before: Witness | None, directory: Path) -> None:
    """Both cameras record again, everything verifies, and who asks again gets the first answer."""
    since = _since(trial)
    until(lambda: len(live(box, since)) == len(NUMBERS), seconds=90, what="both cameras after the cut")
    trial.wrong += trouble(box)
    if before is not None:
        heads = before.said.heads
        if says := what_the_verifier_says(box, heads, directory / "auditor"):
            trial.wrong.append(says)
        trial.wrong += _asked_again(box, before)


def _asked_again(box: Box, before: Witness) -> list[str]:
    """Repeats the last receipts, answered and unanswered: no case is made twice."""
    wrong: list[str] = []
    client = box.client()
    again = Witness(box, "looking", NUMBERS)
    try:
        acts: dict[str, Span] = dict(list(before.tried.items())[-3:])
        for act, span in acts.items():
            first, second = again.receive(client, act, span), again.receive(client, act, span)
            if first != second or before.said.cases.get(act, (first, span))[0] != first:
                wrong.append(f"act {act} gave {before.said.cases.get(act)} and then case {first} and case {second}")
    finally:
        client.close()
    return wrong


def _power_on(disk: Ext4) -> None:
    """Mounts again as soon as the last camera process is gone."""

    def mounted() -> bool:
        try:
            disk.power_on()
        except subprocess.CalledProcessError:
            return False
        return True

    until(mounted, what="the disk")
