"""Who may look live (即時影像), at which cameras, on what ground and for how long. Pure.

Source: ``rules`` 八(三); domain 1.5, 2.10, 4.3; ``D-28``, ``AT-30``, ``AT-31``. Whoever is not named here never looks
live; a citizen has no way to it at all (``INV-16``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from appliance.rules.people import OFFICERS
from appliance.rules.registers.live import is_authorised
from appliance.rules.registers.shape import Item

__all__ = ["BOX_NS", "MOST_CAMERAS", "MOST_WORDS", "Basis", "Ground", "LiveFacts", "bases_of", "needs_words"]

BOX_NS = 15 * 60 * 1_000_000_000
"""``D-28``: so long a look lasts; each reason that is given adds as much from then on."""

MOST_CAMERAS = 4
"""At once, in one look: more is a wall display, which 八(三) does not know."""

MOST_WORDS = 200


class Ground(StrEnum):
    """*service*: how public areas serve people (1); *inspection* and *repair*: the officer's (2)."""

    SERVICE = "service"
    INSPECTION = "inspection"
    REPAIR = "repair"


class Basis(NamedTuple):
    """What somebody may look live by. ``name``: the authorisation's number, the day of the row, the ticket's number; ""
    for the head of the agency, who needs none. ``cameras``: in the registry's order."""

    ground: Ground
    name: str
    cameras: tuple[str, ...]


class LiveFacts(NamedTuple):
    """As things stand now. ``recorded``: the cameras in force; ``public``: which of them hang in a public area, as in
    the registers' ``Facts``. ``row_open``: today's row is there and unsigned. ``tickets``: the repairs that go on, each
    with its camera, "" where it is not one camera's. ``authorisations``: all lines of that register."""

    day: date
    recorded: Sequence[str] = ()
    public: Mapping[str, bool] = {}
    row_open: bool = False
    tickets: Sequence[tuple[str, str]] = ()
    authorisations: Iterable[Item] = ()


def bases_of(account: str, roles: Collection[str], facts: LiveFacts) -> tuple[Basis, ...]:
    """Everything that the account may look live by, without what leads to no camera. Auditors by nothing."""
    if "auditor" in roles or not roles:
        return ()
    found = []
    if "director" in roles:
        found.append(Basis(Ground.SERVICE, "", tuple(no for no in facts.recorded if facts.public.get(no))))
    for item in facts.authorisations:
        seen = (no for no in facts.recorded if is_authorised([item], account, no, facts.day, facts.public))
        found.append(Basis(Ground.SERVICE, item.number, tuple(seen)))
    if OFFICERS & set(roles):
        if facts.row_open:
            found.append(Basis(Ground.INSPECTION, facts.day.isoformat(), tuple(facts.recorded)))
        for number, camera_no in facts.tickets:
            seen = (no for no in facts.recorded if camera_no in ("", no))
            found.append(Basis(Ground.REPAIR, number, tuple(seen)))
    return tuple(basis for basis in found if basis.cameras)


def needs_words(ground: Ground) -> bool:
    """Whether the purpose must be typed; the officer's is the row or the ticket, and words beside it are a remark."""
    return ground is Ground.SERVICE
