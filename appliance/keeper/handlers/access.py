"""The access log, for its page and its file: who looked at what (``domain`` 4.3, read ledger, logs, audit)."""

from __future__ import annotations

from datetime import date
from typing import Any

from appliance.core.errors import NotFound
from appliance.keeper.arguments import asked_day
from appliance.keeper.context import Keeper
from appliance.keeper.rights import require
from appliance.protocol.transport import Message, Reply
from appliance.rules.access import SORTS
from appliance.services.access_log import Access, LogQuery

__all__ = ["VERBS"]

_MOST_PER_PAGE = 10_000


def _log(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """A page of it, newest first; ``case`` by key or number. ``people``: account and name of everybody in it."""
    require(keeper, arguments, "see-access")
    looked = LogQuery(
        person=str(arguments.get("person", ""))[:64],
        case=_case(keeper, str(arguments.get("case", ""))),
        what=what if (what := str(arguments.get("what", ""))) in SORTS else "",
        first=_day(arguments.get("from")),
        last=_day(arguments.get("to")),
    )
    found = keeper.access_log.find(looked)
    per_page = min(max(1, int(arguments.get("per_page", 50))), _MOST_PER_PAGE)
    pages = max(1, -(-len(found) // per_page))
    page = min(max(1, int(arguments.get("page", 1))), pages)
    numbers = {key: number for number, key in keeper.ledger.numbered().items()}
    names = {name: keeper.people.book.display(name) for name in keeper.access_log.people()}
    rows = [_row(each, numbers, names) for each in found[(page - 1) * per_page : page * per_page]]
    people = sorted(([name, display] for name, display in names.items()), key=lambda each: each[1])
    return Reply({"total": len(found), "page": page, "pages": pages, "rows": rows, "people": people})


def _row(each: Access, numbers: dict[str, str], names: dict[str, str]) -> dict[str, Any]:
    return each._asdict() | {
        "names": [names.get(person, person) for person in each.people],
        "number": numbers.get(each.case, each.case),
        "spans": [list(span) for span in each.spans],
        "people": list(each.people),
        "cameras": list(each.cameras),
    }


def _case(keeper: Keeper, text: str) -> str:
    """The key; of a case that is not there, the text itself, which nothing fits."""
    try:
        return keeper.cases.checked_key(text.strip()) if text.strip() else ""
    except NotFound:
        return text.strip()


def _day(text: Any) -> date | None:
    return asked_day("access log", text) if text else None


VERBS = {"access.log": _log}
