"""``appliance owners`` for who may not, and where there is nothing to give or nobody to give it to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.core.errors import UsageError
from appliance.core.settings import Layout
from appliance.process import owners
from appliance.process.owners import give_office
from tests.box import make_box, testcard


def test_before_set_up_there_is_nothing_to_give(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no office is set up here"):
        give_office(Layout(str(tmp_path)))


def test_only_root_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with make_box(tmp_path / "office", [testcard("01")]) as box:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(UsageError, match="only root"):
            give_office(box.settings.layout)


def test_a_box_without_the_users_is_told_how_they_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with make_box(tmp_path / "office", [testcard("01")]) as box:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(owners, "installed_users", lambda: {"keeper": 801, "web": 803})
        with pytest.raises(UsageError, match=r"no or-recorder, or-darkroom.*systemd-sysusers"):
            give_office(box.settings.layout)
