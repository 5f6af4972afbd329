"""The pages of people and of one's own account over the keeper's double."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from appliance.core.errors import Locked, Refused
from appliance.rules.duties import DeskDuty
from appliance.rules.handover import LINES
from appliance.rules.people import MAY, ROLES
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.people.form import FIELDS, check_person
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.people_double import DRAWN
from tests.web.visitor import Answer, Visitor

TODAY = date(2024, 9, 30)
BOTH = {"password-1": PASSWORDS["officer"], "password-2": PASSWORDS["head"]}
FORM = {
    "act": "a" * 32,
    "name": "chen.yj",
    "display": "陳雅君",
    "unit": "戶籍登記課",
    "post": "課員",
    "role": "staff",
    "start": "",
    "end": "",
    "document": "113年9月30日簽",
    **BOTH,
}


@pytest.fixture
def two(visitor: Visitor) -> Visitor:
    """Officer and head at one browser."""
    visitor.log_in()
    visitor.post("/join", {"name": "head", "password": PASSWORDS["head"]})
    return visitor


@pytest.mark.parametrize(
    ("here", "missing", "button"),
    [
        (("officer",), "單位主管或主任核准：請其登入", "會同人員登入"),
        (("head",), "專責人員或系統管理人提出：請其登入", "會同人員登入"),
        (("officer", "clerk"), "單位主管或主任核准：請其登入", "登出，改由他人登入"),
    ],
)
def test_the_form_of_somebody_new_says_who_is_missing_and_has_one_button_for_it(
    visitor: Visitor, here: tuple[str, ...], missing: str, button: str
) -> None:
    visitor.log_in(here[0])
    for name in here[1:]:
        visitor.join(name)
    page = visitor.get("/people/new").text
    main = page[page.index("<main") : page.index("</main>")]
    assert missing in main
    assert re.findall(r'<button class="button primary">([^<]*)</button>', main) == [button]
    assert "<details" not in main
    assert 'action="/people/new"' not in main
    assert 'name="document"' not in main


def act_on(visitor: Visitor, act: str, name: str = "third", **fields: Any) -> Answer:
    return visitor.post(f"/people/{name}/{act}", {"act": "b" * 32, "document": "簽", **BOTH, **fields})


# --- what is typed ---


def test_days_are_read_as_the_office_writes_them_and_empty_is_today_or_never() -> None:
    for typed in ("113/10/1", "1131001", "民國113年10月1日", "2024-10-01", "１１３／１０／１"):
        assert check_person(FORM | {"start": typed}, "add", TODAY).values["start"] == "2024-10-01"
    values, problems = check_person(FORM, "add", TODAY)
    assert (values["start"], values["end"], values["acting"], problems) == ("2024-09-30", "", False, [])


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"name": ""}, "name", "people.name-missing"),
        ({"display": ""}, "display", "people.display-missing"),
        ({"post": ""}, "post", "people.post-missing"),
        ({"unit": ""}, "unit", "people.unit-missing"),
        ({"document": ""}, "document", "people.document-missing"),
        ({"document": "x" * 201}, "document", "people.too-long"),
        ({"role": "king"}, "role", "people.role-missing"),
        ({"start": "昨天"}, "start", "date.unreadable"),
        ({"end": "113/13/1"}, "end", "date.no-such-moment"),
        ({"acting": "yes"}, "end", "people.acting-end"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(changes: dict[str, str], field: str, code: str) -> None:
    (problem,) = check_person(FORM | changes, "add", TODAY).problems
    assert (problem.field, problem.code) == (field, code)
    assert code in read_messages()


def test_every_role_and_every_act_has_its_words() -> None:
    messages = read_messages()
    for role in ROLES:
        assert f"role.{role}" in messages, role
        assert f"word.{role}" in messages, role
    for act in set(FIELDS) - {"add"}:
        for part in ("do", "note", "go", "done"):
            assert f"people.{part}-{act}" in messages, act


# --- what is missing before the first log-in ---


def test_a_log_in_without_the_factor_that_its_role_needs_shows_the_form_for_it_alone(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    keeper.people["third"] |= {"factor_due": True}
    page = visitor.post("/login", {"name": "third", "password": PASSWORDS["third"]}).text
    assert "設定驗證碼" in page
    assert 'name="new"' not in page
    assert "（得免填）" not in page
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    wrong = visitor.post("/login/first", {"token": token[1], "code": "000000"})
    assert "驗證碼不符" in wrong.text
    assert 'name="new"' not in wrong.text
    answer = visitor.post("/login/first", {"token": token[1], "code": "123456"})
    assert answer.goes_to == "/login?first=factor"
    assert "驗證碼已啟用" in visitor.get(answer.goes_to).text


def test_the_second_person_too_is_led_to_the_form_for_what_is_missing(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    keeper.people["head"] |= {"factor_due": True}
    page = visitor.post("/join", {"name": "head", "password": PASSWORDS["head"]}).text
    assert "設定驗證碼" in page
    assert 'name="new"' not in page


# --- too many wrong passwords ---


@pytest.mark.parametrize("path", ["/login", "/join"])
def test_a_locked_log_in_says_the_seconds_at_the_password_and_keeps_the_name(
    visitor: Visitor, keeper: KeeperDouble, path: str
) -> None:
    if path == "/join":
        visitor.log_in()
    keeper.fail_next["login"] = Locked.of("throttled-door", seconds=893)
    page = visitor.post(path, {"name": "head", "password": "wrong", "totp": "123456"}).text
    assert 'value="head"' in page
    field = page[page.index('id="password"') : page.index('id="totp"')]
    assert 'aria-describedby="password-problem"' in field
    assert "此帳號於本電腦連續輸入錯誤 5 次，請於 893 秒後再試。" in field
    assert "wrong" not in page.replace("missing.js", "")


def test_what_is_wrong_with_one_persons_password_stands_at_that_persons_field(
    two: Visitor, keeper: KeeperDouble
) -> None:
    page = act_on(two, "grant", role="director", acting="yes", end="113/10/5", **{"password-2": "wrong"}).text
    form = page[page.index('action="/people/third/grant"') :]
    first, second = (form.index(f'id="grant-password-{seat}"') for seat in (1, 2))
    assert 'aria-invalid="true"' not in form[first:second]
    assert "林志明 之密碼不符，請重新輸入。" in form[second : form.index("</form>")]
    assert 'name="acting" value="yes" checked' in form[: form.index("</form>")]
    keeper.fail_next["person.grant"] = Locked.of("throttled-here", name="林志明", seconds=61)
    page = act_on(two, "grant", role="director", acting="yes", end="113/10/5").text
    form = page[page.index('action="/people/third/grant"') :]
    assert "連續輸入錯誤 5 次，請於 61 秒後再試" in form[second : form.index("</form>")]
    assert 'value="113/10/5"' in form[: form.index("</form>")]


# --- adding ---


def test_two_people_add_somebody_and_the_password_is_shown_once(two: Visitor, keeper: KeeperDouble) -> None:
    answer = two.post("/people/new", FORM)
    assert answer.status == 200
    assert DRAWN in answer.text
    assert answer.headers["cache-control"] == "no-store"
    again = two.post("/people/new", FORM)
    assert DRAWN not in again.text
    assert "無法再次顯示" in again.text
    told = keeper.told("person.add")
    assert (told[0]["role"], told[0]["start"], told[0]["passwords"]) == (
        "staff",
        "2024-09-30",
        {"1": PASSWORDS["officer"], "2": PASSWORDS["head"]},
    )


def test_a_role_without_a_last_day_is_told_as_one(two: Visitor) -> None:
    two.post("/people/new", FORM | {"end": ""})
    assert "自 113/09/30 起，無期限" in two.get(f"/people/{FORM['name']}").text


def test_a_mistake_loses_nothing_that_was_typed_but_the_passwords(two: Visitor, keeper: KeeperDouble) -> None:
    answer = two.post("/people/new", FORM | {"display": "", "end": "113/12/31"})
    assert answer.status == 400
    for typed in ("chen.yj", "戶籍登記課", "113/12/31", 'value="staff" selected', "113年9月30日簽"):
        assert typed in answer.text, typed
    assert PASSWORDS["head"] not in answer.text
    assert keeper.told("person.add") == []
    keeper.fail_next["person.add"] = Refused.of("people-approver", role="staff", approvers="director")
    answer = two.post("/people/new", FORM)
    assert answer.status == 403
    assert "須由另一位主管核准" in answer.text
    assert "chen.yj" in answer.text


# --- one person ---


def test_a_suspended_account_offers_reopening_and_leaving_and_nothing_else(two: Visitor, keeper: KeeperDouble) -> None:
    keeper.people["third"] |= {"suspended_ns": keeper.now_ns, "keyholder": True, "roles": []}
    assert "停用中" in two.get("/people").text
    page = two.get("/people/third").text
    offered = re.findall(r'action="/people/third/([a-z-]+)"', page)
    assert offered == ["reopen", "close"]
    assert "金鑰持有人（停用中，不得使用）" in page
    answer = act_on(two, "reopen", document="復職簽")
    assert answer.goes_to == "/people/third?done=reopen"
    assert "帳號已恢復使用" in two.get(answer.goes_to).text
    assert keeper.told("person.reopen")[-1]["document"] == "復職簽"
    assert "person.reopened" not in two.get("/people/third").text, "the history has its sentence"


def test_acts_go_to_the_keeper_with_both_passwords_and_come_back_to_the_person(
    two: Visitor, keeper: KeeperDouble
) -> None:
    for act, fields in (
        ("grant", {"role": "director", "start": "113/10/1", "end": "113/10/5", "acting": "yes"}),
        ("end-grant", {"role": "secretary"}),
        ("move", {"display": "新名字", "post": "秘書", "unit": "秘書室"}),
        ("pledge", {}),
        ("close", {}),
    ):
        answer = act_on(two, act, **fields)
        assert answer.goes_to == f"/people/third?done={act}", act
        assert read_messages().text(f"people.done-{act}", "zh") in two.get(answer.goes_to).text
        assert keeper.told(f"person.{act}")[-1]["name"] == "third"
    granted = keeper.told("person.grant")[0]
    assert (granted["start"], granted["end"], granted["acting"]) == ("2024-10-01", "2024-10-05", True)
    assert "不再恢復" in two.get("/people/third").text


def test_AT_07_the_duty_to_file_a_pledge_leads_to_its_form_open(visitor: Visitor, keeper: KeeperDouble) -> None:
    keeper.desk = (
        DeskDuty(sort="person", key="third", number="林秘書", act="pledge", why="unpledged", role="officer"),
    )
    visitor.log_in()
    found = re.search(
        r'href="(/people/third[^"#]*)#([^"]+)"><span class="duty-act">歸檔保密切結', visitor.get("/duties").text
    )
    assert found
    page = visitor.get(found[1]).text
    form = re.search(rf'<details class="part" id="{found[2]}" open>(.*?)</details>', page, re.DOTALL)
    assert form
    assert 'action="/people/third/pledge"' in form[1]
    assert page.count('class="part" id="do-') - 1 == len(re.findall(r'class="part" id="do-[a-z-]+">', page))


def test_a_reset_answers_with_the_slip(two: Visitor) -> None:
    answer = act_on(two, "reset")
    assert answer.status == 200
    assert DRAWN in answer.text
    assert "𤆬治" in answer.text


def test_what_the_keeper_refuses_is_said_above_its_form_which_stays_filled(two: Visitor, keeper: KeeperDouble) -> None:
    keeper.fail_next["person.grant"] = Refused.of("people-audit", role="auditor", other="secretary")
    answer = act_on(two, "grant", role="auditor", end="113/12/31")
    assert answer.status == 403
    assert "稽核人員不得兼具其他權限" in answer.text
    assert "113/12/31" in answer.text
    assert 'value="auditor" selected' in answer.text


def test_nobody_is_offered_changes_of_the_own_account_and_no_act_is_made_up(two: Visitor) -> None:
    page = two.get("/people/officer").text
    assert "請由其他二人辦理" in page
    assert 'action="/people/officer/grant"' not in page
    assert act_on(two, "promote").status == 404
    assert act_on(two, "add").status == 404
    assert two.get("/people/nobody").status == 404


def test_the_review_is_signed_by_whoever_decides(two: Visitor, keeper: KeeperDouble) -> None:
    answer = two.post("/people/review", {"act": "c" * 32, "password": "wrong", "remark": "查過"})
    assert answer.status == 403
    assert "查過" in answer.text
    answer = two.post("/people/review", {"act": "c" * 32, "password": PASSWORDS["head"], "remark": "查過"})
    assert answer.goes_to == "/people?reviewed=1"
    assert keeper.told("people.review")[-1]["seat"] == 2


# --- rights ---


def test_pages_are_offered_by_what_a_role_may_see(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    assert all(f'href="{path}"' in visitor.get("/map").text for path in ("/cases", "/ledger", "/people"))
    for seats in keeper.sessions.values():
        seats[0]["roles"] = ["staff"]
    answer = visitor.get("/")
    assert answer.goes_to == "/duties"
    page = visitor.get("/account").text
    assert all(f'href="{path}"' in page for path in ("/duties", "/cases")), "the own cases"
    page += visitor.get("/map").text
    others = ("/", "/cameras", "/holds", "/inspection", "/statements", "/ledger", "/register", "/access", "/people",
              "/rules", "/stations")  # fmt: skip
    assert not any(f'href="{path}"' in page for path in others[1:])
    elsewhere = {"see-cases", "see-references", "see-inspection-pictures"}
    """On pages of another right; of cases staff see their own."""
    assert len(MAY.keys() - elsewhere) == len(others)


# --- one's own account ---


def test_the_first_log_in_leads_to_an_own_password_and_a_second_factor(visitor: Visitor, keeper: KeeperDouble) -> None:
    keeper.waits("third")
    page = visitor.post("/login", {"name": "third", "password": DRAWN})
    assert page.status == 200
    assert "<svg" in page.text
    assert "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" in page.text
    assert DRAWN not in page.text, "it was not put into the page"
    form = {"token": "enrol-third", "new": "some words of my own", "again": "other words"}
    assert "二次輸入之新密碼不同" in visitor.post("/login/first", form | {"code": "123456"}).text
    form["again"] = form["new"]
    refused = visitor.post("/login/first", form | {"code": "000000"})
    assert refused.status == 403
    assert "驗證碼不符" in refused.text
    done = visitor.post("/login/first", form | {"code": "123456"})
    assert done.goes_to == "/login?first=done"
    assert "請以新密碼登入" in visitor.get(done.goes_to).text
    assert "__Host-sid" not in visitor.cookies
    assert visitor.post("/login/first", form | {"token": "gone"}).goes_to == "/login?first=over"


def test_a_changed_password_ends_this_session_too(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    form = {"seat": "1", "old": PASSWORDS["officer"], "new": "entirely new words of mine"}
    assert "二次輸入之新密碼不同" in visitor.post("/account/password", form | {"again": "x"}).text
    assert visitor.post("/account/password", form | {"old": "wrong", "again": form["new"]}).status == 403
    answer = visitor.post("/account/password", form | {"again": form["new"]})
    assert answer.goes_to == "/login?first=changed"
    assert "__Host-sid" not in visitor.cookies
    assert keeper.told("account.password")[-1]["new"] == form["new"]


def test_a_second_factor_is_shown_only_for_the_password_and_counts_once_it_is_proved(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in("third")
    assert visitor.post("/account/factor", {"seat": "1", "password": "wrong"}).status == 403
    page = visitor.post("/account/factor", {"seat": "1", "password": PASSWORDS["third"]})
    assert "<svg" in page.text
    proof = {"seat": "1", "token": "enrol-third"}
    assert visitor.post("/account/factor/prove", proof | {"code": "111111"}).status == 403
    assert visitor.post("/account/factor/prove", proof | {"code": "123456"}).goes_to == "/account?done=factor"
    assert keeper.people["third"]["factor"]


# --- hand-over ---

HAND_OVER = {"act": "d" * 32, "all": "officer", "document": "113年9月20日人事令", **dict.fromkeys(LINES, "yes"), **BOTH}


def things(visitor: Visitor, **chosen: str) -> dict[str, str]:
    """Every thing of the list, as the page has it, with who was chosen for some."""
    ids = re.findall(r'name="thing-\d+" value="([^"]+)"', visitor.get("/people/third/handover").text)
    fields = {f"thing-{at}": thing for at, thing in enumerate(ids, 1)}
    return {**fields, **{f"taker-{at}": chosen.get(thing.partition("/")[0], "") for at, thing in enumerate(ids, 1)}}


def test_a_hand_over_gives_each_thing_to_whom_was_chosen_and_the_rest_to_one(two: Visitor) -> None:
    page = two.get("/people/third/handover").text
    for shown in ("113調-民-0001", "重大事件先行保全", "待檢視", "待檢查人員簽認", 'href="/cameras/1-02"'):
        assert shown in page, shown
    answer = two.post("/people/third/handover", {**HAND_OVER, **things(two, hold="head")})
    assert answer.goes_to == "/people/third/handover?done=signed"
    page = two.get(answer.goes_to).text
    assert "交接清冊已簽署" in page
    assert "無未結事項" in page
    assert page.count("林志明</div>") == 1
    assert page.count("陳怡君</div>") == 4


def test_a_hand_over_that_is_refused_says_why_and_keeps_what_was_chosen(two: Visitor) -> None:
    for changes, said in (
        ({"all": ""}, "未選定接辦人"),
        ({"secrecy": ""}, "各項均須完成並勾選"),
        ({"document": ""}, "請填寫依據文號"),
    ):
        answer = two.post("/people/third/handover", {**HAND_OVER, **things(two, hold="head"), **changes})
        assert answer.status in (400, 403)
        assert said in answer.text
        assert re.search(r'value="head" selected', answer.text)
        assert "checked" in answer.text
        assert BOTH["password-1"] not in answer.text


def test_who_is_concerned_and_who_sits_alone_is_offered_no_signing(two: Visitor, visitor: Visitor) -> None:
    assert 'id="sign-title"' in two.get("/people/third/handover").text
    assert 'id="sign-title"' not in two.get("/people/officer/handover").text
    assert two.get("/people/nobody/handover").status == 404
    assert two.get("/people/third/handover/doc").status == 404


# --- security keys ---


def test_a_security_key_is_enrolled_after_the_password_and_removed_with_it(visitor: Visitor) -> None:
    visitor.log_in()
    wrong = visitor.post("/account/key", {"seat": "1", "password": "wrong"})
    assert wrong.status == 403
    begun = visitor.post("/account/key", {"seat": "1", "password": PASSWORDS["officer"]}).text
    assert "data-options=" in begun
    assert "&#34;challenge&#34;: &#34;AAAA&#34;" in begun
    refused = visitor.post("/account/key/prove", {"seat": "1", "credential": "", "label": "鑰匙圈"})
    assert "瀏覽器送出之內容不符" in refused.text
    done = visitor.post("/account/key/prove", {"seat": "1", "credential": "{}", "label": "鑰匙圈"})
    assert done.goes_to == "/account?done=key"
    page = visitor.get("/account").text
    assert "鑰匙圈" in page
    gone = visitor.post("/account/key/remove", {"seat": "1", "which": "key-鑰匙圈", "password": PASSWORDS["officer"]})
    assert gone.goes_to == "/account?done=key-gone"
    assert "鑰匙圈" not in visitor.get("/account").text


def test_where_browsers_use_no_keys_the_account_says_why(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    keeper.keys_possible = False
    page = visitor.get("/account").text
    assert "目前以 IP 位址連線" in page
    assert 'action="/account/key"' not in page


def test_the_door_asks_a_key_of_nobody_by_name(visitor: Visitor) -> None:
    told = visitor.ask("POST", "/login/key", {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"})
    assert told.data == {"options": {"challenge": "AAAA", "rpId": "localhost", "userVerification": "preferred"}}
    assert visitor.ask("POST", "/login/key", {"Sec-Fetch-Site": "cross-site"}).status == 403
