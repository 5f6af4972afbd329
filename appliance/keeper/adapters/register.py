"""What the registers know of the rest of the keeper: cameras, repairs, people, and how long clocks may run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from appliance.core.model import Gap, Span
from appliance.keeper.context import Keeper
from appliance.rules.cameras.version import PURPOSES
from appliance.rules.cases.deletion import answer_deletion, answer_together
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.states import Kind
from appliance.rules.deadlines import day_of
from appliance.rules.inspection.rows import TicketState
from appliance.rules.packs.caseterms import terms_for
from appliance.rules.registers.proposals import KEPT_NS, Proposal, SeenFinding, proposals_of
from appliance.rules.registers.shape import DataFile, Hours
from appliance.rules.registers.visits import spans_lost
from appliance.rules.retention import Hold
from appliance.services.cases.adapters import footage_of
from appliance.services.registers.book import RegisterBook, RegisterPorts
from appliance.vault.index.gaps import MAINTENANCE

__all__ = ["data_file_of", "kept_until", "register_book"]

_NEVER_LIVE = frozenset({"auditor"})


def data_file_of(keeper: Keeper) -> DataFile:
    """The notice of the personal data file as it follows from the rules and the cameras in force. Cameras of a set-up
    say no purpose: then it is every one that the rules have (二)."""
    pack, versions = keeper.packs.in_force().pack, keeper.cameras.fleet.in_force()
    said = {purpose for version in versions for purpose in version.matters.purposes}
    silent = any(not version.matters.purposes for version in versions) or not versions
    sound = any(version.matters.sound for version in versions)
    return DataFile(
        agency=pack.office.name,
        unit=pack.office.unit,
        phone=pack.office.phone,
        address=pack.office.address,
        basis=pack.rules.basis,
        purposes=tuple(purpose for purpose in PURPOSES if purpose in said or silent),
        categories=("picture", *(("sound",) if sound else ()), "applicants"),
    )


def kept_until(keeper: Keeper, ranges: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """Why the minutes of a request to destroy are kept and the last day on which any of them exists (``AT-66``). None
    while the index is in doubt."""
    today, rules, found = day_of(keeper.clock.wall_ns()), keeper.rules, []
    holds = [*keeper.cases.holds(), *keeper.holds.holds()]
    for each in ranges:
        scope = Scope(str(each["camera_no"]), int(each["start_ns"]), int(each["end_ns"]))
        there = footage_of(keeper.ring, scope)
        if not there:
            return None
        keeping = [hold for hold in holds if hold.camera_no == scope.camera_no and _overlap(hold, scope)]
        beyond = any(hold.beyond_ceiling for hold in keeping)
        if there in ("in_store", "partly"):
            found.append(
                answer_deletion(
                    scope, rules.policy, today, held=bool(keeping), beyond_ceiling=beyond, days_off=rules.days_off()
                )
            )
    ground, gone_by = answer_together(found)
    return {"ground": ground, "gone_by": gone_by.isoformat() if gone_by else ""}


def _overlap(hold: Hold, scope: Scope) -> bool:
    return hold.start_ns < scope.end_ns and scope.start_ns < hold.end_ns


def register_book(keeper: Keeper, random: Callable[[int], bytes]) -> RegisterBook:
    """The book of this keeper."""

    def cameras() -> dict[str, bool]:
        public = {version.camera_no for version in keeper.cameras.fleet.in_force() if version.matters.public_area}
        return {camera_no: camera_no in public for camera_no in keeper.cameras.locations()}

    def tickets() -> list[str]:
        over = (TicketState.VERIFIED, TicketState.CLOSED)
        return [file.ticket.number for file in keeper.inspections.tickets() if file.ticket.state not in over]

    def viewers() -> list[str]:
        book = keeper.people.book
        today = book.today()
        return [person.name for person in book.all() if person.on(today) and not _NEVER_LIVE & set(person.on(today))]

    def hours() -> Hours:
        numbers = keeper.packs.in_force().pack.numbers
        return Hours(
            report=numbers.report_hours,
            notice=numbers.notice_hours,
            contain=numbers.contain_hours,
            contain_serious=numbers.contain_serious_hours,
        )

    book = RegisterBook(
        keeper.stores.acts,
        keeper.ledger,
        keeper.clock,
        RegisterPorts(
            cameras,
            tickets,
            viewers,
            hours,
            trusted=lambda: keeper.trusted,
            notice=lambda: data_file_of(keeper),
            proposals=lambda: proposals(),
            kept=functools.partial(kept_until, keeper),
            letter_word=lambda: keeper.packs.in_force().pack.office.letter_word,
            terms=lambda: terms_for(keeper.packs.in_force().pack, Kind.CIT),
        ),
        pseudonym=keeper.cases.pseudonym,
        accounts=lambda: [person.name for person in keeper.people.book.all()],
        random=random,
        letters=keeper.letters,
    )

    def proposals() -> list[Proposal]:
        now_ns = keeper.clock.wall_ns()
        stood = keeper.findings.stood(now_ns - KEPT_NS, now_ns + 1)
        seen = [SeenFinding(each.key, each.text, each.since_ns, over_ns) for each, over_ns in stood]
        return proposals_of(seen, book.items("incidents").values(), keeper.cameras.locations())

    def told(camera_no: str, span: Span) -> list[Gap]:
        """What visits cost of the camera in that span."""
        return [
            Gap(camera_no=camera_no, start_ns=lost.start_ns, end_ns=lost.end_ns, cause=f"{MAINTENANCE}:{number}")
            for number, visit in book.items("visits").items()
            for of, lost in spans_lost(visit)
            if of == camera_no and lost.intersect(span) is not None
        ]

    keeper.ring.hear(told)
    return book
