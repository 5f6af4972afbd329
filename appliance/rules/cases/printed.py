"""The tables as they stand in ``docs/design/cases.md``, printed from the rows themselves. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.rules.cases.checklist import LINES
from appliance.rules.cases.formal_check import FORMAL_ITEMS
from appliance.rules.cases.judging import TABLES
from appliance.rules.cases.pins import PIN_RULES
from appliance.rules.cases.roster import PAIRS
from appliance.rules.cases.rows import Row
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.usage_log_row import CELLS

__all__ = ["printed_table", "printed_tables"]

_DOT = " · "


def printed_tables() -> str:
    """All tables of cases in Markdown, each under its heading."""
    parts = [f"### {kind} {kind.zh}\n\n{printed_table(TABLES[kind])}" for kind in Kind]
    return "\n".join([*parts, _states(), _pairs(), _pins(), _formal(), _checklist(), _cells()])


def printed_table(rows: Sequence[Row]) -> str:
    """One table, a line a row, in the order of the table."""
    head = ("#", "from", "event", "to", "who", "signs", "guards", "effects", "entry")
    return _table(head, [_cells_of(row) for row in rows])


def _cells_of(row: Row) -> tuple[str, ...]:
    return (
        row.id,
        ", ".join(state.name for state in row.sources),
        f"{row.event.zh} `{row.event}`",
        row.target.name if row.target else "stays",
        ", ".join(role.code for role in row.who) + (" + password" if row.password else ""),
        f"`{row.stage}`" if row.stage else "",
        _DOT.join(f"`{name}`" for name in row.guard_names),
        _DOT.join(str(effect) for effect in row.effects),
        f"`{row.kind}`",
    )


def _states() -> str:
    return "### States\n\n" + _table(("state", "中文", "in"), [_state(state) for state in State])


def _state(state: State) -> tuple[str, ...]:
    kinds = [kind for kind in Kind if any(state in row.sources or row.target is state for row in TABLES[kind])]
    return f"{state.name} `{state}`", state.zh, ", ".join(kinds)


def _pairs() -> str:
    rows = [(f"`{pair.first}`", f"`{pair.second}`", "兼簽" if pair.waivable else "never") for pair in PAIRS]
    return "### Forbidden pairs\n\n" + _table(("cell", "cell", "both by one person"), rows)


def _pins() -> str:
    rows = [(f"`{rule.code}`", rule.source, "yes" if rule.alone else "once closed") for rule in PIN_RULES]
    return "### Ends of a pin\n\n" + _table(("rule", "source", "ends it by itself"), rows)


def _formal() -> str:
    rows = [
        (kind, f"`{item.code}`", "no" if item.own else "yes", item.source)
        for kind in Kind
        for item in FORMAL_ITEMS[kind]
    ]
    return "### 形式審查\n\n" + _table(("kind", "item", "under another law too", "source"), rows)


def _checklist() -> str:
    rows = [
        (f"`{line.code}`", ", ".join(sorted(line.kinds)), line.when or "always", line.heavy, line.source)
        for line in LINES
    ]
    return "### Checklist of a decision\n\n" + _table(("line", "kinds", "when", "to be minded", "source"), rows)


def _cells() -> str:
    rows = [(f"`{cell.code}`", str(cell.column), cell.required.__name__.strip("_")) for cell in CELLS]
    return "### Cells of 附件4\n\n" + _table(("cell", "column", "required"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
