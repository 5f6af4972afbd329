"""The tables as they stand in ``docs/design/registers.md``, printed from the registers themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from appliance.rules.people import Role
from appliance.rules.registers.shape import Register, Step
from appliance.rules.registers.tables import REGISTERS

__all__ = ["printed_tables"]

_CODES = {"live_viewer": "LIV", "auditor": "AUD", "archivist": "ARC", "webmaster": "WEB"}


def printed_tables() -> str:
    """All tables in Markdown, each under its heading."""
    return "\n".join(_register(register) for register in REGISTERS.values())


def _register(register: Register) -> str:
    states = [
        (f"{state.name} `{state}`", state.zh, "an end" if state in register.done else "") for state in register.states
    ]
    pairs = "; ".join(f"`{pair.first}` and `{pair.second}`" for pair in register.pairs)
    return "\n".join(
        (
            f"### {register.zh} `{register.code}`\n\nNumbers `{register.letter}115-0001`; entries `{register.kind}`.\n",
            _table(
                ("#", "from", "event", "to", "who", "asked", "guards", "signs"),
                [_row(register, step) for step in register.steps],
            ),
            _table(("state", "中文", "is"), states),
            f"Never both by one person: {pairs}.\n" if pairs else "No forbidden pair.\n",
        )
    )


def _row(register: Register, step: Step) -> tuple[str, ...]:
    names = {str(state): state.name for state in register.states}
    return (
        step.id,
        ", ".join(names.get(state, "none") for state in step.sources),
        f"{step.event.zh} `{step.event}`",
        "stays" if step.target is None else names[step.target] + (" or as before" if step.stood else ""),
        _who(step.who) + (" + password" if step.password else ""),
        " · ".join(f"`{field.name}`" + ("" if field.needed else "?") for field in step.fields),
        " · ".join(f"`{guard}`" for guard in step.guard_names),
        f"`{step.cell}`" if step.cell else "",
    )


def _who(roles: Iterable[Role | str]) -> str:
    return ", ".join(role.code if isinstance(role, Role) else _CODES[role] for role in roles)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
