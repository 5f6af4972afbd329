"""A box for the recorder's tests: boot files, a keeper that notes what it is told, the private keys to check with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from appliance.core.errors import RecorderError
from appliance.core.model import Allocation, BucketOpening, Camera, CameraState, Gap, Manifest, Registry, from_wire
from appliance.core.settings import Settings
from appliance.formats.allocation import Emergency
from appliance.formats.sealing import (
    allocation_info,
    catalogue_suite,
    emergency_info,
    unwrap_bucket_key,
    vault_public_bytes,
    vault_suite,
)
from appliance.formats.segment import SegmentOpener
from appliance.protocol.server import Server
from appliance.protocol.transport import Message, Peer, Reply
from appliance.storage import boot_files
from appliance.storage.files import RealFs
from appliance.storage.footage_disk import DiskLabel, write_label

ROOT = Path(__file__).parents[2]
_BODIES: dict[str, Any] = {
    "recorder.allocate": Allocation,
    "recorder.opened": BucketOpening,
    "recorder.closed": Manifest,
    "recorder.gap": Gap,
    "recorder.states": list[CameraState],
}


class Box:
    """A state directory that is set up. ``allocations`` gives keys for what the stand-in keeper stored."""

    def __init__(self, state: Path, plugins: Iterable[str] = ("source_testcard",)) -> None:
        self.settings = Settings(state=str(state), plugins=tuple(plugins), assume_trusted_clock=True)
        self.layout = self.settings.layout
        self.fs = RealFs()
        for directory in (self.layout.boot, self.layout.open, self.layout.run):
            os.makedirs(directory)
        self._mlkem, self._x25519 = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
        self._catalogue = X25519PrivateKey.generate()
        appliance_id, ring_id = os.urandom(16), os.urandom(16)
        public = vault_public_bytes(self._mlkem.public_key(), self._x25519.public_key())
        for name, data in (
            (boot_files.BOOT_KEY, os.urandom(32)),
            (boot_files.APPLIANCE_ID, appliance_id),
            (boot_files.RING_ID, ring_id),
            (boot_files.SUITE, b"\x01"),
        ):
            Path(self.layout.boot, name).write_bytes(data)
        self.keeper_key = Ed25519PrivateKey.generate()
        for name, data in (
            (boot_files.VAULT_PUBLIC, public),
            (boot_files.CATALOGUE_PUBLIC, self._catalogue.public_key().public_bytes_raw()),
        ):
            boot_files.write_signed_key(self.fs, self.layout.boot, name, data, self.keeper_key)
        write_label(self.fs, self.layout.footage, DiskLabel(appliance=appliance_id.hex(), ring=ring_id.hex()))

    @property
    def open(self) -> Path:
        return Path(self.layout.open)

    @property
    def boot(self) -> boot_files.RecorderBoot:
        return boot_files.read_recorder_boot(self.fs, self.layout.boot)

    def put_in_force(self, *cameras: Camera, version: int = 1) -> Registry:
        registry = Registry(version=version, since_ns=0, cameras=cameras)
        boot_files.write_registry(self.fs, self.layout.boot, registry, self.keeper_key)
        return registry

    def bucket_keys(self, allocation: Allocation) -> dict[str, bytearray]:
        """What only the vault's private key can do."""
        private = MLKEM768X25519PrivateKey(self._mlkem, self._x25519)
        key = vault_suite().decrypt(allocation.sealed_key, private, allocation_info(allocation.allocation_id))
        return {
            one.bucket_id: unwrap_bucket_key(key, one.bucket_id, one.camera_no, one.slot_start_ns, one.wrapped)
            for one in allocation.buckets
        }

    def emergency(self, name: str) -> Emergency:
        """What ``open/<name>.emergency`` says to the keeper."""
        sealed = (self.open / f"{name}.emergency").read_bytes()
        return from_wire(catalogue_suite().decrypt(sealed, self._catalogue, emergency_info(name)), Emergency)

    def opener(self, name: str, bucket_key: bytes | bytearray) -> SegmentOpener:
        data = (self.open / name).read_bytes()
        return SegmentOpener(lambda offset, size: data[offset : offset + size], len(data), bucket_key)


class StandInKeeper:
    """Serves the recorder's verbs and keeps what they said, decoded: ``said`` is (verb, arguments, body).

    While ``error`` is set every call gets it, and ``refused`` has the verbs; ``errors`` are those of one verb each."""

    def __init__(self, path: str, answer: Callable[[str], dict[str, Any]] = lambda verb: {}) -> None:
        self.said: list[tuple[str, dict[str, Any], Any]] = []
        self.error: RecorderError | None = None
        self.errors: dict[str, RecorderError] = {}
        self.refused: list[str] = []
        self._answer = answer
        self._changed = threading.Condition()
        self._server = Server(path, self._take)

    def __enter__(self) -> StandInKeeper:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _take(self, verb: str, arguments: dict[str, Any], message: Message, peer: Peer) -> Reply:
        if (error := self.error or self.errors.get(verb)) is not None:
            with self._changed:
                self.refused.append(verb)
                self._changed.notify_all()
            raise error
        body = from_wire(message.body, _BODIES[verb]) if verb in _BODIES else message.body
        with self._changed:
            self.said.append((verb, arguments, body))
            self._changed.notify_all()
        return Reply(self._answer(verb))

    def of(self, verb: str) -> list[Any]:
        return [body for said, _, body in list(self.said) if said == verb]

    def arguments(self, verb: str) -> list[dict[str, Any]]:
        return [arguments for said, arguments, _ in list(self.said) if said == verb]

    def wait(self, condition: Callable[[], Any], seconds: float = 120.0) -> Any:
        """What ``condition`` gave once it was true; it is asked again whenever the keeper is told something."""
        with self._changed:
            if not self._changed.wait_for(condition, seconds):
                raise AssertionError(f"not within {seconds} s; the keeper was told {[verb for verb, *_ in self.said]}")
            return condition()


class RunningRecorder:
    """``run_recorder`` in a process of its own, as ``appliance process recorder`` runs it. Its log is a file."""

    CODE = (
        "import sys; from appliance.recorder.process import run_recorder; from appliance.core.settings import Settings;"
        "run_recorder(Settings(state=sys.argv[1], plugins=tuple(sys.argv[2:]), assume_trusted_clock=True))"
    )

    def __init__(self, box: Box) -> None:
        self._log_path = Path(box.layout.run, "recorder.log")
        with self._log_path.open("wb") as log:
            words = [sys.executable, "-c", self.CODE, box.settings.state, *box.settings.plugins]
            self.process = subprocess.Popen(words, cwd=ROOT, stderr=log)

    def __enter__(self) -> RunningRecorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        return self._log_path.read_text()

    def stop(self) -> int:
        """In order, by SIGTERM; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(120)

    def processes(self) -> dict[int, str]:
        """Process ids of the supervisor and all its descendants, with their names."""
        parents, names = {}, {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                stat = Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            names[int(entry)] = stat[stat.index("(") + 1 : stat.rindex(")")]
            parents[int(entry)] = int(stat.rsplit(")", 1)[1].split()[1])
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return {pid: names[pid] for pid in found if pid in names}


def until(condition: Callable[[], Any], seconds: float = 120.0) -> None:
    """Asks ``condition`` again and again, for what nobody tells of; fails when it never comes true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def testcard(camera_no: str, **settings: Any) -> Camera:
    """A camera that needs nothing: small pictures, two key frames a second."""
    made = {"width": 320, "height": 180, "fps": 8, "gop_seconds": 0.5, "audio": "none", **settings}
    return Camera(camera_no=camera_no, location="test", source="testcard", settings=made, sound=True)


testcard.__test__ = False  # type: ignore[attr-defined]
