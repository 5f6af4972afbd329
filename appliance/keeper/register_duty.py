"""What the machine does about registers each minute: late clocks and lone visits are said, what is over expires."""

from __future__ import annotations

import contextlib

from appliance.errors import NotAllowed
from appliance.keeper.parts import Keeper
from appliance.keeper.register_world import data_file_of
from appliance.rules.registers.clocks import clocks_of
from appliance.rules.registers.datafile import notice_state

__all__ = ["look_at_registers"]

_CLOCK, _ESCORT, _NOTICE = "register-clock", "register-escort", "register-datafile"


def look_at_registers(keeper: Keeper) -> None:
    """Raises NotWritable."""
    keeper.registers.begin_owed_incidents()
    now_ns = keeper.clock.wall_ns()
    for number, item in keeper.registers.items("incidents").items():
        late = [clock.code for clock in clocks_of(item) if clock.state(now_ns) == "overdue"]
        text = f"incident {number}: {', '.join(late)} overdue; report it now, and say in its register why it is late"
        keeper.findings.set(f"{_CLOCK}-{number}", "storage", text if late else "")
    for number, item in keeper.registers.items("visits").items():
        alone = item.state == "open" and not keeper.logins.sittings(item.signed_by("escort"))
        text = f"maintenance {number}: its escort is not logged in; see who is with the firm, and let another take over"
        keeper.findings.set(f"{_ESCORT}-{number}", "storage", text if alone else "")
    if not keeper.registry.trial:
        state = notice_state(keeper.registers.items("datafile").values(), data_file_of(keeper))
        text = "the notice of the personal data file is not what is public; post it anew within a month (PDPA 17)"
        keeper.findings.set(_NOTICE, "storage", "" if state == "stands" else text)
    if keeper.trusted:
        for number, item in keeper.registers.items("live").items():
            if item.state == "authorised":
                with contextlib.suppress(NotAllowed):  # it goes on
                    keeper.registers.system("live", number, "expire")
