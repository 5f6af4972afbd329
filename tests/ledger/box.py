"""A ledger and its records on the strict disk in memory, with a clock and keys that are the same each time."""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.ledger.checkpoint import vkey
from appliance.ledger.log import FILE_NAME, Ledger
from appliance.ledger.records import Acts
from appliance.storage.files import Fs

DIRECTORY = "/k/ledger"
PATH = f"{DIRECTORY}/{FILE_NAME}"
RECORDS = "/k/records"
RECORDS_KEY = hashlib.sha256(b"records").digest()
ORIGIN = "office.example/box"
SIGNING_KEY, NEXT_KEY, THIRD_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3))
VKEY = str(vkey(ORIGIN, SIGNING_KEY.public_key()))


class TickingClock:
    """Each look at it is a second later. Starts on 1 March 2026, 08:00 in Taipei; ``now_ns`` may be set."""

    def __init__(self) -> None:
        self.now_ns = 1_772_323_200 * 1_000_000_000

    def wall_ns(self) -> int:
        self.now_ns += 1_000_000_000
        return self.now_ns

    def boot_ns(self) -> int:
        return self.now_ns

    def boot_id(self) -> str:
        return "0" * 32

    def trusted(self) -> bool:
        return True


def counting_random() -> Callable[[int], bytes]:
    """Different bytes at each call, the same in each run."""
    numbers = itertools.count()
    return lambda size: hashlib.shake_256(str(next(numbers)).encode()).digest(size)


def open_ledger(fs: Fs, clock: TickingClock | None = None, *, key: Ed25519PrivateKey = SIGNING_KEY) -> Ledger:
    return Ledger(fs, DIRECTORY, clock or TickingClock(), origin=ORIGIN, signing_key=key)


def open_acts(ledger: Ledger, fs: Fs, clock: TickingClock | None = None) -> Acts:
    return Acts(ledger, fs, RECORDS, RECORDS_KEY, clock or TickingClock(), random=counting_random())


def load_verifier() -> ModuleType:
    """``deploy/verify_ledger.py``, which is no part of the package."""
    name = "verify_ledger"
    if name not in sys.modules:
        path = Path(__file__).parents[2] / "deploy" / "verify_ledger.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]
