"""What is to be known of how a camera is read, on its way from its process to a page. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.core.messages import CATALOGUE, CodedMessage
from appliance.core.model import MOST_NOTES, CameraNote

__all__ = ["cleaned_notes", "kept_notes", "printable"]

_LONGEST = 200
_LONGEST_SENT = 100


def kept_notes(notes: Iterable[CodedMessage]) -> tuple[CameraNote, ...]:
    """The first few, short enough for any message."""
    kept = [
        CameraNote(note.code, {name: str(value)[:_LONGEST_SENT] for name, value in note.values.items()})
        for note in notes
    ]
    return tuple(kept[:MOST_NOTES])


def cleaned_notes(notes: Iterable[CameraNote]) -> tuple[CameraNote, ...]:
    """Of a process that may lie: notes about cameras that the catalogue has, with short, printable words."""
    known = [note for note in notes if note.code.startswith("camera-note-") and note.code in CATALOGUE]
    return tuple(
        CameraNote(note.code, {name[:20]: printable(value) for name, value in note.values.items()})
        for note in known[:MOST_NOTES]
    )


def printable(text: str) -> str:
    """Of a process that may lie: short, and in one line."""
    return "".join(character if character.isprintable() else " " for character in text)[:_LONGEST].strip()
