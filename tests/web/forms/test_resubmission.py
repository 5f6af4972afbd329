"""Forms that are refused, and forms whose log-in ran out: shown by an address, as often as it is gone back to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from appliance.core.errors import Refused, Unavailable
from appliance.protocol.endpoints import ENDPOINTS
from appliance.rules.cases.rows import Event
from appliance.storage.documents import open_documents
from appliance.storage.files import RealFs
from appliance.web.site.routes import ROUTES
from tests.web.case_lives import Life
from tests.web.cases.test_page import form_at
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite
from tests.web.visitor import Answer, Visitor, home_of

ACT = "c" * 32
SECRET = PASSWORDS["officer"]
BOTH = {"password-1": SECRET, "password-2": PASSWORDS["head"]}
SENT = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
PERSON = {"name": "lin.sf", "display": "林淑芬", "unit": "戶籍登記課", "post": "課員", "role": "staff",
          "document": "113年9月30日簽", **BOTH}  # fmt: skip
"""By name: the page, where its form goes, what is typed, and the verb of the keeper that does it."""
FORMS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "somebody new": ("/people/new", "/people/new", PERSON, "person.add"),
    "a role": ("/people/third", "/people/third/grant",
               {"role": "staff", "document": "林淑芬代理簽", **BOTH}, "person.grant"),
    "a review": ("/people", "/people/review", {"remark": "林淑芬已調任", "password": SECRET}, "people.review"),
    "a hand-over": ("/people/third/handover", "/people/third/handover",
                    {"document": "林淑芬交接簽", **BOTH}, "handover.sign"),
    "a line of a register": ("/register/incidents/new", "/register/incidents/new",
                             {"seat": "1", "kind": "filming", "known_at": "113/9/30 13:30", "facts": "林淑芬通報",
                              "no_footage": "yes"}, "register.act"),
    "an act on a camera": ("/cameras/1-01", "/cameras/1-01/act",
                           {"seat": "2", "event": "suspend", "version": "1", "note": "林淑芬報修"}, "camera-act"),
    "a camera's draft": ("/cameras/new", "/cameras/new",
                         {"seat": "1", "camera": "1-09", "origin": "new", "area": "林淑芬座位旁"}, "camera-act"),
    "a hold": ("/holds/new", "/holds/new",
               {"ground": "event", "reason": "林淑芬受傷", "cameras": ["1-01"], "from.year": "113", "from.month": "9",
                "from.day": "27", "from.hour": "14", "from.minute": "0", "to.year": "113", "to.month": "9",
                "to.day": "27", "to.hour": "14", "to.minute": "40", "password": SECRET}, "hold.set"),
    "a rule": ("/rules", "/rules/policy",
               {"floor_days": "32", "target_days": "45", "ceiling_days": "364", "document": "林淑芬簽", **BOTH},
               "rules.policy"),
}  # fmt: skip


@pytest.fixture
def two(visitor: Visitor) -> Visitor:
    """Officer and head at one browser."""
    visitor.log_in()
    visitor.join("head")
    return visitor


def submit(visitor: Visitor, where: str, form: dict[str, Any], act: str = ACT) -> Answer:
    """As it is answered, before the browser goes where it is led."""
    body = urlencode({"act": act, **form}, doseq=True).encode()
    return visitor.ask("POST", where, SENT | {"Origin": visitor.origin}, body)


def act_in(page: str, where: str) -> str:
    """The act id of the form that goes to ``where``."""
    form = next(each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{where}"' in each)
    found = re.search(r'name="act" value="(\w{32})"', form)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", FORMS)
def test_what_the_keeper_refuses_is_shown_by_an_address_with_what_was_typed(
    two: Visitor, keeper: KeeperDouble, name: str
) -> None:
    page, where, form, verb = FORMS[name]
    keeper.fail_next[verb] = Refused("hold: the keeper says no for a reason of its own")
    answer = submit(two, where, form)
    assert (answer.status, answer.goes_to) == (303, f"{page}?again={ACT}")
    asked = len(keeper.calls)
    for _ in range(2):
        shown = two.get(answer.goes_to)
        assert shown.status in (400, 403)
        assert "林淑芬" in shown.text
        assert "a reason of its own" in shown.text
        assert SECRET not in shown.text
    reads = {row.name for row in ENDPOINTS.values() if row.reads}
    assert {call.verb for call in keeper.calls[asked:]} <= reads, "going back asked the keeper to act"


@pytest.mark.parametrize("name", FORMS)
def test_a_log_in_that_ran_out_leads_back_to_the_form_with_everything_typed(
    two: Visitor, keeper: KeeperDouble, name: str
) -> None:
    page, where, form, verb = FORMS[name]
    act = act_in(two.get(page).text, where)
    two.cookies.pop("__Host-sid")
    answer = submit(two, where, form, act)
    assert home_of(answer) == f"{page}?again={act}"
    two.log_in()
    two.join("head")
    asked = len(keeper.calls)
    shown = two.get(home_of(answer)).text
    assert "林淑芬" in shown
    assert "送出前登入已逾時" in shown
    assert verb not in {call.verb for call in keeper.calls[asked:]}


def test_a_form_of_a_case_that_lacks_something_is_shown_by_an_address(visitor: Visitor, keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").do(Event.RECEIVE)
    visitor.log_in()
    values = form_at(visitor.get(life.path).text, "formal") | {
        "event": ["find_defects"],
        "finding.report_no": ["林淑芬"],
    }
    act = values.pop("act")[0]
    keeper.fail_next["case-act"] = Refused("hold: no")
    answer = submit(visitor, f"{life.path}/act", values, act)
    assert answer.goes_to == f"{life.path}?again={act}"
    assert "林淑芬" in visitor.get(answer.goes_to).text


def test_nobody_else_is_shown_what_was_typed(two: Visitor, keeper: KeeperDouble, site: RunningSite) -> None:
    _, where, form, verb = FORMS["somebody new"]
    keeper.fail_next[verb] = Refused("hold: no")
    answer = submit(two, where, form)
    other = Visitor(site)
    other.log_in("head")
    shown = other.get(answer.goes_to)
    assert shown.status == 200
    assert "林淑芬" not in shown.text
    other.cookies.clear()
    assert other.get(answer.goes_to).goes_to.startswith("/login")


def test_nobody_elses_form_comes_home_to_whoever_logs_in_after_it(two: Visitor, keeper: KeeperDouble) -> None:
    page, where, form, _ = FORMS["somebody new"]
    act = act_in(two.get(page).text, where)
    two.cookies.pop("__Host-sid")
    answer = submit(two, where, form, act)
    two.log_in("head")
    assert "林淑芬" not in two.get(home_of(answer)).text


def test_an_act_id_that_no_page_drew_keeps_nothing(two: Visitor, site: RunningSite) -> None:
    two.cookies.pop("__Host-sid")
    answer = submit(two, "/people/new", FORMS["somebody new"][2], "9" * 32)
    assert home_of(answer) == "/people/new"


def test_no_password_and_no_setting_of_a_camera_is_written_and_the_settings_come_back(
    two: Visitor, keeper: KeeperDouble, site: RunningSite
) -> None:
    form = FORMS["a camera's draft"][2] | {"settings": "password = very-secret-of-a-camera", "password": SECRET}
    keeper.fail_next["camera-act"] = Refused("hold: no")
    answer = submit(two, "/cameras/new", form)
    folder = Path(site.settings.layout.web)
    documents, _ = open_documents(RealFs(), str(folder))
    try:
        kept = str(documents.table("sent").all())
    finally:
        documents.close()
    assert "林淑芬" in kept
    assert "very-secret" not in kept
    assert SECRET not in kept
    assert "very-secret-of-a-camera" in two.get(answer.goes_to).text


def test_a_keeper_that_is_away_costs_no_word(two: Visitor, keeper: KeeperDouble) -> None:
    page, where, form, _ = FORMS["somebody new"]
    keeper.fail_next["people"] = Unavailable("keeper: it does not answer")
    answer = submit(two, where, form)
    assert answer.goes_to == f"{page}?again={ACT}"
    assert "林淑芬" in two.get(answer.goes_to).text


def test_every_submit_of_a_page_is_kept_but_those_of_secrets_and_files() -> None:
    direct = {route.path for route in ROUTES if route.method == "POST" and route.answers == "page" and not route.again}
    assert direct == {
        "/login", "/login/first", "/join", "/logout", "/language", "/scans/{subject}/{number}", "/viewing/{grant}/end",
        "/account/password", "/account/factor", "/account/factor/prove", "/account/key", "/account/key/prove",
        "/account/key/remove", "/cameras/guide", "/live/{view}/extend", "/live/{view}/end",
    }  # fmt: skip
