"""Signed extracts: an entry word for word, checked by the package and by the stand-alone verifier alike."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import Broken, Damaged, NotFound
from appliance.ledger.checkpoint import Checkpoint, VerifierKey, open_checkpoint, sign_note
from appliance.ledger.extract import HEADING, MAX_EXTRACT_BYTES, Extract, open_extract
from appliance.ledger.log import Ledger
from tests.faults.memory_fs import MemoryFs
from tests.ledger.box import NEXT_KEY, ORIGIN, PATH, SIGNING_KEY, THIRD_KEY, VKEY, load_verifier, open_ledger

verifier = load_verifier()


def judge(data: bytes, *extracts: str) -> Any:
    return verifier.verify(data, [verifier.parse_key(VKEY)], [], [(f"e{n}", e) for n, e in enumerate(extracts)])


def filled(ledger: Ledger) -> None:
    for number in range(5):
        ledger.append("gap.noted", {"camera_no": f"監視器 {number}", "cause": "訊號中斷 \u2028\u0007"})


def test_an_extract_is_the_entry_word_for_word_and_both_verifiers_agree() -> None:
    with open_ledger(fs := MemoryFs("/k")) as ledger:
        filled(ledger)
        notes = [ledger.extract(index) for index in range(5)]
        for index, note in enumerate(notes):
            assert ledger.check_extract(note) == (ORIGIN, index, ledger.entry(index).raw)
    report = judge(fs.read(PATH), *notes)
    assert (report.problems, [found["entry"] for found in report.extracts]) == ([], [0, 1, 2, 3, 4])
    assert open_extract(notes[2], [VerifierKey.parse(VKEY)])[0].index == 2, "the key alone is enough for the signature"


def test_it_cannot_be_taken_for_a_head_nor_a_head_for_it() -> None:
    with open_ledger(MemoryFs("/k")) as ledger:
        filled(ledger)
        keys = [VerifierKey.parse(VKEY)]
        with pytest.raises(Damaged, match="no decimal number"):
            open_checkpoint(ledger.extract(1), keys)
        with pytest.raises(Damaged, match="not the four lines"):
            open_extract(ledger.checkpoint(), keys)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADING}\n{ORIGIN}\nentry 1\n",
        f"{HEADING}\n{ORIGIN}\nentry 1\n\n",
        f"{HEADING}\n{ORIGIN}\nentry 01\n{{}}\n",
        f"{HEADING}\n{ORIGIN}\nentry -1\n{{}}\n",
        f"{HEADING}\n{ORIGIN}\nentry ²\n{{}}\n",
        f"{HEADING}\n{ORIGIN}\nentry 1\n{{}}\nmore\n",
        f"{HEADING}\n{ORIGIN}\nentry {'9' * 30}\n{{}}\n",
        f"office-recorder/extract/v2\n{ORIGIN}\nentry 1\n{{}}\n",
        Checkpoint(ORIGIN, 1, b"r" * 32).text(),
    ],
)
def test_what_is_no_extract_is_refused_by_both(text: str) -> None:
    with pytest.raises(Damaged):
        Extract.parse(text)
    with open_ledger(fs := MemoryFs("/k")) as ledger:
        filled(ledger)
    assert judge(fs.read(PATH), sign_note(text, ORIGIN, SIGNING_KEY)).problems


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("監視器 2", "監視器 9"), "something else"),
        (("entry 2", "entry 3"), "something else"),
        (("entry 2", "entry 99"), "no such entry"),
        ((ORIGIN, "office.example/other"), "another ledger"),
    ],
)
def test_an_untrue_extract_is_found_even_under_the_live_key(change: tuple[str, str], says: str) -> None:
    with open_ledger(fs := MemoryFs("/k")) as ledger:
        filled(ledger)
        text = ledger.extract(2).rpartition("\n\n")[0] + "\n"
        forged = sign_note(text.replace(*change), ORIGIN, SIGNING_KEY)
        with pytest.raises(Damaged, match=r"the ledger says something else|it is of"):
            ledger.check_extract(forged)
    assert says in judge(fs.read(PATH), forged).problems[0]


@pytest.mark.parametrize("index", [5, 99])
def test_an_extract_of_no_entry_agrees_with_no_ledger(index: int) -> None:
    """An empty body is not what a ledger has where it has nothing."""
    with open_ledger(fs := MemoryFs("/k")) as ledger:
        filled(ledger)
        forged = sign_note(f"{HEADING}\n{ORIGIN}\nentry {index}\n\n", ORIGIN, SIGNING_KEY)
        with pytest.raises(Damaged, match="not the four lines"):
            ledger.check_extract(forged)
    report = judge(fs.read(PATH), forged)
    assert (len(report.problems), report.extracts) == (1, [])


def test_an_altered_extract_does_not_verify() -> None:
    with open_ledger(fs := MemoryFs("/k")) as ledger:
        filled(ledger)
        altered = ledger.extract(2).replace("監視器 2", "監視器 9")
        with pytest.raises(Damaged, match="does not verify"):
            ledger.check_extract(altered)
    assert "does not verify" in judge(fs.read(PATH), altered).problems[0]


def test_a_key_that_was_out_of_force_signs_no_extract_of_what_came_after() -> None:
    with open_ledger(fs := MemoryFs("/k")) as ledger:
        filled(ledger)
        early = ledger.extract(1)
        ledger.change_key(NEXT_KEY)
        filled(ledger)
        ledger.change_key(THIRD_KEY)
        late_of_early, late = ledger.extract(1), ledger.extract(7)
        assert [ledger.check_extract(note).index for note in (early, late_of_early, late)] == [1, 1, 7]
        text = late.rpartition("\n\n")[0] + "\n"
        stolen = sign_note(text, ORIGIN, SIGNING_KEY)
        with pytest.raises(Damaged, match="out of force"):
            ledger.check_extract(stolen)
    assert judge(fs.read(PATH), early, late_of_early, late).good
    assert "none of the keys" in judge(fs.read(PATH), stolen).problems[0]


def test_what_is_too_long_for_a_note_is_said_and_what_is_not_there_too() -> None:
    with open_ledger(MemoryFs("/k")) as ledger:
        ledger.append("gap.noted", {"cause": "長" * (MAX_EXTRACT_BYTES // 3)})
        with pytest.raises(Broken, match="an extract holds"):
            ledger.extract(0)
        with pytest.raises(NotFound):
            ledger.extract(1)


def test_the_command_checks_an_extract(tmp_path: Path) -> None:
    with open_ledger(fs := MemoryFs("/k")) as ledger:
        filled(ledger)
        note = ledger.extract(3)
    (tmp_path / "ledger.log").write_bytes(fs.read(PATH))
    (tmp_path / "day.statement").write_text(note, encoding="utf-8")
    command = [sys.executable, str(Path(__file__).parents[2] / "deploy/verify_ledger.py"), "ledger.log", "--key", VKEY]
    done = subprocess.run(
        [*command, "--extract", "day.statement"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "extract      day.statement is entry 3, word for word" in done.stdout
    signature = base64.b64encode(b"x" * 70).decode()
    (tmp_path / "day.statement").write_text(note.replace(note.split()[-1], signature), encoding="utf-8")
    done = subprocess.run(
        [*command, "--extract", "day.statement"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Extract day.statement of entry 3" in done.stdout
