"""A destruction that fails: the alarm stands until one comes about, it is tried again, and no key is half gone."""

from __future__ import annotations

import errno
import os
from typing import Any

from appliance.core.clock import slot_start_ns
from appliance.keeper.composition import open_keeper
from appliance.keeper.schedule import housekeeping
from appliance.rules.deadlines import DAY_NS
from appliance.storage.files import RealFs
from tests.box import Box
from tests.footage import FilmClock, film_past

MINUTE_NS = 60_000_000_000


class ReadOnly:
    """The real disk, whose folder ``path`` takes no write while ``on``."""

    def __init__(self, path: str) -> None:
        self._fs, self._path, self.on = RealFs(), path, False

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._fs, name)
        if name not in ("create", "append", "rename", "unlink"):
            return call

        def guarded(path: str, *args: Any, **options: Any) -> Any:
            if self.on and path.startswith(self._path):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
            return call(path, *args, **options)

        return guarded


def test_t_61_a_key_store_that_is_read_only_raises_an_alarm_that_stands_until_a_retry_comes_about(box: Box) -> None:
    box.start("keeper")
    (old,) = film_past(box, "01", slot_start_ns(box.made_ns) - 20 * DAY_NS, 2).buckets
    box.stop()
    disk, clock = ReadOnly(os.path.join(box.settings.layout.keeper, "keys")), FilmClock(box.made_ns)
    with open_keeper(box.settings, disk, clock) as keeper:  # type: ignore[arg-type]
        clock.at_ns += 30 * DAY_NS
        house = housekeeping(keeper)
        disk.on = True
        alarms = []
        for _ in range(35):
            house.turn()
            clock.at_ns += MINUTE_NS
            alarms.append([each.text for each in keeper.findings.all() if each.key == "destruction-failed"])
        assert all(len(alarm) == 1 for alarm in alarms), "it stands between two tries, too"
        assert "Read-only file system" in alarms[0][0]
        kinds = [entry.kind for entry in keeper.ledger.entries()]
        assert 3 <= kinds.count("destroy.intended") <= 4, "tried again every ten minutes"
        assert kinds.count("finding.opened") - kinds.count("finding.cleared") <= 2
        assert kinds.count("destroy.done") == 0, "nothing is certified"
        assert old in keeper.stores.office.key_store, "no key is half gone"

        disk.on = False
        for _ in range(11):
            house.turn()
            clock.at_ns += MINUTE_NS
        assert [e.fields["buckets"] for e in keeper.ledger.entries() if e.kind == "destroy.done"] == [[old]]
        assert "destruction-failed" not in [each.key for each in keeper.findings.all()]
