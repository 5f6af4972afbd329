"""What the book of inspections asks the keeper: findings, measures, days off, and what a camera lost."""

from __future__ import annotations

from collections.abc import Callable

from appliance.custody.inspection.book import InspectionBook
from appliance.custody.inspection.world import Inspected
from appliance.errors import Unavailable
from appliance.keeper.parts import Keeper
from appliance.model import Span
from appliance.rules.inspection.facts import Item
from appliance.rules.scans import ROW_PAPER

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
        with keeper.lock:
            looks = list(keeper.looks.values())
        return [
            (look.camera_no, sign.fault, sign.value, sign.limit, sign.unit) for look in looks for sign in look.signs
        ]

    def lost_ns(camera_no: str, start_ns: int, end_ns: int) -> int | None:
        try:
            gaps = keeper.ring.gaps_in(camera_no, Span(start_ns, end_ns)) if end_ns > start_ns else []
        except Unavailable:
            return None
        return sum(gap.end_ns - gap.start_ns for gap in gaps)

    def visits() -> list[str]:
        return [number for number, item in keeper.registers.items("visits").items() if item.state == "open"]

    def media() -> dict[str, str]:
        return {number: item.state for number, item in keeper.registers.items("media").items()}

    return InspectionBook(
        keeper.stores.acts,
        keeper.ledger,
        keeper.clock,
        keeper.stores.office.office.created_ns,
        Inspected(
            stood=stood,
            values=values,
            days_off=keeper.rules.days_off,
            trusted=lambda: keeper.trusted,
            lost_ns=lost_ns,
            visits=visits,
            media=media,
            scanners=lambda on: keeper.scans.takers(f"inspection/{on.isoformat()}", ROW_PAPER),
        ),
        random=random,
    )
