"""Cameras, for pages: one verb for every event of the table, and two that show. Custody judges."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.core.errors import NotFound, Refused
from appliance.keeper.context import Keeper
from appliance.keeper.ink import inked_act
from appliance.keeper.rights import require
from appliance.keeper.tasks.camera import settle_references, told_by, wavers_of
from appliance.protocol.transport import Message, Reply
from appliance.rules.cameras.wiring import Found, Searched, host_of
from appliance.rules.people import OFFICERS
from appliance.rules.scans import camera_papers
from appliance.services.cameras.reference_handlers import reference_steps, reference_views
from appliance.services.cameras.views import actor_of, tell_all, tell_camera, tell_reviews

__all__ = ["VERBS"]


def _act(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Performs an event. The password, where one is sent, is proved first: a wrong one performs nothing."""
    token, session = str(arguments["session"]), require(keeper, arguments, "see-cameras")
    seat = next((seat for seat in session.seats if seat.seat == int(arguments["seat"])), None)
    if seat is None:
        raise Refused.of("people-absent", thing="camera")
    password = str(arguments.get("password", ""))
    if password:
        seat = keeper.logins.reauthenticate(token, seat.seat, password)
    acting, beside = keeper.people.book.acting_of(seat.person), len(session.seats) > 1
    actor, display = actor_of(seat, acting, proved=bool(password), beside=beside), seat.display
    camera_no, number, event = str(arguments["camera"]), int(arguments.get("version", 0)), str(arguments["event"])
    if signed := inked_act(keeper, arguments, seat, event, (camera_papers(camera_no, number),)):
        actor, display = signed.actor(), signed.signer.display
    done = keeper.cameras.act(
        str(arguments["act"]),
        actor,
        display,
        camera_no,
        number,
        event,
        arguments.get("facts", {}),
    )
    version = done.version
    settle_references(keeper)
    return Reply({"camera": version.camera_no, "version": version.version, "state": version.state, "row": done.row})


def _book(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Every camera there ever was, and the registry in force."""
    require(keeper, arguments, "see-cameras")
    registry = keeper.registry
    return Reply({"cameras": tell_all(keeper.cameras), "registry": registry.version, "trial": registry.trial})


def _reviews(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The last look at each camera in force, and every how many months the rules ask for one."""
    require(keeper, arguments, "see-cameras")
    months = keeper.cameras.world.filing().review_months
    return Reply({"reviews": tell_reviews(keeper.cameras, keeper.people.book.display), "months": months})


def _ways(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The kinds of camera that the recorder has with what each takes, and the devices that lie there, each with the
    camera that is registered at it, "" for none (``AT-03``). Of the settings of cameras nothing else is told."""
    session = require(keeper, arguments, "see-cameras")
    session.seat_of(OFFICERS)
    at = {
        Found(source=camera.source, setting=name, value=str(value)): camera.camera_no
        for camera in keeper.registry.cameras
        for name, value in camera.settings.items()
    }
    found = [msgspec.to_builtins(each) | {"camera": at.get(each, "")} for each in keeper.devices]
    searched = msgspec.to_builtins(keeper.search)
    searched["found"] = [
        msgspec.to_builtins(each) | {"camera": _registered_at(keeper, each)} for each in keeper.search.found
    ]
    return Reply({"kinds": msgspec.to_builtins(keeper.declared), "found": found, "search": searched})


def _registered_at(keeper: Keeper, found: Found) -> str:
    """The camera that is registered at the host of an address, "" for none."""
    host = host_of(found.value)
    for camera in keeper.registry.cameras:
        values = (str(value) for name, value in camera.settings.items() if name == found.setting)
        if camera.source == found.source and host and any(host_of(value) == host for value in values):
            return camera.camera_no
    return ""


def _search(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Has the recorder look on the network for cameras that nobody registered: one question, to nobody by name, with no
    account. What answers is listed and recorded by nobody (``AT-03``)."""
    require(keeper, arguments, "see-cameras").seat_of(OFFICERS)
    with keeper.lock:
        going = keeper.search.number and not keeper.search.done_ns
        now_ns = keeper.clock.wall_ns()
        if not going or now_ns - keeper.search.asked_ns > _SEARCH_NS:
            keeper.search = Searched(number=keeper.search.number + 1, asked_ns=now_ns)
        return Reply({"number": keeper.search.number})


_SEARCH_NS = 30 * 1_000_000_000
"""A search that did not answer by then is over."""


def _days(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """How many days would be kept with a version that is on its way."""
    require(keeper, arguments, "see-cameras").seat_of(OFFICERS)
    version = keeper.cameras.fleet.get(str(arguments["camera"]), int(arguments["version"]))
    return Reply({**keeper.space.with_camera(version.recorded_as()), "trial": keeper.registry.trial})


def _camera(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session, camera_no = require(keeper, arguments, "see-cameras"), str(arguments["camera"])
    if camera_no not in keeper.cameras.fleet.numbers():
        raise NotFound(f"camera {camera_no[:20]}: there is no such camera; open the list of cameras")
    book = keeper.people.book

    def name_of(account: str) -> str:
        return book.get(account).display if book.knows(account) else account

    told = tell_camera(keeper.cameras, camera_no, session.seats, book.acting_of, name_of)
    other = keeper.findings.is_open(f"camera-device-{camera_no}")
    pictures = {
        "references": msgspec.to_builtins(reference_views(keeper.references, camera_no)),
        "reference_steps": msgspec.to_builtins(reference_steps(keeper.references, camera_no)),
    }  # fmt: skip
    device = {
        "other_device": other, "answers": told_by(keeper, camera_no) if other else {},
        "wavers": sorted(wavers_of(keeper, camera_no)),
    }  # fmt: skip
    return Reply(told | pictures | device)


VERBS = {
    "camera-act": _act,
    "cameras.book": _book,
    "cameras.reviews": _reviews,
    "cameras.ways": _ways,
    "cameras.search": _search,
    "cameras.days": _days,
    "camera": _camera,
}
