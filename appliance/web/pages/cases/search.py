"""What a list of cases is asked for: read out of an address forgivingly, and written into one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from appliance.protocol.cases import CasesQuery
from appliance.rules.cases.states import Kind, State
from appliance.web.i18n.roc_time import read_day

__all__ = ["ORDERS", "PER_PAGE", "Search", "search_from"]

PER_PAGE = 50
ORDERS = ("newest", "due", "number")
_MOST = 200
_WORDS = ("text", "person", "camera")
_DAYS = ("from", "to")


class Search(NamedTuple):
    """The fields as they were typed. ``unread``: days that are none."""

    typed: Mapping[str, str]
    kind: str = ""
    state: str = ""
    order: str = ORDERS[0]
    page: int = 1
    days: Mapping[str, str] = {}
    unread: tuple[str, ...] = ()

    @property
    def is_wide(self) -> bool:
        """Nothing is asked for, so everything is."""
        return not any((*self.typed.values(), self.kind, self.state))

    def query(self, session: str) -> CasesQuery:
        """As the keeper takes it. A day that cannot be read is not looked for."""
        return CasesQuery(
            session=session,
            text=self.typed["text"],
            kind=self.kind,
            state=self.state,
            camera=self.typed["camera"],
            person=self.typed["person"],
            first=self.days.get("from", ""),
            last=self.days.get("to", ""),
            order=self.order,
            page=self.page,
            per_page=PER_PAGE,
        )

    def address(self, **changes: Any) -> str:
        """Of the list with these changes; another order begins at its first page."""
        values = {**self.typed, "kind": self.kind, "state": self.state, "order": self.order, "page": self.page}
        values |= {"page": 1} if "page" not in changes else {}
        values |= changes
        plain = {"order": ORDERS[0], "page": 1}
        query = {name: value for name, value in values.items() if value and value != plain.get(name)}
        return f"/cases?{urlencode(query)}" if query else "/cases"


def search_from(query: Mapping[str, str]) -> Search:
    """The search that an address asks for; days in ROC or Gregorian form."""
    typed = {name: query.get(name, "").strip()[:_MOST] for name in (*_WORDS, *_DAYS)}
    found = {name: read_day(typed[name]) for name in _DAYS if typed[name]}
    kind, state, order = (query.get(name, "") for name in ("kind", "state", "order"))
    page = query.get("page", "")
    return Search(
        typed,
        kind if kind in set(Kind) else "",
        state if state in {"open", "closed", *State} else "",
        order if order in ORDERS else ORDERS[0],
        int(page) if page.isascii() and page.isdigit() and 0 < int(page) < 1_000_000 else 1,
        {name: day.isoformat() for name, day in found.items() if isinstance(day, date)},
        tuple(name for name, day in found.items() if not isinstance(day, date)),
    )
