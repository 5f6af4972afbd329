"""The register of viewing stations (閱覽站): which devices may show footage, by the certificate that each proves itself
with.

Two people register one, by the key that they compared with what it shows; one revokes it. Rebuilt at start from its
entries. A number is never given again, and a key that was registered once is not taken again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from appliance.core.clock import Clock
from appliance.core.errors import NotFound, UsageError
from appliance.core.model import Record
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.wording import checked_words
from appliance.services.people.login import Seat
from appliance.services.people.pairs import Pair
from appliance.vault.station_certificate import certify, read_request
from appliance.vault.tls import Authority

__all__ = ["ENROLLED", "REVOKED", "TRIAL", "Station", "StationBook", "ViewingStations"]

ENROLLED, REVOKED = "station.enrolled", "station.revoked"
TRIAL = 0
"""The number of a training office's station, which is whatever device is used."""
_MOST_PLACE, _MOST_REASON = 100, 500


class Station(Record, frozen=True, kw_only=True):
    """``enrolled`` and ``revoked`` are the entries' indices, -1 for none; what was sealed lies behind them."""

    number: int
    key: str
    fingerprint: str
    enrolled: int
    enrolled_ns: int
    revoked: int = -1
    revoked_ns: int = 0

    @property
    def in_use(self) -> bool:
        return self.revoked < 0


class StationBook:
    """Thread-safe."""

    def __init__(
        self, acts: Acts, ledger: Ledger, authority: Authority, clock: Clock, random: Callable[[int], bytes]
    ) -> None:
        self._acts, self._authority, self._clock, self._random = acts, authority, clock, random
        self._lock = threading.RLock()
        self._stations: dict[int, Station] = {}
        for entry in ledger.acts(ENROLLED, REVOKED):
            self._take(entry)

    def all(self) -> tuple[Station, ...]:
        """By number; the revoked ones, too."""
        with self._lock:
            return tuple(self._stations.values())

    def by_fingerprint(self, fingerprint: str) -> Station | None:
        """The station in use whose certificate that is, by SHA-256 of its DER; None for none."""
        with self._lock:
            found = (each for each in self._stations.values() if each.in_use and each.fingerprint == fingerprint)
            return next(found, None) if fingerprint else None

    def is_in_use(self, number: int) -> bool:
        with self._lock:
            return number in self._stations and self._stations[number].in_use

    def enrol(self, act_id: str, pair: Pair, *, request: str, key: str, place: str) -> Station:
        """Registers a station; durable on return. ``key``: what the two compared. Raises UsageError for a request that
        is none, has another key than they compared or one that is registered, NotWritable."""
        asked = read_request(request)
        where = checked_words("station", "place", place, most=_MOST_PLACE)
        with self._lock:
            if done := self._acts.repeated(act_id, ENROLLED, {"key": asked.key}, {"place": where}):
                return self._stations[int(done.fields["station"])]
            if asked.key != key:
                raise UsageError.of("station-compared")
            for each in self._stations.values():
                if each.key == asked.key:
                    raise UsageError.of("station-known", station=each.number)
            number = len(self._stations) + 1
            certificate = certify(self._authority, asked, number, self._clock.wall_ns(), self._random)
            digest = x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex()
            clear = {"station": number, "certificate": digest, "key": asked.key}
            sealed = {"place": where, "pem": certificate.decode("ascii"), **pair.sealed()}
            return self._take(self._acts.perform(act_id, ENROLLED, clear, sealed).entry)

    def revoke(self, act_id: str, by: Seat, number: int, *, reason: str) -> None:
        """From now on it shows nothing; durable on return. Raises NotFound, UsageError for one that was revoked
        already, NotWritable."""
        why = checked_words("station", "reason", reason, most=_MOST_REASON)
        with self._lock:
            if self._acts.repeated(act_id, REVOKED, {"station": number}, {"reason": why}):
                return
            station = self._stations.get(number)
            if station is None:
                raise NotFound.of("station-none", station=number)
            if not station.in_use:
                raise UsageError.of("station-gone", station=number)
            sealed = {"reason": why, "by": by.person, "display": by.display}
            self._take(self._acts.perform(act_id, REVOKED, {"station": number}, sealed).entry)

    def words(self, station: Station) -> dict[str, Any]:
        """What was sealed at its enrolment, and under ``revoked`` at its end; empty where it does not open."""
        ended = self._acts.legible(station.revoked) if not station.in_use else {}
        return {**self._acts.legible(station.enrolled), "revoked": ended}

    def place_of(self, number: int) -> str:
        """Where a station stands, as it was said at its enrolment; "" of one that is not in the register."""
        with self._lock:
            station = self._stations.get(number)
        return str(self.words(station).get("place", "")) if station else ""

    def _take(self, entry: Entry) -> Station:
        number = int(entry.fields["station"])
        if entry.kind == REVOKED:
            found = msgspec.structs.replace(self._stations[number], revoked=entry.index, revoked_ns=entry.at_ns)
        else:
            found = Station(
                number=number,
                key=str(entry.fields["key"]),
                fingerprint=str(entry.fields["certificate"]),
                enrolled=entry.index,
                enrolled_ns=entry.at_ns,
            )
        self._stations[number] = found
        return found


class ViewingStations:
    """Whether a device may show footage, as grants ask. Without a ``book`` it is a training office's, which takes any
    device: the one in use is its station, :data:`TRIAL`."""

    def __init__(self, book: StationBook | None = None) -> None:
        self._book = book

    def of(self, device: str) -> int | None:
        """The number of the station that proved itself with this certificate, by its fingerprint ("" for none); None
        for a device that may show nothing."""
        if self._book is None:
            return TRIAL
        found = self._book.by_fingerprint(device)
        return found.number if found else None

    def is_in_use(self, number: int) -> bool:
        return self._book is None or self._book.is_in_use(number)
