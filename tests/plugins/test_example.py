"""The example in the docs is a package that installs, loads and passes its own tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.peers.install import install

ROOT = Path(__file__).parents[2] / "docs" / "examples" / "office-recorder-snapshots"


def test_the_example_installs_and_passes_its_own_tests(tmp_path: Path) -> None:
    environment = install(ROOT, tmp_path / "installed")
    program = "from appliance.api.registry import load_plugins; print(load_plugins(['snapshots', 'source_av']).origins)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "plugin snapshots of package office-recorder-snapshots 1.0.0" in loaded.stdout
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={ROOT}", str(ROOT / "tests")],
        env=environment, capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "failed" not in done.stdout
