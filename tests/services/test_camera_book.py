"""The camera book: acts that outlast a start, the registry that follows from them and from nothing else."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from appliance.core.errors import NotAllowed, NotFound, UsageError
from appliance.core.model import Camera, Registry
from appliance.rules.cameras.facts import Filing
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import Origin, State
from appliance.rules.cameras.wiring import Declared
from appliance.rules.deadlines import DAY_NS
from appliance.rules.people import Actor
from tests.rules.cameradesk import PEOPLE
from tests.services.camerastore import NOW_NS, SET_UP, CameraStore
from tests.vault.ringcases import new_disk

_STARTS = (f"start {number}" for number in itertools.count())


@pytest.fixture
def desk() -> CameraStore:
    return CameraStore(new_disk())


def again(desk: CameraStore, **more: Any) -> CameraStore:
    """The next start on the same disk."""
    return CameraStore(desk.store.fs, next(_STARTS), desk.clock, **more)


def numbers(desk: CameraStore) -> list[str]:
    return [camera.camera_no for camera in desk.book.registry.cameras]


def test_T_69_the_set_up_s_cameras_are_taken_in_once_whole_and_stay_in_force(desk: CameraStore) -> None:
    assert desk.book.registry == SET_UP
    assert {each.origin for each in desk.book.fleet.all()} == {Origin.EXISTING}
    assert all(each.papers_lack for each in desk.book.fleet.in_force())
    assert [entry.kind for entry in desk.ledger.acts("registry.changed")] == ["registry.changed"]
    assert again(desk).book.registry == SET_UP
    assert len(list(again(desk).ledger.acts("registry.changed"))) == 1


def test_an_office_without_a_camera_begins_with_none_and_takes_none_from_the_disk_later() -> None:
    first = CameraStore(new_disk(), found=msgspec.structs.replace(SET_UP, cameras=()))
    assert first.book.registry.cameras == ()
    assert again(first, found=SET_UP).book.registry.cameras == ()


def test_INV_10_a_camera_that_no_set_up_named_is_not_taken_in_with_the_others() -> None:
    stranger = Camera(camera_no="66", location="?", source="testcard")
    found = msgspec.structs.replace(SET_UP, cameras=(*SET_UP.cameras, stranger))
    desk = CameraStore(new_disk(), found=found)
    assert desk.book.registry == SET_UP
    assert desk.book.strangers == ("66",)


def test_INV_10_whatever_the_file_says_later_the_registry_is_what_the_acts_made(desk: CameraStore) -> None:
    forged = Registry(version=9, since_ns=1, cameras=(Camera(camera_no="66", location="?", source="testcard"),))
    assert again(desk, found=forged).book.registry == SET_UP
    assert again(desk, found=None).book.registry == SET_UP


def test_AT_08_a_camera_comes_into_the_registry_with_the_act_that_puts_it_in_force_and_not_before(
    desk: CameraStore,
) -> None:
    desk.approved()
    assert numbers(desk) == ["01", "02"]
    assert desk.written == []
    done = desk.do(Event.PUT_IN_FORCE)
    assert (done.row, done.version.state) == ("K6b", State.IN_FORCE)
    assert numbers(desk) == ["01", "02", "03"]
    assert [each.version for each in desk.written] == [2]
    (camera,) = [each for each in desk.book.registry.cameras if each.camera_no == "03"]
    assert (camera.source, camera.settings, camera.sound) == ("testcard", {"label": "x"}, False)
    assert again(desk).book.registry == desk.book.registry


def test_every_version_comes_again_at_a_start_as_it_was(desk: CameraStore) -> None:
    desk.approved()
    desk.do(Event.PUT_IN_FORCE)
    desk.approved("01", origin="change", matters={"sound": True})
    desk.do(Event.PUT_IN_FORCE, "01")
    desk.do(Event.SUSPEND, "02")
    desk.do(Event.DRAFT, "04")
    desk.do(Event.RETIRE, "03")
    after = again(desk)
    assert after.book.fleet.all() == desk.book.fleet.all()
    assert after.book.registry == desk.book.registry
    assert after.book.damaged == []
    assert numbers(after) == ["01"]
    assert set(after.book.locations()) == {"01", "02", "03"}, "footage of a removed camera may still be asked for"


def test_AT_09_a_change_on_its_way_leaves_what_is_recorded_alone(desk: CameraStore) -> None:
    before = desk.book.registry
    desk.approved("02", origin="change", matters={"sound": True})
    assert desk.book.registry == before
    desk.do(Event.PUT_IN_FORCE, "02")
    assert [each.sound for each in desk.book.registry.cameras] == [True, True]
    assert desk.book.fleet.get("02", 1).state is State.SUPERSEDED


def test_AT_10_a_replacement_that_names_no_way_keeps_the_old_one_and_its_password(desk: CameraStore) -> None:
    standing = desk.book.fleet.get("02", 1)
    facts = {
        "origin": "replacement",
        "matters": msgspec.to_builtins(standing.matters),
        "device": {"make": "Axle", "origin": "瑞典", "model": "P-2", "serial": "S-9", "banned": "no"},
    }
    actor = Actor("wang", PEOPLE["wang"])
    done = desk.book.act("r", actor, "wang", "02", 0, "draft", facts)
    assert done.version.wiring == standing.wiring
    assert done.version.filing == "exempt"


def test_T_09_a_camera_that_the_disk_would_not_hold_is_refused_with_the_code_and_a_change_is_not_asked(
    desk: CameraStore,
) -> None:
    desk.approved()
    desk.approved("01", origin="change", matters={"lens": "12 mm", "sound": True})
    desk.short = "38.0 days"
    with pytest.raises(NotAllowed) as refused:
        desk.do(Event.PUT_IN_FORCE)
    assert refused.value.details["missing"] == ("disk_short",)
    assert numbers(desk) == ["01", "02"]
    assert desk.do(Event.PUT_IN_FORCE, "01").version.live


def test_a_refusal_enters_nothing(desk: CameraStore) -> None:
    size = desk.ledger.size
    with pytest.raises(NotAllowed):
        desk.do(Event.DRAFT, matters={"place_kind": "toilet"})
    with pytest.raises(NotAllowed):
        desk.do(Event.DRAFT, who="kuo")
    with pytest.raises(NotFound):
        desk.do(Event.SUBMIT, "77", version=3)
    assert desk.ledger.size == size
    assert "77" not in desk.book.fleet.numbers()


def test_a_repeat_gets_the_first_answer_and_another_act_under_its_id_is_refused(desk: CameraStore) -> None:
    first = desk.do(Event.DRAFT, act="one")
    assert desk.do(Event.DRAFT, act="one", version=0) == first
    assert len(desk.book.fleet.of("03")) == 1
    with pytest.raises(UsageError, match="sent before"):
        desk.do(Event.DRAFT, act="one", version=0, reason="另一理由")
    with pytest.raises(UsageError, match="sent before"):
        desk.do(Event.DRAFT, "04", act="one")
    assert desk.do(Event.DRAFT, act="one", version=0) == first
    after = again(desk)
    assert after.do(Event.DRAFT, act="one", version=0).version == first.version


@pytest.mark.parametrize(
    ("event", "facts", "why"),
    [
        ("draft", {"origin": "existing"}, "entered by the recorder"),
        ("draft", {"origin": "trial"}, "entered by the recorder"),
        ("draft", {"state": "in_force"}, "takes no field state"),
        ("draft", {"matters": {"state": "x"}}, "unknown field"),
        ("draft", {"wiring": {"source": "testcard", "settings": {"a": {"b": 1}}}}, "must be text, a number"),
        ("draft", {"reason": "a\x00b"}, "form"),
        ("adopt", {}, "by the recorder itself"),
        ("announce", {}, "by the recorder itself"),
        ("supersede", {}, "by the recorder itself"),
        ("drifted", {}, "by the recorder itself"),
        ("kaboom", {}, "there is no camera event"),
        ("draft", [], "was typed is missing"),
    ],
)
def test_INV_10_what_no_form_sends_is_refused(desk: CameraStore, event: str, facts: object, why: str) -> None:
    size = desk.ledger.size
    with pytest.raises(UsageError, match=why):
        desk.book.act("x", Actor("wang", PEOPLE["wang"]), "wang", "03", 0, event, facts)
    assert desk.ledger.size == size


def test_INV_10_a_version_in_force_without_its_record_is_recorded_as_the_file_had_it(desk: CameraStore) -> None:
    """A sealed record that is lost costs what was typed, and not the recording."""
    registry = desk.book.registry
    (index,) = [entry.index for entry in desk.ledger.acts("registry.changed")]
    desk.acts.erase("gone", index, {})
    after = again(desk, found=registry)
    assert after.book.damaged == [index]
    assert after.book.registry.cameras[0].settings == {"label": "1"}
    assert numbers(after) == ["01", "02"]


def test_the_credentials_of_a_camera_stand_in_no_entry(desk: CameraStore) -> None:
    desk.approved(wiring={"source": "av", "settings": {"password": "hush-hush"}})
    desk.do(Event.PUT_IN_FORCE)
    clear = b"".join(entry.raw for entry in desk.ledger.entries(0, desk.ledger.size))
    assert b"hush-hush" not in clear
    assert "秘密".encode() not in clear
    assert b"wang" not in clear.replace(b"p-wang", b"")


def test_the_rules_of_the_day_of_the_draft_stay_with_the_version(desk: CameraStore) -> None:
    desk.filing = Filing(new="filing")
    desk.do(Event.DRAFT)
    desk.filing = Filing()
    assert again(desk).book.fleet.get("03", 1).filing == "filing"


def test_INV_10_an_act_of_the_machine_s_is_judged_on_what_the_camera_is_by_now(desk: CameraStore) -> None:
    """Whoever announces has looked before it waited for the book; meanwhile a person suspended the camera."""
    desk.approved()
    desk.do(Event.PUT_IN_FORCE)
    seen = desk.book.fleet.get("03", 1)
    desk.do(Event.SUSPEND, "03")
    with pytest.raises(NotAllowed):
        desk.book.system(seen, Event.ANNOUNCE)
    assert numbers(desk) == ["01", "02"]
    assert numbers(again(desk)) == ["01", "02"]


def test_INV_10_an_empty_registry_that_no_set_up_wrote_is_not_taken_in() -> None:
    empty = msgspec.structs.replace(SET_UP, version=0, cameras=())
    desk = CameraStore(new_disk(), found=empty)
    assert desk.book.registry.version == 0
    assert again(desk).book.registry == SET_UP


@pytest.mark.parametrize(
    "event", [Event.DRAFT, Event.SUBMIT, Event.ENTER_ANSWER, Event.ACCEPT, Event.MISMATCH, Event.SUSPEND]
)
def test_INV_10_a_lost_record_of_any_act_costs_what_was_typed_and_no_start(desk: CameraStore, event: Event) -> None:
    desk.approved()
    desk.do(Event.PUT_IN_FORCE)
    desk.book.system(desk.book.fleet.get("03", 1), Event.ANNOUNCE)
    desk.clock.go_to(NOW_NS + 95 * DAY_NS)
    desk.book.system(desk.book.fleet.get("03", 1), Event.FALL_DUE)
    desk.do(Event.MISMATCH)
    desk.do(Event.SUSPEND)
    (index,) = [entry.index for entry in desk.book.entries("03") if entry.fields["event"] == event]
    desk.acts.erase("gone", index, {})
    assert numbers(again(desk, found=desk.book.registry)) == ["01", "02"]


def test_a_way_to_a_camera_that_the_recorder_does_not_have_is_no_way(desk: CameraStore) -> None:
    """What it has it says at its hello; until then nothing is known, and nothing refused for it."""
    desk.book.world = desk.book.world._replace(sources=lambda: ("av", "testcard"))
    desk.do(Event.DRAFT, wiring={"source": "rstp"})
    with pytest.raises(NotAllowed) as refused:
        desk.do(Event.SUBMIT)
    assert refused.value.details["missing"] == ("source_unknown",)
    desk.book.world = desk.book.world._replace(sources=tuple)
    desk.do(Event.SUBMIT)


def test_a_way_that_its_kind_does_not_take_is_refused_when_it_is_drafted_and_at_each_step_to_force(
    desk: CameraStore,
) -> None:
    declared = {"testcard": (Declared(name="label", required=True),)}
    bad = {"source": "testcard", "settings": {"lable": "3"}}
    desk.book.world = desk.book.world._replace(declared=lambda: declared)
    with pytest.raises(UsageError, match="did you mean label"):
        desk.do(Event.DRAFT, wiring=bad)
    assert "03" not in desk.book.fleet.numbers(), "nothing half done"
    desk.book.world = desk.book.world._replace(declared=dict)
    desk.do(Event.DRAFT, wiring=bad)
    desk.book.world = desk.book.world._replace(declared=lambda: declared)
    with pytest.raises(UsageError, match="did you mean label"):
        desk.do(Event.SUBMIT)
    desk.do(Event.REVISE, wiring=bad | {"settings": {"label": "3"}})
    desk.do(Event.SUBMIT)
