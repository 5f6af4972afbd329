"""The guided tour in words: its lives, their steps, and where each is done. Pure."""

from __future__ import annotations

from typing import NamedTuple

from appliance.protocol.tour import Tour, TourLife, TourStep
from appliance.web.i18n.messages import Messages

__all__ = ["LifeRow", "StepRow", "TourView", "tour_view"]

_BEGINS = {"INT request": "/cases/new/staff", "AGY letter": "/cases/new/letter"}
"""Steps that begin a case. All others are done on its page."""
_HERE = ("second", "sample")
"""Steps that have their form on the tour's own page."""
_OF_TWO = ("second", "begin", "play", "finish", "copy", "view", "close")
"""Steps for which two people are logged in, or are better: whoever is there alone has the second log-in beside them."""


class StepRow(NamedTuple):
    """``number``: within all; ``href``: the page where it is done, "" where its form stands here. ``of_two``: it
    takes two people."""

    code: str
    number: int
    state: str
    title: str
    text: str
    href: str
    of_two: bool = False


class LifeRow(NamedTuple):
    """``case``: its number, "" where there is none yet or none for those here."""

    kind: str
    title: str
    lead: str
    case: str
    steps: tuple[StepRow, ...]


class TourView(NamedTuple):
    """``now``: the next step, None once all are done; ``sample``: the act id under which a sample goes on, "" for a new
    one; ``second``: the account that is offered for the second log-in."""

    lives: tuple[LifeRow, ...]
    now: StepRow | None
    done: int
    all: int
    sample: str
    second: str


def tour_view(tour: Tour, messages: Messages, lang: str) -> TourView:
    numbers = iter(range(1, 1 + sum(len(life.steps) for life in tour.lives)))
    lives = tuple(
        LifeRow(
            kind=life.kind.lower(),
            title=messages.text(f"tour.life-{life.kind.lower()}", lang),
            lead=messages.text(f"tour.life-{life.kind.lower()}-lead", lang),
            case=life.case,
            steps=tuple(_row(life, step, next(numbers), messages, lang) for step in life.steps),
        )
        for life in tour.lives
    )
    steps = [step for life in lives for step in life.steps]
    return TourView(
        lives=lives,
        now=next((step for step in steps if step.state == "now"), None),
        done=sum(step.state in ("done", "skipped") for step in steps),
        all=len(steps),
        sample=tour.act,
        second=tour.second,
    )


def _row(life: TourLife, step: TourStep, number: int, messages: Messages, lang: str) -> StepRow:
    code = f"{life.kind.lower()}-{step.code}"
    return StepRow(
        code=step.code,
        number=number,
        state=step.state,
        title=messages.text(f"tour.{code}", lang),
        text=messages.text(f"tour.{code}-text", lang),
        href=_place(life, step),
        of_two=step.code in _OF_TWO,
    )


def _place(life: TourLife, step: TourStep) -> str:
    """Whoever may not see the case finds at the duties whether something waits."""
    if step.code in _HERE:
        return ""
    begins = _BEGINS.get(f"{life.kind} {step.code}", "")
    return begins or (f"/cases/{life.case}" if life.case else "/duties")
