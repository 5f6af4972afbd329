"""The catalogue: complete in both languages, in the office's own words, and every code that is used is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

import pytest
from markupsafe import escape

from appliance.api import Words
from appliance.core.errors import Broken, Refused
from appliance.core.messages import CATALOGUE, LANGUAGES, coded
from appliance.protocol.check_words import NO_WORDS, CheckWords, FaultWords
from appliance.rules.holds import GROUNDS
from appliance.web.http.request_context import _recorder_says
from appliance.web.i18n.messages import Messages, read_messages
from appliance.web.i18n.roc_time import Problem, read_moment, read_parts
from appliance.web.pages.status.view import finding_text
from tests.web.simplified import SIMPLIFIED

AVOIDED = ("監控", "下載", "刪除", "同意放棄", "視頻", "信息", "攝像頭", "屏幕", "默認", "登錄", "數據", "軟件", "網絡")
"""Glossary, words to avoid in the UI, and the commonest words of the mainland in their place."""
_OF_THE_LAW = "個資刪除請求"
"""What is asked under 個人資料保護法 3 ⑤ and 11 is called as the law calls it; what the office does is 銷毀."""

_SIGNS = ("site.colon", "site.comma", "site.semicolon")
"""No words: in English a blank follows them."""

_CODE = re.compile(r"""["']([a-z][a-z-]+\.[a-z0-9][a-z0-9-]*)["']""")


@pytest.fixture(scope="module")
def messages() -> Messages:
    return read_messages()


def _sources(folder: Traversable | None = None) -> Iterator[tuple[str, str]]:
    for entry in (folder or resources.files("appliance.web")).iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _sources(entry)
        elif entry.name.endswith((".py", ".html", ".js")):
            yield entry.name, entry.read_text(encoding="utf-8")


def _avoided(text: str) -> list[str]:
    return [word for word in AVOIDED if word in text.replace(_OF_THE_LAW, "")]


def test_every_message_is_there_in_both_languages_and_asks_for_the_same_values(messages: Messages) -> None:
    assert len(messages.table) > 250
    for code, pair in messages.table.items():
        assert all((sentence.strip() == sentence and sentence) or code in _SIGNS for sentence in pair), code
        if not code.startswith(("message.", "finding.")):
            assert messages.placeholders(code, "zh") == messages.placeholders(code, "en"), code


def test_chinese_is_chinese_and_english_is_english(messages: Messages) -> None:
    for code, (zh, en) in messages.table.items():
        assert re.search(r"[\u3400-\u9fff]", zh) or code in _SIGNS, f"{code}: {zh}"
        if not code.startswith("message."):  # these hold what the keeper says, which names the columns of a file
            assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", en) or code == "site.office-mark", f"{code}: {en}"


def test_no_sentence_of_a_case_writes_a_number_that_the_office_s_rules_decide(messages: Messages) -> None:
    """Terms, and how many view together, stand in the policy pack: a page that writes them is untrue of the next."""
    written = re.compile(r"\d+ ?日|\d+ days|[逾多][二三四五]人|\b(two|three|four) (at most|viewers)\b", re.IGNORECASE)
    for code, pair in messages.table.items():
        if code.startswith(("case-", "intake.")) and not code.endswith(
            ("-one", "span-long")
        ):  # how long a range may be
            assert not [sentence for sentence in pair if written.search(sentence)], f"{code}: {pair}"


def test_no_word_to_avoid_and_no_simplified_character(messages: Messages) -> None:
    for code, (zh, _) in {**messages.table, **CATALOGUE}.items():
        assert not _avoided(zh), f"{code}: {zh}"
        assert not SIMPLIFIED & set(zh), f"{code}: {zh} holds {SIMPLIFIED & set(zh)}"


def test_pages_and_scripts_hold_no_word_to_avoid_either() -> None:
    for name, text in _sources():
        assert not _avoided(text), name


def test_things_are_listed_in_one_way_in_each_language(messages: Messages) -> None:
    """No page and no script chooses the comma between them by the language itself."""
    assert [messages.listed(["A", "B"], lang) for lang in LANGUAGES] == ["A、B", "A, B"]
    for name, text in _sources():
        assert not re.search(r"""["'][、；]["'] if """, text), name


def test_every_code_that_is_written_down_is_in_the_catalogue(messages: Messages) -> None:
    subjects = {code.split(".")[0] for code in messages.table}
    used = {
        (name, code)
        for name, text in _sources()
        if name
        not in (
            "calls.py",
            "client.py",
            "inspections.py",
            "registers.py",
            "uses.py",
            "cameras.py",
            "live.py",
            "pack_fields.py",
        )  # verbs, and keys of a file
        for code in _CODE.findall(text)
        if code.split(".")[0] in subjects and not code.endswith((".js", ".css", ".svg", ".crt", ".html", "-", ".n"))
    }
    missing = {(name, code) for name, code in used if code not in messages}
    assert len(used) > 120
    assert not missing


def test_codes_made_of_parts_are_there_too(messages: Messages) -> None:
    wanted = {f"case-state.{state}" for state in ("received", "granted", "refused", "closed")}
    wanted |= {f"ground.{code}{note}" for code in GROUNDS for note in ("", "-note")}
    wanted |= {f"hold-form.nobody-{code}" for code in GROUNDS}
    wanted |= {f"hold-form.{name}-missing" for row in GROUNDS.values() for name in row.needs}
    wanted |= {f"state.{state}" for state in ("live", "connecting", "lost", "stopped")}
    wanted |= {f"status.headline-{worst}" for worst in ("live", "connecting", "lost", "none")}
    wanted |= {f"form.at-{field}" for field in ("reason", "cameras", "from", "to")}
    wanted |= {f"date.{part}" for part in ("year", "month", "day", "hour", "minute")}
    for found in (read_moment("x"), read_moment("113/13/1 1:1"), read_parts({}), read_parts({"month": "1"})):
        assert isinstance(found, Problem)
        wanted.add(found.code)
    assert not {code for code in wanted if code not in messages}


LAMP = FaultWords(name=Words("燈光", "Lamp"), summary=Words("燈未亮 {0}", "The lamp is out {x}."))
LEARNED = CheckWords(
    faults={
        "lamp-out": LAMP,
        "lamp-box": FaultWords(summary=Words("燈未亮", "It is dark."), of_box=True),
        "picture-black": LAMP,
    },
    units={"lux": Words("勒克斯", "lux"), "days": Words("天", "d")},
)


def test_what_checks_of_third_parties_are_called_is_said_in_both_languages_and_changes_no_word_that_ships() -> None:
    messages = read_messages()
    ships = dict(messages.table)
    messages.learn(LEARNED)
    assert (messages.text("fault.lamp-out", "zh"), messages.text("unit.lux", "en")) == ("燈光", "lux")
    assert finding_text(messages, "zh", "lamp-out-07", "") == "監視器 07：燈未亮 {0}"
    assert finding_text(messages, "en", "lamp-out-07", "") == "Camera 07: The lamp is out {x}."
    assert finding_text(messages, "zh", "lamp-box-box", "box: It is dark.") == "主機：燈未亮"
    assert {code: messages.table[code] for code in ships} == ships
    assert "fault.lamp-box" not in messages, "it has no name, and goes by its code"
    messages.learn(NO_WORDS)
    assert messages.table == ships, "the check was taken out"


def test_an_unknown_code_is_a_defect_and_an_absent_value_a_dash(messages: Messages) -> None:
    with pytest.raises(Broken, match="nowhere"):
        messages.text("nowhere.at-all", "zh")
    assert messages.text("case.title", "en") == "Case —"


def test_what_the_keeper_says_is_said_by_its_code_or_quoted(messages: Messages) -> None:
    error = Refused.of("pack-own")
    assert messages.said(error, "en") == str(error)
    assert messages.said(error, "zh") == "提出者不得核准同一版本，須由另一人核准。"
    odd = "disk <9>: {sentence} & it burns"
    assert (messages.said(odd, "zh"), messages.said(odd, "en")) == ("", odd)
    assert messages.said_or_quoted(Refused(odd), "zh") == f"系統原文：{odd}"
    assert _recorder_says(messages, "zh", odd) == f'系統原文：<span lang="en">{escape(odd)}</span>'
    assert _recorder_says(messages, "en", odd) == escape(odd)
    assert _recorder_says(messages, "zh", coded("live-no-camera")) == "請至少勾選一支監視器。"
