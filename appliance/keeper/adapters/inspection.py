"""What the book of inspections asks the keeper: findings, measures, days off, and what a camera lost."""

from __future__ import annotations

from collections.abc import Callable

from appliance.core.errors import Unavailable
from appliance.core.model import Gap, Span
from appliance.keeper.context import Keeper
from appliance.rules.inspection.facts import Item
from appliance.rules.scans import ROW_PAPER
from appliance.services.inspection.book import InspectionBook
from appliance.services.inspection.ports import Inspected
from appliance.vault.index.gaps import REPAIR

__all__ = ["inspection_book"]


def inspection_book(keeper: Keeper, random: Callable[[int], bytes]) -> InspectionBook:
    """The office's book, over what the keeper knows."""

    def stood(start_ns: int, end_ns: int) -> list[Item]:
        return [
            Item(
                key=finding.key,
                box=finding.box,
                text=finding.text,
                since_ns=finding.since_ns,
                over_ns=over_ns,
                ended=finding.ended,
            )
            for finding, over_ns in keeper.findings.stood(start_ns, end_ns)
        ]

    def values() -> list[tuple[str, str, float, float, str]]:
        looks = keeper.self_tests.newest().values()
        return [
            (look.camera_no, sign.fault, sign.value, sign.limit, sign.unit) for look in looks for sign in look.signs
        ]

    def lost(camera_no: str, span: Span) -> list[Span] | None:
        try:
            return [Span(gap.start_ns, gap.end_ns) for gap in keeper.ring.gaps_in(camera_no, span)]
        except Unavailable:
            return None

    def visits() -> list[str]:
        return [number for number, item in keeper.registers.items("visits").items() if item.state == "open"]

    def media() -> dict[str, str]:
        return {number: item.state for number, item in keeper.registers.items("media").items()}

    book = InspectionBook(
        keeper.stores.acts,
        keeper.ledger,
        keeper.clock,
        keeper.stores.office.office.created_ns,
        Inspected(
            stood=stood,
            values=values,
            days_off=keeper.rules.days_off,
            trusted=lambda: keeper.trusted,
            lost=lost,
            visits=visits,
            media=media,
            scanners=lambda on: keeper.scans.takers(f"inspection/{on.isoformat()}", ROW_PAPER),
        ),
        random=random,
        pseudonym=keeper.cases.pseudonym,
    )

    def told(camera_no: str, span: Span) -> list[Gap]:
        """What a camera lost under its tickets in that span."""
        return [
            Gap(camera_no=camera_no, start_ns=part.start_ns, end_ns=part.end_ns, cause=f"{REPAIR}:{file.ticket.number}")
            for file in book.lost()
            for part in file.lost
            if file.camera_no == camera_no and part.overlaps(span)
        ]

    keeper.ring.hear(told)
    return book
