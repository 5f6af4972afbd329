"""INV-10: recorded streams are cameras in force; whatever else is typed into a form, the settings or a file on the disk
is never stored. A real recorder and a real keeper, one office for all that is tried."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import RecorderError, UsageError
from appliance.core.model import Registry, to_json
from appliance.core.settings import read_settings
from appliance.protocol.recorder import OTHER_DEVICE
from appliance.rules.cameras.rows import Event
from appliance.storage.boot_files import REGISTRY, open_sealed, read_boot_key, read_registry, seal
from appliance.storage.files import RealFs
from tests.box import Box, make_box, testcard, until
from tests.cameralife import TO_FORCE, CameraLife
from tests.faults.intruder import files_in, processes_under
from tests.peers import swapped_source

STRANGER = testcard("66")


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What tells the serial number of the device that is on the cable of camera 09."""
    path = tmp_path_factory.mktemp("device") / "serial"
    path.write_text("A-1", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, swapped: Path) -> Iterator[Box]:
    """Keeper, darkroom and recorder of an office that records camera 01."""
    with (
        make_box(tmp_path_factory.mktemp("inv10") / "office", [testcard("01")]) as box,
        pytest.MonkeyPatch.context() as to,
    ):
        for name, value in swapped_source.offer(swapped.parent / "plugin", Path(box.settings_path)).items():
            to.setenv(name, value)
        box.start("keeper", "darkroom", "recorder")
        box.recording("01")
        yield box


@pytest.fixture(scope="module")
def life(office: Box) -> CameraLife:
    return CameraLife(office.call, office.both_logged_in())


def registry_of(box: Box) -> Registry:
    return read_registry(RealFs(), box.settings.layout.boot)


def running(box: Box) -> set[str]:
    """The cameras that have a process."""
    names = processes_under(box.processes["recorder"].pid).values()
    return {name.removeprefix("cam ") for name in names if name.startswith("cam ")}


def _kept_running(box: Box) -> set[str]:
    """The same, with a recorder that is started again where it refused what it read, as its service starts it."""
    if box.processes["recorder"].poll() is not None:
        box.start("recorder")
    return running(box)


def never_stored(box: Box) -> None:
    """The recorder has only camera 01, and nobody ever heard of a picture of 66."""
    assert running(box) == {"01"}
    assert [camera["camera_no"] for camera in box.status()["cameras"]] == ["01"]
    assert "camera 66" not in box.logs()
    box.recording("01")


def test_AT_08_INV_10_a_camera_is_recorded_when_its_version_is_in_force_and_the_others_go_on(
    office: Box, life: CameraLife
) -> None:
    before = processes_under(office.processes["recorder"].pid)
    life.put_in_force(testcard("07"))
    office.recording("07", "01")
    after = processes_under(office.processes["recorder"].pid)
    assert before.items() <= after.items(), "the camera beside it was never connected anew"
    life.act(Event.RETIRE, "07", 1)
    until(lambda: "07" not in running(office), what="the end of camera 07")
    with pytest.raises(RecorderError, match="number_retired"):
        life.draft(testcard("07"))
    office.recording("01")


def test_AT_08_INV_10_no_step_but_the_last_stores_anything_and_none_may_be_skipped(
    office: Box, life: CameraLife
) -> None:
    version = life.draft(STRANGER)
    for event in TO_FORCE[:-1]:
        with pytest.raises(RecorderError):
            life.act(Event.PUT_IN_FORCE, "66", version)
        life.act(event, "66", version)
        never_stored(office)
    life.act(Event.DROP, "66", version)
    never_stored(office)


def test_T_66_INV_10_another_device_on_the_cable_is_not_recorded_until_it_was_judged_like_for_like(
    office: Box, life: CameraLife, swapped: Path
) -> None:
    """What the device told is pinned with the picture of its acceptance, compared by the recorder before anything is
    stored, and pinned anew by the replacement that two people accept."""
    camera = swapped_source.swapped_camera("09", swapped)
    version = life.put_in_force(camera)
    office.recording("09")
    (told,) = life.call("camera", session=life.session, camera="09")["versions"]
    assert told["acceptance"]["identity"] == {"serial": "A-1"}
    life.act(Event.SUSPEND, "09", version)
    until(lambda: "09" not in running(office), what="the end of camera 09")
    swapped.write_text("B-2", encoding="utf-8")
    before = set(files_in(office.settings.layout.open))
    life.act(Event.RESUME, "09", version)
    state = until(lambda: _other_device(office), what="the word of another device")
    assert "'A-1'" in state
    assert "'B-2'" in state
    assert life.call("camera", session=life.session, camera="09")["other_device"]
    assert not _footage_of(office, "09", before), "nothing of it was stored"
    second = life.draft(camera, "replacement")
    life.lead("09", second, Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE_EXEMPT)
    life.lead("09", second, Event.ACCEPT, Event.PUT_IN_FORCE)
    office.recording("09", "01")
    told = life.call("camera", session=life.session, camera="09")
    assert told["versions"][0]["acceptance"]["identity"] == {"serial": "B-2"}
    assert not told["other_device"]
    life.act(Event.RETIRE, "09", second)
    until(lambda: "09" not in running(office), what="the end of camera 09")


def _other_device(box: Box) -> str:
    states = {camera["camera_no"]: camera for camera in box.status()["cameras"]}
    detail = str(states.get("09", {}).get("detail", ""))
    return detail if detail.startswith(OTHER_DEVICE) else ""


def _footage_of(box: Box, camera_no: str, before: set[str]) -> list[str]:
    """New files in ``open/`` that are not of the other cameras: of each camera there is one at a time."""
    others = len(running(box) - {camera_no})
    new = [path for path in files_in(box.settings.layout.open) if path not in before and path.endswith(".seg")]
    return new if len(new) > others else []


@pytest.mark.parametrize(
    "facts",
    [
        {"origin": "trial"},
        {"origin": "existing"},
        {"origin": "new", "state": "in_force"},
        {"origin": "new", "matters": {"state": "in_force"}},
        {"origin": "change"},
    ],
)
def test_AT_08_INV_10_no_form_brings_a_camera_in_force(office: Box, life: CameraLife, facts: dict[str, Any]) -> None:
    with pytest.raises(RecorderError):
        life.call(
            "camera-act", session=life.session, act=os.urandom(8).hex(), seat=1, password="", camera="66", version=0,
            event="draft", facts=facts,
        )  # fmt: skip
    never_stored(office)


@pytest.mark.parametrize("event", ["adopt", "announce", "supersede", "put_in_force", "resume"])
def test_AT_08_INV_10_no_event_of_the_machine_is_taken_from_anybody(office: Box, life: CameraLife, event: str) -> None:
    with pytest.raises(RecorderError):
        life.call(
            "camera-act", session=life.session, act=os.urandom(8).hex(), seat=2, password="", camera="66", version=0,
            event=event, facts={},
        )  # fmt: skip
    never_stored(office)


def test_AT_03_INV_10_the_settings_file_names_no_camera(office: Box) -> None:
    """A camera in it stops the start and says so; it is not ignored and not recorded."""
    path = Path(office.settings_path)
    text = path.read_text(encoding="utf-8")
    for addition in ('\n[[cameras]]\ncamera_no = "66"\nsource = "testcard"\n', '\n[cameras.66]\nsource = "testcard"\n'):
        other = path.with_name("other.toml")
        other.write_text(text + addition, encoding="utf-8")
        with pytest.raises(UsageError, match="cameras"):
            read_settings(str(other))
    never_stored(office)


def _forged(box: Box) -> Registry:
    known = registry_of(box)
    return Registry(
        version=known.version + 1, since_ns=known.since_ns, cameras=(*known.cameras, STRANGER), trial=known.trial
    )


def _resealed(box: Box, plain: bytes) -> bytes:
    return seal(read_boot_key(RealFs(), box.settings.layout.boot), REGISTRY, plain)


def _plain(box: Box) -> bytes:
    return to_json(_forged(box))


def _unsigned(box: Box) -> bytes:
    """Sealed under the box's own boot key, by somebody who is root."""
    return _resealed(box, _plain(box))


def _with_the_old_signature(box: Box) -> bytes:
    boot = box.settings.layout.boot
    signed = open_sealed(read_boot_key(RealFs(), boot), REGISTRY, Path(boot, REGISTRY).read_bytes())
    return _resealed(box, signed[:64] + _plain(box))


def _another_box_s(box: Box) -> bytes:
    return seal(os.urandom(32), REGISTRY, _plain(box))


def _rubbish(box: Box) -> bytes:
    return os.urandom(400)


@pytest.mark.parametrize("how", [_plain, _unsigned, _with_the_old_signature, _another_box_s, _rubbish])
def test_AT_08_INV_10_whatever_lies_in_the_registry_s_place_is_not_recorded(
    office: Box, how: Callable[[Box], bytes]
) -> None:
    """Read while the recorder runs and at its start; the keeper puts its own there again, and says so."""
    path = Path(office.settings.layout.boot, REGISTRY)
    forged = how(office)
    path.write_bytes(forged)
    office.processes["recorder"].send_signal(signal.SIGHUP)
    until(lambda: path.read_bytes() != forged, what="the keeper's own registry")
    never_stored(office)
    office.kill("recorder")
    path.write_bytes(forged)
    office.start("recorder")
    until(lambda: path.read_bytes() != forged, what="the keeper's own registry")
    until(lambda: _kept_running(office) == {"01"}, what="camera 01 alone")
    never_stored(office)
    assert "registry-altered" in {finding["key"] for finding in office.status()["findings"]}


def test_INV_10_an_older_registry_of_the_office_s_own_is_put_right_within_seconds(
    office: Box, life: CameraLife
) -> None:
    """One that the keeper signed once opens: it names a camera that was removed since."""
    path = Path(office.settings.layout.boot, REGISTRY)
    life.put_in_force(testcard("08"))
    office.recording("08")
    older = path.read_bytes()
    life.act(Event.RETIRE, "08", 1)
    until(lambda: running(office) == {"01"}, what="the end of camera 08")
    path.write_bytes(older)
    office.processes["recorder"].send_signal(signal.SIGHUP)
    until(lambda: path.read_bytes() != older, what="the keeper's own registry")
    until(lambda: running(office) == {"01"}, what="the end of camera 08")
    office.recording("01")
