"""The viewing copy of an agency's case: exactly its minutes, seen alone, destroyed whatever happens (D-07, 七(三))."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import pytest

from appliance.core.errors import Damaged, NotAllowed, NotFound, NotWritable, Refused, Unavailable
from appliance.core.model import Span
from appliance.formats.segment import SegmentOpener
from appliance.rules.cases.copies import UNATTENDED_NS, CopyEnd
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import State
from appliance.rules.deadlines import DAY_NS
from appliance.sandbox.protocol import Sample
from appliance.services.cases.usage_log_row import cells_of
from appliance.services.viewing.copies import ViewingCopy
from appliance.services.viewing.grant import Grant
from tests.faults.memory_fs import KILLED, MODES, MemoryFs
from tests.sandbox.films import FPS, Film, film, numbers, read
from tests.services.copies import COPIES, OFFICER, CopyOffice
from tests.services.viewing import NOON_NS, PASSWORD
from tests.vault.ringcases import entered, kinds

SECOND_NS = 1_000_000_000
START_NS = NOON_NS - 10 * SECOND_NS
"""When the films begin: ten seconds before a slot's border."""


def at(seconds: float) -> int:
    return START_NS + round(seconds * SECOND_NS)


@pytest.fixture
def office() -> CopyOffice:
    """Two cameras; C1 recorded 30 s with sound over noon, so in two buckets."""
    office = CopyOffice()
    office.record_film(film(30, sound="aac"), START_NS)
    office.record_film(film(5), at(0), camera_no="C2")
    return office


def played(office: CopyOffice, grant: Grant, camera_no: str = "C1") -> list[tuple[float, int]]:
    """(seconds since START_NS, number) of every picture of the grant, as a player asks for them."""
    origin_ns = grant.spans[camera_no][0].start_ns
    shown: list[tuple[float, int]] = []
    where: int | None = origin_ns
    while where is not None:
        media = office.playback.media(grant, camera_no, where, 10)
        data = b"".join(media.blocks)
        if media.mime:
            offset = (origin_ns - START_NS) / SECOND_NS
            shown += [(round(time + offset, 3), number) for time, number in read(data).pictures]
        where = media.next_ns
    return shown


def fed(office: CopyOffice, since: int = 0) -> list[Sample]:
    """What the darkroom was handed, each once, in order."""
    return sorted(set(office.darkroom.fed[since:]), key=lambda each: (each.stream, each.pts_ns))


def ended(office: CopyOffice) -> dict[str, Any]:
    """The newest ``copy.destroyed``."""
    found = entered(office.ledger, "copy.destroyed")
    assert found, "no end of a copy is entered"
    return found[-1]


# --- making ---


def test_a_copy_is_made_and_its_case_is_prepared_with_what_the_store_says(office: CopyOffice) -> None:
    copy = office.copied(at(5), at(19), "C1", "C2")
    file = office.cases.file(copy.case)
    assert file.case.state is State.PREPARED
    (made,) = entered(office.ledger, "copy.made")
    sizes = [office.fs.size(f"{COPIES}/{name}") for name in office.files()]
    assert (made["copy"], made["case"], made["files"]) == (copy.copy_id, copy.case, len(sizes))
    assert made["bytes"] == sum(sizes)
    hashes = [hashlib.sha256(office.fs.read(f"{COPIES}/{name}")).digest() for name in office.files()]
    assert made["sha256"] == hashlib.sha256(b"".join(hashes)).hexdigest()
    (record,) = file.copies
    assert (record.copy, record.sha256, record.ended_ns) == (copy.copy_id, made["sha256"], 0)
    assert kinds(office.ledger)[-4:] == ["footage.released", "grant.ended", "copy.made", "case.changed"]
    again = office.cases.__class__(
        office.acts, office.ledger, office.clock, office.cases.world, pseudonym_key=bytes(range(32)),
        random=office.random,
    )  # fmt: skip
    assert again.file(copy.case).copies == file.copies, "a start finds it again"


@pytest.mark.parametrize(("start", "end"), [(5.0, 19.0), (4.25, 7.77), (9.93, 10.41)])
def test_AT_54_the_copy_is_the_approved_range_within_one_key_frame(
    office: CopyOffice, start: float, end: float
) -> None:
    """Every packet that a viewing of the ring would have had, and no other; so the last picture is the last one inside,
    and the first the first key frame inside."""
    grant = office.view(at(start), at(end))
    expected, from_ring = played(office, grant), fed(office)
    since = len(office.darkroom.fed)
    copy = office.copied(at(start), at(end))
    seen = played(office, office.begin(copy))
    assert seen == expected
    assert fed(office, since) == from_ring
    pictures = [number for _, number in seen]
    if pictures:
        assert pictures[0] / FPS - start < 1, "a key frame each second"
        assert pictures[-1] == int(end * FPS - 1e-6), "up to the last picture inside"
    held = [sample for each in contents(office, copy, bytes(copy.key)) for sample in each]
    assert all(at(start) <= at_ns < at(end) for at_ns in held), "nothing else lies in the files either"


def contents(office: CopyOffice, copy: ViewingCopy, key: bytes) -> list[list[int]]:
    """When each packet was recorded, by the files of a copy; opened by hand with ``key``."""
    from appliance.formats.fragments import decode_fragment, decode_streams, packet_wall_ns
    from appliance.formats.segment import MEDIA

    found = []
    for name in office.files():
        data = office.fs.read(f"{COPIES}/{name}")
        opener = SegmentOpener(lambda offset, size, data=data: data[offset : offset + size], len(data), key)
        opener.verify()
        first, *rest = opener.frames()
        bases = {each.number: each.time_base for each in decode_streams(opener.open(first)).streams}
        fragments = [decode_fragment(opener.open(frame)) for frame in rest if frame.type == MEDIA]
        found.append(
            [packet_wall_ns(each, packet, bases[packet.stream]) for each in fragments for packet in each.packets]
        )
    return found


@pytest.mark.parametrize(
    "made",
    [film(12, gop=50), film(12, b_frames=2), film(12, codec="mjpeg"), film(12, codec="hevc", sound="pcm_alaw")],
    ids=["long gop", "b frames", "mjpeg", "hevc"],
)
def test_AT_54_whatever_a_camera_sends(made: Film) -> None:
    office = CopyOffice()
    office.record_film(made, START_NS)
    grant = office.view(at(1.3), at(11.2))
    expected = played(office, grant)
    seen = played(office, office.begin(office.copied(at(1.3), at(11.2))))
    assert seen[-len(expected) :] == expected
    assert seen[0][0] - 1.3 <= expected[0][0] - 1.3, "of MJPEG, a key frame within the fragment is nearer"


def test_INV_22_nothing_is_decrypted_before_its_entries_are_durable(
    office: CopyOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, seen = office.booked(at(5), at(19)), list[list[str]]()
    opened = SegmentOpener._open

    def watched(self: SegmentOpener, frame: Any) -> Any:
        seen.append(kinds(office.ledger)[-2:])
        return opened(self, frame)

    monkeypatch.setattr(SegmentOpener, "_open", watched)
    assert office.make(key).error is None
    assert seen[0] == ["grant.opened", "footage.released"]
    (grant,) = (each for each in entered(office.ledger, "grant.opened") if each["case"] == key)
    assert (grant["purpose"], grant["copy"]) == ("copy", office.store.work(key).copy)
    released = entered(office.ledger, "footage.released")[-1]
    assert (released["start_ns"], released["end_ns"], released["what"]) == (at(5), at(19), "copy")
    assert set(released["buckets"]) <= set(grant["buckets"])
    assert released["copy"] == grant["copy"]


def test_AT_52_no_approval_no_viewing_copy(office: CopyOffice) -> None:
    """Before the decision, before the appointment, for a citizen, and for anybody who is not the officer."""
    from tests.caselife import LETTER, facts_of_receipt

    booked = office.booked(at(5), at(9))
    with pytest.raises(NotAllowed):
        office.maker.start("x" * 32, office.two(), booked, 1, PASSWORD, OFFICER._replace(account="wu", name="吳大同"))
    letter = LETTER | {"day": office.life.today().isoformat()}
    asked = facts_of_receipt(["C1"], at(5), at(9))["asked"]
    received = str(office.life.act("receive_letter", kind="AGY", asked=asked, letter=letter)["case"])
    citizen = office.life.granted(["C1"], at(5), at(9))
    for key in (received, citizen):
        with pytest.raises(NotAllowed):
            office.make(key)
    assert "grant.opened" not in kinds(office.ledger)
    assert office.files() == []
    assert "prepare" not in [deed.event for deed in office.cases.file(booked).deeds]


def test_without_a_copy_no_act_prepares_an_agencys_case_and_nothing_typed_stands_for_one(office: CopyOffice) -> None:
    key = office.booked(at(5), at(9))
    with pytest.raises(NotAllowed, match="copy"):
        office.life.act("prepare", key)


def test_one_person_alone_makes_no_copy_and_the_try_is_entered(office: CopyOffice) -> None:
    key = office.booked(at(5), at(9))
    alone = office.logins.log_in("lin", PASSWORD)
    with pytest.raises(Refused, match="two people"):
        office.maker.start("x" * 32, alone.token, key, 1, PASSWORD, OFFICER)
    assert entered(office.ledger, "grant.refused")[-1]["case"] == key
    assert office.store.living() == []
    assert office.make(key).error is None, "and the two of them may"


def test_a_wrong_password_leaves_nothing(office: CopyOffice) -> None:
    key = office.booked(at(5), at(9))
    with pytest.raises((Refused, Unavailable)):
        office.maker.start("x" * 32, office.two(), key, 1, "not the password", OFFICER)
    assert office.store.living() == []
    assert "grant.opened" not in kinds(office.ledger)


def test_a_copy_that_recording_has_no_room_for_is_not_begun(office: CopyOffice) -> None:
    key, office.room = office.booked(at(5), at(9)), 1 << 20
    with pytest.raises(Refused, match="recording can spare 1"):
        office.make(key)
    assert "grant.opened" not in kinds(office.ledger)


def test_a_copy_stops_where_recording_needs_the_disk_meanwhile(office: CopyOffice) -> None:
    key = office.booked(at(5), at(19))
    writer = office.maker.writer

    def scarce(*given: Any) -> Any:
        made = writer(*given)
        office.room = 0
        return made

    office.maker.writer = scarce  # type: ignore[method-assign]
    making = office.make(key)
    assert making.error is not None
    assert making.error.code == "copy-no-room"
    assert (office.files(), ended(office)["cause"]) == ([], "failed")
    assert office.cases.file(key).case.state is State.SCHEDULED


def test_a_box_that_lost_its_cipher_s_file_makes_no_copy_and_says_why(office: CopyOffice) -> None:
    key = office.booked(at(5), at(19))
    office.mark = None
    making = office.make(key)
    assert making.error is not None
    assert "suite" in str(making.error)
    assert (office.files(), ended(office)["cause"]) == ([], "failed")
    office.mark = (b"a" * 16, 1)
    assert office.make(key).error is None


def test_a_cancelled_making_leaves_nothing_and_another_one_may_follow(office: CopyOffice) -> None:
    key, reached, go_on = office.booked(at(5), at(19)), threading.Event(), threading.Event()
    writer = office.maker.writer

    def held(*given: Any) -> Any:
        made = writer(*given)
        reached.set()
        assert go_on.wait(60)
        return made

    office.maker.writer = held  # type: ignore[method-assign]
    making = office.make(key, wait=False)
    assert reached.wait(60)
    assert office.files(), "it is being written"
    with pytest.raises(Refused, match="another one is being made"):
        office.make(key)
    office.maker.cancel(key)
    go_on.set()
    office.maker.wait()
    assert making.error is not None
    assert (making.error.code, office.files(), ended(office)["cause"]) == ("copy-cancelled", [], "cancelled")
    assert not any(making.copy.key)
    office.maker.writer = writer  # type: ignore[method-assign]
    assert office.make(key).error is None


def test_a_person_who_leaves_stops_the_making(office: CopyOffice) -> None:
    key = office.booked(at(5), at(19))
    writer = office.maker.writer

    def left(*given: Any) -> Any:
        made = writer(*given)
        office.logins.log_out(office.token)
        office.grants.end_stale()
        return made

    office.maker.writer = left  # type: ignore[method-assign]
    assert office.make(key).error is not None
    assert (office.files(), office.store.living()) == ([], [])
    assert office.cases.file(key).case.state is State.SCHEDULED


def test_what_is_missing_stands_in_the_copys_entry_and_on_its_time_line(office: CopyOffice) -> None:
    copy = office.copied(at(25), at(40))
    (made,) = entered(office.ledger, "copy.made")
    (hole,) = made["missing"]
    assert (hole["camera_no"], hole["end_ns"], hole["cause"]) == ("C1", at(40), "unknown")
    assert hole["start_ns"] == pytest.approx(at(30), abs=SECOND_NS)
    grant = office.begin(copy)
    (gap,) = office.playback.timeline(grant)["C1"].gaps
    assert (gap.start_ns, gap.end_ns) == (hole["start_ns"], hole["end_ns"])


# --- viewing ---


def test_a_viewing_shows_the_copy_and_opens_neither_vault_nor_ring(
    office: CopyOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = office.copied(at(5), at(19))

    def never(*given: Any) -> Any:
        raise AssertionError("the vault was asked")

    monkeypatch.setattr(office.keyholders, "unlock", never)
    for stretch in office.ring.find("C1", Span(0, 1 << 62)):
        for segment in stretch.segments:
            office.fs.unlink(office.shelves.ring_path(stretch.bucket_id, segment.number))
    grant = office.begin(copy)
    opened = entered(office.ledger, "grant.opened")[-1]
    assert (opened["buckets"], opened["copy"], "purpose" in opened) == ([], copy.copy_id, False)
    assert numbers(played(office, grant)) == list(range(50, 190))
    assert office.playback.key(grant, "C1", at(7)).jpeg.startswith(b"\xff\xd8")
    released = entered(office.ledger, "footage.released")[-1]
    assert (released["buckets"], released["copy"]) == ([], copy.copy_id)
    with pytest.raises(Refused, match="outside"):
        office.playback.media(grant, "C1", at(19), 1)


def test_the_grant_that_makes_a_copy_shows_nothing(office: CopyOffice) -> None:
    key = office.booked(at(5), at(19))
    token = office.two()
    copy = office.store.begin(key, office.cases.file(key).case.token.scopes, office.cases.today())  # type: ignore[union-attr]
    grant = office.grants.open_to_copy(token, copy, PASSWORD)
    with pytest.raises(NotFound):
        office.grants.get(token, grant.grant_id)


def test_without_a_living_copy_nothing_of_an_agencys_case_opens(office: CopyOffice) -> None:
    copy = office.copied(at(5), at(19))
    office.life.begin_agency(copy.case)
    office.store.end(copy.case, CopyEnd.DAY_OVER)
    with pytest.raises(Refused, match="copy is gone"):
        office.grants.open(office.token, copy.case, PASSWORD)


# --- the end ---


def test_AT_25_a_minute_after_the_end_is_confirmed_no_byte_can_be_decrypted(office: CopyOffice) -> None:
    """The key is zeros, the files are gone, and what somebody kept of them opens under nothing that is left."""
    copy = office.copied(at(5), at(19))
    grant = office.begin(copy)
    media = office.playback.media(grant, "C1", at(5), 10)
    kept = {name: office.fs.read(f"{COPIES}/{name}") for name in office.files()}
    held = [copy.key, *grant.keys.values()]
    office.life.act("finish", copy.case, viewing={"filming": "none", "signed": True})
    office.life.act("clean", copy.case)
    assert office.cases.file(copy.case).case.state is State.CLEANED
    assert office.files() == []
    assert not any(any(key) for key in held)
    with pytest.raises(NotFound):
        b"".join(media.blocks)
    with pytest.raises(NotFound):
        office.playback.media(grant, "C1", at(5), 1)
    for data in kept.values():
        with pytest.raises(Damaged):
            SegmentOpener(lambda offset, size, data=data: data[offset : offset + size], len(data), copy.key)
    found = ended(office)
    assert (found["cause"], found["method"], found["verified"]) == ("viewed", "key wiped, files unlinked", True)
    assert found["sha256"] == entered(office.ledger, "copy.made")[0]["sha256"]
    assert found["by"] == office.cases.pseudonym("lin")
    assert kinds(office.ledger)[-3:] == ["grant.ended", "copy.destroyed", "case.changed"]
    (record,) = office.cases.file(copy.case).copies
    assert (record.cause, record.by, bool(record.ended_ns)) == ("viewed", "林小明", True)
    (cell,) = (each for each in cells_of(office.cases.file(copy.case)) if each.code == "destroyed")
    assert cell.required
    assert cell.filled


def test_AT_25_no_second_viewing_comes_from_a_copy_that_was_ended(office: CopyOffice) -> None:
    copy = office.copied(at(5), at(19))
    office.begin(copy)
    office.life.act("finish", copy.case, viewing={"filming": "none", "signed": True})
    office.life.act("clean", copy.case)
    with pytest.raises(Refused):
        office.grants.open(office.token, copy.case, PASSWORD)
    with pytest.raises(NotAllowed):
        office.life.act("resume", copy.case)


def test_a_copy_that_cannot_be_removed_keeps_its_case_from_being_cleaned(office: CopyOffice) -> None:
    copy = office.copied(at(5), at(19))
    office.begin(copy)
    office.life.act("finish", copy.case, viewing={"filming": "none", "signed": True})
    unlink = office.fs.unlink

    def stuck(path: str) -> None:
        raise OSError(5, "Input/output error")

    office.fs.unlink = stuck  # type: ignore[method-assign]
    with pytest.raises(NotWritable, match="its key is gone"):
        office.life.act("clean", copy.case)
    assert not any(copy.key), "the key went first"
    assert office.cases.file(copy.case).case.state is State.VIEWED
    assert "copy.destroyed" not in kinds(office.ledger)
    with pytest.raises(NotWritable):
        office.sweeper.turn()
    office.fs.unlink = unlink  # type: ignore[method-assign]
    office.sweeper.turn()
    assert (office.files(), ended(office)["cause"]) == ([], "viewed")
    office.life.act("clean", copy.case)
    assert office.cases.file(copy.case).case.state is State.CLEANED


def pass_ns(office: CopyOffice, ns: int) -> None:
    office.clock.go_to(office.clock.wall_ns() + ns)


@pytest.mark.parametrize("event", ["finish", "interrupt", ""])
def test_INV_07_a_copy_goes_within_ten_minutes_of_its_last_session(office: CopyOffice, event: str) -> None:
    """Whether the viewing was ended, interrupted, or just left alone."""
    copy = office.copied(at(5), at(19))
    pass_ns(office, 20 * 60 * SECOND_NS)
    assert office.sweeper.turn() == [], "it waits for whoever is to come"
    office.token = office.two()
    grant = office.begin(copy)
    pass_ns(office, 9 * 60 * SECOND_NS)
    office.logins.session(office.token)
    pass_ns(office, 9 * 60 * SECOND_NS)
    assert office.sweeper.turn() == [], "somebody has it open"
    if event:
        office.life.act(event, copy.case, viewing={"filming": "none", "signed": True}, reason="電話")
    office.grants.close(grant, "the session is over")
    pass_ns(office, UNATTENDED_NS - 1)
    assert office.sweeper.turn() == []
    pass_ns(office, 1)
    assert office.sweeper.turn() == [(copy.case, CopyEnd.UNATTENDED)]
    assert (office.files(), any(copy.key), ended(office)["by"]) == ([], False, "system")
    assert UNATTENDED_NS < 600 * SECOND_NS


def test_a_viewing_that_began_and_was_never_opened_is_unattended_too(office: CopyOffice) -> None:
    copy = office.copied(at(5), at(19))
    office.life.begin_agency(copy.case)
    assert office.sweeper.turn() == []
    pass_ns(office, UNATTENDED_NS)
    assert office.sweeper.turn() == [(copy.case, CopyEnd.UNATTENDED)]


def test_t_44_a_copy_does_not_outlive_its_day_whether_or_not_anybody_came() -> None:
    office = CopyOffice()
    office.record_film(film(30), START_NS)
    waiting, viewed = office.copied(at(5), at(9)), office.copied(at(5), at(9))
    office.begin(viewed)
    office.clock.go_to(office.clock.wall_ns() + 6 * 3600 * SECOND_NS)
    assert office.cases.today() > waiting.on
    assert set(office.sweeper.turn()) == {(waiting.case, CopyEnd.DAY_OVER), (viewed.case, CopyEnd.DAY_OVER)}
    assert (office.files(), office.store.living()) == ([], [])
    office.cases.system(viewed.case, Event.END_OF_DAY)
    office.cases.system(viewed.case, Event.CLEAN)
    office.cases.system(waiting.case, Event.NO_SHOW)
    assert office.cases.file(viewed.case).case.state is State.CLEANED
    assert office.cases.file(waiting.case).case.state is State.SCHEDULED
    assert [each.cause for each in office.cases.file(waiting.case).copies] == ["day_over"]


def test_a_clock_that_is_set_back_gives_a_copy_no_second_day(office: CopyOffice) -> None:
    copy = office.copied(at(5), at(19))
    office.clock.up_ns += DAY_NS
    assert office.sweeper.turn() == [(copy.case, CopyEnd.DAY_OVER)]


@pytest.mark.parametrize(("event", "facts", "cause"), [
    ("withdraw", {"voucher": {"kind": "withdrawal"}}, "withdrawn"),
    ("otherwise", {"otherwise": {"done": "電話告知無須閱覽", "copied": "no"}}, "otherwise"),
])  # fmt: skip
def test_a_case_that_ends_in_another_way_takes_its_copy_along(
    office: CopyOffice, event: str, facts: dict[str, Any], cause: str
) -> None:
    copy = office.copied(at(5), at(19))
    if event == "otherwise":
        facts = {"otherwise": facts["otherwise"] | {"day": office.life.today().isoformat()}}
    office.life.act(event, copy.case, **facts)
    assert (office.files(), ended(office)["cause"]) == ([], cause)
    assert [each.cause for each in office.cases.file(copy.case).copies] == [cause]


def test_an_act_that_is_refused_destroys_nothing(office: CopyOffice) -> None:
    copy = office.copied(at(5), at(19))
    for seat, event in ((2, "withdraw"), (1, "clean"), (1, "no_show"), (1, "otherwise")):
        with pytest.raises(NotAllowed):
            office.life.act(event, copy.case, seat=seat)
    assert office.store.of(copy.case) is copy
    assert any(copy.key)


# --- power, crash, restart ---


def restarted(office: CopyOffice) -> None:
    """As the next keeper finds the disk: nothing of the last one's memory, its store swept, its viewings broken off."""
    office.clock.reboot()
    office.store = office.store_anew()
    office.grants = office.grants_anew()


@pytest.mark.parametrize("viewing", [False, True])
def test_t_42_a_power_cut_ends_the_copy_and_another_needs_no_new_decision(office: CopyOffice, viewing: bool) -> None:
    copy = office.copied(at(5), at(19))
    if viewing:
        office.begin(copy)
    restarted(office)
    if viewing:
        office.cases.system(copy.case, Event.INTERRUPT, {"reason": "the recorder was restarted"})
    assert (office.files(), ended(office)["cause"]) == ([], "restarted")
    assert office.store.work(copy.case).destroyed
    with pytest.raises(NotAllowed):
        office.life.act("resume" if viewing else "begin", copy.case)
    office.life.act("recopy", copy.case)
    assert office.cases.file(copy.case).case.state is State.SCHEDULED
    office.maker._store, office.maker._grants = office.store, office.grants
    assert office.make(copy.case).error is None
    assert [each.cause for each in office.cases.file(copy.case).copies] == ["restarted", ""]


@pytest.mark.parametrize("mode", [KILLED, *MODES])
@pytest.mark.parametrize("step", ["grant.opened", "footage.released", "grant.ended", "copy.made", "viewed", "cleaning"])
def test_t_43_whatever_a_cut_leaves_of_a_copy_is_swept_and_entered_at_the_next_start(step: str, mode: str) -> None:
    """The power goes, or the keeper is killed, just after the entry ``step`` of the making; or after the viewing and
    before the destruction, or between the files and the entry of it."""
    office = CopyOffice()
    office.record_film(film(30), START_NS)
    key, disks = office.booked(at(5), at(19)), list[MemoryFs]()
    assert isinstance(office.fs, MemoryFs)
    append, fs = office.ledger.append, office.fs

    def watched(kind: str, *given: Any, **more: Any) -> Any:
        if kind == "copy.destroyed" and step == "cleaning":
            disks.append(fs.image(mode))
        entry = append(kind, *given, **more)
        if kind == step:
            disks.append(fs.image(mode))
        return entry

    office.ledger.append = watched  # type: ignore[method-assign]
    assert office.make(key).error is None
    if step in ("viewed", "cleaning"):
        copy = office.store.of(key)
        assert copy is not None
        office.begin(copy)
        office.life.act("finish", key, viewing={"filming": "none", "signed": True})
        disks += [fs.image(mode)] if step == "viewed" else []
        office.life.act("clean", key)
    after = CopyOffice(disks[0], clock=office.clock, seed=f"{step} {mode}")
    assert after.files() == []
    assert len(entered(after.ledger, "copy.destroyed")) == 1
    found = ended(after)
    assert (found["case"], found["cause"], found["verified"]) == (key, "restarted", True)
    assert after.store.work(key).destroyed
    assert not after.store.waits
    after.store_anew()
    assert len(entered(after.ledger, "copy.destroyed")) == 1, "once"


def test_a_file_that_no_entry_names_is_swept_as_well(office: CopyOffice) -> None:
    office.store.files.make_folder()
    file = office.fs.create(f"{COPIES}/{'f' * 32}.0000.seg")
    file.write(b"of an older recorder")
    file.close()
    restarted(office)
    assert office.files() == []
    assert not office.store.waits


def test_nobody_makes_a_copy_while_an_earlier_one_may_still_lie_there(office: CopyOffice) -> None:
    copy = office.copied(at(5), at(19))
    unlink = office.fs.unlink

    def stuck(path: str) -> None:
        raise OSError(5, "Input/output error")

    office.fs.unlink = stuck  # type: ignore[method-assign]
    with pytest.raises(NotWritable):
        office.store.end(copy.case, CopyEnd.DAY_OVER)
    other = office.booked(at(5), at(9))
    with pytest.raises(Unavailable, match="not verified as destroyed"):
        office.make(other)
    office.fs.unlink = unlink  # type: ignore[method-assign]
    office.sweeper.turn()
    assert office.make(other).error is None


def test_an_orderly_stop_ends_every_copy_and_says_so(office: CopyOffice) -> None:
    copy = office.copied(at(5), at(19))
    office.maker.stop()
    office.store.end_all(CopyEnd.STOPPED)
    assert (office.files(), ended(office)["cause"], any(copy.key)) == ([], "stopped", False)


def test_AT_22_a_forgotten_copy_of_footage_near_its_ceiling_is_gone_the_next_day() -> None:
    office = CopyOffice()
    office.record_film(film(30), START_NS)
    office.clock.go_to(START_NS + 364 * DAY_NS + 2 * 3600 * SECOND_NS)
    copy = office.copied(at(5), at(19))
    office.clock.go_to(office.clock.wall_ns() + DAY_NS)
    assert office.sweeper.turn() == [(copy.case, CopyEnd.DAY_OVER)]
    assert (office.files(), any(copy.key)) == ([], False)
