"""The pages over a keeper's double: what is asked of the keeper, what is shown, and that nothing typed is lost."""

from __future__ import annotations

import re

import pytest

from appliance.core.errors import Damaged, NotFound, NotWritable, Unavailable
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite
from tests.web.visitor import Visitor

SECOND = 1_000_000_000


# --- the door ---


def test_logging_in_sets_one_strict_cookie_and_leads_to_the_page_asked_for(visitor: Visitor) -> None:
    assert visitor.get("/ledger?page=1").goes_to == "/login?next=%2Fledger%3Fpage%3D1"
    answer = visitor.post("/login", {"name": " officer ", "password": PASSWORDS["officer"], "next": "/ledger?page=1"})
    assert (answer.status, answer.goes_to) == (303, "/ledger?page=1")
    (cookie,) = visitor.set_cookies
    assert re.fullmatch(r"__Host-sid=[0-9a-f]{64}; HttpOnly; Path=/; SameSite=Strict; Secure", cookie)
    assert visitor.get("/ledger").status == 200


def test_a_log_in_leads_to_no_other_site(visitor: Visitor) -> None:
    for following in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", ""):
        answer = visitor.post("/login", {"name": "officer", "password": PASSWORDS["officer"], "next": following})
        assert answer.goes_to == "/"


def test_wrong_name_and_wrong_password_read_the_same_and_set_no_cookie(visitor: Visitor) -> None:
    answers = [
        visitor.post("/login", {"name": name, "password": "wrong", "next": "/cases"}) for name in ("officer", "nobody")
    ]
    assert [answer.status for answer in answers] == [403, 403]
    assert answers[0].text.replace("officer", "") == answers[1].text.replace("nobody", "")
    assert "wrong" not in answers[0].text
    assert 'value="/cases"' in answers[0].text
    assert visitor.cookies == {}


def test_a_one_time_code_may_hold_spaces(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.post("/login", {"name": "officer", "password": PASSWORDS["officer"], "totp": "123 456"})
    assert keeper.told("login")[0]["totp"] == "123456"


def test_the_second_person_joins_the_same_session_under_a_new_token(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    first = visitor.cookies["__Host-sid"]
    answer = visitor.post("/join", {"name": "head", "password": PASSWORDS["head"], "next": "/cases"})
    assert answer.goes_to == "/cases"
    assert visitor.cookies["__Host-sid"] != first
    page = visitor.get("/").text
    assert "陳怡君" in page
    assert "林志明" in page


def test_the_same_person_or_a_wrong_password_does_not_join(visitor: Visitor) -> None:
    visitor.log_in()
    for name, password in (("officer", PASSWORDS["officer"]), ("head", "wrong")):
        answer = visitor.post("/join", {"name": name, "password": password, "next": "/cases"})
        assert answer.status == 403
        assert "會同人員登入" in answer.text
    assert "林志明" not in visitor.get("/").text


def test_logging_out_ends_the_session_at_the_keeper_and_clears_the_browser(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    answer = visitor.post("/logout")
    assert keeper.sessions == {}
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "__Host-sid" not in visitor.cookies


@pytest.mark.parametrize(("seat", "leaves", "stays"), [("1", "陳怡君", "林志明"), ("2", "林志明", "陳怡君")])
def test_either_of_two_logs_out_alone_under_a_new_token(
    visitor: Visitor, keeper: KeeperDouble, seat: str, leaves: str, stays: str
) -> None:
    visitor.log_in()
    assert 'name="seat"' not in visitor.get("/").text, "one alone has one button"
    visitor.join("head")
    page, before = visitor.get("/").text, visitor.cookies["__Host-sid"]
    assert f'aria-label="僅登出{leaves}"' in page
    assert "二人均登出" in page
    answer = visitor.post("/logout", {"seat": seat})
    assert (answer.status, answer.goes_to) == (303, "/")
    assert visitor.cookies["__Host-sid"] not in ("", before)
    page = visitor.get("/").text
    assert stays in page
    assert leaves not in page
    assert "二人均登出" not in page


def test_a_password_that_one_of_two_changes_logs_that_one_out_alone(visitor: Visitor) -> None:
    visitor.log_in()
    visitor.join("head")
    new = {"new": "n" * 20, "again": "n" * 20}
    answer = visitor.post("/account/password", {"seat": "2", "old": PASSWORDS["head"], **new})
    assert answer.goes_to == "/account?done=password"
    assert "__Host-sid" in visitor.cookies
    assert "變更者已登出" in visitor.get(answer.goes_to).text


def test_logging_out_of_a_session_that_is_over_is_no_error(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    keeper.drop_sessions()
    answer = visitor.post("/logout")
    assert (answer.status, answer.goes_to) == (303, "/login")
    assert "__Host-sid" not in visitor.cookies


def test_a_session_that_is_over_says_so_at_the_door(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    keeper.drop_sessions()
    assert visitor.get("/").goes_to == "/login"
    assert "登入已結束（閒置逾 10 分鐘、已登出或系統曾重新啟動）" in visitor.get("/login").text
    assert "__Host-sid" not in visitor.cookies


# --- language, trial, errors ---


def test_the_language_stays_chosen_and_the_page_says_which_it_is(visitor: Visitor) -> None:
    assert '<html lang="zh-Hant-TW">' in visitor.get("/login").text
    assert visitor.post("/language", {"lang": "en", "next": "/trust"}).goes_to == "/trust"
    page = visitor.get("/login").text
    assert '<html lang="en">' in page
    assert "Log in" in page
    visitor.post("/language", {"lang": "xx"})
    assert visitor.cookies["__Host-lang"] == "en"


def test_a_trial_says_so_on_every_page_and_an_office_does_not(visitor: Visitor, keeper: KeeperDouble) -> None:
    assert "訓練" not in visitor.get("/login").text
    keeper.trial = True
    assert "訓練" in visitor.get("/login").text
    visitor.log_in()
    for path in ("/", "/cases", "/cases/new", "/ledger", "/rules", "/trust", "/nowhere"):
        assert 'class="trial"' in visitor.get(path).text, path


def test_errors_of_the_keeper_are_pages_in_the_readers_language(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    for error, status, words in (
        (Unavailable("status: keeper does not answer"), 503, "系統暫時無法回應"),
        (NotWritable("ledger: disk full"), 503, "紀錄無法寫入"),
        (Damaged("ledger: entry 7 is damaged"), 500, "資料驗證不符"),
        (NotFound.of("viewing-ended"), 404, "閱覽已結束；請返回案件頁。"),
        (ValueError("inner words"), 500, "系統內部錯誤"),
    ):
        keeper.fail_next["status"] = error
        answer = visitor.get("/")
        assert answer.status == status
        assert words in answer.text
        assert "inner words" not in answer.text


def test_without_the_keeper_there_is_a_page_that_says_recording_goes_on(site: RunningSite) -> None:
    visitor = Visitor(site)
    for path in ("/", "/login", "/trust"):
        answer = visitor.get(path)
        assert answer.status in (303, 503)
    assert "錄影不受影響" in visitor.get("/trust").text


# --- the certificate ---


def test_the_certificate_is_offered_without_a_log_in_with_its_fingerprint(visitor: Visitor, site: RunningSite) -> None:
    import hashlib
    import ssl

    page = visitor.get("/trust").text
    pem = visitor.get("/trust/ca.crt").body
    digits = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode())).hexdigest().upper()
    shown = "".join(re.findall(r"<span>([0-9A-F:]{23})</span>", page)).replace(":", "")
    assert pem == site.authority.read_bytes()
    assert shown == digits


# --- status ---


def test_status_shows_every_camera_by_word_and_the_data_says_the_same(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    keeper.states["1-02"] = "lost"
    page, data = visitor.get("/").text, visitor.get("/status/now", fetched=True).data
    assert "2 支監視器中僅 1 支錄影中" in page
    assert data["headline"] == "2 支監視器中僅 1 支錄影中"
    for camera in data["cameras"]:
        for field in ("state_text", "written", "held", "earliest", "gaps"):
            assert camera[field] in page
    assert [call["active"] for call in keeper.told("status")] == [True, False]


# --- a case ---


def test_an_unknown_case_is_not_found(visitor: Visitor) -> None:
    visitor.log_in()
    assert visitor.get("/cases/113-9999").status == 404


def test_the_map_shows_what_may_be_opened_and_to_nobody_the_way_in(visitor: Visitor, keeper: KeeperDouble) -> None:
    page = visitor.get("/map").text
    assert 'href="/login"' in page
    assert 'href="/cases"' not in page
    visitor.log_in()
    page = visitor.get("/map").text
    for place in ("/duties", "/cases", "/ledger", "/access", "/people", "/account", "/trust"):
        assert f'<a href="{place}">' in page
    keeper.drop_sessions()
    assert visitor.get("/map").status == 200
