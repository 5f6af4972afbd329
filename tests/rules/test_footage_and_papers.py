"""Footage goes and papers stay (``T-62``); what was asked for again is a new case over what is left (``T-63``)."""

from __future__ import annotations

import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.model import Span
from appliance.rules.cases.states import State
from appliance.rules.deadlines import DAY_NS
from appliance.rules.retention import Hold
from tests.services.viewing import NOON_NS, Office
from tests.vault.ringcases import ANCHOR, KEYS, OPEN, RING

ASKED = NOON_NS + SLOT_NS, NOON_NS + 2 * SLOT_NS


@pytest.fixture
def office() -> Office:
    """An hour of footage, and a case over ten minutes of it that was received, granted and closed."""
    office = Office()
    for number in range(6):
        office.record("C1", NOON_NS + number * SLOT_NS)
    return office


def close_case(office: Office) -> str:
    key = office.granted(*ASKED)
    office.holds[:] = office.cases.holds()
    office.life.finish(key)
    assert office.cases.file(key).case.state is State.CLOSED
    return key


def later(office: Office, days: int) -> None:
    office.clock.go_to(NOON_NS + days * DAY_NS)
    office.cases.end_pins(trusted=True)
    office.holds[:] = office.cases.holds()


def test_T_62_destruction_takes_footage_and_its_keys_and_no_paper(office: Office) -> None:
    close_case(office)
    later(office, 60)
    before = office.fs.files()
    destroyed = office.destruction.routine()
    assert destroyed is not None
    assert len(destroyed.destroyed) == 6
    after = office.fs.files()
    for path, data in before.items():
        if path.startswith((KEYS, ANCHOR, RING, OPEN)):
            continue
        assert path in after, f"{path} is a paper and is gone"
        assert after[path].startswith(data), f"{path} is a paper and was changed, not added to"
    assert not [path for path in after if path.startswith(RING) and path.endswith(".seg")]
    again = Office(office.fs, clock=office.clock, seed="again")
    (key,) = again.cases.all_keys()
    file = again.cases.file(key)
    assert (file.case.state, file.form.reason_text) == (State.CLOSED, "機車遭竊")


def test_T_63_a_new_request_finds_nothing_of_what_went_and_revives_no_pin(office: Office) -> None:
    number = close_case(office)
    later(office, 60)
    office.destruction.routine()
    asked = Span(*ASKED)
    assert office.ring.find("C1", asked) == []
    again = office.life.receive(["C1"], *ASKED)
    assert again != number, "it is a new case"
    assert office.cases.file(number).case.state is State.CLOSED
    assert office.ring.footage_in("C1", asked) == []
    assert list(office.cases.pins()) == [again], "the pin of the closed case is over"


def test_T_63_what_is_held_besides_remains_after_the_case(office: Office) -> None:
    close_case(office)
    later(office, 60)
    office.holds.append(Hold("C1", *ASKED, beyond_ceiling=True))
    office.destruction.routine()
    assert office.ring.footage_in("C1", Span(NOON_NS, NOON_NS + 6 * SLOT_NS)) == [Span(*ASKED)]
