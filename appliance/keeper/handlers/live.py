"""Live looks, for pages, the player and the recorder. Custody judges, this only carries."""

from __future__ import annotations

from typing import Any

from appliance.keeper.context import Keeper
from appliance.keeper.rights import require
from appliance.protocol.transport import Message, Reply
from appliance.recorder.camera.live_copy import decode_watched
from appliance.services.live.records import records_of
from appliance.services.live.views import LiveView

__all__ = ["VERBS"]

_MOST_RECORDS = 200


def _view(keeper: Keeper, arguments: dict[str, Any]) -> LiveView:
    active = bool(arguments.get("active", True))
    return keeper.live.get(str(arguments["session"]), str(arguments["view"]), active=active)


def _bases(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """What whoever is logged in may look live by; nothing for two people. Raises Refused for who has nothing."""
    session = keeper.logins.session(str(arguments["session"]))
    told = {
        "bases": [
            {"ground": each.ground, "name": each.name, "cameras": list(each.cameras)}
            for each in keeper.live.offered(session)
        ],
        "cameras": {camera.camera_no: camera.location for camera in keeper.registry.cameras},
        "goes_on": keeper.live.of_session(session.session_id),
    }
    return Reply(told)


def _open(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    view = keeper.live.open(
        str(arguments["session"]),
        str(arguments["act"]),
        str(arguments["ground"]),
        str(arguments["basis"]),
        [str(camera) for camera in arguments["cameras"]],
        str(arguments.get("purpose", "")),
    )
    return Reply({"view": view.view_id})


def _told(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    view = _view(keeper, arguments)
    cameras = {camera.camera_no: camera for camera in keeper.registry.cameras}
    return Reply(
        {
            "ground": view.basis.ground,
            "basis": view.basis.name,
            "purpose": view.purpose,
            "display": keeper.people.book.display(view.person),
            "origin_ns": view.origin_ns,
            "left_ns": keeper.live.left_ns(view),
            "cameras": [
                {"camera_no": number, "location": cameras[number].location, "sound": cameras[number].sound}
                for number in view.cameras
                if number in cameras
            ],
        }
    )


def _pictures(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """What came of each camera since the last time, one after the other in the body, how the camera is,
    and the recorder's time, by which a page tells how far behind its pictures are."""
    view, codecs = _view(keeper, arguments), [str(codec) for codec in arguments["video_codecs"]]
    made = keeper.live.pictures(view, str(arguments["reader"])[:64], codecs)
    with keeper.lock:
        states = dict(keeper.states)
    parts = [
        {
            "camera_no": number,
            "mime": each.mime,
            "bytes": len(each.data),
            "state": states[number].state if number in states else "connecting",
        }
        for number, each in made.items()
    ]
    head = {"parts": parts, "left_ns": keeper.live.left_ns(view), "now_ns": keeper.clock.wall_ns()}
    return Reply(head, b"".join(each.data for each in made.values()))


def _extend(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    view = keeper.live.extend(
        str(arguments["session"]), str(arguments["view"]), str(arguments["act"]), str(arguments["reason"])
    )
    return Reply({"left_ns": keeper.live.left_ns(view)})


def _end(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    keeper.live.end(str(arguments["session"]), str(arguments["view"]))
    return Reply({})


def _records(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """即時影像檢視紀錄: the newest looks, for whoever reads the registers."""
    require(keeper, arguments, "see-registers")
    found = records_of(keeper.ledger, keeper.stores.acts, _MOST_RECORDS)
    told = [each._asdict() | {"seen": [one._asdict() for one in each.seen]} for each in found.records]
    return Reply({"records": told, "total": found.total})


def _watched(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """A fragment that the recorder sealed just now. Where nobody looks at that camera any more it is dropped."""
    keeper.live.came(str(arguments["camera"]), decode_watched(message.body))
    return Reply({})


VERBS = {
    "live.bases": _bases,
    "live.open": _open,
    "live.view": _told,
    "live.pictures": _pictures,
    "live.extend": _extend,
    "live.end": _end,
    "live.records": _records,
    "recorder.watched": _watched,
}
