"""How a check proves that it still fires: healthy looks first, then each of its injections. Stores and shows nothing.

The proof works on vitals that were just taken, or on made ones: it copies the look in memory, so that nothing of the
camera's, the ring's or the check's own memory changes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from appliance.api import Check, Injection, PictureVitals, Sign
from appliance.api.check_records import BoxVitals, Vitals
from appliance.core.errors import described
from appliance.selftest.figures import said as measured
from appliance.selftest.healthy_samples import healthy
from appliance.selftest.runs import run_check

__all__ = ["HEALTHY_LOOKS", "LOOK_SECONDS", "Proof", "continued", "prove", "prove_here"]

HEALTHY_LOOKS = 14
LOOK_SECONDS = 20
"""From one look to the next, as the inspector takes them."""

_BEGIN_NS = 12 * 3600 * 10**9


class Proof(NamedTuple):
    """Of one injection. ``what`` says what went wrong, "" when it fired and was silent before; ``made`` is False where
    these vitals cannot prove it (it is wrong already, or was not judged), which ``what`` then explains."""

    check: str
    fault: str
    name: str
    ok: bool
    made: bool = True
    what: str = ""


def prove(check: Check, looks: Sequence[Vitals], settings: Mapping[str, float]) -> list[Proof]:
    """One proof for each injection. ``looks`` are healthy ones in their order; they are repeated as often as the check
    needs to learn."""
    memory: dict[str, object] = {}
    signs: list[Sign] = []
    try:
        for vitals in continued(looks, HEALTHY_LOOKS):
            signs = run_check(check, vitals, settings, memory)
    except Exception as error:  # a stranger's check may raise anything, and then none of its faults is proven
        what = f"it fails on a healthy look ({described(error)})"
        return [_failed(check, injection, what) for injection in check.injections]
    already = {sign.fault for sign in signs if sign.wrong}
    return [_one(check, injection, looks, settings, copy.deepcopy(memory), already) for injection in check.injections]


def prove_here(check: Check, vitals: Vitals, settings: Mapping[str, float]) -> list[Proof]:
    """The proofs on the look that was just taken; what that cannot show (a camera at night, a picture that is faulty
    already) is shown on made vitals instead, and said so. Only what fails there, too, is a broken check."""
    proofs = prove(check, [vitals], settings)
    if all(proof.ok and proof.made for proof in proofs):
        return proofs
    made = prove(check, healthy(check.looks_at), settings)
    return [one if one.ok and one.made else _instead(one, other) for one, other in zip(proofs, made, strict=True)]


def _instead(here: Proof, made: Proof) -> Proof:
    if not (made.ok and made.made):
        return made._replace(ok=False, made=True, what=made.what)
    return here._replace(ok=True, made=False, what=f"not on this look ({here.what}); on a made one it fires")


def _one(
    check: Check,
    injection: Injection,
    looks: Sequence[Vitals],
    settings: Mapping[str, float],
    memory: dict[str, object],
    already: Iterable[str],
) -> Proof:
    if injection.fault in already:
        return Proof(
            check.name, injection.fault, injection.name, True, False, "it is wrong now, so it cannot be proven"
        )
    whole = continued(looks, HEALTHY_LOOKS + injection.looks)
    signs: list[Sign] = []
    try:
        for number, vitals in enumerate(whole[HEALTHY_LOOKS:]):
            signs = run_check(check, injection.make(vitals, number), settings, memory)
    except Exception as error:  # as above
        return _failed(check, injection, f"it fails on the injected fault ({described(error)})")
    said = [sign for sign in signs if sign.fault == injection.fault]
    if not any(sign.wrong for sign in said):
        told = f"it {measured(*said[0][2:5]) or 'says that it is well'}" if said else "it did not judge it"
        return _failed(check, injection, f"the injected fault was not noticed: {told}")
    return Proof(check.name, injection.fault, injection.name, True)


def _failed(check: Check, injection: Injection, what: str) -> Proof:
    return Proof(check.name, injection.fault, injection.name, False, True, what)


def continued(looks: Sequence[Vitals], count: int) -> list[Vitals]:
    """``count`` looks: ``looks`` over and over with the time going on, pictures with fresh noise of their own, so that
    they do not count as frozen."""
    return [_later(looks[number % len(looks)], number) for number in range(count)]


def _later(vitals: Vitals, number: int) -> Vitals:
    """``vitals`` as if it had been look ``number``, counted from the time of none in particular."""
    seconds = number * LOOK_SECONDS
    at_ns = _BEGIN_NS + seconds * 10**9
    if isinstance(vitals, PictureVitals):
        return _noisy(vitals, number, at_ns)
    if isinstance(vitals, BoxVitals):
        return replace(vitals, at_ns=at_ns)
    stamp, picture = (None if own is None else float(seconds) for own in (vitals.stamp_seconds, vitals.picture_seconds))
    return replace(vitals, at_ns=at_ns, arrival_seconds=float(seconds), stamp_seconds=stamp, picture_seconds=picture)


def _noisy(vitals: PictureVitals, number: int, at_ns: int) -> PictureVitals:
    import numpy as np

    random = np.random.default_rng(number)
    later_ns = at_ns - vitals.picture.at_ns
    pictures = []
    for picture in (vitals.picture, *vitals.following):
        grain = random.integers(-2, 3, picture.luma.shape, dtype=np.int16)
        luma = np.clip(picture.luma.astype(np.int16) + grain, 0, 255).astype(np.uint8)
        pictures.append(replace(picture, luma=luma, at_ns=picture.at_ns + later_ns))
    return replace(vitals, picture=pictures[0], following=tuple(pictures[1:]))
