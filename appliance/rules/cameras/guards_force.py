"""Guards around what is in force: acceptance, the disk, publication, review, drift, the end. Pure.

Each answers with codes of what is missing. Source: ``rules`` 五(二)(三); domain 2.5 K6 to K15, 6.7.
"""

from __future__ import annotations

from appliance.rules.cameras.facts import GuardContext
from appliance.rules.cameras.states import Cell, Origin
from appliance.rules.cameras.version import ACCEPTANCE_LINES, REVIEW_LINES, Review
from appliance.rules.deadlines import month_end
from appliance.rules.devices import another, program_alone
from appliance.rules.scans import CameraPaper

__all__ = [
    "acceptance_complete",
    "accepted",
    "answered_or_exempt",
    "device_differs",
    "device_told",
    "device_unpinned",
    "disk_holds",
    "drift_is_of_list",
    "explained",
    "has_successor",
    "lines_agree",
    "lines_ticked",
    "not_banned",
    "one_line_differs",
    "picture_again",
    "picture_looked_at",
    "program_is_another",
    "removal_filed",
    "review_is_due",
    "reviewed",
    "still_there",
    "view_is_back",
    "view_moved",
]


def answered_or_exempt(sight: GuardContext) -> tuple[str, ...]:
    """No approval, no recording (``AT-08``): a confirmed document with its number, or a version that needs none."""
    version = sight.version
    if version.filing == "exempt":
        return () if version.signed(Cell.DIRECTOR) else ("cell_director",)
    lacks = () if version.signed(Cell.ANSWER_CONFIRMED) else ("answer_not_confirmed",)
    return lacks if version.answer.number else (*lacks, "answer_number")


def acceptance_complete(sight: GuardContext) -> tuple[str, ...]:
    """Every line of 安裝驗收, every condition of the approval, and the sealed reference picture (K6)."""
    seen = sight.facts.typed.acceptance
    lacks = [line for line in ACCEPTANCE_LINES if not getattr(seen, line)]
    lacks += picture_again(sight)
    if seen.conditions < len(sight.version.answer.conditions):
        lacks.append("conditions")
    return tuple(lacks)


def accepted(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.version.signed(Cell.ACCEPTED) else ("cell_accepted",)


def not_banned(sight: GuardContext) -> tuple[str, ...]:
    """A camera marked as banned is not put in force (``AT-74``)."""
    return ("banned",) if sight.version.listed.banned == "yes" else ()


def disk_holds(sight: GuardContext) -> tuple[str, ...]:
    """With this camera the disk still holds 40 days (``T-09``)."""
    return ("disk_short",) if sight.facts.short and not sight.facts.trial else ()


def has_successor(sight: GuardContext) -> tuple[str, ...]:
    """It is superseded only by a version that comes in force in the same act."""
    return () if sight.facts.successor else ("successor",)


def still_there(sight: GuardContext) -> tuple[str, ...]:
    """The camera was not removed meanwhile, and the version that a change or a replacement is of still stands."""
    if sight.facts.retired:
        return ("number_retired",)
    gone = sight.version.origin in (Origin.CHANGE, Origin.REPLACEMENT) and sight.facts.standing is None
    return ("nothing_to_change",) if gone else ()


def review_is_due(sight: GuardContext) -> tuple[str, ...]:
    """A review is due so many months, as the office's rules have it, after the version was announced or last reviewed,
    whichever is later (五(三))."""
    days = [day for day in (sight.version.announced_on, sight.version.reviewed_on) if day is not None]
    if not days:
        return ("not_announced",)
    return () if sight.today > month_end(max(days), sight.facts.filing.review_months) else ("not_due",)


def lines_ticked(sight: GuardContext) -> tuple[str, ...]:
    """No review is signed with a line that nobody looked at (domain 1.2)."""
    review = sight.facts.typed.review
    return tuple(f"line_{line}" for line in REVIEW_LINES if getattr(review, line) not in ("yes", "no"))


def lines_agree(sight: GuardContext) -> tuple[str, ...]:
    """A review with a line that differs is not signed as one that agrees (``AT-13``)."""
    review = sight.facts.typed.review
    lacks = tuple(f"differs_{line}" for line in REVIEW_LINES if getattr(review, line) == "no")
    return lacks if review.conditions >= len(sight.version.answer.conditions) else (*lacks, "conditions")


def one_line_differs(sight: GuardContext) -> tuple[str, ...]:
    review = sight.facts.typed.review
    return () if any(getattr(review, line) == "no" for line in REVIEW_LINES) else ("nothing_differs",)


def reviewed(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.version.signed(Cell.REVIEWED) and sight.version.review != Review() else ("cell_reviewed",)


def view_moved(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.facts.drifting else ("view_stands",)


def explained(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.version.signed(Cell.EXPLAINED) else ("cell_explained",)


def picture_again(sight: GuardContext) -> tuple[str, ...]:
    """There is a reference picture that was taken and sealed for this version; where its view drifted, since then (K6,
    K12, K13)."""
    if not sight.facts.typed.acceptance.picture:
        return ("picture",)
    return () if sight.facts.picture_known else ("picture_unknown",)


def picture_looked_at(sight: GuardContext) -> tuple[str, ...]:
    """The second signature confirms the picture that the first one names: the picture is still there, and whoever signs
    had it open (``T-65``)."""
    if not sight.facts.picture_known:
        return ("picture_unknown",)
    return () if sight.facts.picture_seen else ("picture_unseen",)


def view_is_back(sight: GuardContext) -> tuple[str, ...]:
    """Where the self-test found the drift, it must have found the view as it was, too (K13)."""
    last = sight.version.drifts[-1] if sight.version.drifts else None
    return ("view_still_off",) if last is not None and last.cause == "view" and sight.facts.drifting else ()


def device_unpinned(sight: GuardContext) -> tuple[str, ...]:
    """Nobody knows yet which device it is (``T-66``)."""
    return ("device_known",) if sight.version.acceptance.identity else ()


def device_told(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.facts.told else ("device_silent",)


def device_differs(sight: GuardContext) -> tuple[str, ...]:
    """What answers is not what was accepted, so it is not recorded (``T-66``)."""
    if not sight.facts.told:
        return ("device_silent",)
    return () if another(sight.version.acceptance.identity, sight.facts.told) else ("device_agrees",)


def program_is_another(sight: GuardContext) -> tuple[str, ...]:
    """The device that answers differs only by its program, as after an update. Any other difference is a like-for-like
    replacement, with an acceptance of its own."""
    pinned, facts = sight.version.acceptance.identity, sight.facts
    return () if program_alone(pinned, facts.told, facts.wavers) else ("device_another",)


def drift_is_of_list(sight: GuardContext) -> tuple[str, ...]:
    """A publication ends only what a publication can mend (K10)."""
    last = sight.version.drifts[-1] if sight.version.drifts else None
    return () if last is not None and last.cause == "listed" else ("drift_of_camera",)


def removal_filed(sight: GuardContext) -> tuple[str, ...]:
    """A removal is filed where the rules of the day say so, and its filing is on file (K15)."""
    if not sight.facts.filing.retired:
        return ()
    number = () if sight.facts.typed.removal_no else ("removal_no",)
    return number if CameraPaper.REMOVAL in sight.facts.scans else (*number, "removal_scan")
