"""Pages of ``docs`` name modules as they are called: each that a page names is there, and each table of a package's
modules has all of them. Decisions stay as they were written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(each for each in ROOT.glob("docs/**/*.md") if each.parent.name != "decisions")]
FILES = [
    f"/{each.relative_to(ROOT).as_posix()}"
    for folder in ("appliance", "deploy", "tests")
    for each in (ROOT / folder).rglob("*.py")
]
_TABLE = re.compile(r"^\| module of `(?P<package>[\w/]+)` \|[^\n]*\n\|[-|]+\|\n(?P<rows>(?:\|[^\n]*\n)+)", re.MULTILINE)


def _tables() -> Iterator[tuple[Path, str, set[str]]]:
    for page in PAGES:
        for found in _TABLE.finditer(page.read_text(encoding="utf-8")):
            firsts = (row.split("|")[1] for row in found["rows"].splitlines())
            yield page, found["package"], {name for first in firsts for name in re.findall(r"`([\w*]+)`", first)}


@pytest.mark.parametrize(("page", "package", "named"), [pytest.param(*each, id=each[1]) for each in _tables()])
def test_a_table_of_modules_has_each_of_them_and_no_other(page: Path, package: str, named: set[str]) -> None:
    there = {each.stem for each in (ROOT / "appliance" / package).iterdir() if each.suffix == ".py" or each.is_dir()}
    there -= {"__init__", "__pycache__"}
    assert {name for name in named if not any(fnmatch(each, name) for each in there)} == set(), page.name
    assert {each for each in there if not any(fnmatch(each, name) for name in named)} == set(), page.name


def test_there_are_such_tables() -> None:
    assert len(list(_tables())) >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_python_file_that_a_page_names_is_there(page: Path) -> None:
    named = set(re.findall(r"`([\w/]+\.py)`", page.read_text(encoding="utf-8")))
    assert {each for each in named if not any(file.endswith(f"/{each}") for file in FILES)} == set()
