"""The time that a camera writes on its picture: found, its digits learnt from the camera itself, read. The look of the
check ``clock``.

No face is known beforehand. Six glyphs of one height that stand as ``dd:dd:dd`` are taken for hours, minutes and
seconds (``clock_glyphs``). Over some minutes every offset of a day is tried: at the right one the glyphs that should be
one digit are alike, wherever in the row they stood, and those of two digits are not; where another offset fits nearly
as well, nothing is known yet. So what is learnt is right whatever the camera's clock said meanwhile. It counts once the
looks that follow were read with it at one offset.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.api import PictureVitals, Sign, local_time
from appliance.plugins.checks.picture.clock_glyphs import HIGH, WIDE, Glyph, Place, Rows, unit

__all__ = ["look"]

_DAY_SECONDS, _STEP = 86_400, 0.5
_EDGE = 0.2
"""So near a change of the second, in seconds, a look does not say which of the two is shown."""
_LEAST_LOOKS, _MOST_LOOKS = 12, 48
_KEPT = 24
"""Offsets of the minutes and seconds that are followed to the hours."""
_LEAST_DIGITS, _LEAST_FIT, _CLEARER, _NEIGHBOUR_SECONDS = 6, 0.03, 0.04, 2.0
"""Digits that came twice; how well the offset fits, and by how much better than any other but its neighbours."""
_SURE, _UNSEEN, _APART = 0.6, 0.85, 0.06
"""How like its digit a glyph is that is read; the same while some digit was never seen; and how much more like it than
like any other."""
_LEAST_KNOWN = 4
"""Glyphs of six that must say what is expected for the others to be learnt from it."""
_BORNE_OUT, _STEADY_SECONDS, _TRIAL_LOOKS = 9, 1.8, 24
_PATIENCE, _EACH = 24, 30
"""After so many looks without a clock the whole picture is searched at every thirtieth alone."""
_ROUNDS, _LOST_LOOKS = 3, 90
"""Rounds that may end with nothing learnt; and a clock that was not seen for so many looks may stand elsewhere now."""
_HALF_DAY, _NEAR_HALF = 43_200, 120
"""A clock of twelve hours is half a day off each afternoon: that is not told."""


def look(vitals: PictureVitals, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    luma, at_ns = vitals.picture.luma, vitals.picture.at_ns
    if memory.get("shape") != luma.shape:
        memory.clear()
        memory["shape"], memory["rows"], memory["rounds"] = luma.shape, Rows(), 0
        _begin_anew(memory)
    local = local_time(at_ns)
    now = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
    rows: Rows = memory["rows"]
    if "digits" not in memory:
        if _is_due(memory):
            rows.search(luma)
        _learn(dict(rows.seen(luma)), now, memory)
        return
    for _, glyphs in rows.seen(luma):
        memory["lost"] = 0
        yield from _said(glyphs, now, settings["off_seconds"], memory)
        return
    memory["lost"] += 1
    if memory["lost"] >= _LOST_LOOKS:
        _begin_anew(memory)


def _is_due(memory: MutableMapping[str, Any]) -> bool:
    """Whether the whole picture is searched at this look."""
    memory["searched"] += 1
    return memory["searched"] <= _PATIENCE or not memory["searched"] % _EACH


def _begin_anew(memory: MutableMapping[str, Any]) -> None:
    """Nothing is known of its clock; after some rounds that ended so it is looked for at leisure."""
    memory["rows"].forget()
    memory.pop("digits", None)
    memory["looks"], memory["lost"] = {}, 0
    memory["searched"] = 0 if memory["rounds"] < _ROUNDS else _PATIENCE
    memory["rounds"] += 1


def _said(glyphs: list[Glyph], now: float, limit: float, memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    digits: dict[int, Glyph] = memory["digits"]
    found = [_digit(glyph, digits) for glyph in glyphs]
    if None in found:
        _learn_more(glyphs, found, now + memory["offset"], digits)
    shown = _time_of(found)
    off = None if shown is None else _apart(shown + 0.5, now)
    again = _is_seen_again(shown, off, memory)
    if not _counts(off, memory) or off is None or abs(abs(off) - _HALF_DAY) < _NEAR_HALF:
        return
    if abs(off) > limit and not again:
        return
    note = "" if abs(off) <= limit else "ahead" if off > 0 else "behind"
    yield Sign("picture-time", bool(note), abs(off), limit, "s", note and f"it runs {note}")


def _is_seen_again(shown: int | None, off: float | None, memory: MutableMapping[str, Any]) -> bool:
    """Whether the look before said the same: as far off, or the very same time, of a clock that stands. One look alone
    may have misread a digit."""
    if shown is None or off is None:
        return False
    before = memory.get("before")
    memory["before"] = shown, off
    return before is not None and (before[0] == shown or abs(_apart(before[1], off)) <= _STEADY_SECONDS)


def _counts(off: float | None, memory: MutableMapping[str, Any]) -> bool:
    """Whether what was learnt was borne out by the looks after it; where it was not, it begins anew."""
    if memory["borne"]:
        return True
    memory["trial"] += 1
    offsets: deque[float] = memory["offsets"]
    if off is not None:
        offsets.append(off)
    memory["borne"] = len(offsets) == _BORNE_OUT and float(np.ptp(offsets)) <= _STEADY_SECONDS
    if not memory["borne"] and memory["trial"] >= _TRIAL_LOOKS:
        _begin_anew(memory)
    return bool(memory["borne"])


def _apart(one: Any, other: Any) -> Any:
    return (one - other + _DAY_SECONDS / 2) % _DAY_SECONDS - _DAY_SECONDS / 2


# --- learning the digits ---


def _learn(seen: Mapping[Place, list[Glyph]], now: float, memory: MutableMapping[str, Any]) -> None:
    """Keeps what was seen at each place, and the digits once one offset alone fits; one place is tried a look."""
    looks: dict[Place, list[tuple[float, list[Glyph]]]] = memory["looks"]
    for place, glyphs in seen.items():
        looks.setdefault(place, []).append((now, glyphs))
    due = [place for place in seen if len(looks[place]) >= _LEAST_LOOKS]
    if not due:
        return
    place = due[memory["searched"] % len(due)]
    offset = _fitting(looks[place])
    if offset is not None:
        memory["digits"], memory["offset"] = _means(looks[place], offset), offset
        memory["borne"], memory["trial"], memory["offsets"] = False, 0, deque(maxlen=_BORNE_OUT)
        memory["rows"].forget(but=place)
        memory["looks"] = {}
    elif max(map(len, looks.values())) >= _MOST_LOOKS:
        _begin_anew(memory)


def _fitting(looks: list[tuple[float, list[Glyph]]]) -> float | None:
    """The one offset, in seconds, at which each digit's glyphs are alike and those of two are not; None while another
    does as well. Minutes and seconds are settled first, then the hours, with what fitted best before."""
    times = np.array([now for now, _ in looks])
    glyphs = _few_figures(np.stack([np.stack(row) for _, row in looks]))
    offsets = np.arange(0, 3600, _STEP)
    fits = _fits(times, glyphs[:, 2:], offsets)
    kept = np.argsort(-fits)[: _KEPT + 1]
    if fits[kept[0]] - fits[kept[-1]] < _CLEARER:
        return None
    offsets = (offsets[kept[:-1], None] + np.arange(0, _DAY_SECONDS, 3600)).ravel()
    fits = _fits(times, glyphs, offsets)
    best = float(offsets[np.argmax(fits)])
    apart = _apart(offsets, best)
    near = np.abs(apart) <= _NEIGHBOUR_SECONDS
    if fits.max() < _LEAST_FIT or fits.max() - fits[~near].max() < _CLEARER:
        return None
    return best + float(np.mean(apart[near & (fits > fits.max() - _CLEARER / 2)]))


def _few_figures(glyphs: NDArray[Any]) -> NDArray[Any]:
    """The glyphs at half their size: likeness hardly changes."""
    halved = glyphs.reshape(*glyphs.shape[:2], HIGH // 2, 2, WIDE // 2, 2).mean(axis=(3, 5))
    few: NDArray[Any] = halved.reshape(*glyphs.shape[:2], -1)
    few = few - few.mean(axis=2, keepdims=True)
    few /= np.linalg.norm(few, axis=2, keepdims=True) + 1e-6
    return few


def _fits(times: NDArray[Any], glyphs: NDArray[Any], offsets: NDArray[Any]) -> NDArray[Any]:
    """Of each offset, by how much glyphs of the least alike digit are more alike than those of the two most alike ones;
    -2 where too few digits came twice. ``glyphs``: by look, by place, of the last digits."""
    places = glyphs.shape[1]
    vectors = glyphs.reshape(-1, glyphs.shape[2])
    fits = []
    for some in np.array_split(offsets, max(1, len(offsets) // 400)):
        shown = times[None, :] + some[:, None]
        digits = _digits_of(np.floor(shown).astype(np.int64) % _DAY_SECONDS)[..., -places:]
        one_of = digits[..., None] == np.arange(10)
        one_of &= (np.abs(shown % 1 - 0.5) < 0.5 - _EDGE)[..., None, None]
        one_of = one_of.reshape(len(some), -1, 10).astype(np.float32)
        many, sums = one_of.sum(axis=1), one_of.transpose(0, 2, 1) @ vectors
        alike = sums @ sums.transpose(0, 2, 1) / np.maximum(many[:, :, None] * many[:, None, :], 1)
        within = np.where(many > 1, (np.einsum("bii->bi", alike) * many - 1) / np.maximum(many - 1, 1), 1.0)
        np.einsum("bii->bi", alike)[:] = -1
        alike[many == 0], alike.transpose(0, 2, 1)[many == 0] = -1, -1
        enough = (many > 1).sum(axis=1) >= _LEAST_DIGITS
        fits.append(np.where(enough, within.min(axis=1) - alike.max(axis=(1, 2)), -2.0))
    return np.concatenate(fits)


def _means(looks: list[tuple[float, list[Glyph]]], offset: float) -> dict[int, Glyph]:
    kept: dict[int, list[Glyph]] = {}
    for now, row in looks:
        if abs((now + offset) % 1 - 0.5) < 0.5 - _EDGE:
            for digit, glyph in zip(_digits_of(np.array([int(now + offset) % _DAY_SECONDS]))[0], row, strict=True):
                kept.setdefault(int(digit), []).append(glyph)
    return {digit: unit(np.mean(glyphs, axis=0)) for digit, glyphs in kept.items()}


def _digits_of(seconds: NDArray[Any]) -> NDArray[Any]:
    """Six digits for each of ``seconds`` since midnight."""
    parts = (seconds // 3600, seconds // 60 % 60, seconds % 60)
    return np.stack([digit for part in parts for digit in (part // 10, part % 10)], axis=-1)


# --- reading them ---


def _digit(glyph: Glyph, digits: Mapping[int, Glyph]) -> int | None:
    likeness = {digit: float(glyph @ each) for digit, each in digits.items()}
    best = max(likeness, key=lambda digit: likeness[digit])
    others = max((value for digit, value in likeness.items() if digit != best), default=-1.0)
    sure = _SURE if len(digits) == 10 else _UNSEEN
    return best if likeness[best] >= max(sure, others + _APART) else None


def _learn_more(glyphs: list[Glyph], found: list[int | None], expected: float, digits: dict[int, Glyph]) -> None:
    """A digit that was not seen before is learnt where all the others are as expected, off the change of a second."""
    if abs(expected % 1 - 0.5) > 0.5 - _EDGE:
        return
    row = [int(digit) for digit in _digits_of(np.array([int(expected) % _DAY_SECONDS]))[0]]
    known = [one == other for one, other in zip(found, row, strict=True) if one is not None]
    if len(known) >= _LEAST_KNOWN and all(known):
        for glyph, seen, digit in zip(glyphs, found, row, strict=True):
            if seen is None:
                digits.setdefault(digit, glyph)


def _time_of(row: list[int | None]) -> int | None:
    """Seconds since midnight, of six digits; None where one was not read, and for what is no time."""
    digits = [digit for digit in row if digit is not None]
    if len(digits) < 6:
        return None
    hours, minutes, seconds = (digits[at] * 10 + digits[at + 1] for at in (0, 2, 4))
    return hours * 3600 + minutes * 60 + seconds if hours < 24 and minutes < 60 and seconds < 60 else None
