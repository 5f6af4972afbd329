"""The pages of viewing stations over the keeper's double."""

from __future__ import annotations

import hashlib

import pytest

from appliance.core.errors import UsageError
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.station_double import REQUEST
from tests.web.visitor import Visitor

BOTH = {"password-1": PASSWORDS["officer"], "password-2": PASSWORDS["head"]}
KEY = hashlib.sha256("".join(REQUEST.split()).encode()).hexdigest()


@pytest.fixture
def two(visitor: Visitor) -> Visitor:
    visitor.log_in()
    visitor.join()
    return visitor


def enrol(visitor: Visitor) -> None:
    form = {"act": "a" * 32, "request": REQUEST, "compared": KEY, "place": "一樓閱覽室", **BOTH}
    assert visitor.post("/stations", form).goes_to == "/stations?done=enrolled#station-1"


def test_a_request_is_read_first_and_its_key_shown_to_be_compared(two: Visitor, keeper: KeeperDouble) -> None:
    page = two.post("/stations", {"act": "a" * 32, "request": REQUEST}).text
    assert f"{KEY[:4]} {KEY[4:8]} " in page
    assert "比對其畫面所示之金鑰指紋" in page
    assert keeper.stations == [], "nothing is registered by it"


def test_two_people_register_it_with_both_passwords(two: Visitor, keeper: KeeperDouble) -> None:
    enrol(two)
    page = two.get("/stations?done=enrolled").text
    assert "第 1 號閱覽站 · 一樓閱覽室" in page
    assert "陳怡君提出，林志明核准" in page
    (told,) = (call.arguments for call in keeper.calls if call.verb == "stations.enrol")
    assert (told["key"], told["passwords"]) == (KEY, {"1": PASSWORDS["officer"], "2": PASSWORDS["head"]})


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"request": "hello"}, "所貼並非閱覽站之憑證請求"),
        ({"request": REQUEST, "compared": KEY, "place": "一樓", **BOTH, "password-2": "wrong"}, "未登記"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    two: Visitor, keeper: KeeperDouble, form: dict[str, str], said: str
) -> None:
    page = two.post("/stations", {"act": "a" * 32, **form}).text
    assert said in page
    assert form["request"].split("\n")[0] in page
    assert form.get("place", "") in page
    assert keeper.stations == []


def test_one_alone_is_told_that_a_second_must_log_in(visitor: Visitor) -> None:
    visitor.log_in()
    page = visitor.get("/stations").text
    assert 'action="/stations"' not in page
    assert 'action="/join"' in page


def test_one_person_revokes_a_station(two: Visitor, keeper: KeeperDouble) -> None:
    enrol(two)
    form = {"act": "b" * 32, "seat": "2", "password": PASSWORDS["head"], "reason": "遺失"}
    assert two.post("/stations/revoke", {"number": "1", **form}).goes_to == "/stations?done=revoked#station-1"
    page = two.get("/stations").text
    assert "林志明 · 遺失" in page
    assert "/stations/revoke" not in page
    assert "/stations/1/certificate" not in page


def test_a_wrong_password_revokes_nothing_and_keeps_the_reason(two: Visitor, keeper: KeeperDouble) -> None:
    enrol(two)
    form = {"act": "b" * 32, "seat": "1", "password": "wrong", "reason": "汰換舊機"}
    page = two.post("/stations/revoke", {"number": "1", **form}).text
    assert "未撤銷" in page
    assert "汰換舊機" in page
    assert "revoked_ns" not in keeper.stations[0]


def test_its_certificate_is_fetched_as_a_file(two: Visitor) -> None:
    enrol(two)
    answer = two.get("/stations/1/certificate")
    assert answer.headers["content-disposition"] == 'attachment; filename="station-1.crt"'
    assert answer.text.startswith("-----BEGIN CERTIFICATE-----")
    for number in ("2", "x", "9" * 12):
        assert two.get(f"/stations/{number}/certificate").status == 404


def test_what_the_keeper_refuses_is_said_in_both_languages(two: Visitor, keeper: KeeperDouble) -> None:
    form = {"act": "a" * 32, "request": REQUEST, "compared": KEY, "place": "一樓", **BOTH}
    keeper.fail_next["stations.enrol"] = UsageError.of("station-known", station=3)
    assert "此金鑰已登記為第 3 號閱覽站" in two.post("/stations", form).text
    two.post("/language", {"lang": "en", "next": "/stations"})
    keeper.fail_next["stations.enrol"] = UsageError.of("station-known", station=3)
    assert "registered already, as station 3" in two.post("/stations", {**form, "act": "c" * 32}).text
    assert "Register a new station" in two.get("/stations").text
