#!/usr/bin/env python3
"""Verifies a ledger of the office recorder. Needs Python 3.11, the package ``cryptography``, and this file alone.

    verify_ledger.py LEDGER --key VKEY [--key VKEY ...] [--checkpoint FILE ...] [--extract FILE ...] [--json]

LEDGER is the file ledger.log or a copy of it. VKEY is the line printed at set-up (name+id+key), or a file that holds
such lines; each key that is given must be in force somewhere in the ledger. A checkpoint is a head that was kept
outside the box: only with one can a ledger be caught that was rewritten as a whole, and only with one that the newest
key signed, if an older key was stolen. An extract is one entry under a signature, such as a daily statement. Exit
status: 0 all good, 1 something is wrong, 2 wrong use. The format is docs/spec/ledger.md.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import mmap
import os
import re
import struct
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEAD = struct.Struct(">II")
MAX_ENTRY_BYTES = 1 << 20
MAX_NOTE_BYTES = 1 << 16
MAX_DEPTH = 64
MAX_INT = (1 << 63) - 1
ACT = re.compile(r"[ -~]{1,64}")
COMMIT = re.compile(r"[0-9a-f]{64}")
MAX_PROBLEMS = 20
ED25519 = 1


class Wrong(Exception):
    """Something does not verify; the message is a plain sentence."""


# --- keys, notes, checkpoints ---


class Key(NamedTuple):
    name: str
    key_id: bytes
    public: bytes

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([ED25519]) + self.public).decode()}"


def parse_key(line: str) -> Key:
    try:
        name, key_id, encoded = line.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise Wrong(f"{line.strip()!r} is no key: it must look like name+id+key.") from error
    digest = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[0] != ED25519 or not good_name(name) or digest.hex() != key_id:
        raise Wrong(f"{line.strip()!r} is no Ed25519 key, or was not copied whole.")
    return Key(name, digest, raw[1:])


def good_name(name: str) -> bool:
    return bool(name) and "+" not in name and name.isprintable() and not any(map(str.isspace, name))


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...]


def parse_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a signed note and its (name, key id and signature) lines."""
    text, blank, lines = note.rpartition("\n\n")
    text += "\n"
    controls = any(ord(letter) < 0x20 and letter != "\n" for letter in note)
    if len(note) > MAX_NOTE_BYTES or not blank or not lines.endswith("\n") or controls:
        raise Wrong("it is not a signed note")
    signatures = []
    for line in lines[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        try:
            signature = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise Wrong("a signature line of it is malformed") from error
        if dash != "\u2014" or not good_name(name) or len(signature) < 5:
            raise Wrong("a signature line of it is malformed")
        signatures.append((name, signature))
    return text, signatures


def signed_by(key: Key, text: str, signatures: Iterable[tuple[str, bytes]]) -> bool:
    """Whether ``key`` signed ``text``; a wrong signature in its name is Wrong."""
    found = False
    for name, signature in signatures:
        if (name, signature[:4]) == (key.name, key.key_id):
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], text.encode())
            except InvalidSignature as error:
                raise Wrong(f"its signature by {key.name} does not verify") from error
            found = True
    return found


def parse_checkpoint(text: str) -> Checkpoint:
    origin, *rest = text.removesuffix("\n").split("\n")
    if len(rest) < 2 or not all((origin, *rest)):
        raise Wrong("it is not a checkpoint")
    size, root, *extensions = rest
    if not (size.isascii() and size.isdigit()) or (size[0] == "0" and size != "0") or len(size) > 19:
        raise Wrong("its size is no decimal number")
    try:
        raw = base64.b64decode(root, validate=True)
    except ValueError as error:
        raise Wrong("its root is not base64") from error
    if len(raw) != 32 or base64.b64encode(raw).decode() != root:
        raise Wrong("its root is not the base64 of 32 bytes")
    return Checkpoint(origin, int(size), raw, tuple(extensions))


class Extract(NamedTuple):
    """One entry of a ledger, word for word, as a signed note has it."""

    origin: str
    index: int  # type: ignore[assignment]
    entry: bytes


def parse_extract(text: str) -> Extract:
    lines = text.split("\n")
    number = lines[2].removeprefix("entry ") if len(lines) == 5 else ""
    whole = len(lines) == 5 and lines[0] == "office-recorder/extract/v1" and lines[3] and not lines[4]
    if not whole or lines[2] != f"entry {number}":
        raise Wrong("it is not an extract")
    if not (number.isascii() and number.isdigit() and len(number) <= 19 and str(int(number)) == number):
        raise Wrong("it names no entry")
    return Extract(lines[1], int(number), lines[3].encode())


# --- the file, the tree ---


def entries(data: mmap.mmap | bytes) -> Iterator[tuple[int, bytes]]:
    """(byte offset, entry) of every entry; Wrong at the first that is not whole."""
    at, size, index = 0, len(data), 0
    while at < size:
        start = at + HEAD.size
        length, crc = HEAD.unpack_from(data, at) if start <= size else (0, 0)
        if start > size or (0 < length <= MAX_ENTRY_BYTES and start + length > size):
            raise Wrong(
                f"The file ends in the middle of entry {index}, at byte {at}: it was cut off, "
                "or copied while that entry was being written; then copy it again."
            )
        entry = data[start : start + length]
        if not 0 < length <= MAX_ENTRY_BYTES or zlib.crc32(entry) != crc:
            raise Wrong(f"Entry {index}, at byte {at}, is damaged; nothing from there on can be checked.")
        yield at, entry
        at, index = start + length, index + 1


class Tree:
    """The right edge of the RFC 6962 tree."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []

    def append(self, entry: bytes) -> None:
        size, found, peaks = 1, hashlib.sha256(b"\0" + entry).digest(), self._peaks
        while peaks and peaks[-1][0] == size:
            found = hashlib.sha256(b"\1" + peaks.pop()[1] + found).digest()
            size *= 2
        peaks.append((size, found))
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return hashlib.sha256().digest()
        *others, (_, found) = self._peaks
        for _, peak in reversed(others):
            found = hashlib.sha256(b"\1" + peak + found).digest()
        return found


# --- the verification ---


@dataclass
class Report:
    """What was found. ``problems`` make the ledger not good; ``warnings`` are for a person to judge."""

    entries: int = 0
    root: str = ""
    keys: list[str] = field(default_factory=list)
    checkpoints: list[dict[str, object]] = field(default_factory=list)
    extracts: list[dict[str, object]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.problems


class _Keys:
    """Which key signs checkpoints of which sizes. The first must be given; the others are vouched for by entries.

    Several that are given are keys of one ledger, so each must come into force in it: else whoever stole an old one
    could drop the change away from it, and have it vouch for a past of their own.
    """

    def __init__(self, given: list[Key]) -> None:
        self.given = given
        self.ranges: list[tuple[int, Key]] = [(0, given[0])] if len(given) == 1 else []

    def change(self, index: int, root: bytes, entry: dict[str, object]) -> None:
        old, new = parse_key(str(entry.get("old"))), parse_key(str(entry.get("new")))
        if old.name != new.name:
            raise Wrong("its two keys have different names")
        if not self.ranges and old in self.given:
            self.ranges = [(0, old)]
        if not self.ranges or self.ranges[-1][1] != old:
            raise Wrong("its old key is not the one in force, or not among the keys given")
        if new in (key for _, key in self.ranges):
            raise Wrong("its new key was in force before")
        text, signatures = parse_note(str(entry.get("note")))
        if not signed_by(old, text, signatures):
            raise Wrong("the old key did not sign it")
        if parse_checkpoint(text) != Checkpoint(old.name, index, root, (f"next {new}",)):
            raise Wrong("the old key signed another change than this")
        self.ranges.append((index + 1, new))

    def for_size(self, size: int) -> Key:
        return next(key for start, key in reversed(self.ranges) if start <= size)

    def since_size(self, size: int) -> list[Key]:
        """The key in force at ``size``, and those after it."""
        return [key for start, key in self.ranges if start >= size or key == self.for_size(size)]

    def strangers(self) -> list[Key]:
        """The keys given that are nowhere in force, once every entry was read."""
        if not self.ranges:
            self.ranges = [(0, self.given[0])]
        return [key for key in self.given if key not in (found for _, found in self.ranges)]

    @property
    def newest(self) -> Key:
        return self.ranges[-1][1]


def check_entry(entry: bytes) -> dict[str, object]:
    """The entry as a map; Wrong if it is no entry in canonical form. The recorder refuses exactly the same."""
    try:
        found = DECODE(entry.decode())
        again = ENCODE(found).encode()
    except (ValueError, RecursionError) as error:
        raise Wrong("is no JSON") from error
    if not isinstance(found, dict) or type(found.get("at")) is not int or not isinstance(found.get("kind"), str):
        raise Wrong("has no time or no kind")
    check_names(found)
    if again != entry:
        raise Wrong("is not in canonical form")
    check_value(found, 1)
    return found


def check_names(found: dict[str, object]) -> None:
    """The names that an entry of any kind has the same way."""
    act, commit = found.get("act"), found.get("commit")
    if "act" in found and not (isinstance(act, str) and ACT.fullmatch(act)):
        raise Wrong("has an act that is not 1 to 64 printable ASCII characters")
    if "commit" in found and not ("act" in found and isinstance(commit, str) and COMMIT.fullmatch(commit)):
        raise Wrong("has a commit that is not 64 lower-case digits beside an act")
    for name in ("case", "number"):
        if name in found and type(found[name]) not in (str, int):
            raise Wrong(f"has a {name} that is neither text nor a whole number")
    for name in ("doc_no", "leaves"):
        if name in found and not isinstance(found[name], str):
            raise Wrong(f"has a {name} that is no text")
    if not isinstance(found.get("former"), (str, type(None))):
        raise Wrong("has a former that is neither text nor null")


def check_value(value: object, depth: int) -> None:
    if isinstance(value, (dict, list)):
        if depth > MAX_DEPTH:
            raise Wrong(f"is nested more than {MAX_DEPTH} deep")
        for inner in value.values() if isinstance(value, dict) else value:
            check_value(inner, depth + 1)
    elif isinstance(value, int) and not -MAX_INT <= value <= MAX_INT:
        raise Wrong("has a whole number beyond 64 bits")


def _no_fraction(text: str) -> float:
    raise ValueError(text)


DECODE = json.JSONDecoder(parse_float=_no_fraction, parse_constant=_no_fraction).decode
ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def verify(
    data: mmap.mmap | bytes,
    keys: list[Key],
    heads: list[tuple[str, str]],
    extracts: list[tuple[str, str]] | None = None,
) -> Report:
    """Verifies a ledger's bytes against the keys given and any number of heads and extracts, (name, note) each."""
    report, tree, ranges = Report(), Tree(), _Keys(keys)
    notes = _read_heads(heads, report)
    taken = _read_extracts(extracts or [], report)
    there: dict[int, bytes | None] = {extract.index: None for _, extract, _, _ in taken}
    wanted: dict[int, bytes] = {checkpoint.size: b"" for _, checkpoint, _, _ in notes}
    if 0 in wanted:
        wanted[0] = tree.root()
    acts: dict[str, int] = {}
    last_at = 0
    try:
        for _, entry in entries(data):
            index = tree.size
            try:
                found = check_entry(entry)
                at, kind, act = found["at"], found["kind"], found.get("act")
                if at < last_at and len(report.warnings) < MAX_PROBLEMS:  # type: ignore[operator]
                    report.warnings.append(f"Entry {index} is dated before the one before it: the clock was set back.")
                last_at = at  # type: ignore[assignment]
                if act is not None and acts.setdefault(act, index) != index:
                    report.problems.append(f"Entry {index} repeats the act of entry {acts[act]}.")
                if kind == "ledger.key":
                    ranges.change(index, tree.root(), found)
                if kind == "ledger.restored":
                    check_restored(found, index, tree.root())
            except Wrong as error:
                what = "is a key change that does not verify: " if b'"kind":"ledger.key"' in entry else ""
                report.problems.append(f"Entry {index} {what}{error}.")
                if len(report.problems) > MAX_PROBLEMS:
                    raise Wrong("There are more problems than are listed.") from error
            if index in there:
                there[index] = bytes(entry)
            tree.append(entry)
            if tree.size in wanted:
                wanted[tree.size] = tree.root()
    except Wrong as error:
        report.problems.append(str(error))
    report.entries, report.root = tree.size, base64.b64encode(tree.root()).decode()
    for key in ranges.strangers():
        report.problems.append(
            f"The key {key} was given and is never in force: its key change was taken out, or it is another ledger's."
        )
    signed_now = 0
    for name, checkpoint, text, signatures in notes:
        try:
            _check_head(checkpoint, wanted[checkpoint.size], text, signatures, ranges, tree.size)
        except Wrong as error:
            report.problems.append(f"Checkpoint {name} over {checkpoint.size} entries: {error}.")
        else:
            report.checkpoints.append({"file": name, "size": checkpoint.size})
            if ranges.for_size(checkpoint.size) == ranges.newest:
                signed_now = max(signed_now, checkpoint.size)
    for name, extract, text, signatures in taken:
        try:
            _check_extract(extract, there[extract.index], text, signatures, ranges)
        except Wrong as error:
            report.problems.append(f"Extract {name} of entry {extract.index}: {error}.")
        else:
            report.extracts.append({"file": name, "entry": extract.index})
    report.keys = [f"{key} from size {start}" for start, key in ranges.ranges]
    if not any(found["size"] for found in report.checkpoints):
        report.warnings.append(
            "No checkpoint from outside over any entry was given: a ledger rewritten as a whole would not be noticed."
        )
    elif not signed_now:
        report.warnings.append(
            f"No checkpoint by the key in force now, {ranges.newest}, was given: whoever has an older key could have "
            "rewritten everything."
        )
    return report


def check_restored(entry: dict[str, object], index: int, root: bytes) -> None:
    size = entry.get("size")
    if type(size) is not int or (size, entry.get("root")) != (index, root.hex()):
        raise Wrong("says it continues a restored ledger, but names another head")


def _read_heads(
    heads: list[tuple[str, str]], report: Report
) -> list[tuple[str, Checkpoint, str, list[tuple[str, bytes]]]]:
    notes = []
    for name, note in heads:
        try:
            text, signatures = parse_note(note)
            notes.append((name, parse_checkpoint(text), text, signatures))
        except Wrong as error:
            report.problems.append(f"Checkpoint {name}: {error}.")
    return notes


def _read_extracts(
    extracts: list[tuple[str, str]], report: Report
) -> list[tuple[str, Extract, str, list[tuple[str, bytes]]]]:
    taken = []
    for name, note in extracts:
        try:
            text, signatures = parse_note(note)
            taken.append((name, parse_extract(text), text, signatures))
        except Wrong as error:
            report.problems.append(f"Extract {name}: {error}.")
    return taken


def _check_extract(
    extract: Extract, entry: bytes | None, text: str, signatures: list[tuple[str, bytes]], keys: _Keys
) -> None:
    able = keys.since_size(extract.index + 1)
    signers = [key for key in able if signed_by(key, text, signatures)]
    if not signers:
        raise Wrong(f"it is signed by none of the keys that were in force then or later, {able[0]}")
    if extract.origin != able[0].name:
        raise Wrong(f"it is of another ledger, {extract.origin}")
    if entry is None:
        raise Wrong("the ledger has no such entry")
    if extract.entry != entry:
        raise Wrong("the ledger says something else there")


def _check_head(
    checkpoint: Checkpoint,
    root: bytes,
    text: str,
    signatures: list[tuple[str, bytes]],
    keys: _Keys,
    size: int,
) -> None:
    key = keys.for_size(checkpoint.size)
    if not signed_by(key, text, signatures):
        raise Wrong(f"it is not signed by the key that was in force then, {key}")
    if checkpoint.origin != key.name:
        raise Wrong(f"it is of another ledger, {checkpoint.origin}")
    if checkpoint.size > size:
        raise Wrong(f"the ledger has only {size}, so its end was cut off or is damaged")
    if checkpoint.root != root:
        raise Wrong("the ledger was changed among them")


# --- the command line ---


def read_keys(arguments: list[str]) -> list[Key]:
    keys: list[Key] = []
    for argument in arguments:
        if os.path.exists(argument):
            with open(argument, encoding="utf-8") as file:
                keys += [parse_key(line) for line in file if line.strip()]
        else:
            keys.append(parse_key(argument))
    return keys


def read_notes(names: list[str]) -> list[tuple[str, str]]:
    notes = []
    for name in names:
        with open(name, encoding="utf-8", newline="\n") as file:
            notes.append((name, file.read()))
    return notes


def show(report: Report) -> None:
    print(f"entries      {report.entries}")
    print(f"root         {report.root}")
    for key in report.keys:
        print(f"key          {key}")
    for found in report.checkpoints:
        print(f"checkpoint   {found['file']} over {found['size']} entries: agrees")
    for found in report.extracts:
        print(f"extract      {found['file']} is entry {found['entry']}, word for word")
    for sentence in report.warnings:
        print(f"note         {sentence}")
    for sentence in report.problems:
        print(f"WRONG        {sentence}")
    print("ALL GOOD" if report.good else "NOT GOOD")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verifies a ledger of the office recorder.")
    parser.add_argument("ledger", help="the file ledger.log or a copy of it")
    parser.add_argument("--key", action="append", required=True, help="name+id+key, or a file with such lines")
    parser.add_argument("--checkpoint", action="append", default=[], help="a head kept outside the box")
    parser.add_argument("--extract", action="append", default=[], help="a signed extract, such as a daily statement")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    options = parser.parse_args(arguments)
    try:
        keys = read_keys(options.key)
        if not keys:
            raise Wrong("No key was given: the file named holds none.")
        heads, extracts = read_notes(options.checkpoint), read_notes(options.extract)
        with open(options.ledger, "rb") as file:
            empty = os.fstat(file.fileno()).st_size == 0
            data = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            report = verify(data, keys, heads, extracts)
    except (OSError, UnicodeDecodeError, Wrong) as error:
        print(f"verify_ledger.py: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({"good": report.good, **asdict(report)}, ensure_ascii=False, indent=2))
    else:
        show(report)
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
