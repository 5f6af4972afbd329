"""What a wrong clock recorded is found and shown by its true time once that is known (``T-15``, ``T-19``)."""

from __future__ import annotations

import pytest

from appliance.custody.playback import Media
from appliance.errors import Refused
from appliance.model import Span
from tests.custody.rulesdesk import Desk
from tests.custody.viewing import NOON_NS, Office
from tests.darkroom.films import FPS, film, numbers, read

SECOND_NS = 1_000_000_000
WRONG_NS = -(5 * 365 * 86_400 + 1234) * SECOND_NS
"""A box without a battery: its clock is years behind."""


@pytest.fixture
def desk() -> Desk:
    """Twenty seconds were recorded from noon on by a box whose clock is wrong, and nobody knows yet."""
    desk = Desk(Office())
    clock = desk.office.clock
    clock.reboot()
    clock.now_ns, clock.is_trusted = NOON_NS + WRONG_NS, False
    desk.office.record_film(film(20), NOON_NS + WRONG_NS)
    return desk


def _set_right(desk: Desk) -> None:
    clock = desk.office.clock
    clock.go_to(clock.now_ns + 600 * SECOND_NS)
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns - WRONG_NS, reference="117")


def _pictures(media: Media) -> list[int]:
    return numbers(read(b"".join(media.blocks)).pictures)


def test_T_19_it_is_found_by_its_true_time_once_two_people_said_what_the_time_is(desk: Desk) -> None:
    ring, true = desk.office.ring, Span(NOON_NS, NOON_NS + 20 * SECOND_NS)
    wrong = Span(true.start_ns + WRONG_NS, true.end_ns + WRONG_NS)
    assert (len(ring.find("C1", true)), len(ring.find("C1", wrong))) == (0, 1)
    assert ring.earliest("C1") == wrong.start_ns
    _set_right(desk)
    assert (len(ring.find("C1", true)), len(ring.find("C1", wrong))) == (1, 0)
    found = ring.find("C1", true)[0]
    assert found.by_ns == -WRONG_NS
    assert found.start_ns - found.by_ns == wrong.start_ns, "what was written is what is kept"
    assert ring.footage_in("C1", true) == [true]
    assert ring.earliest("C1") == true.start_ns


def test_T_19_it_is_shown_by_its_true_time_and_not_a_picture_outside_the_granted_minutes(desk: Desk) -> None:
    office = desk.office
    _set_right(desk)
    grant = office.view(NOON_NS + 5 * SECOND_NS, NOON_NS + 15 * SECOND_NS)
    media = office.playback.media(grant, "C1", NOON_NS + 5 * SECOND_NS, 10)
    assert _pictures(media) == list(range(5 * FPS, 15 * FPS))
    for outside in (NOON_NS + WRONG_NS + 6 * SECOND_NS, NOON_NS + 16 * SECOND_NS):
        with pytest.raises(Refused):
            office.playback.media(grant, "C1", outside, 1)
    assert office.damage == []
    told = office.playback.timeline(grant)["C1"]
    assert told.corrected == [(Span(NOON_NS + 5 * SECOND_NS, NOON_NS + 15 * SECOND_NS), -WRONG_NS)]
    assert told.gaps == []


def test_T_19_a_machine_that_was_set_right_by_its_time_service_corrects_what_came_before(desk: Desk) -> None:
    office, clock = desk.office, desk.office.clock
    clock.go_to(clock.now_ns + 600 * SECOND_NS)
    clock.now_ns -= WRONG_NS
    clock.is_trusted = True
    office.record_film(film(20), NOON_NS + 600 * SECOND_NS)
    clock.go_to(NOON_NS + 700 * SECOND_NS)
    whole = Span(NOON_NS, NOON_NS + 620 * SECOND_NS)
    assert [stretch.by_ns for stretch in office.ring.find("C1", whole)] == [-WRONG_NS, 0]
    grant = office.view(whole.start_ns, whole.end_ns)
    shown = [_pictures(office.playback.media(grant, "C1", at, 10))[0] for at in (NOON_NS, NOON_NS + 600 * SECOND_NS)]
    assert shown == [0, 0]


def test_T_19_what_is_being_recorded_is_corrected_too(desk: Desk) -> None:
    office, clock = desk.office, desk.office.clock
    clock.go_to(NOON_NS + WRONG_NS + 700 * SECOND_NS)
    office.record_film(film(20), clock.now_ns, close=False)
    _set_right(desk)
    found = office.ring.find("C1", Span(NOON_NS + 690 * SECOND_NS, NOON_NS + 730 * SECOND_NS))
    assert [(each.is_open, each.by_ns) for each in found] == [(True, -WRONG_NS)]


def test_T_15_a_clock_that_went_back_an_hour_hides_nothing(desk: Desk) -> None:
    """Both hours are kept; a range finds, pins and opens both."""
    office = Office()
    first = office.record("C1", NOON_NS).bucket_id
    office.clock.now_ns -= 3600 * SECOND_NS
    second = office.record("C1", NOON_NS, seed="again").bucket_id
    both = {stretch.bucket_id for stretch in office.ring.find("C1", Span(NOON_NS, NOON_NS + 60 * SECOND_NS))}
    assert both == {first, second}
