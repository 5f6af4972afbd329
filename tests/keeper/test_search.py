"""Search in the granted minutes over a real keeper, a real ring and a real darkroom: found, entered, and gone."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from appliance.core.clock import SystemClock, slot_start_ns
from appliance.core.errors import NotFound, Refused, Unavailable, UsageError
from appliance.keeper.context import Keeper
from tests.box import Box
from tests.footage import film_past
from tests.keeper.test_access import rows
from tests.keeper.test_agency_copies import opened
from tests.keeper.test_cases import life_of
from tests.keeper.test_people import add, enter
from tests.sandbox.scenes import BAG, DOOR, SCENE_FPS, room

SECOND_NS = 10**9
SECONDS = 60
SHOT = room(SECONDS, gone=31, passes=((12.5, 16.5),))


class Searching(NamedTuple):
    keeper: Keeper
    life: Any
    start_ns: int
    key: str
    grant: str

    def call(self, verb: str, **more: Any) -> dict[str, Any]:
        return dict(self.life.call(f"search.{verb}", session=self.life.session, **{"grant": self.grant, **more}))

    def found(self, region: dict[str, int], **more: Any) -> dict[str, Any]:
        """How a search ended; each change in seconds."""
        self.call("begin", camera_no="01", **region, **more)
        grant = self.keeper.grants.of_session(self.keeper.logins.session(self.life.session).session_id)[self.key]
        search = self.keeper.change_searches.of(grant)
        assert search is not None
        search.wait()
        said = self.call("state")
        return said | {"found": [self._seconds(each) for each in said["found"]]}

    def _seconds(self, change: dict[str, Any]) -> tuple[float, float, bool | None]:
        first, last = (round((change[name] - self.start_ns) / 1e9, 1) for name in ("start_ns", "end_ns"))
        return first, last, change["stays"]


@pytest.fixture
def searching(box: Box) -> Iterator[Searching]:
    """A citizen's viewing of a minute, in one slot, in which a bag is taken and somebody passes."""
    start_ns = slot_start_ns(SystemClock().wall_ns() - 2 * 3600 * SECOND_NS)
    box.start("keeper")
    film_past(box, "01", start_ns, SECONDS, shot=[SHOT.streams, *SHOT.packets], fps=SCENE_FPS)
    box.kill("keeper", how=signal.SIGTERM)
    box.start("darkroom")
    with opened(box) as keeper:
        life = life_of(keeper)
        key = str(life.viewing(["01"], start_ns, start_ns + SECONDS * SECOND_NS))
        yield Searching(keeper, life, start_ns, key, str(life.open(key)))


def test_what_changed_in_a_region_is_found_entered_and_gone_with_the_grant(searching: Searching) -> None:
    keeper, size = searching.keeper, searching.keeper.ledger.size
    before = rows(keeper, searching.life.session, case=searching.key)
    assert searching.call("state")["state"] == "none"
    said = searching.found(BAG)
    assert (said["state"], said["found"]) == ("done", [(30.0, 32.0, True)])
    assert (said["looked"], said["total"], said["step_ns"], said["masked"]) == (30, 30, 2 * SECOND_NS, False)
    assert searching.found(DOOR)["found"] == [(12.0, 18.0, False)]
    entries = [entry for entry in keeper.ledger.entries(size) if entry.kind != "case.used"]
    assert {(entry.kind, entry.fields["what"]) for entry in entries} == {("footage.released", "search")}
    assert [entry.fields["area"] for entry in entries] == [list(BAG.values()), list(DOOR.values())]
    timeline = searching.life.call("viewing.timeline", session=searching.life.session, grant=searching.grant)
    assert [camera["seen_ns"] for camera in timeline["cameras"]] == [0], "nobody saw any of it"
    assert rows(keeper, searching.life.session, case=searching.key) == before, "the access log counts nothing of it"
    searching.life.call("viewing.end", session=searching.life.session, grant=searching.grant, reason="done")
    assert keeper.change_searches._of == {}
    with pytest.raises(NotFound):
        searching.call("state")
    with pytest.raises(NotFound):
        searching.call("begin", camera_no="01", **BAG)


def test_it_is_refused_as_playback_is(searching: Searching) -> None:
    keeper, life = searching.keeper, searching.life
    begin = {"camera_no": "01", **BAG}
    with pytest.raises(UsageError) as wrong:
        searching.call("begin", **{**begin, "right": 1001})
    assert wrong.value.message is not None
    assert wrong.value.message.code == "search-region"
    with pytest.raises(UsageError):
        searching.call("begin", **begin, start_ns=2, end_ns=1)
    for outside in ({"camera_no": "02"}, {"start_ns": 1, "end_ns": 2}):
        with pytest.raises(Refused, match="outside the granted minutes"):
            searching.call("begin", **{**begin, **outside})
    with pytest.raises(Refused):
        searching.call("begin", **begin, device="e" * 64)
    with pytest.raises(NotFound):
        life.call(
            "search.begin",
            session=enter(keeper, add(keeper, life.session, role="staff")),
            grant=searching.grant,
            **begin,
        )
    keeper.grants.of_session(keeper.logins.session(life.session).session_id)[searching.key].dark = "presence"
    for verb, asked in (("begin", begin), ("state", {}), ("cancel", {})):
        with pytest.raises(Unavailable):
            searching.call(verb, **asked)
    assert "footage.released" not in {entry.kind for entry in keeper.ledger.entries()}
