"""The inspector: hands what was taken from a camera to the darkroom, and says what stands and what is well.

One thread, behind a bounded queue: recording never waits for a look, and a look that comes too late is dropped. Each
camera has a darkroom child of its own, so that a picture made to break a decoder tells nothing of another camera.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec

from appliance.api import Check, Registered, Sign
from appliance.core.clock import Clock, local_time
from appliance.core.errors import RecorderError, Unavailable
from appliance.core.model import Camera, from_wire, to_wire
from appliance.protocol.transport import Connection, address_of, need_server
from appliance.selftest.figures import said
from appliance.selftest.hysteresis import Verdicts
from appliance.selftest.reports import (
    BOX,
    BoxOrder,
    BoxReport,
    CameraReport,
    SelfTestOrder,
    SelfTestReport,
    SelfTestRequest,
    StandingFault,
)
from appliance.selftest.runs import Failure
from appliance.selftest.schedule import Due, Schedule

__all__ = ["Inspector", "SandboxPool"]

_MOST_WAITING = 64
_PATIENCE_SECONDS = 130.0
"""A little longer than the darkroom's own limit for the longest of looks, which then ends the child."""

_BLIND_LOOKS = 3
"""So many looks in a row that bring nothing are told."""

_STARTING_NS = 60_000_000_000
"""So long after its own start a darkroom that is not there yet is no fault."""


class SandboxPool:
    """One darkroom child a camera, made when it is needed. For one thread, but for :meth:`refer`. ``server``: the users
    one of whom must serve at ``path``; None: anybody."""

    def __init__(self, path: str, *, server: Collection[int] | None = None) -> None:
        self._path, self._server = path, server
        self._children: dict[str, Connection] = {}
        self._references: dict[str, tuple[bytes, ...]] = {}
        self._given: dict[str, tuple[bytes, ...]] = {}

    def refer(self, camera_no: str, pictures: tuple[bytes, ...]) -> None:
        """The office's reference pictures of a camera, as JPEG, from now on; they are in memory alone. Any thread."""
        self._references[camera_no] = pictures

    def look(self, camera_no: str, order: SelfTestOrder, taken: bytes) -> SelfTestReport:
        """Raises Unavailable when the child or the darkroom is gone; the next look begins with another child, which
        has yet to learn what is usual."""
        return self._asked("look", camera_no, order, taken)

    def look_box(self, order: BoxOrder) -> SelfTestReport:
        """The same of the box, which has a child of its own, too."""
        return self._asked("look.box", BOX, order, b"")

    def _asked(self, verb: str, camera_no: str, order: SelfTestOrder | BoxOrder, taken: bytes) -> SelfTestReport:
        head: dict[str, Any] = {"verb": verb, "prove": order.prove, "order": msgspec.to_builtins(order)}
        try:
            connection = self._children.get(camera_no) or self._connect(camera_no)
            pictures = self._references.get(camera_no, ())
            if pictures is not self._given.get(camera_no, ()):
                _answered(connection, {"verb": "look.references"}, to_wire(pictures))
                self._given[camera_no] = pictures
            return from_wire(_answered(connection, head, taken), SelfTestReport)
        except (OSError, RecorderError, msgspec.MsgspecError) as error:
            self.drop(camera_no)
            if isinstance(error, Unavailable):
                raise
            raise Unavailable(f"darkroom: no look ({error})") from error

    def _connect(self, camera_no: str) -> Connection:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(_PATIENCE_SECONDS)
        try:
            with address_of(self._path) as address:
                sock.connect(address)
        except OSError:
            sock.close()
            raise
        connection = Connection(sock)
        need_server(connection, self._server, os.path.basename(self._path))
        self._children[camera_no] = connection
        return connection

    def drop(self, camera_no: str) -> None:
        self._given.pop(camera_no, None)
        connection = self._children.pop(camera_no, None)
        if connection is not None:
            connection.close()

    def close(self) -> None:
        for camera_no in list(self._children):
            self.drop(camera_no)


def _answered(connection: Connection, head: dict[str, Any], body: bytes) -> bytes:
    connection.send(head, body)
    answer = connection.receive()
    if answer is None or not answer.head.get("ok"):
        why = str(answer.head.get("message", "")) if answer is not None else "its process ended"
        raise Unavailable(f"darkroom: the look failed ({why[:120]})")
    return answer.body


class Inspector:
    """:meth:`due`, :meth:`asked` and :meth:`taken` may be called from any thread and never wait."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        look: Callable[[str, SelfTestOrder, bytes], SelfTestReport],
        look_box: Callable[[BoxOrder], SelfTestReport],
        clock: Clock,
        report: Callable[[CameraReport], None],
        *,
        trial: bool = False,
    ) -> None:
        """``look`` and ``look_box`` are those of :class:`SandboxPool` or what stands in for them; ``report`` goes to
        the keeper."""
        self._checks, self._look, self._clock, self._report = checks, look, clock, report
        self._look_box, self._box = look_box, BoxReport()
        self._trial = trial
        self._of_fault = {fault.code: (check, fault) for check in checks.values() for fault in check.faults}
        self._lock = threading.Lock()
        self._schedule = Schedule()
        self._wanted = SelfTestRequest()
        self._answered: dict[str, int] = {}
        self._verdicts: dict[str, Verdicts] = {}
        self._blind: dict[str, int] = {}
        self._began_ns = clock.boot_ns()
        self._waiting: queue.Queue[tuple[Camera, bytes] | BoxReport | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="inspector", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """What waits is dropped."""
        while True:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
        self._waiting.put(None)
        self._thread.join(5)

    def due(self, live: Iterable[str]) -> list[Due]:
        """Which of the live cameras are to be looked at now."""
        if not self._checks:
            return []
        with self._lock:
            return self._schedule.due(live, self._clock.boot_ns())

    def asked(self, wanted: SelfTestRequest) -> None:
        """A person wants every camera looked at now."""
        with self._lock:
            if wanted.number > self._wanted.number:
                self._wanted = wanted
                self._schedule.now()
                box = self._box
            else:
                return
        if box.at_ns:
            self._put(box)

    def told(self, box: BoxReport) -> None:
        """The keeper told the box's figures."""
        with self._lock:
            self._box = box
        self._put(box)

    def taken(self, camera: Camera, taken: bytes) -> None:
        """A camera's process gave a look's worth. Dropped when too much waits."""
        with self._lock:
            self._schedule.came(camera.camera_no)
        self._put((camera, taken))

    def _put(self, item: tuple[Camera, bytes] | BoxReport) -> None:
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(item)

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            if isinstance(item, BoxReport):
                self.inspect_box(item)
            else:
                self.inspect(*item)

    def inspect(self, camera: Camera, taken: bytes) -> CameraReport:
        """One look, from what was taken to the report, which it also sends. The inspector's own thread does this."""
        camera_no, now_ns = camera.camera_no, self._clock.wall_ns()
        wanted, new = self._wanted_of(camera_no)
        local = local_time(now_ns)
        order = SelfTestOrder(
            registered=Registered(
                camera.width, camera.height, camera.fps, camera.sound, self._trial, camera.dark_at_night
            ),
            local_minutes=local.hour * 60 + local.minute,
            prove=new and wanted.prove,
            forget=new and wanted.forget,
        )
        return self._told_of(camera_no, lambda: self._look(camera_no, order, taken), now_ns, wanted, new=new)

    def inspect_box(self, box: BoxReport) -> CameraReport:
        """One look at the box, as :meth:`inspect`."""
        wanted, new = self._wanted_of(BOX)
        order = BoxOrder(told=box, prove=new and wanted.prove, forget=new and wanted.forget)
        return self._told_of(BOX, lambda: self._look_box(order), self._clock.wall_ns(), wanted, new=new)

    def _wanted_of(self, subject: str) -> tuple[SelfTestRequest, bool]:
        """What a person asked for last, and whether this look is the first of ``subject`` since."""
        with self._lock:
            wanted = self._wanted
            new = wanted.number > self._answered.get(subject, 0)
            self._answered[subject] = wanted.number
        return wanted, new

    def _told_of(
        self, subject: str, look: Callable[[], SelfTestReport], now_ns: int, wanted: SelfTestRequest, *, new: bool
    ) -> CameraReport:
        """A look that a person asked for and that brought nothing answers nothing: the next one is it. Nor is anything
        told of a subject at which the darkroom, which starts beside the recorder, did not look yet."""
        starting = False
        try:
            looked = look()
        except Unavailable as error:
            looked = SelfTestReport(seen=False, failures=(Failure("darkroom", str(error)),))
            starting = subject not in self._verdicts and self._clock.boot_ns() - self._began_ns < _STARTING_NS
        unanswered = new and not looked.seen
        asked = wanted.number - unanswered
        if unanswered:
            with self._lock:
                self._answered[subject] = asked
        if starting:
            return CameraReport(camera_no=subject, at_ns=now_ns, asked=asked)
        report = self._judge(subject, looked, now_ns, asked)
        self._report(report)
        return report

    def _judge(self, camera_no: str, looked: SelfTestReport, now_ns: int, asked: int) -> CameraReport:
        faults = [fault for _, fault in self._of_fault.values()]
        verdicts = self._verdicts.setdefault(camera_no, Verdicts(faults))
        signs = tuple(sign for sign in looked.signs if sign.fault in self._of_fault)
        boot_ns = self._clock.boot_ns()
        verdicts.hear(signs, boot_ns)
        standing = verdicts.wrong
        self._blind[camera_no] = 0 if looked.seen else self._blind.get(camera_no, 0) + 1
        if any(sign.wrong != (sign.fault in standing) for sign in signs):
            with self._lock:
                self._schedule.hurry(camera_no, boot_ns)
        return CameraReport(
            camera_no=camera_no,
            at_ns=now_ns,
            asked=asked,
            seen=self._blind[camera_no] < _BLIND_LOOKS,
            wrong=tuple(self._standing(camera_no, sign) for sign in standing.values()),
            well=tuple(verdicts.well),
            signs=signs,
            failures=looked.failures,
            proofs=looked.proofs,
        )

    def _standing(self, camera_no: str, sign: Sign) -> StandingFault:
        check, fault = self._of_fault[sign.fault]
        whose = "box" if camera_no == BOX else f"camera {camera_no}"
        noted = "; ".join(filter(None, (sign.note, said(sign.value, sign.limit, sign.unit))))
        text = f"{whose}: {fault.summary}" + (f" ({noted})" if noted else "")
        return StandingFault(fault=sign.fault, box=check.box, text=text[:2000])
