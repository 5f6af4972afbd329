"""Scans of signed papers: what a file may be, to what it may belong, and who takes one in, gets it or strikes it. Pure.

Source: ``rules`` 八(五), ``AT-37``, ``AT-38``, ``AT-73``; ``D-13`` (the paper with ink is the original, its scan goes
into the file), ``D-18`` (a scan is a record: nothing of it is erased silently, or before five years are over), T-62,
檔案法 12 (no destruction before the term is over and without approval); 防護基準 1-2-1.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from appliance.core.errors import NotFound, Refused, UsageError
from appliance.rules.deadlines import month_end
from appliance.rules.people import DECIDERS, MAY, OFFICERS
from appliance.rules.wording import holds_controls

__all__ = [
    "DESTROYERS",
    "GETTERS",
    "MAX_NAME",
    "MAX_PAGES",
    "MAX_PIXELS",
    "MAX_SCAN_BYTES",
    "PAPER_YEARS",
    "ROW_PAPER",
    "SUBJECTS",
    "TAKERS",
    "TYPES",
    "CameraPaper",
    "FileType",
    "Subject",
    "camera_papers",
    "check_destroyed",
    "check_name",
    "check_type",
    "destroyed_from",
    "subject_of",
    "version_of_papers",
]

MAX_SCAN_BYTES = 20 << 20
"""Ten A4 pages in colour at 300 dpi are about half of it."""
MAX_PAGES = 200
MAX_PIXELS = 40_000_000
"""One picture; an A4 page at 600 dpi has 35 million, an A3 page at 400 dpi 31."""
MAX_NAME = 200

TAKERS = OFFICERS
"""Who takes a scan in and strikes a wrong one: whoever keeps the files of cases and holds."""
GETTERS = OFFICERS | DECIDERS | {"auditor", "archivist"}
"""Who may have the file itself, and see what was struck, of what they see at all. Each time is entered as a use."""


DESTROYERS = frozenset({"director"})
"""Who approves that a scan is destroyed once its term is over; another, of ``TAKERS``, proposes it."""
PAPER_YEARS = 5
"""How long papers are kept after what they belong to is over (``D-18``)."""


class FileType(NamedTuple):
    """``suffixes``: how its name may end, the first one is what it is given when it goes out. ``named``: in words."""

    suffixes: tuple[str, ...]
    mime: str
    named: str


TYPES = MappingProxyType(
    {
        "pdf": FileType(("pdf",), "application/pdf", "PDF"),
        "jpeg": FileType(("jpg", "jpeg", "jpe", "jfif"), "image/jpeg", "JPEG"),
        "png": FileType(("png",), "image/png", "PNG"),
    }
)


class Subject(NamedTuple):
    """What scans may belong to. ``see``: the right, a key of ``people.MAY``, with which one sees them; those of a case
    are also seen by the people it names. ``kinds``: what papers there are. ``clear``: whether its number may stand in
    the ledger in clear; a person's account may not."""

    see: str
    kinds: tuple[str, ...]
    clear: bool = True


class CameraPaper(StrEnum):
    """What an act on a camera asks to be on file of its version (五(一), ``AT-08``, ``AT-10``): the sketch of
    the view, a photo of another device, what the police authority wrote, the filing of a removal."""

    SKETCH = "sketch"
    PHOTO = "photo"
    ANSWER = "answer"
    REMOVAL = "removal"


ROW_PAPER = "row"
"""The row of a day that was kept on paper while the recorder was down (``T-78``)."""

SUBJECTS = MappingProxyType(
    {
        "case": Subject("see-cases", ("form", "mandate", "report", "letter", "order", "receipt", "service", "other")),
        "hold": Subject("see-holds", ("letter", "order", "report", "other")),
        "person": Subject("see-people", ("appointment", "pledge", "other"), clear=False),
        "inspection": Subject("see-inspection", (ROW_PAPER, "other")),
        "camera": Subject("see-cameras", (*CameraPaper, "other")),
        "register": Subject("see-registers", ("signed", "pledge", "contract", "letter", "other")),
    }
)


def subject_of(of: str) -> tuple[Subject, str, str]:
    """What ``of``, such as ``case/115-0001``, says: the row, its name, the number. Raises NotFound for what no scan
    belongs to."""
    name, _, number = of.partition("/")
    row = SUBJECTS.get(name)
    if row is None or not number or row.see not in MAY:
        raise NotFound.of("scan-subject", of=repr(of[:40]), subjects=", ".join(SUBJECTS))
    return row, name, number


def camera_papers(camera_no: str, version: int) -> str:
    """What the scans of a camera's version belong to."""
    return f"camera/{camera_no}-{version}"


def version_of_papers(number: str) -> tuple[str, int]:
    """The camera and the version that ``camera_papers`` named. Raises NotFound."""
    camera_no, _, version = number.rpartition("-")
    if not (camera_no and version.isascii() and version.isdecimal() and len(version) < 6):
        raise NotFound.of("scan-version", number=repr(number[:24]))
    return camera_no, int(version)


def destroyed_from(ended: date) -> date:
    """The first day on which a scan may be destroyed whose case, hold, account or filed row was over on ``ended``."""
    return month_end(ended, 12 * PAPER_YEARS) + timedelta(days=1)


def check_destroyed(number: str, ended: date | None, today: date, holds: Collection[str]) -> None:
    """Raises Refused while the scan's term is not over: what it belongs to goes on (``ended`` None), five years have
    not passed, or one of ``holds`` is about its case."""
    if ended is None:
        raise Refused.of("scan-term-open", number=number)
    if holds:
        raise Refused.of("scan-term-held", number=number, hold=min(holds))
    if today < (first := destroyed_from(ended)):
        raise Refused.of("scan-term", number=number, last=first - timedelta(days=1), first=first)


def check_name(name: str) -> str:
    """The file's name, as it came. Raises UsageError for one that is a path, hides something or promises another
    type; a name without an ending promises nothing."""
    if len(name) > MAX_NAME:
        raise UsageError.of("scan-name-long", count=len(name), most=MAX_NAME)
    if holds_controls(name) or any(char in name for char in "/\\\n\r\t") or (name and not name.strip(". ")):
        raise UsageError.of("scan-name-path")
    suffix = _suffix(name)
    if suffix and not any(suffix in kind.suffixes for kind in TYPES.values()):
        raise UsageError.of("scan-name-other", suffix=suffix[:12])
    return name


def check_type(name: str, found: str) -> None:
    """Raises UsageError when the file's name promises another type than its content, a key of :data:`TYPES`, is."""
    suffix = _suffix(name)
    if suffix and suffix not in TYPES[found].suffixes:
        named = TYPES[found].named
        raise UsageError.of("scan-name-wrong", suffix=suffix, type=named)


def _suffix(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot and stem else ""
