"""The self-test of the view: what one fault hides is not judged beside it."""

from __future__ import annotations

from appliance.inspection.proving import HEALTHY_LOOKS, continued
from appliance.inspection.running import Bench
from appliance.inspection.samples import healthy
from appliance.registry import load_plugins

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
