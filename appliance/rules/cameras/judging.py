"""Whether an act is a row of the table of cameras: the row, or a refusal that names everything that is missing. Pure.

The keeper and the pages judge with the same function over the same facts; the keeper's answer counts.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.rules.cameras.facts import GuardContext
from appliance.rules.cameras.rows import Event, Row, events_from, find
from appliance.rules.cameras.signing import Unfit, acting
from appliance.rules.cameras.states import State
from appliance.rules.cameras.table import CAMERAS

__all__ = ["Refusal", "judge", "never", "possible"]

_NEVER = frozenset(
    {"papers_are_there", "is_exempt", "is_not_exempt", "approval_needed", "device_agrees", "device_silent"}
)
"""What no act of anybody's mends: the event is not for this version."""


class Refusal(NamedTuple):
    """Why an act may not be. ``why``: ``no_row``, ``role``, ``pair``, ``pair_marked``, ``pair_unavoidable``,
    ``password``, ``ink_row`` (no sheet has it) or ``guard``. ``missing``: codes, roles, cells, accounts or the events
    that the state has."""

    event: Event
    why: str
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"to {self.event}: {self.why} ({', '.join(self.missing) or 'nothing'})"


def judge(sight: GuardContext, event: Event) -> Row | Refusal:
    """The row that ``event`` is for this sight, or why it is none."""
    row = find(CAMERAS, sight.version.state, event)
    if row is None:
        return Refusal(event, "no_row", possible(sight.version.state))
    if sight.actor.ink is not None and not row.on_sheet:
        return Refusal(event, "ink_row", ())
    fit = acting(sight, row)
    if isinstance(fit, Unfit):
        return Refusal(event, fit.why, fit.more)
    missing = tuple(dict.fromkeys(code for guard in row.guards for code in guard(sight)))
    if missing:
        return Refusal(event, "guard", missing)
    unproved = (row.password or sight.actor.beside) and not sight.actor.proved
    return Refusal(event, "password", ()) if unproved else row


def possible(state: State) -> tuple[Event, ...]:
    """What the table has for a state, whoever acts."""
    return events_from(CAMERAS, state)


def never(sight: GuardContext, event: Event) -> bool:
    """Whether the event is not for this version, whoever acts and whatever is typed."""
    row = find(CAMERAS, sight.version.state, event)
    return row is not None and any(code in _NEVER for guard in row.guards for code in guard(sight))
