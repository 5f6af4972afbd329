"""A look in a darkroom child: what was taken is decoded, the checks run on it, and only their signs come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from appliance.api import BoxVitals, Check, Injection, Picture, PictureVitals, Sign
from appliance.api.check_records import SUBJECTS, Vitals
from appliance.api.check_settings import settings_of
from appliance.sandbox.vitals import builds_up, picture_of, picture_vitals, sound_vitals
from appliance.selftest.healthy_samples import healthy
from appliance.selftest.proofs import Proof, prove_here
from appliance.selftest.reports import BoxOrder, SelfTestOrder, SelfTestReport
from appliance.selftest.runs import Bench, Failure
from appliance.selftest.samples import Taken

__all__ = ["CameraChecks", "warm_checks"]

_PROOF_WIDTH = 960


class CameraChecks:
    """The checks of one camera and what they keep of it. Blocking; for one thread."""

    def __init__(self, checks: Iterable[Check], settings: Mapping[str, Mapping[str, float]]) -> None:
        self._checks, self._settings = tuple(checks), settings
        self._bench = Bench(self._checks, settings)
        self._references: dict[str, Picture] = {}

    def refer(self, pictures: Iterable[bytes]) -> None:
        """The office's reference pictures from now on, JPEGs, by the light that each has. What does not decode is left
        out: the look is then judged by what is usual."""
        decoded = [picture for jpeg in pictures if (picture := picture_of(jpeg)) is not None]
        self._references = {picture.light: picture for picture in decoded}

    def look(self, order: SelfTestOrder, taken: Taken) -> SelfTestReport:
        """One look. A picture that does not decode at all is a failure of the look, and no check judges it."""
        if order.forget:
            self._bench = Bench(self._checks, self._settings)
        vitals: list[tuple[str, Vitals]] = []
        failures: list[Failure] = []
        picture = picture_vitals(taken, order)
        if picture is not None:
            reference = self._references.get(picture.picture.light) if self._references else None
            vitals.append(("picture", replace(picture, reference=reference)))
        elif taken.packets and not builds_up(taken):
            failures.append(Failure("decoding", "the key frame does not decode"))
        vitals.append(("sound", sound_vitals(taken, order)))
        return self._judged(vitals, failures, seen=picture is not None, prove=order.prove)

    def look_box(self, order: BoxOrder) -> SelfTestReport:
        """One look at the box's own figures."""
        if order.forget:
            self._bench = Bench(self._checks, self._settings)
        vitals = BoxVitals(order.told.values, order.told.at_ns)
        return self._judged([("box", vitals)], [], seen=True, prove=order.prove)

    def _judged(
        self, vitals: Sequence[tuple[str, Vitals]], failures: list[Failure], *, seen: bool, prove: bool
    ) -> SelfTestReport:
        signs: list[Sign] = []
        proofs: list[Proof] = []
        for subject, each in vitals:
            said = self._bench.look(subject, each)
            signs += said.signs
            failures += said.failures
            if prove:
                proofs += self._prove(subject, _for_proof(each))
        return SelfTestReport(seen=seen, signs=tuple(signs), failures=tuple(failures), proofs=tuple(proofs))

    def _prove(self, subject: str, vitals: Vitals) -> list[Proof]:
        proofs: list[Proof] = []
        for check in self._checks:
            if check.looks_at == subject:
                proofs += prove_here(check, vitals, settings_of(check, self._settings.get(check.name, {})))
        return proofs


def _for_proof(vitals: Vitals) -> Vitals:
    """Large pictures are proven at a part of their size: a proof is some hundred looks."""
    if not isinstance(vitals, PictureVitals):
        return vitals
    step = max(1, -(-vitals.picture.luma.shape[1] // _PROOF_WIDTH))
    registered = vitals.registered._replace(
        width=vitals.registered.width // step, height=vitals.registered.height // step
    )

    def part(picture: Picture) -> Picture:
        return replace(
            picture,
            luma=picture.luma[::step, ::step],
            cb=picture.cb[::step, ::step],
            cr=picture.cr[::step, ::step],
        )

    reference = None if vitals.reference is None else part(vitals.reference)
    return replace(vitals.with_picture(part), registered=registered, reference=reference)


def warm_checks(checks: Sequence[Check], settings: Mapping[str, Mapping[str, float]]) -> None:
    """Runs every check and every injection once, so that what they import is there before a child is confined. What
    fails here fails at the looks, too, and is told then. Raises UsageError for settings that do not fit."""
    import cv2

    cv2.setNumThreads(1)
    bench = Bench(checks, settings)
    for subject in SUBJECTS:
        (vitals,) = healthy(subject, 1)
        bench.look(subject, vitals)
        for check in checks:
            for injection in check.injections if check.looks_at == subject else ():
                spoiled = _spoiled(injection, vitals)
                if spoiled is not None:
                    bench.look(subject, spoiled)


def _spoiled(injection: Injection, vitals: Vitals) -> Vitals | None:
    """The vitals with the fault; None where a stranger's injection fails, which its proof will tell."""
    try:
        made: Vitals = injection.make(vitals, 0)
    except Exception:  # whatever it is, the darkroom must come up
        return None
    return made
