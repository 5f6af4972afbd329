"""What a wrong clock recorded is found and shown by its true time once that is known (``T-15``, ``T-19``)."""

from __future__ import annotations

import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Refused
from appliance.core.model import BucketOpening, Gap, Manifest, Span
from appliance.rules.cases.masks import Mask
from appliance.rules.cases.ranges import Scope
from appliance.rules.retention import ClockReading, RetainedBucket
from appliance.services.viewing.maskbook import MaskBook
from appliance.services.viewing.playback import Media
from appliance.vault.index.corrections import corrected_gaps
from appliance.vault.index.gaps import RESTART, UNKNOWN
from tests.sandbox.films import FPS, film, numbers, read
from tests.services.rulesdesk import Desk
from tests.services.viewing import NOON_NS, PASSWORD, Office

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


def _wrong_gap(desk: Desk, from_second: int, to_second: int) -> Gap:
    clock = desk.office.clock
    boot_ns = clock.boot_ns() + from_second * SECOND_NS
    return Gap(
        camera_no="C1", start_ns=clock.now_ns + from_second * SECOND_NS, end_ns=clock.now_ns + to_second * SECOND_NS,
        cause="lost", boot_id=clock.boot_id(), boot_ns=boot_ns,
    )  # fmt: skip


def test_T_19_a_gap_that_a_wrong_clock_noted_has_its_cause_at_its_true_time(desk: Desk) -> None:
    ring, wrong = desk.office.ring, _wrong_gap(desk, 20, 80)
    ring.gap(wrong)
    true = Span(NOON_NS, NOON_NS + 80 * SECOND_NS)
    as_noted = Span(true.start_ns + WRONG_NS, true.end_ns + WRONG_NS)
    assert [(gap.cause, gap.by_ns) for gap in ring.gaps_in("C1", as_noted)] == [("lost", 0)], "nobody knows better yet"
    _set_right(desk)
    assert ring.gaps_in("C1", true) == [
        Gap(camera_no="C1", start_ns=NOON_NS + 20 * SECOND_NS, end_ns=true.end_ns, cause="lost", by_ns=-WRONG_NS)
    ]
    assert [gap.cause for gap in ring.gaps_in("C1", as_noted)] == [UNKNOWN], "it explains nothing at the wrong time"
    again = desk.restarted().office.ring
    again.heed(desk.rules.readings)
    assert again.gaps_in("C1", true) == ring.gaps_in("C1", true)


def test_T_19_a_gap_inside_a_bucket_is_dated_with_it(desk: Desk) -> None:
    office, start_ns = desk.office, NOON_NS + WRONG_NS + 2 * SLOT_NS
    hole = Gap(camera_no="C1", start_ns=start_ns + 20 * SECOND_NS, end_ns=start_ns + 90 * SECOND_NS, cause="stalled")
    office.clock.go_to(start_ns)
    opening = BucketOpening(
        bucket_id="ab" * 16, camera_no="C1", slot_start_ns=start_ns - start_ns % SLOT_NS, start_ns=start_ns,
        boot_id=office.clock.boot_id(), boot_ns=office.clock.boot_ns(), trusted=False,
    )  # fmt: skip
    office.ring.opened(opening)
    office.ring.take(Manifest.of(opening, start_ns + 100 * SECOND_NS, (), gaps=(hole,)))
    _set_right(desk)
    true = Span(hole.start_ns - WRONG_NS, hole.end_ns - WRONG_NS)
    assert [(gap.cause, gap.by_ns) for gap in office.ring.gaps_in("C1", true)] == [("stalled", -WRONG_NS)]


def test_T_19_the_end_of_a_restart_is_by_the_next_boot_s_clock() -> None:
    noted = [
        (RetainedBucket("0", "C1", 100, 10_000, 0, False, 3, 50), RESTART),
        (RetainedBucket("1", "C1", 7, 8, 0, False, 9, 5), "lost"),
    ]
    dated, unknown = corrected_gaps(noted, [ClockReading(3, 0, 5_000)])
    assert (dated.start_ns, dated.end_ns, dated.by_ns) == (5_050, 10_000, 4_950)
    assert (unknown.start_ns, unknown.end_ns, unknown.by_ns) == (7, 8, 0), "no moment of its boot is known"
    (short,) = corrected_gaps(noted[:1], [ClockReading(3, 0, 50_000)])
    assert (short.start_ns, short.end_ns) == (50_050, 50_051)


def test_T_15_a_clock_that_went_back_an_hour_hides_nothing(desk: Desk) -> None:
    """Both hours are kept; a range finds, pins and opens both."""
    office = Office()
    first = office.record("C1", NOON_NS).bucket_id
    office.clock.now_ns -= 3600 * SECOND_NS
    second = office.record("C1", NOON_NS, seed="again").bucket_id
    both = {stretch.bucket_id for stretch in office.ring.find("C1", Span(NOON_NS, NOON_NS + 60 * SECOND_NS))}
    assert both == {first, second}


def test_T_26_a_mask_that_lies_over_other_pictures_since_the_clock_was_set_right_opens_nothing() -> None:
    """It was drawn while nobody knew that the clock was 7 s ahead; drawn again it lies over what it shall."""
    ahead_ns = 7 * SECOND_NS
    desk = Desk(Office())
    office, clock = desk.office, desk.office.clock
    clock.reboot()
    clock.now_ns, clock.is_trusted = NOON_NS + ahead_ns, False
    office.record_film(film(60), NOON_NS + ahead_ns)
    clock.go_to(NOON_NS + 1000 * SECOND_NS)
    masks = MaskBook(office.acts, office.ledger)
    office.grants._drawn = masks.drawn
    span = Span(NOON_NS + 10 * SECOND_NS, NOON_NS + 40 * SECOND_NS)
    key = office.granted(span.start_ns, span.end_ns)
    mask = Mask(number=0, camera_no="C1", start_ns=span.start_ns, end_ns=span.end_ns, left=0, top=0, right=500,
                bottom=500)  # fmt: skip
    masks.draw(office.act(), office.seat("lin"), key, [Scope("C1", span.start_ns, span.end_ns)], mask)
    assert office.grants.open(office.two(), key, PASSWORD).live
    clock.go_to(clock.now_ns + 600 * SECOND_NS)
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns - ahead_ns, reference="117")
    assert {each.by_ns for each in office.ring.find("C1", span)} == {-ahead_ns}
    size = len(list(office.ledger.acts("grant.opened")))
    with pytest.raises(Refused) as refused:
        office.grants.open(office.two(), key, PASSWORD)
    assert "masks-moved" in str(refused.value.as_map())
    assert len(list(office.ledger.acts("grant.opened"))) == size
    masks.remove(office.act(), office.seat("lin"), key, 1)
    masks.draw(office.act(), office.seat("lin"), key, [Scope("C1", span.start_ns, span.end_ns)], mask,
               office.ring.find("C1", span))  # fmt: skip
    assert office.grants.open(office.two(), key, PASSWORD).live
    office.grants._drawn = MaskBook(office.acts, office.ledger).drawn
    assert office.grants.open(office.two(), key, PASSWORD).live, "a start knows it of the ledger"


def test_T_26_a_mask_whose_pictures_moved_from_under_it_opens_nothing() -> None:
    """What it was drawn over lies a minute earlier since the clock was set right, and under the mask lies nothing."""
    ahead_ns = 60 * SECOND_NS
    desk = Desk(Office())
    office, clock = desk.office, desk.office.clock
    clock.reboot()
    clock.now_ns, clock.is_trusted = NOON_NS + ahead_ns, False
    office.record_film(film(20), NOON_NS + ahead_ns)
    clock.go_to(NOON_NS + 1000 * SECOND_NS)
    masks = MaskBook(office.acts, office.ledger)
    office.grants._drawn = masks.drawn
    span = Span(NOON_NS, NOON_NS + 90 * SECOND_NS)
    key = office.granted(span.start_ns, span.end_ns)
    mask = Mask(number=0, camera_no="C1", start_ns=NOON_NS + ahead_ns, end_ns=span.end_ns, left=0, top=0, right=500,
                bottom=500)  # fmt: skip
    scopes = [Scope("C1", span.start_ns, span.end_ns)]
    masks.draw(office.act(), office.seat("lin"), key, scopes, mask, office.ring.find("C1", span))
    assert office.grants.open(office.two(), key, PASSWORD).live
    clock.go_to(clock.now_ns + 600 * SECOND_NS)
    desk.rules.set_time("a1", desk.pair(), wall_ns=clock.now_ns - ahead_ns, reference="117")
    assert [each.by_ns for each in office.ring.find("C1", span)] == [-ahead_ns]
    assert office.ring.find("C1", mask.span) == []
    for drawn in (masks.drawn, MaskBook(office.acts, office.ledger).drawn):
        office.grants._drawn = drawn
        with pytest.raises(Refused) as refused:
            office.grants.open(office.two(), key, PASSWORD)
        assert "masks-moved" in str(refused.value.as_map())
    masks.remove(office.act(), office.seat("lin"), key, 1)
    moved = Mask(number=0, camera_no="C1", start_ns=NOON_NS, end_ns=NOON_NS + 20 * SECOND_NS, left=0, top=0,
                 right=500, bottom=500)  # fmt: skip
    masks.draw(office.act(), office.seat("lin"), key, scopes, moved, office.ring.find("C1", span))
    office.grants._drawn = masks.drawn
    assert office.grants.open(office.two(), key, PASSWORD).live
