"""Findings of segments that are damaged or not there: one for each, with its camera and seconds, whoever saw it first.

The scrub sees them one by one, an index that is made anew all at once. A finding ends when its footage is destroyed in
its time, and that of a missing file when the file is there again; what was changed stays changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from appliance.core.messages import CodedMessage, coded
from appliance.core.model import Span
from appliance.formats.segment_files import segment_of
from appliance.keeper.findings import Finding, Findings
from appliance.vault.index.index import Index
from appliance.vault.ring.ring import Ring
from appliance.vault.ring.scrub import Damage

__all__ = [
    "by_camera",
    "end_what_is_over",
    "is_damage",
    "tell_aside",
    "tell_damage",
    "tell_missing",
    "tell_unreadable",
]

_PREFIX = "damage-"
_MANY = "files-missing"
_MOST_MISSING = 20


def is_damage(finding: Finding) -> bool:
    return finding.key.startswith(_PREFIX)


def tell_damage(findings: Findings, damage: Damage) -> None:
    """What the scrub found. More than a few missing files are one finding: a whole stretch of the disk is gone."""
    if damage.what == "missing":
        if findings.is_open(_MANY):
            return
        if sum(map(_is_missing, findings.all())) >= _MOST_MISSING:
            findings.open(_MANY, "storage", coded("found-files-many", count=_MOST_MISSING))
            return
    findings.open(_key(damage.bucket_id, damage.number), "storage", _text(damage))


def tell_unreadable(findings: Findings, text: str) -> None:
    """What did not open when it was to be shown or copied."""
    findings.open(f"unreadable-{text.split(':')[0]}", "storage", text)


def tell_missing(findings: Findings, index: Index) -> None:
    """What an index that was made anew knows to be missing."""
    names = sorted(index.missing)
    damages = [found for name in names if (found := _missing(index, name))]
    if len(names) > _MOST_MISSING:
        for damage in damages:
            findings.clear(_key(damage.bucket_id, damage.number))
        cameras = by_camera(_spans(damages))
        findings.open(_MANY, "storage", coded("found-files-missing", count=len(names), cameras=cameras))
        return
    findings.clear(_MANY)
    for damage in damages:
        findings.open(_key(damage.bucket_id, damage.number), "storage", _text(damage))


def tell_aside(findings: Findings, index: Index) -> None:
    """Entries of the catalogue that could not be applied. Raises Unavailable while the index does not answer."""
    text, aside = "", index.set_aside()
    if aside:
        (file, entry), why = aside[0]
        text = (
            f"the catalogue has {len(aside)} entries that cannot be applied and were set aside, the first in file "
            f"{file}, entry {entry} ({why}); nothing is destroyed; keep everything as it is and call for help"
        )
    findings.set("catalogue-aside", "storage", text)


def end_what_is_over(findings: Findings, ring: Ring) -> None:
    """Raises Unavailable while the index does not answer or another disk lies there."""
    for finding in filter(is_damage, findings.all()):
        bucket_id, _, number = finding.key.removeprefix(_PREFIX).partition("-")
        closed = ring.index.closed(bucket_id)
        if closed is None or (_is_missing(finding) and ring.shelves.look_for([(bucket_id, [int(number)])])[0]):
            findings.clear(finding.key)


def _missing(index: Index, name: str) -> Damage | None:
    part = segment_of(name)
    for check in index.segments_of(part[0]) if part else []:
        if part and check.segment.number == part[1]:
            whole = Span(check.segment.start_ns, max(check.segment.end_ns, check.segment.start_ns + 1))
            return Damage(check.bucket_id, check.segment.number, check.camera_no, "missing", (whole,))
    return None


def _is_missing(finding: Finding) -> bool:
    return isinstance(finding.text, CodedMessage) and finding.text.code == "found-missing"


def _key(bucket_id: str, number: int) -> str:
    return f"{_PREFIX}{bucket_id}-{number}"


def _text(damage: Damage) -> CodedMessage:
    segment = f"{damage.bucket_id}.{damage.number}"
    if not damage.lost:
        return coded("found-whole", camera=damage.camera_no, segment=segment, what=damage.what)
    lost = [(span.start_ns, span.end_ns) for span in damage.lost]
    return coded(f"found-{damage.what}", camera=damage.camera_no, segment=segment, lost=lost)


def _spans(damages: Iterable[Damage]) -> Iterator[tuple[str, Span]]:
    return ((damage.camera_no, span) for damage in damages for span in damage.lost)


def by_camera(spans: Iterable[tuple[str, Span]]) -> list[CodedMessage]:
    """How many of each camera, and from when to when they were recorded."""
    found: dict[str, list[Span]] = {}
    for camera_no, span in spans:
        found.setdefault(camera_no, []).append(span)
    return [
        coded(
            "found-of-camera",
            camera=camera_no,
            count=len(spans),
            recorded=[(min(span.start_ns for span in spans), max(span.end_ns for span in spans))],
        )
        for camera_no, spans in sorted(found.items())
    ]
