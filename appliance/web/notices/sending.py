"""Sends one notice with Apprise, in a process of its own: what its address and the far end make of it ends there.

Run as a program it reads one order from standard input and exits 0 once the notice was taken. Apprise has a kind of
address for everything; it is imported in this process alone, which may speak to the network and writes nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from appliance.process.confinement import Allowed, confine

__all__ = ["main", "send"]

_SECONDS = 45.0
_READS = ("/etc", "/usr", "/lib", "/lib64", "/proc/self", "/run/systemd/resolve")


async def send(address: str, title: str, text: str) -> bool:
    """Whether it was taken; at most once on True. The address goes through a pipe, so nobody sees it among the
    processes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "appliance.web.notices.sending",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env={key: os.environ[key] for key in ("PATH", "LANG", "PYTHONPATH") if key in os.environ},
    )  # fmt: skip
    order = json.dumps({"address": address, "title": title, "text": text}).encode()
    try:
        await asyncio.wait_for(process.communicate(order), _SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return process.returncode == 0


def main() -> int:
    order = json.load(sys.stdin)
    import apprise

    notifier = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False))
    if not notifier.add(order["address"]):
        return 2
    confine(Allowed(reads=(*_READS, sys.prefix, sys.base_prefix, *filter(os.path.isdir, sys.path)), network=True))
    return 0 if notifier.notify(title=order["title"], body=order["text"], body_format="text") else 1


if __name__ == "__main__":
    sys.exit(main())
