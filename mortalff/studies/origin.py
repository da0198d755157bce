"""Which mortalff made a result."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from mortalff import __version__


@dataclass(frozen=True)
class Origin:
    """Version and git commit.

    Attributes:
        version: mortalff's version.
        git_commit: the commit of the checkout it is from, with ``+dirty`` where code or cards were
            changed; None where it is not from a checkout.
    """

    version: str
    git_commit: str | None


def this_origin() -> Origin:
    """The version and commit of the mortalff that runs."""
    return Origin(__version__, _commit(Path(__file__).resolve().parents[2]))


def _commit(root: Path) -> str | None:
    # The package may be installed inside somebody else's repository, so it must be tracked itself.
    tracked = _git(root, "ls-files", "--full-name", "--", "mortalff/__init__.py")
    if tracked is None or tracked.strip() != "mortalff/__init__.py":
        return None
    commit = _git(root, "rev-parse", "HEAD")
    changes = _git(root, "status", "--porcelain", "--", "mortalff", "device_models")
    if commit is None or changes is None:
        return None
    return commit.strip() + ("+dirty" if changes.strip() else "")


def _git(root: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
