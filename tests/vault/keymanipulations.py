"""The same for what the keys hang on: the key store with its anchor and the box's sealed files, ``boot/``, and the
ledger with its heads and records. And for the whole disk put back as it was.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.model import to_json
from appliance.ledger.checkpoint import Checkpoint, sign_checkpoint
from appliance.storage.boot_files import write_signed_key
from appliance.storage.journal import entries_of, pack_entry
from appliance.vault.keys.anchor import VALUE_BYTES, AnchorValue, pack_value, unpack_value
from appliance.vault.keys.vault import make_vault
from tests.box import OFFICER
from tests.vault.manipulations import OF_CATALOGUE, OF_FOOTAGE, OF_INDEX, Manipulation, bytes_changed, entries_changed
from tests.vault.stoppedoffice import Disk

__all__ = ["PLACES", "everything_put_back", "key_planted", "ledger_put_back_with_its_heads"]

_KEYS = ("keeper/keys/", "keeper/anchor/", "keeper/box", "keeper/office.sealed", "keeper/accounts.sealed")
_LEDGER = ("keeper/ledger/", "keeper/records/", "heads/")


def _changed(*places: str) -> Manipulation:
    """A file of these places: its bytes, its content, its name, or what was there before."""

    def changed(disk: Disk, some: random.Random) -> str:
        path = some.choice(_files(disk, places))
        data = disk.fs.read(path)
        what, now = bytes_changed(data, some)
        if some.random() < 0.15:
            disk.fs.unlink(path)
            return f"{path} taken away"
        disk.fs.put(path, now)
        return f"{path}: {what}" if now != data else ""

    return changed


def _exchanged(*places: str) -> Manipulation:
    def exchanged(disk: Disk, some: random.Random) -> str:
        one, other = some.sample(_files(disk, places), 2)
        data = disk.fs.read(one), disk.fs.read(other)
        disk.fs.put(one, data[1])
        if some.random() < 0.6:
            disk.fs.put(other, data[0])
        return f"{one} has what {other} had" if data[0] != data[1] else ""

    return exchanged


def _put_back(*folders: str) -> Manipulation:
    """One file, one folder or some of them, and never all, as they were at one earlier moment."""

    def put_back(disk: Disk, some: random.Random) -> str:
        older = some.choice(disk.older).files
        some_of_them = some.sample(folders, some.randint(1, max(1, len(folders) - 1)))
        if some.random() < 0.4:
            paths = [path for path in older if path.startswith(_in(disk, folders)) and not path.endswith("/")]
            path = some.choice(paths)
            changed = not disk.fs.exists(path) or disk.fs.read(path) != older[path]
            disk.fs.put(path, older[path])
            return f"{path} as it was earlier" if changed else ""
        return _restored(disk, older, some_of_them)

    return put_back


def _files(disk: Disk, places: Iterable[str]) -> list[str]:
    return [path for path in disk.under(*places) if not path.endswith("/")]


def _in(disk: Disk, folders: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{disk.office}/{folder}" for folder in folders)


def _restored(disk: Disk, older: Mapping[str, bytes], folders: Iterable[str]) -> str:
    places = tuple(folders)
    before = {path: data for path, data in older.items() if path.startswith(_in(disk, places))}
    now = {path: disk.fs.read(path) for path in _files(disk, places)}
    for path in now.keys() - before.keys():
        disk.fs.unlink(path)
    for path, data in before.items():
        if path.endswith("/"):
            if not disk.fs.exists(path):
                disk.fs.make_dir(path)
        else:
            disk.fs.put(path, data)
    same = now == {path: data for path, data in before.items() if not path.endswith("/")}
    return "" if same else f"{', '.join(places)} as they were earlier"


# --- the key store ---


def keys_put_back_with_their_anchor(disk: Disk, some: random.Random) -> str:
    return _restored(disk, some.choice(disk.older).files, _KEYS[:2])


def shard_entries_changed(disk: Disk, some: random.Random) -> str:
    path = some.choice([path for path in _files(disk, ["keeper/keys/"]) if path.endswith(".shard")])
    data = disk.fs.read(path)
    what, now = entries_changed(data, [], some)
    disk.fs.put(path, now)
    return f"{path}: {what}" if now != data else ""


def anchor_value_changed(disk: Disk, some: random.Random) -> str:
    """An anchor slot whose checksum fits: another generation, another secret, or the other slot's value."""
    one, other = some.sample(_files(disk, ["keeper/anchor/"]), 2)
    page = disk.fs.read(one)
    value = unpack_value(page[:VALUE_BYTES])
    changed = some.choice(
        [
            AnchorValue(value.generation + some.choice((-2, -1, 1, 2, 1000)) & (1 << 64) - 1, value.secret),
            AnchorValue(value.generation, some.randbytes(32)),
            unpack_value(disk.fs.read(other)[:VALUE_BYTES]),
        ]
    )
    now = pack_value(changed) + page[VALUE_BYTES:]
    disk.fs.put(one, now)
    return f"{one}: another value that verifies" if now != page else ""


# --- boot ---


def boot_put_back(disk: Disk, some: random.Random) -> str:
    return _restored(disk, some.choice(disk.older).files, ["boot/"])


def key_planted(disk: Disk, some: random.Random) -> str:
    """A public key of the attacker's: alone, signed by them, or signed with their key put in the keeper's place."""
    name = some.choice(["vault.pub", "catalogue.pub"])
    public = make_vault(some.randbytes)[0] if name == "vault.pub" else some.randbytes(32)
    stranger = Ed25519PrivateKey.from_private_bytes(some.randbytes(32))
    before = disk.fs.read(f"{disk.office}/boot/registry.pub")
    how = some.choice(["alone", "signed", "signed, with the signer"])
    if how == "alone":
        disk.fs.put(f"{disk.office}/boot/{name}", public)
    else:
        write_signed_key(disk.fs, f"{disk.office}/boot", name, public, stranger)
        if how == "signed":
            disk.fs.put(f"{disk.office}/boot/registry.pub", before)
    return f"boot/{name} planted, {how}"


# --- the ledger ---


def _log(disk: Disk) -> str:
    return f"{disk.office}/keeper/ledger/ledger.log"


def ledger_entries_changed(disk: Disk, some: random.Random) -> str:
    data = disk.fs.read(_log(disk))
    what, now = entries_changed(data, [], some)
    disk.fs.put(_log(disk), now)
    return f"ledger: {what}" if now != data else ""


def ledger_entry_rewritten(disk: Disk, some: random.Random) -> str:
    """A word or number in one entry is another, in the form that an entry must have."""
    bodies, _ = entries_of(disk.fs.read(_log(disk)))
    at = some.randrange(len(bodies))
    fields = msgspec.json.decode(bodies[at])
    name = some.choice(sorted(fields))
    fields[name] = _other(fields[name], some)
    bodies[at], before = to_json(fields), bodies[at]
    disk.fs.put(_log(disk), b"".join(map(pack_entry, bodies)))
    return f"ledger entry {at}: another {name}" if bodies[at] != before else ""


def _other(value: Any, some: random.Random) -> Any:
    if isinstance(value, dict):
        return {key: _other(each, some) if some.random() < 0.5 else each for key, each in value.items()}
    if isinstance(value, list):
        return some.choice([value[:-1], [*value, *value[:1]], [_other(each, some) for each in value]])
    if isinstance(value, bool) or value is None:
        return some.choice([True, False, None])
    if isinstance(value, int):
        return some.choice([value + 1, value - 1, 0, value + 86_400 * 10**9])
    return some.choice([some.randbytes(16).hex(), value[:-1], f"{value} "])


def ledger_entry_forged(disk: Disk, some: random.Random) -> str:
    """One more entry at the end, or somewhere before it, as the keeper might have written it."""
    bodies, _ = entries_of(disk.fs.read(_log(disk)))
    last = msgspec.json.decode(bodies[-1])["at"]
    buckets = sorted({path.rpartition("/")[2].split(".")[0] for path in disk.segments()}) or ["0" * 32]
    forged = some.choice(
        [
            {"kind": "keys.changed", "generation": some.choice([1, 2, 1 << 40])},
            {"kind": "finding.cleared", "finding": "index-rebuilt"},
            {"kind": "finding.opened", "finding": "forged", "box": "storage", "text": "forged"},
            {"kind": "destroy.intended", "buckets": buckets[:1], "reason": "term", "judged": {}},
            {
                "kind": "destroy.done",
                "buckets": buckets[:1],
                "intent": some.randrange(len(bodies)),
                "generation": 2,
                "strength": "file: best effort",
            },
            {"kind": "manifests.closed", "manifests": {some.choice(buckets): some.randbytes(32).hex()}},
            {"kind": "person.changed", "person": OFFICER.name, "act": some.randbytes(16).hex(), "roles": ["auditor"]},
            {"kind": "case.changed", "case": some.randbytes(16).hex(), "act": some.randbytes(16).hex()},
            {"kind": "gap.noted", "camera": "C1", "start_ns": last - 10**9, "end_ns": last, "cause": "lost"},
            {"kind": "head.issued", "size": len(bodies), "way": "file"},
        ]
    )
    at = some.choice([len(bodies), len(bodies), some.randrange(len(bodies))])
    bodies.insert(at, to_json({"at": last, **forged}))
    disk.fs.put(_log(disk), b"".join(map(pack_entry, bodies)))
    return f"ledger: a forged {forged['kind']} as entry {at} of {len(bodies)}"


def head_forged(disk: Disk, some: random.Random) -> str:
    """A head that somebody else signed, or one without end."""
    origin = disk.fs.read(some.choice(_heads(disk))).decode().split("\n")[0]
    stranger = Ed25519PrivateKey.from_private_bytes(some.randbytes(32))
    note = sign_checkpoint(Checkpoint(origin, some.choice([0, 1, 20, 10**6]), some.randbytes(32)), stranger)
    path = some.choice([*_heads(disk), f"{disk.office}/heads/20270101-00.checkpoint"])
    disk.fs.put(path, note.encode())
    return f"{path}: a head that a stranger signed"


def ledger_forged_behind_a_head(disk: Disk, some: random.Random) -> str:
    """The newest head in ``heads/`` in the place of the ledger's own, and what came after it gone or another."""
    head = max(_heads(disk), key=lambda path: int(disk.fs.read(path).split(b"\n")[1]))
    note = disk.fs.read(head)
    bodies, _ = entries_of(disk.fs.read(_log(disk)))
    kept = bodies[: int(note.split(b"\n")[1])]
    disk.fs.put(f"{disk.office}/keeper/ledger/ledger.head", note)
    disk.fs.put(_log(disk), b"".join(map(pack_entry, kept)))
    return ledger_entry_forged(disk, some) if some.random() < 0.6 else f"ledger cut behind {head}, with it as its own"


def _heads(disk: Disk) -> list[str]:
    return [path for path in _files(disk, ["heads/"]) if path.endswith(".checkpoint")]


def ledger_put_back_with_its_heads(disk: Disk, some: random.Random) -> str:
    """The ledger, its records and every head on the box, all of one earlier moment."""
    return _restored(disk, some.choice(disk.older).files, _LEDGER)


def everything_put_back(disk: Disk, some: random.Random) -> str:
    """The whole disk as it was at one moment."""
    older = some.choice(disk.older)
    disk.index.write_bytes(older.index)
    return _restored(disk, older.files, [""])


OF_KEYS: tuple[Manipulation, ...] = (
    _changed(*_KEYS),
    _changed(*_KEYS[:2]),
    _exchanged(*_KEYS),
    _put_back(*_KEYS),
    keys_put_back_with_their_anchor,
    keys_put_back_with_their_anchor,
    shard_entries_changed,
    anchor_value_changed,
)
OF_BOOT: tuple[Manipulation, ...] = (
    _changed("boot/"),
    _changed("boot/"),
    _exchanged("boot/"),
    boot_put_back,
    key_planted,
)
OF_LEDGER: tuple[Manipulation, ...] = (
    _changed(*_LEDGER),
    _exchanged(*_LEDGER),
    _put_back(*_LEDGER),
    ledger_entries_changed,
    ledger_entries_changed,
    ledger_entry_rewritten,
    ledger_entry_forged,
    ledger_entry_forged,
    head_forged,
    ledger_forged_behind_a_head,
    ledger_put_back_with_its_heads,
)

PLACES: Mapping[str, tuple[Manipulation, ...]] = {
    "ring": OF_FOOTAGE,
    "catalogue": OF_CATALOGUE,
    "index": OF_INDEX,
    "key store": OF_KEYS,
    "boot": OF_BOOT,
    "ledger": OF_LEDGER,
}
"""Kinds of place, and what is drawn for each."""
