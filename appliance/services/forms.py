"""What a form sends with an act, as the record that its table knows: nothing that the act does not take, no word that
hides or turns text. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

import msgspec

from appliance.core.errors import UsageError
from appliance.rules.wording import checked_words

__all__ = ["read_form"]

_T = TypeVar("_T")
_MOST_NAME = 40


def read_form(event: str, facts: object, takes: Collection[str], kind: type[_T], *, most: int) -> _T:
    """``facts`` as a ``kind``; ``takes``: the fields that ``event`` takes, ``most``: the characters of one text. Raises
    UsageError for what no form of this event sends."""
    if not isinstance(facts, dict):
        raise UsageError.of("form-missing")
    if unknown := set(facts) - set(takes):
        raise UsageError.of("form-unasked", event=event, names=", ".join(sorted(map(str, unknown)))[:80])
    try:
        typed = msgspec.convert(facts, kind)
    except msgspec.ValidationError as error:
        raise UsageError.of("form-unread", why=error) from error
    _check_words(facts, "form", most)
    return typed


def _check_words(value: object, name: str, most: int) -> None:
    if isinstance(value, str):
        checked_words("form", name, value, most=most, needed=False)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            checked_words("form", "name of a field", str(key), most=_MOST_NAME)
            _check_words(inner, str(key), most)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_words(inner, name, most)
