"""The part of the keeper's double that has viewing stations: it remembers what it was told, and judges that passwords
fit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from appliance.core.errors import NotFound, UsageError
from appliance.protocol.transport import Reply

__all__ = ["REQUEST", "StationsDouble"]

REQUEST = "-----BEGIN CERTIFICATE REQUEST-----\nMIHuMIGVAgEAMA0x\n-----END CERTIFICATE REQUEST-----"


class StationsDouble:
    """To be mixed in. ``stations`` may be changed by a test; a request is any text that looks like one."""

    now_ns: int

    def start_stations(self) -> None:
        self.stations: list[dict[str, Any]] = []
        self.station_reports: dict[int, dict[str, Any]] = {}

    def station_in_use(self, number: int, *, wrong: Sequence[str] = ()) -> None:
        """A station of this number, which reported just now."""
        key = hashlib.sha256(str(number).encode()).hexdigest()
        self.stations.append(
            {"number": number, "place": "一樓閱覽室", "key": key, "fingerprint": key, "certificate": "-----BEGIN",
             "enrolled_ns": self.now_ns, "by": "陳怡君", "approved_by": "林志明"}
        )  # fmt: skip
        self.station_reports[number] = {"ago_ns": 42 * 10**9, "wrong": list(wrong), "ready": not wrong}

    def _stations(self, session: str) -> Reply:
        return Reply({"stations": self.stations, "reports": self.station_reports})

    def _stations_read(self, session: str, request: str) -> Reply:
        if "BEGIN CERTIFICATE REQUEST" not in request:
            raise UsageError.of("station-request")
        return Reply({"key": hashlib.sha256("".join(request.split()).encode()).hexdigest()})

    def _stations_report(self, device: str, wrong: list[str], usb: list[dict[str, Any]]) -> Reply:
        return Reply({})

    def _stations_enrol(
        self, session: str, act: str, passwords: dict[str, str], request: str, key: str, place: str
    ) -> Reply:
        first, second = (self._proved(session, seat, passwords.get(str(seat), "")) for seat in (1, 2))
        number = len(self.stations) + 1
        self.stations.append(
            {"number": number, "place": place, "key": key, "fingerprint": hashlib.sha256(key.encode()).hexdigest(),
             "certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
             "enrolled_ns": self.now_ns, "by": first["display"], "approved_by": second["display"]}
        )  # fmt: skip
        return Reply({"number": number})

    def _stations_revoke(self, session: str, act: str, seat: int, password: str, number: int, reason: str) -> Reply:
        by = self._proved(session, seat, password)
        found = next((each for each in self.stations if each["number"] == number), None)
        if found is None:
            raise NotFound.of("station-none", station=number)
        found |= {"revoked_ns": self.now_ns, "revoked_by": by["display"], "reason": reason}
        return Reply({})
