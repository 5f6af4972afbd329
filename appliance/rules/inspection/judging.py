"""Whether an act on a day's row or on a ticket may be: the step, or everything that is missing. Pure."""

from __future__ import annotations

from collections.abc import Collection

from appliance.core.errors import NotAllowed
from appliance.core.messages import coded
from appliance.rules.inspection.guards import ROW_GUARDS, TICKET_GUARDS, RowGuardContext, TicketGuardContext
from appliance.rules.inspection.rows import (
    OFFICERS,
    RowEvent,
    RowStep,
    TicketEvent,
    TicketStep,
    row_step,
    ticket_step,
)

__all__ = ["judge_row", "judge_ticket", "missing_of"]


def judge_row(event: RowEvent, sight: RowGuardContext, roles: Collection[str]) -> RowStep:
    """The step that ``event`` takes. Raises NotAllowed whose details have ``event``, ``why`` (``no_row``, ``role``,
    ``guard``), and in ``missing`` every code that the guards gave."""
    name = f"inspection of {sight.row.on.isoformat()}"
    step = row_step(sight.row.state, event)
    if step is None:
        raise _refused(name, event, "no_row", (f"state:{sight.row.state}",))
    if not step.roles & set(roles):
        raise _refused(name, event, "role", tuple(sorted(step.roles)))
    if missing := missing_of(step, sight):
        raise _refused(name, event, "guard", missing)
    return step


def missing_of(step: RowStep, sight: RowGuardContext) -> tuple[str, ...]:
    """What the guards of a step lack, in their order."""
    return tuple(code for guard in step.guards for code in ROW_GUARDS[guard](sight))


def judge_ticket(event: TicketEvent, sight: TicketGuardContext, roles: Collection[str]) -> TicketStep:
    """As :func:`judge_row`, of a ticket."""
    name = f"ticket {sight.ticket.number}" if sight.ticket else "ticket"
    state = sight.ticket.state if sight.ticket else None
    step = ticket_step(state, event)
    if step is None:
        raise _refused(name, event, "no_row", (f"state:{state}",))
    if not OFFICERS & set(roles):
        raise _refused(name, event, "role", tuple(sorted(OFFICERS)))
    if missing := tuple(code for guard in step.guards for code in TICKET_GUARDS[guard](sight)):
        raise _refused(name, event, "guard", missing)
    return step


def _refused(name: str, event: str, why: str, missing: tuple[str, ...]) -> NotAllowed:
    details = {"event": str(event), "why": why, "missing": list(missing), "next": []}
    return NotAllowed(
        coded("inspection-not-allowed", name=name, event=event, why=why, missing=", ".join(missing)), details
    )
