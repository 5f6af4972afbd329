"""What somebody who leaves hands over (交接): the open things, who may take each, and what is ticked. Pure.

Source: ``rules`` 三 (a hand-over checklist on change), ``domain`` 4.1 (leaving: the same day, with a hand-over list
and a reminder of secrecy), ``T-81``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from appliance.core.errors import Refused, UsageError
from appliance.core.model import Record

__all__ = ["LINES", "SORTS", "Item", "check_handover"]

SORTS = (
    "case", "hold", "ticket", "camera", "inspection", "incidents", "visits", "vendors", "media", "live", "datafile",
    "deletions",
)  # fmt: skip
"""The kinds of things, in the order of the list; lines of registers by the register's code."""

LINES = ("keys", "papers", "places", "secrecy")
"""What is ticked besides: keys and badges are back, papers and media are handed over, the ways of the desk were
shown, and that the duty of secrecy lasts was said. Accounts and key slots need no line: they end with the account."""


class Item(Record, frozen=True, kw_only=True):
    """An open thing. ``key`` names it in addresses, ``number`` on papers. ``what``: the step that waits, or the
    state. ``due``: an ISO day, "" for none. ``roles``: one of which takes it on; ``takers``: accounts of others who
    may."""

    sort: str
    key: str
    number: str = ""
    what: str = ""
    due: str = ""
    roles: tuple[str, ...] = ()
    takers: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.sort}/{self.key}"


def check_handover(items: Sequence[Item], receivers: Mapping[str, str], ticked: Collection[str]) -> None:
    """Raises Refused for a thing that nobody takes, or whom it may not be given to, UsageError for what no list has.

    ``receivers``: the account that takes each item, by its id.
    """
    if unknown := set(receivers) - {item.id for item in items}:
        raise UsageError.of("handover-changed", unknown=min(unknown)[:40])
    for item in items:
        name, taker = item.number or item.key, receivers.get(item.id, "")
        if not item.takers:
            raise Refused.of("handover-nobody", name=name, roles=" or ".join(item.roles))
        if not taker:
            raise Refused.of("handover-taker", name=name)
        if taker not in item.takers:
            raise Refused.of("handover-may-not", taker=taker[:40], name=name)
    if lacking := [line for line in LINES if line not in ticked]:
        raise Refused.of("handover-lines", lacking=", ".join(lacking))
