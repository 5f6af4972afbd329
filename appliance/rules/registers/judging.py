"""Whether an act is a step of a register: the step, or a refusal that names everything that is missing; and what the
item is after it. Pure.

The keeper and the pages judge with the same function; the keeper's answer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from appliance.rules.people import Role
from appliance.rules.registers.shape import NEW, GuardContext, Item, Register, Signature, Step

__all__ = ["Refusal", "advance", "beyond_form", "judge", "never", "signature_of"]

_NEVER = frozenset({"aim_leave", "aim_scrap", "cell_supervised"})
"""What no act of anybody's mends: the step is not for this item as it stands."""


class Refusal(NamedTuple):
    """Why an act may not be. ``why``: ``no_row``, ``role``, ``pair``, ``guard``, ``ink_row`` (no sheet has it) or
    ``password``. ``missing``: events that the state has, roles, cells, or codes; ``lacks_…`` names a field."""

    event: str
    why: str
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"to {self.event}: {self.why} ({', '.join(self.missing) or 'nothing'})"


def judge(register: Register, sight: GuardContext, event: str) -> Step | Refusal:
    """The step that ``event`` is for this sight, or why it is none."""
    step = register.step(sight.item.state, event)
    if step is None:
        return Refusal(event, "no_row", tuple(str(each.event) for each in register.possible(sight.item.state)))
    if sight.actor.ink is not None and not step.on_sheet:
        return Refusal(event, "ink_row", ())
    if not _role(sight, step):
        return Refusal(event, "role", tuple(step.who))
    if cells := _paired(register, sight, step):
        return Refusal(event, "pair", cells)
    lacks = [f"lacks_{field.name}" for field in step.fields if field.needed and not _given(sight.typed, field.name)]
    lacks += [code for guard in step.guards for code in guard(sight)]
    if lacks:
        return Refusal(event, "guard", tuple(dict.fromkeys(lacks)))
    unproved = (step.password or sight.actor.beside) and not sight.actor.proved
    return Refusal(event, "password", ()) if unproved else step


def beyond_form(step: Step, found: Step | Refusal) -> Refusal | None:
    """``found`` is the judgement of an act to which nothing was brought yet: what of it the act's own form cannot mend;
    None where the form may be offered."""
    if not isinstance(found, Refusal) or found.why == "password":
        return None
    if found.why != "guard":
        return found
    asked = {f"lacks_{field.name}" for field in step.fields}
    missing = tuple(code for code in found.missing if code not in asked)
    return found._replace(missing=missing) if missing else None


def never(sight: GuardContext, step: Step) -> bool:
    """Whether the step is not for this item now, whoever acts and whatever is typed."""
    return any(code in _NEVER for guard in step.guards for code in guard(sight))


def _role(sight: GuardContext, step: Step) -> str:
    """The first role of the step that the actor has; "" for none."""
    if sight.actor.system:
        return Role.SYSTEM if Role.SYSTEM in step.who else ""
    return next((role for role in step.who if role in sight.actor.roles), "")


def _paired(register: Register, sight: GuardContext, step: Step) -> tuple[str, ...]:
    """The cells which the actor signed and which forbid this one."""
    if not step.cell or sight.actor.system:
        return ()
    mine = {each.cell for each in sight.item.signatures if each.account == sight.actor.account} - set(step.voids)
    found = {
        other
        for pair in register.pairs
        for one, other in (pair, (pair.second, pair.first))
        if one == step.cell and other in mine
    }
    return tuple(sorted(found))


def _given(typed: Mapping[str, Any], name: str) -> bool:
    return typed.get(name) not in (None, "", [], (), False, 0)


def signature_of(sight: GuardContext, step: Step) -> Signature | None:
    """What the step signs, by whoever acts."""
    if not step.cell:
        return None
    role = _role(sight, step)
    return Signature(
        cell=step.cell,
        account=sight.actor.account,
        role=role,
        at_ns=sight.actor.ink.at_ns if sight.actor.ink else sight.facts.at_ns,
        deputy=role in sight.actor.acting,
        ink=sight.actor.ink,
    )


def advance(sight: GuardContext, step: Step, signed: Signature | None, brought: Mapping[str, Any]) -> Item:
    """The item after a step that was judged and entered. ``brought``: what the step brings, as it was entered."""
    item = sight.item
    cells = tuple(each for each in item.signatures if each.cell not in (*step.voids, step.cell))
    return msgspec.structs.replace(
        item,
        state=step.leads(item),
        values={**item.values, **{field.name: None for field in step.fields}, **sight.typed, **brought},
        signatures=(*cells, signed) if signed else cells,
        times={**item.times, str(step.event): sight.facts.at_ns},
        opened_ns=sight.facts.at_ns if item.state == NEW else item.opened_ns,
    )
