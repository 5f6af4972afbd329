"""What the registers know of the rest of the keeper: cameras, repairs, people, and how long clocks may run."""

from __future__ import annotations

from collections.abc import Callable

from appliance.custody.gaps import MAINTENANCE
from appliance.custody.registers.book import RegisterBook, RegisterWorld
from appliance.keeper.parts import Keeper
from appliance.model import Gap, Span
from appliance.rules.cameras.version import PURPOSES
from appliance.rules.inspection.rows import TicketState
from appliance.rules.registers.proposals import KEPT_NS, Proposal, SeenFinding, proposals_of
from appliance.rules.registers.shape import DataFile, Hours
from appliance.rules.registers.visits import spans_lost

__all__ = ["data_file_of", "register_book"]

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
        RegisterWorld(
            cameras,
            tickets,
            viewers,
            hours,
            trusted=lambda: keeper.trusted,
            notice=lambda: data_file_of(keeper),
            proposals=lambda: proposals(),
        ),
        pseudonym=keeper.cases.pseudonym,
        accounts=lambda: [person.name for person in keeper.people.book.all()],
        random=random,
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
