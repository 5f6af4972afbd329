"""Which shard has a bucket's key: a dictionary of a million random ids that takes 20 bytes for each. Pure.

A dictionary of Python's takes 150. Rows are found by the first two bytes of the id, which is random; a row is a run of
(id, shard number), searched from its start: a dozen entries where there are a million. Going through all of them costs
what there is, not what there could be: a young store has a few.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Iterator

__all__ = ["ID_BYTES", "Whereabouts"]

ID_BYTES = 16
_ROWS = 1 << 16
_NUMBER = struct.Struct(">H")
_ENTRY_BYTES = ID_BYTES + _NUMBER.size


class Whereabouts:
    """Ids are of :data:`ID_BYTES`. Not thread-safe."""

    def __init__(self) -> None:
        self._rows: list[bytes] = [b""] * _ROWS
        self._used = bytearray(_ROWS)  # 1 where a row was ever put into
        self._names: list[str] = []
        self._numbers: dict[str, bytes] = {}
        self._counts: dict[str, int] = {}

    def __len__(self) -> int:
        return sum(self._counts.values())

    def __contains__(self, bucket_id: bytes) -> bool:
        return self._find(bucket_id) >= 0

    def __iter__(self) -> Iterator[bytes]:
        for row in map(self._rows.__getitem__, self._places()):
            for at in range(0, len(row), _ENTRY_BYTES):
                yield row[at : at + ID_BYTES]

    def get(self, bucket_id: bytes) -> str | None:
        at = self._find(bucket_id)
        return None if at < 0 else self._name(self._rows[_row(bucket_id)], at)

    def count(self, shard: str) -> int:
        """How many ids are in a shard."""
        return self._counts.get(shard, 0)

    def put(self, bucket_ids: Iterable[bytes], shard: str) -> None:
        """These are in ``shard`` from now on, wherever they were. Raises ValueError for an id of another length."""
        number = self._number(shard)
        for bucket_id in bucket_ids:
            if len(bucket_id) != ID_BYTES:
                raise ValueError(f"bucket id of {len(bucket_id)} bytes; {ID_BYTES} are right")
            row = _row(bucket_id)
            if bucket_id in self._rows[row] and (at := self._find(bucket_id)) >= 0:
                self._cut(row, at)
            self._rows[row] += bucket_id + number
            self._used[row] = 1
            self._counts[shard] = self._counts.get(shard, 0) + 1

    def forget(self, bucket_ids: Iterable[bytes]) -> None:
        """These are in no shard from now on; what was in none is no error."""
        for bucket_id in bucket_ids:
            if (at := self._find(bucket_id)) >= 0:
                self._cut(_row(bucket_id), at)

    def fit(self, bucket_ids: Collection[bytes], shard: str) -> None:
        """These alone are in ``shard`` from now on, all of which were there if any was. Goes through all there are
        where more were."""
        if self.count(shard) != len(bucket_ids):
            self.drop(shard)
            self.put(bucket_ids, shard)

    def drop(self, shard: str) -> None:
        """Forgets every id of a shard. Goes through all there are."""
        if not self.count(shard):
            return
        number = self._number(shard)
        for place in self._places():
            row = self._rows[place]
            if number in row:
                for at in range(len(row) - _ENTRY_BYTES, -1, -_ENTRY_BYTES):
                    if row[at + ID_BYTES : at + _ENTRY_BYTES] == number:
                        self._cut(place, at)

    # --- inside ---

    def _places(self) -> Iterator[int]:
        """Of the rows that may hold anything, in order."""
        place = self._used.find(1)
        while place >= 0:
            yield place
            place = self._used.find(1, place + 1)

    def _find(self, bucket_id: bytes) -> int:
        if len(bucket_id) != ID_BYTES:
            return -1
        row = self._rows[_row(bucket_id)]
        at = row.find(bucket_id)
        while at >= 0 and at % _ENTRY_BYTES:
            at = row.find(bucket_id, at + 1)
        return at

    def _cut(self, place: int, at: int) -> None:
        row = self._rows[place]
        self._counts[self._name(row, at)] -= 1
        self._rows[place] = row[:at] + row[at + _ENTRY_BYTES :]

    def _name(self, row: bytes, at: int) -> str:
        return self._names[int(_NUMBER.unpack_from(row, at + ID_BYTES)[0])]

    def _number(self, shard: str) -> bytes:
        if shard not in self._numbers:
            self._numbers[shard] = _NUMBER.pack(len(self._names))
            self._names.append(shard)
        return self._numbers[shard]


def _row(bucket_id: bytes) -> int:
    return bucket_id[0] << 8 | bucket_id[1]
