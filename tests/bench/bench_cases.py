"""Ten thousand cases at the keeper, each with the scan of its form: start, lists, search, the duty board, one case,
each as the keeper answers it and as a whole page over HTTPS, and one act.

    python -m tests.bench.bench_cases [--cases 10000] [--open 500] [--directory DIR]

All but ``--open`` cases led a citizen's whole life, and their pins ended; the open ones stand somewhere on their way.
All of one ID number, so that the page of a case has the most to say of what came before.
The stores are the keeper's own, on a real disk, nothing of which is synced while they are filled.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from appliance.keeper.findings import Findings
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.checklist import LINES
from appliance.rules.cases.rows import Event
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.board import board
from appliance.services.cases.book import CaseBook
from appliance.services.cases.listing import Listing, ListQuery
from appliance.services.cases.ports import CasePorts
from appliance.services.cases.views import tell
from appliance.services.people.login import Seat
from appliance.services.scans.file import Sealed
from appliance.services.scans.scans import PART, Paper, ScanBook
from appliance.storage.files import RealFs
from tests.bench.bench_ledger import once
from tests.bench.big_office import _Unsynced
from tests.bench.case_pages import PAGES, pages
from tests.rules.casedesk import PEOPLE, ROSTER
from tests.services.bookdesk import CITIZEN, FORM, RANGE
from tests.vault.ringcases import BOX_KEY, SIGNING, MovingClock

WORLD = CasePorts(
    cameras=lambda: {"C1": "大廳", "C2": "櫃檯"},
    accounts=lambda: PEOPLE,
    roster=lambda: ROSTER,
    here=lambda: frozenset(),
    managing=lambda: "general",
    policy_on=lambda day: "113-09-27",
    footage=lambda scope: "in_store",
    readable=lambda scopes: True,
    scans=lambda case: {"form"},
    round_the_clock=True,
)
DOOR = {"id_again": True, "statement_signed": True, "devices_away": True}
PROPOSAL = {"checklist": {line.code: "yes" for line in LINES}, "proposal": {"result": "granted", "article": "八(五)"}}
LIFE: tuple[tuple[Event, str, dict[str, Any]], ...] = (
    (Event.PASS_FORMAL, "wang", {}),
    (Event.PROPOSE, "lin", PROPOSAL),
    (Event.STAMP, "chen", {}),
    (Event.STAMP, "hsu", {}),
    (Event.GRANT, "tsai", {}),
    (Event.ISSUE, "wang", {"dispatch": {"day": "", "doc_no": "", "signer": "tsai"}}),
    (Event.NOTIFY, "wang", {"service": {"means": "郵寄", "day": "", "proof_no": "RR1"}}),
    (Event.SCHEDULE, "wang", {"viewing": {"on": "", "starts": "10:00", "ends": "11:00"}}),
    (Event.PREPARE, "wang", {}),
    (Event.BEGIN, "lin", {"viewing": DOOR}),
    (Event.FINISH, "lin", {"viewing": {"filming": "none", "signed": True}, "reason": "未播放"}),
    (Event.CLEAN, "system", {}),
    (Event.SIGN_LEDGER, "wang", {}),
    (Event.STAMP_LEDGER, "chen", {}),
    (Event.CLOSE, "wang", {}),
)
SEATS = (
    Seat(1, "wang", "wang-name", ("officer", "manager"), "", 0),
    Seat(2, "chen", "chen-name", ("unit_head",), "", 0),
)


class Office:
    """The stores in ``directory``, opened in the keeper's order; what each took in seconds of the processor."""

    def __init__(self, directory: str, clock: MovingClock, fs: RealFs) -> None:
        self.took: dict[str, float] = {}
        self.clock, self.folder = clock, os.path.join(directory, "scans")
        places = {name: os.path.join(directory, name) for name in ("ledger", "records")}
        self.ledger = self._timed(
            "ledger", lambda: Ledger(fs, places["ledger"], clock, origin="bench", signing_key=SIGNING)
        )
        self.acts = self._timed("records", lambda: Acts(self.ledger, fs, places["records"], BOX_KEY, clock))
        self.scans = self._timed("scans", lambda: ScanBook(self.acts, self.ledger, fs, self.folder, clock))
        self.findings = self._timed(
            "findings", lambda: Findings(self.ledger, print, os.path.join(directory, "waiting"), fs, clock.wall_ns)
        )
        self.book = self._timed(
            "case book", lambda: CaseBook(self.acts, self.ledger, clock, WORLD, pseudonym_key=BOX_KEY)
        )

    def _timed(self, name: str, make: Callable[[], Any]) -> Any:
        """Of the processor: on a machine that others use as well, the clock on the wall says nothing."""
        start = time.process_time()
        made = make()
        self.took[name] = time.process_time() - start
        return made


def lead(book: CaseBook, number: int, steps: int) -> str:
    """A case as far as so many steps of its life; its key."""
    today = book.today().isoformat()
    applicant = CITIZEN | {"name": f"王{chr(0x4E00 + number % 5000)}{chr(0x4E00 + number // 7 % 5000)}"}
    facts: dict[str, Any] = {"asked": [RANGE], "parties": [applicant], "form": FORM}
    key = book.act(f"{number}", ActingUser("wang", "wang-name"), "", "receive", facts, kind="CIT").file.key
    for at, (event, who, typed) in enumerate(LIFE[:steps]):
        facts = {name: value | {"day": today} if "day" in value else value for name, value in typed.items()}
        if event is Event.ISSUE:
            facts["dispatch"] = facts["dispatch"] | {"doc_no": f"北市萬戶行字第{number}號"}
        if event is Event.NOTIFY:
            facts["service"] |= {"proof_day": today}
        if event is Event.SCHEDULE:
            starts, ends = (f"{14 + number % 8:02d}:{number // 8 % 6 * 10 + more:02d}" for more in (0, 9))
            facts = {"viewing": typed["viewing"] | {"on": today, "starts": starts, "ends": ends}}
        book.act(f"{number}.{at}", ActingUser(who, f"{who}-name", proved=True), key, event, facts)
    return key


def file_scan(office: Office, number: int, case: str) -> None:
    """The form of a case, as far as ledger, records and the folder's list know it: the file itself is empty."""
    file_id = f"{number:032x}"
    with open(os.path.join(office.folder, file_id + PART), "wb"):
        sealed = Sealed(1, f"{number:064x}", 1, f"{number:064x}")
    paper = Paper(of=f"case/{case}", kind="form", name=f"{number}.pdf")
    office.scans.put(f"{number}.scan", SEATS[0], paper, file_id, bytes(32), sealed, ("pdf", 1))


def fill(directory: str, clock: MovingClock, cases: int, living: int) -> None:
    office = Office(directory, clock, _Unsynced())
    for number in range(cases):
        case = lead(office.book, number, len(LIFE) if number < cases - living else number % (len(LIFE) - 2))
        file_scan(office, number, case)
        if number % 40 == 0:  # an office of a few cases a day, over years
            clock.go_to(clock.wall_ns() + 86_400 * 10**9)
            office.book.end_pins(trusted=True)
    office.book.end_pins(trusted=True)
    office.ledger.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--open", type=int, default=500, help="how many of them are not closed")
    parser.add_argument("--keep", default="", help="a directory to fill, or to measure where it is filled already")
    parser.add_argument("--directory", default=None, help="where to put the files (default: a temporary directory)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.directory) as temporary:
        directory = given.keep or temporary
        clock = MovingClock(RANGE["end_ns"] + 3600 * 10**9)  # type: ignore[operator]
        if not os.path.exists(os.path.join(directory, "ledger")):
            os.makedirs(directory, exist_ok=True)
            made = once(lambda: fill(directory, clock, given.cases, given.open))
            print(f"{given.cases} cases, {given.open} of them open, made in {made:.0f} s")
        else:
            clock.go_to(clock.wall_ns() + (given.cases // 40 + 1) * 86_400 * 10**9)
        office = Office(directory, clock, RealFs())
        print(f"{office.ledger.size} entries")
        for name, took in office.took.items():
            print(f"open {name:24s} {took:8.2f} s")
        print(f"start                        {sum(office.took.values()):8.2f} s")
        measure(office, Path(temporary))
        print(f"resident                     {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MiB")


def told(name: str, act: Callable[[int], object], times: int = 20) -> None:
    """What an act takes: on the wall, which others on this machine lengthen, and of the processor, in milliseconds."""
    walls, processors = [], []
    for number in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        act(number)
        walls.append((time.perf_counter() - wall) * 1000)
        processors.append((time.process_time() - processor) * 1000)
    figures = "   ".join(
        f"{of} {sorted(took)[times // 2]:6.1f} ms, worst {max(took):6.1f}"
        for of, took in (("wall", walls), ("processor", processors))
    )
    print(f"{name:30s} {figures}")


def measure(office: Office, directory: Path) -> None:
    book, listing = office.book, Listing(office.book)
    warm = once(lambda: [listing.warm(250) for _ in range(len(book.all_keys()) // 250 + 1)])
    print(f"rows of all lists, in turns  {warm:8.2f} s")
    kept = listing.kept()
    gc.collect()
    gc.freeze()  # as the keeper does once all rows are there
    print(f"rows of all lists, kept      {once(lambda: Listing(book).take(kept)):8.2f} s, {len(kept) >> 10} KiB")
    newest, closed = book.all_keys()[0], book.all_keys()[-1]
    for name, act in (
        ("list, newest page", lambda _: listing.find(ListQuery(), 1, 50)),
        ("list, last page", lambda _: listing.find(ListQuery(), 1 << 20, 50)),
        ("list, open ones", lambda _: listing.find(ListQuery(state="open"), 1, 50)),
        ("list, soonest due", lambda _: listing.find(ListQuery(order="due"), 1, 50)),
        ("list, by number", lambda _: listing.find(ListQuery(order="number"), 1, 50)),
        ("search by a name", lambda n: listing.find(ListQuery(text=f"王{chr(0x4E00 + n)}"), 1, 50)),
        ("search for nothing there", lambda _: listing.find(ListQuery(text="查無此人"), 1, 50)),
        ("duty board", lambda _: board(book, SEATS)),
        ("one case, open", lambda _: tell(book, book.file(newest), SEATS, full=True)),
        ("one case, closed", lambda _: tell(book, book.file(closed), SEATS, full=True)),
        ("what is pinned", lambda _: book.holds()),
    ):
        told(name, act)
    with pages(directory / "site", book, listing, SEATS, office.ledger, office.clock) as get:
        numbers = {"open": book.file(newest).case.number, "closed": book.file(closed).case.number}
        for name, address in PAGES:
            there = quote(address.format(**numbers), safe="/?=&")
            told(name, lambda _, there=there: get(there))
    told("a receipt, durable", lambda n: lead(book, 10**6 + len(book.all_keys()), 0))


if __name__ == "__main__":
    main()
