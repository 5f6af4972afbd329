"""What checks of the box have in common: a measure, its limit, and the fault beyond it. Not a plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from appliance.api import BoxVitals, Injection, Sign

__all__ = ["Limit", "injected", "within"]

_MOST_NAMED = 6


class Limit(NamedTuple):
    """``measure`` beyond the value of ``setting`` (``at`` where it has none) is ``fault``. ``below``: under it is."""

    fault: str
    measure: str
    unit: str
    setting: str = ""
    at: float = 0.0
    below: bool = False


def within(limits: Sequence[Limit]) -> Callable[[BoxVitals, Mapping[str, float], Any], Iterable[Sign]]:
    """A check's ``run``: one sign for each limit whose measure the box tells, with the worst of its values; the note
    names what is beyond."""

    def run(vitals: BoxVitals, settings: Mapping[str, float], memory: Any) -> Iterable[Sign]:
        for limit in limits:
            values = vitals.of(limit.measure)
            if not values:
                continue
            bound = settings[limit.setting] if limit.setting else limit.at
            beyond = sorted(
                label for label, value in values.items() if (value < bound if limit.below else value > bound)
            )
            worst = min(values.values()) if limit.below else max(values.values())
            yield Sign(limit.fault, bool(beyond), worst, bound, limit.unit, ", ".join(beyond[:_MOST_NAMED]))

    return run


def injected(fault: str, name: str, measure: str, value: float) -> Injection:
    """The fault by a value of its measure."""

    def make(vitals: BoxVitals, number: int) -> BoxVitals:
        return vitals.with_value(measure, value)

    return Injection(fault, name, make)
