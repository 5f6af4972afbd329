"""``appliance run``: starts the recorder's processes, restarts what dies or hangs, stops them in order.

It is what systemd does on an installed box; here it makes one command bring up the whole. It holds no key, opens no
store and reads no message. Each process has a session of its own: Ctrl-C on the terminal reaches the launcher alone,
which stops them in order. One that loses the launcher stops by itself.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.core.clock import Clock
from appliance.process.heartbeat import EVERY_SECONDS, PATIENCE_NS

__all__ = ["PROCESSES", "Launcher", "Signs", "TokenHandover", "process_command", "with_launcher"]

PROCESSES = ("keeper", "darkroom", "recorder", "web")
"""In the order of starting. The recorder stops first, so that its last buckets still find the keeper."""

_STOP_ORDER = ("recorder", "web", "darkroom", "keeper")
_BACK_OFF_SECONDS = (0.5, 1, 2, 5, 10, 30)
_STEADY_NS = 60_000_000_000
_GRACE_NS = 10_000_000_000
_PATIENCE_NS = 5_000_000_000
_EVERY_NS = int(EVERY_SECONDS * 1e9)
_MISSES = PATIENCE_NS // _EVERY_NS


class Signs(Protocol):
    """Who gives signs of life (:class:`appliance.process.heartbeat.Listener`)."""

    @property
    def environment(self) -> dict[str, str]: ...

    def heard(self) -> set[int]: ...


class TokenHandover(Protocol):
    """What gives each process its token (:class:`appliance.protocol.callers.Tokens`)."""

    def handed(self, role: str) -> tuple[int, dict[str, str]]: ...


@dataclass
class _Child:
    """``misses``: signs of life that did not come since the last one, counted by what this process saw of the time: a
    machine that slept was not listening. None before the first sign."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    started_ns: int = 0
    due_ns: int = 0
    failures: int = 0
    misses: int | None = None


class Launcher:
    """Runs ``command(name)`` for each process until it is told to stop by SIGTERM or SIGINT."""

    def __init__(
        self,
        command: Callable[[str], Sequence[str]],
        clock: Clock,
        say: Callable[[str], None],
        *,
        processes: Sequence[str] = PROCESSES,
        first_is_up: Callable[[], bool] = lambda: True,
        signs: Signs | None = None,
        tokens: TokenHandover | None = None,
    ) -> None:
        """``first_is_up`` says whether the first process answers; the others wait for it, but not for ever. A process
        that once gave ``signs`` of life and then none for a minute hangs: it is killed and started again. ``tokens``:
        what each process is handed so that the keeper knows it."""
        self._command, self._clock, self._say, self._first_is_up = command, clock, say, first_is_up
        self._signs, self._tokens, self._look_ns = signs, tokens, 0
        self._children = {name: _Child(name) for name in processes}
        self._waited = False

    def run(self) -> None:
        """Returns after an orderly stop."""
        read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        old = signal.set_wakeup_fd(write)
        try:
            while not self._stopped(read):
                self._tend()
        finally:
            self._stop_all(read)
            signal.set_wakeup_fd(old)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(read)
            os.close(write)

    def _stopped(self, read: int) -> bool:
        ready, _, _ = select.select([read], [], [], 0.25)
        woken = os.read(read, 512) if ready else b""
        return signal.SIGTERM in woken or signal.SIGINT in woken

    def _tend(self) -> None:
        now = self._clock.boot_ns()
        self._listen(now)
        for number, child in enumerate(self._children.values()):
            if number == 1 and not self._may_go_on(now):
                return
            if child.process is not None and (status := child.process.poll()) is not None:
                self._died(child, status, now)
            if child.process is None and now >= child.due_ns:
                child.process = self._started(child.name)
                child.started_ns, child.misses = now, None

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        pipe, more = self._tokens.handed(name) if self._tokens else (None, {})
        try:
            return subprocess.Popen(
                list(self._command(name)),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, **more, **(self._signs.environment if self._signs else {})},
                pass_fds=() if pipe is None else (pipe,),
            )
        finally:
            if pipe is not None:
                os.close(pipe)

    def _listen(self, now: int) -> None:
        """Kills what hangs: it cannot be asked to stop. That it died is found as always."""
        if self._signs is None:
            return
        heard, late = self._signs.heard(), now >= self._look_ns
        for child in self._children.values():
            if child.process is None:
                continue
            if child.process.pid in heard:
                child.misses = 0
            elif late and child.misses is not None:
                child.misses += 1
                if child.misses == _MISSES:
                    self._say(f"{child.name}: hangs, no sign of life for {PATIENCE_NS // 10**9} s; killed")
                    child.process.kill()
        if late:
            self._look_ns = now + _EVERY_NS

    def _may_go_on(self, now: int) -> bool:
        """The recorder starts even when the keeper does not come: recording never waits for more than a moment."""
        first = next(iter(self._children.values()))
        late = first.failures > 0 or now - first.started_ns > _PATIENCE_NS
        self._waited = self._waited or late or self._first_is_up()
        return self._waited

    def _died(self, child: _Child, status: int, now: int) -> None:
        child.process = None
        child.failures = 0 if now - child.started_ns > _STEADY_NS else child.failures + 1
        wait = _BACK_OFF_SECONDS[min(child.failures, len(_BACK_OFF_SECONDS) - 1)]
        child.due_ns = now + int(wait * 1e9)
        self._say(f"{child.name}: ended with {_how(status)}; starting it again in {wait} s")

    def _stop_all(self, read: int) -> None:
        for name in [name for name in _STOP_ORDER if name in self._children]:
            process = self._children[name].process
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            end = self._clock.boot_ns() + _GRACE_NS
            while process.poll() is None and self._clock.boot_ns() < end:
                select.select([read], [], [], 0.05)
                if select.select([read], [], [], 0)[0]:
                    os.read(read, 512)
            if process.poll() is None:
                self._say(f"{name}: did not stop within {_GRACE_NS // 10**9} s; killed")
                process.kill()
                process.wait()
            elif process.returncode:
                self._say(f"{name}: was told to stop and ended with {_how(process.returncode)}")


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def process_command(settings_path: str | None, name: str, extra: Sequence[str] = ()) -> list[str]:
    """The command line of one process, with the interpreter that runs now."""
    where = ["--settings", settings_path] if settings_path else []
    return [sys.executable, "-P", "-m", "appliance", *where, "process", name, *extra]


def with_launcher() -> list[str]:
    """What a process is told so that it stops when this launcher is gone."""
    return ["--launcher", str(os.getpid())]
