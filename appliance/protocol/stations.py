"""Viewing stations (閱覽站): the register of those that may show footage, and what pages ask of the keeper about it."""

from __future__ import annotations

import msgspec

from appliance.protocol.endpoint import ActRequest, Done, Endpoint, PairRequest, Request, SessionRequest

__all__ = [
    "ENROL_STATION",
    "READ_STATION_REQUEST",
    "REPORT_STATION",
    "REVOKE_STATION",
    "STATIONS",
    "EnrolStation",
    "EnrolledStation",
    "ReadStationRequest",
    "ReportStation",
    "RevokeStation",
    "StationKey",
    "StationReport",
    "StationRow",
    "Stations",
    "UsbRefused",
]


class StationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A station by its ``number``. ``place``: where it stands. ``key``: SHA-256 of its public key; ``fingerprint``: of
    its ``certificate`` (PEM). ``revoked_ns`` is 0 while it may show footage. What was sealed is "" where its record
    does not open."""

    number: int
    place: str = ""
    key: str
    fingerprint: str
    certificate: str = ""
    enrolled_ns: int
    by: str = ""
    approved_by: str = ""
    revoked_ns: int = 0
    revoked_by: str = ""
    reason: str = ""


class StationReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a station said of itself last: ``ago_ns`` before now; ``wrong`` as in :class:`ReportStation`. ``ready``: all
    is well and it was said just now (閱覽站就緒)."""

    ago_ns: int
    wrong: tuple[str, ...] = ()
    ready: bool = False


class Stations(msgspec.Struct, frozen=True):
    """All that there ever were, by number; ``reports`` of those that said anything since the keeper started."""

    stations: tuple[StationRow, ...] = ()
    reports: dict[int, StationReport] = {}


class ReadStationRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``request``: a certificate request (PKCS #10, PEM), as the station made it."""

    request: str


class StationKey(msgspec.Struct, frozen=True):
    """SHA-256 of the public key in it, to be compared with what the station shows."""

    key: str


class EnrolStation(PairRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``request`` as in :class:`ReadStationRequest`; ``key``: which one was compared; ``place``: where it stands."""

    request: str
    key: str
    place: str


class EnrolledStation(msgspec.Struct, frozen=True):
    """Its number."""

    number: int


class RevokeStation(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The password is always needed. What is open at the station ends at once."""

    number: int
    reason: str


class UsbRefused(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``at_ns`` by the station's clock; ``kind``: the interface's class, 08 for storage, 06 for cameras and phones, 02
    for network cards and modems; ``device``: vendor:product."""

    at_ns: int
    kind: str
    device: str


class ReportStation(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a station says of itself. ``device``: as of a viewing's :class:`~appliance.protocol.viewing.GrantRequest`.
    ``wrong``: of ``rules.stations.CHECKS``; ``usb``: what it refused since it was last told that it was heard."""

    device: str
    wrong: tuple[str, ...] = ()
    usb: tuple[UsbRefused, ...] = ()


STATIONS = Endpoint("stations", SessionRequest, Stations, reads=True)
READ_STATION_REQUEST = Endpoint("stations.read", ReadStationRequest, StationKey, reads=True)
ENROL_STATION = Endpoint("stations.enrol", EnrolStation, EnrolledStation)
REVOKE_STATION = Endpoint("stations.revoke", RevokeStation, Done)
REPORT_STATION = Endpoint("stations.report", ReportStation, Done)
