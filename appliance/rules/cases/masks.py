"""Masks (遮蔽): what of a picture nobody may see, from one instant to another (``T-26``). Pure.

The decision orders masking for a range; the officer draws rectangles, the manager confirms them. They lie over the
playback and in an agency's copy, and what is stored stays as it was.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum

import msgspec

from appliance.core.errors import UsageError
from appliance.core.messages import CodedMessage, coded
from appliance.core.model import Record, Span
from appliance.core.motion import KeyPosition, cut, swept
from appliance.rules.cases.facts import Case
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.states import State

__all__ = [
    "COPIES",
    "LEAST",
    "MASKED_STATES",
    "MOST",
    "MOST_POSITIONS",
    "MOST_POSITIONS_OF_A_CASE",
    "WHOLE",
    "Mask",
    "Purpose",
    "bare_scopes",
    "checked_mask",
    "is_masking_of_use",
    "why_not_masked",
]


class Purpose(StrEnum):
    """What footage of a case is opened for: to be seen by whom it was granted, to be masked before that, to make the
    copy that an agency views (D-07), or the one that it is given on a medium (D-08)."""

    VIEWING = "viewing"
    MASKING = "masking"
    COPY = "copy"
    MEDIUM = "medium"


COPIES = frozenset({Purpose.COPY, Purpose.MEDIUM})
"""Nothing is shown under these: the keeper alone reads, and writes what it reads elsewhere."""

WHOLE = 1000
"""The picture's width and height, in which a rectangle is measured."""

LEAST = 5
"""The narrowest and lowest rectangle: less covers nothing that anybody can tell."""

MOST = 400
"""So many masks of a case: more is no masking by hand any more, and the range had better be refused or shortened."""

MOST_POSITIONS = 200
"""Of one mask: a minute of somebody who is followed three times a second. What goes on is another mask."""

MOST_POSITIONS_OF_A_CASE = 4000
"""Of all its masks: they are in memory, on the page and in each request to the darkroom, some 0.2 MB then."""

MASKED_STATES = (
    State.PARTLY, State.NOTIFIED, State.SCHEDULED, State.PREPARED, State.INTERRUPTED, State.CLEANED, State.COPY_MADE,
    State.COPY_VERIFIED,
)  # fmt: skip
"""Where masks are drawn: decided, and nothing on a screen now; of a copy that was made and not handed over it may turn
out that one is missing."""


class Mask(Record, frozen=True, kw_only=True):
    """A rectangle in permille of the picture, ``right`` and ``bottom`` not included, over a camera's picture in
    [``start_ns``, ``end_ns``). ``number``: of the case's masks, from 1; a number is used once. ``positions``: of one
    that moves, the first at its start and the last at its end; the rectangle is then all that it ever covers."""

    number: int
    camera_no: str
    start_ns: int
    end_ns: int
    left: int
    top: int
    right: int
    bottom: int
    positions: tuple[KeyPosition, ...] = ()

    @property
    def span(self) -> Span:
        return Span(self.start_ns, self.end_ns)


def checked_mask(mask: Mask, scopes: Iterable[Scope], drawn: Collection[Mask]) -> Mask:
    """The mask, cut to the minutes that are to be masked. ``scopes``: these; ``drawn``: what the case has already. Of
    one that moves the positions alone are read, and start, end and rectangle follow from them.

    Raises UsageError for a rectangle that leaves the picture or is next to nothing, for a time that none of ``scopes``
    has, for positions out of order, and for more of anything than :data:`MOST`, :data:`MOST_POSITIONS` and
    :data:`MOST_POSITIONS_OF_A_CASE`.
    """
    mask = _spanned(mask, drawn) if mask.positions else mask
    for each in mask.positions or (mask,):
        if not (each.left >= 0 and each.right <= WHOLE and each.top >= 0 and each.bottom <= WHOLE):
            raise UsageError.of("mask-out")
        if each.right - each.left < LEAST or each.bottom - each.top < LEAST:
            raise UsageError.of("mask-small", least=f"{LEAST / 10:g}")
    if mask.start_ns >= mask.end_ns:
        raise UsageError.of("mask-order")
    whole = [part for each in scopes if each.camera_no == mask.camera_no if (part := each.span.intersect(mask.span))]
    if not whole:
        raise UsageError.of("mask-nothing", camera=mask.camera_no[:20])
    if len(drawn) >= MOST:
        raise UsageError.of("mask-most", most=MOST)
    first, last = min(part.start_ns for part in whole), max(part.end_ns for part in whole)
    if mask.positions:
        return _moving(mask, cut(mask.positions, first, last))
    return msgspec.structs.replace(mask, start_ns=first, end_ns=last)


def _spanned(mask: Mask, drawn: Collection[Mask]) -> Mask:
    """A mask that moves, from its first position to its last. Raises UsageError for what is no movement."""
    if len(mask.positions) > MOST_POSITIONS:
        raise UsageError.of("mask-most-positions", most=MOST_POSITIONS)
    if len(mask.positions) + sum(len(each.positions) for each in drawn) > MOST_POSITIONS_OF_A_CASE:
        raise UsageError.of("mask-most-positions-of-case", most=MOST_POSITIONS_OF_A_CASE)
    if len(mask.positions) < 2 or any(one.at_ns >= other.at_ns for one, other in itertools.pairwise(mask.positions)):
        raise UsageError.of("mask-order")
    return _moving(mask, mask.positions)


def _moving(mask: Mask, positions: tuple[KeyPosition, ...]) -> Mask:
    first_ns, last_ns = positions[0].at_ns, positions[-1].at_ns
    left, top, right, bottom = swept(positions, first_ns, last_ns)
    return msgspec.structs.replace(
        mask, start_ns=first_ns, end_ns=last_ns, left=left, top=top, right=right, bottom=bottom, positions=positions
    )


def bare_scopes(scopes: Iterable[Scope], masks: Sequence[Mask]) -> tuple[Scope, ...]:
    """What is to be masked and has not one mask: confirmed only with a reason."""
    return tuple(
        each
        for each in scopes
        if not any(mask.camera_no == each.camera_no and mask.span.overlaps(each.span) for mask in masks)
    )


def is_masking_of_use(case: Case) -> bool:
    """Whether what was granted masked is still to be shown, or given on a medium."""
    viewing = "viewing" in case.allows and "viewed" not in case.flags
    return viewing or ("copy" in case.allows and "delivered" not in case.flags)


def why_not_masked(case: Case) -> CodedMessage | None:
    """Why the case's footage is not opened for masking now; None where it is."""
    if not case.is_masked:
        return coded("masks-none")
    if case.masks_confirmed:
        return coded("masks-confirmed")
    if case.state not in MASKED_STATES or not is_masking_of_use(case):
        return coded("masks-later", state=case.state)
    return None
