"""What the recorder last said. It is in memory alone: a keeper that is started anew hears it again."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from appliance.core.model import CameraState
from appliance.protocol.check_words import NO_WORDS, CheckWords
from appliance.protocol.recorder import BoxReport
from appliance.rules.cameras.wiring import Declared, Found
from appliance.rules.devices import wavering

__all__ = ["RecorderState"]


@dataclass
class RecorderState:
    """To be read and changed under its ``lock``.

    ``states``: of each camera, heard at ``heard_ns`` (boot time); ``strangers``: what the last other devices told that
    answered in a camera's place. ``greeted``: it said hello to this keeper; ``hello_owed``: and what it had left could
    not be recovered then. ``run``: of its last hello; ``starts_unentered``: how many starts the ledger has not got.
    ``sources``, ``declared``, ``words`` and ``devices`` as its hello had them. ``box``: the figures that it is told of
    the machine next.
    """

    states: dict[str, CameraState] = field(default_factory=dict)
    strangers: dict[str, tuple[dict[str, str], ...]] = field(default_factory=dict)
    heard_ns: int = 0
    run: str = ""
    starts_unentered: int = 0
    greeted: bool = False
    hello_owed: bool = False
    sources: frozenset[str] = frozenset()
    declared: Mapping[str, Sequence[Declared]] = field(default_factory=dict)
    words: CheckWords = NO_WORDS
    devices: Sequence[Found] = ()
    box: BoxReport = field(default_factory=BoxReport)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def identity_of(self, camera_no: str) -> dict[str, str]:
        """What the device that answered last for a camera said of itself."""
        with self.lock:
            state = self.states.get(camera_no)
        return dict(state.identity) if state else {}

    def wavers_of(self, camera_no: str) -> frozenset[str]:
        """What the devices that answered in this camera's place told otherwise each time, and nothing else
        otherwise."""
        with self.lock:
            return wavering(self.strangers.get(camera_no, ()))

    def is_silent(self, now_ns: int, longest_ns: int) -> bool:
        """Whether nothing was heard for longer; both in boot time."""
        with self.lock:
            return now_ns - self.heard_ns > longest_ns
