"""Random walks over the table of cameras: any acts by anybody, on any version, with papers in and out of order: what is
recorded is approved, and no number or approved matter is ever changed in place."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.rules.cameras.facts import CameraTyped, Filing
from appliance.rules.cameras.fleet import Fleet
from appliance.rules.cameras.judging import possible
from appliance.rules.cameras.rows import Event, Row
from appliance.rules.cameras.signing import PAIRS
from appliance.rules.cameras.states import ENDS, LIVE, OPEN, Cell, Origin, State
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.cameras.version import Acceptance, CameraVersion
from tests.rules.cameradesk import PEOPLE, Desk, draft, typed_for

NUMBERS = ("01", "02")
SMALL: dict[str, tuple[str, ...]] = {
    "wang": ("officer", "manager"),
    "chen": ("unit_head", "director"),
    "hsu": ("secretary", "unit_head"),
}
FILINGS = (Filing(), Filing(new="filing", change="filing"), Filing(replacement="approval", retired=True))
SIDEWAYS = {Event.DROP, Event.RETURN, Event.REJECT, Event.RETIRE, Event.SUSPEND, Event.REVISE, Event.ADOPT}
SPOILED: tuple[Callable[[CameraTyped], CameraTyped], ...] = (
    lambda _: CameraTyped(),
    lambda typed: msgspec.structs.replace(typed, matters=msgspec.structs.replace(typed.matters, sound=True)),
    lambda typed: msgspec.structs.replace(typed, matters=msgspec.structs.replace(typed.matters, place_kind="toilet")),
    lambda typed: msgspec.structs.replace(typed, device=msgspec.structs.replace(typed.device, banned="yes")),
    lambda typed: msgspec.structs.replace(typed, answer=msgspec.structs.replace(typed.answer, number="")),
    lambda typed: msgspec.structs.replace(typed, answer=msgspec.structs.replace(typed.answer, kind="filed")),
    lambda typed: msgspec.structs.replace(typed, acceptance=msgspec.structs.replace(typed.acceptance, played=False)),
    lambda typed: msgspec.structs.replace(typed, review=msgspec.structs.replace(typed.review, listed="no")),
    lambda typed: msgspec.structs.replace(typed, double=True),
)


def drawn(choose: Callable[[int], int]) -> dict[str, Any]:
    """One act: usually what leads on, by whoever usually does it, papers in order; sometimes anything."""
    return {
        "number": NUMBERS[choose(4) == 0],
        "older": choose(6) == 0,
        "pick": choose(30),
        "sideways": choose(12) == 0,
        "any_event": list(Event)[choose(len(Event))] if choose(10) == 0 else None,
        "who": (*PEOPLE, "system")[choose(len(PEOPLE) + 1)] if choose(6) == 0 else "",
        "days": (1, 95)[choose(2)] if choose(3) == 0 else 0,
        "origin": ("change", "replacement", "new", "existing")[choose(4)],
        "spoiled": choose(len(SPOILED)) if choose(4) == 0 else None,
        "short": choose(12) == 0,
        "moved": choose(2) == 0,
    }


def act(desk: Desk, wanted: dict[str, Any], people: dict[str, tuple[str, ...]]) -> Row | None:
    """Tries the act; None when it was refused."""
    desk.wait(wanted["days"])
    mine = desk.fleet.of(wanted["number"])
    fresh = desk.fleet.next_of(wanted["number"])
    begins = not mine or (mine[-1].state not in OPEN and wanted["pick"] % 3 == 0)
    version = fresh if begins else mine[0 if wanted["older"] else -1]
    events = [each for each in possible(version.state) if wanted["sideways"] or each not in SIDEWAYS]
    events = events or list(possible(version.state)) or [Event.DRAFT]
    event = wanted["any_event"] or events[wanted["pick"] % len(events)]
    typed = typed_for(version, event)
    if event in (Event.DRAFT, Event.REVISE):
        origin = "new" if not mine else wanted["origin"]
        typed = draft(origin, matters={"lens": "12 mm"} if origin == "change" else {})
    told = {"server": f"v{wanted['pick'] % 2}"}
    if event in (Event.PIN, Event.RECOGNISE):
        typed = CameraTyped(note="更新韌體", acceptance=Acceptance(identity=told))
    if wanted["spoiled"] is not None:
        typed = SPOILED[wanted["spoiled"]](typed)
    facts = {"people": people, "short": "38 days" if wanted["short"] else "", "drifting": wanted["moved"]}
    facts["told"] = told if wanted["pick"] % 3 else {}
    who = wanted["who"] if wanted["who"] in (*people, "system") else ""
    if not isinstance(desk.ask(event, who, version, typed, **facts), Row):
        return None
    desk.do(event, who, version, typed, **facts)
    return desk.rows[-1]


def begin(desk: Desk, how: int) -> None:
    """With no camera, one that a set-up brought, one that is published, or one whose list was found to be wrong."""
    if how == 1:
        desk.do(Event.ADOPT)
    if how > 1:
        desk.announced()
    if how > 2:
        desk.wait(95)
        desk.do(Event.FALL_DUE)
        review = typed_for(desk.version(), Event.REVIEW).review
        desk.do(Event.MISMATCH, typed=CameraTyped(review=msgspec.structs.replace(review, listed="no")))


def check(before: Fleet, row: Row, desk: Desk) -> None:
    """The invariants, over one step."""
    live = [each for each in desk.fleet.all() if each.state in LIVE]
    assert sorted(each.camera_no for each in desk.fleet.recorded()) == sorted(each.camera_no for each in live), "INV-10"
    assert len({each.camera_no for each in live}) == len(live), "one version of a camera is in force"
    for version in live:
        approved(version)
    for version in desk.fleet.all():
        was = next((each for each in before.all() if each.key == version.key), None)
        if was is not None and was.state not in (State.NONE, State.DRAFT):
            assert (version.matters, version.device, version.wiring) == (was.matters, was.device, was.wiring), "AT-09"
        assert was is None or was.state not in ENDS or was == version, "an end is an end"
        signed_apart(version)
    for camera_no in desk.fleet.numbers():
        versions = desk.fleet.of(camera_no)
        assert [each.version for each in versions] == list(range(1, len(versions) + 1))
        assert len([each for each in versions if each.state in OPEN]) <= 1
        if any(each.state is State.RETIRED for each in versions):
            assert not any(each.live for each in versions), "D-14"
    if desk.fleet.recorded() != before.recorded():
        assert row.kind == "registry.changed", "the registry changes by an entry that says so"


def approved(version: CameraVersion) -> None:
    """What is in force went the whole way, unless a set-up brought it."""
    assert not version.matters.purposes or set(version.matters.purposes) <= {"service_quality"}
    if version.origin in (Origin.EXISTING, Origin.TRIAL):
        return
    assert version.matters.place_kind != "toilet", "T-72"
    assert version.signed(Cell.DIRECTOR), "AT-08"
    assert version.device.banned == "no", "AT-74"
    assert version.signed(Cell.PUT_IN_FORCE)
    assert version.acceptance.played
    if version.filing != "exempt":
        assert version.answer.number, "AT-08"
        assert version.signed(Cell.ANSWER_CONFIRMED)
    if version.filing == "approval":
        assert version.answer.kind == "approved"


def signed_apart(version: CameraVersion) -> None:
    for pair in PAIRS:
        both = [
            (one, other)
            for one in version.signatures
            for other in version.signatures
            if (one.cell, other.cell) == (pair.first, pair.second) and one.account == other.account
        ]
        if not pair.waivable:
            both = [(one, other) for one, other in both if not (one.superseded or other.superseded)]
        assert all(pair.waivable and (one.double or other.double) for one, other in both), f"INV-14: {pair}"


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_AT_08_AT_09_AT_74_INV_10_INV_14_any_walk_keeps_the_invariants(data: st.DataObject) -> None:
    people = data.draw(st.sampled_from([PEOPLE, SMALL]))
    desk = Desk(data.draw(st.sampled_from(FILINGS)))
    acts = st.composite(lambda draw: drawn(lambda below: draw(st.integers(0, below - 1))))
    for wanted in data.draw(st.lists(acts(), min_size=10, max_size=40)):
        before = desk.fleet
        if row := act(desk, wanted, people):
            check(before, row, desk)


def test_the_walks_go_far_enough_to_prove_something() -> None:
    """The same walks with numbers from a seed come to every state and perform every row."""
    random, performed, reached = Random(113), set[str](), set[State]()
    for number in range(120):
        desk, people = Desk(FILINGS[number % 3]), (PEOPLE, SMALL)[number % 2]
        begin(desk, number // 2 % 4)
        for _ in range(80):
            before = desk.fleet
            if row := act(desk, drawn(random.randrange), people):
                check(before, row, desk)
                performed.add(row.id)
                reached |= {each.state for each in desk.fleet.all()}
    assert reached == {row.target for row in CAMERAS if row.target}
    assert performed == {row.id for row in CAMERAS} - {"S4"}, "S4 is a part of K6b"
