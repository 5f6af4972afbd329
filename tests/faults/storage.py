"""An office under its real launcher whose footage has a disk of its own, so that the disk alone can fail or go away."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from appliance.core.errors import RecorderError
from appliance.core.model import Camera, Span
from appliance.core.settings import StorageSettings
from appliance.protocol.callers import handed
from tests.box import Box, make_box, until
from tests.faults.takes import stopped
from tests.faults.trials import CAMERAS, LIMIT_NS, NUMBERS, Fault, Trial, judge, live
from tests.peers.steady_source import offer

__all__ = ["LaunchedBox", "StorageTrial", "launched"]


class LaunchedBox(Box):
    """Its processes are the launcher's: what ends is started again as on a trial box."""

    def __init__(self, directory: Path, cameras: Sequence[Camera], storage: StorageSettings, more: str = "") -> None:
        super().__init__(directory, cameras, storage, more)
        plugin = directory.parent / f"{directory.name}-plugin"
        self._python_path = offer(plugin, Path(self.settings_path))

    def launch(self) -> None:
        words = [sys.executable, "-m", "appliance", "--settings", self.settings_path, "run"]
        pipe, more = handed({self.token: ["recorder", "web", "console"]})
        with self.log.open("ab") as log:
            self.processes["launcher"] = subprocess.Popen(
                words,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **more, "PYTHONPATH": str(self._python_path)},
                pass_fds=(pipe,),
            )
        os.close(pipe)

    def stop(self) -> None:
        self.kill("launcher", how=signal.SIGTERM)

    def findings(self) -> dict[str, str]:
        """Texts by key, as ``appliance status --json`` says them; none while the keeper is away."""
        with contextlib.suppress(RecorderError):
            return {str(each["key"]): str(each["text"]) for each in self.status()["findings"]}
        return {}

    def finding(self, key: str, seconds: float = 120) -> str:
        return until(lambda: self.findings().get(key, ""), seconds=seconds, what=f"finding {key}")

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """The fields of all ledger entries of a kind."""
        size = int(self.status()["ledger"]["size"])
        session = self.both_logged_in()
        found: list[dict[str, Any]] = []
        for start in range(0, size, 200):
            page = self.call("ledger.list", session=session, start=start, count=200)["entries"]
            found += [entry["fields"] for entry in page if entry["kind"] == kind]
        return found


@contextlib.contextmanager
def launched(directory: Path, footage: Path | None = None) -> Iterator[LaunchedBox]:
    """A running office of two cameras. ``directory`` is its state, ``footage`` the mounted disk of its footage."""
    kind = functools.partial(LaunchedBox, more=f'footage = "{footage}"' if footage else "")
    with make_box(directory, CAMERAS, kind=kind) as box:
        assert isinstance(box, LaunchedBox)
        try:
            box.launch()
            until(lambda: len(live(box, dict.fromkeys(NUMBERS, 0))) == len(NUMBERS), seconds=120, what="both cameras")
            yield box
        finally:
            box.kill("launcher", how=signal.SIGTERM)


class StorageTrial:
    """Faults one after another in one office, and what each promised: :meth:`during` a fault, then :meth:`judge`."""

    def __init__(self, box: LaunchedBox, directory: Path) -> None:
        self.box, self._directory, self.trial = box, directory, Trial()
        self.resumed: dict[str, float] = {}

    @contextlib.contextmanager
    def during(self, name: str, end: Callable[[], object], *, within: float) -> Iterator[None]:
        """Inside, the fault begins and is looked at; then ``end`` ends it, and both cameras must record again
        ``within`` seconds without anybody's doing."""
        nobody = dict.fromkeys(NUMBERS, 0)
        self.trial.faults.append(Fault(name, time.time_ns(), live(self.box, nobody), NUMBERS))
        yield
        end()
        ended_ns = time.time_ns()
        since = dict.fromkeys(NUMBERS, ended_ns)
        until(lambda: len(live(self.box, since)) == len(NUMBERS), seconds=within, what=f"footage after {name}")
        self.resumed[name] = (time.time_ns() - ended_ns) / 1e9

    def stop_and_judge(self) -> list[str]:
        """What is wrong once it is stopped: verification, losses (``INV-23``), gaps without a cause, destructions."""
        box = self.box
        wrong = [f"{kind}: {fields}" for kind in _DESTRUCTIONS for fields in box.entries(kind)]
        # A busy machine makes the cameras late; what they have not sent yet is nobody's loss.
        until(lambda: len(live(box, dict.fromkeys(NUMBERS, time.time_ns() - _LATE_NS))) == len(NUMBERS), what="both")
        self.trial.faults.append(Fault("stop", time.time_ns(), live(box, dict.fromkeys(NUMBERS, 0)), NUMBERS))
        box.stop()
        judge(self.trial, box, self._directory)
        return wrong + self.trial.wrong + self._unexplained()

    def _unexplained(self) -> list[str]:
        """Gaps from the first fault to the last that do not say why."""
        begun, ended = self.trial.faults[0].at_ns, self.trial.faults[-1].at_ns
        with stopped(self.box) as stores:
            return [
                f"camera {gap.camera_no}: {(gap.end_ns - gap.start_ns) / 1e9:.2f} s are missing for no reason"
                for camera_no in NUMBERS
                for gap in stores.ring.gaps_in(camera_no, Span(begun, ended - LIMIT_NS))
                if gap.cause == "unknown"
            ]


_LATE_NS = 1_000_000_000
_DESTRUCTIONS = ("destroy.intended", "destroy.done", "destroy.abandoned")


def web_answers(box: Box) -> bool:
    """Whether the web process shows its log-in page."""
    trust = ssl.create_default_context(cafile=box.installed.ca_path)
    with urllib.request.urlopen(f"https://localhost:{box.port}/", timeout=120, context=trust) as answer:
        return bool(answer.status == 200)
