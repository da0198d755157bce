"""Version and commit: of mortalff's own checkout, never of a repository around it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mortalff import __version__
from mortalff.studies import origin

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@x", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_version_is_that_of_the_package() -> None:
    assert origin.this_origin().version == __version__


@needs_git
def test_a_checkout_has_a_commit_and_says_whether_it_was_changed(tmp_path: Path) -> None:
    package = tmp_path / "mortalff"
    package.mkdir()
    (package / "__init__.py").write_text("one")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    head = git(tmp_path, "rev-parse", "HEAD").strip()
    (tmp_path / "notes.txt").write_text("beside the package")
    assert origin._commit(tmp_path) == head
    (package / "__init__.py").write_text("two")
    assert origin._commit(tmp_path) == head + "+dirty"


@needs_git
def test_a_package_inside_somebody_elses_repository_has_no_commit(tmp_path: Path) -> None:
    (tmp_path / "theirs.txt").write_text("")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "theirs")
    installed = tmp_path / "site-packages"
    (installed / "mortalff").mkdir(parents=True)
    (installed / "mortalff" / "__init__.py").write_text("")
    assert origin._commit(installed) is None
    assert origin._commit(tmp_path / "nowhere") is None
