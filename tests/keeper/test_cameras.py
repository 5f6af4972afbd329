"""Cameras through the keeper's verbs, and the registry's file: written by the keeper alone, whatever lies there."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.errors import NotAllowed, NotFound, Refused, UsageError
from appliance.core.model import Camera, Registry, from_wire, to_wire
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.protocol.transport import Message
from appliance.rules.cameras.facts import Filing
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.version import Wiring
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.services.cameras.references import Reference
from appliance.services.cameras.views import camera_details
from appliance.services.cases.acting import ActingUser
from appliance.services.people.login import Seat
from appliance.storage.boot_files import REGISTRY, REGISTRY_PUBLIC, read_registry, write_registry
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box, testcard, until
from tests.cameralife import CameraLife
from tests.caselife import facts_of_receipt
from tests.footage import FilmClock, film_past
from tests.keeper.filing import filed
from tests.keeper.test_cases import two
from tests.rules.packcases import second_bytes
from tests.verbs import VERBS

STRANGER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
"""Whose signature whoever writes into the folder can make."""
SECRET = Camera(camera_no="03", location="二樓", source="testcard", settings={"label": "3", "password": "hush"})


def life_of(keeper: Keeper) -> CameraLife:
    def call(verb: str, **arguments: Any) -> dict[str, Any]:
        return from_wire(to_wire(VERBS[verb](keeper, arguments, Message({}, b"")).head), dict[str, Any])

    return CameraLife(
        call,
        two(keeper),
        lambda camera_no, version: taken(keeper, camera_no, version).sha256,
        lambda of, kind: filed(keeper, of, kind),
    )


def taken(
    keeper: Keeper, camera_no: str, version: int = 1, light: str = "day", jpeg: bytes = b"", **more: Any
) -> Reference:
    """A reference picture by the officer, without a recorder to take it."""
    version_of = keeper.cameras.fleet.get(camera_no, version)
    by = Seat(1, OFFICER.name, "王小明", ("officer",), "", 0)
    return keeper.references.take(os.urandom(16).hex(), by, version_of, light, jpeg or os.urandom(64), **more)


def on_disk(box: Box) -> Registry:
    return read_registry(RealFs(), box.settings.layout.boot)


def keys(keeper: Keeper) -> set[str]:
    return {finding.key for finding in keeper.findings.all()}


def test_INV_10_a_camera_added_to_the_file_before_the_first_start_is_not_taken_in(box: Box, clock: FilmClock) -> None:
    boot = box.settings.layout.boot
    before = on_disk(box)
    added = Registry(version=1, since_ns=before.since_ns, cameras=(*before.cameras, testcard("66")), trial=True)
    write_registry(RealFs(), boot, added, STRANGER)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert keeper.registry.cameras == before.cameras
        assert "camera-stranger-66" in keys(keeper)
    assert on_disk(box).cameras == before.cameras


@pytest.mark.parametrize("how", ["missing", "rubbish", "another"])
def test_INV_10_the_file_is_written_anew_from_the_acts_and_said(
    box: Box, keeper: Keeper, clock: FilmClock, how: str
) -> None:
    path = Path(box.settings.layout.boot, REGISTRY)
    life_of(keeper).put_in_force(SECRET)
    registry, good = keeper.registry, path.read_bytes()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(b"x" * 300)
    if how == "another":
        forged = Registry(version=9, since_ns=0, cameras=(testcard("66"),))
        write_registry(RealFs(), box.settings.layout.boot, forged, STRANGER)
    clock.at_ns += 60 * 10**9
    housekeeping(keeper).turn()
    assert on_disk(box) == registry
    assert path.read_bytes() != good, "sealed anew"
    assert "registry-altered" in keys(keeper)


def test_INV_10_an_older_registry_of_our_own_is_put_right_and_said(box: Box, keeper: Keeper, clock: FilmClock) -> None:
    path, life = Path(box.settings.layout.boot, REGISTRY), life_of(keeper)
    life.put_in_force(SECRET)
    older = path.read_bytes()
    life.act(Event.RETIRE, SECRET.camera_no, 1)
    assert "registry-altered" not in keys(keeper)
    path.write_bytes(older)
    clock.at_ns += 60 * 10**9
    housekeeping(keeper).turn()
    assert on_disk(box) == keeper.registry
    assert "registry-altered" in keys(keeper)


def test_INV_10_where_nobody_knows_what_is_in_force_nothing_is_written_over_what_the_recorder_has(
    box: Box, clock: FilmClock
) -> None:
    """The first start of this version, and the file does not read: the list may still be in a backup."""
    path, public = Path(box.settings.layout.boot, REGISTRY), Path(box.settings.layout.boot, REGISTRY_PUBLIC)
    good = path.read_bytes()
    path.write_bytes(b"x" * 300)
    public.unlink(missing_ok=True)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        clock.at_ns += 60 * 10**9
        housekeeping(keeper).turn()
        assert path.read_bytes() == b"x" * 300
        assert "registry-unread" in keys(keeper)
    path.write_bytes(good)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert [camera.camera_no for camera in keeper.registry.cameras] == ["01", "02"]
        assert "registry-unread" not in keys(keeper)


def test_AT_09_AT_10_what_is_told_of_a_camera_has_its_papers_and_next_steps_and_never_its_settings(
    keeper: Keeper,
) -> None:
    life = life_of(keeper)
    life.put_in_force(SECRET)
    rows = life.call("cameras.book", session=life.session)["cameras"]
    assert [(row["camera"], row["state"], row["live"]) for row in rows] == [
        ("01", "in_force", True), ("02", "in_force", True), ("03", "in_force", True)
    ]  # fmt: skip
    told = life.call("camera", session=life.session, camera="03")
    assert "hush" not in str(told)
    (version,) = told["versions"]
    assert (version["source"], version["settings"]) == ("testcard", ["label", "password"])
    assert version["answer"]["number"] == "北市警字第1號"
    assert [(act["row"], act["by"]) for act in told["acts"]][:2] == [
        ("K6b", UNIT_HEAD.display), ("K6a", OFFICER.display)
    ]  # fmt: skip
    (entered,) = (act["typed"] for act in told["acts"] if act["row"] == "K4a")
    assert entered == {"answer": version["answer"]}, "what was typed for it, and never the way to the camera"
    seats = {each["event"]: [seat["why"] for seat in each["seats"]] for each in version["possible"]}
    assert seats["suspend"] == ["role", "guard"]
    assert set(seats) == {"recheck", "suspend", "retire"}, (
        "its papers are there: nobody files them as those of an existing one"
    )
    life.draft(SECRET, "replacement")
    coming = life.call("camera", session=life.session, camera="03")["versions"][0]
    assert (coming["state"], coming["differs"], coming["filing"]) == ("draft", [], "exempt")


def test_a_refusal_says_everything_that_is_missing(keeper: Keeper) -> None:
    life = life_of(keeper)
    version = life.act(Event.DRAFT, "04", origin="new", matters={"area": "門口"}, device={}, wiring={})["version"]
    with pytest.raises(NotAllowed) as refused:
        life.act(Event.SUBMIT, "04", version)
    assert {"place", "view", "purpose", "make", "banned_check", "source"} <= set(refused.value.details["missing"])
    with pytest.raises(Refused, match="does not fit"):
        life.call("camera-act", session=life.session, act="x", seat=1, password="wrong", camera="04", version=version,
                  event="drop", facts={"note": "x"})  # fmt: skip
    with pytest.raises(NotFound, match="no such camera"):
        life.call("camera", session=life.session, camera="77")


def test_T_08_a_removed_camera_s_place_is_still_known_to_cases_and_holds(keeper: Keeper) -> None:
    life = life_of(keeper)
    life.act(Event.RETIRE, "02", 1)
    assert [each.camera_no for each in keeper.registry.cameras] == ["01"]
    assert set(keeper.cases.world.cameras()) == {"01", "02"}


def test_T_08_a_removed_camera_s_footage_is_asked_for_and_pinned_and_its_last_days_are_told(
    box: Box, clock: FilmClock
) -> None:
    start_ns = box.made_ns - DAY_NS
    box.start("keeper")
    film_past(box, "02", start_ns, 2)
    box.kill("keeper")
    today, filmed = day_of(clock.at_ns), day_of(start_ns)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        life = life_of(keeper)
        life.act(Event.SUSPEND, "02", 1)
        first, suspended = life.call("cameras", session=life.session)["cameras"]
        assert (first["camera_no"], "left" in first) == ("01", False)
        assert (suspended["left"], suspended["left_on"]) == ("suspended", f"{today}")
        life.act(Event.RETIRE, "02", 1)
        told = life.call("cameras", session=life.session)["cameras"][1]
        assert (told["left"], told["left_on"], told["earliest_ns"]) == ("retired", f"{today}", start_ns)
        assert start_ns < told["last_written_ns"] <= start_ns + 3 * 10**9
        assert told["kept_until"] == f"{filmed + timedelta(days=keeper.policy.floor_days)}"
        assert told["gone_by"] == f"{filmed + timedelta(days=keeper.policy.target_days)}"
        facts = facts_of_receipt(["02"], start_ns, start_ns + 10**9)
        keeper.cases.act("a" * 32, ActingUser(OFFICER.name, OFFICER.display), "", "receive", facts, kind="CIT")
        assert [each.camera_no for each in keeper.cases.holds()] == ["02"]


def test_T_08_a_camera_that_is_resumed_is_in_force_and_has_not_left(keeper: Keeper) -> None:
    life = life_of(keeper)
    life.act(Event.SUSPEND, "02", 1)
    assert "02" in keeper.cameras.left()
    life.act(Event.RESUME, "02", 1)
    assert keeper.cameras.left() == {}
    assert keeper.cameras.fleet.get("02", 1).ended_on is None


def test_cases_learn_of_places_while_an_act_on_a_camera_is_under_way(keeper: Keeper) -> None:
    """An act asks the cases what they keep, and the cases ask for places: neither waits for the other."""
    book, found = keeper.cameras, list[set[str]]()
    with book._lock:
        asking = threading.Thread(target=lambda: found.append(set(keeper.cases.world.cameras())), daemon=True)
        asking.start()
        asking.join(120)
    assert found == [{"01", "02"}]


def test_T_69_nobody_is_named_to_file_the_papers_of_a_camera_that_has_its_approval(keeper: Keeper) -> None:
    life_of(keeper).put_in_force(SECRET)
    seat = Seat(1, "nobody", "", ("auditor",), "", 0)
    told = camera_details(keeper.cameras, "03", [seat], lambda person: frozenset())
    assert "file_evidence" not in {each.event for each in told.versions[0].possible}


def test_AT_10_what_is_reported_and_how_often_it_is_reviewed_stands_in_the_office_s_rules(keeper: Keeper) -> None:
    life = life_of(keeper)
    before = life.draft(SECRET)
    assert keeper.cameras.world.filing() == Filing()
    data = second_bytes()
    asked = {"session": life.session, "act": "rules", "seat": 1, "password": OFFICER.password}
    sha256 = VERBS["pack.propose"](keeper, asked, Message({}, data)).head["sha256"]
    passwords = {"1": OFFICER.password, "2": UNIT_HEAD.password}
    life.call("pack.approve", session=life.session, act="approve", passwords=passwords, sha256=sha256)
    assert keeper.cameras.world.filing() == Filing(
        new="filing", change="filing", replacement="filing", retired=True, review_months=2
    )
    after = life.draft(Camera(camera_no="04", location="二樓", source="testcard", settings={"label": "4"}))
    fleet = keeper.cameras.fleet
    assert (fleet.get("03", before).filing, fleet.get("04", after).filing) == ("approval", "filing")
    assert life.call("cameras.reviews", session=life.session)["months"] == 2


def test_AT_13_every_camera_in_force_has_a_line_in_the_review(keeper: Keeper) -> None:
    life = life_of(keeper)
    life.put_in_force(SECRET)
    told = life.call("cameras.reviews", session=life.session)
    assert [each["camera"] for each in told["reviews"]] == ["01", "02", "03"]
    assert all(each["looked_on"] is None and not each["review"] for each in told["reviews"]), "nobody looked yet"


def test_AT_03_a_device_that_lies_there_is_told_with_the_camera_that_is_registered_at_it(
    keeper: Keeper, clock: FilmClock
) -> None:
    life = life_of(keeper)
    told = life.call("cameras.ways", session=life.session)
    assert (told["kinds"], told["found"]) == ({}, []), "the recorder has not said yet"
    device = Camera(camera_no="05", location="二樓", source="v4l2", settings={"device": "/dev/video0"})
    life.put_in_force(device)
    declared = {"v4l2": [{"name": "device", "required": True}]}
    found = [{"source": "v4l2", "setting": "device", "value": f"/dev/video{at}"} for at in (0, 2)]
    life.call("recorder.hello", open=[], left=[], wall_ns=clock.wall_ns(), run_id="r", boot_id="b", boot_ns=1,
              sources=["v4l2"], declared=declared, found=found)  # fmt: skip
    told = life.call("cameras.ways", session=life.session)
    assert told["kinds"]["v4l2"][0]["name"] == "device"
    assert [(each["value"], each["camera"]) for each in told["found"]] == [("/dev/video0", "05"), ("/dev/video2", "")]
    assert "hush" not in str(told)


def test_a_way_that_is_typed_in_part_is_laid_over_what_is_set_and_a_password_goes_to_no_other_host(
    keeper: Keeper,
) -> None:
    life = life_of(keeper)
    account = {"user": "viewer", "password": "hush", "transport": "tcp"}
    camera = Camera(camera_no="03", location="二樓", source="rtsp", priority=10,
                    settings={"url": "rtsp://192.0.2.7/1", **account})  # fmt: skip
    version = life.draft(camera)

    def revised(**facts: Any) -> Wiring:
        life.act(Event.REVISE, "03", version, **facts)
        return keeper.cameras.fleet.get("03", version).wiring

    assert revised(wiring={"settings": {"password": "other"}}) == Wiring(
        source="rtsp", settings={"url": "rtsp://192.0.2.7/1", **account, "password": "other"}, priority=10
    )
    kept = revised(wiring={"settings": {"url": "rtsp://192.0.2.7/2"}, "priority": 200}, keeps=True)
    assert (kept.settings["url"], kept.settings["password"], kept.priority) == ("rtsp://192.0.2.7/2", "other", 200)
    moved = revised(wiring={"settings": {"url": "rtsp://192.0.2.8/2"}}).settings
    assert moved == {"url": "rtsp://192.0.2.8/2", "transport": "tcp"}
    assert revised(wiring={"source": "testcard", "settings": {}}).settings == {}
    with pytest.raises(UsageError, match="holds a user or password") as refused:
        revised(wiring={"source": "rtsp", "settings": {"url": "rtsp://a:hush@192.0.2.7/1"}})
    assert "hush" not in str(refused.value)


def test_nothing_lacks_of_a_camera_before_it_came_in_force_however_long_the_office_runs(
    keeper: Keeper, clock: FilmClock
) -> None:
    clock.at_ns += 5 * 3600 * 10**9
    life = life_of(keeper)
    life.put_in_force(SECRET)
    begun_ns = keeper.cameras.fleet.get("03", 1).in_force_ns
    clock.at_ns += 60 * 10**9
    told = {each["camera_no"]: each for each in VERBS["status"](keeper, {}, Message({}, b"")).head["cameras"]}
    assert (told["03"]["in_force_ns"], told["03"]["gaps_24h"][0]["start_ns"]) == (begun_ns, begun_ns)
    assert told["01"]["gaps_24h"][0]["start_ns"] == keeper.registry.since_ns
    (line,) = (each for each in keeper.statements._cameras(day_of(begun_ns), clock.wall_ns()) if each.camera_no == "03")
    assert line.gaps[0].start_ns == begun_ns


def test_footage_of_before_a_camera_came_in_force_makes_no_gap_of_the_time_between(
    keeper: Keeper, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures were taken for its acceptance, an hour before."""
    clock.at_ns += 5 * 3600 * 10**9
    life_of(keeper).put_in_force(SECRET)
    begun_ns = keeper.cameras.fleet.get("03", 1).in_force_ns
    first_ns = begun_ns - 3600 * 10**9
    monkeypatch.setattr(keeper.ring, "earliest", {"03": first_ns}.get)
    clock.at_ns += 60 * 10**9
    told = {each["camera_no"]: each for each in VERBS["status"](keeper, {}, Message({}, b"")).head["cameras"]}
    assert [(gap["start_ns"], gap["end_ns"], gap["cause"]) for gap in told["03"]["gaps_24h"]] == [
        (first_ns, begun_ns, "not-in-force"), (begun_ns, clock.wall_ns(), "unknown")
    ]  # fmt: skip
    assert {gap["cause"] for gap in told["01"]["gaps_24h"]} == {"unknown"}, "the others were in force all the time"


def test_T_09_the_forecast_with_a_camera_on_its_way_is_told_before_it_is_signed(keeper: Keeper) -> None:
    life = life_of(keeper)
    version = life.draft(SECRET)
    told = life.call("cameras.days", session=life.session, camera="03", version=version)
    assert told["then"]["day_bytes"] > told["now"]["day_bytes"]
    assert told["then"]["day_bytes"] - told["now"]["day_bytes"] == told["day_bytes"]
    with pytest.raises(NotFound):
        life.call("cameras.days", session=life.session, camera="03", version=9)


def test_AT_03_a_search_is_asked_of_the_recorder_once_and_lists_what_answered_registered_or_not(
    keeper: Keeper, clock: FilmClock
) -> None:
    life = life_of(keeper)
    rtsp = Camera(camera_no="03", location="二樓", source="rtsp", settings={"url": "rtsp://192.0.2.7/live"})
    life.put_in_force(rtsp)

    def ordered() -> int:
        with keeper.recorder.lock:
            keeper.recorder.greeted = True
        return int(VERBS["recorder.states"](keeper, {}, Message({}, to_wire([]))).head["search"])

    def found(number: int, *addresses: str) -> None:
        told = [{"source": "rtsp", "setting": "url", "value": each, "words": "cam"} for each in addresses]
        VERBS["recorder.found"](keeper, {"number": number, "found": told, "why": ""}, Message({}, b""))

    def told() -> dict[str, Any]:
        return {"number": 0, "done_ns": 0, **life.call("cameras.ways", session=life.session)["search"]}

    assert (ordered(), told()["number"]) == (0, 0)
    first = life.call("cameras.search", session=life.session)["number"]
    assert life.call("cameras.search", session=life.session)["number"] == first, "one at a time"
    assert (ordered(), told()["done_ns"]) == (first, 0)
    found(first + 1, "rtsp://192.0.2.99/")
    assert told()["done_ns"] == 0, "that was another search"
    found(first, "rtsp://192.0.2.7/", "rtsp://192.0.2.8/")
    assert [(each["value"], each["camera"], each["words"]) for each in told()["found"]] == [
        ("rtsp://192.0.2.7/", "03", "cam"), ("rtsp://192.0.2.8/", "", "cam"),
    ]  # fmt: skip
    assert ordered() == 0, "a recorder that starts again does not search again"
    assert "192.0.2.8" not in str([camera.settings for camera in keeper.registry.cameras])
    assert life.call("cameras.search", session=life.session)["number"] == first + 1
    clock.at_ns += 60 * 10**9
    assert life.call("cameras.search", session=life.session)["number"] == first + 2, "that one never answered"


def test_a_device_is_asked_with_the_account_that_the_draft_holds_which_no_page_sees(keeper: Keeper) -> None:
    life = life_of(keeper)
    settings = {"url": "rtsp://192.0.2.8/", "user": "recorder", "password": "at-the-camera-1"}
    life.act(Event.DRAFT, "05", origin="new", wiring={"source": "rtsp", "settings": settings})
    with keeper.recorder.lock:
        keeper.recorder.greeted = True
    heard: list[dict[str, Any]] = []

    def ask() -> None:
        heard.append(life.call("cameras.ask-device", session=life.session, camera="05", version=1))

    asking = threading.Thread(target=ask)
    asking.start()

    def ordered() -> list[dict[str, Any]]:
        return list(VERBS["recorder.states"](keeper, {}, Message({}, to_wire([]))).head["inquiries"])

    (wanted,) = until(ordered, what="the order")
    assert (wanted["address"], wanted["user"], wanted["password"]) == tuple(settings.values())
    told = {"make": "Axle", "serial": "S-77", "streams": [{"url": "rtsp://198.51.100.9/a"}], "model": "at-the-camera-1"}
    VERBS["recorder.device"](keeper, {"order": wanted["order"], "report": told}, Message({}, b""))
    asking.join(120)
    report = heard[0]["report"]
    assert (report["make"], report["serial"]) == ("Axle", "S-77")
    assert report["streams"][0]["url"] == "rtsp://192.0.2.8/a"
    assert "at-the-camera-1" not in str(report)
    assert ordered() == []
    with pytest.raises(NotFound):
        life.call("cameras.ask-device", session=life.session, camera="05", version=7)


def test_what_has_no_address_or_is_in_force_is_not_asked(keeper: Keeper) -> None:
    life = life_of(keeper)
    life.act(Event.DRAFT, "05", origin="new", wiring={"source": "testcard", "settings": {}})
    with pytest.raises(Refused, match="no network address"):
        life.call("cameras.ask-device", session=life.session, camera="05", version=1)
    with pytest.raises(Refused):
        life.call("cameras.ask-device", session=life.session, camera="01", version=1)


def test_T_66_a_camera_that_answers_at_another_address_is_told_and_keeps_number_and_device(keeper: Keeper) -> None:
    """Its card says so; the new address is a version of its own, to which the account does not go by itself."""
    life, card = life_of(keeper), "02:00:00:00:00:03"
    settings = {"url": "rtsp://192.0.2.7/live", "user": "recorder", "password": "at-the-camera-1"}
    life._refer = lambda camera_no, version: taken(keeper, camera_no, version, identity={"mac": card}).sha256
    life.put_in_force(Camera(camera_no="03", location="二樓", source="rtsp", settings=settings))
    with keeper.recorder.lock:
        keeper.recorder.greeted = True

    def found(*at: tuple[str, str]) -> None:
        number = life.call("cameras.search", session=life.session)["number"]
        told = [{"source": "rtsp", "setting": "url", "value": value, "card": card} for value, card in at]
        VERBS["recorder.found"](keeper, {"number": number, "found": told, "why": ""}, Message({}, b""))

    def moved() -> tuple[list[str], str]:
        listed = life.call("cameras.ways", session=life.session)["search"]["found"]
        return [each["moved"] for each in listed], life.call("camera", session=life.session, camera="03")["moved_to"]

    found(("rtsp://192.0.2.8/", "02:00:00:00:00:99"), ("rtsp://192.0.2.7/", card))
    assert moved() == (["", ""], ""), "another device, and the camera where it belongs"
    found(("rtsp://192.0.2.8/", card))
    assert moved() == (["03"], "rtsp://192.0.2.8/")
    head = life.call("login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, totp="")["session"]
    assert life.call("camera", session=head, camera="03")["moved_to"] == "", "addresses are the officers'"
    assert keeper.registry.cameras[-1].settings["url"] == "rtsp://192.0.2.7/live", "nothing is taken over by itself"
    new = {"source": "", "settings": {"url": "rtsp://192.0.2.8/"}}
    facts = {"origin": "replacement", "keeps": True, "wiring": new}
    done = life.act(Event.DRAFT, "03", **facts)
    draft = keeper.cameras.fleet.get("03", done["version"])
    assert (draft.camera_no, draft.wiring.source, draft.wiring.settings) == (
        "03", "rtsp", {"url": "rtsp://192.0.2.8/"},
    )  # fmt: skip
