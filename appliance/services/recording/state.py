"""What the recorder last said. It is in memory alone: a keeper that is started anew hears it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from appliance.core.model import CameraState
from appliance.protocol.check_words import NO_WORDS, CheckWords
from appliance.rules.cameras.wiring import Declared, Found

__all__ = ["RecorderState"]


@dataclass
class RecorderState:
    """To be read and changed under the keeper's lock.

    ``states``: of each camera, heard at ``heard_ns`` (boot time); ``strangers``: what the last other devices told that
    answered in a camera's place. ``greeted``: it said hello to this keeper; ``hello_owed``: and what it had left could
    not be recovered then. ``run``: of its last hello; ``starts_unentered``: how many starts the ledger has not got.
    ``sources``, ``declared``, ``words`` and ``devices`` as its hello had them.
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
