"""AT-47 over real TLS: an office that is no trial shows footage, and has masks drawn, at a registered station alone.

The keeper is a real one, the site serves by its two ports, and the stations connect with certificates over keys of
their own. Nothing that a request says stands for one.
"""

from __future__ import annotations

import ast
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from appliance.core.clock import SLOT_NS, SystemClock, local_time, slot_start_ns
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.process import serve
from appliance.protocol.endpoints import ENDPOINTS
from appliance.storage.files import RealFs
from tests.access.test_routes import OfficeSite
from tests.box import EVERYBODY, OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.caselife import CaseLife
from tests.footage import FilmClock, film_past
from tests.sandbox.test_service import Running
from tests.stationkeys import StationKey
from tests.web.visitor import Answer, Visitor

SECOND_NS = 1_000_000_000
BOTH = {"1": OFFICER.password, "2": UNIT_HEAD.password}
NO_STATION = "並非登記之閱覽站"


class RealOffice(Box):
    trial = False
    stations = True


class Office:
    """``begun_ns``: since when camera 01 was filmed, for 40 s."""

    def __init__(self, box: Box, keeper: Keeper, site: OfficeSite, folder: Path) -> None:
        self.box, self.keeper, self.site, self.folder = box, keeper, site, folder
        self.begun_ns = slot_start_ns(box.made_ns) - SLOT_NS
        self.session = box.both_logged_in()
        for name in (OFFICER.name, UNIT_HEAD.name):
            self.ask("person.pledge", act=os.urandom(16).hex(), name=name, document="切結書",
                     passwords={"1": OFFICER.password})  # fmt: skip
        self.life = CaseLife(box.call, self.session, keeper.clock.wall_ns)

    def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        return self.box.call(verb, session=self.session, **arguments)

    def enrol(self) -> tuple[int, tuple[Path, Path]]:
        """A new station's number, and its certificate and key."""
        made = StationKey()
        asked = {"request": made.request, "key": made.key, "place": "一樓閱覽室"}
        told = self.ask("stations.enrol", act=os.urandom(16).hex(), passwords=BOTH, **asked)
        row = next(each for each in self.ask("stations")["stations"] if each["number"] == told["number"])
        return int(told["number"]), made.files(self.folder, row["certificate"])

    def revoke(self, number: int) -> None:
        self.ask("stations.revoke", act=os.urandom(16).hex(), seat=1, password=OFFICER.password, number=number,
                 reason="遺失")  # fmt: skip

    def at(self, station: tuple[Path, Path] | None = None) -> Visitor:
        """A browser with both logged in; elsewhere than at a station by default."""
        visitor = Visitor(self.site, station)
        visitor.cookies["__Host-sid"] = self.session
        return visitor

    def span(self) -> tuple[int, int]:
        return self.begun_ns + 2 * SECOND_NS, self.begun_ns + 38 * SECOND_NS

    def viewing(self) -> str:
        """The key of a case in which footage may be shown now."""
        return self.life.viewing(["01"], *self.span())

    def masking(self) -> str:
        """The key of a case whose masks are to be drawn now."""
        start_ns, end_ns = self.span()
        key = self.life.receive(["01"], start_ns, end_ns)
        self.life.to_decision(key)
        scope = {"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}
        self.life.decide(
            key, "grant_partly", rulings=[{"range_no": 0, "scopes": [scope], "masked": True, "reason": "第三人"}]
        )
        self.life.notify(key)
        return key

    def entries(self, kind: str, case: str = "") -> list[Any]:
        return [each.fields for each in self.keeper.ledger.acts(kind) if case in ("", each.fields.get("case"))]

    def refusals(self, case: str) -> list[str]:
        return [
            str(each.fields["why"]["code"])
            for each in self.keeper.ledger.entries()
            if each.kind == "grant.refused" and each.fields["case"] == case
        ]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with real_office(tmp_path_factory.mktemp("at-47"), tmp_path_factory.mktemp("darkroom")) as found:
        yield found


@contextmanager
def real_office(folder: Path, darkroom_folder: Path, kind: type[Box] = RealOffice) -> Iterator[Office]:
    """Serves its two ports, over a keeper whose clock stands."""
    darkroom = Running(darkroom_folder)
    try:
        with (
            make_box(folder / "office", [testcard("01")], kind=kind) as box,
            open_keeper(box.settings, RealFs(), FilmClock(box.made_ns)) as keeper,
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr(keeper.logins, "lacks_factor", lambda name: False)  # codes are none of this test
            keeper.cases.world = replace(keeper.cases.world, round_the_clock=True)  # nor are office hours
            keeper.playback._darkroom = darkroom.darkroom
            server = serve(keeper, EVERYBODY)
            try:
                with OfficeSite(box) as site:
                    found = Office(box, keeper, site, folder)
                    film_past(box, "01", found.begun_ns, 40)
                    yield found
            finally:
                server.close()
    finally:
        darkroom.stop()


def _open(visitor: Visitor, case: str, way: str) -> Answer:
    return visitor.post(f"/cases/{case}/{way}", {"seat": "1", "password": OFFICER.password})


@pytest.mark.parametrize("way", ["view", "mask"])
def test_AT_47_nothing_opens_but_at_a_registered_station(office: Office, way: str) -> None:
    case = office.viewing() if way == "view" else office.masking()
    number, station = office.enrol()
    page = office.at().get(office.at().get(f"/cases/{case}").goes_to).text  # by the case's own number
    assert "此電腦不得開啟本案影音資料" in page, "said before anybody types a password"
    assert NO_STATION in page
    elsewhere = _open(office.at(), case, way)
    assert elsewhere.status in (200, 403)
    assert NO_STATION in elsewhere.text
    assert "至閱覽站登入" in elsewhere.text, "the next step"
    assert office.refusals(case) == ["station-unregistered"]
    assert office.entries("grant.opened", case) == []
    opened = _open(office.at(station), case, way)
    assert re.fullmatch(r"/viewing/[0-9a-f]{32}", opened.goes_to), opened.text
    (entry,) = office.entries("grant.opened", case)
    assert entry["station"] == number
    assert office.at(station).get(opened.goes_to).status == 200
    office.at(station).post(f"{opened.goes_to}/end", {})


def test_AT_47_no_header_and_no_field_makes_a_station_of_a_browser(office: Office) -> None:
    """The fingerprint is no secret: the list of stations shows it."""
    case, (number, station) = office.viewing(), office.enrol()
    row = next(each for each in office.ask("stations")["stations"] if each["number"] == number)
    digest, pem = row["fingerprint"], row["certificate"].replace("\n", "%0A")
    visitor = office.at()
    written = dict.fromkeys(("X-Device", "X-SSL-Client-Fingerprint", "Device"), digest)
    written |= {"X-SSL-Client-Cert": pem, "X-Forwarded-Client-Cert": f"Hash={digest}", "Origin": visitor.origin}
    form = {"seat": "1", "password": OFFICER.password, "device": digest, "station": str(number)}
    answer = visitor.post(f"/cases/{case}/view?device={digest}", form, headers=written)
    assert NO_STATION in answer.text or "?again=" in answer.goes_to
    assert office.entries("grant.opened", case) == []
    assert office.refusals(case) == ["station-unregistered"]
    opened = _open(office.at(station), case, "view")
    office.at(station).post(f"{opened.goes_to}/end", {})


def test_AT_47_a_session_that_was_taken_along_shows_nothing_elsewhere(office: Office) -> None:
    case, (_, station), (_, other) = office.viewing(), office.enrol(), office.enrol()
    grant = _open(office.at(station), case, "view").goes_to
    start_ns, _ = office.span()
    ways = {
        "media": f"{grant}/media?camera=01&start_ns={start_ns}&seconds=2",
        "key": f"{grant}/key?camera=01&at_ns={start_ns + 5 * SECOND_NS}",
        "here": f"{grant}/here",
        "page": grant,
    }
    for name, way in ways.items():
        fetched = name != "page"
        here = office.at(station).get(way, fetched=fetched)
        assert here.status == 200, f"{name}: {here.status} {here.body[:300]!r}"
        assert name not in ("media", "key") or len(here.body) > 1_000
        for visitor in (office.at(), office.at(other)):
            refused = visitor.get(way, fetched=fetched)
            assert refused.status == 403, name
            assert "另一閱覽站" in (refused.data["message"] if fetched else refused.text)
    assert set(office.refusals(case)) == {"station-other"}
    assert office.at(station).get(ways["here"], fetched=True).status == 200, "it goes on where it was opened"
    office.at(station).post(f"{grant}/end", {})


def test_AT_47_a_station_that_is_revoked_shows_nothing_from_that_moment_on(office: Office) -> None:
    case, (number, station) = office.viewing(), office.enrol()
    grant = _open(office.at(station), case, "view").goes_to
    office.revoke(number)
    ended = [each["cause"] for each in office.entries("grant.ended") if f"/viewing/{each['grant']}" == grant]
    assert ended == ["the station was revoked"]
    assert office.at(station).get(f"{grant}/here", fetched=True).status == 404
    assert NO_STATION in _open(office.at(station), case, "view").text
    assert office.at(station).get("/cases").status == 200, "its certificate still opens the port, and nothing else"


def test_AT_47_whoever_has_no_certificate_of_the_office_does_not_even_connect(office: Office) -> None:
    own = StationKey()
    stranger = own.files(office.folder, _self_signed(own, "viewing station 1"))
    for files in (None, stranger):
        visitor = office.at(stranger)
        visitor._tls = ssl.create_default_context(cafile=str(office.site.authority))
        if files:
            visitor._tls.load_cert_chain(*files)
        with pytest.raises((OSError, HTTPException)):
            visitor.get("/login")


def _self_signed(made: StationKey, name: str) -> str:
    """A certificate that nobody of the office signed."""
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = local_time(SystemClock().wall_ns())
    built = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(made.private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
        .sign(made.private, hashes.SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()


def test_AT_47_each_port_answers_to_its_own_address_alone(office: Office) -> None:
    """A page of one may not send a form to the other."""
    _, station = office.enrol()
    here, there = office.at(), office.at(station)
    for visitor, other in ((here, there), (there, here)):
        assert visitor.get("/cases").status == 200
        headers = {"Origin": other.origin, "Sec-Fetch-Site": "same-site"}
        assert visitor.post("/cases/new/cit", {}, headers=headers).status == 403
        assert visitor.ask("GET", "/login", {"Host": other.origin.removeprefix("https://")}).status == 421


def test_AT_47_the_list_of_stations_says_what_this_computer_is(office: Office) -> None:
    number, station = office.enrol()
    assert f"此電腦為第 {number} 號閱覽站" in office.at(station).get("/stations").text
    elsewhere = office.at().get("/stations").text
    assert "本電腦非閱覽站" in elsewhere
    assert f"https://localhost:{office.box.station_port}/" in elsewhere


@pytest.mark.parametrize("reason", ["done", "filming"])
def test_AT_47_a_viewing_is_ended_at_its_station_and_its_filming_interrupts_the_case(
    office: Office, reason: str
) -> None:
    case, (_, station) = office.viewing(), office.enrol()
    here = office.at(station)
    grant = _open(here, case, "view").goes_to
    assert here.get(f"{grant}/seen", fetched=True).status == 200
    assert here.post(f"{grant}/end", {"reason": reason}).status == 303
    interrupted = office.keeper.cases.file(case).case.state == "interrupted"
    assert interrupted == (reason == "filming")
    assert office.refusals(case) == []


def test_AT_47_all_that_is_asked_about_a_grant_says_where_it_is_asked() -> None:
    """One that did not would be refused at every station, and be found by no training office."""
    of_grants = [row for row in ENDPOINTS.values() if "grant" in row.request.__struct_fields__]
    assert len(of_grants) > 8
    assert [row.name for row in of_grants if "device" not in row.request.__struct_fields__] == []
    silent = []
    for file in (Path(__file__).parents[2] / "appliance/web").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = {each.arg for each in node.keywords} if isinstance(node, ast.Call) else set()
            if {"session", "grant"} <= named and "device" not in named:
                silent.append(f"{file.name}:{node.lineno}")
    assert silent == []
