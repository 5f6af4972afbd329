"""What findings say of the disk: what is wrong, and what a person can do about it. No I/O."""

from __future__ import annotations

from appliance.rules.forecast import REFUSE_DAYS, WARN_DAYS, Forecast
from appliance.rules.pressure import Relief

__all__ = ["FINDINGS", "forecast_text", "rung_text"]

FINDINGS = ("", "pressure-target", "pressure-reduced", "pressure-stopped")
"""The finding of each rung."""

_HELP = "add disk, release holds that are no longer needed, or move away what is not footage"


def rung_text(rung: int, relief: Relief) -> str:
    """``rung`` is 1 to 3."""
    if rung == 1:
        return f"the disk is short: footage goes at its floor and no longer at its target; {_HELP}"
    if rung == 2:
        return (
            "the disk is short and nothing more may be destroyed: cameras record their lesser profile, or key frames "
            f"only, from now on; what lies inside its floor stays; {_HELP}, now"
        )
    names = ", ".join(relief.stopped)
    return (
        f"the disk is nearly full: camera {names} stopped so that the others go on; what lies inside its floor stays; "
        f"{_HELP}, at once, and tell the unit head and the director"
    )


def forecast_text(found: Forecast) -> str:
    """Empty while all is well."""
    if found.days is None or found.verdict == "well":
        return ""
    when = f"; the floor is in danger from {found.danger.isoformat()}" if found.danger else ""
    limit = REFUSE_DAYS if found.verdict == "short" else WARN_DAYS
    assumed = f" (the bit rate of camera {', '.join(found.assumed)} is assumed)" if found.assumed else ""
    return f"the disk will hold {found.days:.1f} days{assumed}, under {limit}{when}; {_HELP}, or lower the bit rates"
