"""Forms of an intake, read: what goes to the keeper, and everything that is wrong or missing, each at its input."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest

from appliance.core.clock import LOCAL
from appliance.rules.cases.identity import id_kind_of
from appliance.rules.cases.judging import TABLES
from appliance.rules.cases.rows import find
from appliance.rules.cases.states import State
from appliance.rules.cases.typed import TAKES, CaseTyped
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.intake.fields import FORMS
from appliance.web.pages.intake.typed import Filled, fill, names_of, place_of, typed_from

SECOND = 1_000_000_000
NOW_NS = int(datetime(2024, 9, 30, 9, 0, tzinfo=LOCAL).timestamp()) * SECOND
CAMERAS = ("1-01", "1-02", "2-01")
RANGE = {"r0-day": "1130927", "r0-from": "1400", "r0-to": "1440", "r0-cameras": "101 102"}
CITIZEN = {
    "name": "王小明",
    "born": "70/5/1",
    "id-no": "ａ123456789",
    "phone": "0912345678",
    "standing": "party",
    "report-unit": "萬華分局",
    "report-day": "1130928",
    "report-no": "E1130001",
    "reason": "crime",
    "reason-text": "皮夾遭竊",
    "present": "1",
    "in-hand": "1",
    "applied-on": "113/9/30",
    **RANGE,
}
STAFF = {"v0-name": "王小明", "reason": "property_lost", "reason-text": "皮夾", "judicial": "no", **RANGE}
LETTER = {
    "agency": "臺北市政府警察局萬華分局",
    "public": "1",
    "letter-day": "113/9/29",
    "letter-no": "北市警萬分刑字第1130001號",
    "letter-officer": "李警員",
    "proof": "1",
    "basis": "警察職權行使法",
    "purpose": "偵辦竊盜",
    "scope": "大廳",
    **RANGE,
}
CALL = {"call-agency": "萬華分局", "caller": "李警員", "called-back": "1", **RANGE}
PAPER_3 = STAFF | {"staff-name": "高文祥", "staff-section": "戶籍登記課", "in-hand": "1", "staff-signed": "1"}
GOOD = {"citizen": CITIZEN, "staff": STAFF, "letter": LETTER, "call": CALL, "staff-paper": PAPER_3}


def filled(which: str, /, **changes: str) -> Filled:
    values = {key: [text] for key, text in (GOOD[which] | changes).items()}
    return fill(FORMS[which], typed_from(FORMS[which], values), CAMERAS, NOW_NS)


def wrong(which: str, /, **changes: str) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in filled(which, **changes).wrong]


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_is_right_is_what_its_event_takes(name: str) -> None:
    found = filled(name)
    assert found.wrong == ()
    assert set(found.facts) <= {*TAKES[FORMS[name].event], "words"}
    typed = msgspec.convert(found.facts, CaseTyped)
    assert [(each.camera_no, each.end_ns - each.start_ns) for each in typed.asked] == [
        ("1-01", 2400 * SECOND),
        ("1-02", 2400 * SECOND),
    ]


def test_a_citizens_paper_is_read_into_people_form_and_words() -> None:
    facts = filled("citizen").facts
    assert facts["parties"] == [
        {"part": "applicant", "id_kind": "national", "name": "王小明", "born": "1981-05-01", "id_no": "A123456789",
         "phone": "0912345678"},
    ]  # fmt: skip
    assert facts["form"]["report_day"] == "2024-09-28"
    assert facts["words"] == {"applied_on": "2024-09-30"}
    assert (facts["form"]["present"], facts["form"]["signed"]) == (True, False)


def test_t_20_a_citizen_without_police_report_reason_or_signature_is_received_all_the_same() -> None:
    bare = {name: "" for name in CITIZEN if name not in ("name", "present", "in-hand", *RANGE)}
    assert wrong("citizen", **bare) == []


@pytest.mark.parametrize(
    ("name", "field"),
    [("citizen", "report-day"), ("citizen", "born"), ("citizen", "applied-on"), ("letter", "letter-day")],
)
def test_a_paper_or_a_birth_is_of_a_day_that_has_been(name: str, field: str) -> None:
    assert wrong(name, **{field: "113/9/30"}) == []
    assert wrong(name, **{field: "113/10/1"}) == [(field, "date.day-ahead")]


@pytest.mark.parametrize("name", FORMS)
def test_an_empty_form_names_everything_at_once_in_the_order_of_the_page(name: str) -> None:
    form = FORMS[name]
    found = fill(form, typed_from(form, {}), CAMERAS, NOW_NS).wrong
    order = names_of(form)
    places = [order.index(each.field) for each in found]
    assert places == sorted(places)
    assert len(found) == {"citizen": 4, "staff": 5, "letter": 5, "call": 4, "staff-paper": 9}[name]


def test_at_44_a_staff_request_without_a_reason_of_the_rules_says_so_at_the_reason() -> None:
    assert wrong("staff", reason="") == [("reason", "case-lack.staff-reason")]
    assert wrong("staff", reason="attendance") == [("reason", "case-lack.staff-reason")]
    assert wrong("staff", **{"v0-name": ""}) == [("v0-name", "case-lack.viewer-named")]


def test_a_staff_request_in_judicial_procedure_is_wrong_at_the_question_and_so_is_none_answered() -> None:
    assert wrong("staff", judicial="yes") == [("judicial", "case-lack.judicial-no")]
    assert wrong("staff", judicial="") == [("judicial", "form.judicial-unanswered")]


def test_t_31_a_letter_of_no_public_agency_is_wrong_at_its_box() -> None:
    assert wrong("letter", public="") == [("public", "case-lack.public-agency")]


def test_t_32_a_call_that_was_not_called_back_keeps_nothing_yet() -> None:
    assert wrong("call", **{"called-back": ""}) == [("called-back", "case-lack.called-back")]


def test_d_23_a_request_under_another_law_names_it() -> None:
    assert filled("citizen", statute="個人資料保護法第10條").facts["statutory"] == "個人資料保護法第10條"
    assert "statutory" not in filled("citizen", statute="whatever").facts


def test_what_cannot_be_read_and_what_is_missing_are_said_together() -> None:
    found = wrong("citizen", born="soon", present="", **{"r0-to": "1300"})
    assert found == [
        ("born", "date.day-unreadable"),
        ("r0-to", "intake.order"),
        ("present", "case-lack.applicant-present"),
    ]
    assert wrong("citizen", name="王\u202e") == [("name", "intake.controls")]
    assert wrong("citizen", name="王" * 201) == [("name", "intake.too-long")]


def test_t_30_an_agent_is_named_with_the_kind_of_agent_and_sent_only_then() -> None:
    assert wrong("citizen", agent="mandated") == [("agent-name", "intake.agent-missing")]
    facts = filled("citizen", agent="mandated", mandate="1", **{"agent-name": "陳律師"}).facts
    assert facts["parties"][1] == {"part": "agent", "name": "陳律師"}
    assert facts["form"]["mandate"] is True
    unasked = filled("citizen", **{"agent-name": "陳律師", "mandate": "1"}).facts
    assert len(unasked["parties"]) == 1
    assert "mandate" not in unasked["form"]


def test_viewers_are_named_one_by_one() -> None:
    facts = filled(
        "citizen", **{"v0-name": "王小明", "v1-name": "王大明", "v1-relation": "父", "v1-entitled": "1"}
    ).facts
    assert facts["parties"][1:] == [
        {"part": "viewer", "name": "王小明"},
        {"part": "viewer", "name": "王大明", "relation": "父", "entitled": True},
    ]
    assert wrong("citizen", **{"v1-relation": "父"}) == [("v1-name", "intake.viewer-missing")]


@pytest.mark.parametrize("name", FORMS)
def test_what_was_typed_comes_back_as_it_was_typed(name: str) -> None:
    form = FORMS[name]
    values = {key: [f"{key} ＊"] for key in names_of(form)}
    typed = typed_from(form, values)
    assert typed_from(form, typed.values()) == typed
    assert typed.rows == 12
    assert typed_from(form, {"r0-day": ["x" * 99_999]}).texts["r0-day"] == "x" * 4_000
    assert typed_from(form, {"password": ["secret"]}).is_empty


@pytest.mark.parametrize("name", FORMS)
def test_every_thing_the_table_may_miss_at_a_receipt_has_its_input(name: str) -> None:
    form = FORMS[name]
    row = find(TABLES[form.kind], State.DRAFT, form.event)
    assert row is not None
    spoilt = dict.fromkeys(GOOD[name], "")
    for each in fill(form, typed_from(form, {key: [text] for key, text in spoilt.items()}), CAMERAS, NOW_NS).wrong:
        assert each.field, each.code
    assert place_of(form, "policy") == ""


def test_every_input_has_its_words() -> None:
    messages = read_messages()
    wanted = {f"intake.{what}-{name}" for name in FORMS for what in ("title", "lead", "use", "submit")}
    for form in FORMS.values():
        wanted |= {f"intake.section-{section.name}" for section in form.sections}
        for field in form.fields():
            wanted.add(f"intake.{field.name}")
            if field.name in ("standing", "agent", "reason", "judicial"):
                codes = (*field.options, *field.barred)
                wanted |= {f"intake.{field.name}-{code.replace('_', '-')}" for code in codes}
    assert not {code for code in wanted if code not in messages}


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("A123456789", "national"),
        ("A800000014", "resident"),
        ("AB12345678", "resident"),
        ("X1234567", "passport"),
        ("", ""),
    ],
)
def test_the_kind_of_an_id_is_told_by_its_shape(number: str, kind: str) -> None:
    assert id_kind_of(number) == kind
