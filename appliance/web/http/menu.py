"""The places of the site and how they are grouped: the menu, the second row of a group, the map of the site. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

__all__ = ["GROUPS", "Group", "Item", "Menu", "Place", "guide_place", "menu_of", "open_groups"]


class Place(NamedTuple):
    """``needs``: what somebody here must be able to look at; "" for everybody who is logged in. ``also``: addresses
    that belong to it beside its own."""

    path: str
    code: str
    needs: str = ""
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether the page at ``path`` is one of this place."""
        own = path == "/" if self.path == "/" else path.startswith(self.path)
        return own or path.startswith(self.also)


class Group(NamedTuple):
    """What stands in the menu. With one place that somebody may open, it is that place."""

    code: str
    places: tuple[Place, ...]


class Item(NamedTuple):
    path: str
    code: str
    here: bool


class Menu(NamedTuple):
    """``within``: the places of the group that the page is of; empty for a group of one. ``group``: its code."""

    items: tuple[Item, ...]
    within: tuple[Item, ...]
    group: str


GROUPS = (
    Group("status", (Place("/", "status", "see-status", also=("/tour",)),)),
    Group("duties", (Place("/duties", "duties"),)),
    Group("cases", (Place("/cases", "cases", also=("/viewing",)),)),
    Group("holds", (Place("/holds", "holds", "see-holds"),)),
    Group("cameras", (Place("/cameras", "cameras", "see-cameras"), Place("/live", "live", "see-live"))),
    Group("inspection", (Place("/inspection", "inspection", "see-inspection"),)),
    Group("records", (
        Place("/ledger", "ledger", "see-ledger"),
        Place("/register", "registers", "see-registers"),
        Place("/access", "access", "see-access"),
        Place("/statements", "statements", "see-statements", also=("/destructions",)),
        Place("/statistics", "statistics", "see-statements"),
    )),
    Group("office", (
        Place("/papers", "papers", also=("/archive",)),
        Place("/rules", "rules", "see-rules"),
        Place("/people", "people", "see-people"),
        Place("/stations", "stations", "see-stations"),
    )),
)  # fmt: skip


_GUIDE = (
    ("/tour", "start"), ("/guide", "start"), ("/map", "start"), ("/trust", "trust"), ("/login", "people"),
    ("/join", "people"), ("/account", "people"), ("/people", "people"), ("/cases", "request"), ("/viewing", "request"),
    ("/duties", "request"), ("/stations", "request"), ("/archive", "request"), ("/holds", "holds"), ("/scan", "scans"),
    ("/cameras", "cameras"), ("/live", "live"), ("/register/live", "live"), ("/register", "registers"),
    ("/statistics", "registers"), ("/inspection/health", "checks"), ("/inspection", "inspection"),
    ("/rules", "office-rules"),
)  # fmt: skip
"""Where the guide speaks of the pages below an address; of all others under *every day*. The first that fits counts."""


def guide_place(path: str) -> str:
    """The anchor of the guide's section about the page at ``path``."""
    return next((anchor for lead, anchor in _GUIDE if path.startswith(lead)), "every-day")


def open_groups(may: Collection[str]) -> list[Group]:
    """The groups with the places that somebody may open, without the empty ones."""
    kept = (
        group._replace(places=tuple(place for place in group.places if not place.needs or place.needs in may))
        for group in GROUPS
    )
    return [group for group in kept if group.places]


def menu_of(path: str, may: Collection[str]) -> Menu:
    items: list[Item] = []
    within: tuple[Item, ...] = ()
    code = ""
    for group in open_groups(may):
        here = any(place.holds(path) for place in group.places)
        alone = len(group.places) == 1
        items.append(Item(group.places[0].path, group.places[0].code if alone else group.code, here))
        if here and not alone:
            within = tuple(Item(place.path, place.code, place.holds(path)) for place in group.places)
            code = group.code
    return Menu(tuple(items), within, code)
