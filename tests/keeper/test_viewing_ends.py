"""How a viewing ends, over a real keeper: filming and its mistaken press, and the end that is entered whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import NotAllowed, NotFound, NotWritable, Refused, UsageError
from appliance.keeper.context import Keeper
from appliance.rules.cases.states import State
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD
from tests.footage import FilmClock
from tests.keeper.test_cases import case_of, life, span
from tests.keeper.test_copies import made
from tests.keeper.test_masks import masked, opened
from tests.keeper.test_people import two

__all__ = ["life"]

SECOND_NS = 10**9


def viewing(life: Any, keeper: Keeper) -> tuple[str, str]:
    """A case in viewing, and its grant."""
    key = str(life.viewing(["01"], *span(keeper)))
    return key, str(life.open(key))


def finish(life: Any, grant: str, act: str = "f" * 32, **said: Any) -> dict[str, Any]:
    asked = {"filming": "none", "signed": True, "seat": 1, "password": OFFICER.password, **said}
    answer = dict(life.call("viewing.finish", session=life.session, grant=grant, act=act, **asked))
    return answer | {"lacks": tuple(answer["lacks"])}


def since(keeper: Keeper, size: int) -> list[tuple[str, str]]:
    """Kind, and event where it is a case's, of each entry from ``size`` on."""
    entries = [entry for entry in keeper.ledger.entries() if entry.index >= size]
    return [(entry.kind, str(entry.fields.get("event", ""))) for entry in entries]


# --- a press by mistake ---


def test_AT_42_a_mistaken_press_is_a_second_entry_with_its_reason_beside_the_incident(
    keeper: Keeper, life: Any, clock: FilmClock
) -> None:
    key, grant = viewing(life, keeper)
    life.call("viewing.end", session=life.session, grant=grant, reason="filming")
    clock.at_ns += 9 * SECOND_NS
    for _ in range(2):
        life.call("viewing.mistaken", session=life.session, grant=grant, why="look")
    (file,) = keeper.registers.all("incidents")
    assert [deed.event for deed in file.deeds] == ["declare", "add"], "once, and the first one stands"
    said = str(file.item.values["more_facts"])
    assert said.startswith("誤按「發現拍攝」：經確認並無拍攝")
    assert OFFICER.display in said
    assert UNIT_HEAD.display in said
    assert file.item.state == "suspected", "whether it is dismissed is the unit head's"
    with pytest.raises(NotAllowed) as denied:
        life.act("resume", key)
    assert denied.value.details["missing"] == ("head_allows",), "nothing goes on by it"


def test_AT_42_after_ten_seconds_a_press_was_no_mistake(keeper: Keeper, life: Any, clock: FilmClock) -> None:
    _, grant = viewing(life, keeper)
    life.call("viewing.end", session=life.session, grant=grant, reason="filming")
    with pytest.raises(UsageError, match="no reason"):
        life.call("viewing.mistaken", session=life.session, grant=grant, why="whatever")
    clock.at_ns += 13 * SECOND_NS
    size = keeper.ledger.size
    (file,) = keeper.registers.all("incidents")
    with pytest.raises(Refused, match=file.item.number):
        life.call("viewing.mistaken", session=life.session, grant=grant, why="button")
    assert keeper.ledger.size == size


def test_AT_42_only_those_who_stopped_a_viewing_call_it_a_mistake(keeper: Keeper, life: Any) -> None:
    _, grant = viewing(life, keeper)
    with pytest.raises(NotFound):
        life.call("viewing.mistaken", session=life.session, grant=grant, why="button")
    life.call("viewing.end", session=life.session, grant=grant, reason="filming")
    with pytest.raises(NotFound):
        life.call("viewing.mistaken", session=two(keeper), grant=grant, why="button")


# --- the end, entered whole ---


def test_AT_61_one_press_ends_clears_and_signs_for_whoever_keeps_the_book_and_for_nobody_else(
    keeper: Keeper, life: Any
) -> None:
    key, grant = viewing(life, keeper)
    size = keeper.ledger.size
    assert finish(life, grant) == {"cleared": True, "signed": True, "lacks": ()}
    entries = [each for each in since(keeper, size) if each[0] != "people.counted"]
    assert [event for _, event in entries if event] == ["finish", "clean", "sign_ledger"]
    assert [kind for kind, _ in entries].count("grant.ended") == 1
    file = keeper.cases.file(key)
    assert file.case.state is State.CLEANED
    assert [each.person.account for each in file.case.signatures if each.stage == "ledger_manager"] == [OFFICER.name]
    assert not [each for each in file.case.signatures if each.stage == "ledger_head"]
    with pytest.raises(NotFound):
        life.call("viewing.here", session=life.session, grant=grant)
    with pytest.raises(NotAllowed):
        life.act("close", key)
    life.act("stamp_ledger", key, seat=2)
    life.act("close", key)


def test_AT_61_an_end_that_lacks_something_or_is_another_s_to_enter_ends_nothing(keeper: Keeper, life: Any) -> None:
    key, grant = viewing(life, keeper)
    size = keeper.ledger.size
    with pytest.raises(NotAllowed) as denied:
        finish(life, grant, filming="", signed=False)
    assert set(denied.value.details["missing"]) == {"filming", "session_signed"}
    for password, seat in (("", 1), (UNIT_HEAD.password, 1)):
        with pytest.raises(Refused):
            finish(life, grant, password=password, seat=seat)
    life.call("viewing.here", session=life.session, grant=grant)
    assert "grant.ended" not in [kind for kind, _ in since(keeper, size)]
    assert case_of(life, key).state == "viewing"


def test_an_end_that_is_sent_twice_is_entered_once(keeper: Keeper, life: Any) -> None:
    _, grant = viewing(life, keeper)
    finish(life, grant)
    size = keeper.ledger.size
    assert finish(life, grant) == {"cleared": True, "signed": True, "lacks": ()}
    assert [event for _, event in since(keeper, size) if event] == []


def test_masking_is_no_viewing_that_could_be_finished(keeper: Keeper, life: Any) -> None:
    grant = opened(life, masked(life, keeper))
    with pytest.raises(UsageError, match="nothing is viewed"):
        finish(life, grant)
    life.call("viewing.here", session=life.session, grant=grant)


@pytest.fixture
def agency(keeper: Keeper, life: Any) -> tuple[str, str]:
    """An agency's case in viewing, shown from its copy, and its grant."""
    key = life.agency_booked(["01"], *span(keeper))
    made(keeper, key)
    life.act("prepare", key)
    life.begin_agency(key)
    return key, life.open(key)


def test_AT_61_what_an_agency_was_shown_from_is_destroyed_with_the_end(
    keeper: Keeper, life: Any, agency: tuple[str, str]
) -> None:
    key, grant = agency
    size = keeper.ledger.size
    assert finish(life, grant)["cleared"]
    kinds = [kind for kind, _ in since(keeper, size)]
    assert "copy.destroyed" in kinds
    assert keeper.copies.of(key) is None
    assert [(deed.event, deed.name) for deed in keeper.cases.file(key).deeds][-3:] == [
        ("finish", OFFICER.display), ("clean", OFFICER.display), ("sign_ledger", OFFICER.display)
    ]  # fmt: skip


def test_T_61_a_clearing_that_fails_does_not_hold_up_the_end(
    keeper: Keeper, life: Any, agency: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, grant = agency
    copy = keeper.copies.of(key)
    assert copy is not None
    unlink, copies = RealFs.unlink, keeper.settings.layout.copies
    Path(copies).mkdir(exist_ok=True)
    Path(copies, f"{copy.copy_id}.0000.seg").write_bytes(b"sealed")

    def read_only(self: RealFs, path: str) -> None:
        if path.startswith(copies):
            raise OSError(30, "Read-only file system", path)
        unlink(self, path)

    monkeypatch.setattr(RealFs, "unlink", read_only)
    try:
        entered = finish(life, grant)
    except NotWritable:
        pytest.fail("it held up the end")
    assert entered == {"cleared": False, "signed": False, "lacks": ()}
    assert keeper.cases.file(key).case.state is State.VIEWED, "the end stands"
    assert not any(copy.key), "and what was copied opens no more"
    with pytest.raises(NotWritable, match="cannot be removed"):
        keeper.tasks.copies.look()
    monkeypatch.setattr(RealFs, "unlink", unlink)
    keeper.tasks.copies.look()
    keeper.clockwork.turn(trusted=True)
    assert keeper.cases.file(key).case.state is State.CLEANED, "tried again by the recorder itself"
