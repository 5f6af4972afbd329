"""Holds at the real keeper: who may do what with which password, findings that open and clear, and footage that stays
through restarts until a hold is released and is gone soon after.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import slot_start_ns
from appliance.core.errors import NotFound, Refused, UsageError
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.protocol.transport import Message
from appliance.rules.deadlines import DAY_NS
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box, until
from tests.footage import FilmClock, film_past
from tests.verbs import VERBS

HOUR_NS = 3600 * 1_000_000_000
LAW = {"ground": "law", "statute": "檔案法第 12 條", "document": "萬戶字第1150003號"}
EVENT = {"ground": "event", "agency": "", "statute": "", "document": ""}


def ask(keeper: Keeper, verb: str, **arguments: Any) -> dict[str, Any]:
    return VERBS[verb](keeper, arguments, Message({}, b"")).head


def both(keeper: Keeper) -> str:
    """A session with the officer in seat 1 and the unit head, who is the director as well, in seat 2."""
    first = keeper.logins.log_in(OFFICER.name, OFFICER.password)
    return keeper.logins.log_in(UNIT_HEAD.name, UNIT_HEAD.password, session=first.token).token


def asked(keeper: Keeper, **changes: Any) -> dict[str, Any]:
    now_ns = keeper.clock.wall_ns()
    seat = changes.get("seat", 1)
    return {
        "password": (OFFICER if seat == 1 else UNIT_HEAD).password,
        "act": hashlib.sha256(f"{changes}".encode()).hexdigest()[:32],
        "seat": 1,
        "cameras": ["01"],
        "start_ns": now_ns - 2 * HOUR_NS,
        "end_ns": now_ns - HOUR_NS,
        "reason": "櫃檯推擠受傷",
        **EVENT,
        **changes,
    }


def test_the_officer_opens_and_the_director_confirms_with_a_password_typed_for_it(
    keeper: Keeper, clock: FilmClock
) -> None:
    session = both(keeper)
    number = ask(keeper, "hold.set", session=session, **asked(keeper))["hold"]
    act = {"session": session, "hold": number, "reason": "", "act": "b" * 32}
    with pytest.raises(Refused, match="log-in as director"):
        ask(keeper, "hold.confirm", **act, seat=1, password=OFFICER.password)
    with pytest.raises(Refused, match="does not fit"):
        ask(keeper, "hold.confirm", **act, seat=2, password="")
    clock.at_ns += 60 * 10**9  # a wrong try makes the next one wait
    with pytest.raises(Refused, match="must be logged in here"):
        ask(keeper, "hold.confirm", **act, seat=3, password=UNIT_HEAD.password)
    ask(keeper, "hold.confirm", **act, seat=2, password=UNIT_HEAD.password)
    (shown,) = ask(keeper, "holds", session=session)["holds"]
    assert (shown["state"], shown["set_person"], [deed["display"] for deed in shown["history"]]) == (
        "active",
        "officer",
        ["王小明", "陳課長"],
    )


def test_whoever_opened_it_confirms_nothing_and_the_law_is_the_directors(keeper: Keeper) -> None:
    session = both(keeper)
    number = ask(keeper, "hold.set", session=session, **asked(keeper, seat=2))["hold"]
    with pytest.raises(Refused, match="whoever opened it"):
        ask(
            keeper, "hold.confirm", session=session, hold=number, reason="", act="c", seat=2,
            password=UNIT_HEAD.password,
        )  # fmt: skip
    with pytest.raises(Refused, match="log-in as director"):
        ask(keeper, "hold.set", session=session, **asked(keeper, **LAW))
    held = ask(keeper, "hold.set", session=session, **asked(keeper, **LAW, seat=2))
    assert keeper.holds.get(held["hold"]).beyond_ceiling
    with pytest.raises(NotFound, match="case 115-0009"):
        ask(keeper, "hold.set", session=session, **asked(keeper, case="115-0009"))
    with pytest.raises(UsageError, match="no ground"):
        ask(keeper, "hold.set", session=session, **asked(keeper, ground="whim"))


def test_findings_open_at_each_mark_and_clear_when_it_is_over(keeper: Keeper, clock: FilmClock) -> None:
    house = housekeeping(keeper)
    ask(keeper, "hold.set", session=both(keeper), **asked(keeper, ground="preserve", agency="萬華分局"))
    (held,) = keeper.holds.all()

    def found_at(at_ns: int) -> list[str]:
        clock.at_ns = at_ns
        house.turn()
        return [each.key for each in keeper.findings.all() if each.key.startswith("hold-")]

    assert found_at(held.until_ns - 9 * DAY_NS) == []
    assert found_at(held.until_ns - 8 * DAY_NS) == [f"hold-due-7-{held.number}"]
    assert found_at(held.until_ns - 2 * DAY_NS) == [f"hold-due-1-{held.number}"]
    assert found_at(held.until_ns) == []
    entered = [entry.kind for entry in keeper.ledger.entries() if entry.kind.startswith("hold.")]
    assert entered == ["hold.set", "hold.lapsed", "hold.settled"]


def test_too_much_that_is_held_is_a_finding(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    house = housekeeping(keeper)
    monkeypatch.setattr(keeper.hold_watch, "kept_bytes", lambda: 1 << 60)
    house.turn()
    assert "holds-share" in [each.key for each in keeper.findings.all()]


def test_holds_are_shown_while_the_footage_disk_does_not_say_its_size(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(path: str) -> int:
        raise FileNotFoundError(2, "No such file or directory", path)

    session = both(keeper)
    ask(keeper, "hold.set", session=session, **asked(keeper))
    monkeypatch.setattr(keeper.fs, "total_bytes", away)
    told = ask(keeper, "holds", session=session)
    assert (len(told["holds"]), told.get("store_bytes", 0)) == (1, 0)


def test_a_restart_finds_the_hold_and_the_lapse_is_entered_once(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as first:
        ask(first, "hold.set", session=both(first), **asked(first))
        (held,) = first.holds.all()
        in_force = first.holds.holds()
    Path(box.settings.layout.keeper, "index.sqlite").unlink()
    clock.at_ns = held.until_ns
    with open_keeper(box.settings, RealFs(), clock) as second:
        assert second.holds.all() == [held]
        assert second.holds.holds() == in_force
        housekeeping(second).turn()
    with open_keeper(box.settings, RealFs(), clock) as third:
        housekeeping(third).turn()
        kinds = [entry.kind for entry in third.ledger.entries() if entry.kind.startswith("hold.")]
    assert kinds == ["hold.set", "hold.lapsed", "hold.settled"]


def test_at_24_footage_past_its_ceiling_stays_while_held_and_is_gone_once_released(box: Box) -> None:
    """The keeper's own process over a real disk; the footage is 500 days old."""
    start_ns = slot_start_ns(box.made_ns - 500 * DAY_NS)
    box.start("keeper")
    ask_box = {"session": box.both_logged_in(), "seat": 2, "password": UNIT_HEAD.password}
    number = box.call(
        "hold.set",
        **ask_box,
        act="a" * 32,
        **LAW,
        cameras=["01"],
        start_ns=start_ns,
        end_ns=start_ns + 1,
        reason="依法保存",
    )["hold"]
    held, free = film_past(box, "01", start_ns, 2), film_past(box, "02", start_ns, 2)
    box.stop()
    box.start("keeper")

    def here() -> set[str]:
        return {path.name.split(".")[0] for path in Path(box.settings.layout.ring).rglob("*.seg")}

    until(lambda: not here() & set(free.buckets), what="the destruction of what nobody holds")
    assert set(held.buckets) <= here()
    ask_box["session"] = box.both_logged_in()
    box.call("hold.release", **ask_box, act="b" * 32, hold=number, reason="無需保存")
    box.stop()
    box.start("keeper")
    until(lambda: not here(), what="the destruction of what was released")
    (shown,) = until(
        lambda: [hold for hold in box.call("holds", session=box.both_logged_in())["holds"] if hold["settled_ns"]],
        what="the settlement",
    )
    assert shown["became"]["destroyed"] == len(held.buckets)
