"""What goes on from what in the book: said once, in the ledger of both cases, and the same after a start (I11)."""

from __future__ import annotations

import pytest

from appliance.core.errors import NotAllowed, NotFound
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import LinksView
from appliance.services.cases.linked import links_of
from appliance.services.cases.listing import Listing
from tests.faults.memory_fs import KILLED, MemoryFs, every_cut
from tests.services.bookdesk import NOW_NS, RANGE, BookDesk
from tests.vault.ringcases import MovingClock, new_disk


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


def locked(desk: BookDesk, **changes: object) -> str:
    key = desk.received(Kind.INT, **changes)
    desk.do(Event.LOCK, "wang", key, source="已提告")
    return key


def links(desk: BookDesk, key: str) -> LinksView:
    """As a start finds them."""
    book = desk.opened()
    return links_of(book, Listing(book), book.file(key))


def offered(desk: BookDesk, key: str) -> list[str]:
    return [each.case for each in links(desk, key).offered]


def test_I11_a_letter_is_offered_the_locked_cases_of_its_minutes_alone_also_once_they_are_closed(
    desk: BookDesk,
) -> None:
    mine = locked(desk)
    desk.ended(mine)
    desk.received(Kind.INT)  # of the same minutes, and not locked
    apart = {**RANGE, "start_ns": RANGE["end_ns"], "end_ns": RANGE["end_ns"] + 1}
    locked(desk, asked=[apart])
    locked(desk, asked=[RANGE | {"camera_no": "C2"}])
    desk.wait(70)  # its pin is over as well
    desk.book.end_pins(trusted=True)
    assert not desk.book.file(mine).pins
    letter = desk.received(Kind.AGY, letter={"number": "北檢偵字第1號", "agency": "臺北地檢署", "public": True,
                                             "day": desk.today.isoformat(), "proof": True})  # fmt: skip
    assert offered(desk, letter) == [mine]
    assert offered(desk, mine) == []


def test_I11_what_is_said_stands_in_the_ledger_of_both_and_on_both_after_a_start(desk: BookDesk) -> None:
    mine, other, letter = locked(desk), locked(desk), desk.received(Kind.AGY)
    desk.do(Event.LINK, "wang", letter, former=mine)
    former, followers = links(desk, letter).former, links(desk, mine).followers
    assert former is not None
    assert (former.case, former.kind, former.state) == (mine, "INT", "jud_lock")
    assert [(each.case, each.kind) for each in followers] == [(letter, "AGY")]
    assert offered(desk, letter) == [other]
    said = [entry.fields for entry in desk.ledger.acts_about(mine) if "former" in entry.fields]
    assert [(each["case"], each["former"], each["event"]) for each in said] == [(letter, mine, "link")]
    assert [deed.event for deed in desk.opened().file(mine).deeds] == ["submit", "lock"], "no act on that case"

    desk.do(Event.LINK, "lin", letter, former=other, reason="來函所指為另一事件")
    assert not links(desk, mine).followers
    assert [each.case for each in links(desk, other).followers] == [letter]
    desk.do(Event.LINK, "lin", letter, former="", reason="並非同一事件")
    assert links(desk, letter).former is None
    left = [entry.fields["leaves"] for entry in desk.ledger.acts_about(other) if entry.fields.get("leaves")]
    assert left == [mine, other], "that it was taken back, its own ledger says too"


def test_I11_cut_anywhere_it_is_said_in_both_ledgers_or_never_was() -> None:
    disk = new_disk()
    start = BookDesk(disk, MovingClock(NOW_NS))
    mine, letter = locked(start), start.received(Kind.AGY)
    disk.sync_fs("/")
    at_ns = start.clock.wall_ns()

    def say(desk: BookDesk) -> None:
        desk.do(Event.LINK, "wang", letter, act="said", former=mine)

    def submit(fs: MemoryFs, said: list[str]) -> None:
        say(BookDesk(fs, MovingClock(at_ns), seed="cut"))
        said.append("answered")

    for cut in every_cut(submit, start=disk.snapshot(), modes=("all", KILLED)):
        desk = BookDesk(cut.fs, MovingClock(at_ns), seed="after")
        happened = desk.book.links.followers_of(mine) == [letter]
        assert happened or not cut.said, str(cut)
        assert happened == any("former" in entry.fields for entry in desk.ledger.acts_about(mine)), str(cut)
        say(desk)
        assert desk.book.links.followers_of(mine) == [letter], str(cut)


def test_I11_nothing_but_a_locked_case_is_gone_on_from(desk: BookDesk) -> None:
    letter, citizen = desk.received(Kind.AGY), desk.received()
    for key in (citizen, letter, desk.received(Kind.INT)):
        with pytest.raises(NotAllowed, match="locked_case"):
            desk.do(Event.LINK, "wang", letter, former=key)
    with pytest.raises(NotFound):
        desk.do(Event.LINK, "wang", letter, former="115-0099")
    assert desk.book.links.former_of(letter) == ""
