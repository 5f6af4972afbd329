"""The record of a camera in words: what happened to it, its reference pictures and its clock, by whom, what was typed.
Pure."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from appliance.protocol.cameras import CameraAct, CameraDetails, ClockStep
from appliance.protocol.pictures import ReferenceStep
from appliance.rules.cameras.rows import Event
from appliance.web.i18n import roc_time
from appliance.web.i18n.clock_words import ms_text
from appliance.web.i18n.messages import Messages
from appliance.web.pages.cameras.fields import EVENT_FIELDS, Field

__all__ = ["Line", "history_of", "returned"]


class Line(NamedTuple):
    """``row``: of the table of cameras, "" of a picture. ``by``: "" for the machine. ``said``: each with its name.
    ``state``: "" where it stays."""

    entry: int
    at_ns: int
    version: int
    what: str
    row: str
    by: str
    said: tuple[tuple[str, str], ...]
    state: str


def history_of(messages: Messages, lang: str, told: CameraDetails) -> list[Line]:
    """Newest first."""
    words = _Words(messages, lang)
    lines = [words.act(each) for each in told.acts] + [words.step(each) for each in told.reference_steps]
    lines += [words.clock(each) for each in told.clock_steps]
    return sorted(lines, key=lambda line: -line.entry)


class _Words:
    def __init__(self, messages: Messages, lang: str) -> None:
        self._messages, self._lang = messages, lang

    def _text(self, code: str) -> str:
        return self._messages.text(code.replace("_", "-"), self._lang)

    def act(self, act: CameraAct) -> Line:
        said = tuple(
            (self._label(field), text)
            for field in EVENT_FIELDS.get(act.event, ())
            if field.look not in ("met", "tick") and (text := self._answer(field, act))
        )
        what, state = self._text(f"camera-event.{act.event}"), self._text(f"camera-state.{act.state}")
        return Line(act.entry, act.at_ns, act.version, what, act.row, act.by, said, state)

    def step(self, step: ReferenceStep) -> Line:
        colon = self._text("site.colon")
        what = f"{self._text('camera.references')} {step.reference}{colon}{self._text(f'camera-picture.{step.event}')}"
        said = ((self._text("camera-field.note"), step.words),) if step.words else ()
        return Line(step.entry, step.at_ns, step.version, what, "", step.by, said, "")

    def clock(self, step: ClockStep) -> Line:
        said = [(self._text("camera-clock.before"), ms_text(self._messages, self._lang, step.before_ms))]
        if step.after_ms is not None:
            said.append((self._text("camera-clock.after"), ms_text(self._messages, self._lang, step.after_ms)))
        if step.why is not None:
            said.append((self._text("camera-clock.why"), step.why.text(self._lang)))
        what = self._text(f"camera-clock.step-{step.event}")
        return Line(step.entry, step.at_ns, step.version, what, "", step.by, tuple(said), "")

    def _label(self, field: Field) -> str:
        plain = f"camera-said.{field.name}"
        return self._text(plain if plain in self._messages else f"camera-field.{field.name}")

    def _answer(self, field: Field, act: CameraAct) -> str:
        record, _, name = field.goes.partition(".")
        value = getattr(act.typed, record)
        value = getattr(value, name) if name else value
        if isinstance(value, date):
            return roc_time.date_text(value.isoformat(), self._lang)
        if isinstance(value, tuple):
            return "\n".join(value)
        return self._text(f"camera-choice.{value}") if value and field.look == "choice" else str(value or "")


def returned(told: CameraDetails, version: int) -> CameraAct | None:
    """The act that sent a draft back, while nobody has worked on it since."""
    last = max((each for each in told.acts if each.version == version), key=lambda act: act.entry, default=None)
    return last if last is not None and last.event == Event.RETURN else None
