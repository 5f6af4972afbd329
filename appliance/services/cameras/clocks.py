"""Setting the clock of a camera's device to ours: when a person asks for it, and never else (``T-17``).

Its own offset is measured first and entered with the order, durable, before anything goes out to the device; what the
device said after, or why nothing is known of it, is an entry of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from appliance.core.errors import Refused, Unavailable, UsageError
from appliance.core.messages import CodedMessage, Said, coded, from_map
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.protocol.cameras import ClockStep
from appliance.protocol.recorder import ClockDeed
from appliance.rules.cameras.inquiry import DeviceClock, clock_is_set
from appliance.rules.cameras.states import OPEN
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.cameras.wiring import host_of
from appliance.services.cameras.inquiries import Inquiries
from appliance.services.people.login import Seat

__all__ = ["CameraClocks"]

ORDERED, SET, FAILED = "cameraclock.ordered", "cameraclock.set", "cameraclock.failed"
_MS = 1000
_TOLD = frozenset({"clock-refused", "clock-strange", "clock-no-onvif", "device-account", "device-two-asked"})
"""Why a clock was surely not set. Of whatever else an order comes back with, nobody knows what the device did."""


class CameraClocks:
    """``service_at``: where a search found that the device at a host is asked; ``trusted``: whether our time is."""

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        inquiries: Inquiries,
        *,
        service_at: Callable[[str], str],
        trusted: Callable[[], bool],
    ) -> None:
        self._acts, self._ledger, self._inquiries = acts, ledger, inquiries
        self._service_at, self._trusted = service_at, trusted
        self._lock, self._under_way = threading.Lock(), set[str]()

    def set(self, act_id: str, by: Seat, version: CameraVersion) -> ClockStep:
        """Blocking, for as long as two questions to a device take. The same act again gets what came of it. Raises
        Refused where it is not to be done, with nothing sent and nothing entered; Unavailable where it failed."""
        about: dict[str, Any] = {"camera": version.camera_no, "version": version.version}
        who = {"by": by.person, "display": by.display}
        if self._acts.repeated(act_id, ORDERED, about, {"by": by.person}):
            return self._outcome(act_id)
        if not (version.live or version.state in OPEN):
            raise Refused.of("clock-version", key=version.key)
        with self._alone(version.camera_no):
            self._set(act_id, about, who, version)
        return self._outcome(act_id)

    @contextlib.contextmanager
    def _alone(self, camera_no: str) -> Iterator[None]:
        """One setting of a camera's clock at a time: another would enter as its old offset what the first made of it.
        Raises Unavailable."""
        with self._lock:
            if camera_no in self._under_way:
                raise Unavailable.of("clock-busy", camera=camera_no)
            self._under_way.add(camera_no)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard(camera_no)

    def _set(self, act_id: str, about: Mapping[str, str | int], who: Mapping[str, str], version: CameraVersion) -> None:
        """Measured, ordered, carried out, and what came of it entered. Raises as :meth:`set`."""
        before_ms = self._measured(version)
        ordered = self._acts.perform(act_id, ORDERED, {**about, "before_ms": before_ms}, who)
        if not ordered.first:
            return
        after_ms, why = self._carried_out(version, before_ms)
        clear: dict[str, Any] = {**about, "ordered": ordered.entry.index, "before_ms": before_ms}
        if after_ms is not None:
            clear["after_ms"] = after_ms
        if why is not None:
            clear["why"] = why.as_map()
        self._acts.perform(_after(act_id), SET if why is None else FAILED, clear, who)

    def steps(self, camera_no: str) -> tuple[ClockStep, ...]:
        """What became of setting a camera's clock, newest first."""
        mine = [each for each in self._ledger.acts(ORDERED, SET, FAILED) if each.fields["camera"] == camera_no]
        return tuple(self._step(each) for each in reversed(mine))

    def _measured(self, version: CameraVersion) -> int:
        """By how many ms its clock is ahead, where it may be set. Raises Refused, Unavailable."""
        self._need_trust()
        told = self._asked(version, "read")
        if told.ntp:
            raise Refused.of("clock-ntp")
        if told.offset_seconds is None:
            raise Refused.of("clock-untold")
        self._need_trust()  # the device had twenty seconds to answer in
        return round(told.offset_seconds * _MS)

    def _carried_out(self, version: CameraVersion, before_ms: int) -> tuple[int | None, CodedMessage | None]:
        """By how many ms its clock is ahead now, if that is known, and why it is not set, if it is not."""
        try:
            told = self._asked(version, "set")
        except Unavailable as error:
            return None, _plain(error)
        after_ms = round(told.offset_seconds * _MS) if told.offset_seconds is not None else None
        if told.ntp:
            return after_ms, coded("clock-ntp")
        if after_ms is None:
            return None, coded("clock-unknown")
        if not clock_is_set(before_ms / _MS, after_ms / _MS):
            return after_ms, coded("clock-unchanged", seconds=round(abs(after_ms) / _MS))
        return after_ms, None

    def _need_trust(self) -> None:
        if not self._trusted():
            raise Refused.of("clock-untrusted")

    def _asked(self, version: CameraVersion, deed: ClockDeed) -> DeviceClock:
        """By the account that the version holds. Raises Refused, Unavailable."""
        settings = version.wiring.settings
        address = str(settings.get("url", ""))
        if not host_of(address):
            raise Refused.of("device-no-address")
        user, password = str(settings.get("user", "")), str(settings.get("password", ""))
        return self._inquiries.clock(address, user, password, self._service_at(host_of(address)), deed)

    def _outcome(self, act_id: str) -> ClockStep:
        """Raises Unavailable where it failed, UsageError while nothing is entered of it."""
        entry = self._ledger.act(_after(act_id))
        if entry is None:
            raise UsageError.of("clock-sent")
        step = self._step(entry)
        if step.event == "failed":
            raise Unavailable.of("clock-why", why=step.why or coded("clock-unknown"))
        return step

    def _step(self, entry: Entry) -> ClockStep:
        fields: Mapping[str, Any] = entry.fields
        return ClockStep(
            entry=entry.index,
            at_ns=entry.at_ns,
            version=int(fields["version"]),
            event=entry.kind.rpartition(".")[2],
            before_ms=int(fields["before_ms"]),
            after_ms=fields.get("after_ms"),
            why=from_map(fields.get("why")),
            by=str(self._acts.legible(entry.index).get("display", "")),
        )


def _after(act_id: str) -> str:
    """The act of the entry of what came of it."""
    return f"{act_id}+"


def _plain(error: Unavailable) -> CodedMessage:
    """Why an order failed, for the ledger: a code of ours and no word of the device's own."""
    message = error.message
    why: Said | None = message.values.get("why", message) if message is not None else None
    return coded(why.code if isinstance(why, CodedMessage) and why.code in _TOLD else "clock-unknown")
