"""Whether everything verifies: the ledger as it lies on the disk, and every byte of closed footage. Opens no key."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from appliance.core.errors import Broken, Damaged, RecorderError, Unavailable
from appliance.installation.verification import Bad, verify_all
from appliance.keeper.diskwatch import OLDER, DiskWatch
from appliance.keeper.stores import Stores

__all__ = ["ledger_wrong", "verification"]

_MOST_STEPS = 1000


def ledger_wrong(stores: Stores) -> str:
    """What is wrong with the ledger: what was done to it while no keeper ran, its entries as they lie on the disk,
    every head and signed statement beside it, and the key that is there for those who verify it elsewhere."""
    fs, heads = stores.office.fs, stores.office.layout.heads
    checks = {".checkpoint": stores.ledger.check_head, ".statement": stores.ledger.check_extract}
    if stores.last_head.wrong:
        return stores.last_head.wrong
    try:
        stores.ledger.check_entries()
        for name in fs.list_dir(heads):
            check, path = checks.get(os.path.splitext(name)[1]), os.path.join(heads, name)
            if check is not None:
                try:
                    check(fs.read(path).decode(errors="replace"))
                except Damaged as error:
                    return f"{path}: {error}"
        path = stores.office.places.ledger_keys
        if fs.exists(path):
            lines = fs.read(path).decode(errors="replace").split("\n")
            if not any(lines) or not {*filter(None, lines)} <= set(stores.ledger.verifier_keys):
                return f"{path}: has a key that was never this ledger's; write the line into it that set-up printed"
    except (RecorderError, OSError) as error:
        return str(error)
    return stores.last_head.lost


def verification(
    stores: Stores,
    on_end: Callable[[], None] = lambda: None,
    on_found: Callable[[dict[str, Any]], None] = lambda found: None,
) -> Iterator[dict[str, Any]]:
    """Checks everything; gives ``{done, whole, what}`` as it goes and ``{found}`` at the end. It begins at once, and
    goes on to its end whether anybody takes what it gives or not; then it calls ``on_found`` with what it found, and
    ``on_end``."""
    steps: queue.Queue[dict[str, Any]] = queue.Queue(_MOST_STEPS)

    def say(step: dict[str, Any]) -> None:
        """Steps that nobody took make room: each later one tells the same and more."""
        while True:
            try:
                return steps.put_nowait(step)
            except queue.Full:
                with contextlib.suppress(queue.Empty):
                    steps.get_nowait()

    def work() -> dict[str, Any]:
        wrong_ledger = ledger_wrong(stores)
        watch = DiskWatch(stores.office.fs, stores.disk, stores.office.layout.keeper, stores.office.random)
        bad: list[Bad] = [Bad("", -1, "", "disk older", str(watch.trouble))] if watch.kind == OLDER else []
        segments = waiting = 0
        try:
            stores.ring.shelves.need()
            report = verify_all(
                stores.ring,
                stores.ledger,
                lambda done, of: say({"done": done, "whole": of, "what": "ring"}),
                stores.office.key_store,
            )
            segments, waiting = report.segments, report.open_buckets
            bad += report.bad
        except (RecorderError, OSError) as error:
            kind, why = stores.disk.look()
            bad.append(Bad("", -1, "", f"disk {kind}" if kind else "unreadable", str(why or error)))
        orphans = [entry.index for entry in stores.acts.orphans]
        if orphans and not wrong_ledger:
            wrong_ledger = f"entries {orphans} have lost their records"
        return {
            "ok": not bad and not wrong_ledger,
            "ring": {"segments": segments, "open": waiting, "bad": [each._asdict() for each in bad]},
            "ledger": {"entries": stores.ledger.size, "ok": not wrong_ledger, "what": wrong_ledger},
        }

    def work_to_the_end() -> None:
        last: dict[str, Any] = {"failed": "it was ended"}
        try:
            found = work()
            on_found(found)
            last = {"found": found}
        except BaseException as error:
            last = {"failed": f"{type(error).__name__}: {error}"}
            raise
        finally:
            on_end()  # before the last word: who has heard it may ask again at once
            say(last)

    try:
        threading.Thread(target=work_to_the_end, name="verify", daemon=True).start()
    except RuntimeError as error:
        on_end()
        raise Unavailable.of("verify-busy") from error
    return _until_found(steps)


def _until_found(steps: queue.Queue[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    while True:
        step = steps.get()
        if "failed" in step:
            raise Broken(f"verify: a defect in the recorder ({step['failed']}); look at its log")
        yield step
        if "found" in step:
            return
