"""Changes the product rule by rule and says whether the rule's tests notice.

    python -m tests.mutations                     a sample, by the seed of the commit
    python -m tests.mutations --seed 7            that of another seed
    python -m tests.mutations --rows AT-40 D-04   those of these rules
    python -m tests.mutations --long              all of them
    python -m tests.mutations --long --at-once 2  two at a time

The tests run over copies of the tree, one for each that runs at a time. Exits with 1 when one is not caught, or a test
that is named does not pass before anything is changed.
"""

from __future__ import annotations

import argparse
import queue
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutations.running import CAUGHT, Copy, check, sound
from tests.mutations.table import STRANGER, Mutation, mutations
from tests.sampling import Sample, seed_of_commit

SAMPLE = 12
"""So many of a run that does not take all: they take less than three minutes on two cores."""


def chosen(rows: list[str], seed: int | None, *, whole: bool) -> list[Mutation]:
    table = mutations()
    every = [each for rule in (rows or table) for each in table[rule]]
    if rows or whole:
        return every
    sample = Sample(seed_of_commit() if seed is None else seed, whole=False)
    turns = max(1, len(every) // SAMPLE)
    return [each for number, each in enumerate(every) if sample.takes(number, turns)]


def checked(copies: list[Copy], wanted: list[Mutation]) -> Iterator[tuple[Mutation, str]]:
    """Each with what came of it, in their order; as many at a time as there are copies."""
    free: queue.Queue[Copy] = queue.Queue()
    for copy in copies:
        free.put(copy)

    def run(mutation: Mutation) -> tuple[Mutation, str]:
        copy = free.get()
        try:
            return mutation, check(copy, mutation)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as threads:
        yield from threads.map(run, wanted)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", nargs="*", default=[], metavar="RULE")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--long", action="store_true", help="all of them, not a sample")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="so many at a time")
    parser.add_argument("--directory", help="where the copies are made; default: a temporary one")
    options = parser.parse_args()
    if unknown := set(options.rows) - set(mutations()):
        parser.error(f"no mutation of {', '.join(sorted(unknown))}; tests/mutations/table.toml has them")
    wanted = chosen(options.rows, options.seed, whole=options.long)
    made = Path(tempfile.mkdtemp(prefix="mutations-", dir=options.directory))
    try:
        copies = [Copy(made / f"tree{number}") for number in range(max(1, options.at_once))]
        broken = sound(copies[0], wanted)
        for line in broken:
            print(f"does not pass over the product as it is: {line}", flush=True)
        began, missed = time.monotonic(), 0
        for each, outcome in checked(copies, wanted):
            missed += outcome != CAUGHT
            print(f"{outcome if outcome == CAUGHT else outcome.upper()}  {each}", flush=True)
        print(f"{len(wanted) - missed} of {len(wanted)} caught, of {len({each.rule for each in wanted})} rules,"
              f" {sum(each.by == STRANGER for each in wanted)} written by a stranger to the tests,"
              f" in {time.monotonic() - began:.0f} s")  # fmt: skip
    finally:
        shutil.rmtree(made)
    return 1 if missed or broken else 0


if __name__ == "__main__":
    sys.exit(main())
