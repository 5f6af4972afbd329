"""All versions of all cameras, and what an act makes of them: the one place where one takes another's place. Pure.

What is recorded is drawn from here and from nowhere else (``INV-10``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

import msgspec

from appliance.core.errors import NotFound
from appliance.core.model import Camera
from appliance.rules.cameras.advance import advance
from appliance.rules.cameras.facts import CameraFacts, GuardContext
from appliance.rules.cameras.judging import Refusal, judge
from appliance.rules.cameras.rows import Effect, Event, Row
from appliance.rules.cameras.signing import Acting, acting
from appliance.rules.cameras.states import OPEN, State
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.people import SYSTEM, Actor

__all__ = ["Fleet", "performed"]

_STANDING = frozenset({State.SUSPENDED})


class Fleet:
    """Immutable; versions by ``camera_no/version`` in the order in which they came."""

    def __init__(self, versions: Iterable[CameraVersion] = ()) -> None:
        self._versions: Mapping[str, CameraVersion] = MappingProxyType({each.key: each for each in versions})

    def all(self) -> tuple[CameraVersion, ...]:
        return tuple(self._versions.values())

    def get(self, camera_no: str, version: int) -> CameraVersion:
        """Raises NotFound."""
        found = self._versions.get(f"{camera_no}/{version}")
        if found is None:
            raise NotFound.of("camera-no-version", camera=camera_no[:20], version=version)
        return found

    def of(self, camera_no: str) -> tuple[CameraVersion, ...]:
        """A camera's versions, oldest first."""
        return tuple(each for each in self.all() if each.camera_no == camera_no)

    def next_of(self, camera_no: str) -> CameraVersion:
        """The empty version that a draft of this camera begins."""
        return CameraVersion(camera_no=camera_no, version=len(self.of(camera_no)) + 1)

    def standing(self, camera_no: str) -> CameraVersion | None:
        """The version that is in force or suspended."""
        return next((each for each in self.of(camera_no) if each.live or each.state in _STANDING), None)

    def in_force(self) -> tuple[CameraVersion, ...]:
        """One of each camera at most."""
        return tuple(each for each in self.all() if each.live)

    def recorded(self) -> tuple[Camera, ...]:
        """The cameras of the registry in force, in the order in which their numbers were first given."""
        order = {camera_no: at for at, camera_no in enumerate(dict.fromkeys(each.camera_no for each in self.all()))}
        live = sorted(self.in_force(), key=lambda each: order[each.camera_no])
        return tuple(each.recorded_as() for each in live)

    def numbers(self) -> frozenset[str]:
        """Of all cameras there ever were or were asked for."""
        return frozenset(each.camera_no for each in self.all())

    def seen(self, version: CameraVersion, facts: CameraFacts, actor: Actor, today: date) -> GuardContext:
        """The sight of an act, with what the other versions say of it."""
        mine = self.of(version.camera_no)
        facts = msgspec.structs.replace(
            facts,
            standing=self.standing(version.camera_no),
            others_open=any(each.state in OPEN and each.key != version.key for each in mine),
            retired=any(each.state is State.RETIRED for each in mine),
        )
        return GuardContext(version, facts, actor, today)

    def with_version(self, version: CameraVersion) -> Fleet:
        return Fleet({**self._versions, version.key: version}.values())


def performed(fleet: Fleet, sight: GuardContext, row: Row, fit: Acting | None = None) -> Fleet:
    """The fleet after ``row``, which was judged for this sight; ``fit``: how its cell was signed, where an entry says.

    With a version that comes in force, the one before it is superseded in the same act.
    """
    found = fit or acting(sight, row)
    if not isinstance(found, Acting):
        raise NotFound.of("camera-not-performed", camera=sight.version.key, why=found.why)
    standing = fleet.standing(sight.version.camera_no) if Effect.SUPERSEDE_OLD in row.effects else None
    after = fleet.with_version(advance(sight, row, found))
    if standing is None:
        return after
    old = fleet.seen(standing, CameraFacts(at_ns=sight.facts.at_ns, successor=True), SYSTEM, sight.today)
    superseding = judge(old, Event.SUPERSEDE)
    if isinstance(superseding, Refusal):
        raise NotFound.of("camera-not-superseded", camera=standing.key, why=superseding)
    return performed(after, old, superseding)
