"""The tables as they stand in ``docs/design/inspection.md``, printed from the steps themselves. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.rules.inspection.rows import LATE_REASONS, ROW_STEPS, TICKET_STEPS, RowState, TicketState

__all__ = ["printed_tables"]

_CODES = {"officer": "OFF", "manager": "MGR", "unit_head": "HEAD-U", "secretary": "SEC", "system": "SYS"}


def printed_tables() -> str:
    """All tables in Markdown, each under its heading."""
    rows = [
        (
            step.number,
            _states(step.sources),
            f"{step.event.zh} `{step.event}`",
            step.target.name,
            ", ".join(code for role, code in _CODES.items() if role in step.roles),
            " · ".join(f"`{guard}`" for guard in step.guards),
            f"`{step.kind}`" if step.kind else "the ticket's",
        )
        for step in ROW_STEPS
    ]
    tickets = [
        (
            _states(step.sources),
            f"{step.event.zh} `{step.event}`",
            step.target.name,
            " · ".join(f"`{guard}`" for guard in step.guards),
        )
        for step in TICKET_STEPS
    ]
    words = [(f"{state.name} `{state}`", state.zh) for state in (*RowState, *TicketState)]
    return "\n".join(
        (
            "### The daily row\n\n" + _table(("#", "from", "event", "to", "who", "guards", "entry"), rows),
            "### The repair ticket\n\n" + _table(("from", "event", "to", "guards"), tickets),
            "### States\n\n" + _table(("state", "中文"), words),
            f"Why a row is signed later: {', '.join(f'`{reason}`' for reason in LATE_REASONS)}.\n",
        )
    )


def _states(states: frozenset[RowState] | frozenset[TicketState]) -> str:
    order = [*RowState, *TicketState]
    return ", ".join(state.name for state in sorted(states, key=order.index)) or "none"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
