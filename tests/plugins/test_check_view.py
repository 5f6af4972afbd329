"""The self-test of the view: what one fault hides is not judged beside it."""

from __future__ import annotations

from appliance.api.registry import load_plugins
from appliance.selftest.healthy_samples import healthy
from appliance.selftest.proofs import HEALTHY_LOOKS, continued
from appliance.selftest.runs import Bench

VIEW = load_plugins(["check_picture"]).checks["view"]


def test_a_lens_that_is_covered_is_not_called_clean_beside_a_figure_beyond_its_limit() -> None:
    (cloth,) = [each for each in VIEW.injections if each.name == "a cloth before the lens"]
    bench, looks = Bench([VIEW]), continued(healthy("picture"), HEALTHY_LOOKS + 3)
    before = {sign.fault for vitals in looks[:HEALTHY_LOOKS] for sign in bench.look("picture", vitals).signs}
    assert "picture-dirty" in before
    for number, vitals in enumerate(looks[HEALTHY_LOOKS:]):
        signs = {sign.fault: sign.wrong for sign in bench.look("picture", cloth.make(vitals, number)).signs}
        assert signs["picture-covered"]
        assert "picture-dirty" not in signs
