"""What a stranger meets first: README with its index and pictures, CONTRIBUTING, CHANGELOG, the licence, and the quick
tests. Each names what is there, and leaves nothing out."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from PIL import Image

import appliance

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOT_THERE = {"lighthouse.py", "dust.py", "loans.py"}
"""Files that CONTRIBUTING has its reader write."""
PICTURE_WIDTH, MOST_PICTURE_BYTES = 1280, 150_000


def _paths() -> set[str]:
    """Of ``docs``, what the README's index must lead to. Decisions have an index of their own; an example is one."""
    found = {each for each in DOCS.rglob("*") if each.is_file() and "__pycache__" not in each.parts}
    found = {each for each in found if each.suffix in (".md", ".toml", ".json")}
    own = {each for each in found if "examples" in each.parts or each.parent.name == "decisions"}
    entries = {each for each in own if each.name == "README.md"}
    return {each.relative_to(ROOT).as_posix() for each in (found - own) | entries}


def test_the_readme_leads_to_every_document_with_a_sentence() -> None:
    index = README.partition("\n## Documents\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^- (\[.*)$", index, re.MULTILINE)
    linked = [target for row in rows for target in re.findall(r"\]\(([^)#]+)\)", row)]
    assert sorted(linked) == sorted(_paths()), "each once"
    for row in rows:
        said = row.rpartition("](")[2].partition(")")[2] if ": " not in row else row.partition(": ")[2]
        assert len(said.split()) >= 4, row
        assert row.endswith("."), row


def test_every_decision_is_in_their_index_once_under_its_day() -> None:
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+) \| \[(.+)\]\((\S+)\) \|$", index, re.MULTILINE)
    pages = sorted(each.name for each in (DOCS / "decisions").glob("2*.md"))
    assert sorted(name for _, _, name in rows) == pages
    assert [name for day, _, name in rows if not name.startswith(f"{day}-")] == []


def test_every_picture_is_in_the_readme_said_in_words_and_small() -> None:
    shown = dict(re.findall(r"!\[([^\]]+)\]\(docs/pictures/([^)]+)\)", README))
    assert sorted(shown.values()) == sorted(each.name for each in (DOCS / "pictures").iterdir())
    assert all(len(words) > 30 for words in shown)
    for name in shown.values():
        if name.endswith(".png"):
            with Image.open(DOCS / "pictures" / name) as picture:
                assert picture.width == PICTURE_WIDTH, name
            assert (DOCS / "pictures" / name).stat().st_size <= MOST_PICTURE_BYTES, name


def test_the_first_picture_is_drawn_for_light_and_for_dark() -> None:
    drawn = (DOCS / "pictures" / "overview.svg").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in drawn
    assert "<title" in drawn
    assert "<image" not in drawn
    light, _, dark = drawn.partition("@media")
    for name in set(re.findall(r'class="(\w+)', drawn)) - {"name"}:
        assert f".{name} {{" in light, name
        assert f".{name} {{" in dark, name


def test_contributing_names_files_and_commands_that_are_there() -> None:
    named = set(re.findall(r"`((?:appliance|docs|tests|deploy)/[\w./-]+\.\w+)`", CONTRIBUTING))
    assert len(named) > 25
    missing = {name for name in named if "SUBJECT" not in name and not (ROOT / name).exists()}
    assert {Path(name).name for name in missing} <= NOT_THERE
    for path in re.findall(r"[ \n](tests/[\w/.]+)", CONTRIBUTING):
        assert (ROOT / path).exists(), path
    for module in re.findall(r"python -m (tests[\w.]+)", CONTRIBUTING):
        assert importlib.util.find_spec(module), module


def test_contributing_names_functions_and_tables_that_are_there() -> None:
    for name, file in (
        ("papers_of", "appliance/web/pages/cases/record.py"),
        ("_form", "appliance/web/pages/cases/decision_summary.py"),
        ("_applicant_rows", "appliance/papers/sheets/citizen_request.py"),
        ("citizen_application", "appliance/papers/from_cases/applications.py"),
        ("BUILT_IN", "appliance/api/registry.py"),
        ("REGISTERS", "appliance/rules/registers/tables.py"),
        ("OF", "appliance/rules/duties.py"),
        ("LEADS", "appliance/rules/registers/duties.py"),
        ("SORTS", "appliance/rules/handover.py"),
        ("PAPERS", "appliance/web/pages/registers/papers.py"),
        ("whole_life", "tests/services/test_registerbook.py"),
        ("test_the_shipped_plugins_load_and_are_the_default", "tests/api/test_registry.py"),
    ):
        assert f"`{name}`" in CONTRIBUTING, name
        assert re.search(rf"^(def )?{name}\b", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), file


def test_the_changelog_tells_of_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    (newest, *_) = re.findall(r"^## \[([^\]]+)\]", text, re.MULTILINE)
    assert newest in (appliance.__version__, "Unreleased")
    assert f"## [{appliance.__version__}]" in text
    kinds = set(re.findall(r"^### (\w+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_licence_is_the_one_that_is_declared() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_library_has_its_licence_on_the_page() -> None:
    page = (DOCS / "licences.md").read_text(encoding="utf-8")
    table = page[page.index("| library | licence |") :].split("\n\n")[0]
    named = [row.split("|")[1].strip(" `") for row in table.split("\n")[2:]]
    assert named == [re.split(r"[<>=\[]", each)[0] for each in PROJECT["dependencies"]]


# --- deploy/test --quick ---


def _quick(tmp_path: Path, *words: str, ends_with: int = 0) -> subprocess.CompletedProcess[str]:
    """The command in a checkout whose Python prints how it is called, and ends so."""
    root = tmp_path / "checkout"
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "test", root / "deploy" / "test")
    (root / "deploy" / "common.sh").write_text(
        'say() { printf "%s\\n" "$*" >&2; }\nensure_venv() { say "ensure $1"; }\nneed_packages() { exit 9; }\n'
    )
    python = root / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@"\nexit {ends_with}\n')
    python.chmod(0o755)
    return subprocess.run(
        [root / "deploy" / "test", "--quick", *words], capture_output=True, text=True, timeout=60, check=False
    )


def test_the_quick_tests_run_what_is_there_install_nothing_of_the_system_and_say_what_they_leave_out(
    tmp_path: Path,
) -> None:
    done = _quick(tmp_path, "-x")
    assert done.returncode == 0
    said = done.stderr.splitlines()
    assert said[0] == "ensure test"
    assert any("left out: browsers, root" in line for line in said)
    asked = done.stdout.splitlines()
    assert asked[:2] == ["-m", "pytest"]
    assert "-x" in asked
    folders = [each for each in asked if each.startswith("tests/")]
    assert "tests/house" in folders, "lint, types, layers and the rules of the house"
    ignored = [each.removeprefix("--ignore=") for each in asked if each.startswith("--ignore=")]
    assert all((ROOT / each).exists() for each in (*folders, *ignored))


@pytest.mark.parametrize("status", [1, 5])
def test_the_quick_tests_end_as_pytest_does(tmp_path: Path, status: int) -> None:
    assert _quick(tmp_path, ends_with=status).returncode == status
