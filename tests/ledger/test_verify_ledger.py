"""The stand-alone verifier: agrees with the package, and finds every change to a ledger (INV-26)."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.errors import Damaged, RecorderError
from appliance.ledger import entry as entry_module
from appliance.ledger.checkpoint import Checkpoint, sign_checkpoint, vkey
from appliance.ledger.keys import handover
from appliance.ledger.tree import Tree, leaf_hash
from appliance.storage.journal import entries_of, pack_entry
from tests.faults.memory_fs import MemoryFs
from tests.ledger.box import (
    DIRECTORY,
    NEXT_KEY,
    ORIGIN,
    PATH,
    SIGNING_KEY,
    THIRD_KEY,
    VKEY,
    TickingClock,
    load_verifier,
    open_acts,
    open_ledger,
)

ROOT = Path(__file__).parents[2]
VECTORS = json.loads((ROOT / "tests/vectors/ledger/ledgers.json").read_text(encoding="utf-8"))
verifier = load_verifier()


def judge(data: bytes, heads: list[str] | None = None, keys: tuple[str, ...] = (VKEY,)) -> Any:
    notes = [(f"head {number}", head) for number, head in enumerate(heads or [])]
    return verifier.verify(data, [verifier.parse_key(key) for key in keys], notes)


def years(fs: MemoryFs) -> tuple[bytes, list[str]]:
    """A ledger with acts and two key changes, and a head after every third entry."""
    heads = []
    with open_ledger(fs, clock := TickingClock()) as ledger:
        acts = open_acts(ledger, fs, clock)
        for number in range(40):
            if number in (13, 27):
                ledger.change_key(NEXT_KEY if number == 13 else THIRD_KEY)
            elif number % 4:
                ledger.append("gap.noted", {"camera_no": f"A-{number}", "cause": "訊號中斷 \u0007\u2028"})
            else:
                acts.perform(f"act-{number}", "case.received", {"case": number}, {"name": "王"})
            if number % 3 == 0:
                heads.append(ledger.checkpoint())
        heads.append(ledger.checkpoint())
    return fs.read(PATH), heads


@pytest.fixture(scope="module")
def ledger_and_heads() -> tuple[bytes, list[str]]:
    return years(MemoryFs("/k"))


# --- it agrees with the package ---


def test_what_the_ledger_writes_verifies(ledger_and_heads: tuple[bytes, list[str]]) -> None:
    data, heads = ledger_and_heads
    report = judge(data, heads)
    assert (report.problems, report.warnings, report.good) == ([], [], True)
    assert (report.entries, len(report.checkpoints), len(report.keys)) == (40, len(heads), 3)
    assert base64.b64decode(report.root) == Checkpoint.parse(heads[-1].partition("\n\n")[0] + "\n").root


def test_an_empty_ledger_verifies() -> None:
    with open_ledger(MemoryFs("/k")) as ledger:
        assert judge(b"", [ledger.checkpoint()]).good


def test_without_a_head_from_outside_it_says_what_it_cannot_know(ledger_and_heads: tuple[bytes, list[str]]) -> None:
    report = judge(ledger_and_heads[0])
    assert report.good
    assert "No checkpoint from outside" in report.warnings[0]


def test_both_have_the_same_limits() -> None:
    assert verifier.MAX_ENTRY_BYTES == entry_module.MAX_ENTRY_BYTES


@pytest.mark.parametrize("case", VECTORS["ledgers"], ids=lambda case: str(case["what"]))
def test_vector(case: dict[str, Any]) -> None:
    """Each vector in the verifier, and where it must agree, at the opening and in the heads of the package."""
    data = bytes.fromhex(case["ledger"])
    report = judge(data, case["heads"], tuple(case["keys"]))
    assert report.good == (case["says"] == ""), report
    assert any(case["says"] in problem for problem in report.problems) or report.good, report
    fs = MemoryFs("/k")
    fs.make_dir(DIRECTORY)
    fs.put(PATH, data)
    opens, heads_hold = at_the_recorder(fs, case["heads"])
    assert (opens, heads_hold) == (case["opens"], case["heads_hold"])


@pytest.mark.parametrize("case", VECTORS["ledgers"], ids=lambda case: str(case["what"]))
def test_the_recorder_and_the_verifier_take_exactly_the_same_ledgers(case: dict[str, Any]) -> None:
    """Of one list, judged by both. A torn tail, which the recorder cuts, is whole for neither."""
    data = bytes.fromhex(case["ledger"])
    fs = MemoryFs("/k")
    fs.make_dir(DIRECTORY)
    fs.put(PATH, data)
    assert at_the_recorder(fs, [])[0].endswith("entries") == judge(data).good


def test_what_is_nested_beyond_any_stack_is_refused_by_both() -> None:
    data = pack_entry(b'{"at":1,"kind":"gap.noted","x":' + b"[" * 400_000 + b"]" * 400_000 + b"}")
    assert not judge(data).good
    fs = MemoryFs("/k")
    fs.make_dir(DIRECTORY)
    fs.put(PATH, data)
    with pytest.raises(Damaged, match="ledger entry 0: is not an entry"):
        open_ledger(fs)


@pytest.mark.parametrize(("length", "good"), [(1 << 20, True), ((1 << 20) + 1, False), (2 << 20, False)])
def test_an_entry_that_is_too_long_for_a_ledger_is_refused_by_both(length: int, good: bool) -> None:
    body = b'{"at":1,"kind":"gap.noted","x":"%b"}'
    data = pack_entry(body % (b"x" * (length - len(body) + 2)))
    assert len(data) == 8 + length
    fs = MemoryFs("/k")
    fs.make_dir(DIRECTORY)
    fs.put(PATH, data)
    assert judge(data).good == good
    assert (at_the_recorder(fs, [])[0] == "1 entries") == good


def test_they_agree_on_what_chance_makes_of_good_entries(ledger_and_heads: tuple[bytes, list[str]]) -> None:
    """Single bytes of entries exchanged, under checksums that fit."""
    bodies, _ = entries_of(ledger_and_heads[0])
    rng, refused = random.Random(6), 0
    for _ in range(400):
        changed = bytearray(rng.choice(bodies[:12]))
        changed[rng.randrange(len(changed))] = rng.choice(b'"\\{}[]:,0159aA. \n\x00\x7f\xff')
        data = pack_entry(bytes(changed))
        fs = MemoryFs("/k")
        fs.make_dir(DIRECTORY)
        fs.put(PATH, data)
        good = judge(data).good
        assert (at_the_recorder(fs, [])[0] == "1 entries") == good, bytes(changed)
        refused += not good
    assert 100 < refused < 400


def at_the_recorder(fs: MemoryFs, heads: list[str]) -> tuple[str, bool]:
    """How the package opens this ledger with whichever of the two keys is in force, and whether the heads hold."""
    for key in (SIGNING_KEY, NEXT_KEY):
        try:
            ledger = open_ledger(fs, key=key)
        except RecorderError:
            continue
        with ledger:
            opens = f"cut to {ledger.size}" if ledger.cut_bytes else f"{ledger.size} entries"
            try:
                for head in heads:
                    ledger.check_head(head)
            except Damaged:
                return opens, False
            return opens, True
    return "no", False


# --- every change is found ---


def packed(bodies: list[bytes]) -> bytes:
    return b"".join(map(pack_entry, bodies))


def edit(bodies: list[bytes], rng: random.Random) -> list[bytes]:
    number = rng.randrange(len(bodies))
    fields = json.loads(bodies[number])
    fields["at"] += 1
    edited = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return [*bodies[:number], edited, *bodies[number + 1 :]]


def remove(bodies: list[bytes], rng: random.Random) -> list[bytes]:
    number = rng.randrange(len(bodies))
    return bodies[:number] + bodies[number + 1 :]


def insert(bodies: list[bytes], rng: random.Random) -> list[bytes]:
    number = rng.randrange(len(bodies))
    return [*bodies[:number], b'{"at":1,"kind":"gap.noted"}', *bodies[number:]]


def swap(bodies: list[bytes], rng: random.Random) -> list[bytes]:
    one, other = rng.sample(range(len(bodies)), 2)
    bodies = list(bodies)
    bodies[one], bodies[other] = bodies[other], bodies[one]
    return bodies


def cut(bodies: list[bytes], rng: random.Random) -> list[bytes]:
    return bodies[: rng.randrange(len(bodies))]


def replay(bodies: list[bytes], rng: random.Random) -> list[bytes]:
    number = rng.randrange(len(bodies) - 1)
    return [*bodies[:number], bodies[number + 1], *bodies[number + 1 :]]


@pytest.mark.parametrize("change", [edit, remove, insert, swap, cut, replay], ids=lambda change: change.__name__)
def test_inv_26_any_change_to_the_past_is_found_by_one_later_head(
    change: Any, ledger_and_heads: tuple[bytes, list[str]]
) -> None:
    data, heads = ledger_and_heads
    bodies, _ = entries_of(data)
    for seed in range(25):
        changed = change(bodies, random.Random(seed))
        assert not judge(packed(changed), [heads[-1]]).good, seed


def test_inv_26_every_flipped_bit_is_found(ledger_and_heads: tuple[bytes, list[str]]) -> None:
    data, heads = ledger_and_heads
    for bit in range(0, len(data) * 8, 61):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not judge(bytes(flipped), heads[-1:]).good, bit


def test_inv_26_a_rewrite_with_the_live_key_is_found_by_one_old_head_from_outside() -> None:
    """Who holds the box can write the whole ledger anew, in due form; only a head that left the box tells."""
    fs = MemoryFs("/k")
    with open_ledger(fs) as ledger:
        for number in range(20):
            ledger.append("gap.noted", {"number": number})
            if number == 10:
                outside = ledger.checkpoint()
    forged = MemoryFs("/k")
    with open_ledger(forged) as ledger:
        for number in range(20):
            ledger.append("gap.noted", {"number": number if number != 5 else 55})
        inside = ledger.checkpoint()
    assert judge(forged.read(PATH), [inside]).good
    report = judge(forged.read(PATH), [inside, outside])
    assert report.problems == ["Checkpoint head 1 over 11 entries: the ledger was changed among them."]


def test_a_thief_of_todays_key_cannot_sign_a_past_of_yesterdays() -> None:
    """The whole ledger rewritten with the key in force, and the key change dropped or signed anew."""
    bodies: list[bytes] = []
    tree = Tree(lambda start, end: [])
    stolen, first = NEXT_KEY, vkey(ORIGIN, SIGNING_KEY.public_key())

    def add(kind: str, fields: dict[str, Any]) -> None:
        bodies.append(json.dumps({"at": 1, "kind": kind, **fields}, sort_keys=True, separators=(",", ":")).encode())
        tree.append(leaf_hash(bodies[-1]))

    for number in range(5):
        add("gap.noted", {"number": number})
    head = sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root()), stolen)
    assert "signed by the key that was in force then" in judge(packed(bodies), [head]).problems[0]
    add("ledger.key", handover(ORIGIN, tree.size, tree.root(), stolen, first, vkey(ORIGIN, stolen.public_key())))
    head = sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root()), stolen)
    report = judge(packed(bodies), [head])
    assert "Entry 5 is a key change that does not verify" in report.problems[0]
    assert "signed by the key that was in force then" in report.problems[1]


@pytest.mark.parametrize("size", [0, 1])
def test_a_head_over_nothing_does_not_stand_for_a_head(size: int) -> None:
    with open_ledger(fs := MemoryFs("/k")) as ledger:
        heads = [ledger.checkpoint()]
        ledger.append("gap.noted", {})
        heads.append(ledger.checkpoint())
        ledger.append("gap.noted", {})
    report = judge(fs.read(PATH), heads[size : size + 1])
    assert report.good
    assert ["No checkpoint" in text for text in report.warnings] == [True] * (1 - size)


def test_a_stolen_old_key_cannot_vouch_for_the_past_when_the_new_one_is_given_too() -> None:
    """The thief writes the past anew; the change away from the stolen key is taken out, or put in again as it was."""
    new = str(vkey(ORIGIN, NEXT_KEY.public_key()))
    fs = MemoryFs("/k")
    with open_ledger(fs) as ledger:
        ledger.append("gap.noted", {"what": "another past"})
        head = ledger.checkpoint()
        report = judge(fs.read(PATH), [head], (VKEY, new))
        assert f"The key {new} was given and is never in force" in report.problems[0]
        ledger.change_key(NEXT_KEY)
    report = judge(fs.read(PATH), [head], (VKEY, new))
    assert report.good, "an old head of a ledger that did change its key is no error"
    assert report.warnings == [
        f"No checkpoint by the key in force now, {new}, was given: whoever has an older key could have rewritten "
        "everything."
    ]


def test_a_key_change_is_trusted_only_through_the_keys_given(ledger_and_heads: tuple[bytes, list[str]]) -> None:
    data, heads = ledger_and_heads
    stranger = str(vkey(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()))
    assert not judge(data, heads, (stranger,)).good
    report = judge(data, heads, (stranger, VKEY))
    assert report.problems == [
        f"The key {stranger} was given and is never in force: its key change was taken out, or it is another ledger's."
    ]
    assert not judge(data, heads, (str(vkey(ORIGIN, NEXT_KEY.public_key())),)).good


def test_clocks_that_went_back_are_noted_but_not_wrong() -> None:
    fs, clock = MemoryFs("/k"), TickingClock()
    with open_ledger(fs, clock) as ledger:
        ledger.append("gap.noted", {})
        clock.now_ns -= 10**12
        ledger.append("clock.changed", {})
        head = ledger.checkpoint()
    report = judge(fs.read(PATH), [head])
    assert report.good
    assert report.warnings == ["Entry 1 is dated before the one before it: the clock was set back."]


def test_a_flood_of_problems_is_cut_short() -> None:
    report = judge(packed([b"{}"] * 500))
    assert 20 <= len(report.problems) <= 25


# --- the command ---


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """In a bare interpreter, outside the project: it needs nothing of ours."""
    script = ROOT / "deploy/verify_ledger.py"
    return subprocess.run(
        [sys.executable, "-P", script, *arguments], capture_output=True, text=True, cwd="/", check=False
    )


def test_the_command(tmp_path: Path, ledger_and_heads: tuple[bytes, list[str]]) -> None:
    data, heads = ledger_and_heads
    ledger, head, keys = tmp_path / "ledger.log", tmp_path / "head.txt", tmp_path / "ledger.vkey"
    ledger.write_bytes(data)
    head.write_text(heads[4], encoding="utf-8")
    keys.write_text(VKEY + "\n", encoding="utf-8")
    good = command(ledger, "--key", VKEY, "--checkpoint", head)
    assert (good.returncode, good.stdout.splitlines()[-1], good.stderr) == (0, "ALL GOOD", "")
    as_json = json.loads(command(ledger, "--key", keys, "--checkpoint", head, "--json").stdout)
    assert (as_json["good"], as_json["entries"], as_json["problems"]) == (True, 40, [])
    ledger.write_bytes(data[:-3])
    bad = command(ledger, "--key", VKEY, "--checkpoint", head)
    assert bad.returncode == 1
    assert "WRONG        The file ends in the middle of entry 39" in bad.stdout
    assert bad.stdout.endswith("NOT GOOD\n")
    for wrong in (
        command(tmp_path / "none", "--key", VKEY),
        command(ledger, "--key", "no key"),
        command(ledger, "--key", VKEY, "--checkpoint", tmp_path / "none"),
        command(ledger),
    ):
        assert wrong.returncode == 2
        assert wrong.stderr


def test_it_needs_only_python_and_cryptography() -> None:
    source = (ROOT / "deploy/verify_ledger.py").read_text(encoding="utf-8")
    assert "appliance" not in source
    imports = {
        line.split()[1].partition(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))
    }
    assert imports <= {*sys.stdlib_module_names, "cryptography"}


@pytest.mark.long
def test_a_million_entries(tmp_path: Path) -> None:
    """Sizes only; the times are in the benchmarks."""
    path = tmp_path / "ledger.log"
    with path.open("wb") as file:
        for number in range(1_000_000):
            file.write(pack_entry(b'{"at":%d,"kind":"gap.noted"}' % number))
    with path.open("rb") as file:
        data = file.read()
    assert judge(data).entries == 1_000_000
