"""Folders that take a while to make, made once for all processes that run tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """A folder that tests read. What they add to it, such as reports, no other test may look at.

    Args:
        factory: pytest's.
        name: of the folder, the same in all processes.
        build: makes what is in it; called by the process that comes first, while others wait.
    """
    own = factory.getbasetemp()
    root = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own  # which all workers share
    folder, whole = root / name, root / f"{name}.whole"
    with FileLock(root / f"{name}.lock"):
        if not whole.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what a process left that failed here
            folder.mkdir()
            build(folder)
            whole.touch()
    return folder
