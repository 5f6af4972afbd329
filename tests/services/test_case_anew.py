"""A case whose decision was revoked is decided anew as another case, begun by the same act, once, also over a cut
(訴願法 58 II, 81)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appliance.core.errors import NotAllowed
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.people import Role
from appliance.services.cases.board import board
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.linked import links_of
from appliance.services.cases.listing import Listing
from appliance.services.cases.redetermination import take_up_all
from appliance.services.cases.views import tell
from appliance.services.people.login import Seat
from tests.faults.memory_fs import KILLED, MemoryFs, every_cut
from tests.services.bookdesk import NOW_NS, BookDesk
from tests.vault.ringcases import MovingClock, new_disk

OFFICER = Seat(1, "wang", "wang-name", (Role.OFFICER,), "", 0)


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


def refused(desk: BookDesk) -> str:
    """The key of a case that was refused, told, closed, and appealed against."""
    key = desk.decided(event=Event.REFUSE, reason="不符", article="八(五)")
    desk.notify(key)
    desk.ended(key)
    desk.wait(10)
    desk.do(Event.APPEAL, "wang", key, voucher=desk.appeal())
    return key


def revoked(desk: BookDesk, key: str, **said: object) -> CaseFile:
    voucher = desk.appeal(kind="revoked", number="府訴字第9號", **said)
    desk.do(Event.APPEAL_UPHELD, "wang", key, voucher=voucher)
    (follower,) = desk.book.links.followers_of(key)
    return desk.book.file(follower)


def test_C22_the_new_case_has_the_request_as_it_was_received_and_a_pin_number_and_term_of_its_own(
    desk: BookDesk,
) -> None:
    key = refused(desk)
    before = desk.book.file(key)
    desk.wait(3)
    received = desk.today - timedelta(days=1)
    anew = revoked(desk, key, day=received.isoformat())
    assert (anew.case.state, anew.case.number) == (State.RECEIVED, "115調-民-0002")
    assert (anew.people, anew.case.asked, anew.form) == (before.people, before.case.asked, before.form)
    assert anew.pins
    assert anew.case.clock is not None
    assert anew.case.clock.due == received + timedelta(days=15), "from the day on which the office had it"
    assert anew.words == {
        "anew_former": "115調-民-0001", "anew_letter": "北市萬戶行字第1號", "anew_how": "revoked",
        "anew_doc": "府訴字第9號", "anew_day": received.isoformat(),
    }  # fmt: skip
    after = desk.book.file(key)
    assert (after.case.state, after.case.result, after.case.signatures) == (
        State.CLOSED, State.REFUSED, before.case.signatures,
    )  # fmt: skip
    assert desk.opened().file(anew.key) == anew, "a start makes the same of it"


def test_C22_it_goes_the_whole_way_without_the_applicant_on_the_scan_that_lies_with_the_former_case(
    desk: BookDesk,
) -> None:
    key = refused(desk)
    desk.in_world(scans=lambda case: ("form",) if case == key else ())
    anew = revoked(desk, key).key
    waits = [(duty.case, duty.event) for duty in board(desk.book, [OFFICER]).people[0].duties]
    assert (anew, "pass_formal") in waits
    desk.do(Event.PASS_FORMAL, "wang", anew)
    desk.propose(anew)
    desk.do(Event.STAMP, "chen", anew)
    desk.do(Event.STAMP, "hsu", anew)
    desk.do(Event.GRANT, "tsai", anew)
    desk.notify(anew)
    assert desk.book.file(anew).case.doc_no == "北市萬戶行字第2號", "a letter of its own"
    told = tell(desk.book, desk.book.file(anew), [OFFICER], full=True)
    assert told.form["scanned"] is True


def test_C22_both_name_each_other_after_a_start_and_in_both_ledgers(desk: BookDesk) -> None:
    key = refused(desk)
    anew = revoked(desk, key).key
    book = desk.opened()
    listing = Listing(book)
    former, followers = (
        links_of(book, listing, book.file(anew)).former,
        links_of(book, listing, book.file(key)).followers,
    )
    assert former is not None
    assert (former.case, former.kind) == (key, "CIT")
    assert [each.case for each in followers] == [anew]
    assert any(entry.fields.get("former") == key for entry in desk.ledger.acts_about(key))


def appealed_on_disk() -> tuple[MemoryFs, str, int]:
    """A disk with a case under appeal, its key, and the time there."""
    fs = new_disk()
    desk = BookDesk(fs, MovingClock(NOW_NS))
    key = refused(desk)
    fs.sync_fs("/")
    return fs.snapshot(), key, desk.clock.wall_ns()


def test_C22_cut_anywhere_the_new_case_is_begun_by_the_next_start_once_with_its_pin() -> None:
    disk, key, at_ns = appealed_on_disk()

    def opened(fs: MemoryFs, seed: str) -> BookDesk:
        return BookDesk(fs, MovingClock(at_ns), seed=seed)

    def uphold(desk: BookDesk) -> None:
        voucher = desk.appeal(kind="own_revoked", number="簽1")
        desk.do(Event.APPEAL_UPHELD, "wang", key, act="upheld", voucher=voucher)

    def submit(fs: MemoryFs, said: list[str]) -> None:
        uphold(opened(fs, "cut"))
        said.append("answered")

    halves = 0
    for cut in every_cut(submit, start=disk, modes=("all", KILLED)):
        desk = opened(cut.fs, "after")
        book, where = desk.book, str(cut)
        assert book.damaged == {}, where
        happened = "anew" in book.file(key).case.flags
        assert happened or not cut.said, f"{where}: an acknowledged act is gone"
        halves += happened and not book.links.followers_of(key)
        assert take_up_all(book.living(), book.links, book.act) == [], where
        assert len(book.links.followers_of(key)) == happened, where
        uphold(desk)
        (anew,) = book.links.followers_of(key)
        assert book.file(anew).pins, where
        assert len(book.all_keys()) == 2, where
    assert halves, "some cut lies between the two"


def test_C22_nobody_begins_it_twice_and_a_start_that_cannot_begin_it_says_so_and_goes_on(
    desk: BookDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = refused(desk)
    monkeypatch.setattr("appliance.services.cases.book.take_up", lambda file, links, act: None)
    desk.do(Event.APPEAL_UPHELD, "wang", key, voucher=desk.appeal(kind="revoked"))
    desk.in_world(policy_on=lambda day: "")
    book = desk.opened()
    (said,) = take_up_all(book.living(), book.links, book.act)
    assert said.startswith(f"case {key}: it is to be decided anew, and no case was begun for it")
    desk.in_world(policy_on=lambda day: "113-09-27")
    desk.book = desk.opened()
    assert take_up_all(desk.book.living(), desk.book.links, desk.book.act) == []
    with pytest.raises(NotAllowed, match="former_upheld"):
        desk.do(Event.RECEIVE_ANEW, "wang", kind=Kind.CIT, former=key)
    assert len(desk.book.links.followers_of(key)) == 1


def test_C22_an_appeal_that_is_over_is_told_to_those_who_decide_and_its_pin_outlasts_a_lost_record(
    desk: BookDesk,
) -> None:
    key = refused(desk)
    desk.wait(30)
    file = desk.do(Event.APPEAL_OVER, "wang", key, voucher=desk.appeal(kind="rejected"))
    director = Seat(1, "tsai", "tsai-name", (Role.DIRECTOR,), "", 0)
    assert "appeal_over" in {each.code for each in board(desk.book, [director]).people[0].notices}
    lost = desk.acts
    sealed, lost.sealed_of = lost.sealed_of, lambda entry: None  # type: ignore[method-assign]
    again = desk.opened().file(key).case
    lost.sealed_of = sealed  # type: ignore[method-assign]
    assert (again.appeal_ended_on, again.appeal_end) == (file.case.appeal_ended_on, "rejected")
    desk.wait(80)
    desk.book.end_pins(trusted=True)
    assert not desk.book.file(key).pins
