"""What the recorder tells the keeper. Everything it is told is durable before it answers, but states and lengths."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec

from appliance import __version__
from appliance.core.clock import SLOT_NS
from appliance.core.errors import Broken, Refused, Unavailable, VaultMismatch
from appliance.core.model import (
    MOST_TEXT,
    Allocation,
    BucketOpening,
    CameraState,
    Gap,
    Length,
    Manifest,
    Moment,
    Record,
    Uptime,
    Word,
    from_wire,
)
from appliance.keeper.context import Keeper
from appliance.keeper.log import say
from appliance.keeper.tasks.key import check_vault_key, report_troubles
from appliance.keeper.tasks.registry import write_changed_registry
from appliance.protocol.transport import Message, Reply
from appliance.recorder.supervisor.camera import NOT_STORED, OTHER_DEVICE, UNCONFINED, UNPLAYABLE
from appliance.rules.cameras.wiring import Declared, Found
from appliance.rules.devices import HEARD
from appliance.selftest.wording import CheckWords
from appliance.storage.boot_files import registry_digest
from appliance.vault.index.shelves import segment_of
from appliance.vault.keys.emergency import SUFFIX
from appliance.vault.keys.keyfiles import day_of
from appliance.vault.ring.recovery import Recovered

_T = TypeVar("_T")

__all__ = ["VERBS"]

_CONFINEMENT = "confinement"
_DISK_FAULTS = ("disk-write", "disk-sync", "disk-slow", "disk-away")

_MOST_DAYS = 3
"""Local days that one allocation may reach over: keys are made for the next two hours."""

_Names = Annotated[tuple[Word, ...], msgspec.Meta(max_length=65_536)]


class _Hello(Record, frozen=True, kw_only=True):
    """What a recorder says first: its boot and run, the files that are its own, and those that lay there before it."""

    boot_id: Word
    boot_ns: Uptime
    wall_ns: Moment
    run_id: Word
    open: _Names
    left: _Names
    sources: Annotated[frozenset[Word], msgspec.Meta(max_length=1000)] = frozenset()
    declared: dict[str, tuple[Declared, ...]] = msgspec.field(default_factory=dict)
    words: CheckWords = CheckWords()
    found: Annotated[tuple[Found, ...], msgspec.Meta(max_length=1000)] = ()


_Lengths = dict[Word, Length]


class _Told(Record, frozen=True, kw_only=True):
    """What goes with the states."""

    faults: Annotated[dict[Word, str], msgspec.Meta(max_length=100)] = msgspec.field(default_factory=dict)
    box_ns: Moment = 0
    registry: str = ""


class _Search(Record, frozen=True, kw_only=True):
    """The answer to an order to search the network."""

    number: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
    found: tuple[Found, ...] = ()
    why: str = ""


Verb = Callable[[Keeper, dict[str, Any], Message], Reply]


def _read(message: Message, kind: Any) -> Any:
    try:
        return from_wire(message.body, kind)
    except msgspec.MsgspecError as error:
        raise Broken(f"recorder: a message that is no {getattr(kind, '__name__', kind)} ({error})") from error


def _hello(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The recorder is here, or is back: what it says was left in ``open/`` is closed as it lies there."""
    hello, owed = _converted("hello", arguments, _Hello), ""
    try:
        found = keeper.recovery.at_hello(hello.open, hello.wall_ns, hello.left)
    except (
        Unavailable,
        OSError,
    ) as error:  # the disk is away, does not read or takes nothing: what was left is closed at a later hello
        found, owed = Recovered(), str(error)
        say(f"what the recorder left is not closed yet: {error}")
    with keeper.lock:
        again, keeper.recorder_run = keeper.recorder_run == hello.run_id, hello.run_id
        keeper.greeted, keeper.hello_owed = True, bool(owed)
        keeper.sources, keeper.declared = hello.sources, hello.declared
        keeper.words, keeper.devices = hello.words, hello.found
    if not again and not keeper.starts.take():
        keeper.starts_unentered += 1
    elif not again and keeper.ledger.writable:
        unentered, keeper.starts_unentered = keeper.starts_unentered, 0
        keeper.ledger.append(
            "recorder.started",
            {
                "process": "recorder",
                "version": __version__,
                "boot_id": hello.boot_id,
                "run": hello.run_id,
                "recovered": len(found.closed),
                "emergencies": len(found.emergencies),
                **({"unentered": unentered} if unentered else {}),
            },
        )
    if found.closed:
        say(f"closed {len(found.closed)} buckets that an interruption had left open")
    report_troubles(keeper, found)
    return Reply({"recovered": len(found.closed)})


def _converted(name: str, said: object, kind: type[_T]) -> _T:
    """Raises Broken for what has another shape, or lies outside its bounds."""
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        raise Broken(f"recorder: what it says of {name!r} cannot be read ({error})") from error


def _allocate(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Refused, and not put off, while the key store takes nothing: the recorder then keeps the record beside the
    footage at once, and its other reports do not wait behind this one. VaultMismatch, and a finding, for one that is
    sealed to another vault key than the ledger's: the recorder then makes no key at all."""
    allocation: Allocation = _read(message, Allocation)
    if (days := len({day_of(bucket.slot_start_ns) for bucket in allocation.buckets})) > _MOST_DAYS:
        raise Broken(f"recorder: an allocation for {days} days; keys are made ahead for at most {_MOST_DAYS}")
    for bucket in allocation.buckets:
        _need_known(keeper, bucket.camera_no)
        if bucket.slot_start_ns % SLOT_NS:
            raise Broken(f"recorder: a key for a slot that begins at {bucket.slot_start_ns}, where none begins")
    check_vault_key(keeper)
    try:
        keeper.vault_key.need(allocation.vault_key, f"allocation {allocation.allocation_id}")
    except VaultMismatch as error:
        keeper.findings.open("vault-altered", "storage", str(error))
        raise
    try:
        keeper.stores.office.key_store.check_open()
    except Unavailable as error:
        raise Refused(str(error)) from error
    keeper.stores.office.key_store.add(allocation)
    keeper.ring.allocated(allocation)
    return Reply({})


def _need_known(keeper: Keeper, camera_no: str) -> None:
    """Raises Refused for a camera that never was in force or asked for: nothing is recorded of it (``INV-10``). What is
    told of one that was taken away meanwhile is taken."""
    if camera_no not in {camera.camera_no for camera in keeper.registry.cameras} | keeper.cameras.fleet.numbers():
        raise Refused(f"recorder: there is no camera {camera_no[:64]!r}; the recorder reads another registry")


def _opened(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    opening: BucketOpening = _read(message, BucketOpening)
    _need_allocation(keeper, opening)
    keeper.ring.opened(opening)
    return Reply({})


def _need_allocation(keeper: Keeper, told: BucketOpening | Manifest) -> None:
    """Raises Refused for a bucket whose key nobody stored, in the key store or beside the footage: nobody could ever
    open it. What lies in ``open/`` of it stays there, and the next hello tells of it."""
    index, shelves, bucket_id = keeper.ring.index, keeper.ring.shelves, told.bucket_id
    if index.doubt:
        return  # it answers nothing; what is told now is judged when it is made anew
    opened, allocated = index.opening(bucket_id), index.allocated(bucket_id)
    known = opened.opening if opened is not None else allocated or index.closed(bucket_id)
    if known is None:
        shelves.need()
        if shelves.fs.exists(os.path.join(shelves.open_dir, bucket_id + SUFFIX)):
            return
        raise Refused(
            f"recorder: bucket {bucket_id} was never allocated; look at who put its file into {shelves.open_dir}"
        )
    if (known.camera_no, known.slot_start_ns) != (told.camera_no, told.slot_start_ns):
        raise Refused(
            f"recorder: bucket {bucket_id} is camera {known.camera_no}'s of another slot or camera than is told now; "
            "its file stays in open/"
        )


def _durable(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    lengths = _converted("lengths", arguments["lengths"], _Lengths)
    for name in lengths:
        if segment_of(name) is None:
            raise Broken(f"recorder: a durable length of {name!r}, which is no segment file")
    keeper.ring.durable(lengths)
    return Reply({})


def _closed(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    manifest: Manifest = _read(message, Manifest)
    _need_allocation(keeper, manifest)
    for gap in manifest.gaps:
        if gap.camera_no != manifest.camera_no:
            raise Refused(f"recorder: the manifest of bucket {manifest.bucket_id} has a gap of another camera")
        _need_span(gap)
    report_troubles(keeper, keeper.recovery.close(manifest, keeper.clock.wall_ns()))
    return Reply({})


def _gap(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    gap: Gap = _read(message, Gap)
    _need_known(keeper, gap.camera_no)
    _need_span(gap)
    keeper.ring.gap(gap)
    return Reply({})


def _need_span(gap: Gap) -> None:
    if gap.end_ns <= gap.start_ns:
        raise Broken(f"recorder: a gap from {gap.start_ns} to {gap.end_ns}, which is no time")


def _states(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """States of cameras that are not in force, because they were taken away a moment ago, are left out."""
    told = _converted("states", arguments, _Told)
    known = {camera.camera_no for camera in keeper.registry.cameras}
    states: list[CameraState] = [each for each in _read(message, list[CameraState]) if each.camera_no in known]
    with keeper.lock:
        keeper.states = {state.camera_no: state for state in states}
        keeper.heard_ns = keeper.clock.boot_ns()
        for state in states:
            _hear(keeper, state)
    for state in states:
        text = (
            ""
            if state.state in ("live", "connecting", "stopped")
            else f"camera {state.camera_no}: {state.detail or state.state}"
        )
        box = "storage" if state.detail == NOT_STORED else "picture"
        other, unconfined = state.detail.startswith(OTHER_DEVICE), state.detail.startswith(UNCONFINED)
        keeper.findings.set(f"camera-unconfined-{state.camera_no}", box, text if unconfined else "")
        keeper.findings.set(f"camera-device-{state.camera_no}", box, text if other else _doubt(keeper, state, text))
        unplayable = state.detail == UNPLAYABLE
        _set_unplayable(keeper, state)
        keeper.findings.set(f"camera-{state.camera_no}", box, "" if other or unplayable or unconfined else text)
    faults = {key: text[:MOST_TEXT] for key, text in told.faults.items()}
    if not keeper.disk_watch.is_there:
        faults.pop("disk-away", None)  # both see it: the keeper says it
    for key in _DISK_FAULTS:
        keeper.findings.set(key, "storage", faults.get(key, ""))
    if _CONFINEMENT in faults:  # a recorder that was just started does not know yet
        keeper.findings.set(_CONFINEMENT, "storage", faults[_CONFINEMENT])
    digest = registry_digest(keeper.registry)
    if "registry" in arguments and told.registry != digest:
        write_changed_registry(keeper)
    trust = keeper.rules.watch.told()
    with keeper.lock:
        wanted, box_told = keeper.look_wanted, keeper.box_told
    return Reply(
        {
            **({"box": msgspec.to_builtins(box_told)} if box_told.at_ns != told.box_ns else {}),
            "pressure": msgspec.to_builtins(keeper.space.relief),
            "trust": msgspec.to_builtins(trust),
            "look": msgspec.to_builtins(wanted),
            "watched": keeper.live.watched(),
            "pictures": [msgspec.to_builtins(each) for each in keeper.pictures.wanted()],
            "search": keeper.search.number if not keeper.search.done_ns else 0,
            "references": keeper.references.digests(keeper.cameras.fleet),
            "registry": digest,
        }
    )


def _found(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """What a search of the network found. That of an older order is not looked at."""
    told = _converted("found", arguments, _Search)
    found, why = told.found[:_MOST_FOUND], told.why[:_MOST_WHY]
    with keeper.lock:
        if told.number == keeper.search.number:
            done_ns = keeper.clock.wall_ns()
            keeper.search = msgspec.structs.replace(keeper.search, done_ns=done_ns, found=found, why=why)
    return Reply({})


_MOST_FOUND, _MOST_WHY = 128, 200


def _hear(keeper: Keeper, state: CameraState) -> None:
    """Keeps what other devices told in this camera's place, each answer once, until the accepted one is there."""
    before = keeper.strangers.get(state.camera_no, ())
    if state.state == "live":
        keeper.strangers.pop(state.camera_no, None)
    elif state.detail.startswith(OTHER_DEVICE) and before[-1:] != (state.identity,):
        keeper.strangers[state.camera_no] = (*before, dict(state.identity))[-HEARD:]


def _doubt(keeper: Keeper, state: CameraState, text: str) -> str:
    """What is left of another device: until the camera is live again, whoever it was."""
    return text if state.state != "live" and keeper.findings.is_open(f"camera-device-{state.camera_no}") else ""


def _set_unplayable(keeper: Keeper, state: CameraState) -> None:
    """Until the camera is live again: connecting anew makes nothing playable."""
    key = f"camera-unplayable-{state.camera_no}"
    stands = state.detail == UNPLAYABLE or (state.state == "lost" and keeper.findings.is_open(key))
    keeper.findings.set(key, "picture", f"camera {state.camera_no}: {UNPLAYABLE}" if stands else "")


def _greeted(verb: Verb) -> Verb:
    """Only after a hello: a keeper that was restarted must hear first which files are the recorder's."""

    def checked(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
        if not keeper.greeted:
            raise Unavailable("recorder: the keeper has not been greeted or asks for it again; say hello and try again")
        return verb(keeper, arguments, message)

    return checked


VERBS = {
    "recorder.hello": _hello,
    "recorder.allocate": _greeted(_allocate),
    "recorder.opened": _greeted(_opened),
    "recorder.durable": _greeted(_durable),
    "recorder.closed": _greeted(_closed),
    "recorder.gap": _greeted(_gap),
    "recorder.states": _greeted(_states),
    "recorder.found": _greeted(_found),
}
