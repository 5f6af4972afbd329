"""All cameras of the office: performing acts on their versions, reading them, and the registry that follows from them.

Everything here is rebuilt at start from the ledger and the sealed records. The registry in force is a copy of what this
book says, never the other way round (``INV-10``): the file under ``boot/`` is written from here alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotAllowed, UsageError
from appliance.core.messages import coded
from appliance.core.model import Camera, Registry, to_json
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cameras.facts import CameraFacts, CameraTyped, GuardContext
from appliance.rules.cameras.fleet import Fleet, performed
from appliance.rules.cameras.judging import Refusal, judge, never
from appliance.rules.cameras.rows import Effect, Event, Row, find
from appliance.rules.cameras.signing import Acting, Unfit, acting
from appliance.rules.cameras.states import Origin
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.cameras.typed import TAKES
from appliance.rules.cameras.version import Acceptance, CameraVersion, Wiring
from appliance.rules.cameras.wiring import check_settings, check_typed, laid_over
from appliance.rules.deadlines import day_of
from appliance.rules.document_number import plain_doc_no
from appliance.rules.ink import check_order, clear_ink, inked, same_ink
from appliance.rules.people import SYSTEM, Actor
from appliance.services.cameras.entries import ADOPTED, adopted, clear_part, is_publishable, sealed_part, taken
from appliance.services.cameras.ports import CameraPorts
from appliance.services.document_numbers import LetterNumbers
from appliance.services.forms import read_form

__all__ = ["CameraActResult", "CameraBook"]

_KINDS = ("camera.changed", "registry.changed")
_ADOPT_ACT = "cameras-of-the-set-up"
_MOST_WORDS, _MOST_SETTINGS = 2000, 40
_SECOND = frozenset({Event.PUT_IN_FORCE, Event.CONFIRM_FALSE})
"""Signatures that confirm the picture which another person's act named."""
_OF_DEVICE = frozenset({Event.PIN, Event.RECOGNISE})
_WITH_WAY = frozenset({Event.DRAFT, Event.REVISE, Event.SUBMIT, Event.ACCEPT, Event.PUT_IN_FORCE})


class CameraActResult(NamedTuple):
    """What an act made of a version, and by which row."""

    version: CameraVersion
    row: str


class CameraBook:
    """Thread-safe. ``found`` is the registry in force as it lay on the disk, None where it did not open: at the first
    start the cameras of the set-up are taken in from it, and later it stands in for what a damaged record lost.
    ``pseudonym`` is the name under which entries tell an account from others.

    ``on_registry`` is called after each act that changed what is recorded, when it is durable. ``damaged`` has the
    ledger entries whose record does not open; ``changed_ns``: when what is published of it changed last;
    ``strangers``: the cameras of the first registry that no set-up named.
    """

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        world: CameraPorts,
        found: Registry | None,
        *,
        pseudonym: Callable[[str], str],
        accounts: Callable[[], list[str]],
        trial: bool,
        random: Callable[[int], bytes],
        letters: LetterNumbers | None = None,
    ) -> None:
        self._acts, self._ledger, self._clock, self.world = acts, ledger, clock, world
        self._pseudonym, self._accounts, self._trial, self._random = pseudonym, accounts, trial, random
        self._lock = threading.RLock()
        self._fleet, self._version, self._since_ns = Fleet(), 0, 0
        self._found = {camera.camera_no: camera for camera in found.cameras} if found is not None else {}
        self._lost = set[str]()
        self.changed_ns = 0
        self._registry = Registry(version=0, since_ns=0, cameras=(), trial=trial)
        self.damaged: list[int] = []
        self.strangers: tuple[str, ...] = ()
        self.on_registry: Callable[[], None] = lambda: None
        self._letters = letters or LetterNumbers()
        self._letters.join(self.letter_of)
        for entry in ledger.acts(*_KINDS):
            self._take(entry)
        if found is not None and found.version and not self._version:
            self._adopt(found)

    # --- asking ---

    @property
    def registry(self) -> Registry:
        """What is recorded, as the acts say."""
        return self._registry

    @property
    def fleet(self) -> Fleet:
        """All versions, as they are now."""
        return self._fleet

    def first_in_force_ns(self, camera_no: str) -> int:
        """Since when a camera was in force first, in whatever version: before that nothing of it is missing. A camera
        of the set-up is in force as long as the registry."""
        versions = self._fleet.of(camera_no)
        return min((each.in_force_ns for each in versions if each.in_force_ns), default=self._registry.since_ns)

    def locations(self) -> dict[str, str]:
        """What the newest version that was ever in force calls the place of each camera, removed ones too: their
        footage may still be asked for (``T-08``). It waits for no act: cases and holds ask under locks of their own,
        and an act here asks them how much of the disk they keep."""
        return {
            version.camera_no: self._recorded(version.recorded_as()).location
            for version in self._fleet.all()
            if version.in_force_on is not None
        }

    def left(self) -> dict[str, CameraVersion]:
        """Of each camera that was in force and no longer is, removed or suspended, the version that was so last. Like
        :meth:`locations` it waits for no act."""
        fleet = self._fleet
        newest = {each.camera_no: each for each in fleet.all() if each.in_force_on is not None}
        live = {each.camera_no for each in fleet.in_force()}
        return {camera_no: each for camera_no, each in newest.items() if camera_no not in live}

    def letter_of(self, doc_no: str) -> str:
        """The version whose letter to the police has this 發文字號, as ``03 v2``; "" for none. Like :meth:`locations`
        it waits for no act."""
        found = (each for each in self._fleet.all() if doc_no and plain_doc_no(each.letter_no) == doc_no)
        return next((f"{each.camera_no} v{each.version}" for each in found), "")

    def entries(self, camera_no: str) -> list[Entry]:
        """The acts on a camera, oldest first."""
        return [
            entry
            for entry in self._ledger.acts(*_KINDS)
            if entry.fields.get("camera") == camera_no or camera_no in entry.fields.get("cameras", ())
        ]

    def sealed_of(self, entry: Entry) -> dict[str, Any] | None:
        """The sealed part of an act, the way to the camera included; None where its record does not open."""
        try:
            return self._acts.sealed_of(entry)
        except Damaged:
            return None

    def judged(
        self, version: CameraVersion, event: Event, actor: Actor, typed: CameraTyped
    ) -> tuple[GuardContext, Row | Refusal]:
        """What the table says of an act as things stand. Nothing is written."""
        with self._lock:
            sight = self._sight(version, event, actor, typed)
            return sight, judge(sight, event)

    def never(self, version: CameraVersion, event: Event) -> bool:
        """Whether an event is not for the version as things stand, whoever acts."""
        with self._lock:
            return never(self._sight(version, event, SYSTEM, CameraTyped()), event)

    def fit(self, version: CameraVersion, event: Event, actor: Actor) -> Acting | Unfit:
        """How the actor would sign the event as things stand, whatever its guards say; it asks no disk and no index."""
        row = find(CAMERAS, version.state, event)
        if row is None:
            return Unfit("no_row")
        facts = CameraFacts(holders=self.world.holders())
        return acting(GuardContext(version, facts, actor, day_of(self._clock.wall_ns())), row)

    # --- acting ---

    def act(
        self, act_id: str, actor: Actor, name: str, camera_no: str, version: int, event: str, facts: object
    ) -> CameraActResult:
        """Performs ``event`` on a version, or on the next one of the camera where ``version`` is 0. Durable on return.

        Raises NotAllowed with the codes of what is missing, UsageError for what no form sends, NotFound, NotWritable.
        """
        with self._lock:
            meant = _event(event)
            sent = _checked(meant, facts)
            if (entry := self._ledger.act(act_id)) is not None:
                return self._repeated(entry, actor, camera_no, meant, sent)
            before = self._fleet.get(camera_no, version) if version else self._fleet.next_of(camera_no)
            typed = self._completed(before, meant, sent)
            self._check_way(typed.wiring if meant in (Event.DRAFT, Event.REVISE) else before.wiring, meant)
            return self._perform(act_id, actor, name, before, meant, typed, sent)

    def system(
        self, version: CameraVersion, event: Event, typed: CameraTyped | None = None, **facts: Any
    ) -> CameraActResult:
        """An act of the machine's own on ``version`` as it is by now: whoever calls saw it a moment ago, and a person
        may have suspended it since. Raises as :meth:`act`."""
        with self._lock:
            before = self._fleet.get(version.camera_no, version.version)
            typed = self._completed(before, event, typed or CameraTyped())
            return self._perform(self._random(16).hex(), SYSTEM, "", before, event, typed, typed, **facts)

    # --- inside ---

    def _perform(
        self,
        act_id: str,
        actor: Actor,
        name: str,
        before: CameraVersion,
        event: Event,
        typed: CameraTyped,
        sent: CameraTyped,
        **facts: Any,
    ) -> CameraActResult:
        about = f"{before.camera_no} v{before.version}"
        with self._letters.coming(plain_doc_no(typed.letter_no), about) as taken_by:
            sight = self._sight(before, event, actor, typed, **{"letter_of": taken_by} | facts)
            row = judge(sight, event)
            if actor.ink and not isinstance(row, Refusal):
                check_order(event, actor.ink, *self._last_of(before))
            if isinstance(row, Refusal):
                raise NotAllowed(coded("camera-not-allowed", camera=before.camera_no[:20], why=row), row._asdict())
            fit = acting(sight, row)
            if not isinstance(fit, Acting):
                raise NotAllowed(
                    coded("camera-not-allowed", camera=before.camera_no, why=fit.why),
                    {"event": event, "why": fit.why, "missing": fit.more},
                )
            after = performed(self._fleet, sight, row, fit).get(before.camera_no, before.version)
            clear = clear_part(sight, row, fit, after, self._pseudonym(actor.account), trusted=self.world.trusted())
            clear |= clear_ink(actor.ink, self._pseudonym)
            if Effect.REGISTRY in row.effects:
                clear["registry"] = self._version + 1
            sealed = sealed_part(typed, sent, actor.account, name, actor.ink)
            entry = self._acts.perform(act_id, row.kind, clear, sealed).entry
            self._take(entry, sealed)
        if Effect.REGISTRY in row.effects:
            self.on_registry()
        return CameraActResult(self._fleet.get(before.camera_no, before.version), row.id)

    def _sight(
        self, version: CameraVersion, event: Event, actor: Actor, typed: CameraTyped, **more: Any
    ) -> GuardContext:
        now_ns, second = self._clock.wall_ns(), event in _SECOND
        picture = version.acceptance.picture if second else typed.acceptance.picture
        found: dict[str, Any] = {
            "drifting": self.world.view_off(version.camera_no),
            "letter_of": self._letters.about(plain_doc_no(typed.letter_no)),
        }
        facts = CameraFacts(
            typed=typed,
            at_ns=now_ns,
            filing=self.world.filing(),
            holders=self.world.holders_on(day_of(actor.ink.at_ns)) if actor.ink else self.world.holders(),
            secretary=self.world.secretary(),
            source_known=not (sources := self.world.sources()) or version.wiring.source in sources,
            picture_known=not picture or self.world.picture_known(version, picture),
            picture_seen=not (second and picture) or self.world.picture_seen(version, picture, actor.account),
            scans=self.world.scans(version),
            told=self.world.told(version.camera_no),
            wavers=self.world.wavers(version.camera_no),
            short=self._short(version) if event in (Event.PUT_IN_FORCE, Event.RESUME) else "",
            trial=self._trial,
            letter_word=self.world.letter_word(),
            **(found | more),
        )
        return self._fleet.seen(version, facts, actor, day_of(now_ns))

    def _last_of(self, version: CameraVersion) -> tuple[str, int]:
        """The last signature or return of a version, and when it was done; on the sheet, as that says."""
        found = [("", 0)]
        for entry in self.entries(version.camera_no):
            fields = entry.fields
            if fields.get("version") == version.version and ("signed" in fields or fields["event"] == Event.RETURN):
                ink = inked(fields, None)
                found.append((str(fields["event"]), ink.at_ns if ink else int(fields["at_ns"])))
        return max(found, key=lambda each: each[1])

    def _short(self, version: CameraVersion) -> str:
        """Asked of a camera that would be recorded besides those that are."""
        standing = self._fleet.standing(version.camera_no)
        return "" if standing is not None and standing.live else self.world.short(version.recorded_as())

    def _completed(self, version: CameraVersion, event: Event, typed: CameraTyped) -> CameraTyped:
        """A draft that names no way to the camera keeps the one it has, and what is typed without a kind of source is
        laid over that: nobody types credentials twice. An acceptance is of the device that the picture was taken of,
        and what is recognised is what answers, whatever a form says."""
        if event in _OF_DEVICE:
            wavers = self.world.wavers(version.camera_no) if event is Event.RECOGNISE else frozenset[str]()
            told = {name: said for name, said in self.world.told(version.camera_no).items() if name not in wavers}
            return msgspec.structs.replace(typed, acceptance=Acceptance(identity=told))
        if typed.acceptance != Acceptance():
            identity = self.world.identity(version, typed.acceptance.picture)
            return msgspec.structs.replace(
                typed, acceptance=msgspec.structs.replace(typed.acceptance, identity=identity)
            )
        if event not in (Event.DRAFT, Event.REVISE) or typed.wiring.source:
            return typed
        standing = self._fleet.standing(version.camera_no)
        kept = version.wiring if version.wiring != Wiring() else standing.wiring if standing else Wiring()
        wiring = msgspec.structs.replace(
            kept,
            settings=laid_over(kept.settings, typed.wiring.settings),
            priority=typed.wiring.priority if typed.keeps else kept.priority,
        )
        return msgspec.structs.replace(typed, wiring=wiring)

    def _check_way(self, wiring: Wiring, event: Event) -> None:
        """The settings of a way to a camera are those that its source kind takes, as far as the recorder has said.
        Raises UsageError."""
        declared = self.world.declared()
        if event in _WITH_WAY and wiring.source in declared:
            check_settings(wiring.source, declared[wiring.source], wiring.settings)

    def _repeated(self, entry: Entry, actor: Actor, camera_no: str, event: Event, sent: CameraTyped) -> CameraActResult:
        """The first answer to an act that was performed before. Raises UsageError where this is another act."""
        fields, sealed = entry.fields, self.sealed_of(entry)
        same = (fields.get("event"), fields.get("camera")) == (event, camera_no)
        if same and sealed is not None:
            same = (to_json(sealed["sent"]), sealed["by"]) == (to_json(sent), actor.account)
            same = same and same_ink(inked(fields, sealed), actor.ink)
        if not same:
            raise UsageError.of("sent-before")
        return CameraActResult(self._fleet.get(camera_no, int(fields["version"])), str(fields["row"]))

    def _adopt(self, found: Registry) -> None:
        """Takes in the cameras that the set-up named in the ledger's first entry, once; whatever else lies in the
        registry of that day is no camera of this office."""
        named = set(self._ledger.entry(0).fields.get("cameras", ())) if self._ledger.size else set()
        cameras = tuple(camera for camera in found.cameras if camera.camera_no in named)
        self.strangers = tuple(camera.camera_no for camera in found.cameras if camera.camera_no not in named)
        first = msgspec.structs.replace(found, cameras=cameras, trial=self._trial)
        sealed = dict(msgspec.to_builtins({"cameras": cameras}))
        entry = self._acts.perform(_ADOPT_ACT, "registry.changed", {**adopted(first), "registry": 1}, sealed).entry
        self._take(entry, sealed)

    def _take(self, entry: Entry, sealed: Mapping[str, Any] | None = None) -> None:
        if sealed is None:
            sealed = self.sealed_of(entry)
        if sealed is None:
            self.damaged.append(entry.index)
            self._lost.update(map(str, entry.fields.get("cameras", (entry.fields.get("camera", ""),))))
        if entry.fields["row"] == ADOPTED:
            self._since_ns = int(entry.fields["since_ns"])
        self._fleet = taken(self._fleet, entry, sealed, self._account_of)
        self._version = int(entry.fields.get("registry", self._version))
        if is_publishable(entry):
            self.changed_ns = entry.at_ns
        cameras = tuple(self._recorded(camera) for camera in self._fleet.recorded())
        self._registry = Registry(version=self._version, since_ns=self._since_ns, cameras=cameras, trial=self._trial)

    def _recorded(self, camera: Camera) -> Camera:
        """As the acts have it; of one whose record is lost, as the registry on the disk had it: recording goes on."""
        lost = camera.camera_no in self._lost and not camera.source
        return self._found.get(camera.camera_no, camera) if lost else camera

    def _account_of(self, pseudonym: str) -> str:
        return next((name for name in self._accounts() if self._pseudonym(name) == pseudonym), pseudonym)


def _event(event: str) -> Event:
    try:
        meant = msgspec.convert(event, Event)
    except msgspec.ValidationError as error:
        raise UsageError.of("camera-event-unknown", event=repr(event[:40])) from error
    if meant not in TAKES:
        raise UsageError.of("camera-event-machine", event=event)
    return meant


def _checked(event: Event, facts: object) -> CameraTyped:
    """The typed part of an act. Raises UsageError for what no form of this event sends."""
    typed = read_form(event, facts, TAKES[event], CameraTyped, most=_MOST_WORDS)
    if typed.origin and typed.origin in (Origin.EXISTING, Origin.TRIAL):
        raise UsageError.of("camera-origin")
    _check_settings(typed.wiring.settings)
    check_typed(typed.wiring.settings)
    return typed


def _check_settings(settings: Mapping[str, Any]) -> None:
    """Plain values alone; what they mean is the source kind's to say."""
    if len(settings) > _MOST_SETTINGS:
        raise UsageError.of("camera-settings-many", count=len(settings), most=_MOST_SETTINGS)
    for name, value in settings.items():
        if not isinstance(value, str | int | float | bool):
            raise UsageError.of("camera-setting-kind", name=name[:40])
