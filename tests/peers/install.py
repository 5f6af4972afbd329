"""Makes a package directory findable without a package index or a wheel: its metadata, as setuptools writes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def install(root: Path, target: Path) -> dict[str, str]:
    """Writes the metadata of the package in ``root`` to ``target``; returns the environment that has it."""
    target.mkdir()
    program = f"import setuptools; setuptools.setup(script_args=['-q', 'egg_info', '--egg-base', {str(target)!r}])"
    subprocess.run([sys.executable, "-c", program], cwd=root, check=True, capture_output=True, timeout=120)
    paths = [str(root), str(target), *filter(None, [os.environ.get("PYTHONPATH", "")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
