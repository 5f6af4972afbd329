"""What the keeper does by itself about cases: finishes what a stop cut, and performs what the days bring."""

from __future__ import annotations

from appliance.keeper.context import Keeper
from appliance.keeper.log import say
from appliance.rules.cases.rows import Row
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.holding import hold_for, hold_for_all
from appliance.services.cases.redetermination import take_up_all

__all__ = ["settle", "turn"]


def settle(keeper: Keeper) -> None:
    """At start: holds that an act called for are set, cases that are decided anew are begun, viewings that the stop
    broke off are interrupted, and what does not open is a finding. Raises NotWritable."""

    def after(file: CaseFile, row: Row, act_id: str) -> None:
        _tell(keeper, hold_for(keeper.holds, file, file.deeds[-1]))

    _tell(keeper, hold_for_all(keeper.holds, keeper.cases.living()))
    keeper.cases.after = after
    for text in take_up_all(keeper.cases.living(), keeper.cases.links, keeper.cases.act):
        keeper.findings.open(f"case-anew-{text.split(':')[0].removeprefix('case ')}", "storage", text)
    keeper.clockwork.interrupt_all("the recorder was restarted")
    _tell_damaged(keeper)


def turn(keeper: Keeper) -> None:
    """What is due of cases is performed; what was found not to open since, when its case was read, is a finding. Raises
    NotWritable."""
    for done in keeper.clockwork.turn(trusted=keeper.destruction.time_trusted()):
        say(f"case {done.file.key}: {done.file.deeds[-1].event}, by itself")
    _tell_damaged(keeper)


def _tell_damaged(keeper: Keeper) -> None:
    for key, text in keeper.cases.damaged.items():
        keeper.findings.open(f"case-damaged-{key}", "storage", f"case {key}: {text}; its pin stands")


def _tell(keeper: Keeper, not_held: list[str]) -> None:
    for text in not_held:
        keeper.findings.open(f"case-hold-{text.split(':')[0].removeprefix('case ')}", "storage", text)
