"""Posting, confirming and comparing the list of cameras: who may, what counts, and what a start makes of it again."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest

from appliance.core.errors import Refused, UsageError
from appliance.papers.camera_list.files import html_of
from appliance.papers.camera_list.posted import read_page
from appliance.rules.cameras.publication import BoardState
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import State
from appliance.rules.people import Actor
from appliance.services.cameras.publishing import PublicationBook
from appliance.services.people.login import Seat
from tests.services.camerastore import CameraStore
from tests.vault.ringcases import new_disk

URL = "https://example.gov.tw/cctv"
ROLES = {"wang": "officer", "chen": "unit_head", "web": "webmaster", "hsu": "secretary"}
_STARTS = (f"publishing {number}" for number in itertools.count())


def seat(name: str) -> Seat:
    return Seat(1, name, f"{name} 先生", (ROLES[name],), "", 1 << 62)


class Desk:
    def __init__(self, cameras: CameraStore | None = None) -> None:
        self.cameras = cameras or CameraStore(new_disk())
        self.names = ("行政庶務課", "02-2306-1234")
        self.book = PublicationBook(
            self.cameras.acts,
            self.cameras.ledger,
            self.cameras.clock,
            self.cameras.book,
            names=lambda: self.names,
            days_off=frozenset,
            read_page=read_page,
            pseudonym=lambda account: f"p-{account}",
        )

    def again(self) -> Desk:
        return Desk(CameraStore(self.cameras.store.fs, next(_STARTS), self.cameras.clock))

    @property
    def page(self) -> bytes:
        return html_of(self.book.current, self.book.as_of, "戶政事務所")

    def publish(self, **who: str) -> int:
        act = f"{self.cameras.ledger.size}"
        posted = self.book.post(f"p{act}", seat(who.get("poster", "web")), URL, self.page)
        self.book.confirm(f"c{act}", seat(who.get("confirmer", "wang")), posted.entry)
        return posted.entry


@pytest.fixture
def desk() -> Desk:
    return Desk()


def states(desk: Desk) -> dict[str, State]:
    return {version.camera_no: version.state for version in desk.cameras.book.fleet.in_force()}


def test_AT_11_INV_11_the_board_is_red_until_what_is_posted_is_confirmed_by_somebody_else(desk: Desk) -> None:
    assert desk.book.board().state is BoardState.NONE
    posted = desk.book.post("p", seat("web"), URL, desk.page)
    assert (posted.url, posted.cameras, posted.display) == (URL, 2, "web 先生")
    assert desk.book.board().state is BoardState.WAITING
    assert desk.book.board().red
    with pytest.raises(Refused, match="does not confirm it"):
        desk.book.confirm("x", _both("web"), posted.entry)
    desk.book.confirm("c", seat("wang"), posted.entry)
    assert not desk.book.board().red
    assert states(desk) == {"01": State.ANNOUNCED, "02": State.ANNOUNCED}
    after = desk.again()
    assert not after.book.board().red
    assert after.book.postings() == desk.book.postings()
    assert states(after) == states(desk)


def _both(name: str) -> Seat:
    return Seat(1, name, name, ("webmaster", "officer"), "", 1 << 62)


def test_AT_12_INV_11_a_camera_that_is_removed_turns_the_board_red_until_the_new_list_is_confirmed(desk: Desk) -> None:
    desk.publish()
    old = desk.page
    desk.cameras.do(Event.RETIRE, "02")
    assert desk.book.board().state is BoardState.DIFFERS
    with pytest.raises(UsageError, match="extra 02"):
        desk.book.post("again", seat("web"), URL, old)
    assert desk.book.board().red
    desk.publish()
    assert not desk.book.board().red
    assert len(desk.again().book.postings()) == 2


def test_AT_12_a_change_between_posting_and_confirming_is_not_confirmed(desk: Desk) -> None:
    posted = desk.book.post("p", seat("web"), URL, desk.page)
    desk.cameras.do(Event.SUSPEND, "02")
    with pytest.raises(UsageError, match="changed since it was posted"):
        desk.book.confirm("c", seat("wang"), posted.entry)
    assert desk.book.board().red


def test_AT_12_a_change_that_nobody_sees_on_the_list_leaves_the_board_as_it_is(desk: Desk) -> None:
    desk.publish()
    desk.cameras.do(Event.DRAFT, "03")
    assert not desk.book.board().red


def test_T_67_a_page_that_was_edited_by_hand_turns_the_board_red_until_it_is_posted_anew(desk: Desk) -> None:
    desk.publish()
    edited = desk.page.replace("大廳".encode(), "後門".encode())
    assert desk.book.check("k1", seat("chen"), edited) == (("area", "01"),)
    assert desk.book.board().state is BoardState.DIFFERS
    assert desk.again().book.board().red, "a start does not forget it"
    assert desk.book.check("k2", seat("chen"), desk.page) == ()
    assert not desk.book.board().red, "the page is the list again"
    desk.book.check("k3", seat("chen"), edited)
    desk.publish()
    assert not desk.book.board().red
    checks = [entry.fields["equal"] for entry in desk.cameras.ledger.acts("publication.checked")]
    assert checks == [False, True, False]


def test_T_67_a_page_that_says_something_else_is_not_posted_and_the_refusal_names_what(desk: Desk) -> None:
    size = desk.cameras.ledger.size
    with pytest.raises(UsageError, match="area 01, area 02"):
        desk.book.post("p", seat("web"), URL, desk.page.replace(b"</th><td>", "一</th><td>".encode()))
    with pytest.raises(UsageError, match="no list"):
        desk.book.post("p", seat("web"), URL, b"<p>nothing</p>")
    assert desk.cameras.ledger.size == size
    assert desk.book.postings() == []


@pytest.mark.parametrize("url", ["", "example.gov.tw", "javascript:alert(1)", "https://" + "x" * 400, "https://a\x00"])
def test_AT_11_a_posting_names_where_it_is(desk: Desk, url: str) -> None:
    with pytest.raises(UsageError):
        desk.book.post("p", seat("web"), url, desk.page)


def test_a_secretary_neither_posts_nor_confirms_nor_compares(desk: Desk) -> None:
    entry = desk.book.post("p", seat("web"), URL, desk.page).entry
    acts: tuple[Any, ...] = (
        lambda: desk.book.post("a", seat("hsu"), URL, desk.page),
        lambda: desk.book.confirm("b", seat("hsu"), entry),
        lambda: desk.book.check("c", seat("hsu"), desk.page),
    )
    for act in acts:
        with pytest.raises(Refused):
            act()


def test_a_repeat_gets_the_first_answer(desk: Desk) -> None:
    first = desk.book.post("p", seat("web"), URL, desk.page)
    assert desk.book.post("p", seat("web"), URL, desk.page) == first
    done = desk.book.confirm("c", seat("wang"), first.entry)
    assert desk.book.confirm("c", seat("wang"), first.entry) == done
    with pytest.raises(UsageError, match="sent before"):
        desk.book.post("p", seat("web"), URL, desk.page + b" ")
    assert len(list(desk.cameras.ledger.acts("publication.posted"))) == 1


def test_AT_13_a_list_that_was_found_wrong_at_a_review_is_put_right_by_a_publication(desk: Desk) -> None:
    desk.publish()
    desk.cameras.clock.go_to(desk.cameras.clock.now_ns + 95 * 86_400 * 10**9)
    version = desk.cameras.book.fleet.get("01", 1)
    desk.cameras.book.system(version, Event.FALL_DUE)
    review = {"exists": "yes", "place": "yes", "view": "yes", "sign": "yes", "listed": "no", "conditions": 0}
    desk.cameras.book.act("m", Actor("wang", ("officer",)), "w", "01", 1, "mismatch", {"review": review})
    assert states(desk)["01"] is State.DRIFT
    desk.publish()
    assert states(desk)["01"] is State.REVIEW_DUE
    assert desk.cameras.book.fleet.get("01", 1).announced_on == date(2027, 2, 27)


def test_a_new_name_of_the_unit_is_another_list(desk: Desk) -> None:
    desk.publish()
    desk.names = ("資訊室", "02-2306-1234")
    assert desk.book.board().red


@pytest.mark.parametrize("names", [("行政庶務課", ""), ("", "02-2306-1234")])
def test_D_15_a_list_that_names_nobody_to_ask_is_neither_posted_nor_confirmed(
    desk: Desk, names: tuple[str, str]
) -> None:
    desk.names = names
    with pytest.raises(UsageError, match="put it into the rules first"):
        desk.book.post("a", seat("web"), URL, desk.page)
    assert not desk.book.postings()
    desk.names = ("行政庶務課", "02-2306-1234")
    assert desk.publish()
