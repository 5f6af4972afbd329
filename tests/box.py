"""A whole recorder for tests: a real office in a folder of its own, its real processes, its real sockets.

It is made by the code that makes every office; only the password hash is cheap and the passwords are known.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from appliance.cli.launcher import process_command
from appliance.core.clock import SLOT_NS, SystemClock
from appliance.core.messages import from_map
from appliance.core.model import Camera
from appliance.core.settings import FILE_ANCHOR, Settings, StorageSettings, read_settings
from appliance.installation.setup import NewPerson, create_installation
from appliance.protocol.callers import Callers, Tokens
from appliance.protocol.transport import Client
from appliance.storage.files import RealFs
from appliance.vault.keys.passwords import HashParams

__all__ = ["EVERYBODY", "OFFICER", "UNIT_HEAD", "Box", "make_box", "no_border_for", "testcard", "until"]

OFFICER = NewPerson("officer", "王小明", ("officer", "manager"), "correct-horse-battery-staple")
UNIT_HEAD = NewPerson("head", "陳課長", ("unit_head", "secretary", "director"), "another-very-long-password")
PROCESSES = ("keeper", "darkroom", "recorder", "web")
_T = TypeVar("_T")
_JUST_NOW_NS = 5_000_000_000


def until(seen: Callable[[], _T | None], *, seconds: float = 120.0, what: str = "it") -> _T:
    """Waits for an event by looking for it; the limit only ends a failure. Returns what was seen."""
    end = time.monotonic() + seconds
    while True:
        found = seen()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {seconds} s")
        time.sleep(0.02)


def no_border_for(seconds: int) -> None:
    """Returns when no bucket ends for so long; at most a hundred seconds, or it waits too long."""
    until(lambda: -SystemClock().wall_ns() % SLOT_NS > seconds * 10**9, what="a new bucket's beginning")


def testcard(camera_no: str, **settings: Any) -> Camera:
    return Camera(
        camera_no=camera_no,
        location=f"測試畫面 {camera_no}",
        source="testcard",
        settings={"label": camera_no, "width": 320, "height": 180, "bitrate": 200_000, **settings},
        sound=True,
    )


testcard.__test__ = False  # type: ignore[attr-defined]

EVERYBODY = Callers({os.geteuid(): frozenset({"recorder", "web", "console", "keeper"})}, {})
"""For a keeper in the test's own process: the test speaks as each."""


class Box:
    """An office and its processes. ``start`` and ``kill`` take names of processes; no name means all."""

    trial = True
    stations = False
    """Whether it listens for viewing stations."""
    station_port = 0
    host_name = "localhost"
    """In its certificate and its addresses."""
    people: Sequence[NewPerson] = (OFFICER, UNIT_HEAD)

    def __init__(
        self, directory: Path, cameras: Sequence[Camera], storage: StorageSettings = FILE_ANCHOR, more: str = ""
    ) -> None:
        """``more``: further lines of its settings file, before its tables."""
        self.directory, self.cameras = directory, tuple(cameras)
        self.made_ns = SystemClock().wall_ns()
        self.kept_ports = [socket.socket() for _ in range(1 + self.stations)]
        """Bound and silent as long as there is the box: nobody else is given these ports, and its web may listen."""
        for each in self.kept_ports:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.bind(("127.0.0.1", 0))
        self.port = int(self.kept_ports[0].getsockname()[1])
        if self.stations:
            self.station_port = int(self.kept_ports[1].getsockname()[1])
        self.settings_path = str(directory.parent / f"{directory.name}.toml")
        Path(self.settings_path).write_text(
            f'state = "{directory}"\nrun = "{directory.parent}/{directory.name}-run"\nassume_trusted_clock = true\n'
            f'{more}\n[web]\nport = {self.port}\nstation_port = {self.station_port}\nname = "{self.host_name}"\n'
            f'[storage]\nanchor = "{storage.anchor}"\ntpm = "{storage.tpm}"\n'
            "[disk]\nrecords_mib = 1\n",
            encoding="utf-8",
        )
        self.settings: Settings = read_settings(self.settings_path)
        self.installed = create_installation(
            RealFs(),
            self.settings.layout,
            SystemClock(assume_trusted=True),
            office_name="測試辦公室",
            people=self.people,
            cameras=cameras,
            host_names=(self.host_name,),
            trial=self.trial,
            params=HashParams(memory_kib=8, iterations=1),
            suite=1,
            storage=storage,
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = directory.parent / f"{directory.name}.log"
        self.token = os.urandom(32).hex()
        """By which the test speaks as the recorder, as web and at the console."""
        self.tokens = Tokens(os.urandom, {self.token: frozenset({"recorder", "web", "console"})})

    def command(self, name: str) -> list[str]:
        """The command line of a process; a test of the tests puts a broken one in its place."""
        return process_command(self.settings_path, name)

    def start(self, *names: str) -> None:
        """Starts processes and waits until the keeper and the web answer."""
        for name in names or PROCESSES:
            pipe, more = self.tokens.handed(name)
            with self.log.open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    self.command(name),
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                    env={**os.environ, **more},
                    pass_fds=(pipe,),
                )
            os.close(pipe)
            if name in ("keeper", "darkroom"):
                until(lambda name=name: self._answers(name), what=f"{name}'s socket")  # type: ignore[misc]
            if name == "web":
                until(self._web_answers, what="the web's port")

    def _answers(self, name: str) -> bool:
        if self.processes[name].poll() is not None:
            raise AssertionError(f"{name} ended: {self.log.read_text(encoding='utf-8')[-4000:]}")
        path = self.settings.layout.socket(name)
        try:
            folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY)
        except FileNotFoundError:
            return False
        try:  # by the folder: a socket's address holds 107 bytes, however deep a test's folder lies
            with socket.socket(socket.AF_UNIX) as probe:
                return probe.connect_ex(f"/proc/self/fd/{folder}/{os.path.basename(path)}") == 0
        finally:
            os.close(folder)

    def _web_answers(self) -> bool:
        if self.processes["web"].poll() is not None:
            raise AssertionError(f"web ended: {self.log.read_text(encoding='utf-8')[-4000:]}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self, *names: str, how: signal.Signals = signal.SIGKILL) -> None:
        for name in names or tuple(reversed(self.processes)):
            process = self.processes.pop(name, None)
            if process is not None:
                process.send_signal(how)
                process.wait(120)

    def stop(self) -> None:
        """Ends everything in order, as the launcher does."""
        self.kill(*(name for name in ("recorder", "web", "darkroom", "keeper") if name in self.processes),
                  how=signal.SIGTERM)  # fmt: skip

    def client(self, timeout_seconds: float = 30.0) -> Client:
        return Client(self.settings.layout.socket("keeper"), timeout_seconds=timeout_seconds, caller=self.token)

    def call(self, verb: str, **arguments: Any) -> dict[str, Any]:
        client = self.client()
        try:
            return client.call(verb, **arguments).head
        finally:
            client.close()

    def verified(self) -> dict[str, Any]:
        """What a check of everything finds."""
        client = self.client()
        try:
            _, blocks = client.stream("verify")
            return next(step["found"] for step in map(msgspec.json.decode, blocks) if "found" in step)
        finally:
            client.close()

    def status(self) -> dict[str, Any]:
        """With what findings say in English, as the command line says it."""
        told = self.call("status")
        findings = [each | {"text": str(from_map(each["text"]) or each["text"])} for each in told["findings"]]
        return told | {"findings": findings}

    def camera(self, camera_no: str) -> dict[str, Any]:
        return next(camera for camera in self.status()["cameras"] if camera["camera_no"] == camera_no)

    def recording(self, *camera_nos: str) -> None:
        """Waits until these cameras' footage is durable, then returns."""
        for camera_no in camera_nos:
            until(lambda no=camera_no: self._writes(no), what=f"footage of camera {camera_no}")  # type: ignore[misc]

    def _writes(self, camera_no: str) -> bool:
        """Whether it was written just now: what it wrote before a restart is told, too."""
        now_ns, camera = self.status()["now_ns"], self.camera(camera_no)
        return bool(camera["state"] == "live" and now_ns - camera["last_written_ns"] < _JUST_NOW_NS)

    def both_logged_in(self) -> str:
        """A session with the officer in seat 1 and the unit head in seat 2."""
        first = self.call("login", name=OFFICER.name, password=OFFICER.password, totp="")
        second = self.call("login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, totp="", session=first["session"])
        return str(second["session"])

    def logs(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""


@contextlib.contextmanager
def make_box(
    directory: Path,
    cameras: Sequence[Camera] = (),
    *,
    kind: Callable[..., Box] = Box,
    storage: StorageSettings = FILE_ANCHOR,
) -> Iterator[Box]:
    """A box under ``directory`` (made), nothing started; everything that was started is gone at the end."""
    directory.mkdir(parents=True, exist_ok=True)
    os.makedirs(f"{directory.parent}/{directory.name}-run", exist_ok=True)
    box = kind(directory, cameras, storage)
    try:
        yield box
    finally:
        box.kill()
        for each in box.kept_ports:
            each.close()
