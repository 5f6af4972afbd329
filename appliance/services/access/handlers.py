"""What the keeper answers about the access log: who looked at what (``domain`` 4.3, read ledger, logs, audit)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.core.errors import NotFound
from appliance.ledger.log import Ledger
from appliance.protocol.access import ACCESS_LOG, AccessPage, AccessQuery, AccessRow
from appliance.protocol.endpoint import Served, serves
from appliance.rules.access import SORTS
from appliance.services.access.log import Access, AccessLog, LogQuery
from appliance.services.asked_day import asked_day
from appliance.services.people.rights import Rights

__all__ = ["AccessHandlers"]

_MOST_PER_PAGE = 10_000


class AccessHandlers:
    """``case_key``: the key of a case by its key or number, raises NotFound; ``display``: the name of an account."""

    def __init__(
        self,
        rights: Rights,
        log: AccessLog,
        ledger: Ledger,
        *,
        case_key: Callable[[str], str],
        display: Callable[[str], str],
    ) -> None:
        self._rights, self._log, self._ledger = rights, log, ledger
        self._case_key, self._display = case_key, display

    def served(self) -> tuple[Served, ...]:
        return (serves(ACCESS_LOG, self._page),)

    def _page(self, request: AccessQuery) -> AccessPage:
        self._rights.require(request, "see-access")
        found = self._log.find(self._query(request))
        per_page = min(max(1, request.per_page), _MOST_PER_PAGE)
        pages = max(1, -(-len(found) // per_page))
        page = min(max(1, request.page), pages)
        numbers = {key: number for number, key in self._ledger.numbered().items()}
        names = {name: self._display(name) for name in self._log.people()}
        return AccessPage(
            total=len(found),
            page=page,
            pages=pages,
            rows=tuple(_row(each, numbers, names) for each in found[(page - 1) * per_page : page * per_page]),
            people=tuple(sorted(names.items(), key=lambda each: each[1])),
        )

    def _query(self, request: AccessQuery) -> LogQuery:
        case = request.case.strip()
        return LogQuery(
            person=request.person[:64],
            case=self._key(case) if case else "",
            what=request.what if request.what in SORTS else "",
            first=asked_day("access log", request.first) if request.first else None,
            last=asked_day("access log", request.last) if request.last else None,
        )

    def _key(self, case: str) -> str:
        """The key; of a case that is not there, the text itself, which nothing fits."""
        try:
            return self._case_key(case)
        except NotFound:
            return case


def _row(each: Access, numbers: Mapping[str, str], names: Mapping[str, str]) -> AccessRow:
    number = numbers.get(each.case, each.case)
    return AccessRow(**each._asdict(), number=number, names=tuple(names.get(name, name) for name in each.people))
