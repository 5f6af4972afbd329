"""Live looks in a whole keeper: who may, by what, what leaves the box and when it was entered, how each look ends."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from appliance.core.errors import NotFound, NotLoggedIn, NotWritable, RecorderError, Refused, UsageError
from appliance.core.model import from_wire, to_wire
from appliance.formats.fragments import encode_fragment, encode_streams
from appliance.formats.live_copy import decode_watched, watched_lead
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.protocol.transport import Message
from appliance.rules.deadlines import day_of, start_ns_of
from appliance.rules.people import Actor
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.caselife import CaseLife
from tests.footage import FilmClock
from tests.keeper.proved import proved
from tests.keeper.test_cases import life, span
from tests.keeper.test_people import OWN, add, enter, two
from tests.livefilm import handed_on
from tests.sandbox.films import numbers, read
from tests.services.viewing import LocalDarkroom
from tests.verbs import VERBS

__all__ = ["life"]

SECOND = 10**9
MINUTE = 60 * SECOND
LOBBY, ARCHIVE = "01", "02"
_SATURDAY = 5


class Live:
    """A keeper with the lobby at a public area and the archive at none, a recorder that is played, and a darkroom in
    this process."""

    def __init__(self, keeper: Keeper, clock: FilmClock) -> None:
        self.keeper, self.clock = keeper, clock
        self.public = {LOBBY: True, ARCHIVE: False}
        keeper.registers.world = keeper.registers.world._replace(cameras=lambda: self.public)
        keeper.live._darkroom = LocalDarkroom()  # type: ignore[assignment]
        keeper.recorder.greeted = True
        self.house = housekeeping(keeper)
        self.house.turn()
        self.reader = "page"

    def ask(self, verb: str, body: bytes = b"", **arguments: Any) -> dict[str, Any]:
        reply = VERBS[verb](self.keeper, proved(self.keeper, verb, arguments), Message({}, body))
        return {**from_wire(to_wire(reply.head), dict[str, Any]), "body": reply.body}

    def second(self) -> None:
        """Goes by, and the keeper does what it does in each."""
        self.clock.at_ns += SECOND
        self.house.turn()

    def log_in(self, who: Any = OFFICER) -> str:
        return str(self.ask("login", name=who.name, password=who.password)["session"])

    @property
    def today(self) -> str:
        return self.keeper.people.book.today().isoformat()

    def open(self, session: str, ground: str, basis: str, *cameras: str, purpose: str = "瞭解櫃檯等候情形") -> str:
        told = {"ground": ground, "basis": basis, "cameras": list(cameras or (LOBBY,)), "purpose": purpose}
        return str(self.ask("live.open", session=session, act=act(), **told)["view"])

    def officer(self, *cameras: str) -> tuple[str, str]:
        """An officer who inspects today."""
        session = self.log_in()
        return session, self.open(session, "inspection", self.today, *cameras)

    def director(self) -> tuple[str, str]:
        session = self.log_in(UNIT_HEAD)
        return session, self.open(session, "service", "")

    def authorised(self, viewer: str, *cameras: str) -> str:
        """The number of an authorisation of today, signed by the director."""
        session = two(self.keeper)
        told = {"viewer": viewer, "cameras": list(cameras), "live_purpose": "為民服務", "live_from": self.today}
        asked = {"session": session, "act": act(), "seat": 1, "register": "live", "event": "propose", "item": "",
                 "password": OFFICER.password}  # fmt: skip
        number = str(self.ask("register.act", **asked, typed={**told, "live_until": self.today})["item"])
        signer = Actor("tsai", ("director",), proved=True)
        self.keeper.registers.act(act(), signer, "主任", "live", number, "authorise", {})
        return number

    def viewer(self) -> str:
        """A session of somebody of the staff, whose account is chen."""
        return enter(self.keeper, add(self.keeper, two(self.keeper)))

    def ticket(self, **more: Any) -> str:
        asked = {"session": two(self.keeper), "act": act(), "seat": 1, "box": "picture", "to": "安視", "how": "電話"}
        return str(self.ask("ticket.report", **asked, **more)["ticket"])

    def send(self, camera_no: str, bodies: list[bytes]) -> None:
        for body in bodies:
            self.ask("recorder.watched", body, camera=camera_no)

    def fetch(self, session: str, view: str, **more: Any) -> dict[str, Any]:
        asked = {"session": session, "view": view, "reader": self.reader, "video_codecs": ["h264"], **more}
        return self.ask("live.pictures", **asked)

    def ended(self, view: str) -> dict[str, Any]:
        entry = self.keeper.ledger.act(f"{view}.end")
        return {} if entry is None else dict(entry.fields)

    def of(self, kind: str) -> list[dict[str, Any]]:
        found = self.keeper.ledger.entries(0, self.keeper.ledger.size)
        return [dict(entry.fields) for entry in found if entry.kind == kind]


def act() -> str:
    return os.urandom(16).hex()


@pytest.fixture
def clock(box: Box) -> FilmClock:
    """Ten in the morning of the first working day after the set-up: once a day is over nobody looks by its row."""
    days = (day_of(box.made_ns) + timedelta(days=ahead) for ahead in range(1, 4))
    return FilmClock(start_ns_of(next(day for day in days if day.weekday() < _SATURDAY)) + 600 * MINUTE)


@pytest.fixture
def live(keeper: Keeper, clock: FilmClock) -> Live:
    return Live(keeper, clock)


# --- who may, and by what ---


def test_AT_30_an_authorised_viewer_sees_the_lobby_and_is_refused_the_archive_room(live: Live) -> None:
    session = live.viewer()
    with pytest.raises(Refused, match="nobody here may"):
        live.ask("live.bases", session=session)
    number = live.authorised("chen", LOBBY)
    assert live.ask("live.bases", session=session)["bases"] == [
        {"ground": "service", "name": number, "cameras": [LOBBY]}
    ]
    assert "see-live" in live.ask("session", session=session)["may"]
    with pytest.raises(Refused, match="cameras allowed: 02"):
        live.open(session, "service", number, LOBBY, ARCHIVE)
    with pytest.raises(Refused, match="to look by"):
        live.open(session, "service", "", LOBBY)
    with pytest.raises(Refused, match="to look by"):
        live.open(session, "inspection", live.today, LOBBY)
    assert live.of("live.opened") == []
    assert [each["why"]["code"] for each in live.of("live.refused")] == ["live-outside", "live-basis", "live-basis"]
    with pytest.raises(UsageError, match="purpose is missing"):
        live.open(session, "service", number, LOBBY, purpose=" ")
    view = live.open(session, "service", number, LOBBY)
    live.send(LOBBY, handed_on(live.clock.at_ns))
    assert live.fetch(session, view)["body"]


def test_AT_30_the_head_of_the_agency_needs_no_line_and_sees_public_areas_alone(live: Live) -> None:
    session = live.log_in(UNIT_HEAD)
    assert live.ask("live.bases", session=session)["bases"] == [{"ground": "service", "name": "", "cameras": [LOBBY]}]
    with pytest.raises(Refused):
        live.open(session, "service", "", ARCHIVE)
    assert live.open(session, "service", "")


@pytest.mark.parametrize("role", ["staff", "auditor", "live_viewer", "webmaster"])
def test_AT_30_nobody_looks_live_without_a_line_of_the_own_that_stands_today(live: Live, role: str) -> None:
    end = live.today if role == "live_viewer" else ""
    session = enter(live.keeper, add(live.keeper, two(live.keeper), role=role, end=end))
    number = live.authorised(UNIT_HEAD.name, LOBBY)
    for ground, basis in (("service", number), ("service", ""), ("inspection", live.today), ("repair", "M115-0001")):
        with pytest.raises(Refused, match="to look by"):
            live.open(session, ground, basis, LOBBY)
    assert live.of("live.opened") == []
    assert "see-live" not in live.ask("session", session=session)["may"]


def test_AT_31_the_officer_picks_todays_row_or_a_repair_that_goes_on_else_is_refused(live: Live) -> None:
    session, ticket = live.log_in(), live.ticket(camera=ARCHIVE)
    for ground, basis in (("service", ""), ("inspection", ""), ("repair", ""), ("inspection", "2020-01-01")):
        with pytest.raises(Refused, match="to look by"):
            live.open(session, ground, basis, LOBBY)
    assert len(live.of("live.refused")) == 4
    with pytest.raises(Refused, match="cameras allowed: 01"):
        live.open(session, "repair", ticket, LOBBY)
    view = live.open(session, "repair", ticket, ARCHIVE, purpose="")
    (entry,) = live.of("live.opened")
    assert (entry["ground"], entry["basis"], entry["cameras"]) == ("repair", ticket, [ARCHIVE])
    live.open(session, "inspection", live.today, LOBBY, ARCHIVE, purpose="")
    assert live.ended(view)["cause"] == "other", "one look at a time"


def test_AT_31_a_repair_that_was_verified_is_looked_by_no_more(live: Live) -> None:
    ticket = live.ticket()
    live.open(live.log_in(), "repair", ticket, LOBBY, purpose="")
    both = two(live.keeper)
    for event, words in (("accept", {"who": "安視"}), ("verify", {"cause": "電源", "text": "遠端", "removed": "none"})):
        live.ask("ticket.advance", session=both, act=act(), seat=1, ticket=ticket, event=event, **words)
    session = live.log_in()
    bases = live.ask("live.bases", session=session)["bases"]
    assert [each["ground"] for each in bases] == ["inspection"]
    with pytest.raises(Refused, match="to look by"):
        live.open(session, "repair", ticket, LOBBY)


def test_AT_31_the_look_ends_with_the_row_that_it_belongs_to(live: Live) -> None:
    session, view = live.officer()
    officer = live.keeper.logins.session(session).seats[0]
    asked = {"session": session, "act": act(), "seat": officer.seat, "password": OFFICER.password, "day": live.today}
    items = live.keeper.inspections.day(live.keeper.people.book.today()).row.items
    for item in items:
        live.ask("inspection.opened", session=session, day=live.today, item=item.key)
    judged = {item.key: {"fault": False, "reason": "其他"} for item in items}
    live.ask("inspection.sign", **asked, normal=True, boxes=[], judged=judged, handling="")
    with pytest.raises(NotFound):
        live.fetch(session, view)
    assert live.ended(view)["cause"] == "basis"
    with pytest.raises(Refused, match="to look by"):
        live.open(session, "inspection", live.today)


# --- no way to it in a viewing ---


def test_INV_16_AT_32_a_session_with_a_viewing_or_a_second_person_has_no_live_pictures(
    live: Live, life: CaseLife
) -> None:
    session = life.session
    grant = life.open(life.viewing([LOBBY], *span(live.keeper)))
    assert live.ask("live.bases", session=session)["bases"] == []
    for ground, basis in (("service", ""), ("inspection", live.today), ("repair", live.ticket())):
        with pytest.raises(Refused, match="one person alone"):
            live.open(session, ground, basis)
    for verb, more in (("picture.inspection", {}), ("picture.preview", {"camera": LOBBY, "version": 1}),
                       ("reference.take", {"camera": LOBBY, "version": 1})):  # fmt: skip
        with pytest.raises(Refused, match=r"a viewing is open|is in force"):
            live.ask(verb, session=session, act=act(), **more)
    assert live.keeper.pictures.wanted() == []
    assert live.keeper.live.watched() == []
    end_ns = live.keeper.grants.get(session, grant).spans[LOBBY][0].end_ns
    for at_ns in (end_ns, live.clock.at_ns):
        with pytest.raises(Refused, match="outside the granted minutes"):
            live.ask("viewing.media", session=session, grant=grant, camera_no=LOBBY, start_ns=at_ns, seconds=5.0,
                     video_codecs=["h264"])  # fmt: skip
        with pytest.raises(Refused, match="outside the granted minutes"):
            live.ask("viewing.key", session=session, grant=grant, camera_no=LOBBY, at_ns=at_ns)


def test_INV_16_a_look_ends_when_a_second_person_joins_and_when_a_viewing_begins(live: Live) -> None:
    session, view = live.officer()
    live.ask("login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, session=session)
    live.second()
    assert live.ended(view)["cause"] == "second"
    session, view = live.officer()
    live.keeper.live.world = live.keeper.live.world._replace(views=lambda session_id: True)
    with pytest.raises(NotFound):
        live.fetch(session, view)
    assert live.ended(view)["cause"] == "viewing"
    with pytest.raises(Refused, match="a viewing is open"):
        live.open(session, "inspection", live.today)


def test_INV_16_no_other_verb_gives_what_the_recorder_hands_on(live: Live) -> None:
    """What comes while nobody looks is dropped, and a look is its own session's."""
    live.send(LOBBY, handed_on(live.clock.at_ns))
    session, view = live.officer(LOBBY)
    assert live.fetch(session, view)["body"] == b"", "nothing of before"
    live.send(LOBBY, handed_on(live.clock.at_ns))
    live.send(ARCHIVE, handed_on(live.clock.at_ns))
    other = live.log_in(UNIT_HEAD)
    pictures, more = {"reader": "x", "video_codecs": []}, {"act": act(), "reason": "x"}
    for verb, asked in {"live.view": {}, "live.pictures": pictures, "live.extend": more, "live.end": {}}.items():
        with pytest.raises(NotFound):
            live.ask(verb, session=other, view=view, **asked)
    told = live.fetch(session, view)
    assert [part["camera_no"] for part in told["parts"]] == [LOBBY]
    assert len(told["body"]) == told["parts"][0]["bytes"] > 0


# --- what leaves the box ---


def test_INV_04_every_byte_lies_in_seconds_that_were_entered_before_under_an_open_look(live: Live) -> None:
    session, view = live.officer(LOBBY)
    start_ns, out = live.clock.at_ns, 0
    for number, body in enumerate(handed_on(start_ns, 24)):
        live.clock.at_ns = start_ns + (number + 1) * SECOND // 2
        live.send(LOBBY, [body])
        before = {(each["start_ns"], each["end_ns"]) for each in live.of("live.released")}
        out += len(live.fetch(session, view)["body"])
        grown = {(each["start_ns"], each["end_ns"]) for each in live.of("live.released")} - before
        assert len(grown) <= 1
    darkroom: Any = live.keeper.live._darkroom
    spans = [(each["start_ns"], each["end_ns"]) for each in live.of("live.released")]
    assert len(spans) == 3
    assert all(end - begin <= 10 * SECOND for begin, end in spans)
    assert darkroom.fed
    assert all(any(begin <= sample.pts_ns < end for begin, end in spans) for sample in darkroom.fed)
    live.ask("live.end", session=session, view=view)
    (seen,) = live.ended(view)["seen"]
    assert (seen["camera_no"], seen["bytes"]) == (LOBBY, out)
    assert spans[0][0] <= seen["start_ns"] < seen["end_ns"] <= spans[-1][1]
    kinds = [entry.kind for entry in live.keeper.ledger.entries(0, live.keeper.ledger.size)]
    assert kinds.index("live.opened") < kinds.index("live.released") < kinds.index("live.ended")
    assert kinds[kinds.index("live.ended") :].count("live.released") == 0


def test_INV_04_nothing_is_asked_of_the_recorder_and_nothing_leaves_where_it_cannot_be_entered(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise NotWritable("ledger: no")

    session = live.log_in()
    with monkeypatch.context() as patch:
        patch.setattr(live.keeper.stores.acts, "perform", fails)
        with pytest.raises(NotWritable):
            live.open(session, "inspection", live.today)
    assert live.keeper.live.watched() == []
    session, view = live.officer(LOBBY)
    live.send(LOBBY, handed_on(live.clock.at_ns))
    monkeypatch.setattr(live.keeper.ledger, "append", fails)
    with pytest.raises(NotWritable):
        live.fetch(session, view)
    darkroom: Any = live.keeper.live._darkroom
    assert darkroom.fed == []


def test_INV_04_the_recorder_hears_of_a_camera_only_while_somebody_looks_at_it(live: Live) -> None:
    def watched() -> list[str]:
        return list(live.ask("recorder.states", to_wire([]))["watched"])

    assert watched() == []
    session, view = live.officer(ARCHIVE)
    assert watched() == [ARCHIVE]
    live.ask("live.end", session=session, view=view)
    assert watched() == []


def test_D_28_what_is_seen_is_the_film_with_its_sound_only_where_it_is_approved(live: Live) -> None:
    session, view = live.officer(LOBBY, ARCHIVE)
    live.send(LOBBY, handed_on(live.clock.at_ns, sound=True))
    live.send(ARCHIVE, handed_on(live.clock.at_ns, sound=False))
    told = live.fetch(session, view)
    lobby, archive = told["parts"]
    assert "mp4a" in lobby["mime"]
    assert archive["mime"].startswith('video/mp4; codecs="avc1')
    assert "mp4a" not in archive["mime"]
    shown = read(told["body"][: lobby["bytes"]])
    assert numbers(shown.pictures)[:30] == list(range(30))


def test_INV_04_what_is_not_of_now_never_leaves_and_the_other_cameras_go_on(live: Live) -> None:
    session, view = live.officer(LOBBY, ARCHIVE)
    for wrong_ns in (live.clock.at_ns - 5 * MINUTE, live.clock.at_ns + 5 * MINUTE):
        live.send(LOBBY, handed_on(wrong_ns))
        live.send(ARCHIVE, handed_on(live.clock.at_ns))
        lobby, archive = live.fetch(session, view)["parts"]
        assert (lobby["bytes"], archive["bytes"] > 0) == (0, True)
    assert {each["camera_no"] for each in live.of("live.released")} == {ARCHIVE}


def test_a_camera_whose_times_cannot_be_darkens_no_other(live: Live) -> None:
    session, view = live.officer(LOBBY, ARCHIVE)
    streams, fragment = decode_watched(handed_on(live.clock.at_ns)[0])
    packets = tuple(packet._replace(duration=2**62) for packet in fragment.packets)
    described, wrong = encode_streams(streams), encode_fragment(fragment._replace(packets=packets))
    live.send(LOBBY, [watched_lead(described) + wrong])
    live.send(ARCHIVE, handed_on(live.clock.at_ns))
    lobby, archive = live.fetch(session, view)["parts"]
    assert (lobby["bytes"], archive["bytes"] > 0) == (0, True)


def test_a_look_that_ends_waits_for_no_more_than_what_is_being_made(live: Live) -> None:
    session, view = live.officer(LOBBY)
    darkroom: Any = live.keeper.live._darkroom
    connect, pushed = darkroom.connect, []
    ends = threading.Thread(target=live.ask, args=("live.end",), kwargs={"session": session, "view": view})

    def slow() -> Any:
        viewer = connect()
        push = viewer.push

        def ending(samples: Any) -> Any:
            pushed.append(samples)
            found = live.keeper.live.get(session, view)
            ends.start()
            while not found.lanes[LOBBY]._closed:
                ends.join(0.01)
            return push(samples)

        viewer.push = ending
        return viewer

    darkroom.connect = slow
    live.send(LOBBY, handed_on(live.clock.at_ns))
    with pytest.raises(NotFound):
        live.fetch(session, view)
    ends.join()
    assert len(pushed) == 1
    assert live.ended(view)["cause"] == "person"


def test_a_page_that_comes_late_begins_at_a_key_frame_and_one_that_is_new_begins_anew(live: Live) -> None:
    session, view = live.officer(LOBBY)
    bodies = handed_on(live.clock.at_ns, 12)
    live.send(LOBBY, bodies[:2])
    assert live.fetch(session, view)["parts"][0]["mime"]
    live.send(LOBBY, bodies[2:4])
    assert not live.fetch(session, view)["parts"][0]["mime"], "it goes on"
    live.send(LOBBY, bodies[4:20])
    late = live.fetch(session, view)
    assert late["parts"][0]["mime"]
    first = read(late["body"]).pictures[0][1]
    assert first % 10 == 0
    assert first > 20
    live.send(LOBBY, bodies[20:22])
    live.reader = "another page"
    assert live.fetch(session, view)["parts"][0]["mime"]
    live.reader = "page"
    with pytest.raises(NotFound, match="another window"):
        live.fetch(session, view)
    for number in range(100):
        live.fetch(session, view, reader=f"page {number}")
    assert len(live.keeper.live.get(session, view).readers) < 20, "however many there were"


# --- how it ends ---


def _box_over(live: Live, session: str, number: str) -> None:
    for _ in range(15):
        live.clock.at_ns += MINUTE
        live.ask("session", session=session)


def _log_out(live: Live, session: str, number: str) -> None:
    live.ask("logout", session=session)


def _closed(live: Live, session: str, number: str) -> None:
    live.keeper.logins.end_all_of("chen")


def _line_ended(live: Live, session: str, number: str) -> None:
    signer = Actor("tsai", ("director",), proved=True)
    live.keeper.registers.act(act(), signer, "主任", "live", number, "end", {"note": "不需"})


def _no_public_area(live: Live, session: str, number: str) -> None:
    live.public[LOBBY] = False


def _no_pledge(live: Live, session: str, number: str) -> None:
    live.keeper.live.world = live.keeper.live.world._replace(pledged=lambda person: False)


def _no_role(live: Live, session: str, number: str) -> None:
    asked = {"session": two(live.keeper), "act": act(), "passwords": {"1": OFFICER.password, "2": UNIT_HEAD.password}}
    live.ask("person.end-grant", **asked, name="chen", role="staff", document="簽")


ENDS: tuple[tuple[Callable[[Live, str, str], None], str], ...] = (
    (_box_over, "time"),
    (_log_out, "session"),
    (_closed, "session"),
    (_line_ended, "basis"),
    (_no_public_area, "basis"),
    (_no_pledge, "basis"),
    (_no_role, "basis"),
)


def test_D_28_a_look_ends_within_a_second_of_what_ends_it(live: Live) -> None:
    live.viewer()
    world = live.keeper.live.world
    for change, cause in ENDS:
        live.public[LOBBY], live.keeper.live.world = True, world
        session = str(live.ask("login", name="chen", password=OWN)["session"])
        number = live.authorised("chen", LOBBY)
        view = live.open(session, "service", number)
        live.keeper.live.get(session, view).asked_ns += 20 * MINUTE  # the page goes on asking
        live.second()
        assert live.ended(view) == {}
        change(live, session, number)
        live.second()
        assert live.ended(view)["cause"] == cause, change
        assert live.keeper.live.watched() == []
        with pytest.raises((NotFound, NotLoggedIn)):
            live.fetch(session, view)


def test_D_28_a_page_that_is_closed_or_has_no_network_ends_the_look(live: Live) -> None:
    session, view = live.officer()
    live.clock.at_ns += 19 * SECOND
    live.second()
    live.fetch(session, view)
    live.clock.at_ns += 19 * SECOND
    live.second()
    assert live.ended(view) == {}
    live.second()
    assert live.ended(view)["cause"] == "page"


def test_D_28_fifteen_minutes_and_as_many_again_for_each_reason(live: Live) -> None:
    session, view = live.officer()
    for minutes in (14, 14):
        for _ in range(minutes * 4):
            live.clock.at_ns += 15 * SECOND
            live.fetch(session, view)
        if not live.of("live.extended"):
            with pytest.raises(UsageError, match="why it must go on"):
                live.ask("live.extend", session=session, view=view, act=act(), reason=" ")
            again = act()
            for _ in range(2):
                told = live.ask("live.extend", session=session, view=view, act=again, reason="調整角度")
            assert told["left_ns"] == 15 * MINUTE
    assert len(live.of("live.extended")) == 1
    live.clock.at_ns += 61 * SECOND
    with pytest.raises(NotFound):
        live.fetch(session, view)
    assert live.ended(view)["cause"] == "time"


def test_the_same_form_twice_is_one_look_and_an_old_form_is_none(live: Live) -> None:
    session, form = live.log_in(), act()
    asked = {"session": session, "ground": "inspection", "basis": live.today, "cameras": [LOBBY]}
    first = live.ask("live.open", act=form, **asked)["view"]
    assert live.ask("live.open", act=form, **asked)["view"] == first
    live.ask("live.end", session=session, view=first)
    with pytest.raises(UsageError, match="sent before"):
        live.ask("live.open", act=form, **asked)
    for cameras in ([], [LOBBY, ARCHIVE, "x", "y", "z"]):
        with pytest.raises(RecorderError):
            live.ask("live.open", act=act(), **asked | {"cameras": cameras})
    assert len(live.of("live.opened")) == 1


def test_D_28_two_forms_at_once_are_one_look(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    session, perform = live.log_in(), live.keeper.stores.acts.perform
    other = threading.Thread(target=live.open, args=(session, "inspection", live.today, ARCHIVE))

    def slow(*told: Any, **more: Any) -> Any:
        if not other.ident:
            other.start()
            other.join(0.2)
        return perform(*told, **more)

    monkeypatch.setattr(live.keeper.stores.acts, "perform", slow)
    first = live.open(session, "inspection", live.today, LOBBY)
    other.join()
    assert live.keeper.live.watched() == [ARCHIVE]
    assert live.ended(first)["cause"] == "other"


def test_a_look_that_a_killed_keeper_left_open_has_its_end_in_the_next_one(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        _, view = Live(keeper, clock).officer()
        keeper.live._views.clear()  # it was killed: nothing of it could be entered
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        entry = keeper.ledger.act(f"{view}.end")
        assert entry is not None
        assert (entry.kind, entry.fields["cause"]) == ("live.ended", "keeper-restarted")


# --- the record ---


def test_D_28_the_record_says_who_looked_when_how_long_at_what_and_why(live: Live) -> None:
    session, view = live.officer(LOBBY)
    began_ns = live.clock.at_ns
    live.send(LOBBY, handed_on(began_ns))
    live.fetch(session, view)
    live.ask("live.extend", session=session, view=view, act=act(), reason="仍在調整")
    (going_on,) = live.ask("live.records", session=session)["records"]
    assert (going_on["ended_ns"], going_on["cause"]) == (0, "")
    live.clock.at_ns += 20 * SECOND
    live.ask("live.end", session=session, view=view)
    (told,) = live.ask("live.records", session=session)["records"]
    assert (told["by"], told["display"], told["ground"], told["basis"]) == (
        OFFICER.name,
        OFFICER.display,
        "inspection",
        live.today,
    )
    assert (told["began_ns"], told["ended_ns"], told["cause"]) == (began_ns, live.clock.at_ns, "person")
    assert (told["purpose"], told["reasons"]) == ("瞭解櫃檯等候情形", ["仍在調整"])
    assert told["seen"][0]["bytes"] > 0
    viewer = live.viewer()
    with pytest.raises(Refused):
        live.ask("live.records", session=viewer)


def test_D_28_the_record_counts_the_looks_that_it_does_not_tell_of(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    session, view = live.officer(LOBBY)
    live.ask("live.end", session=session, view=view)
    live.clock.at_ns += 20 * SECOND
    live.ask("live.end", session=session, view=live.open(session, "inspection", live.today))
    told = live.ask("live.records", session=session)
    assert (len(told["records"]), told["total"]) == (2, 2)
    monkeypatch.setattr("appliance.services.live.handlers._MOST_RECORDS", 1)
    told = live.ask("live.records", session=session)
    assert ([each["began_ns"] for each in told["records"]], told["total"]) == ([live.clock.at_ns], 2)


def test_D_28_an_authorisation_of_another_day_is_none(live: Live) -> None:
    session, number = live.viewer(), live.authorised("chen", LOBBY)
    live.open(session, "service", number)
    live.clock.at_ns += timedelta(days=1) // timedelta(microseconds=1) * 1000
    session = str(live.ask("login", name="chen", password=OWN)["session"])
    with pytest.raises(Refused, match="to look by"):
        live.open(session, "service", number)
