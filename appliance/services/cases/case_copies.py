"""The copies of an agency's case as the case book knows them: what their stores say, beside what is typed. Pure."""

from __future__ import annotations

import msgspec

from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.papers import CopyWork
from appliance.rules.cases.rows import Event

__all__ = ["FOUND_OUT", "found_copies", "merged", "with_copy", "with_handed"]

_VIEWED = ("scopes", "alive", "destroyed", "copy", "sha256", "made_ns", "ended_ns", "cause")
_HANDED = (
    "handed",
    "manifest",
    "medium",
    "serial",
    "medium_registered",
    "failed_destroyed",
    "reread",
    "hash_equal",
    "residue_none",
)
FOUND_OUT = (*_VIEWED, *_HANDED)
"""Of copies, what is found out and nobody types."""

_MAKES = frozenset({Event.MAKE_COPY, Event.REMAKE_COPY})


def found_copies(event: Event, viewed: CopyWork, handed: CopyWork) -> CopyWork:
    """What there is of a case's viewing copy and of its copy on a medium, for an act: ``scopes`` are of the one that
    the act is about."""
    changes = {name: getattr(handed, name) for name in _HANDED}
    if event in _MAKES:
        changes["scopes"] = handed.scopes
    return msgspec.structs.replace(viewed, **changes)


def with_copy(sight: GuardContext, copy: CopyWork) -> GuardContext:
    """As if ``copy`` were what there is of the case's viewing copy."""
    return _with(sight, copy, _VIEWED)


def with_handed(sight: GuardContext, copy: CopyWork) -> GuardContext:
    """As if ``copy`` were what there is of the case's copy on a medium."""
    return _with(sight, copy, (*_HANDED, "scopes"))


def _with(sight: GuardContext, copy: CopyWork, names: tuple[str, ...]) -> GuardContext:
    work = msgspec.structs.replace(sight.facts.copy_work, **{name: getattr(copy, name) for name in names})
    return sight._replace(facts=msgspec.structs.replace(sight.facts, copy_work=work))


def merged(typed: CopyWork, found: CopyWork) -> CopyWork:
    """What was typed of a copy on a medium, with what was found out of both."""
    return msgspec.structs.replace(typed, **{name: getattr(found, name) for name in FOUND_OUT})
