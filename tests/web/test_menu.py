"""The menu: what somebody may open, in groups; a group of one place is that place."""

from __future__ import annotations

from appliance.rules.people import MAY
from appliance.web.http.menu import GROUPS, menu_of, open_groups
from appliance.web.i18n.messages import read_messages
from appliance.web.site.routes import ROUTES

EVERYTHING = frozenset(MAY) | {"see-live"}


def test_every_place_is_a_page_and_has_its_words() -> None:
    pages = {route.path for route in ROUTES if route.method == "GET" and route.answers == "page"}
    messages = read_messages()
    for group in GROUPS:
        assert f"nav.{group.code}" in messages
        for place in group.places:
            assert place.path in pages
            assert not place.needs or place.needs in EVERYTHING
            assert f"nav.{place.code}" in messages
            assert f"map.{place.code}" in messages


_NO_PLACE = {"/login", "/guide", "/map", "/trust", "/account", "/scans/{subject}/{number}", "/scan/{scan}"}
"""Reached from everywhere, or from what they belong to."""


def test_every_page_is_of_a_place_in_the_menu() -> None:
    pages = {route.path for route in ROUTES if route.method == "GET" and route.answers == "page"}
    lost = {path for path in pages - _NO_PLACE if not any(item.here for item in menu_of(path, EVERYTHING).items)}
    assert not lost


def test_the_page_shows_its_place_and_its_group() -> None:
    menu = menu_of("/destructions/12/ab", EVERYTHING)
    assert [item.code for item in menu.items if item.here] == ["records"]
    assert menu.group == "records"
    assert [(item.code, item.here) for item in menu.within] == [
        ("ledger", False), ("registers", False), ("access", False), ("statements", True),
        ("statistics", False),
    ]  # fmt: skip
    assert [item.code for item in menu_of("/viewing/0", EVERYTHING).items if item.here] == ["cases"]
    assert [item.code for item in menu_of("/", EVERYTHING).items if item.here] == ["status"]
    assert menu_of("/cases", EVERYTHING).within == ()


def test_a_group_with_one_place_that_may_be_opened_is_that_place() -> None:
    menu = menu_of("/papers", frozenset())
    assert [(item.path, item.code) for item in menu.items] == [
        ("/duties", "duties"), ("/cases", "cases"), ("/papers", "papers"),
    ]  # fmt: skip
    assert menu.within == ()
    assert not [group for group in open_groups(frozenset()) if not group.places]
