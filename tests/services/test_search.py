"""Search in the granted minutes: what it finds and what it does not, what is entered for it, and what it leaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from appliance.core.errors import NotFound, NotWritable, Refused, Unavailable, UsageError
from appliance.core.messages import coded
from appliance.core.model import Span
from appliance.rules.cases.copies import CopyEnd
from appliance.rules.cases.masks import Mask, Purpose
from appliance.sandbox.protocol import Compared, SearchKey, SearchOrder
from appliance.services.viewing import search as searching
from appliance.services.viewing.grant import BLANK_NS, Grant
from appliance.services.viewing.search import Search, checked_region
from appliance.services.viewing.shown import LateReports
from tests.rules.test_inv_22 import durable, released
from tests.sandbox.films import film
from tests.sandbox.scenes import BAG, DOOR, room
from tests.services.copies import CopyOffice
from tests.services.viewing import NOON_NS, LocalDarkroom, LocalViewer, Office
from tests.vault.ringcases import entered, kinds

SECOND_NS = 1_000_000_000
START_NS = NOON_NS - 60 * SECOND_NS
"""When the film begins: a minute before a slot's border."""
SECONDS = 120
GONE, PASSES = 71.0, (30.5, 34.5)
FILM = room(SECONDS, gone=GONE, passes=(PASSES,))


def at(seconds: float) -> int:
    return START_NS + round(seconds * SECOND_NS)


class WatchedDarkroom(LocalDarkroom):
    """``handed``: each key frame that came here; ``early``: those that no durable entry contained when they came, as a
    disk would have it whose power was cut then. ``gate`` holds each one up."""

    def __init__(self) -> None:
        super().__init__()
        self.handed: list[SearchKey] = []
        self.early: list[int] = []
        self.office: Any = None
        self.grant_id = ""
        self.gate: threading.Semaphore | None = None
        self.arrived = threading.Semaphore(0)
        self.error: Exception | None = None

    def connect(self) -> LocalViewer:
        self.connected += 1
        return _WatchedViewer(self)


class _WatchedViewer(LocalViewer):
    def __init__(self, darkroom: WatchedDarkroom) -> None:
        super().__init__(darkroom.fed)
        self._darkroom = darkroom

    def search_key(self, key: SearchKey, data: bytes) -> Compared:
        room = self._darkroom
        spans = released(durable(room.office), room.grant_id)
        if not any(span.holds(key.at_ns) for span in spans):
            room.early.append(key.at_ns)
        room.handed.append(key)
        room.arrived.release()
        if room.gate is not None:
            assert room.gate.acquire(timeout=60)
        if room.error is not None:
            raise room.error
        return super().search_key(key, data)


@pytest.fixture
def darkroom() -> WatchedDarkroom:
    return WatchedDarkroom()


@pytest.fixture
def office(darkroom: WatchedDarkroom) -> Office:
    office = Office(darkroom=darkroom)
    darkroom.office = office
    office.record_film(FILM, START_NS)
    return office


def opened(office: Office, start: float = 0, end: float = SECONDS) -> Grant:
    grant = office.view(at(start), at(end))
    office.darkroom.grant_id = grant.grant_id
    return grant


def searched(office: Office, grant: Grant, region: dict[str, int], **more: Any) -> Search:
    search = office.searches.begin(grant, "C1", SearchOrder(**region), **more)
    search.wait()
    return search


def told(search: Search) -> list[tuple[float, float, bool | None]]:
    """Each change in seconds since START_NS."""
    seconds = [
        (round((each.start_ns - START_NS) / 1e9, 1), round((each.end_ns - START_NS) / 1e9, 1))
        for each in search.changes()
    ]
    return [(*pair, each.stays) for pair, each in zip(seconds, search.changes(), strict=True)]


# --- what it finds ---


def test_a_bag_that_is_gone_is_found_between_two_key_frames_and_it_stays_gone(office: Office) -> None:
    search = searched(office, opened(office), BAG)
    assert (search.state, told(search)) == ("done", [(70.0, 72.0, True)])
    assert (search.looked, search.total, search.step_ns) == (60, 60, 2 * SECOND_NS)


def test_whoever_stands_in_a_door_for_four_seconds_is_found_and_the_door_is_as_before(office: Office) -> None:
    assert told(searched(office, opened(office), DOOR)) == [(30.0, 36.0, False)]


def test_nothing_is_found_where_nothing_changes(office: Office) -> None:
    assert told(searched(office, opened(office), {"left": 400, "top": 0, "right": 560, "bottom": 300})) == []


def test_the_granted_minutes_alone_are_searched_and_of_these_what_was_asked(
    office: Office, darkroom: WatchedDarkroom
) -> None:
    assert told(searched(office, opened(office, 73, 118), BAG)) == [], "before them it was taken"
    assert min(key.at_ns for key in darkroom.handed) >= at(73)
    darkroom.handed.clear()
    grant = opened(office)
    assert told(searched(office, grant, BAG, span=Span(at(60), at(80)))) == [(70.0, 72.0, True)]
    assert {key.at_ns >= at(60) and key.at_ns < at(80) for key in darkroom.handed} == {True}


def test_a_change_at_the_picture_where_two_children_meet_is_found_and_told_whole() -> None:
    office = Office()
    office.record_film(room(40, passes=((11.0, 29.0),)), START_NS)
    grant = office.view(at(0), at(40))
    assert told(searched(office, grant, DOOR)) == [(10.0, 30.0, False)]
    assert office.darkroom.connected == 2


class _BlindAt(LocalDarkroom):
    """Does not decode what was taken at these seconds."""

    def __init__(self, *seconds: float) -> None:
        super().__init__()
        self.blind = {at(second) for second in seconds}

    def connect(self) -> LocalViewer:
        viewer = super().connect()
        look = viewer.search_key
        viewer.search_key = lambda key, data: look(key, b"" if key.at_ns in self.blind else data)  # type: ignore[method-assign]
        return viewer


@pytest.mark.parametrize("second", [8, 10, 12])
def test_where_a_picture_does_not_decode_its_neighbours_are_compared(second: int) -> None:
    office = Office(darkroom=_BlindAt(second))
    office.record_film(room(22, gone=10.5), START_NS)
    grant = office.view(at(0), at(22))
    first, last = {8: (10, 12), 10: (8, 12), 12: (10, 14)}[second]
    assert told(searched(office, grant, BAG)) == [(first, last, True)]


def test_a_camera_that_sends_nothing_but_key_frames_is_compared_once_a_second() -> None:
    office = Office()
    office.record_film(film(10, codec="mjpeg"), START_NS)
    search = searched(office, office.view(at(0), at(10)), {"left": 0, "top": 0, "right": 300, "bottom": 1000})
    assert (search.total, search.step_ns) == (10, SECOND_NS)


def test_minutes_without_footage_are_searched_at_once(office: Office) -> None:
    search = searched(office, office.view(at(400), at(460)), BAG)
    assert (search.state, search.total, told(search)) == ("done", 0, [])


# --- masks ---


def _mask(region: dict[str, int], start: float, end: float) -> Mask:
    return Mask(number=1, camera_no="C1", start_ns=at(start), end_ns=at(end), **region)


@pytest.mark.parametrize(("start", "end"), [(0, SECONDS), (60, 80), (71.5, 73)])
def test_T_26_what_lies_under_a_mask_is_never_found(office: Office, start: float, end: float) -> None:
    """The last of them lies over the one picture that shows it first."""
    grant = opened(office)
    grant.masks = (_mask(BAG, start, end),)
    search = searched(office, grant, BAG)
    found = [(first, last) for first, last, _ in told(search) if start <= last < end]
    assert found == []
    assert search.masked
    assert search.state == "done"


def test_T_26_what_a_mask_does_not_reach_is_found_beside_it(office: Office) -> None:
    grant = opened(office)
    grant.masks = (_mask(DOOR, 0, SECONDS), _mask(BAG, 0, 20))
    assert told(searched(office, grant, BAG)) == [(70.0, 72.0, True)]
    assert not searched(office, grant, {"left": 400, "top": 0, "right": 500, "bottom": 100}).masked


def test_T_26_where_masks_are_drawn_and_pictures_are_bare_nothing_is_searched(office: Office) -> None:
    grant = opened(office)
    grant.purpose = Purpose.MASKING
    with pytest.raises(Refused, match="pictures are bare"):
        office.searches.begin(grant, "C1", SearchOrder(**BAG))
    assert office.searches.of(grant) is None
    assert "footage.released" not in kinds(office.ledger)


# --- what is entered ---


def test_INV_22_each_stretch_is_entered_before_a_byte_of_it_is_compared(office: Office) -> None:
    """The darkroom itself looks at the disk with each picture that comes."""
    grant = opened(office)
    assert searched(office, grant, BAG).state == "done"
    assert len(office.darkroom.handed) >= 60
    assert office.darkroom.early == []
    found = entered(office.ledger, "footage.released")
    assert [(each["start_ns"], each["end_ns"]) for each in sorted(found, key=lambda each: each["start_ns"])] == [
        (at(0), NOON_NS), (NOON_NS, at(SECONDS)),
    ]  # fmt: skip
    assert {(each["what"], each["camera_no"], each["grant"]) for each in found} == {("search", "C1", grant.grant_id)}
    assert all(each["area"] == [BAG["left"], BAG["top"], BAG["right"], BAG["bottom"]] for each in found)
    assert all(len(each["buckets"]) == 1 for each in found)


def test_INV_22_no_entry_no_search(office: Office) -> None:
    grant = opened(office)
    office.fs.fail(1, lasting=True)  # type: ignore[attr-defined]
    search = searched(office, grant, BAG)
    assert (search.state, office.darkroom.handed) == ("stopped", [])
    assert search.why is not None
    with pytest.raises(NotWritable):
        office.ledger.append("footage.released", {})


def test_INV_22_what_was_searched_counts_as_neither_seen_nor_released_to_be_seen(office: Office) -> None:
    grant = opened(office)
    searched(office, grant, BAG)
    assert grant.released == {}
    assert "footage.shown" not in kinds(office.ledger)
    assert office.playback.shown_so_far.of(grant.case, 0).spans == {}
    with pytest.raises(Refused):
        office.playback.shown(grant, [("C1", Span(at(70), at(72)))])
    assert entered(office.ledger, "grant.refused")[-1]["why"] == coded("shown-too-much").as_map()
    office.playback.key(grant, "C1", at(70))
    assert entered(office.ledger, "footage.released")[-1]["what"] == "pictures", "a picture has an entry of its own"


def test_INV_22_what_was_searched_is_taken_in_no_late_report_either(office: Office) -> None:
    grant = opened(office)
    searched(office, grant, BAG)
    office.grants.end_all("the keeper stops")
    late = LateReports(office.ledger, office.clock)
    with pytest.raises(Refused):
        late.take(grant.grant_id, [("C1", Span(at(70), at(72)))])


def test_nothing_of_what_is_found_is_in_the_ledger(office: Office) -> None:
    grant, size = opened(office), office.ledger.size
    assert told(searched(office, grant, BAG))
    assert {entry.kind for entry in office.ledger.entries(size)} == {"footage.released"}


# --- an agency ---


def test_an_agency_s_search_reads_its_copy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    office = CopyOffice()
    office.record_film(FILM, START_NS)
    copy = office.copied(at(40), at(100))
    grant = office.begin(copy)

    def forbidden(*given: object) -> bytes:
        raise AssertionError("the ring was read")

    for name in ("read_at", "size"):
        monkeypatch.setattr(office.ring.shelves, name, forbidden)
    assert told(searched(office, grant, BAG)) == [(70.0, 72.0, True)]
    found = [each for each in entered(office.ledger, "footage.released") if each["what"] == "search"]
    assert {(each["copy"], tuple(each["buckets"])) for each in found} == {(copy.copy_id, ())}
    office.store.end(copy.case, CopyEnd.VIEWED)
    assert office.searches.of(grant) is None


# --- refused ---


@pytest.mark.parametrize(
    ("camera_no", "start", "end"), [("C2", 0, 120), ("C1", -1, 20), ("C1", 100, 121), ("C1", 300, 400)]
)
def test_a_search_outside_the_granted_minutes_is_refused_and_entered(
    office: Office, camera_no: str, start: float, end: float
) -> None:
    grant = opened(office)
    with pytest.raises(Refused):
        office.searches.begin(grant, camera_no, SearchOrder(**BAG), Span(at(start), at(end)))
    assert entered(office.ledger, "grant.refused")[-1]["why"] == coded("outside").as_map()
    assert "footage.released" not in kinds(office.ledger)


@pytest.mark.parametrize(
    "edges",
    [(0, 0, 0, 0), (-1, 0, 9, 9), (0, -1, 9, 9), (0, 0, 1001, 9), (0, 0, 9, 1001), (500, 0, 400, 9), (0, 0, 4, 9)],
)
def test_a_region_that_is_none_is_refused_in_both_languages(edges: tuple[int, int, int, int]) -> None:
    with pytest.raises(UsageError, match="region leaves the picture") as refused:
        checked_region(*edges)
    assert refused.value.message is not None
    assert refused.value.message.code == "search-region"
    assert checked_region(0, 0, 1000, 1000) == SearchOrder(left=0, top=0, right=1000, bottom=1000)


# --- its end ---


@pytest.fixture
def slow(office: Office, darkroom: WatchedDarkroom) -> Iterator[Grant]:
    """A grant whose searches stand at their first picture until the gate is opened."""
    darkroom.gate = threading.Semaphore(0)
    yield opened(office)
    darkroom.gate.release(10_000)


def _goes_on(darkroom: WatchedDarkroom) -> None:
    assert darkroom.gate is not None
    darkroom.gate.release(10_000)


def _begun(office: Office, grant: Grant) -> Search:
    search = office.searches.begin(grant, "C1", SearchOrder(**BAG))
    for _ in range(2):
        assert office.darkroom.arrived.acquire(timeout=60)
    return search


def test_a_search_is_cancelled_between_two_pictures(office: Office, darkroom: WatchedDarkroom, slow: Grant) -> None:
    search = _begun(office, slow)
    assert search.state == "running"
    office.searches.cancel(slow)
    _goes_on(darkroom)
    search.wait()
    assert (search.state, len(darkroom.handed)) == ("cancelled", 2)
    assert office.searches.of(slow) is search, "what it found stays"


def test_another_search_of_the_grant_cancels_the_one_under_way(
    office: Office, darkroom: WatchedDarkroom, slow: Grant
) -> None:
    first = _begun(office, slow)
    second = office.searches.begin(slow, "C1", SearchOrder(**DOOR))
    _goes_on(darkroom)
    first.wait()
    second.wait()
    assert (first.state, second.state) == ("cancelled", "done")
    assert office.searches.of(slow) is second
    assert told(second) == [(30.0, 36.0, False)]


def test_beginning_over_and_over_takes_no_more_children_than_one_search_has(
    office: Office, darkroom: WatchedDarkroom, slow: Grant
) -> None:
    """A picture may take a child twenty seconds; the darkroom's other children are for other viewings."""
    first = _begun(office, slow)
    later = [office.searches.begin(slow, "C1", SearchOrder(**BAG)) for _ in range(20)]
    assert darkroom.connected == 2
    assert sum(thread.name.startswith("search") for thread in threading.enumerate()) == 3
    assert [each.state for each in later] == ["cancelled"] * 19 + ["running"]
    _goes_on(darkroom)
    first.wait()
    later[-1].wait()
    assert (later[-1].state, told(later[-1])) == ("done", [(70.0, 72.0, True)])
    assert darkroom.connected == 4
    assert len(entered(office.ledger, "footage.released")) == 3, "what never began has no entry"


def test_a_grant_that_ends_stops_its_search_and_takes_what_it_found(
    office: Office, darkroom: WatchedDarkroom, slow: Grant
) -> None:
    search = _begun(office, slow)
    office.grants.end(office.token, slow.grant_id)
    assert office.searches.of(slow) is None
    _goes_on(darkroom)
    search.wait()
    assert len(darkroom.handed) == 2
    assert search.changes() == []
    with pytest.raises(NotFound):
        office.searches.begin(slow, "C1", SearchOrder(**BAG))


def test_what_was_found_goes_with_the_grant(office: Office) -> None:
    grant = opened(office)
    assert told(searched(office, grant, BAG))
    office.grants.end(office.token, grant.grant_id)
    assert office.searches.of(grant) is None
    assert office.searches._of == {}


def test_with_nobody_there_a_search_stops(office: Office, darkroom: WatchedDarkroom, slow: Grant) -> None:
    search = _begun(office, slow)
    office.clock.up_ns += BLANK_NS
    _goes_on(darkroom)
    search.wait()
    assert search.state == "stopped"
    assert search.why is not None
    assert search.why.code == "viewing-dark-idle"
    assert len(darkroom.handed) == 2


def test_a_darkroom_that_ends_stops_the_search_and_says_why(office: Office, darkroom: WatchedDarkroom) -> None:
    darkroom.error = Unavailable.of("interrupted")
    search = searched(office, opened(office), BAG)
    assert search.state == "stopped"
    assert search.why is not None
    assert search.why.code == "interrupted"
    assert search.thread is not None
    assert not search.thread.is_alive()


def test_so_many_pictures_are_compared_at_most(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a longer time they lie further apart, and the search says how far."""
    monkeypatch.setattr(searching, "_MOST_KEYS", 20)
    search = searched(office, opened(office), BAG)
    assert (search.total, search.step_ns) == (20, 6 * SECOND_NS)
    assert told(search) == [(66.0, 72.0, True)]
