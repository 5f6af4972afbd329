"""The words of the case tables: every code that a judgement can give has its sentence, and no sentence is idle."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from appliance.rules.cases.checklist import LINES
from appliance.rules.cases.formal_check import FORMAL_ITEMS
from appliance.rules.cases.judging import Next
from appliance.rules.cases.notices import FOR
from appliance.rules.cases.ranges import Outcome
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.usage_log_row import CELLS
from appliance.rules.document_number import FAULTS
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.cases.words import CaseWords

WHY = {
    "no_row",
    "role",
    "party",
    "pair",
    "pair_marked",
    "pair_unavoidable",
    "holder_is_there",
    "password",
    "guard",
    "no_copies",
    "ink_row",
}


def codes() -> set[str]:
    """What guards say, read from their source, and what the tables of items say."""
    sources = resources.files("appliance.rules.cases").iterdir()
    texts = [file.read_text(encoding="utf-8") for file in sources if file.name.startswith("guards_")]
    lacks = {code for text in texts for code in re.findall(r'lack\(\s*"([a-z_]+)"', text)}
    lacks |= {item.code for items in FORMAL_ITEMS.values() for item in items}
    return lacks | {f"outcome_{outcome}" for outcome in Outcome} | set(FAULTS) | {"ink_scan"}


def test_every_code_of_the_case_tables_has_its_words_and_no_words_are_left_over() -> None:
    wanted = {
        "case-kind": {kind.lower() for kind in Kind},
        "case-at": set(State),
        "case-event": set(Event),
        "case-why": WHY,
        "case-next": set(Next),
        "case-lack": codes(),
        "case-notice": set(FOR),
        "case-check": {line.code for line in LINES},
        "case-cell": {cell.code for cell in CELLS},
    }
    table = read_messages().table
    for subject, names in wanted.items():
        there = {code.removeprefix(f"{subject}.") for code in table if code.startswith(f"{subject}.")}
        assert there == {name.replace("_", "-") for name in names}


def test_the_office_s_own_names_are_the_same_in_rules_and_words() -> None:
    messages = read_messages()
    for state in State:
        assert messages.text(f"case-at.{state.replace('_', '-')}", "zh") == state.zh
    for event in Event:
        assert messages.text(f"case-event.{event.replace('_', '-')}", "zh") == event.zh
    for kind in Kind:
        assert messages.text(f"case-kind.{kind.lower()}", "zh") == kind.zh


def test_what_a_code_names_stands_in_its_words() -> None:
    for lang in ("zh", "en"):
        words = CaseWords(read_messages(), lang, {})
        assert "115調-民-0003" in words.lack("doc_no_taken:115調-民-0003")
        assert "北市萬戶行字第1150001234號" in words.lack("doc_no_form:北市萬戶")
        assert "○○行字第1150001234號" in words.lack("doc_no_form")


@pytest.mark.parametrize(
    ("roles", "zh", "en"),
    [
        ((), "", ""),
        (("officer",), "專責人員", "Designated officer"),
        (("officer", "manager"), "專責人員或系統管理人", "Designated officer or System manager"),
        (("officer", "system", "manager", "unit_head"), "專責人員、系統管理人或單位主管",
         "Designated officer, System manager or Unit head"),
    ],
)  # fmt: skip
def test_who_may_is_listed_as_people_write_it(roles: tuple[str, ...], zh: str, en: str) -> None:
    assert [CaseWords(read_messages(), lang, {}).roles(roles) for lang in ("zh", "en")] == [zh, en]
