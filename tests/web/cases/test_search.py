"""What a list is asked for, out of an address and into one; and due days in words."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from appliance.protocol.cases import CasesQuery
from appliance.rules.cases.views import DueView
from appliance.web.i18n.due_words import DueWords, due_words
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.cases.search import search_from

TODAY = date(2024, 10, 14)


@pytest.mark.parametrize("text", ["113/9/27", "1130927", "2024-09-27", "１１３．９．２７", "民國113年9月27日"])
def test_days_of_a_search_are_read_in_roc_and_gregorian_form(text: str) -> None:
    assert search_from({"from": text, "to": text}).days == {"from": "2024-09-27", "to": "2024-09-27"}


def test_a_day_that_is_none_is_told_and_not_looked_for() -> None:
    search = search_from({"from": "113/9/31", "to": "113/9/30"})
    assert search.unread == ("from",)
    assert search.query("s").first == ""
    assert search.typed["from"] == "113/9/31"


def test_an_address_asks_for_what_was_typed_and_comes_back_as_it_was() -> None:
    query = {"text": "王 小明", "kind": "CIT", "state": "open", "camera": "1-01", "from": "113/9/27", "order": "due"}
    search = search_from(query)
    asked = {"text": "王 小明", "kind": "CIT", "state": "open", "camera": "1-01", "from": "2024-09-27", "order": "due",
             "page": 1, "session": "s"}  # fmt: skip
    assert msgspec.to_builtins(search.query("s")) == asked, "a page of fifty, which is not said"
    assert search_from(dict(parse_qsl(urlsplit(search.address(page=3)).query))) == search._replace(page=3)
    assert search_from({}).address() == "/cases"
    assert search_from({"page": "7"}).address(order="number") == "/cases?order=number"


@pytest.mark.parametrize(
    "query", [{"kind": "X"}, {"state": "gone"}, {"order": "up"}, {"page": "-1"}, {"page": "１"}, {}]
)
def test_what_no_list_has_is_asked_of_nobody(query: dict[str, str]) -> None:
    search = search_from(query)
    assert search.is_wide
    assert search.query("s") == CasesQuery(session="s", page=1)


def test_an_appointment_is_said_with_its_hour_and_expires_on_no_day() -> None:
    day = DueView(code="appointment", day="2024-10-14", mark="amber", at="14:00")
    said = due_words(day, TODAY)
    assert said is not None
    assert (said.how, said.at, said.mark) == ("desk.due-booked-today", "14:00", "amber")
    messages = read_messages()
    assert messages.text(said.how, "zh", days=said.days, at=said.at) == "今日 14:00 閱覽"
    tomorrow = due_words(msgspec.structs.replace(day, day="2024-10-15"), TODAY)
    assert tomorrow is not None
    assert messages.text(tomorrow.how, "en", days=tomorrow.days, at=tomorrow.at) == "viewing tomorrow at 14:00"


@pytest.mark.parametrize(
    ("day", "mark", "how", "days"),
    [
        ("2024-10-24", "none", "left", 10),
        ("2024-10-16", "amber", "left", 2),
        ("2024-10-15", "red", "tomorrow", 1),
        ("2024-10-14", "red", "today", 0),
        ("2024-10-12", "over", "over", 2),
        ("2024-10-12", "red", "past", 2),
    ],
)
def test_a_due_day_is_said_in_words_beside_its_mark(day: str, mark: str, how: str, days: int) -> None:
    said = due_words(DueView(code="answer", day=day, mark=mark), TODAY)
    assert said == DueWords("answer", day, mark, f"desk.due-{how}", days)
    assert due_words(None, TODAY) is None
