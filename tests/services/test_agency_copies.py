"""An agency's copy on a stick: made by the officer, read back by another, with every end in between (D-08)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core.errors import NotAllowed, NotFound, RecorderError, Refused, Unavailable
from appliance.formats.copy_package.signing import fingerprint
from appliance.rules.cases.masks import Mask
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Stage, State
from appliance.rules.registers.media import MediumState
from appliance.services.viewing.footage import Footage, Place
from tests.box import until
from tests.medium.bad_sticks import bad_stick
from tests.medium.foreign import check_sound, sums_by_mounting
from tests.medium.loop_service import medium_service
from tests.medium.loops import loop_device
from tests.sandbox.films import film, numbers, read
from tests.services.agency_copies import HEAD, AgencyOffice, delivered, is_free
from tests.services.copies import OFFICER
from tests.services.packages import heavy
from tests.services.viewing import NOON_NS
from tests.vault.ringcases import SIGNING

pytestmark = pytest.mark.root

MIB = 1 << 20
SECOND_NS = 1_000_000_000
START_NS = NOON_NS - 10 * SECOND_NS
WHOLE = (START_NS + 2 * SECOND_NS, START_NS + 14 * SECOND_NS)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return tmp_path / "stick.img"


@pytest.fixture
def office(tmp_path: Path, image: Path) -> Iterator[AgencyOffice]:
    """C1 recorded 16 s over noon; two sticks are plugged in, and both are registered."""
    with (
        loop_device(image, size=64 * MIB) as first,
        loop_device(tmp_path / "second.img", size=64 * MIB) as second,
        medium_service(tmp_path, {"S1": first, "S2": second}) as (socket, _),
    ):
        yield made(socket)


def made(socket: str, size: int = 2000) -> AgencyOffice:
    """``size``: of a picture."""
    office = AgencyOffice(socket)
    office.record_film(heavy(film(16, sound="aac"), size=size), START_NS)
    office.enter_medium("D115-0001", "S1")
    office.enter_medium("D115-0002", "s-2")
    return office


def granted(office: AgencyOffice) -> str:
    return office.life.agency_granted(["C1"], *WHOLE)


def state(office: AgencyOffice, key: str) -> State:
    return office.cases.file(key).case.state


def test_AT_57_a_copy_from_its_making_to_what_its_reader_finds(
    office: AgencyOffice, image: Path, tmp_path: Path
) -> None:
    """The delivered files equal the manifest, by tools that are not ours, and its signature and its entry hold."""
    key = granted(office)
    size = office.ledger.size
    making = office.hand(key)
    assert making.error is None
    assert (making.made, making.written, state(office, key)) == (True, True, State.COPY_MADE)
    copy = office.agency.newest(key)
    assert copy is not None
    assert sums_by_mounting(image, tmp_path / "sums") == dict(copy.files)
    check_sound(image)
    phrase = office.agency_maker.phrases.take(key, making.session_id)
    folder = delivered(image, phrase, tmp_path / "reader", key=key)
    subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
    script = tmp_path / "reader/beside/verify_copy.py"
    mark = fingerprint(SIGNING.public_key())
    command = [sys.executable, "-I", str(script), str(folder), "--fingerprint", mark]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    made_entry = office.ledger.entry(office.cases.file(key).deeds[-1].index)
    assert f"{made_entry.index}" in done.stdout, "in the ledger, under the entry of row A16"
    assert made_entry.fields["row"] == "A16"
    order = office.kinds(size)
    assert order.index("grant.opened") < order.index("footage.released") < order.index("grant.ended")
    assert order.index("grant.ended") < order.index("copy.made") < order.index("copy.written")
    (opened,) = [entry for entry in office.ledger.entries(size) if entry.kind == "grant.opened"]
    assert (opened.fields["purpose"], opened.fields["copy"], opened.fields["medium"]) == (
        "medium", making.copy_id, "D115-0001",
    )  # fmt: skip
    assert not office.store.files.names(), "nothing of it lay on a disk of ours"


def test_what_a_plain_pc_does_not_play_is_there_once_more(office: AgencyOffice, image: Path, tmp_path: Path) -> None:
    office.record_film(film(16, codec="mjpeg"), START_NS, camera_no="C2")
    key = office.life.agency_granted(["C2"], *WHOLE)
    making = office.hand(key)
    assert making.written
    phrase = office.agency_maker.phrases.take(key, making.session_id)
    folder = delivered(image, phrase, tmp_path / "reader", key=key)
    files = json.loads((folder / "manifest.json").read_bytes())["files"]
    assert [file["kind"] for file in files] == ["original", "captions", "play"]


def test_INV_06_another_person_reads_it_back_and_verifies_and_it_is_handed_over_once(
    office: AgencyOffice, image: Path
) -> None:
    key = granted(office)
    making = office.hand(key)
    with pytest.raises(NotAllowed) as refused:
        office.read_back(key, OFFICER)
    assert Stage.COPY_MAKER in refused.value.details["missing"], "the maker does not even begin"
    with pytest.raises(NotAllowed) as refused:
        office.cases.act("v1", HEAD, key, Event.VERIFY_COPY, {"copy_work": {"plays": True}})
    assert refused.value.details["missing"] == ("reread",)
    assert office.read_back(key).error is None
    office.agency_anew()
    with pytest.raises(NotAllowed) as refused:
        office.cases.act("v2", OFFICER, key, Event.VERIFY_COPY, {"copy_work": {"plays": True}})
    office.cases.act("v3", HEAD, key, Event.VERIFY_COPY, {"copy_work": {"plays": True}})
    handed = {"handed_to_known": True, "receipt_signed": True, "passphrase_apart": True}
    office.life.act("deliver", key, copy_work=handed)
    office.life.act("clean", key)
    assert state(office, key) is State.CLEANED
    (last,) = office.cases.file(key).handed
    assert (last.medium, last.cause, last.copy) == ("D115-0001", "handed", making.copy_id)
    office.life.close(key)
    assert state(office, key) is State.CLOSED


def test_T_52_a_copy_that_comes_back_is_neither_read_nor_written_over(office: AgencyOffice, image: Path) -> None:
    """It is not taken in: what is left is to refuse it at the desk, or to destroy its medium by the register."""
    key = granted(office)
    making = office.hand(key)
    office.agency_maker.phrases.take(key, making.session_id)
    office.read_back(key)
    office.cases.act("v", HEAD, key, Event.VERIFY_COPY, {"copy_work": {"plays": True}})
    handed = {"handed_to_known": True, "receipt_signed": True, "passphrase_apart": True}
    office.life.act("deliver", key, copy_work=handed)
    office.life.act("clean", key)
    lay = image.read_bytes()
    with pytest.raises(NotAllowed):
        office.read_back(key)
    with pytest.raises(Refused, match="a copy was made on D115-0001 before"):
        office.hand(granted(office))
    assert image.read_bytes() == lay
    office.set_medium("D115-0001", MediumState.DESTROYED)
    assert office.agency.media.is_destroyed("D115-0001")


def test_the_clearing_waits_while_something_of_the_making_is_left(office: AgencyOffice) -> None:
    key = granted(office)
    making = office.hand(key)
    office.read_back(key)
    office.cases.act("v", HEAD, key, Event.VERIFY_COPY, {"copy_work": {"plays": True}})
    handed = {"handed_to_known": True, "receipt_signed": True, "passphrase_apart": True}
    office.life.act("deliver", key, copy_work=handed)
    with pytest.raises(NotAllowed) as refused:
        office.life.act("clean", key)
    assert refused.value.details["missing"] == ("residue",), "its pass-phrase lies in memory"
    office.agency_maker.phrases.take(key, making.session_id)
    office.life.act("clean", key)


def test_a_pass_phrase_is_handed_out_once_to_the_session_that_made_the_copy(office: AgencyOffice) -> None:
    key = granted(office)
    making = office.hand(key)
    phrases = office.agency_maker.phrases
    with pytest.raises(NotFound):
        phrases.take(key, "another session")
    phrase = phrases.take(key, making.session_id)
    with pytest.raises(NotFound):
        phrases.take(key, making.session_id)
    assert not any(phrase.encode() in entry.raw for entry in office.ledger.entries())
    assert len(phrase) == 29


def test_a_pass_phrase_goes_with_the_session_and_with_the_case(office: AgencyOffice) -> None:
    key = granted(office)
    making = office.hand(key)
    office.agency_maker.forget_stale(lambda session_id: True)
    assert office.agency_maker.phrases.waits(key, making.session_id)
    office.agency_maker.forget_stale(lambda session_id: session_id != making.session_id)
    assert not office.agency_maker.phrases.waits(key)
    other = granted(office)
    office.hand(other, "S2")
    done = {"done": "以電話表示無須", "day": office.life.today().isoformat(), "copied": "no"}
    office.life.act("otherwise", other, otherwise=done)
    office.agency_maker.forget_stale(lambda session_id: True)
    assert not office.agency_maker.phrases.waits(other)


@pytest.mark.parametrize(("change", "code"), [
    (lambda office: office.register.pop("D115-0001"), "agency-medium-unregistered"),
    (lambda office: office.set_medium("D115-0001", MediumState.AWAY), "agency-medium-state"),
    (lambda office: office.enter_medium("D115-0001", "S1", holds="footage"), "agency-medium-holds"),
])  # fmt: skip
def test_INV_06_a_medium_that_the_register_does_not_let_hold_a_copy_is_not_touched(
    office: AgencyOffice, image: Path, change: object, code: str
) -> None:
    key = granted(office)
    change(office)  # type: ignore[operator]
    size, before = office.ledger.size, image.read_bytes()
    with pytest.raises(Refused) as refused:
        office.hand(key)
    assert refused.value.message is not None
    assert refused.value.message.code == code
    assert (office.ledger.size, state(office, key)) == (size, State.NOTIFIED)
    assert image.read_bytes() == before


def test_INV_22_nothing_is_opened_for_a_copy_before_its_entries_are_there(
    office: AgencyOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = granted(office)
    size, inner = office.ledger.size, Footage.fragment
    opened: list[list[str]] = []

    def fragment(self: Footage, place: Place) -> object:
        opened.append(office.kinds(size))
        return inner(self, place)

    monkeypatch.setattr(Footage, "fragment", fragment)
    assert office.hand(key).written
    assert opened
    assert all(kinds == ["grant.opened", "footage.released"] for kinds in opened)
    released = next(entry for entry in office.ledger.entries(size) if entry.kind == "footage.released")
    assert (released.fields["start_ns"], released.fields["end_ns"], released.fields["what"]) == (*WHOLE, "medium")


def test_AT_56_no_copy_is_begun_without_its_own_decision(office: AgencyOffice) -> None:
    key = office.booked(*WHOLE)
    size = office.ledger.size
    with pytest.raises(RecorderError):
        office.hand(key)
    assert office.ledger.size == size
    assert not office.agency.making(key)


def masked(office: AgencyOffice) -> str:
    """The key of a case that was granted masked, and none of whose masks is drawn."""
    scopes = [{"camera_no": "C1", "start_ns": WHOLE[0], "end_ns": WHOLE[1]}]
    rulings = [{"range_no": 0, "scopes": scopes, "masked": True, "reason": "第三人"}]
    return office.life.agency_granted(["C1"], *WHOLE, rulings=rulings, article="八(五)", reason="第三人")


def draw(office: AgencyOffice, key: str, first: float, last: float) -> Mask:
    """Over the left half, in seconds of what was granted."""
    mask = Mask(
        number=0, camera_no="C1", start_ns=WHOLE[0] + round(first * SECOND_NS),
        end_ns=WHOLE[0] + round(last * SECOND_NS), left=0, top=0, right=500, bottom=1000,
    )  # fmt: skip
    scopes = office.cases.file(key).case.masked_scopes
    return office.masks.draw(office.act(), office.seat("lin"), key, scopes, mask)


def test_T_26_what_was_granted_masked_is_handed_over_with_its_masks_and_not_before_they_are_confirmed(
    office: AgencyOffice, image: Path, tmp_path: Path
) -> None:
    key = masked(office)
    drawn = draw(office, key, 3, 7)
    for event in (Event.FINISH_MASKS, Event.CONFIRM_MASKS):
        size = office.ledger.size
        with pytest.raises((NotAllowed, Refused)) as refused:
            office.hand(key)
        assert "mask" in str(refused.value)
        assert office.ledger.size == size
        office.life.act(event.value, key, seat=2 if event is Event.CONFIRM_MASKS else 1)
    size = office.ledger.size
    making = office.hand(key)
    assert (making.error, making.written) == (None, True)
    (opened,) = [entry for entry in office.ledger.entries(size) if entry.kind == "grant.opened"]
    assert (opened.fields["purpose"], opened.fields["masks"]) == ("medium", [1])
    folder = delivered(image, office.agency_maker.phrases.take(key, making.session_id), tmp_path / "reader", key=key)
    file, captions = json.loads((folder / "manifest.json").read_bytes())["files"]
    assert (file["kind"], captions["kind"]) == ("masked", "captions")
    (mask,) = file["masked"]["masks"]
    entry = office.ledger.entry(mask["entry"])
    assert (entry.kind, entry.fields["mask"], entry.fields["case"]) == ("mask.drawn", 1, key)
    assert hashlib.sha256(b"\0" + entry.raw).hexdigest() == mask["entry_sha256"], "RFC 6962 §2.1"
    assert (mask["minutes"]["start"]["ns"], mask["minutes"]["end"]["ns"]) == (drawn.start_ns, drawn.end_ns)
    shown = numbers(read((folder / file["name"]).read_bytes()).pictures)
    assert shown == [number & (0xFF00 if 50 <= number < 90 else 0xFFFF) for number in range(20, 140)]
    script = [sys.executable, "-I", str(tmp_path / "reader/beside/verify_copy.py"), str(folder)]
    said = subprocess.run(script, capture_output=True, text=True, check=False).stdout
    assert f"mask 1, {mask['minutes']['start']['local']}" in said
    assert said.endswith("ALL GOOD\n")


def test_T_26_masks_that_changed_since_the_case_was_opened_end_the_making(
    office: AgencyOffice,
) -> None:
    key = masked(office)
    draw(office, key, 3, 7)
    office.life.act("finish_masks", key)
    office.life.act("confirm_masks", key, seat=2)
    office.masks = type(office.masks)(office.acts, office.ledger)
    office.masks.remove(office.act(), office.seat("lin"), key, 1)
    making = office.hand(key)
    assert making.error is not None
    assert not making.made
    assert state(office, key) is State.NOTIFIED


def test_T_49_a_copy_that_is_larger_than_the_stick_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    with (
        loop_device(tmp_path / "small.img", size=24 * MIB) as device,
        medium_service(tmp_path, {"S1": device}) as (socket, _),
    ):
        office = made(socket)
        key = granted(office)
        size = office.ledger.size
        with pytest.raises(Refused) as refused:
            office.hand(key)
        assert refused.value.message is not None
        assert refused.value.message.code == "agency-medium-small"
        assert office.ledger.size == size


def test_T_49_a_stick_that_goes_in_the_middle_leaves_the_case_where_it_was(tmp_path: Path) -> None:
    with bad_stick(tmp_path, 64 * MIB) as stick, medium_service(tmp_path, {"S1": stick.device}) as (socket, _):
        office = made(socket, 60_000)
        key = granted(office)
        release = office.grants.release

        def pulled(*given: object) -> None:
            release(*given)  # type: ignore[arg-type]
            stick.switch(pulled=True)

        office.grants.release = pulled  # type: ignore[method-assign, assignment]
        making = office.hand(key)
        assert making.error is not None
        assert (making.made, state(office, key), office.agency.newest(key)) == (False, State.NOTIFIED, None)
        assert "copy.made" not in office.kinds()
        assert not office.grants.cases_open(), "its keys are wiped"
        stick.switch()
        office.grants.release = release  # type: ignore[method-assign]
        assert until(lambda: is_free(stick.device))
        assert office.hand(key).written, "the same stick: no copy was ever made on it"


def test_T_49_a_copy_that_was_made_and_never_written_is_not_verified_and_takes_another_medium(
    office: AgencyOffice,
) -> None:
    """As a keeper leaves it that ends between the two entries; the medium that failed is destroyed first."""
    key = granted(office)
    office.agency.written = lambda *given: (_ for _ in ()).throw(Unavailable("the keeper ends"))  # type: ignore
    making = office.hand(key)
    assert (making.made, making.written) == (True, False)
    office.agency_anew()
    assert state(office, key) is State.COPY_MADE
    with pytest.raises(NotFound, match="no medium holds all of it"):
        office.read_back(key)
    assert not office.agency_maker.phrases.waits(key)
    with pytest.raises(Refused, match="before"):
        office.hand(key, "S1")
    with pytest.raises(NotAllowed) as refused:
        office.hand(key, "S2")
    assert refused.value.details["missing"] == ("failed_destroyed",)
    office.set_medium("D115-0001", MediumState.DESTROYED)
    second = office.hand(key, "S2")
    assert (second.error, second.written) == (None, True)
    assert [each.cause for each in office.cases.file(key).handed] == ["remade", ""]
    assert office.read_back(key).error is None


def test_T_49_what_the_medium_does_not_give_back_is_told_by_name_and_entered(office: AgencyOffice, image: Path) -> None:
    key = granted(office)
    office.hand(key)
    at = image.read_bytes().index(b"PK\x03\x04") + 5000
    with image.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    office.clock.go_to(office.clock.wall_ns() + SECOND_NS)
    reading = office.read_back(key)
    assert reading.error is not None
    (entry,) = [each for each in office.ledger.entries() if each.kind == "copy.read"]
    assert not entry.fields["equal"]
    assert entry.fields["wrong"] == [f"copy-{key}.zip"]
    with pytest.raises(NotAllowed) as refused:
        office.cases.act("v", HEAD, key, Event.VERIFY_COPY, {"copy_work": {"plays": True}})
    assert refused.value.details["missing"] == ("hash_equal",)
    with image.open("r+b") as file:
        file.seek(at)
        file.write(bytes([byte]))
    assert office.read_back(key).error is None
    with pytest.raises(NotAllowed) as refused:
        office.cases.act("v2", HEAD, key, Event.VERIFY_COPY, {"copy_work": {"plays": True}})
    assert refused.value.details["missing"] == ("hash_equal",), "what lied once is not believed"
    office.agency_anew()
    assert not office.agency.work(key, HEAD.account).hash_equal


def test_T_49_a_stick_that_goes_while_it_is_read_back_is_told_and_nothing_is_entered(tmp_path: Path) -> None:
    with bad_stick(tmp_path, 64 * MIB) as stick, medium_service(tmp_path, {"S1": stick.device}) as (socket, _):
        office = made(socket)
        key = granted(office)
        office.hand(key)
        check, size = office.reader._check, office.ledger.size

        def pulled(*given: object) -> None:
            check(*given)  # type: ignore[arg-type]
            stick.switch(pulled=True)

        office.reader._check = pulled  # type: ignore[method-assign, assignment]
        with contextlib.suppress(Unavailable):  # as soon as it is opened, or when it is read
            reading = office.read_back(key)
            assert reading.error is not None
        assert office.ledger.size == size
        stick.switch()
        office.reader._check = check  # type: ignore[method-assign]
        assert until(lambda: is_free(stick.device))
        assert office.read_back(key).error is None


def test_one_copy_at_a_time_and_one_that_is_stopped_leaves_nothing(office: AgencyOffice) -> None:
    key, other = granted(office), granted(office)
    release = office.grants.release

    def stopped(*given: object) -> None:
        with pytest.raises(Refused, match="another one"):
            office.agency_maker._jobs.take()
        release(*given)  # type: ignore[arg-type]
        making.cancel()

    office.grants.release = stopped  # type: ignore[method-assign, assignment]
    making = office.agency_maker.start(office.order(key))
    office.agency_maker._jobs.wait()
    assert making.error is not None
    assert making.error.code == "agency-cancelled"
    assert (state(office, key), office.agency.making(key)) == (State.NOTIFIED, False)
    office.grants.release = release  # type: ignore[method-assign]
    assert office.hand(other, "S2").written


def test_a_copy_that_is_asked_for_twice_is_made_once(office: AgencyOffice) -> None:
    key = granted(office)
    order = office.order(key, act="a1" * 16)
    making = office.agency_maker.start(order)
    assert office.agency_maker.start(order) is making
    office.agency_maker._jobs.wait()
    assert office.kinds().count("copy.made") == 1
