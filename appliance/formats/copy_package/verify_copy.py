#!/usr/bin/env python3
"""Verifies an agency's copy of the office recorder. Needs Python 3.11, ``openssl`` 3 and this file alone.

    verify_copy.py FOLDER [--fingerprint WORDS] [--beside FOLDER] [--json]

FOLDER holds what was unpacked from the archive. WORDS is the key's fingerprint as the receipt prints it: without it,
the key that signed is said, and whose it is must be compared by eye. ``--beside`` is the folder that the archive lay
in. Exit status: 0 all good, 1 something is wrong, 2 wrong use. The format is docs/spec/copy-package.md.

By hand, in FOLDER, without this file:

    sha256sum --strict -c SHA256SUMS
    openssl pkeyutl -verify -pubin -inkey recorder-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
    openssl pkeyutl -verify -pubin -inkey recorder-key.pem -rawin -in manifest.json -sigfile manifest.json.sig
    openssl pkey -pubin -in recorder-key.pem -outform DER | sha256sum      (this is the fingerprint)
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Check", "Problem", "Report", "main", "openssl_check", "show", "verify"]

FORMAT, PROOF_FORMAT = "office-recorder/agency-copy/v1", "office-recorder/ledger-proof/v1"
MANIFEST, SUMS, KEY, PROOF = "manifest.json", "SHA256SUMS", "recorder-key.pem", "ledger-proof.json"
PAPERS = (MANIFEST, f"{MANIFEST}.sig", SUMS, f"{SUMS}.sig", KEY, PROOF)
DER_HEAD = bytes.fromhex("302a300506032b6570032100")
"""SubjectPublicKeyInfo of Ed25519 (RFC 8410 §4); 32 bytes of key follow."""
MAX_PAPER_BYTES = 1 << 28
MAX_PIECE_BYTES = 1 << 26

Check = Callable[[bytes, bytes, bytes], bool]
"""(raw public key, message, signature): whether the key signed the message."""


class Wrong(Exception):
    """Something does not verify; the message is a plain sentence without its end."""


@dataclass
class Problem:
    """``piece``: which MiB of the file, from 1; 0 where it is the file as a whole."""

    file: str
    what: str
    piece: int = 0


@dataclass
class Report:
    """What was found. ``in_ledger``: the entry's number in the recorder's ledger, -1 without a proof that holds."""

    copy: str = ""
    office: str = ""
    ledger: str = ""
    fingerprint: str = ""
    compared: bool = False
    case: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)
    missing: list[dict[str, object]] = field(default_factory=list)
    in_ledger: int = -1
    strangers: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.problems


def openssl_check(key: bytes, message: bytes, signature: bytes) -> bool:
    """By ``openssl pkeyutl``. Raises OSError where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        parts = {"key": DER_HEAD + key, "message": message, "signature": signature}
        for name, data in parts.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin"]
        command += ["-in", "message", "-sigfile", "signature"]
        return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def verify(folder: str, check: Check = openssl_check, *, fingerprint: str = "", beside: str = "") -> Report:
    """Everything that the folder's files say of each other, and of the key. Raises OSError."""
    report = Report()
    papers = {name: data for name in PAPERS if (data := _paper(folder, name, report)) is not None}
    manifest = _manifest(papers.get(MANIFEST, b""))
    key = _key(papers, manifest, check, report)
    report.fingerprint = _fingerprint(key)
    if fingerprint:
        report.compared = True
        if _plain(fingerprint) != _plain(report.fingerprint):
            report.problems.append(
                Problem(KEY, "it is signed by another key than the receipt names: it is not this recorder's copy")
            )
    _signatures(papers, manifest, key, check, report)
    if manifest is not None and not any(problem.file == MANIFEST for problem in report.problems):
        _describe(manifest, report)
        names = _files(folder, manifest, report)
        report.strangers = sorted(set(_all_files(folder)) - names - set(PAPERS))
        if beside:
            _beside(beside, manifest, report)
    elif _signed(papers, SUMS, key, check):
        _by_sums(folder, papers[SUMS], report)
    return report


# --- papers ---


def _paper(folder: str, name: str, report: Report) -> bytes | None:
    try:
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read(MAX_PAPER_BYTES + 1)
    except FileNotFoundError:
        report.problems.append(Problem(name, "it is missing"))
        return None
    if len(data) > MAX_PAPER_BYTES:
        report.problems.append(Problem(name, "it is far too long"))
        return None
    return data


def _manifest(data: bytes) -> dict[str, Any] | None:
    """The manifest as a map that the rest of this file can read; None where it is none."""
    try:
        found = json.loads(data)
        if found["format"] != FORMAT:
            return None
        for name in [*(file["name"] for file in found["files"]), *(file["name"] for file in found["beside"])]:
            _check_name(name)
        good = all(
            0 < found["piece_bytes"] <= MAX_PIECE_BYTES
            and -(-file["bytes"] // found["piece_bytes"]) == len(file["pieces"])
            for file in found["files"]
        )
        key = _raw_key(found["recorder"]["key"])
        _sums_of(found, "")
        _describe(found, Report())
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return {**found, "raw_key": key} if good else None


def _check_name(name: str) -> None:
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or not all(parts) or ".." in parts:
        raise ValueError(name)


def _decoded(text: str) -> bytes:
    """Base64 in the one form that encodes these bytes: others would decode to the same, and be no alteration found."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError(text)
    return raw


def _raw_key(line: str) -> bytes:
    """The key in a vkey line (``docs/spec/ledger.md``)."""
    raw = _decoded(line.split("+", 2)[2])
    if len(raw) != 33 or raw[0] != 1:
        raise ValueError(line)
    return raw[1:]


def _key(papers: dict[str, bytes], manifest: dict[str, Any] | None, check: Check, report: Report) -> bytes:
    """The key of the package: that of the key file and the manifest. Where they differ, the one that signed."""
    named = manifest["raw_key"] if manifest else b""
    try:
        lines = papers.get(KEY, b"").decode("ascii").split("\n")
        if (lines[0], lines[2:]) != ("-----BEGIN PUBLIC KEY-----", ["-----END PUBLIC KEY-----", ""]):
            raise ValueError(lines[0])
        der = _decoded(lines[1])
        held = der[len(DER_HEAD) :] if der.startswith(DER_HEAD) and len(der) == len(DER_HEAD) + 32 else b""
    except (ValueError, IndexError):
        held = b""
    if held == named:
        return bytes(held)
    signed = [
        key
        for key in (named, held)
        if key and _signed(papers, MANIFEST, key, check) | _signed(papers, SUMS, key, check)
    ]
    key = bytes(signed[0] if signed else named or held)
    if KEY in papers and key != held:
        report.problems.append(Problem(KEY, "it was altered: it is not the key that signed"))
    return key


def _signed(papers: dict[str, bytes], name: str, key: bytes, check: Check) -> bool:
    message, signature = papers.get(name), papers.get(f"{name}.sig")
    return bool(key) and message is not None and signature is not None and check(key, message, signature)


def _signatures(
    papers: dict[str, bytes], manifest: dict[str, Any] | None, key: bytes, check: Check, report: Report
) -> None:
    """Which of manifest, sums, their signatures and the proof is not as it was made."""
    manifest_hash = hashlib.sha256(papers.get(MANIFEST, b"")).hexdigest()
    manifest_signed, sums_signed = _signed(papers, MANIFEST, key, check), _signed(papers, SUMS, key, check)
    sums = papers.get(SUMS, b"")
    proven = _proof(papers, manifest_hash, key, check, report)
    listed = f"{manifest_hash}  {MANIFEST}\n".encode() in sums
    if not manifest_signed and MANIFEST in papers:
        intact = (sums_signed and listed) or proven == manifest_hash
        if not intact:
            report.problems.append(Problem(MANIFEST, "it was altered: its signature does not verify"))
        elif f"{MANIFEST}.sig" in papers:
            report.problems.append(
                Problem(f"{MANIFEST}.sig", "it was altered: it does not sign the manifest, which is whole")
            )
    elif manifest is None and MANIFEST in papers:
        report.problems.append(Problem(MANIFEST, f"it is signed and no manifest that this verifier reads ({FORMAT})"))
    expected = _sums_of(manifest, manifest_hash) if manifest else None
    if not sums_signed and SUMS in papers:
        if sums != expected:
            report.problems.append(Problem(SUMS, "it was altered: its signature does not verify"))
        elif f"{SUMS}.sig" in papers:
            report.problems.append(Problem(f"{SUMS}.sig", "it was altered: the list itself is whole"))
    elif manifest and manifest_signed and SUMS in papers and sums != expected:
        report.problems.append(Problem(SUMS, "it lists other files or hashes than the manifest"))


def _sums_of(manifest: dict[str, Any], manifest_hash: str) -> bytes:
    pairs = [(MANIFEST, manifest_hash), *((file["name"], file["sha256"]) for file in manifest["files"])]
    return "".join(f"{sha256}  {name}\n" for name, sha256 in pairs).encode()


# --- the ledger ---


def _proof(papers: dict[str, bytes], manifest_hash: str, key: bytes, check: Check, report: Report) -> str:
    """The manifest's hash as the ledger has it, "" where the proof does not hold. Another than ``manifest_hash`` is the
    manifest's fault or the proof's: the signature tells."""
    if PROOF not in papers:
        return ""
    try:
        index, entry = _proven(papers[PROOF], key, check)
    except Wrong as error:
        report.problems.append(Problem(PROOF, str(error)))
        return ""
    found = str(entry.get("manifest"))
    if entry.get("kind") != "copy.made" or (found != manifest_hash and _signed(papers, MANIFEST, key, check)):
        report.problems.append(Problem(PROOF, "it proves another entry than the making of this copy"))
        return ""
    if found == manifest_hash:
        report.in_ledger = index
    return found


def _proven(data: bytes, key: bytes, check: Check) -> tuple[int, dict[str, Any]]:
    try:
        proof = json.loads(data)
        if proof["format"] != PROOF_FORMAT:
            raise Wrong("it is of another format")
        text, _, lines = proof["checkpoint"].rpartition("\n\n")
        origin, size, root = f"{text}\n".split("\n")[:3]
        path = [_decoded(part) for part in proof["path"]]
        entry, index = json.loads(proof["entry"]), int(proof["index"])
        good = _leads_to(proof["entry"].encode(), index, int(size), path, _decoded(root))
        signatures = [line.split(" ") for line in lines.removesuffix("\n").split("\n")]
        signed = [_decoded(each[2]) for each in signatures if each[:2] == ["\u2014", origin]]
        is_map = isinstance(entry, dict)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Wrong("it is no proof: it was altered") from error
    key_id = hashlib.sha256(f"{origin}\n".encode() + b"\1" + key).digest()[:4]
    if not any(each[:4] == key_id and check(key, f"{text}\n".encode(), each[4:]) for each in signed):
        raise Wrong("the ledger's head in it is not signed by the recorder's key")
    if not good or not is_map:
        raise Wrong("the entry in it is not under the ledger's head")
    return index, entry


def _leads_to(entry: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2."""
    at, last, found = index, size - 1, hashlib.sha256(b"\0" + entry).digest()
    if not 0 <= at <= last:
        return False
    for part in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = hashlib.sha256(b"\1" + part + found).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + part).digest()
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


# --- the files ---


def _describe(manifest: dict[str, Any], report: Report) -> None:
    report.copy, report.case = manifest["copy"], manifest["order"]["case"]
    report.office, report.ledger = manifest["recorder"]["office"], manifest["recorder"]["ledger"]
    report.files = [
        {
            "name": file["name"],
            "kind": file["kind"],
            "camera": file["camera_no"],
            "from": file["shows"]["start"]["local"],
            "to": file["shows"]["end"]["local"],
            "masked": [] if file["masked"] is None else _masked(file["masked"]),
        }
        for file in manifest["files"]
    ]
    report.missing = [
        {
            "camera": each["camera_no"],
            "from": each["minutes"]["start"]["local"],
            "to": each["minutes"]["end"]["local"],
            "why": each["words"],
        }
        for each in manifest["missing"]
    ]


def _masked(masked: dict[str, Any]) -> list[str]:
    """What of a file was covered, and by which hashes it is asked for, in words."""
    found = [("masked and converted", masked)]
    for each in masked["masks"]:
        when = " to ".join(each["minutes"][at]["local"] for at in ("start", "end")) + ", moves" * any(each["positions"])
        found.append((f"mask {each['number']}, {when}, entry {each['entry']} ({each['entry_sha256']})", each))
    return [f"{words}: {each['pictures']} pictures, packets {each['sha256']}" for words, each in found]


def _files(folder: str, manifest: dict[str, Any], report: Report) -> set[str]:
    for file in manifest["files"]:
        report.problems += _of_file(os.path.join(folder, file["name"]), file, manifest["piece_bytes"])
    return {file["name"] for file in manifest["files"]}


def _by_sums(folder: str, sums: bytes, report: Report) -> None:
    """The files by the signed list, where the manifest says nothing that counts: whole, without the MiB."""
    for line in sums.decode().splitlines():
        sha256, _, name = line.partition("  ")
        _check_name(name)
        if name != MANIFEST:
            _check_whole(folder, name, sha256, report)


def _check_whole(folder: str, name: str, sha256: str, report: Report) -> None:
    try:
        with open(os.path.join(folder, name), "rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != sha256:
                report.problems.append(Problem(name, "it was altered"))
    except FileNotFoundError:
        report.problems.append(Problem(name, "it is missing"))


def _of_file(path: str, file: dict[str, Any], piece_bytes: int) -> Iterator[Problem]:
    try:
        with open(path, "rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            if size != file["bytes"]:
                yield Problem(file["name"], f"it has {size} bytes instead of {file['bytes']}")
            for number, sha256 in enumerate(file["pieces"], 1):
                if hashlib.sha256(opened.read(piece_bytes)).hexdigest() != sha256:
                    first = (number - 1) * piece_bytes
                    last = min(first + piece_bytes, file["bytes"]) - 1
                    yield Problem(file["name"], f"bytes {first} to {last} were altered or are missing", number)
    except FileNotFoundError:
        yield Problem(file["name"], "it is missing")


def _all_files(folder: str) -> Iterator[str]:
    for where, _, names in os.walk(folder):
        for name in names:
            yield os.path.relpath(os.path.join(where, name), folder).replace(os.sep, "/")


def _beside(folder: str, manifest: dict[str, Any], report: Report) -> None:
    for file in manifest["beside"]:
        _check_whole(folder, file["name"], file["sha256"], report)


# --- the key ---


def _fingerprint(key: bytes) -> str:
    if not key:
        return ""
    found = hashlib.sha256(DER_HEAD + key).hexdigest()
    return " ".join(found[at : at + 4] for at in range(0, len(found), 4))


def _plain(words: str) -> str:
    return "".join(sign for sign in words.lower() if sign.isalnum())


# --- the command line ---


def show(report: Report) -> None:
    print(f"copy         {report.copy} of case {report.case}")
    print(f"made by      {report.office}, {report.ledger}")
    print(f"key          {report.fingerprint}")
    for file in report.files:
        line = f"{file['kind']:12} {file['name']}: {file['camera']}, {file['from']} to {file['to']}"
        print(line, *file["masked"], sep="\n" + 13 * " ")
    for each in report.missing:
        print(f"missing      {each['camera']}, {each['from']} to {each['to']}: {each['why']}")
    if report.in_ledger >= 0:
        print(f"ledger       its making is entry {report.in_ledger} of the recorder's ledger")
    for name in report.strangers:
        print(f"note         {name} is not of this copy")
    if not report.compared:
        print("note         compare the key with the one that the receipt prints, or give it as --fingerprint")
    for problem in report.problems:
        piece = f", MiB {problem.piece}" if problem.piece else ""
        print(f"WRONG        {problem.file}{piece}: {problem.what}")
    print("ALL GOOD" if report.good else "NOT GOOD")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verifies an agency's copy of the office recorder.")
    parser.add_argument("folder", help="what was unpacked from the archive")
    parser.add_argument("--fingerprint", default="", help="the key's fingerprint as the receipt prints it")
    parser.add_argument("--beside", default="", help="the folder that the archive lay in")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    options = parser.parse_args(arguments)
    if not os.path.isdir(options.folder):
        print(f"verify_copy.py: {options.folder}: is no folder; unpack the archive first", file=sys.stderr)
        return 2
    try:
        report = verify(options.folder, fingerprint=options.fingerprint, beside=options.beside)
    except OSError as error:
        print(f"verify_copy.py: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({"good": report.good, **asdict(report)}, ensure_ascii=False, indent=2))
    else:
        show(report)
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
