"""How a manipulated office ends: opened by a real keeper, viewed, scrubbed, verified, and what of it is judged.

``named``: by whom. ``output``: what people are told of footage, days and acts. Nothing is judged of how it came about.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from typing import Any, NamedTuple

from appliance.core.errors import Damaged, NotFound, RecorderError, Unavailable
from appliance.core.model import Registry
from appliance.keeper.context import Keeper
from appliance.keeper.tasks.damage import tell_damage
from appliance.keeper.verifying import verification
from appliance.rules.cases.states import State
from appliance.storage.boot_files import RecorderBoot, read_recorder_boot, read_registry
from appliance.storage.files import Fs
from tests.box import OFFICER
from tests.caselife import CaseLife
from tests.ledger.box import load_verifier
from tests.vault.stoppedoffice import CAMERAS, END_NS, SECOND_NS, START_NS, Disk, StoppedOffice, life_in, two

__all__ = ["ANEW", "Ended", "Output", "Packets", "ended", "found_by_kept_head"]

Packets = dict[str, set[tuple[int, int, bytes]]]
"""By camera: (stream, instant, bytes) of everything that was handed to the darkroom."""

ANEW = frozenset(
    {
        "rebuilt",
        "index-rebuilt",
        "index-changed",
        "vault-altered",
        "catalogue-key-altered",
        "registry-altered",
        "suite-altered",
    }
)
"""By what an office says that it put something right from what it knows better."""


class Output(NamedTuple):
    """What an office tells people, each as comparable values. ``boot`` is what a recorder takes from ``boot/``;
    ``slots`` are those that open the vault, ``generation`` that of the key store; 0 while it is shut."""

    timeline: Any
    statements: Any
    entries: tuple[bytes, ...]
    segments: int
    boot: tuple[RecorderBoot, Registry] | None
    slots: frozenset[str]
    generation: int


class Ended(NamedTuple):
    """``shown`` and ``after``: what was played before and after ``verify``. ``bad``: what verify names. ``output``:
    None where the office does not start. ``recorder``: what one takes that starts first."""

    named: frozenset[str]
    shown: Packets
    after: Packets
    bad: tuple[str, ...]
    output: Output | None
    recorder: tuple[RecorderBoot, Registry] | None


def nothing() -> Packets:
    return {camera: set() for camera in CAMERAS}


def recorder_alone(disk: Disk) -> tuple[RecorderBoot, Registry] | None:
    """What a recorder takes that starts while the keeper is away; None when it refuses."""
    boot = f"{disk.office}/boot"
    try:
        return _of_boot(disk.fs, boot)
    except (RecorderError, OSError):
        return None


def _of_boot(fs: Fs, boot: str) -> tuple[RecorderBoot, Registry]:
    return read_recorder_boot(fs, boot), read_registry(fs, boot)


def shown_of(keeper: Keeper, case: str) -> tuple[Packets, Any, bool]:
    """What two people can see of the case, what they are told of where footage is, and whether anything is amiss. The
    viewing begins with the first time."""
    shown, amiss = nothing(), False
    darkroom: Any = keeper.playback._darkroom
    try:
        token = two(keeper)
        if keeper.cases.file(case).case.state is not State.VIEWING:
            life_in(keeper, token).act("begin", case, viewing=CaseLife.door)
        grant = keeper.grants.open(token, case, OFFICER.password, seat=1)
    except NotFound:
        return shown, None, False  # no such case: it says nothing of why
    except RecorderError:
        return shown, None, True
    for camera in CAMERAS:
        where: int | None = START_NS
        while where is not None:
            darkroom.fed.clear()
            try:
                media = keeper.playback.media(grant, camera, where, 10)
                for _ in media.blocks:
                    pass
            except (Unavailable, Damaged):
                amiss, media = True, None
            shown[camera] |= {(each.stream, each.pts_ns, bytes(each.data)) for each in darkroom.fed}
            later = where + 10 * SECOND_NS if media is None else media.next_ns
            where = later if later is not None and where < later < END_NS else None
    timeline = keeper.playback.timeline(grant)
    amiss = amiss or any(gap.cause == "damaged" for told in timeline.values() for gap in told.gaps)
    with contextlib.suppress(NotFound):
        keeper.grants.end_of_session(grant.session_id, "over")
    return shown, timeline, amiss


def ended(office: StoppedOffice, disk: Disk, usual: frozenset[str] = frozenset()) -> Ended:
    """``usual``: findings that stand in an office to which nothing was done."""
    alone = recorder_alone(disk)
    size = _entries_on(office, disk)
    try:
        with office.opened(disk) as keeper:
            return _judged(office, keeper, size, usual, alone)
    except RecorderError:
        return Ended(frozenset({"start"}), nothing(), nothing(), ("start",), None, alone)


def _judged(office: StoppedOffice, keeper: Keeper, size: int, usual: frozenset[str], alone: Any) -> Ended:
    named = {"rebuilt"} if keeper.ring.index.rebuilt else set()
    shown, timeline, amiss = shown_of(keeper, office.case)
    named |= {"viewing"} if amiss else set()
    try:
        for damage in keeper.scrub.step(1 << 26):
            named.add("scrub")
            tell_damage(keeper.findings, damage)
    except RecorderError:
        named.add("scrub")
    first = _verified(keeper)
    bad, after = _bad(first), shown
    if "index changed" in bad:  # it was made anew: else verify changes nothing
        again = _bad(_verified(keeper))
        assert set(bad) - {"index changed"} == set(again), f"verify said {bad}, then {again}"
        after, _, _ = shown_of(keeper, office.case)
    named |= {"index-changed"} if bad == ("index changed",) else {"verify"} if bad else set()
    keeper.tasks.reading.read()
    try:
        keeper.statements.make_due()
        statements = {
            str(day): keeper.ledger.entry(at).fields for day, at in keeper.statements.days().items() if at < size
        }
    except RecorderError:
        statements = {}
        named.add("statement")
    named |= {each.key for each in keeper.findings.all()} - usual
    store = keeper.stores.office.key_store
    output = Output(
        timeline,
        statements,
        tuple(entry.raw for entry in keeper.ledger.entries(0, size)),
        first["ring"]["segments"],
        _boot_after(keeper),
        frozenset() if store.shut else frozenset(slot.slot_id for slot in store.slots()),
        0 if store.shut else store.generation,
    )
    return Ended(frozenset(named), shown, after, bad, output, alone)


def _entries_on(office: StoppedOffice, disk: Disk) -> int:
    with contextlib.suppress(Damaged, FileNotFoundError):
        return len(office.entries(disk.fs))
    return 0


def _boot_after(keeper: Keeper) -> Any:
    try:
        return _of_boot(keeper.plain_fs, keeper.settings.layout.boot)
    except RecorderError:
        return None


def _verified(keeper: Keeper) -> dict[str, Any]:
    *_, last = verification(keeper.stores)
    found: dict[str, Any] = last["found"]
    return found


def _bad(found: Mapping[str, Any]) -> tuple[str, ...]:
    bad = tuple(each["what"] for each in found["ring"]["bad"])
    return bad if found["ledger"]["ok"] else (*bad, "ledger")


def found_by_kept_head(office: StoppedOffice, disk: Disk) -> bool:
    """Whether the stand-alone verifier says that the ledger on the disk does not continue the head outside."""
    log, head = office.index.with_name("ledger.copy"), office.index.with_name("kept.checkpoint")
    path = f"{disk.office}/keeper/ledger/ledger.log"
    log.write_bytes(disk.fs.read(path) if disk.fs.exists(path) else b"")
    head.write_text(office.head, encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        return bool(load_verifier().main([str(log), "--key", office.vkey, "--checkpoint", str(head)]))
