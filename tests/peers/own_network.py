"""Two machines on a network of their own, joined by one cable and nothing else: for root alone."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = ["Machine", "two_machines"]

_HOLD = "ip link set lo up && echo ready && exec sleep infinity"


class Machine(NamedTuple):
    """``holder``: the process that keeps its network."""

    holder: int
    interface: str

    def command(self, words: Sequence[str]) -> list[str]:
        """A command line that runs there."""
        return ["nsenter", f"--net=/proc/{self.holder}/ns/net", *words]

    def move(self, address: str) -> None:
        """Takes another address in place of those it has."""
        for words in (["flush", "dev", self.interface], ["add", f"{address}/24", "dev", self.interface]):
            subprocess.run(self.command(["ip", "address", *words]), check=True, capture_output=True)


@contextlib.contextmanager
def two_machines(one: str, other: str) -> Iterator[tuple[Machine, Machine]]:
    """With these addresses; the network is gone with them."""
    with _held() as here, _held() as there:
        cable = ["ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", str(there)]
        machines = Machine(here, "eth0"), Machine(there, "eth0")
        subprocess.run(machines[0].command(cable), check=True, capture_output=True)
        for machine, address in zip(machines, (one, other), strict=True):
            machine.move(address)
            subprocess.run(machine.command(["ip", "link", "set", "eth0", "up"]), check=True, capture_output=True)
        yield machines


@contextlib.contextmanager
def _held() -> Iterator[int]:
    command = ["unshare", "--net", "sh", "-c", _HOLD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as holder:
        try:
            said = holder.stdout.readline() if holder.stdout else ""
            assert said == "ready\n", f"no network of its own: {said}"
            yield holder.pid
        finally:
            holder.kill()
