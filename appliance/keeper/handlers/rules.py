"""What the office decides itself, for pages: retention, calendar, time, the brake. Two people act, custody judges."""

from __future__ import annotations

from typing import Any

from appliance.keeper.act_result import tell_act
from appliance.keeper.context import Keeper
from appliance.keeper.rights import pair_of, require
from appliance.protocol.transport import Message, Reply
from appliance.rules.deadlines import day_of
from appliance.rules.office_calendar import what_rolls
from appliance.rules.policy import MARGIN_DAYS
from appliance.vault.index.index import ClosedBucket

__all__ = ["VERBS"]

_LATELY = 20


def _rules(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    require(keeper, arguments, "see-rules")
    rules, policy, calendar = keeper.rules, keeper.policy, keeper.rules.calendar
    readings = rules.readings()
    return Reply(
        {
            "policy": {
                "floor_days": policy.floor_days,
                "target_days": policy.target_days,
                "ceiling_days": policy.ceiling_days,
                "brake_days": policy.brake_days,
                "most_floor_days": policy.ceiling_days - MARGIN_DAYS,
                "former_floor_days": max((former.days for former in policy.former_floors), default=0),
            },
            "calendar": {
                "years": [{"year": year, "days_off": calendar.count(year)} for year in calendar.years],
                "rolls": what_rolls(policy, calendar, day_of(keeper.clock.wall_ns())),
            },
            "clock": {
                "now_ns": keeper.clock.wall_ns(),
                "service": keeper.clock.trusted(),
                "assumed": keeper.settings.assume_trusted_clock,
                "trusted": keeper.trusted,
                "vouched_ns": rules.watch.vouched_ns(),
                "read_ns": readings[-1].wall_ns if readings else 0,
                "leapt_ns": rules.watch.leapt_ns(),
            },
            "brake": _brake(keeper),
            "pack": keeper.packs.latest_version(),
            "acts": [tell_act(keeper, entry) for entry in rules.acts(_LATELY)],
        }
    )


def _brake(keeper: Keeper) -> dict[str, Any]:
    braked = _braked(keeper)
    return {
        "buckets": len(braked),
        "from_ns": min((closed.start_ns for closed in braked), default=0),
        "through_ns": max((closed.end_ns for closed in braked), default=0),
        "released_ns": keeper.rules.released_ns(),
    }


def _braked(keeper: Keeper) -> list[ClosedBucket]:
    """What waits for a release; looked up only while the finding is open."""
    if not keeper.findings.is_open("retention-brake"):
        return []
    waiting = [
        each for danger in keeper.destruction.judge_due().danger if danger.kind == "brake" for each in danger.bucket_ids
    ]
    return [closed for bucket_id in waiting if (closed := keeper.ring.index.closed(bucket_id))]


def _policy(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    policy = keeper.rules.change_policy(
        str(arguments["act"]),
        pair_of(keeper, arguments),
        document=str(arguments["document"]),
        floor_days=int(arguments["floor_days"]),
        target_days=int(arguments["target_days"]),
    )
    return Reply({"floor_days": policy.floor_days, "target_days": policy.target_days})


def _calendar(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    calendar = keeper.rules.import_calendar(str(arguments["act"]), pair_of(keeper, arguments), message.body)
    return Reply({"years": list(calendar.years)})


def _release(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    pair = pair_of(keeper, arguments)
    through_ns = int(arguments["through_ns"])
    seen = [closed for closed in _braked(keeper) if closed.end_ns <= through_ns]
    released = keeper.rules.release_brake(str(arguments["act"]), pair, through_ns=through_ns, buckets=len(seen))
    return Reply({"through_ns": released.through_ns, "until_ns": released.until_ns})


def _clock(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    wall_ns, since_ns = int(arguments["wall_ns"]), keeper.clock.boot_ns()
    pair = pair_of(keeper, arguments)
    reading = keeper.rules.set_time(
        str(arguments["act"]),
        pair,
        wall_ns=wall_ns + keeper.clock.boot_ns() - since_ns,
        reference=str(arguments["reference"]),
    )
    return Reply({"wall_ns": reading.wall_ns})


VERBS = {
    "rules": _rules,
    "rules.policy": _policy,
    "rules.calendar": _calendar,
    "rules.brake": _release,
    "rules.clock": _clock,
}
