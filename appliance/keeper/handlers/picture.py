"""Pictures for people: of all cameras for the daily inspection, the reference pictures of one (``T-65``, ``T-79``).

Each is entered before anything is taken or opened (``INV-04``); who may have it is asked first. The bytes come from
the darkroom, stay in memory for two minutes, and go to the session that asked and to no other.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from appliance.core.errors import Damaged, NotAllowed, NotFound, Refused, Unavailable, UsageError
from appliance.core.messages import Said, from_map
from appliance.core.model import Camera, to_wire
from appliance.keeper.context import Keeper
from appliance.keeper.pictures import Picture
from appliance.keeper.rights import acting, check_own, require
from appliance.ledger.entry import Entry
from appliance.protocol.transport import Message, Reply
from appliance.rules.cameras.states import ENDS, OPEN, State
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.deadlines import day_of
from appliance.rules.inspection.rows import UNSIGNED
from appliance.rules.people import may
from appliance.sandbox.protocol import StillAnswer
from appliance.services.cameras.reference import Reference, Step
from appliance.services.cameras.references import CONFIRMERS, TAKERS
from appliance.services.people.login import Seat, Session

__all__ = ["VERBS", "told_reference_steps", "told_references"]

_SMALL_WIDTH, _MOST_WORDS = 480, 500
_INSPECTION_SECONDS, _REFERENCE_SECONDS = 8.0, 24.0
_SEEN = frozenset({State.APPROVED, State.ACK})
"""A version that waits for its acceptance is seen by a connection of its own, and not stored (``INV-10``)."""


def _enter(keeper: Keeper, act_id: str, session: Session, by: Seat, purpose: str, **clear: Any) -> Entry:
    """Durable on return. An entry is of one look: a form that is sent again asks for another, and is refused. In a
    session that shows a viewing there is no other picture (``INV-16``). Raises Refused, UsageError, NotWritable."""
    if keeper.grants.of_session(session.session_id):
        raise Refused.of("picture-viewing")
    if keeper.ledger.act(act_id) is not None:
        raise UsageError.of("look-again")
    private = {"by": by.person, "display": by.display}
    return keeper.stores.acts.perform(act_id, "picture.released", {"purpose": purpose, **clear}, private).entry


# --- for the daily inspection ---


def _for_inspection(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """A fresh small picture of every camera that is live, with how loud it is where sound is approved. The handle is
    today's row, which is there before its pictures are."""
    session = require(keeper, arguments, "see-inspection-pictures")
    session.seat_of(TAKERS)
    today = day_of(keeper.clock.wall_ns())
    if keeper.inspections.day(today).row.state not in UNSIGNED:
        raise NotAllowed(
            "inspection: today's row is signed; there is nothing left to look for", {"missing": ["signed"]}
        )
    by = acting(keeper, arguments, TAKERS)
    with keeper.lock:
        live = {no for no, state in keeper.states.items() if state.state == "live"}
    cameras = [camera for camera in keeper.registry.cameras if camera.camera_no in live]
    numbers = [camera.camera_no for camera in cameras]
    _enter(keeper, str(arguments["act"]), session, by, "inspection", cameras=numbers, day=today.isoformat())
    orders = {
        camera.camera_no: keeper.pictures.ask(
            camera.camera_no, session.session_id, width=_SMALL_WIDTH, sound=camera.sound
        )
        for camera in cameras
    }
    keeper.pictures.wait(list(orders.values()), _INSPECTION_SECONDS)
    return Reply({"pictures": [_told(keeper, session, no, orders[no]) for no in numbers]})


def _told(keeper: Keeper, session: Session, camera_no: str, name: str) -> dict[str, Any]:
    try:
        picture = keeper.pictures.get(name, session.session_id)
    except (Unavailable, NotFound) as error:
        return {"camera": camera_no, "why": error.said}
    return {"camera": camera_no, "picture": name, **_as_map(picture.told)}


def _as_map(told: StillAnswer) -> dict[str, Any]:
    return dict(msgspec.to_builtins(told))


def _get(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The bytes of one that this session asked for."""
    session = keeper.logins.session(str(arguments["session"]), active=False)
    picture = keeper.pictures.get(str(arguments["picture"]), session.session_id)
    return Reply({"camera": picture.camera_no, **_as_map(picture.told)}, picture.jpeg)


# --- references ---


def _version(keeper: Keeper, arguments: dict[str, Any]) -> CameraVersion:
    return keeper.cameras.fleet.get(str(arguments["camera"]), int(arguments["version"]))


def _take(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """A reference picture of what the camera shows now, sealed. It counts when somebody else confirms it."""
    session = require(keeper, arguments, "see-references")
    session.seat_of(TAKERS)
    version, act_id = _version(keeper, arguments), str(arguments["act"])
    if not (version.live or version.state in _SEEN):
        raise NotAllowed(
            f"camera {version.key}: a reference picture is taken of what is in force or waits for its acceptance",
            {"missing": ["not_in_force"]},
        )
    if repeated := keeper.ledger.act(f"{act_id}+"):
        return Reply(_reference(keeper.references.get(str(repeated.fields["reference"]))))
    by, see = acting(keeper, arguments, TAKERS), None if version.live else version.recorded_as()
    picture = _seen(keeper, act_id, by, session, version, "reference", see)
    found = keeper.references.take(f"{act_id}+", by, version, picture.told.light, picture.jpeg, picture.identity)
    return Reply(_reference(found))


def _seen(
    keeper: Keeper, act_id: str, by: Seat, session: Session, version: CameraVersion, purpose: str, see: Camera | None
) -> Picture:
    """One picture of a version, entered and then taken. Raises Unavailable with why none came."""
    _enter(keeper, act_id, session, by, purpose, cameras=[version.camera_no], version=version.version)
    name = keeper.pictures.ask(version.camera_no, session.session_id, see=see)
    try:
        keeper.pictures.wait([name], _REFERENCE_SECONDS)
        return keeper.pictures.get(name, session.session_id)
    finally:
        keeper.pictures.drop(name)


def _confirm(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Somebody else says, with the password, that this is the view that was approved."""
    token, session = str(arguments["session"]), require(keeper, arguments, "see-references")
    seat = session.seat_of(CONFIRMERS)
    seat = keeper.logins.reauthenticate(token, seat.seat, str(arguments.get("password", "")))
    number = str(arguments["reference"])
    words = _words(arguments)
    found = keeper.references.confirm(str(arguments["act"]), seat.person, seat.display, number, words)
    keeper.findings.clear(f"reference-owed-{found.camera_no}")
    return Reply(_reference(found))


def _refuse(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The unit head, with the password: a picture that waits is refused, one that counts withdrawn; destroyed both."""
    token, session = str(arguments["session"]), require(keeper, arguments, "see-references")
    seat = session.seat_of(CONFIRMERS)
    seat = keeper.logins.reauthenticate(token, seat.seat, str(arguments.get("password", "")))
    number, words = str(arguments["reference"]), _words(arguments)
    return Reply(_reference(keeper.references.refuse(str(arguments["act"]), seat, number, words)))


def _withdraw(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """An officer gives up a picture that nobody confirmed yet."""
    require(keeper, arguments, "see-references")
    by, number = acting(keeper, arguments, TAKERS), str(arguments["reference"])
    return Reply(_reference(keeper.references.withdraw(str(arguments["act"]), by, number, _words(arguments))))


def _words(arguments: dict[str, Any]) -> str:
    """Why, as somebody typed it. Raises UsageError."""
    words = str(arguments.get("words", ""))
    if len(words) > _MOST_WORDS:
        raise UsageError(f"form: {len(words)} characters of reason; at most {_MOST_WORDS}")
    return words


def _show(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """A reference picture, opened for this session; its entry first."""
    session = require(keeper, arguments, "see-references")
    by = next((each for each in session.seats if each.seat == int(arguments["seat"])), None)
    if by is None or not may("see-references", by.roles):
        raise Refused("picture: whoever looks must be logged in here and may see it; open the page again")
    found = keeper.references.get(str(arguments["reference"]))
    if found.ended_ns:
        raise NotFound(f"reference picture {found.number}: it was destroyed; its entry stays")
    by = check_own(keeper, arguments, by)
    clear = {"cameras": [found.camera_no], "version": found.version, "reference": found.number}
    entry = _enter(keeper, str(arguments["act"]), session, by, "reference-look", **clear)
    told = StillAnswer(at_ns=found.taken_ns, light=found.light)
    picture = Picture(found.camera_no, told, keeper.references.look(entry))
    return Reply({"picture": keeper.pictures.hold(session.session_id, picture), **_reference(found)})


def told_references(keeper: Keeper, camera_no: str) -> list[dict[str, Any]]:
    """A camera's, newest first, with those that were destroyed; pictures are another verb's."""
    return [_reference(each, keeper.references.lookers(each.number)) for each in keeper.references.of(camera_no)]


def told_reference_steps(keeper: Keeper, camera_no: str) -> list[dict[str, Any]]:
    """What happened to them, newest first, as acts on the camera are told."""
    return [_step(each) for each in keeper.references.history(camera_no)]


def _step(found: Step) -> dict[str, Any]:
    return {
        "entry": found.entry.index,
        "at_ns": found.entry.at_ns,
        "version": found.reference.version,
        "reference": found.reference.number,
        "event": found.event,
        "by": found.display,
        "words": found.words,
    }


def _reference(found: Reference, lookers: Collection[str] = ()) -> dict[str, Any]:
    return {
        "reference": found.number,
        "version": found.version,
        "light": found.light,
        "sha256": found.sha256,
        "taken_ns": found.taken_ns,
        "taken_by": found.taken_display,
        "taker": found.taken_by,
        "confirmed_ns": found.confirmed_ns,
        "confirmed_by": found.confirmed_display,
        "ended_ns": found.ended_ns,
        "ended": found.ended,
        "ended_by": found.ended_display,
        "words": found.words,
        "lookers": sorted(lookers),
    }


# --- a version that is being drafted, before anybody signs it ---


def _preview(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """What a camera that is not in force shows, for who drafts or accepts it: seen once, never stored."""
    session = require(keeper, arguments, "see-references")
    session.seat_of(TAKERS)
    version = _version(keeper, arguments)
    if version.state not in OPEN:
        word = "over" if version.state in ENDS else "in force"
        raise Refused(f"camera {version.key}: it is {word}; a preview is of a version that is on its way")
    by = acting(keeper, arguments, TAKERS)
    picture = _seen(keeper, str(arguments["act"]), by, session, version, "preview", version.recorded_as())
    told = {"camera": version.camera_no, "version": version.version, **_as_map(picture.told)}
    return Reply({"picture": keeper.pictures.hold(session.session_id, picture), **told})


# --- the recorder ---


def _came(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    keeper.pictures.came(str(arguments["order"]), message.body, _reason(arguments.get("why", "")))
    return Reply({})


def _reason(told: object) -> Said:
    """Why the recorder has none, which a camera may have told it."""
    return from_map(told) or str(told)[:300]


def _for_recorder(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The reference pictures in use of one camera, opened for the self-tests' child; their entry first. What does not
    open is a finding, and the others go all the same."""
    standing = keeper.cameras.fleet.standing(str(arguments["camera"]))
    used = keeper.references.in_use(standing) if standing is not None else []
    if standing is not None and used:
        if not keeper.references_opened.take():
            raise Refused(
                "recorder: it asks for reference pictures again and again; each time is an entry; wait a minute"
            )
        numbers = [each.number for each in used]
        keeper.ledger.append("reference.opened", {"camera": standing.camera_no, "references": numbers})
    pictures = []
    for each in used:
        try:
            pictures.append(keeper.references.open(each.number))
        except (NotFound, Damaged) as error:
            keeper.findings.open(f"reference-damaged-{each.number}", "storage", str(error))
    return Reply({}, to_wire(tuple(pictures)))


VERBS = {
    "picture.inspection": _for_inspection,
    "picture.get": _get,
    "picture.preview": _preview,
    "reference.take": _take,
    "reference.confirm": _confirm,
    "reference.refuse": _refuse,
    "reference.withdraw": _withdraw,
    "reference.show": _show,
    "recorder.picture": _came,
    "recorder.reference": _for_recorder,
}
