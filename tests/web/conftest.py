"""The site over the keeper's double, once a module; a visitor, the double and its memory fresh for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.keeper_double import KeeperDouble
from tests.web.site import RunningSite
from tests.web.visitor import Visitor


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with RunningSite(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def keeper(site: RunningSite) -> Iterator[KeeperDouble]:
    with KeeperDouble(site.settings.layout.socket("keeper"), cameras=2) as double:
        yield double


@pytest.fixture
def visitor(site: RunningSite, keeper: KeeperDouble) -> Visitor:
    return Visitor(site)
