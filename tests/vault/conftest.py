"""Fixtures of the custody tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vault.swtpm import SoftwareTpm, running_tpm


@pytest.fixture
def chip() -> Iterator[SoftwareTpm]:
    """A TPM of this test's own; the test is marked ``tpm``."""
    with running_tpm() as running:
        yield running
