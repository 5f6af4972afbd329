"""A process of the recorder that breaks a promise, for tests of the tests: ``broken_process.py FAULT SETTINGS NAME``.

The process is the real one; only the disk that it is handed is wrong, or one step is left out.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

from appliance.core.settings import Settings, read_settings
from appliance.keeper.process import run_keeper
from appliance.recorder.process import run_recorder
from appliance.storage.files import File, RealFs
from appliance.vault.ring.recovery import Recovered, Recovery

__all__ = ["FAULTS", "broken_command"]


def broken_command(fault: str, settings_path: str, name: str) -> list[str]:
    return [sys.executable, "-P", __file__, fault, settings_path, name]


class _File:
    """A file that can be told not to sync, or to keep what is written to itself."""

    def __init__(self, file: File, *, syncs: bool = True, kept: int = 0) -> None:
        self._file, self._syncs, self._most, self._kept = file, syncs, kept, b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._kept += data
        if len(self._kept) > self._most:
            self._flush()

    def _flush(self) -> None:
        self._file.write(self._kept)
        self._kept = b""

    def sync(self) -> None:
        self._flush()
        if self._syncs:
            self._file.sync()

    def truncate(self, size: int) -> None:
        self._flush()
        self._file.truncate(size)

    def size(self) -> int:
        return self._file.size() + len(self._kept)

    def close(self) -> None:
        self._flush()
        self._file.close()


class _UnsyncedFs(RealFs):
    """The disk of somebody who thinks that writing is enough."""

    def create(self, path: str, *, mode: int = 0o600) -> File:
        return _File(super().create(path, mode=mode), syncs=False)

    def append(self, path: str, *, mode: int = 0o600) -> File:
        return _File(super().append(path, mode=mode), syncs=False)

    def sync_dir(self, path: str) -> None:
        pass

    def sync_fs(self, path: str) -> None:
        pass


class _LazyFs(RealFs):
    """Syncs every tenth time it is asked to."""

    asked = 0

    def sync_fs(self, path: str) -> None:
        self.asked += 1
        if self.asked % 10 == 0:
            super().sync_fs(path)


class _HoardingFs(RealFs):
    """Writes that wait in the process until there is much of them."""

    def create(self, path: str, *, mode: int = 0o600) -> File:
        return _File(super().create(path, mode=mode), kept=1 << 20)


class _DependentFs(RealFs):
    """Nothing is recorded while the keeper is away."""

    away = False

    def create(self, path: str, *, mode: int = 0o600) -> File:
        return _DependentFile(super().create(path, mode=mode), self)

    def log(self, line: str) -> None:
        print(f"recorder: {line}", file=sys.stderr, flush=True)
        if line.startswith("keeper link:"):
            self.away = "recording goes on" in line


class _DependentFile(_File):
    def __init__(self, file: File, fs: _DependentFs) -> None:
        super().__init__(file)
        self._fs = fs

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._fs.away:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().write(data)


class _Promise(_File):
    """Writes once the next one comes, and says that it has."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._flush()
        self._kept = bytes(data)

    def sync(self) -> None:
        pass

    @property
    def held(self) -> tuple[int, bytes]:
        """Where what waits belongs, and what it is."""
        return self._file.size(), self._kept


class _PromisingFs(RealFs):
    """The newest record and the newest entry are acknowledged, told to whoever asks, and not on the disk yet."""

    def __init__(self) -> None:
        super().__init__()
        self.promised: dict[str, _Promise] = {}

    def append(self, path: str, *, mode: int = 0o600) -> File:
        file = super().append(path, mode=mode)
        if not path.endswith("ledger.log") and "/records/" not in path:
            return file
        self.promised[path] = _Promise(file)
        return self.promised[path]

    def read_at(self, path: str, offset: int, count: int) -> bytes:
        found = super().read_at(path, offset, count)
        if path in self.promised and len(found) < count:
            at, held = self.promised[path].held
            found += held[max(0, offset + len(found) - at) :][: count - len(found)]
        return found


def _unsynced(name: str, settings: Settings) -> None:
    if name == "keeper":
        run_keeper(settings, fs=_UnsyncedFs())
    else:
        run_recorder(settings, fs=_UnsyncedFs())


def _dependent(name: str, settings: Settings) -> None:
    fs = _DependentFs()
    run_recorder(settings, fs=fs, log=fs.log)


def _forgetful(name: str, settings: Settings) -> None:
    """What an earlier recorder left open stays where it is."""
    Recovery.at_hello = lambda *_: Recovered()  # type: ignore[method-assign]
    run_keeper(settings)


FAULTS: dict[str, Callable[[str, Settings], None]] = {
    "unsynced": _unsynced,
    "lazy": lambda name, settings: run_recorder(settings, fs=_LazyFs()),
    "forgetful": _forgetful,
    "hoarding": lambda name, settings: run_recorder(settings, fs=_HoardingFs()),
    "dependent": _dependent,
    "promising": lambda name, settings: run_keeper(settings, fs=_PromisingFs()),
}


if __name__ == "__main__":
    os.umask(0o027)
    FAULTS[sys.argv[1]](sys.argv[3], read_settings(sys.argv[2]))
