"""Guards on the way to an approval: what a version must say, and the documents that must be there. Pure.

Each answers with codes of what is missing. Source: ``rules`` 二, 五(一); domain 2.5 K1 to K5.
"""

from __future__ import annotations

import re
from datetime import date

from appliance.rules.cameras.facts import GuardContext
from appliance.rules.cameras.places import PLACE_KINDS, is_private
from appliance.rules.cameras.publication import tells_too_much
from appliance.rules.cameras.registered import rate_of, size_of
from appliance.rules.cameras.states import Cell, Origin
from appliance.rules.cameras.version import PURPOSES, Answer, CameraVersion, Device, Matters, differing
from appliance.rules.document_number import faults_of, plain_doc_no
from appliance.rules.scans import CameraPaper

__all__ = [
    "answer_complete",
    "answer_entered",
    "answer_is_approval",
    "answer_is_filing",
    "answer_scanned",
    "area_publishable",
    "chain_stamped",
    "complete",
    "device_checked",
    "first_of_its_number",
    "is_exempt",
    "is_reported",
    "letter_numbered",
    "letter_sent",
    "like_for_like",
    "looked_up_again",
    "note_given",
    "number_fits",
    "one_at_a_time",
    "papers_lacking",
    "place_not_private",
    "place_stated",
    "plan_dated",
    "purpose_stated",
    "purposes_known",
    "registered_readable",
    "rejection_complete",
    "something_changes",
    "unit_stamped",
]

_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,15}")


def _drafted(sight: GuardContext) -> Matters:
    """What an act types where it types a draft; else what the version has."""
    typed = sight.facts.typed.matters
    return typed if typed != Matters() else sight.version.matters


def number_fits(sight: GuardContext) -> tuple[str, ...]:
    """A new camera has a number that no camera ever had; a change has that of a camera that is there (``D-14``)."""
    facts, number = sight.facts, sight.version.camera_no
    if facts.typed.origin not in (Origin.NEW, Origin.CHANGE, Origin.REPLACEMENT):
        return ("origin",)
    if not _NUMBER.fullmatch(number):
        return ("camera_no",)
    if facts.retired:
        return ("number_retired",)
    if facts.typed.origin == Origin.NEW:
        return ("number_taken",) if facts.standing is not None else ()
    return () if facts.standing is not None else ("nothing_to_change",)


def first_of_its_number(sight: GuardContext) -> tuple[str, ...]:
    """A set-up brings only cameras that nobody knows yet."""
    if sight.facts.typed.origin not in (Origin.EXISTING, Origin.TRIAL):
        return ("origin",)
    return () if sight.version.version == 1 and sight.facts.standing is None else ("number_taken",)


def one_at_a_time(sight: GuardContext) -> tuple[str, ...]:
    return ("other_version_open",) if sight.facts.others_open else ()


def purposes_known(sight: GuardContext) -> tuple[str, ...]:
    """None but the three of 二 (``D-30``)."""
    matters = _drafted(sight)
    return () if set(matters.purposes) <= set(PURPOSES) else ("purpose_unknown",)


def purpose_stated(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.version.matters.purposes else ("purpose",)


def place_not_private(sight: GuardContext) -> tuple[str, ...]:
    """No place of high privacy, by its kind, by what it is called or by what the camera sees (``T-72``)."""
    matters = _drafted(sight)
    private = is_private(matters.place_kind, matters.area, matters.place, matters.view)
    return ("place_private",) if private else ()


def place_stated(sight: GuardContext) -> tuple[str, ...]:
    """Of which kind it is, and that it lies within 本所場域 (二)."""
    matters = sight.version.matters
    lacks = () if matters.in_premises else ("in_premises",)
    return lacks if matters.place_kind in PLACE_KINDS else (*lacks, "place_kind")


def area_publishable(sight: GuardContext) -> tuple[str, ...]:
    """The name of the area goes on the list: no address, device, height or angle in it (``D-15``)."""
    device = sight.version.device
    secrets = (device.make, device.model, device.serial)
    return ("area_tells",) if tells_too_much(sight.version.matters.area, *secrets) else ()


def complete(sight: GuardContext) -> tuple[str, ...]:
    """What K1 lists stands on the draft."""
    version = sight.version
    matters, wanted = version.matters, ["area", "place", "view"]
    lacks = [name for name in wanted if not getattr(matters, name)]
    if not version.reason:
        lacks.append("reason")
    if CameraPaper.SKETCH not in sight.facts.scans:
        lacks.append("sketch")
    if version.origin is not Origin.REPLACEMENT and not version.alternative:
        lacks.append("alternative")
    if matters.mode not in ("continuous", "motion"):
        lacks.append("mode")
    if not version.wiring.source:
        lacks.append("source")
    elif not sight.facts.source_known:
        lacks.append("source_unknown")
    return tuple(lacks)


def device_checked(sight: GuardContext) -> tuple[str, ...]:
    """Make, its origin and model are known and were looked up in the list of banned products (``AT-74``, ``T-71``)."""
    device = sight.version.device
    lacks = _look_lacks(device, sight.today)
    return (*lacks, "banned") if device.banned == "yes" and "banned_check" not in lacks else lacks


def looked_up_again(sight: GuardContext) -> tuple[str, ...]:
    """A later look at the list of banned products, which grows (``T-71``): of a device whose make is known by then."""
    return _look_lacks(sight.version.looked_up(sight.facts.typed.device), sight.today)


def _look_lacks(device: Device, today: date) -> tuple[str, ...]:
    named = {"make": device.make, "maker_origin": device.origin, "model": device.model}
    looked = device.banned in ("yes", "no") and device.checked_on is not None and device.checked_on <= today
    return tuple(name for name, said in (named | {"banned_check": looked}).items() if not said)


def something_changes(sight: GuardContext) -> tuple[str, ...]:
    """A change names another matter than what is in force has, or asks anew for an approval that ends (``T-68``)."""
    version, standing = sight.version, sight.facts.standing
    if version.origin is not Origin.CHANGE or standing is None or standing.answer.expires is not None:
        return ()
    return () if differing(version.matters, standing.matters) else ("nothing_differs",)


def like_for_like(sight: GuardContext) -> tuple[str, ...]:
    """A replacement leaves every approved matter as it is, and shows another device by a photo (``AT-10``). What the
    set-up did not know of its cameras is filled in and contradicts nothing."""
    version, standing = sight.version, sight.facts.standing
    if version.origin is not Origin.REPLACEMENT or standing is None:
        return ()
    unknown = _unknown(standing) if standing.origin in (Origin.EXISTING, Origin.TRIAL) else frozenset()
    names = (name for name in differing(version.matters, standing.matters) if name not in unknown)
    differs = tuple(f"differs_{name}" for name in names)
    shown = CameraPaper.PHOTO in sight.facts.scans or version.device == standing.device
    photo = () if shown else ("photo",)
    return (*differs, *photo)


def _unknown(adopted: CameraVersion) -> frozenset[str]:
    """The matters that nobody told the set-up. That a place is a public area is said by a change alone: it opens the
    place to live view (八(三))."""
    said = {name: getattr(adopted.matters, name) for name in ("place_kind", "in_premises", "view", "lens", "purposes")}
    return frozenset(name for name, value in said.items() if not value)


def note_given(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.facts.typed.note else ("note",)


def unit_stamped(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.version.signed(Cell.UNIT_HEAD) else ("cell_unit_head",)


def chain_stamped(sight: GuardContext) -> tuple[str, ...]:
    """The director signs after the unit head and the secretary (``D-09``)."""
    secretary = (Cell.SECRETARY,) if sight.facts.secretary else ()
    chain = (Cell.MAKER, Cell.UNIT_HEAD, *secretary)
    return tuple(f"cell_{cell}" for cell in chain if not sight.version.signed(cell))


def is_reported(sight: GuardContext) -> tuple[str, ...]:
    return ("is_exempt",) if sight.version.filing == "exempt" else ()


def is_exempt(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.version.filing == "exempt" else ("is_not_exempt",)


def letter_numbered(sight: GuardContext) -> tuple[str, ...]:
    """發文字號 is one of this office and of one letter only (公文程式條例 6)."""
    number, facts = plain_doc_no(sight.facts.typed.letter_no), sight.facts
    return faults_of(number, facts.letter_word, facts.letter_of) if number else ("letter_no",)


def letter_sent(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.version.letter_no else ("letter_not_sent",)


def answer_complete(sight: GuardContext) -> tuple[str, ...]:
    """Agency, date and number of what the police authority wrote (``AT-08``)."""
    answer = sight.facts.typed.answer
    kind = () if answer.kind in ("approved", "filed") else ("answer_kind",)
    return (*kind, *_document(answer, sight))


def rejection_complete(sight: GuardContext) -> tuple[str, ...]:
    answer = sight.facts.typed.answer
    kind = () if answer.kind == "rejected" else ("answer_kind",)
    return (*kind, *_document(answer, sight))


def _document(answer: Answer, sight: GuardContext) -> tuple[str, ...]:
    lacks = [f"answer_{name}" for name in ("agency", "day", "number") if not getattr(answer, name)]
    if answer.day is not None and answer.day > sight.today:
        lacks.append("answer_day_ahead")
    if answer.expires is not None and answer.day is not None and answer.expires <= answer.day:
        lacks.append("answer_expires")
    return tuple(lacks)


def answer_scanned(sight: GuardContext) -> tuple[str, ...]:
    """The scan of what the police authority wrote is on file (``AT-08``)."""
    return () if CameraPaper.ANSWER in sight.facts.scans else ("answer_scan",)


def answer_entered(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.version.signed(Cell.ANSWER_ENTERED) else ("answer",)


def answer_is_approval(sight: GuardContext) -> tuple[str, ...]:
    return _answered(sight.version, "approved")


def answer_is_filing(sight: GuardContext) -> tuple[str, ...]:
    """A filing does where the rules of the day ask for no approval."""
    if sight.version.filing == "approval":
        return ("approval_needed",)
    return _answered(sight.version, "filed")


def _answered(version: CameraVersion, kind: str) -> tuple[str, ...]:
    if not version.signed(Cell.ANSWER_ENTERED):
        return ("answer",)
    return () if version.answer.kind == kind else ("answer_kind",)


def registered_readable(sight: GuardContext) -> tuple[str, ...]:
    """A size and a rate that the self-tests are to judge by are written as one (domain 2.6)."""
    device = sight.version.device
    lacks = (("size_unread", size_of(device.size)), ("rate_unread", rate_of(device.rate)))
    return tuple(code for code, read in lacks if read is None)


def papers_lacking(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.version.papers_lack else ("papers_are_there",)


def plan_dated(sight: GuardContext) -> tuple[str, ...]:
    """A 補正 plan has a day that is ahead, within a year (``T-69``)."""
    due = sight.facts.typed.plan_due
    if due is None:
        return ("plan_due",)
    return () if 0 < (due - sight.today).days <= 366 else ("plan_due_range",)
