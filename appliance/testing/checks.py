"""The contract of a self-test, as a suite that anyone's plugin can run.

Under pytest, subclass it; ``appliance plugin test NAME`` runs the same on an installed plugin::

    from appliance.testing.checks import CheckContract

    class TestCobweb(CheckContract):
        plugin = "cobweb"                          # as in the settings file: entry point or built-in module
        check_name = "cobweb"

``vitals`` gives the healthy looks that its proofs begin with; override it where the made ones do not suit the check.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import ClassVar

from appliance.api import SHARE, Check
from appliance.api.check_records import Vitals
from appliance.api.check_settings import settings_of
from appliance.api.registry import BUILT_IN, load_plugins
from appliance.selftest.healthy_samples import healthy
from appliance.selftest.proofs import continued, prove
from appliance.selftest.runs import Bench
from appliance.testing import HEAVY

__all__ = ["CheckContract", "check_contract_of"]

_LOOKS = 40


def _require(condition: object, message: str) -> None:
    if not condition:
        raise AssertionError(message)


class CheckContract:
    """Subclass it and name what is tested; see the module's docstring. Every ``test_`` method is one check."""

    plugin: ClassVar[str] = ""
    check_name: ClassVar[str] = ""

    def vitals(self) -> Sequence[Vitals]:
        """Healthy looks in their order."""
        return healthy(self.check.looks_at)

    @property
    def check(self) -> Check:
        return load_plugins([self.plugin]).checks[self.check_name]

    def test_it_loads_without_heavy_libraries(self) -> None:
        _require(self.plugin, "name the plugin in the attribute `plugin`")
        blocked = [name for name in HEAVY if name != self.plugin]
        program = (
            f"import sys\nfor name in {blocked!r}: sys.modules[name] = None\n"
            "from appliance.api.registry import load_plugins\n"
            f"load_plugins([{self.plugin!r}]).checks[{self.check_name!r}]\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        last = done.stderr.strip().splitlines()[-1:] or [""]
        _require(done.returncode == 0, f"importing it needs one of {', '.join(blocked)}: {last[0]}; import it in `run`")

    def test_its_sentences_can_be_read(self) -> None:
        check = self.check
        for where, text in [
            (check.name, check.summary),
            *((fault.code, fault.summary) for fault in check.faults),
            *((setting.name, setting.summary) for setting in check.settings),
        ]:
            _require(text.endswith((".", "?", "。")) and len(text) > 6, f"{where}: must be a sentence: {text!r}")

    def test_its_measures_have_words(self) -> None:
        """In Chinese and in English; those of what ships are in the recorder's catalogue."""
        for fault in () if self.plugin in BUILT_IN else self.check.faults:
            _require(all(fault.name), f"{fault.code}: name its measure: name=Words('中文', 'English')")
            _require(fault.summary_zh, f"{fault.code}: say its summary in Chinese as well: summary_zh='…'")

    def test_it_is_silent_while_all_is_well(self) -> None:
        bench = Bench([self.check])
        for number, vitals in enumerate(continued(self.vitals(), _LOOKS)):
            seen = bench.look(self.check.looks_at, vitals)
            _require(not seen.failures, f"look {number}: it failed: {[failure.why for failure in seen.failures]}")
            odd = [sign.fault for sign in seen.signs if sign.unit == SHARE and not 0 <= sign.value <= 1]
            _require(not odd, f"look {number}: what it gives as the share of {odd} is none: it lies from 0 to 1")
            wrong = [sign.fault for sign in seen.signs if sign.wrong]
            _require(not wrong, f"look {number}: it says {wrong} of healthy vitals")

    def test_every_injection_is_noticed(self) -> None:
        check = self.check
        for proof in prove(check, self.vitals(), settings_of(check, {})):
            _require(proof.ok and proof.made, f"{proof.fault}, {proof.name}: {proof.what}")

    def test_it_keeps_within_its_budget(self) -> None:
        check, looks = self.check, continued(self.vitals(), 12)
        bench = Bench([check])
        bench.look(check.looks_at, looks[0])
        before = time.process_time()
        for vitals in looks[1:]:
            bench.look(check.looks_at, vitals)
        took = (time.process_time() - before) / (len(looks) - 1) * 1000
        _require(took < 10 * check.cost_ms, f"a look took {took:.1f} ms of a processor; it declares {check.cost_ms:g}")

    def test_it_survives_the_odd(self) -> None:
        """Settings at their bounds and a single look: no exception, no sign without a number."""
        check = self.check
        for side in ("least", "most"):
            values = {
                setting.name: bound
                for setting in check.settings
                if abs(bound := getattr(setting, side)) != float("inf")
            }
            seen = Bench([check], {check.name: values}).look(check.looks_at, self.vitals()[0])
            _require(not seen.failures, f"with its settings at their {side}: {[each.why for each in seen.failures]}")


def check_contract_of(plugin: str, name: str) -> CheckContract:
    """The contract suite for one check of an installed plugin, outside pytest."""
    made: type[CheckContract] = type(f"Contract_{name}", (CheckContract,), {"plugin": plugin, "check_name": name})
    return made()
