"""Who may sign a cell of a camera version, and which two cells one person never signs. Source: domain 4.2, ``D-10``.

Pure. Two cells of the approval chain by one person are possible only where nobody else can sign, with the mark 兼簽.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.rules.cameras.facts import GuardContext
from appliance.rules.cameras.rows import Row
from appliance.rules.cameras.states import Cell
from appliance.rules.people import Role

__all__ = ["PAIRS", "Acting", "Pair", "Unfit", "acting"]


class Pair(NamedTuple):
    """Two cells that one person does not sign on one version. ``waivable``: with 兼簽, where it cannot be avoided; then
    a superseded signature counts as well."""

    first: Cell
    second: Cell
    waivable: bool = False


_CHAIN = (Cell.MAKER, Cell.UNIT_HEAD, Cell.SECRETARY, Cell.DIRECTOR)

PAIRS: tuple[Pair, ...] = (
    *(Pair(one, other, waivable=True) for at, one in enumerate(_CHAIN) for other in _CHAIN[at + 1 :]),
    Pair(Cell.ANSWER_ENTERED, Cell.ANSWER_CONFIRMED),
    Pair(Cell.ACCEPTED, Cell.PUT_IN_FORCE),
    Pair(Cell.REVIEWED, Cell.REVIEW_STAMPED),
    Pair(Cell.EXPLAINED, Cell.EXPLANATION_CONFIRMED),
)


class Acting(NamedTuple):
    """Somebody fit for a row: in which role, as a deputy or not, and whether the cell bears 兼簽."""

    role: Role
    deputy: bool = False
    double: bool = False


class Unfit(NamedTuple):
    """Why not: ``role``, ``pair``, ``pair_marked`` (the mark does not help: somebody else can sign) or
    ``pair_unavoidable`` (nobody else can: the mark would)."""

    why: str
    more: tuple[str, ...] = ()


def acting(sight: GuardContext, row: Row) -> Acting | Unfit:
    """How the actor may perform the row, or why not."""
    actor = sight.actor
    if actor.system:
        return Acting(Role.SYSTEM) if Role.SYSTEM in row.who else Unfit("role", tuple(row.who))
    roles = [role for role in row.who if role in actor.roles]
    if not roles:
        return Unfit("role", tuple(row.who))
    found = Acting(roles[0], deputy=roles[0] in actor.acting)
    pairs = _completed(sight, actor.account, row.cell)
    if not pairs:
        return found
    cells = tuple(sorted({pair.first if pair.second is row.cell else pair.second for pair in pairs}))
    if not all(pair.waivable for pair in pairs):
        return Unfit("pair", cells)
    free = tuple(
        account
        for role in row.who
        for account in sight.facts.holders.get(role, ())
        if account != actor.account and not _completed(sight, account, row.cell)
    )
    if free:
        return Unfit("pair_marked" if sight.facts.typed.double else "pair", free)
    if not sight.facts.typed.double:
        return Unfit("pair_unavoidable", cells)
    return found._replace(double=True)


def _completed(sight: GuardContext, account: str, cell: Cell | None) -> list[Pair]:
    """The pairs that this account's signature in ``cell`` would complete."""
    if cell is None:
        return []
    cells = sight.version.signatures
    mine = {each.cell for each in cells if each.account == account}
    standing = {each.cell for each in cells if each.account == account and not each.superseded}
    return [
        pair
        for pair in PAIRS
        for other in (mine if pair.waivable else standing)
        if {pair.first, pair.second} == {cell, other}
    ]
