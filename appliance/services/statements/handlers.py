"""What the keeper answers about daily statements, certificates of destruction and the yearly statistics. Reads only:
everything shown stands in the ledger."""

from __future__ import annotations

from datetime import date

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotFound
from appliance.ledger.entry import Entry
from appliance.ledger.extract import MAX_EXTRACT_BYTES
from appliance.ledger.log import Ledger
from appliance.ledger.tree import leaf_hash
from appliance.protocol.endpoint import Served, serves
from appliance.protocol.ledger_head import LedgerHead
from appliance.protocol.statements import (
    CERTIFICATE,
    STATEMENT,
    STATEMENTS,
    STATISTICS,
    Certificate,
    CertificateCamera,
    CertificateItem,
    CertificateRequest,
    Closing,
    Entered,
    StatementEntry,
    StatementMonth,
    StatementRequest,
    StatementsRequest,
    StatementView,
    Statistics,
    StatisticsPart,
    StatisticsRequest,
)
from appliance.rules.deadlines import day_of
from appliance.rules.statement import Statement
from appliance.services.asked_day import asked_day
from appliance.services.cameras.book import CameraBook
from appliance.services.people.rights import Rights
from appliance.services.statements.daily import Statements
from appliance.services.statements.year_figures import YearFigures
from appliance.vault.index.index import DestroyedBucket
from appliance.vault.ring.ring import Ring

__all__ = ["StatementHandlers"]

_SEE = "see-statements"
_MOST_ITEMS = 500
_LOOK_AHEAD = 2_000
"""Ledger entries within which the hash of a bucket's manifest stands; it is normally the very next one."""


class StatementHandlers:
    """``created_ns``: when the installation was set up; its year is the first of the statistics."""

    def __init__(
        self,
        rights: Rights,
        statements: Statements,
        year_figures: YearFigures,
        ledger: Ledger,
        ring: Ring,
        cameras: CameraBook,
        clock: Clock,
        *,
        created_ns: int,
    ) -> None:
        self._rights, self._statements, self._year_figures = rights, statements, year_figures
        self._ledger, self._ring, self._cameras, self._clock = ledger, ring, cameras, clock
        self._created_ns = created_ns

    def served(self) -> tuple[Served, ...]:
        return (
            serves(CERTIFICATE, self._certificate),
            serves(STATEMENT, self._statement),
            serves(STATEMENTS, self._month),
            serves(STATISTICS, self._statistics),
        )

    def _month(self, request: StatementsRequest) -> StatementMonth:
        """The months that have statements, and those of one month, newest first."""
        self._rights.require(request, _SEE)
        days = self._statements.days()
        months = sorted({f"{day:%Y-%m}" for day in days}, reverse=True)
        month = request.month or (months[0] if months else "")
        entries = [self._ledger.entry(index) for day, index in days.items() if f"{day:%Y-%m}" == month]
        found = tuple(
            StatementEntry(entry=entry.index, at_ns=entry.at_ns, fields=_statement_of(entry))
            for entry in reversed(entries)
        )
        return StatementMonth(months=tuple(months), month=month, statements=found)

    def _statement(self, request: StatementRequest) -> StatementView:
        """One day's statement, its signed extract, its neighbours and the present head."""
        self._rights.require(request, _SEE)
        day = asked_day("statement", request.day)
        entry = self._statements.of(day)
        days = list(self._statements.days())
        at = days.index(day)
        return StatementView(
            entry=entry.index,
            at_ns=entry.at_ns,
            fields=_statement_of(entry),
            leaf=leaf_hash(entry.raw).hex(),
            extract=self._ledger.extract(entry.index) if len(entry.raw) <= MAX_EXTRACT_BYTES else "",
            before=_text(days[at - 1] if at else None),
            after=_text(days[at + 1] if at + 1 < len(days) else None),
            locations=self._cameras.locations(),
            head=self._head(),
        )

    def _certificate(self, request: CertificateRequest) -> Certificate:
        """A destruction: its intent, its outcome, and what each bucket was; of one bucket also where its hash is."""
        self._rights.require(request, _SEE)
        entry = self._ledger.entry(request.done)
        if entry.kind != "destroy.done":
            raise NotFound.of("certificate-none", done=request.done)
        intent = self._ledger.entry(int(entry.fields["intent"]))
        named = frozenset(entry.fields["buckets"])
        items = [gone for gone in self._ring.index.destroyed_by(intent.index) if gone.bucket_id in named]
        if request.bucket:
            items = [gone for gone in items if gone.bucket_id == request.bucket]
            if not items:
                raise NotFound.of("certificate-bucket", bucket=request.bucket[:32], done=request.done)
        return Certificate(
            done=_entered(entry),
            intent=_entered(intent),
            day=_text(self._statements.day_of_certificate(request.done)),
            cameras=_sums(items),
            items=tuple(_item(gone) for gone in items[:_MOST_ITEMS]),
            closed=self._closing(items[0]) if request.bucket else None,
            locations=self._cameras.locations(),
            head=self._head(),
        )

    def _closing(self, gone: DestroyedBucket) -> Closing | None:
        """The entry that holds the hash of the bucket's manifest from when it was closed."""
        for entry in self._ledger.entries(gone.ledger_size, gone.ledger_size + _LOOK_AHEAD):
            if entry.kind == "manifests.closed" and gone.bucket_id in entry.fields["manifests"]:
                sha256 = entry.fields["manifests"][gone.bucket_id]
                return Closing(entry=entry.index, at_ns=entry.at_ns, sha256=sha256)
        return None

    def _statistics(self, request: StatisticsRequest) -> Statistics:
        """Counts alone (``T-88``), with the day up to which the present year has come."""
        self._rights.require(request, _SEE)
        today = day_of(self._clock.wall_ns())
        last = today.year
        first = min(last, day_of(self._created_ns).year)
        text = request.year or str(last)
        if not text.isdecimal() or not first <= int(text) <= last:
            raise NotFound.of("statistics-year-none", year=text[:8], first=first, last=last)
        year = int(text)
        return Statistics(
            year=year,
            years=tuple(range(last, first - 1, -1)),
            sections=tuple(
                StatisticsPart(code=section.code, figures=tuple((each.code, each.number) for each in section.figures))
                for section in self._year_figures.of(year)
            ),
            as_of=today.isoformat() if year == last else "",
        )

    def _head(self) -> LedgerHead:
        note = self._ledger.checkpoint()
        head = self._ledger.check_head(note)
        return LedgerHead(size=head.size, root=head.root.hex(), checkpoint=note)


def _statement_of(entry: Entry) -> Statement:
    try:
        return msgspec.convert(entry.fields, Statement)
    except msgspec.ValidationError as error:
        raise Damaged.of("statement-altered", entry=entry.index, error=error) from error


def _entered(entry: Entry) -> Entered:
    return Entered(entry=entry.index, at_ns=entry.at_ns, fields=dict(entry.fields), leaf=leaf_hash(entry.raw).hex())


def _item(gone: DestroyedBucket) -> CertificateItem:
    return CertificateItem(
        bucket_id=gone.bucket_id,
        camera_no=gone.camera_no,
        start_ns=gone.start_ns,
        end_ns=gone.end_ns,
        bytes=gone.bytes,
    )


def _sums(items: list[DestroyedBucket]) -> tuple[CertificateCamera, ...]:
    """What went of each camera."""
    by_camera: dict[str, list[DestroyedBucket]] = {}
    for gone in items:
        by_camera.setdefault(gone.camera_no, []).append(gone)
    return tuple(
        CertificateCamera(
            camera_no=camera_no,
            buckets=len(gone),
            bytes=sum(each.bytes for each in gone),
            first_ns=min(each.start_ns for each in gone),
            last_ns=max(each.end_ns for each in gone),
        )
        for camera_no, gone in sorted(by_camera.items())
    )


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""
