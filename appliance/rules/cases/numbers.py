"""Case numbers: ``113調-民-0001``, the ROC year of receipt, the kind and a serial without gaps (domain 2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from appliance.core.errors import Damaged, UsageError
from appliance.rules.cases.states import Kind

__all__ = ["case_number", "next_number", "parse_number"]

_ROC_OFFSET = 1911
_NUMBER = re.compile(r"([1-9]\d{0,2})調-(.)-(\d{4,})")


def case_number(roc_year: int, kind: Kind, serial: int) -> str:
    """The number as it is printed; a serial over 9999 has five digits."""
    return f"{roc_year}調-{kind.mark}-{serial:04d}"


def parse_number(text: str) -> tuple[int, Kind, int]:
    """ROC year, kind and serial. Raises UsageError for what no case is called."""
    found = _NUMBER.fullmatch(text)
    kind = next((kind for kind in Kind if found and kind.mark == found[2]), None)
    if found is None or kind is None or case_number(int(found[1]), kind, int(found[3])) != text or not int(found[3]):
        raise UsageError.of("case-number", number=text[:20], example=case_number(113, Kind.CIT, 1))
    return int(found[1]), kind, int(found[3])


def next_number(taken: Iterable[str], kind: Kind, day: date) -> str:
    """The number of a case of ``kind`` that is received on ``day``, after those ``taken``.

    Raises Damaged when the serials of that year and kind have a gap or a double: a case is missing from the records.
    """
    year = day.year - _ROC_OFFSET
    serials = sorted(serial for roc, of, serial in map(parse_number, taken) if (roc, of) == (year, kind))
    if serials != list(range(1, len(serials) + 1)):
        wrong = next(at for at, serial in enumerate(serials, 1) if serial != at)
        raise Damaged(f"case numbers: {case_number(year, kind, wrong)} is missing or double; verify the ledger")
    return case_number(year, kind, len(serials) + 1)
