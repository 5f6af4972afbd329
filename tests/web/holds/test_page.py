"""The pages of holds over the keeper's double: the form, the list, one hold, and what is asked of the keeper."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.rules.holds import GROUNDS
from appliance.web.forms.asked_range import FieldProblem
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.holds.form import TypedHold, check_hold, hold_typed_from
from tests.web.hold_double import DAY_NS
from tests.web.keeper_double import PASSWORDS, START_NS, KeeperDouble
from tests.web.site import RunningSite
from tests.web.visitor import Answer, Visitor, home_of

PAPERS = {"agency": "臺北地檢署", "statute": "檔案法第 12 條", "document": "北檢字第1130002號"}
FORM: dict[str, Any] = {
    "act": "a" * 32,
    "ground": "event",
    "cameras": ["1-01"],
    "from.year": "113/9/27 14:00",
    "to.year": "113/9/27 14:40",
    "reason": "櫃檯推擠受傷",
    **PAPERS,
}
NOW_NS = START_NS + 3 * DAY_NS


def send(visitor: Visitor, **changes: Any) -> Answer:
    return visitor.post("/holds/new", FORM | changes)


def fields(**changes: Any) -> TypedHold:
    values = {name: value if isinstance(value, list) else [value] for name, value in (FORM | changes).items()}
    return hold_typed_from(values)


def problems(**changes: Any) -> list[FieldProblem]:
    found = check_hold(fields(**changes), {"1-01", "1-02"}, NOW_NS)
    assert isinstance(found, list), found
    return found


# --- the form ---


def test_a_form_that_is_right_names_the_documents_of_its_ground_and_no_others() -> None:
    for code, row in GROUNDS.items():
        found = check_hold(fields(ground=code, case="１１３－０００１"), {"1-01"}, NOW_NS)
        assert isinstance(found, dict)
        assert {name for name in PAPERS if name in found} == set(row.needs) - {"case"}
        assert found["case"] == "113-0001"


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"ground": ""}, "ground", "hold-form.ground-missing"),
        ({"ground": "police", "case": ""}, "case", "hold-form.case-missing"),
        ({"ground": "invest", "document": " "}, "document", "hold-form.document-missing"),
        ({"ground": "law", "statute": ""}, "statute", "hold-form.statute-missing"),
        ({"reason": ""}, "reason", "hold-form.reason-missing"),
        ({"cameras": []}, "cameras", "form.cameras-missing"),
        ({"from.year": "昨天"}, "from-year", "date.unreadable"),
        ({"to.year": "113/9/27 13:00"}, "to-year", "form.order"),
        ({"to.year": "113/10/1 13:00"}, "to-year", "hold-form.future"),
        ({"to.year": "113/9/28 14:01"}, "need", "hold-form.need-missing"),
        ({"agency": "機" * 201}, "agency", "hold-form.too-long"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(changes: dict[str, Any], field: str, code: str) -> None:
    assert problems(**changes) == [FieldProblem(field, code)]
    assert code in read_messages()


def test_a_hold_is_set_by_whoever_here_may_open_it_and_nothing_typed_is_lost(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    answer = send(visitor, reason="")
    assert answer.status == 400
    for typed in ("臺北地檢署", "北檢字第1130002號", 'value="113"', 'value="event" checked', 'value="1-01" checked'):
        assert typed in answer.text, typed
    assert "請填寫說明" in answer.text
    assert keeper.told("hold.set") == []
    answer = send(visitor)
    assert answer.goes_to == "/holds/H113-0001?set=1"
    (told,) = keeper.told("hold.set")
    assert (told["seat"], told["ground"], told["cameras"]) == (1, "event", ["1-01"])
    assert (told["start_ns"], told["end_ns"]) == (START_NS, START_NS + 40 * 60 * 10**9)
    assert send(visitor).goes_to == "/holds/H113-0001?set=1", "sent twice, held once"
    page = visitor.get("/holds/H113-0001?set=1").text
    assert "已生效" in page
    assert "櫃檯推擠受傷" in page


def test_a_ground_that_nobody_here_may_open_says_who_may(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    answer = send(visitor, ground="law")
    assert "「法定保存」須由主任登入提出" in answer.text
    assert keeper.told("hold.set") == []
    visitor.join("director")
    assert 'name="password"' in visitor.get("/holds/new").text
    answer = send(visitor, ground="law", password="wrong")
    assert answer.status == 403
    assert "之密碼不符，請重新輸入" in answer.text
    assert send(visitor, ground="law", password=PASSWORDS["director"]).goes_to == "/holds/H113-0001?set=1"
    assert [told["seat"] for told in keeper.told("hold.set")] == [2, 2]


def test_what_the_keeper_refuses_is_said_in_the_readers_language(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    keeper.fail_next["hold.set"] = UsageError.of("hold-ceiling")
    answer = send(visitor)
    assert answer.status == 403
    assert "範圍內影音資料均已逾一年上限" in answer.text
    assert "櫃檯推擠受傷" in answer.text


@pytest.mark.parametrize(
    ("verb", "error"),
    [
        ("hold.set", Refused("hold: no")),
        ("hold.set", Unavailable("keeper: it does not answer")),
        ("hold.set", NotLoggedIn("session: it is over")),
        ("cameras", Unavailable("keeper: it does not answer")),
        ("session", Unavailable("keeper: it does not answer")),
        ("session", NotLoggedIn("session: it is over")),
    ],
)
def test_nothing_typed_is_lost_whatever_refuses_the_hold(
    visitor: Visitor, keeper: KeeperDouble, verb: str, error: RecorderError
) -> None:
    visitor.log_in()
    form = visitor.get("/holds/new").text
    act = form.split('name="act" value="')[1].split('"')[0]
    keeper.fail_next[verb] = error
    refused = send(visitor, act=act)
    assert refused.status in (303, 403)
    visitor.log_in()
    assert "櫃檯推擠受傷" in (refused.text or visitor.get(home_of(refused)).text)
    assert send(visitor, act=act).status == 303
    assert "櫃檯推擠受傷" not in visitor.get(f"/holds/new?draft={act}").text


# --- the list ---


def test_the_list_has_living_ones_first_with_ground_document_span_last_day_and_who(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    assert "目前無保全中之影音資料" in visitor.get("/holds").text
    send(visitor, ground="invest")
    keeper.holds["H113-0001"] |= {"state": "lapsed", "ended_ns": keeper.now_ns}
    send(visitor, act="b" * 32)
    page = visitor.get("/holds").text
    assert page.index("H113-0002") < page.index("已終止") < page.index("H113-0001")
    for words in (
        "待主任核定", "重大事件先行保全", "113/10/03（四）", "剩 3 日", "113/09/27 14:00", "陳怡君", "逾期失效",
        "臺北地檢署 北檢字第1130002號",
    ):  # fmt: skip
        assert words in page, words


def test_too_much_that_is_held_is_said_on_the_list(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    assert "已逾上限" not in visitor.get("/holds").text
    keeper.kept_bytes = 700 * 10**9
    page = visitor.get("/holds").text
    assert "已逾上限" in page
    assert "17.5%" in page


# --- one hold ---


def test_the_director_confirms_extends_and_releases_with_a_password_each_time(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    path = send(visitor).goes_to.split("?")[0]
    assert "須由主任登入辦理" in visitor.get(path).text
    visitor.join("director")
    page = visitor.get(path).text
    assert "蔡文德 之密碼" in page
    assert f"{path}/extend" not in page, "what the table does not have is not offered"
    act = {"act": "c" * 32, "seat": "2", "password": PASSWORDS["director"]}
    assert visitor.post(f"{path}/confirm", act | {"password": "wrong"}).status == 403
    assert visitor.post(f"{path}/confirm", act).goes_to == path
    assert "主任核定" in visitor.get(path).text
    answer = visitor.post(f"{path}/release", act | {"reason": " "})
    assert "請填寫原因" in answer.text
    assert visitor.post(f"{path}/extend", act | {"reason": "訴訟中"}).goes_to == path
    assert visitor.post(f"{path}/release", act | {"reason": "和解"}).goes_to == path
    page = visitor.get(path).text
    assert "已解除" in page
    assert "影音資料處置中" in page
    assert 'action="/holds/' not in page
    assert [keeper.told(f"hold.{event}")[-1]["reason"] for event in ("extend", "release")] == ["訴訟中", "和解"]


def test_whoever_opened_it_gets_no_act_and_two_who_may_not_are_told(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("director")
    visitor.join("officer")
    path = send(visitor, seat="2", password=PASSWORDS["officer"]).goes_to.split("?")[0]
    keeper.holds["H113-0001"]["set_person"] = "director"
    assert "目前登入者均不得辦理" in visitor.get(path).text
    keeper.holds["H113-0001"]["ground"] = "law"
    keeper.holds["H113-0001"]["state"] = "active"
    assert "蔡文德 之密碼" in visitor.get(path).text, "what only the director can open"


def test_beyond_the_ceiling_the_review_asks_for_its_documents(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    visitor.join("director")
    path = send(visitor, ground="invest", password=PASSWORDS["officer"]).goes_to.split("?")[0]
    keeper.holds["H113-0001"] |= {"state": "review_due", "beyond_ceiling": True}
    page = visitor.get(path).text
    assert 'id="extend-agency"' in page
    keeper.fail_next["hold.extend"] = Refused.of("hold-lapsed", hold="hold H113-0001", event="extend")
    act = {"act": "d" * 32, "seat": "2", "password": "x", "reason": "續查", **PAPERS}
    answer = visitor.post(f"{path}/extend", act)
    assert "本件保全已失效" in answer.text
    assert "北檢字第1130002號" in answer.text
    assert keeper.told("hold.extend")[0]["document"] == "北檢字第1130002號"


def test_a_settled_hold_says_what_became_of_its_footage(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    path = send(visitor).goes_to.split("?")[0]
    hold = keeper.holds["H113-0001"]
    hold |= {
        "state": "lapsed", "ended_ns": keeper.now_ns, "settled_ns": keeper.now_ns,
        "became": {"destroyed": 3, "eligible": 2, "kept": 1, "held": 0},
    }  # fmt: skip
    hold["history"] += [{"kind": f"hold.{kind}", "at_ns": keeper.now_ns} for kind in ("lapsed", "settled")]
    page = visitor.get(path).text
    assert "逾一年上限已銷毀 3 段" in page
    assert page.count("系統 ·") == 2
    assert visitor.get("/holds/H113-0009").status == 404


def test_the_pages_speak_english_too(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    visitor.join("director")
    path = send(visitor, password=PASSWORDS["officer"]).goes_to.split("?")[0]
    visitor.post("/language", {"lang": "en", "next": "/"})
    for address, words in (("/holds", "Kept by pins and holds"), ("/holds/new", "Hold it now"), (path, "Confirm")):
        assert words in visitor.get(address).text, address


def test_the_list_is_shown_also_while_the_index_is_made_anew(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    send(visitor)
    keeper.store_bytes = 0
    page = visitor.get("/holds").text
    assert "H113-0001" in page
    assert "保留與保全所占空間" not in page


# --- nothing typed is lost ---


def test_what_was_typed_is_a_draft_until_it_is_sent_and_never_holds_a_password(
    visitor: Visitor, site: RunningSite
) -> None:
    visitor.log_in()
    form = FORM | {"act": "e" * 32}
    saved = visitor.post("/holds/new/draft", form | {"password": "a very secret password"})
    assert saved.data == {"saved": True}
    assert "/holds/new?draft=" + "e" * 32 in visitor.get("/holds/new").text
    again = visitor.get("/holds/new?draft=" + "e" * 32).text
    assert "櫃檯推擠受傷" in again
    assert 'value="event" checked' in again
    assert "a very secret password" not in again
    assert "櫃檯推擠受傷" not in visitor.get("/cases/new").text, "drafts of another form"
    visitor.post("/holds/new", form)
    assert "e" * 32 not in visitor.get("/holds/new").text
    visitor.post("/holds/new/draft", form | {"act": "f" * 32})
    assert visitor.post("/holds/new/discard", {"act": "f" * 32}).goes_to == "/holds/new"
    assert "f" * 32 not in visitor.get("/holds/new").text


def test_a_log_in_that_ran_out_while_typing_costs_no_word(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    visitor.post("/holds/new/draft", FORM | {"act": visitor.act, "reason": "半途"})
    keeper.drop_sessions()
    answer = send(visitor, act=visitor.act, reason="全部寫完了")
    assert keeper.told("hold.set") == []
    visitor.log_in()
    assert "全部寫完了" in visitor.get(home_of(answer)).text
    assert send(visitor, act=visitor.act, reason="全部寫完了").goes_to == "/holds/H113-0001?set=1"


def test_T_08_a_hold_may_name_a_removed_camera_while_there_is_footage_of_it(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    assert "113/09/20 起撤除" in visitor.get("/holds/new").text
    asked = {"cameras": ["1-09"], "from.year": "113/9/19 14:00", "to.year": "113/9/19 14:40"}
    assert send(visitor, **asked).status == 303
    keeper.left = [keeper.left[0] | {"earliest_ns": 0}]
    assert "1-09" not in visitor.get("/holds/new").text
    assert "cameras-problem" in send(visitor, act="b" * 32, **asked).text
