"""The pages of the desk over the stores of a large office: the real web process's code and the keeper's own verbs, over
HTTPS on this machine. Log-ins and what else a page asks for are those of the keeper's double.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from appliance.core.clock import Clock
from appliance.ledger.log import Ledger
from appliance.protocol.endpoints import ENDPOINTS
from appliance.protocol.transport import Reply
from appliance.rules.cases.views import Opening
from appliance.services.cases.board import board
from appliance.services.cases.book import CaseBook
from appliance.services.cases.handlers import CaseHandlers
from appliance.services.cases.listing import Listing
from appliance.services.duties.board import DutyBoard
from appliance.services.duties.handlers import DutyHandlers
from appliance.services.duties.of_scans import of_scans
from appliance.services.people.login import Seat
from appliance.services.people.rights import Rights
from tests.web.keeper_double import KeeperDouble
from tests.web.site import RunningSite
from tests.web.visitor import Visitor

__all__ = ["PAGES", "pages"]

PAGES = (
    ("page of the list, newest", "/cases"),
    ("page of the list, last", "/cases?page=100000"),
    ("page of the list, open", "/cases?state=open"),
    ("page of the list, soonest due", "/cases?order=due"),
    ("page of a search by name", "/cases?text=王七"),
    ("page of a search by day", "/cases?from=2024-09-27&to=2024-12-31"),
    ("page of the duty board", "/duties"),
    ("page of one case, open", "/cases/{open}"),
    ("page of one case, closed", "/cases/{closed}"),
)


class _Double(KeeperDouble):
    """Answers the verbs of cases and duties as a keeper with these stores does, to ``seats``."""

    def __init__(
        self, path: str, book: CaseBook, listing: Listing, seats: tuple[Seat, ...], ledger: Ledger, clock: Clock
    ):
        super().__init__(path)
        here = SimpleNamespace(session_id="", seats=seats)
        duties = DutyBoard(lambda seats: board(book, seats), lambda: of_scans(book), clock, lambda: ledger.performed)
        logins: Any = SimpleNamespace(session=lambda *_, **__: here)
        uses: Any = SimpleNamespace(looked=lambda *_: None, read_register=lambda _: None, full=lambda *_: True)
        unasked: Any = None  # what only an act, an export or the ledger of a case takes
        cases = CaseHandlers(
            Rights(logins), unasked, book, listing, uses, unasked, unasked, ledger,
            grant_of=lambda *_: "", opening=lambda *_: Opening(), is_over=lambda _: False, end_stale=lambda: None,
        )  # fmt: skip
        handlers = (*cases.served(), *DutyHandlers(logins, duties).served())
        self._stores_served = {served.endpoint.name: served for served in handlers}

    def _of_stores(self, verb: str, arguments: dict[str, Any]) -> Reply:
        request = ENDPOINTS[verb].request(**arguments)
        return self._stores_served[verb].reply(msgspec.to_builtins(request), b"")

    def _cases(self, **arguments: Any) -> Reply:
        return self._of_stores("cases", arguments)

    def _case(self, **arguments: Any) -> Reply:
        return self._of_stores("case", arguments)

    def _duties(self, **arguments: Any) -> Reply:
        return self._of_stores("duties", arguments)

    def _duties_count(self, **arguments: Any) -> Reply:
        return self._of_stores("duties.count", arguments)


@contextlib.contextmanager
def pages(
    directory: Path, book: CaseBook, listing: Listing, seats: tuple[Seat, ...], ledger: Ledger, clock: Clock
) -> Iterator[Callable[[str], None]]:
    """Gets a page, whole, by its address. Raises AssertionError where it is not answered."""
    with (
        RunningSite(directory) as site,
        _Double(site.settings.layout.socket("keeper"), book, listing, seats, ledger, clock),
    ):
        visitor = Visitor(site)
        visitor.log_in()
        visitor.join()

        def get(address: str) -> None:
            answer = visitor.get(address)
            assert answer.status == 200, f"{address}: {answer.status} {answer.text[:400]}"

        yield get
