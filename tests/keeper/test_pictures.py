"""Pictures for people: an entry first, the officer alone, in memory alone; reference pictures by two people; drift."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.api import Stream, Streams
from appliance.core.errors import Damaged, NotAllowed, NotFound, Refused, Unavailable, UsageError
from appliance.core.messages import CodedMessage, coded, from_map
from appliance.core.model import CameraNote, CameraState, from_wire, to_wire
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.protocol.transport import Message
from appliance.recorder.supervisor.camera import OTHER_DEVICE, UNPLAYABLE
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import State
from appliance.rules.cameras.version import ACCEPTANCE_LINES, REVIEW_LINES
from appliance.rules.deadlines import day_of, start_ns_of
from appliance.rules.inspection.rows import RowState
from appliance.sandbox.protocol import StillAnswer
from appliance.selftest.samples import Taken
from appliance.services.cameras.references import ReferenceBook
from appliance.services.people.login import Seat
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.cameralife import TO_FORCE
from tests.footage import FilmClock
from tests.keeper.proved import proved
from tests.keeper.test_cameras import SECRET, keys, life_of, taken
from tests.keeper.test_cases import two
from tests.verbs import VERBS

MINUTE_NS = 60 * 10**9
DAY_NS = 86_400 * 10**9
TAKEN = to_wire(Taken(streams=Streams((Stream(0, "video", "h264", (1, 1000)),)), packets=()))


class Viewer:
    """The darkroom, drawing the same picture of whatever was taken."""

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to close."""

    def connect(self) -> Viewer:
        return self

    def still(self, order: object, body: bytes) -> tuple[StillAnswer, bytes]:
        return StillAnswer(at_ns=5, light="day", level_db=-20.0, peak_db=-8.0), b"jpeg of " + body[:4]


@pytest.fixture
def kept(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """A keeper whose recorder gives every picture at once, and whose darkroom draws it."""
    monkeypatch.setattr(keeper.pictures, "_darkroom", Viewer())
    waited = keeper.pictures.wait

    def wait(names: Any, seconds: float) -> None:
        for wanted in keeper.pictures.wanted():
            ask(keeper, "recorder.picture", TAKEN, order=wanted.order)
        waited(names, 0)

    monkeypatch.setattr(keeper.pictures, "wait", wait)
    keeper.recorder.greeted = True
    keeper.recorder.states = {no: CameraState(camera_no=no, state="live", since_ns=1) for no in ("01", "02")}
    housekeeping(keeper).turn()
    return keeper


def ask(keeper: Keeper, verb: str, body: bytes = b"", **arguments: Any) -> dict[str, Any]:
    reply = VERBS[verb](keeper, proved(keeper, verb, arguments), Message({}, body))
    return {**from_wire(to_wire(reply.head), dict[str, Any]), "body": reply.body}


def act() -> str:
    return os.urandom(16).hex()


def look(keeper: Keeper, number: str, *, seat: int = 2, session: str = "") -> dict[str, Any]:
    """The unit head, in seat 2, opens a reference picture."""
    return ask(keeper, "reference.show", session=session or two(keeper), act=act(), seat=seat, reference=number)


def confirmed(keeper: Keeper, number: str, words: str = "") -> None:
    """By the unit head, who looked."""
    look(keeper, number)
    keeper.references.confirm(act(), UNIT_HEAD.name, "陳課長", number, words)


def released(keeper: Keeper, since: int) -> list[dict[str, Any]]:
    found = keeper.ledger.entries(since, keeper.ledger.size)
    return [dict(entry.fields) for entry in found if entry.kind == "picture.released"]


def test_INV_04_T_79_a_picture_for_the_inspection_is_entered_before_the_recorder_hears_of_it(kept: Keeper) -> None:
    session, size = two(kept), kept.ledger.size
    order = act()
    shown = ask(kept, "picture.inspection", session=session, act=order)["pictures"]
    assert [each["camera"] for each in shown] == ["01", "02"]
    assert shown[0]["level_db"] == -20.0
    (entry,) = released(kept, size)
    assert (entry["purpose"], entry["cameras"]) == ("inspection", ["01", "02"])
    assert kept.ledger.size == size + 1, "no picture and no figure is in the ledger (INV-13)"
    picture = ask(kept, "picture.get", session=session, picture=shown[0]["picture"])
    assert picture["body"].startswith(b"jpeg of ")
    with pytest.raises(UsageError, match="sent before"):
        ask(kept, "picture.inspection", session=session, act=order)
    with pytest.raises(NotFound):
        ask(kept, "picture.get", session=two(kept), picture=shown[0]["picture"])


def test_T_79_after_the_office_s_hours_a_picture_is_taken_for_the_row_that_is_signed_late(
    kept: Keeper, clock: FilmClock
) -> None:
    days = (day_of(clock.at_ns) + timedelta(days=ahead) for ahead in range(1, 10))
    today = next(day for day in days if kept.inspections.is_working(day))
    clock.at_ns = start_ns_of(today) + 19 * 60 * MINUTE_NS
    housekeeping(kept).turn()
    assert kept.inspections.day(today).row.state is RowState.MISSED
    assert ask(kept, "picture.inspection", session=two(kept), act=act())["pictures"]


def test_INV_04_nothing_is_taken_where_it_cannot_be_entered(kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    session = two(kept)

    def fails(*_: object, **__: object) -> None:
        raise Unavailable("ledger: no")

    monkeypatch.setattr(kept.stores.acts, "perform", fails)
    with pytest.raises(Unavailable):
        ask(kept, "picture.inspection", session=session, act=act())
    assert kept.pictures.wanted() == []


def test_T_79_a_picture_is_gone_from_memory_in_two_minutes(kept: Keeper, clock: FilmClock) -> None:
    session = two(kept)
    (first, _) = ask(kept, "picture.inspection", session=session, act=act())["pictures"]
    clock.at_ns += 121 * 10**9
    with pytest.raises(NotFound, match="not there any more"):
        ask(kept, "picture.get", session=session, picture=first["picture"])


def test_a_camera_that_gives_none_says_why_and_the_others_are_there(
    kept: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_fails(names: Any, seconds: float) -> None:
        for wanted in kept.pictures.wanted():
            why = "lost: no route" if wanted.camera_no == "01" else ""
            ask(kept, "recorder.picture", b"" if why else TAKEN, order=wanted.order, why=why)

    monkeypatch.setattr(kept.pictures, "wait", one_fails)
    first, second = ask(kept, "picture.inspection", session=two(kept), act=act())["pictures"]
    assert "no route" in str(first["why"])
    assert second["picture"]


def test_T_65_a_reference_picture_is_taken_by_one_and_counts_when_another_confirmed_it(
    kept: Keeper, clock: FilmClock
) -> None:
    session, order = two(kept), act()
    found = ask(kept, "reference.take", session=session, act=order, camera="01", version=1)
    assert (found["reference"], found["confirmed_ns"]) == ("01-R1", 0)
    again = ask(kept, "reference.take", session=session, act=order, camera="01", version=1)
    assert again["sha256"] == found["sha256"], "a form that is sent twice takes one"
    assert kept.references.digests(kept.cameras.fleet) == {}
    with pytest.raises(Refused):
        ask(kept, "reference.confirm", session=session, act=act(), password="wrong one", reference="01-R1")
    clock.at_ns += 60 * 10**9
    look(kept, "01-R1", session=session)
    ask(kept, "reference.confirm", session=session, act=act(), password=UNIT_HEAD.password, reference="01-R1")
    assert set(kept.references.digests(kept.cameras.fleet)) == {"01"}
    given = ask(kept, "recorder.reference", camera="01")["body"]
    entry = kept.ledger.entry(kept.ledger.size - 1)
    assert (entry.kind, entry.fields) == ("reference.opened", {"camera": "01", "references": ["01-R1"]})
    assert from_wire(given, tuple[bytes, ...]) == (b"jpeg of " + TAKEN[:4],)
    assert from_wire(ask(kept, "recorder.reference", camera="02")["body"], tuple[bytes, ...]) == ()
    size = kept.ledger.size
    for _ in range(499):
        ask(kept, "recorder.reference", camera="01")
    with pytest.raises(Refused, match="again and again"):
        ask(kept, "recorder.reference", camera="01")
    assert kept.ledger.size - size == 499
    clock.at_ns += 10 * 10**9
    assert ask(kept, "recorder.reference", camera="01")["body"] == given


def test_T_65_whoever_took_a_reference_picture_does_not_confirm_it(kept: Keeper) -> None:
    found = taken(kept, "01")
    with pytest.raises(Refused, match="the person who took it"):
        kept.references.confirm(act(), OFFICER.name, "x", found.number)


def test_T_65_nobody_confirms_a_reference_picture_without_having_opened_it(kept: Keeper) -> None:
    """The officer's look, or one at another picture, is not the unit head's at this one."""
    session = two(kept)
    first, second = taken(kept, "01", light="day"), taken(kept, "01", light="night")
    look(kept, first.number, seat=1, session=session)
    look(kept, second.number, session=session)
    sent = {"session": session, "password": UNIT_HEAD.password, "reference": first.number}
    with pytest.raises(NotAllowed) as refused:
        ask(kept, "reference.confirm", act=act(), **sent)
    assert refused.value.details["missing"] == ["picture_unseen"]
    with pytest.raises(Refused, match="logged in here"):
        look(kept, first.number, seat=3, session=session)
    look(kept, first.number, session=session)
    assert ask(kept, "reference.confirm", act=act(), **sent)["confirmed_by"]


def test_T_65_a_picture_that_counts_is_replaced_for_a_reason_and_by_one_that_opens(kept: Keeper) -> None:
    first, second = taken(kept, "01"), taken(kept, "01")
    confirmed(kept, first.number)
    look(kept, second.number)
    with pytest.raises(NotAllowed) as refused:
        kept.references.confirm(act(), UNIT_HEAD.name, "x", second.number, " ")
    assert refused.value.details["missing"] == ["replaces_why"]
    path = Path(kept.stores.office.places.references, f"{second.file_id}.picture")
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"?")
    with pytest.raises(Damaged):
        kept.references.confirm(act(), UNIT_HEAD.name, "x", second.number, "櫃檯搬遷")
    assert kept.references.get(first.number).in_use, "the good one stays while the new one does not open"
    path.write_bytes(good)
    kept.references.confirm(act(), UNIT_HEAD.name, "x", second.number, "櫃檯搬遷")
    assert kept.references.get(second.number).words == "櫃檯搬遷"
    assert kept.references.get(first.number).ended == "replaced"


def test_T_65_the_second_signature_is_of_who_had_the_picture_of_the_first_open(kept: Keeper) -> None:
    """K6b: a look of before the picture was taken anew is none of it; one that was refused is put in force by none."""
    life = life_of(kept)
    version = life.draft(SECRET)
    life.lead("03", version, *TO_FORCE[:-1])
    put = {"session": life.session, "seat": 2, "password": UNIT_HEAD.password, "camera": "03", "version": version,
           "event": "put_in_force", "facts": {}}  # fmt: skip
    with pytest.raises(NotAllowed) as refused:
        ask(kept, "camera-act", act=act(), **put)
    assert refused.value.details["missing"] == ("picture_unseen",)
    (there,) = kept.references.of("03")
    ask(kept, "reference.refuse", session=life.session, act=act(), password=UNIT_HEAD.password,
        reference=there.number, words="畫面有人")  # fmt: skip
    with pytest.raises(NotAllowed) as refused:
        ask(kept, "camera-act", act=act(), **put)
    assert refused.value.details["missing"] == ("picture_unknown",)
    life.act(Event.ACCEPT, "03", version)
    life.act(Event.PUT_IN_FORCE, "03", version)
    (counts,) = kept.references.in_use(kept.cameras.fleet.get("03", version))
    assert counts.confirmed_display


def test_T_65_a_bad_picture_is_refused_or_withdrawn_with_a_reason_and_is_gone_with_its_key(
    box: Box, kept: Keeper, clock: FilmClock
) -> None:
    book, session = kept.references, two(kept)
    bad, poor, good = (taken(kept, "01") for _ in range(3))
    sent = {"session": session, "password": UNIT_HEAD.password}
    with pytest.raises(NotAllowed):
        ask(kept, "reference.refuse", act=act(), reference=bad.number, words=" ", **sent)
    with pytest.raises(Refused):
        ask(kept, "reference.refuse", act=act(), reference=bad.number, words="有人", session=session, password="wrong")
    clock.at_ns += MINUTE_NS
    once = act()
    for _ in range(2):
        ended = ask(kept, "reference.refuse", act=once, reference=bad.number, words="畫面有人", **sent)
        assert (ended["ended"], ended["words"]) == ("refused", "畫面有人")
    with pytest.raises(NotFound):
        book.open(bad.number)
    ask(kept, "reference.withdraw", session=session, act=act(), reference=poor.number, words="模糊")
    confirmed(kept, good.number)
    with pytest.raises(Refused, match="unit head"):
        ask(kept, "reference.withdraw", session=session, act=act(), reference=good.number, words="不合用")
    ask(kept, "reference.refuse", act=act(), reference=good.number, words="非核准之視野", **sent)
    assert [book.get(each.number).ended for each in (bad, poor, good)] == ["refused", "withdrawn", "withdrawn"]
    assert book.digests(kept.cameras.fleet) == {}
    assert list(Path(kept.stores.office.places.references).iterdir()) == []
    with pytest.raises(Refused):
        ask(kept, "reference.refuse", act=act(), reference=good.number, words="x", **sent)
    stores, folder = kept.stores, kept.stores.office.places.references
    again = ReferenceBook(stores.acts, stores.ledger, RealFs(), folder, clock, random=os.urandom)
    assert again.of("01") == book.of("01")
    assert again.history("01") == book.history("01")


def test_INV_04_a_camera_s_history_has_the_taking_looks_confirming_and_end_of_its_pictures(kept: Keeper) -> None:
    session = two(kept)
    number = ask(kept, "reference.take", session=session, act=act(), camera="01", version=1)["reference"]
    look(kept, number, session=session)
    sent = {"session": session, "password": UNIT_HEAD.password, "reference": number}
    ask(kept, "reference.confirm", act=act(), **sent)
    ask(kept, "reference.refuse", act=act(), words="櫃檯搬遷", **sent)
    steps = ask(kept, "camera", session=session, camera="01")["reference_steps"]
    assert [step["event"] for step in steps] == ["withdrawn", "confirmed", "look", "taken"]
    assert [bool(step["by"]) for step in steps] == [True] * 4
    assert steps[0]["words"] == "櫃檯搬遷"
    assert ask(kept, "camera", session=session, camera="02")["reference_steps"] == []


def test_T_65_a_reference_picture_lies_sealed_and_goes_with_its_key(box: Box, kept: Keeper, clock: FilmClock) -> None:
    book, folder = kept.references, Path(kept.stores.office.places.references)
    first = taken(kept, "01", jpeg=b"the view of the lobby")
    confirmed(kept, first.number)
    (path,) = folder.iterdir()
    assert b"lobby" not in path.read_bytes()
    assert book.open(first.number) == b"the view of the lobby"
    second = taken(kept, "01", jpeg=b"another view")
    confirmed(kept, second.number, "櫃檯搬遷")
    assert book.get(first.number).ended == "replaced"
    with pytest.raises(NotFound, match="destroyed"):
        book.open(first.number)
    assert kept.stores.acts.sealed(first.index) is None, "its key is gone"
    night = taken(kept, "01", light="night")
    confirmed(kept, night.number)
    assert {each.light for each in book.in_use(kept.cameras.fleet.get("01", 1))} == {"day", "night"}
    (folder / f"{second.file_id}.picture").write_bytes(b"ORREF001" + bytes(60))
    with pytest.raises(Damaged):
        book.open(second.number)
    ask(kept, "recorder.reference", camera="01")
    assert f"reference-damaged-{second.number}" in keys(kept)
    (folder / "stray.picture").write_bytes(b"x")
    stores = kept.stores
    again = ReferenceBook(stores.acts, stores.ledger, RealFs(), str(folder), clock, random=os.urandom)
    assert {each.number: each for each in again.of("01")} == {each.number: each for each in book.of("01")}
    assert len(list(folder.iterdir())) == 2


def test_INV_02_a_reference_picture_ends_with_its_version_its_year_or_when_nobody_confirms_it(
    kept: Keeper, clock: FilmClock
) -> None:
    life, book = life_of(kept), kept.references
    version = life.put_in_force(SECRET)
    (accepted,) = book.in_use(kept.cameras.fleet.get("03", version))
    assert accepted.confirmed_display, "K6: who put it in force confirmed the picture of its acceptance"
    idle = taken(kept, "01")
    clock.at_ns += 15 * DAY_NS
    kept.tasks.cameras.look()
    assert book.get(idle.number).ended == "unconfirmed"
    assert book.get(accepted.number).in_use
    life = life_of(kept)
    life.act(Event.RETIRE, "03", version)
    assert book.get(accepted.number).ended == "version"
    old = taken(kept, "02")
    confirmed(kept, old.number)
    clock.at_ns += 365 * DAY_NS
    kept.references.settle(kept.cameras.fleet, str, trusted=True)
    assert book.get(old.number).ended == "age"


def test_AT_08_no_version_is_accepted_without_a_picture_that_was_taken_of_it(kept: Keeper) -> None:
    life = life_of(kept)
    version = life.draft(SECRET)
    life.lead("03", version, *(Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE, Event.SEND,
                               Event.ENTER_ANSWER, Event.CONFIRM_APPROVAL))  # fmt: skip
    life._refer = lambda camera_no, version: taken(kept, "01").sha256
    with pytest.raises(NotAllowed, match="picture_unknown"):
        life.act(Event.ACCEPT, "03", version)


def test_T_64_T_65_K11_a_view_that_is_off_for_half_an_hour_drifts_and_two_people_end_it(
    kept: Keeper, clock: FilmClock
) -> None:
    book = kept.references
    moved = "picture-moved-01"
    kept.findings.open(moved, "picture", "camera 01: it looks elsewhere")
    clock.at_ns += 40 * MINUTE_NS
    kept.tasks.cameras.look()
    assert kept.cameras.fleet.get("01", 1).state is State.IN_FORCE, "nobody said what its view should be"
    before = taken(kept, "01")
    confirmed(kept, before.number)
    clock.at_ns += MINUTE_NS
    kept.tasks.cameras.look()
    version = kept.cameras.fleet.get("01", 1)
    assert version.state is State.DRIFT
    assert version.live, "it is recorded on (T-64)"
    assert (version.drifts[-1].cause, version.drifts[-1].end_ns) == ("view", 0), "and marked"
    assert "camera-drift-01" in keys(kept)
    life = life_of(kept)
    life._refer = lambda camera_no, number: before.sha256
    with pytest.raises(NotAllowed, match="picture_unknown"):
        life.act(Event.EXPLAIN, "01", 1)
    life._refer = lambda camera_no, number: taken(kept, camera_no, number).sha256
    clock.at_ns += MINUTE_NS
    with pytest.raises(NotAllowed, match="view_still_off"):
        life.act(Event.PUT_BACK, "01", 1)
    life.act(Event.EXPLAIN, "01", 1)
    assert book.in_use(version) == [book.get(before.number)], "one signature changes no reference"
    life.act(Event.CONFIRM_FALSE, "01", 1)
    (now,) = book.in_use(version)
    assert now.taken_ns > version.drifts[-1].start_ns
    assert book.get(before.number).ended == "replaced"
    kept.tasks.cameras.look()
    assert kept.cameras.fleet.get("01", 1).state is State.IN_FORCE, "the self-tests have half an hour to see it, too"
    kept.findings.clear(moved)
    kept.tasks.cameras.look()
    assert kept.cameras.fleet.get("01", 1).state is State.IN_FORCE
    assert "camera-drift-01" not in keys(kept)


def test_K13_a_camera_that_was_put_back_is_well_when_the_self_test_says_so(kept: Keeper, clock: FilmClock) -> None:
    confirmed(kept, taken(kept, "01").number)
    kept.findings.open("picture-rotated-01", "picture", "camera 01: turned")
    clock.at_ns += 31 * MINUTE_NS
    kept.tasks.cameras.look()
    kept.findings.clear("picture-rotated-01")
    life = life_of(kept)
    life.act(Event.PUT_BACK, "01", 1)
    assert kept.cameras.fleet.get("01", 1).state is State.IN_FORCE


def test_AT_13_T_64_a_review_falls_due_finds_the_view_moved_and_ends_with_a_stamp(
    kept: Keeper, clock: FilmClock
) -> None:
    """K8 to K10, K13 and K9 over the books, months apart, by two people."""

    def stands() -> tuple[str, str]:
        version = kept.cameras.fleet.get("01", 1)
        return str(version.state), str(version.reviewed_on)

    confirmed(kept, taken(kept, "01").number)
    kept.cameras.system(kept.cameras.fleet.get("01", 1), Event.ANNOUNCE)
    clock.at_ns += 80 * DAY_NS
    kept.tasks.cameras.look()
    assert stands() == ("announced", "None")
    clock.at_ns += 20 * DAY_NS
    kept.tasks.cameras.look()
    assert stands() == ("review_due", "None")
    life = life_of(kept)
    told = life.act(Event.MISMATCH, "01", 1, review=dict.fromkeys(REVIEW_LINES, "yes") | {"view": "no"})
    assert told["state"] == "drift"
    kept.tasks.cameras.look()
    assert "camera-drift-01" in keys(kept)
    assert kept.registry.cameras[0].camera_no == "01", "it is recorded on"
    clock.at_ns += MINUTE_NS
    assert life.act(Event.PUT_BACK, "01", 1)["state"] == "review_due"
    (drift,) = kept.cameras.fleet.get("01", 1).drifts
    assert drift.end_ns - drift.start_ns == MINUTE_NS, "so long its footage is marked"
    with pytest.raises(NotAllowed, match="cell_reviewed"):
        life.act(Event.STAMP_REVIEW, "01", 1)
    assert life.act(Event.REVIEW, "01", 1, review=dict.fromkeys(REVIEW_LINES, "yes"))["state"] == "review_due"
    assert life.act(Event.STAMP_REVIEW, "01", 1)["state"] == "announced"
    kept.tasks.cameras.look()
    assert "camera-drift-01" not in keys(kept)
    reviewed = stands()
    clock.at_ns += 100 * DAY_NS
    kept.tasks.cameras.look()
    assert stands() == ("review_due", reviewed[1]), "and falls due anew"


def test_what_was_wrong_with_a_camera_ends_with_a_word_when_it_is_recorded_no_more(kept: Keeper) -> None:
    life = life_of(kept)
    version = life.put_in_force(SECRET)
    of_it = {
        "camera-03": "camera 03: lost", "check-blind-03": "camera 03: no picture came for the checks",
        "lamp-out-03": "camera 03: The lamp is out. (measured 3)",
    }  # fmt: skip
    others = {
        "camera-unreadable-03": "ledger entry 03 is about a camera and its record is lost",
        "picture-black-01": "camera 01: black", "record-missing-03": "ledger entry 03 has lost its record",
    }  # fmt: skip
    for key, text in (of_it | others).items():
        kept.findings.open(key, "picture", text)
    kept.tasks.cameras.look()
    assert set(of_it) <= keys(kept), "it is in force"
    life.act(Event.SUSPEND, "03", version)
    size = kept.ledger.size
    kept.tasks.cameras.look()
    assert not set(of_it) & keys(kept)
    assert set(others) <= keys(kept)
    ended = [entry.fields for entry in kept.ledger.entries(size, kept.ledger.size) if entry.kind == "finding.cleared"]
    assert {str(fields["why"]) for fields in ended if fields["finding"] in of_it} == {"camera-left"}
    now_ns = kept.clock.wall_ns()
    stood = {finding.key: finding.ended for finding, _ in kept.findings.stood(now_ns - DAY_NS, now_ns + 1)}
    assert {stood[key] for key in of_it} == {"camera-left"}, "and the day's row says so"
    assert {stood[key] for key in others} == {""}


def test_a_drift_and_references_come_again_at_a_start(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        found = taken(keeper, "01")
        confirmed(keeper, found.number)
        digests = keeper.references.digests(keeper.cameras.fleet)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert keeper.references.digests(keeper.cameras.fleet) == digests
        assert keeper.references.get(found.number).confirmed_display == "陳課長"


def test_T_66_the_device_is_pinned_by_the_picture_of_its_acceptance_and_by_no_form(kept: Keeper) -> None:
    life = life_of(kept)
    told = {"serial": "A-1", "server": "cam 2.0"}
    by = Seat(1, OFFICER.name, "王小明", ("officer",), "", 0)

    def refer(camera_no: str, version: int) -> str:
        fleet = kept.cameras.fleet
        return kept.references.take(act(), by, fleet.get(camera_no, version), "day", os.urandom(9), told).sha256

    life._refer = refer
    version = life.draft(SECRET)
    life.lead("03", version, *TO_FORCE[:-2])
    forged = dict(typed_acceptance(), identity={"serial": "forged"}, picture=refer("03", version))
    life.act(Event.ACCEPT, "03", version, acceptance=forged)
    life.act(Event.PUT_IN_FORCE, "03", version)
    (camera,) = (each for each in kept.registry.cameras if each.camera_no == "03")
    assert camera.identity == told
    assert all(each.identity == {} for each in kept.registry.cameras if each.camera_no != "03"), "none was accepted"


def typed_acceptance() -> dict[str, object]:
    return dict.fromkeys(ACCEPTANCE_LINES, True)


def test_a_camera_that_is_recorded_but_cannot_be_played_is_a_red_finding_until_it_can(kept: Keeper) -> None:
    def says(state: str, detail: str = "") -> None:
        ask(kept, "recorder.states", to_wire([CameraState(camera_no="01", state=state, detail=detail, since_ns=1)]))

    says("lost", UNPLAYABLE)
    assert "camera-unplayable-01" in keys(kept)
    assert "camera-01" not in keys(kept), "it is connected, and recorded"
    (found,) = [found for found in kept.findings.all() if found.key == "camera-unplayable-01"]
    assert (found.box, found.text) == ("picture", f"camera 01: {UNPLAYABLE}")
    says("lost", "lost: the stream ended")
    assert {"camera-unplayable-01", "camera-01"} <= keys(kept), "another connection brought no key frame"
    says("lost", UNPLAYABLE)
    assert "camera-01" not in keys(kept)
    says("live")
    assert "camera-unplayable-01" not in keys(kept)


def test_T_66_another_device_is_a_finding_of_its_own_until_the_camera_is_live(kept: Keeper) -> None:
    def says(state: str, detail: str = "") -> None:
        states = [CameraState(camera_no="01", state=state, detail=detail, since_ns=1)]
        ask(kept, "recorder.states", to_wire(states))

    says("lost", "another device answers: serial was 'A' and is 'B'")
    assert "camera-device-01" in keys(kept)
    assert "camera-01" not in keys(kept)
    assert ask(kept, "camera", session=two(kept), camera="01")["other_device"]
    says("lost", "no route")
    assert {"camera-device-01", "camera-01"} <= keys(kept), "nobody saw the accepted one since"
    says("live")
    assert not {"camera-device-01", "camera-01"} & keys(kept)


def _says(keeper: Keeper, state: str, **told: str) -> None:
    """The recorder tells of camera 01, and what its device told of itself; one that is not live is another device."""
    detail = "" if state == "live" else f"{OTHER_DEVICE}: see"
    states = [CameraState(camera_no="01", state=state, detail=detail, since_ns=1, identity=told)]
    ask(keeper, "recorder.states", to_wire(states))


def _known(keeper: Keeper) -> dict[str, str]:
    """As what device camera 01 is known."""
    return next(each.identity for each in keeper.registry.cameras if each.camera_no == "01")


def test_T_66_the_first_device_of_a_set_up_s_camera_is_pinned_by_an_entry_and_an_update_is_judged_in_one_step(
    kept: Keeper,
) -> None:
    def waits() -> set[str]:
        people = kept.duty_board.of(kept.logins.session(life.session).seats).people
        return {duty.act for person in people for duty in person.desk if duty.why == "device"}

    published_ns = kept.cameras.changed_ns
    kept.tasks.cameras.look()
    assert _known(kept) == {}, "it said nothing yet"
    _says(kept, "live", realm="cam", server="v1")
    kept.tasks.cameras.look()
    kept.tasks.cameras.look()
    assert _known(kept) == {"realm": "cam", "server": "v1"}
    assert [entry.fields["row"] for entry in kept.cameras.entries("01")][1:] == ["S6"], "once"
    life = life_of(kept)
    with pytest.raises(NotAllowed) as refused:
        life.act(Event.RECOGNISE, "01", 1)
    assert refused.value.details["missing"] == ("device_agrees", "device_another")
    _says(kept, "lost", realm="other", server="v2")
    with pytest.raises(NotAllowed) as refused:
        life.act(Event.RECOGNISE, "01", 1)
    assert refused.value.details["missing"] == ("device_another",)
    assert waits() == {"draft"}, "another device is a replacement: nothing to recognise"
    _says(kept, "lost", realm="cam", server="v2")
    told = ask(kept, "camera", session=life.session, camera="01")
    assert (told["other_device"], told["answers"]) == (True, {"realm": "cam", "server": "v2"})
    assert waits() == {"recognise"}
    life.act(Event.RECOGNISE, "01", 1)
    assert _known(kept) == {"realm": "cam", "server": "v2"}
    assert kept.cameras.changed_ns == published_ns, "what is published is the same"


def test_T_66_a_device_that_tells_another_realm_at_each_connection_is_judged_once_and_not_known_by_it_from_then_on(
    kept: Keeper,
) -> None:
    _says(kept, "live", realm="a", server="v1")
    kept.tasks.cameras.look()
    life = life_of(kept)
    for realm in ("b", "b", "c"):
        _says(kept, "lost", realm=realm, server="v1")
    assert ask(kept, "camera", session=life.session, camera="01")["wavers"] == []
    with pytest.raises(NotAllowed, match="device_another"):
        life.act(Event.RECOGNISE, "01", 1)
    _says(kept, "lost", realm="d", server="v1")
    assert ask(kept, "camera", session=life.session, camera="01")["wavers"] == ["realm"]
    _says(kept, "lost", realm="e", server="v2")
    assert ask(kept, "camera", session=life.session, camera="01")["wavers"] == [], "something else is another, too"
    for realm in ("f", "g"):
        _says(kept, "lost", realm=realm, server="v2")
    life.act(Event.RECOGNISE, "01", 1)
    assert _known(kept) == {"server": "v2"}
    _says(kept, "live", realm="h", server="v2")
    assert "camera-device-01" not in keys(kept)
    kept.tasks.cameras.look()
    assert _known(kept) == {"server": "v2"}, "what is known is not pinned anew"


def test_what_the_recorder_notes_of_a_camera_stands_on_its_page_and_sound_that_is_not_recorded_is_a_finding(
    kept: Keeper,
) -> None:
    def says(state: str, *notes: CodedMessage) -> None:
        told = tuple(CameraNote(note.code, note.values) for note in notes)
        states = [CameraState(camera_no="01", state=state, since_ns=1, notes=told)]
        ask(kept, "recorder.states", to_wire(states))

    said, udp = coded("camera-note-sound-form", what="G726-32"), coded("camera-note-udp")
    says("live", said, udp)
    details = ask(kept, "camera", session=life_of(kept).session, camera="01")
    assert [from_map(each) for each in details["notes"]] == [said, udp]
    (finding,) = [each for each in kept.findings.all() if each.key == "camera-sound-01"]
    assert finding.text == coded("camera-sound-unrecorded", camera="01")
    says("connecting")
    assert kept.findings.is_open("camera-sound-01"), "it is not known yet"
    says("live", udp)
    assert not kept.findings.is_open("camera-sound-01")
