"""What the recorder says of itself and of its cameras, and what it is told in return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from appliance import __version__
from appliance.core.clock import Clock
from appliance.core.errors import Unavailable
from appliance.core.messages import coded
from appliance.core.model import MOST_TEXT, CameraState, Registry
from appliance.ledger.log import Ledger
from appliance.protocol.endpoint import Done, Served, serves, serves_body
from appliance.protocol.recorder import (
    HELLO,
    NOT_STORED,
    OTHER_DEVICE,
    SEARCHED,
    STATES,
    UNCONFINED,
    UNPLAYABLE,
    DeviceInquiry,
    Hello,
    HelloAnswer,
    PictureWanted,
    SearchResult,
    SelfTestRequest,
    StatesAnswer,
    StatesReport,
)
from appliance.rules.devices import HEARD
from appliance.rules.pressure import Relief
from appliance.rules.time_trust import TimeTrust
from appliance.services.cameras.searches import CameraSearches
from appliance.services.findings import FindingBook
from appliance.services.recording.state import RecorderState
from appliance.services.recording.wire import need_greeted, record_in
from appliance.storage.boot_files import registry_digest
from appliance.vault.ring.recovery import Recovered, Recovery

__all__ = ["RecorderHandlers", "RecorderPorts"]

_CONFINEMENT = "confinement"
_NO_SOUND = "camera-note-sound-"
_DISK_FAULTS = ("disk-write", "disk-sync", "disk-slow", "disk-away")


class RecorderPorts(NamedTuple):
    """What the handlers ask of the rest of the keeper.

    ``registry``: what is recorded; ``write_registry``: writes its file again where the recorder has another;
    ``may_enter_start``: whether another start may be entered now; ``say``: to the keeper's log; ``report_troubles``:
    makes findings of what recovery could not settle; ``disk_is_there``: the footage disk. The rest is what the answer
    to its states has, each under its name there."""

    registry: Callable[[], Registry]
    write_registry: Callable[[], None]
    may_enter_start: Callable[[], bool]
    say: Callable[[str], None]
    report_troubles: Callable[[Recovered], None]
    disk_is_there: Callable[[], bool]
    pressure: Callable[[], Relief]
    trust: Callable[[], TimeTrust]
    look: Callable[[], SelfTestRequest]
    watched: Callable[[], Sequence[str]]
    pictures: Callable[[], Sequence[PictureWanted]]
    references: Callable[[], dict[str, str]]
    inquiries: Callable[[], Sequence[DeviceInquiry]]


class RecorderHandlers:
    def __init__(
        self,
        state: RecorderState,
        ports: RecorderPorts,
        searches: CameraSearches,
        recovery: Recovery,
        findings: FindingBook,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._state, self._lock, self._ports = state, state.lock, ports
        self._searches, self._recovery, self._findings = searches, recovery, findings
        self._ledger, self._clock = ledger, clock

    def served(self) -> tuple[Served, ...]:
        return serves(HELLO, self._hello), serves_body(STATES, self._states), serves(SEARCHED, self._searched)

    def _hello(self, request: Hello) -> HelloAnswer:
        """The recorder is here, or is back: what it says was left in ``open/`` is closed as it lies there."""
        owed = ""
        try:
            found = self._recovery.at_hello(request.open, request.wall_ns, request.left)
        except (
            Unavailable,
            OSError,
        ) as error:  # the disk is away, does not read or takes nothing: what was left is closed at a later hello
            found, owed = Recovered(), str(error)
            self._ports.say(f"what the recorder left is not closed yet: {error}")
        state = self._state
        with self._lock:
            again, state.run = state.run == request.run_id, request.run_id
            state.greeted, state.hello_owed = True, bool(owed)
            state.sources, state.declared = request.sources, request.declared
            state.words, state.devices = request.words, request.found
        if not again:
            self._enter_start(request, found)
        if found.closed:
            self._ports.say(f"closed {len(found.closed)} buckets that an interruption had left open")
        self._ports.report_troubles(found)
        return HelloAnswer(len(found.closed))

    def _enter_start(self, hello: Hello, found: Recovered) -> None:
        """In the ledger, unless there were too many lately: the next one that is entered has their number."""
        if not self._ports.may_enter_start():
            self._state.starts_unentered += 1
        elif self._ledger.writable:
            unentered, self._state.starts_unentered = self._state.starts_unentered, 0
            self._ledger.append(
                "recorder.started",
                {
                    "process": "recorder",
                    "version": __version__,
                    "boot_id": hello.boot_id,
                    "run": hello.run_id,
                    "recovered": len(found.closed),
                    "emergencies": len(found.emergencies),
                    **({"unentered": unentered} if unentered else {}),
                },
            )

    def _states(self, request: StatesReport, body: bytes) -> StatesAnswer:
        """States of cameras that are not in force, because they were taken away a moment ago, are left out."""
        need_greeted(self._state)
        registry = self._ports.registry()
        known = {camera.camera_no for camera in registry.cameras}
        states = [each for each in record_in(body, list[CameraState]) if each.camera_no in known]
        with self._lock:
            self._state.states = {state.camera_no: state for state in states}
            self._state.heard_ns = self._clock.boot_ns()
            for state in states:
                self._hear(state)
        for state in states:
            self._judge(state)
        self._set_faults(request)
        digest = registry_digest(registry)
        if request.registry is not None and request.registry != digest:
            self._ports.write_registry()
        return self._answer(request, digest)

    def _answer(self, request: StatesReport, digest: str) -> StatesAnswer:
        ports, trust = self._ports, self._ports.trust()
        with self._lock:
            look, box = ports.look(), self._state.box
        return StatesAnswer(
            box=box if box.at_ns != request.box_ns else None,
            pressure=ports.pressure(),
            trust=trust,
            look=look,
            watched=tuple(ports.watched()),
            pictures=tuple(ports.pictures()),
            search=self._searches.wanted,
            inquiries=tuple(ports.inquiries()),
            references=ports.references(),
            registry=digest,
        )

    def _judge(self, state: CameraState) -> None:
        """The findings of one camera."""
        findings, number = self._findings, state.camera_no
        well = state.state in ("live", "connecting", "stopped")
        text = "" if well else f"camera {number}: {state.detail or state.state}"
        box = "storage" if state.detail == NOT_STORED else "picture"
        other, unconfined = state.detail.startswith(OTHER_DEVICE), state.detail.startswith(UNCONFINED)
        findings.set(f"camera-unconfined-{number}", box, text if unconfined else "")
        findings.set(f"camera-device-{number}", box, text if other else self._doubt(state, text))
        if state.state == "live":
            silent = any(note.code.startswith(_NO_SOUND) for note in state.notes)
            findings.set(
                f"camera-sound-{number}", box, coded("camera-sound-unrecorded", camera=number) if silent else ""
            )
        unplayable = state.detail == UNPLAYABLE
        self._set_unplayable(state)
        findings.set(f"camera-{number}", box, "" if other or unplayable or unconfined else text)

    def _set_faults(self, request: StatesReport) -> None:
        faults = {key: text[:MOST_TEXT] for key, text in request.faults.items()}
        if not self._ports.disk_is_there():
            faults.pop("disk-away", None)  # both see it: the keeper says it
        for key in _DISK_FAULTS:
            self._findings.set(key, "storage", faults.get(key, ""))
        if _CONFINEMENT in faults:  # a recorder that was just started does not know yet
            self._findings.set(_CONFINEMENT, "storage", faults[_CONFINEMENT])

    def _hear(self, state: CameraState) -> None:
        """Keeps what other devices told in this camera's place, each answer once, until the accepted one is there."""
        strangers = self._state.strangers
        before = strangers.get(state.camera_no, ())
        if state.state == "live":
            strangers.pop(state.camera_no, None)
        elif state.detail.startswith(OTHER_DEVICE) and before[-1:] != (state.identity,):
            strangers[state.camera_no] = (*before, dict(state.identity))[-HEARD:]

    def _doubt(self, state: CameraState, text: str) -> str:
        """What is left of another device: until the camera is live again, whichever it was."""
        return text if state.state != "live" and self._findings.is_open(f"camera-device-{state.camera_no}") else ""

    def _set_unplayable(self, state: CameraState) -> None:
        """Until the camera is live again: connecting once more makes nothing playable."""
        key = f"camera-unplayable-{state.camera_no}"
        stands = state.detail == UNPLAYABLE or (state.state == "lost" and self._findings.is_open(key))
        self._findings.set(key, "picture", f"camera {state.camera_no}: {UNPLAYABLE}" if stands else "")

    def _searched(self, request: SearchResult) -> Done:
        """What a search of the network found. That of an older order is not looked at."""
        need_greeted(self._state)
        self._searches.came(request.number, request.found, request.why)
        return Done()
