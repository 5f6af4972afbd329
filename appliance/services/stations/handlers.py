"""What the keeper answers about viewing stations. The book judges; this carries."""

from __future__ import annotations

from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.core.errors import Refused
from appliance.protocol.endpoint import Done, Served, SessionRequest, serves
from appliance.protocol.stations import (
    ENROL_STATION,
    READ_STATION_REQUEST,
    REPORT_STATION,
    REVOKE_STATION,
    STATIONS,
    EnrolledStation,
    EnrolStation,
    ReadStationRequest,
    ReportStation,
    RevokeStation,
    StationKey,
    StationReport,
    StationRow,
    Stations,
)
from appliance.rules.people import DECIDERS, OFFICERS
from appliance.rules.stations import is_ready
from appliance.services.people.rights import Rights
from appliance.services.stations.book import Station, StationBook
from appliance.services.stations.reports import Report, StationReports
from appliance.vault.station_certificate import read_request

__all__ = ["REVOKERS", "StationHandlers"]

REVOKERS = OFFICERS | DECIDERS
"""One of them is enough: a station that is lost must show nothing at once."""


class StationHandlers:
    """``end_grants``: ends what is open at stations that are not in use any more."""

    def __init__(
        self,
        rights: Rights,
        book: StationBook,
        reports: StationReports,
        clock: Clock,
        *,
        end_grants: Callable[[], None],
    ) -> None:
        self._rights, self._book, self._reports, self._clock = rights, book, reports, clock
        self._end_grants = end_grants

    def served(self) -> tuple[Served, ...]:
        return (
            serves(STATIONS, self._list),
            serves(READ_STATION_REQUEST, self._read),
            serves(ENROL_STATION, self._enrol),
            serves(REVOKE_STATION, self._revoke),
            serves(REPORT_STATION, self._report),
        )

    def _list(self, request: SessionRequest) -> Stations:
        self._rights.require(request, "see-stations")
        now_ns = self._clock.boot_ns()
        reports = {number: _report(each, now_ns - each.at_ns) for number, each in self._reports.all().items()}
        return Stations(tuple(map(self._row, self._book.all())), reports)

    def _report(self, request: ReportStation) -> Done:
        self._reports.take(request.device, request.wrong, request.usb)
        return Done()

    def _read(self, request: ReadStationRequest) -> StationKey:
        self._rights.require(request, "see-stations")
        return StationKey(read_request(request.request).key)

    def _enrol(self, request: EnrolStation) -> EnrolledStation:
        pair = self._rights.pair(request, request.passwords)
        station = self._book.enrol(request.act, pair, request=request.request, key=request.key, place=request.place)
        return EnrolledStation(station.number)

    def _revoke(self, request: RevokeStation) -> Done:
        seat = self._rights.seat(request, "station")
        if not REVOKERS & set(seat.roles):
            raise Refused.of("not-yours-to-do", roles=" or ".join(sorted(REVOKERS)))
        by = self._rights.proved(request, seat)
        self._book.revoke(request.act, by, request.number, reason=request.reason)
        self._end_grants()
        return Done()

    def _row(self, station: Station) -> StationRow:
        words = self._book.words(station)
        return StationRow(
            number=station.number,
            place=str(words.get("place", "")),
            key=station.key,
            fingerprint=station.fingerprint,
            certificate=str(words.get("pem", "")),
            enrolled_ns=station.enrolled_ns,
            by=str(words.get("display", "")),
            approved_by=str(words.get("approver", "")),
            revoked_ns=station.revoked_ns,
            revoked_by=str(words["revoked"].get("display", "")),
            reason=str(words["revoked"].get("reason", "")),
        )


def _report(found: Report, ago_ns: int) -> StationReport:
    return StationReport(ago_ns=ago_ns, wrong=found.wrong, ready=is_ready(found.wrong, ago_ns))
