"""The retention policy's file under ``boot/``: a copy of what the ledger says, kept equal to it."""

from __future__ import annotations

from appliance.core.errors import Damaged, UsageError
from appliance.keeper.log import say
from appliance.rules.policy import Policy
from appliance.storage.boot_files import read_policy, write_policy
from appliance.storage.files import Fs

__all__ = ["put_policy_in_force"]


def put_policy_in_force(fs: Fs, boot: str, policy: Policy) -> None:
    """The file is a copy of what the ledger says; made anew after a change that was interrupted, or damage. Raises
    NotWritable."""
    try:
        there = read_policy(fs, boot, Policy)
    except (Damaged, UsageError) as error:
        say(f"{error}; it is written anew from the ledger")
        there = None
    if there != policy:
        write_policy(fs, boot, policy)
