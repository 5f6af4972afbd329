"""Signed notes, keys and checkpoints against vectors, most of which must be refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import Damaged, UsageError
from appliance.ledger.checkpoint import (
    Checkpoint,
    VerifierKey,
    open_checkpoint,
    open_note,
    sign_checkpoint,
    sign_note,
    vkey,
)
from tests.ledger.box import NEXT_KEY, ORIGIN, SIGNING_KEY, VKEY, load_verifier

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/ledger/notes.json").read_text(encoding="utf-8"))


def case_ids(case: dict[str, Any]) -> str:
    return str(case["what"])


@pytest.mark.parametrize("case", VECTORS["notes"], ids=case_ids)
def test_note(case: dict[str, Any]) -> None:
    keys = [VerifierKey.parse(line) for line in case["keys"]]
    if case["opens"]:
        text, signers = open_note(case["note"], keys)
        assert case["note"].startswith(text + "\n")
        assert signers == keys
    else:
        with pytest.raises(Damaged, match=r"^signed note: "):
            open_note(case["note"], keys)


@pytest.mark.parametrize("case", VECTORS["notes"], ids=case_ids)
def test_note_in_the_stand_alone_verifier(case: dict[str, Any]) -> None:
    verifier = load_verifier()
    try:
        text, signatures = verifier.parse_note(case["note"])
        signed = [verifier.signed_by(verifier.parse_key(line), text, signatures) for line in case["keys"]]
        opens = any(signed)
    except verifier.Wrong:
        opens = False
    assert opens == case["opens"]


@pytest.mark.parametrize("case", VECTORS["vkeys"], ids=case_ids)
def test_vkey(case: dict[str, Any]) -> None:
    verifier = load_verifier()
    if case["parses"]:
        assert str(VerifierKey.parse(case["vkey"])) == str(verifier.parse_key(case["vkey"])) == case["vkey"].strip()
    else:
        with pytest.raises(UsageError, match=r"^verifier key "):
            VerifierKey.parse(case["vkey"])
        with pytest.raises(verifier.Wrong):
            verifier.parse_key(case["vkey"])


@pytest.mark.parametrize("case", VECTORS["checkpoints"], ids=case_ids)
def test_checkpoint_text(case: dict[str, Any]) -> None:
    verifier = load_verifier()
    if case["parses"]:
        assert Checkpoint.parse(case["text"]).text() == case["text"]
        assert tuple(verifier.parse_checkpoint(case["text"])) == tuple(Checkpoint.parse(case["text"]))
    else:
        with pytest.raises(Damaged, match=r"^checkpoint: "):
            Checkpoint.parse(case["text"])
        with pytest.raises(verifier.Wrong):
            verifier.parse_checkpoint(case["text"])


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32), st.lists(st.sampled_from(["x", "next y"])))
def test_a_signed_checkpoint_opens_as_it_was(size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root, tuple(extensions))
    key = VerifierKey.parse(VKEY)
    other = vkey(ORIGIN, NEXT_KEY.public_key())
    note = sign_checkpoint(checkpoint, SIGNING_KEY)
    assert open_checkpoint(note, [other, key]) == (checkpoint, [key])
    with pytest.raises(Damaged, match="none of the known keys"):
        open_checkpoint(note, [other])


@given(st.data())
def test_no_altered_checkpoint_opens(data: st.DataObject) -> None:
    note = sign_checkpoint(Checkpoint(ORIGIN, 7, bytes(32)), SIGNING_KEY)
    place = data.draw(st.integers(0, len(note) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda letter: letter != note[place]))
    with pytest.raises(Damaged):
        open_checkpoint(note[:place] + letter + note[place + 1 :], [VerifierKey.parse(VKEY)])


def test_a_note_longer_than_the_limit_is_refused() -> None:
    note = sign_note("x" * 70_000 + "\n", ORIGIN, SIGNING_KEY)
    with pytest.raises(Damaged, match="longer than"):
        open_note(note, [VerifierKey.parse(VKEY)])


@pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\tname", "a\nb"])
def test_a_key_cannot_have_a_name_that_no_note_can_hold(name: str) -> None:
    with pytest.raises(UsageError, match="must not be empty nor hold a space or a plus"):
        vkey(name, SIGNING_KEY.public_key())


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "return\r\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    with pytest.raises(ValueError, match="must end in a newline"):
        sign_note(text, ORIGIN, SIGNING_KEY)
