"""Viewing stations: registered by two people, revoked by one, and the only devices on which an office shows footage."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from appliance.core.errors import NotFound, NotWritable, Refused, UsageError
from appliance.rules.cases.masks import Purpose
from appliance.services.people.login import Seat
from appliance.services.people.pairs import Pair
from appliance.services.stations.book import Station, StationBook, ViewingStations
from appliance.services.stations.reports import StationReports
from appliance.services.viewing.grant import Grant
from appliance.vault.tls import Authority, issue, make_authority
from tests.services.viewing import NOON_NS, PASSWORD, Office
from tests.stationkeys import StationKey, fingerprint_of
from tests.vault.ringcases import drawn, entered, kinds

_PAIR = Pair(
    Seat(1, "lin", "林小明", ("officer",), "", 0),
    Seat(2, "wu", "吳大同", ("unit_head",), "", 0),
)
_MINUTES = (NOON_NS, NOON_NS + 1_000_000_000)


class StationOffice(Office):
    """No training office: what it shows it shows at its registered stations."""

    def __init__(self) -> None:
        super().__init__()
        self.authority: Authority = make_authority("測試", ["localhost"], self.clock.wall_ns(), drawn("authority"))
        self.book = self.book_anew()
        self.stations = ViewingStations(self.book)
        self.grants = self.grants_anew()

    def book_anew(self) -> StationBook:
        """As a start of the keeper finds it."""
        return StationBook(self.acts, self.ledger, self.authority, self.clock, self.random)

    def enrol(self, made: StationKey, *, act: str = "", place: str = "一樓閱覽室", key: str = "") -> Station:
        pair = _PAIR
        return self.book.enrol(act or self.act(), pair, request=made.request, key=key or made.key, place=place)

    def revoke(self, number: int) -> None:
        self.book.revoke(self.act(), _PAIR.proposer, number, reason="遺失")

    def open(self, device: str, **more: Any) -> Grant:
        self.token = self.two()
        return self.grants.open(self.token, "115-0001", PASSWORD, device=device, **more)


@pytest.fixture
def office() -> StationOffice:
    found = StationOffice()
    found.granted(*_MINUTES)
    return found


# --- the register ---


def test_a_station_is_in_the_register_by_its_key_and_a_start_finds_it_again(office: StationOffice) -> None:
    made = StationKey()
    station = office.enrol(made)
    words = office.book.words(station)
    assert (station.number, station.key, station.in_use) == (1, made.key, True)
    assert station.fingerprint == fingerprint_of(words["pem"])
    assert (words["place"], words["by"], words["approved_by"]) == ("一樓閱覽室", "lin", "wu")
    assert entered(office.ledger, "station.enrolled")[-1]["certificate"] == station.fingerprint
    assert office.book_anew().all() == (station,)
    office.revoke(1)
    (found,) = office.book_anew().all()
    assert not found.in_use
    assert office.book_anew().words(found)["revoked"]["reason"] == "遺失"


def test_a_request_that_is_sent_twice_registers_one_station(office: StationOffice) -> None:
    made, act = StationKey(), office.act()
    assert office.enrol(made, act=act) == office.enrol(made, act=act)
    with pytest.raises(UsageError, match="sent before for something else"):
        office.enrol(StationKey(), act=act)


@pytest.mark.parametrize("gone", [False, True])
def test_a_key_is_taken_once_also_when_its_station_was_revoked(office: StationOffice, gone: bool) -> None:
    made = StationKey()
    office.enrol(made)
    if gone:
        office.revoke(1)
    with pytest.raises(UsageError, match="registered already, as station 1"):
        office.enrol(made)
    assert office.enrol(StationKey()).number == 2


def test_what_was_compared_is_what_is_registered(office: StationOffice) -> None:
    with pytest.raises(UsageError, match="another key than the one that was compared"):
        office.enrol(StationKey(), key=StationKey().key)


_REQUEST = StationKey()


@pytest.mark.parametrize(
    "request_text",
    [
        "",
        "一",
        "x" * 9_000,
        _REQUEST.request[:-80],
        _REQUEST.request.replace(_REQUEST.request[200:204], "AAAA"),
        StationKey(rsa.generate_private_key(65537, 1024)).request,
        StationKey(ec.generate_private_key(ec.SECP521R1())).request,
    ],
    ids=["empty", "no text", "long", "torn", "altered", "a short RSA key", "a curve that no TPM has"],
)
def test_no_other_text_is_a_request(office: StationOffice, request_text: str) -> None:
    made = StationKey()
    made.request = request_text
    with pytest.raises(UsageError, match=r"paste the whole text|P-256 or P-384"):
        office.enrol(made)
    assert "station.enrolled" not in kinds(office.ledger)


def test_a_station_is_revoked_once(office: StationOffice) -> None:
    office.enrol(StationKey())
    office.revoke(1)
    with pytest.raises(UsageError, match="revoked already"):
        office.revoke(1)
    with pytest.raises(NotFound, match="station 2: there is none"):
        office.revoke(2)


def test_nothing_is_registered_while_the_ledger_takes_no_entry(office: StationOffice) -> None:
    made = StationKey()
    office.fs.fail(1, lasting=True)  # type: ignore[attr-defined]
    with pytest.raises(NotWritable):
        office.book.enrol(office.act(), _PAIR, request=made.request, key=made.key, place="x")
    assert office.book.all() == ()


def test_its_certificate_opens_a_port_that_asks_for_one_and_the_site_s_own_does_not(
    office: StationOffice, tmp_path: Path
) -> None:
    """TLS alone tells a station from whoever has another certificate of the same authority: it is for clients."""
    made = StationKey(rsa.generate_private_key(65537, 2048))
    pem = str(office.book.words(office.enrol(made))["pem"])
    leaf = issue(office.authority, ["localhost"], office.clock.wall_ns(), drawn("leaf"))
    assert _accepted(office.authority, made.files(tmp_path, pem), office.clock.wall_ns())
    own = StationKey().files(tmp_path, "")
    own[0].write_bytes(leaf.chain)
    own[1].write_bytes(leaf.key)
    assert not _accepted(office.authority, own, office.clock.wall_ns())


def _accepted(authority: Authority, files: tuple[Path, Path], now_ns: int) -> bool:
    """Whether a server that requires a certificate of this authority takes these, over memory."""
    folder = files[0].parent
    leaf = issue(authority, ["localhost"], now_ns, drawn("server"))
    (folder / "s.crt").write_bytes(leaf.chain)
    (folder / "s.key").write_bytes(leaf.key)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(folder / "s.crt", folder / "s.key")
    server.load_verify_locations(cadata=authority.certificate.decode())
    server.verify_mode, server.verify_flags = ssl.CERT_REQUIRED, server.verify_flags | _ANY_TIME
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.load_cert_chain(*files)
    ways = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = server.wrap_bio(ways[0], ways[1], server_side=True)
    there = client.wrap_bio(ways[1], ways[0])
    try:
        for _ in range(8):
            for side in (there, here):
                _step(side)
    except ssl.SSLError:
        return False
    return here.getpeercert(binary_form=True) is not None


_ANY_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME: the office's clock in these tests is not the machine's."""


def _step(side: ssl.SSLObject) -> None:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return


# --- where footage is shown ---


def test_AT_47_an_office_shows_footage_at_a_registered_station_alone(office: StationOffice) -> None:
    station = office.enrol(StationKey())
    for device in ("", "0" * 64, station.key):
        with pytest.raises(Refused, match="no registered viewing station"):
            office.open(device)
    assert {entry["why"]["code"] for entry in entered(office.ledger, "grant.refused")} == {"station-unregistered"}
    assert "grant.opened" not in kinds(office.ledger)
    grant = office.open(station.fingerprint)
    assert entered(office.ledger, "grant.opened")[-1]["station"] == station.number
    assert office.grants.get(office.token, grant.grant_id, device=station.fingerprint) is grant


def test_AT_47_its_session_alone_shows_nothing_at_another_device(office: StationOffice) -> None:
    """Whoever took the session along has no station's key."""
    mine, other = office.enrol(StationKey()), office.enrol(StationKey())
    grant = office.open(mine.fingerprint)
    for device in ("", other.fingerprint):
        with pytest.raises(Refused, match="opened at another viewing station"):
            office.grants.get(office.token, grant.grant_id, device=device)
    assert [entry["why"]["code"] for entry in entered(office.ledger, "grant.refused")] == ["station-other"] * 2
    assert office.grants.get(office.token, grant.grant_id, device=mine.fingerprint).live


@pytest.mark.parametrize("notice", ["a look each second", "the player's next question"])
def test_AT_47_what_is_open_at_a_station_ends_when_it_is_revoked(office: StationOffice, notice: str) -> None:
    station, other = office.enrol(StationKey()), office.enrol(StationKey())
    gone = office.open(station.fingerprint)
    token = office.token
    kept = office.open(other.fingerprint)
    office.revoke(station.number)
    if notice == "a look each second":
        office.grants.end_stale()
    else:
        with pytest.raises(NotFound, match="it has ended"):
            office.grants.get(token, gone.grant_id, device=station.fingerprint)
    assert not gone.live
    assert kept.live
    assert entered(office.ledger, "grant.ended")[-1]["cause"] == "the station was revoked"
    with pytest.raises(Refused, match="no registered viewing station"):
        office.open(station.fingerprint)


def test_AT_47_a_training_office_shows_footage_at_the_device_in_use_and_says_so() -> None:
    office = Office()
    grant = office.view(*_MINUTES)
    assert grant.live
    assert entered(office.ledger, "grant.opened")[-1]["station"] == 0


def test_the_page_of_a_case_says_it_before_anybody_types_a_password(office: StationOffice) -> None:
    session = office.logins.session(office.two())
    station = office.enrol(StationKey())
    why = office.grants.opening(session, "115-0001", Purpose.VIEWING).why
    assert getattr(why, "code", "") == "station-unregistered"
    assert office.grants.opening(session, "115-0001", Purpose.VIEWING, station.fingerprint).why is None
    assert "grant.refused" not in kinds(office.ledger)


# --- what they report ---


def reports_of(office: StationOffice) -> StationReports:
    """As a start of the keeper finds them."""
    return StationReports(
        office.book,
        office.acts,
        office.ledger,
        office.clock,
        grants_at=office.grants.at_station,
        budget=lambda most, every_ns: lambda: True,
    )


def test_what_a_station_finds_is_entered_when_it_is_another_than_before_also_after_a_start(
    office: StationOffice,
) -> None:
    station = office.enrol(StationKey())
    for wrong in ([], ["swap"], ["swap"], ["swap", "browser"], []):
        reports_of(office).take(station.fingerprint, wrong, [])
    found = [entry["wrong"] for entry in entered(office.ledger, "station.checked")]
    assert found == [["swap"], ["browser", "swap"], []]
