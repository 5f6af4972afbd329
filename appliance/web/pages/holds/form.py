"""The form of a new hold (保全): what is typed, what is wrong with it, and what it says when it is right. Pure.

Reason, cameras and minutes are read and checked by ``asked_range``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from appliance.core.model import Span
from appliance.rules.holds import GROUNDS, is_wide
from appliance.web.forms import asked_range
from appliance.web.forms.asked_range import FieldProblem
from appliance.web.i18n.roc_time import plain_text

__all__ = ["HOLD_FORM", "WORDS", "TypedHold", "check_hold", "hold_typed_from"]

HOLD_FORM = "hold"
WORDS = ("need", "agency", "statute", "document", "case")
_MAX = {"need": 2_000, "agency": 200, "statute": 200, "document": 200, "case": 20}
_OWN = {
    "form.reason-missing": "hold-form.reason-missing",
    "form.reason-long": "hold-form.reason-long",
    "form.future-end": "hold-form.future",
}


class TypedHold(NamedTuple):
    """The form's fields exactly as typed. ``request`` has reason, cameras and moments."""

    request: asked_range.Typed = asked_range.Typed()
    ground: str = ""
    words: Mapping[str, str] = dict.fromkeys(WORDS, "")

    def values(self) -> dict[str, list[str]]:
        """As a draft keeps it: no password."""
        return {**self.request.values(), "ground": [self.ground], **{name: [text] for name, text in self.words.items()}}

    @property
    def is_empty(self) -> bool:
        return not any(text for values in self.values().values() for text in values)

    @property
    def moments(self) -> Mapping[str, Mapping[str, str]]:
        return self.request.moments


def hold_typed_from(values: Mapping[str, list[str]]) -> TypedHold:
    """The fields out of a submit; absent ones are empty, over-long ones are cut at twice the limit."""
    words = {name: (values.get(name) or [""])[0][: 2 * _MAX[name]].strip() for name in WORDS}
    return TypedHold(asked_range.typed_from(values), (values.get("ground") or [""])[0][:20], words)


def check_hold(typed: TypedHold, known_cameras: Collection[str], now_ns: int) -> dict[str, Any] | list[FieldProblem]:
    """What the keeper is asked, or everything that is wrong with it, in the order of the page."""
    ground = GROUNDS.get(typed.ground)
    problems = [] if ground else [FieldProblem("ground", "hold-form.ground-missing")]
    for name in ground.needs if ground else ():
        if not typed.words[name]:
            problems.append(FieldProblem(name, f"hold-form.{name}-missing"))
    found = asked_range.check(typed.request, known_cameras, now_ns)
    if isinstance(found, list):
        problems += [FieldProblem(problem.field, _OWN.get(problem.code, problem.code)) for problem in found]
    elif is_wide(len(set(found.cameras)), Span(found.start_ns, found.end_ns)) and not typed.words["need"]:
        problems.append(FieldProblem("need", "hold-form.need-missing"))
    problems += [
        FieldProblem(name, "hold-form.too-long") for name, text in typed.words.items() if len(text) > _MAX[name]
    ]
    if problems or isinstance(found, list) or ground is None:
        return problems
    papers = {name: typed.words[name] for name in ground.needs}
    return {
        **papers,
        "ground": ground.code,
        "cameras": found.cameras,
        "start_ns": found.start_ns,
        "end_ns": found.end_ns,
        "reason": found.reason,
        "need": typed.words["need"],
        "case": plain_text(typed.words["case"]),
    }
