"""Whether a check's record is sound, and its settings with the office's values filled in. Pure."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from types import MappingProxyType

from appliance.api.check_records import BOXES, SUBJECTS, Check, Fault, Words
from appliance.core.errors import UsageError

__all__ = ["check_record", "settings_of"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_CODE = 40
_LONGEST_UNIT, _LONGEST_NAME, _LONGEST_SENTENCE = 16, 30, 120


def check_record(check: object, origin: str) -> Check:
    """``check``, if it is a sound record. Raises UsageError that names ``origin``, the record and what is wrong."""
    if not isinstance(check, Check):
        raise UsageError(f"{origin}: register_checks gave {type(check).__name__}; it must give Check records")
    if not _NAME.fullmatch(check.name):
        raise UsageError(f"{origin}: check name {check.name!r}; use small letters, digits and _, at most 40")
    where = f"{origin}: check {check.name}"
    if check.looks_at not in SUBJECTS or check.box not in BOXES:
        raise UsageError(
            f"{where}: looks_at {check.looks_at!r}, box {check.box!r}; there are {SUBJECTS} and the boxes {BOXES}"
        )
    if not check.faults or check.cost_ms <= 0:
        raise UsageError(f"{where}: it must claim a fault and say what a look costs")
    codes = [fault.code for fault in check.faults]
    for fault in check.faults:
        if not _CODE.fullmatch(fault.code) or len(fault.code) > _LONGEST_CODE or codes.count(fault.code) > 1:
            raise UsageError(f"{where}: fault {fault.code!r}: use small letters, digits and -, at most 40, each once")
        _check_words(fault, where)
        if fault.raise_seconds < 0 or fault.clear_seconds < 0:
            raise UsageError(f"{where}: fault {fault.code}: its waiting times cannot be negative")
        if not any(injection.fault == fault.code and injection.looks > 0 for injection in check.injections):
            raise UsageError(f"{where}: fault {fault.code} has no injection that proves that it is found")
    for unit, words in check.units.items():
        if not _is_line(unit, _LONGEST_UNIT) or not _is_said(words, _LONGEST_UNIT):
            raise UsageError(f"{where}: unit {unit!r}: it and its Words(zh, en) have 1 to 16 letters each")
    for injection in check.injections:
        if injection.fault not in codes:
            raise UsageError(
                f"{where}: injection {injection.name!r} is for {injection.fault!r}, which it does not claim"
            )
    for setting in check.settings:
        if not _NAME.fullmatch(setting.name):
            raise UsageError(f"{where}: setting {setting.name!r}: use small letters, digits and _")
        if not setting.least <= setting.default <= setting.most:
            raise UsageError(f"{where}: setting {setting.name}: its default lies outside its own bounds")
    return check


def _check_words(fault: Fault, where: str) -> None:
    if fault.name != Words() and not _is_said(fault.name, _LONGEST_NAME):
        raise UsageError(f"{where}: fault {fault.code}: its name is Words(zh, en) of 1 to 30 letters each")
    if fault.summary_zh and not _is_line(fault.summary_zh, _LONGEST_SENTENCE):
        raise UsageError(f"{where}: fault {fault.code}: its summary_zh is one line of at most 120 letters")


def _is_said(words: object, most: int) -> bool:
    return isinstance(words, tuple) and len(words) == len(Words()) and all(_is_line(each, most) for each in words)


def _is_line(said: object, most: int) -> bool:
    return isinstance(said, str) and 0 < len(said.strip()) <= len(said) <= most and said.isprintable()


def settings_of(check: Check, values: Mapping[str, float]) -> Mapping[str, float]:
    """The check's settings, ``values`` in place of defaults. Raises UsageError for an unknown name or a value that is
    no number or out of bounds."""
    declared = {setting.name: setting for setting in check.settings}
    for name, value in values.items():
        if name not in declared:
            close = difflib.get_close_matches(name, declared, 1)
            hint = f"did you mean {close[0]}?" if close else f"it has: {', '.join(declared) or 'none'}"
            raise UsageError(f"check {check.name}: no setting {name!r}; {hint}")
        setting = declared[name]
        if not math.isfinite(value) or not setting.least <= value <= setting.most:
            raise UsageError(
                f"check {check.name}: {name} = {value:g}; {setting.least:g} to {setting.most:g} is possible."
                f" {setting.summary}"
            )
    return MappingProxyType({name: float(values.get(name, setting.default)) for name, setting in declared.items()})
