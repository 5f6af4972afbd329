"""The table of cameras as it stands in ``docs/design/cameras.md``, printed from the rows themselves. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.rules.cameras.rows import Row
from appliance.rules.cameras.signing import PAIRS
from appliance.rules.cameras.states import ENDS, LIVE, OPEN, State
from appliance.rules.cameras.table import CAMERAS

__all__ = ["printed_tables"]

_DOT = " · "


def printed_tables() -> str:
    """Rows, states and forbidden pairs in Markdown, each under its heading."""
    head = ("#", "from", "event", "to", "who", "signs", "guards", "effects", "entry")
    rows = "### Rows\n\n" + _table(head, [_cells_of(row) for row in CAMERAS])
    return "\n".join([rows, _states(), _pairs()])


def _cells_of(row: Row) -> tuple[str, ...]:
    target = "back" if row.back else row.target.name if row.target else "stays"
    return (
        row.id,
        ", ".join(state.name for state in row.sources),
        f"{row.event.zh} `{row.event}`",
        target,
        ", ".join(role.code for role in row.who) + (" + password" if row.password else ""),
        f"`{row.cell}`" if row.cell else "",
        _DOT.join(f"`{name}`" for name in row.guard_names),
        _DOT.join(f"`{effect}`" for effect in row.effects),
        f"`{row.kind}`",
    )


def _states() -> str:
    rows = [(f"{state.name} `{state}`", state.zh, _is(state)) for state in State]
    return "### States\n\n" + _table(("state", "中文", "is"), rows)


def _is(state: State) -> str:
    kinds = {"on its way": OPEN, "in force, recorded": LIVE, "an end": ENDS}
    return next((name for name, states in kinds.items() if state in states), "")


def _pairs() -> str:
    rows = [(f"`{pair.first}`", f"`{pair.second}`", "兼簽" if pair.waivable else "never") for pair in PAIRS]
    return "### Forbidden pairs\n\n" + _table(("cell", "cell", "both by one person"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
