"""Every check that ships proves itself on made vitals, and one that is broken on purpose is noticed."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from appliance.api import Check, Picture, PictureVitals, Sign
from appliance.api.check_settings import settings_of
from appliance.api.registry import BUILT_IN, load_plugins
from appliance.selftest.healthy_samples import healthy
from appliance.selftest.proofs import HEALTHY_LOOKS, continued, prove, prove_here
from appliance.selftest.runs import Bench
from tests.evaluation.scenes import Scene

CHECKS = dict(load_plugins(BUILT_IN).checks)
PICTURE = [name for name, check in CHECKS.items() if check.looks_at == "picture"]


def _look(picture: Picture) -> PictureVitals:
    return PictureVitals(picture=picture, rate_fps=15)


@pytest.mark.parametrize("name", CHECKS)
def test_every_injection_of_every_check_is_noticed_and_nothing_before_it(name: str) -> None:
    check = CHECKS[name]
    proofs = prove(check, healthy(check.looks_at), settings_of(check, {}))
    assert len(proofs) == len(check.injections)
    assert [proof for proof in proofs if not (proof.ok and proof.made)] == []


@pytest.mark.parametrize("name", PICTURE)
def test_it_proves_itself_in_an_office_with_people_too(name: str) -> None:
    scene = Scene(41)
    looks = [_look(scene.picture(36_000 + 20 * number)) for number in range(6)]
    proofs = prove(CHECKS[name], looks, settings_of(CHECKS[name], {}))
    assert [proof for proof in proofs if not (proof.ok and proof.made)] == []


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_that_sees_nothing_is_noticed(name: str) -> None:
    blind = dataclasses.replace(CHECKS[name], run=_blind(CHECKS[name]))
    proofs = prove(blind, healthy(blind.looks_at), settings_of(blind, {}))
    assert proofs
    assert not any(proof.ok for proof in proofs)
    assert all("not noticed" in proof.what for proof in proofs)


def _blind(check: Check) -> Any:
    def run(vitals: Any, settings: Mapping[str, float], memory: Any) -> list[Sign]:
        return [sign._replace(wrong=False) for sign in check.run(vitals, settings, memory)]

    return run


def test_a_check_that_fails_is_noticed_and_one_that_cries_wolf_proves_nothing() -> None:
    check = CHECKS["signal"]

    def crash(vitals: Any, settings: Any, memory: Any) -> list[Sign]:
        raise ZeroDivisionError("by hand")

    failed = prove(dataclasses.replace(check, run=crash), healthy("picture"), settings_of(check, {}))
    assert not any(proof.ok for proof in failed)
    assert "by hand" in failed[0].what

    def wolf(vitals: Any, settings: Any, memory: Any) -> list[Sign]:
        return [Sign(fault.code, True, 1.0, 0.0) for fault in check.faults]

    cried = prove(dataclasses.replace(check, run=wolf), healthy("picture"), settings_of(check, {}))
    assert not any(proof.made for proof in cried)


def test_what_a_look_cannot_show_is_shown_on_a_made_one_and_a_blind_check_on_neither() -> None:
    night = Scene(5).picture(0)
    dark = _look(dataclasses.replace(night, luma=16 + (night.luma - 16) // 4))
    proofs = prove_here(CHECKS["view"], dark, settings_of(CHECKS["view"], {}))
    assert all(proof.ok for proof in proofs)
    assert [proof.what for proof in proofs if not proof.made]
    blind = dataclasses.replace(CHECKS["view"], run=lambda vitals, settings, memory: [])
    assert not any(proof.ok for proof in prove_here(blind, dark, settings_of(blind, {})))


def test_the_proof_changes_neither_the_look_nor_what_a_check_keeps() -> None:
    looks = healthy("picture")
    before = [look.picture.luma.copy() for look in looks if isinstance(look, PictureVitals)]
    bench = Bench(CHECKS.values())
    bench.look("picture", looks[0])
    prove(CHECKS["view"], looks, settings_of(CHECKS["view"], {}))
    for look, luma in zip(looks, before, strict=True):
        assert isinstance(look, PictureVitals)
        assert (look.picture.luma == luma).all()


def test_looks_go_on_in_time_and_are_never_the_same_picture() -> None:
    looks = continued(healthy("picture", 1), HEALTHY_LOOKS)
    pictures = [look.picture for look in looks if isinstance(look, PictureVitals)]
    assert len({picture.at_ns for picture in pictures}) == HEALTHY_LOOKS
    assert all((one.luma != other.luma).any() for one, other in itertools.pairwise(pictures))
