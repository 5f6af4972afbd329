"""What the machine does about registers each minute: it says which clocks end or are late, which visit is alone, which
contract or pledge ends, and lets expire what is over."""

from __future__ import annotations

import contextlib

from appliance.core.errors import NotAllowed
from appliance.core.messages import CodedMessage, coded
from appliance.keeper.adapters.register import data_file_of
from appliance.keeper.context import Keeper
from appliance.rules.deadlines import day_of
from appliance.rules.registers.clocks import CLOCKS, Clock, clocks_of
from appliance.rules.registers.datafile import notice_state
from appliance.rules.registers.duties import owed

__all__ = ["look_at_registers", "tell_clocks"]

_CLOCK, _DUE, _ESCORT = "register-clock", "register-due", "register-escort"
_NOTICE, _VENDOR, _LIVE = "register-datafile", "register-vendor", "register-live"


def look_at_registers(keeper: Keeper) -> None:
    """Raises NotWritable."""
    keeper.registers.begin_owed_incidents()
    now_ns = keeper.clock.wall_ns()
    tell_clocks(keeper)
    for number, item in keeper.registers.items("visits").items():
        alone = item.state == "open" and not keeper.logins.sittings(item.signed_by("escort"))
        text = f"maintenance {number}: its escort is not logged in; see who is with the firm, and let another take over"
        keeper.findings.set(f"{_ESCORT}-{number}", "storage", text if alone else "")
    for number, item in keeper.registers.items("vendors").items():
        ends = {each.why: day_of(each.due_ns) for each in owed(item, now_ns) if each.why}
        for what in ("contract", "pledge", "supervision"):
            text = f"firm {number}: its {what} is good until {ends[what].isoformat()}" if what in ends else ""
            keeper.findings.set(f"{_VENDOR}-{what}-{number}", "storage", text)
    cameras = keeper.registers.world.cameras()
    for number, item in keeper.registers.items("live").items():
        named = [each for each in item.value("cameras", []) or [] if not cameras.get(each)]
        text = f"authorisation {number}: {', '.join(named)} at no public area in force; end it, or propose another"
        keeper.findings.set(f"{_LIVE}-{number}", "storage", text if named and item.state == "authorised" else "")
    if not keeper.registry.trial:
        state = notice_state(keeper.registers.items("datafile").values(), data_file_of(keeper))
        text = "the notice of the personal data file is not what is public; post it anew within a month (PDPA 17)"
        keeper.findings.set(_NOTICE, "storage", "" if state == "stands" else text)
    if keeper.trusted:
        for number, item in keeper.registers.items("live").items():
            if item.state == "authorised":
                with contextlib.suppress(NotAllowed):  # it goes on
                    keeper.registers.system("live", number, "expire")


def tell_clocks(keeper: Keeper) -> None:
    """Of each incident: what is late, and, each in its own words, what ends before long. Raises NotWritable."""
    now_ns = keeper.clock.wall_ns()
    for number, item in keeper.registers.items("incidents").items():
        clocks = {clock.code: clock for clock in clocks_of(item)}
        late = [code for code, clock in clocks.items() if clock.state(now_ns) == "overdue"]
        text = f"incident {number}: {', '.join(late)} overdue; report it now, and say in its register why it is late"
        keeper.findings.set(f"{_CLOCK}-{number}", "storage", text if late else "")
        for code in CLOCKS:
            soon = code in clocks and clocks[code].is_soon(now_ns)
            said = _due_text(number, clocks[code]) if soon else ""
            keeper.findings.set(f"{_DUE}-{code}-{number}", "storage", said)


def _due_text(number: str, clock: Clock) -> CodedMessage:
    return coded(f"due-{clock.code}", number=number, due_ns=clock.due_ns)
