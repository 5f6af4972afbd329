"""``docs/spec/ledger.md`` against the code: its table of kinds, its example, its numbers."""

from __future__ import annotations

import re
from pathlib import Path

from appliance.ledger.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from appliance.ledger.entry import MAX_ENTRY_BYTES
from appliance.ledger.kinds import KINDS
from appliance.ledger.tree import Tree, leaf_hash
from appliance.rules.cases.judging import TABLES
from appliance.rules.registers.tables import REGISTERS
from appliance.storage.journal import pack_entry
from tests.ledger.box import ORIGIN, load_verifier

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "docs/spec/ledger.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z]+\.[a-z]+)` \| ([^|]+) \| ?([^|]*?) ?\|", re.MULTILINE)


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", SPEC, re.DOTALL)
    assert found
    return found[1]


def test_every_kind_has_its_row_and_no_row_is_stale() -> None:
    assert {kind: summary for kind, summary, _ in ROW.findall(SPEC)} == dict(KINDS)
    assert len(ROW.findall(SPEC)) == len(KINDS)


def test_not_written_yet_is_true() -> None:
    """When code enters a kind, its row in the table gets the fields in place of the words *not written yet*.

    The kinds of a case's steps, and of a register's, are entered as their tables name them.
    """
    only_named = (ROOT / "appliance/ledger/kinds.py", *(ROOT / "appliance/rules").rglob("*.py"))
    code = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "appliance").rglob("*.py") if path not in only_named
    )
    of_cases = {row.kind for rows in TABLES.values() for row in rows}
    of_cases |= {register.kind for register in REGISTERS.values()}
    for kind, _, fields in ROW.findall(SPEC):
        elsewhere = kind in of_cases | {"ledger.key", "ledger.restored", "record.erased"}
        assert (f'"{kind}"' in code or elsewhere) == (fields != "not written yet"), (
            f"{kind}: docs/spec/ledger.md says {fields!r}; give its row the fields that are entered"
        )


def test_the_example_verifies() -> None:
    entries = [line.encode() for line in block("json").splitlines()]
    tree = Tree(lambda start, end: [])
    for entry in entries:
        tree.append(leaf_hash(entry))
    note, line = block("checkpoint"), block("vkey").strip()
    key = VerifierKey.parse(line)
    assert open_checkpoint(note, [key]) == (Checkpoint(ORIGIN, 2, tree.root()), [key])
    verifier = load_verifier()
    report = verifier.verify(b"".join(map(pack_entry, entries)), [verifier.parse_key(line)], [("the head", note)])
    assert (report.problems, report.warnings, report.entries) == ([], [], 2)


def test_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"1 to {MAX_ENTRY_BYTES:,} bytes of body here" in SPEC
