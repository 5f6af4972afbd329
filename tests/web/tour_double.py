"""The part of the keeper's double that has the guided tour: where it stands is what a test says."""

from __future__ import annotations

from typing import Any

from appliance.core.errors import Refused
from appliance.protocol.transport import Reply
from appliance.rules.cases.states import Kind
from appliance.rules.tour import LifeNow, progress

__all__ = ["TourDouble"]


class TourDouble:
    """To be mixed in. ``lives``: how far the case of each kind is; ``samples``: the number that the next one gets."""

    def start_tour(self) -> None:
        self.lives: dict[Kind, LifeNow] = {}
        self.life_cases: dict[Kind, str] = {}
        self.samples: list[dict[str, Any]] = []

    def _tour(self, session: str, active: bool = True) -> Reply:
        paired = len(self._seats(session)) > 1  # type: ignore[attr-defined]
        lives = dict(self.lives)
        lives[Kind.CIT] = lives.get(Kind.CIT, LifeNow())._replace(paired=paired)
        steps = progress(lives)
        told = [
            {"kind": kind, "case": self.life_cases.get(kind, ""), "steps": [each._asdict() for each in steps[kind]]}
            for kind in steps
        ]
        return Reply({"lives": told, "second": "" if paired else "head"})

    def _tour_sample(self, session: str, act: str, passwords: dict[str, str]) -> Reply:
        if len(self._seats(session)) < 2:  # type: ignore[attr-defined]
            raise Refused.of("tour-people")
        self._both_proved(session, passwords)  # type: ignore[attr-defined]
        self.samples.append({"act": act})
        return Reply({"case": "113調-民-0001"})
