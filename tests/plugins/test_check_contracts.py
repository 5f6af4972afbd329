"""The contract suite on every check that ships.

That each notices its injections is shown in ``selftest/test_proofs``, what a look costs by ``deploy/bench checks``.
"""

from __future__ import annotations

import pytest

from appliance.api.registry import BUILT_IN, load_plugins
from appliance.testing.checks import CheckContract, check_contract_of

PLUGINS = {name: plugin for plugin in BUILT_IN for name in load_plugins([plugin]).checks}
ELSEWHERE = {"test_every_injection_is_noticed", "test_it_keeps_within_its_budget"}
ASKED = sorted(name for name in dir(CheckContract) if name.startswith("test_") and name not in ELSEWHERE)


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("name", PLUGINS)
def test_a_check_that_ships_keeps_the_contract(name: str, asked: str) -> None:
    getattr(check_contract_of(PLUGINS[name], name), asked)()
