"""What works on this machine: each part is tried, not only looked for."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mortalff.errors import DataError, MortalffError

Status = Literal["ok", "missing", "broken"]

OPTIONAL = frozenset({"aihwkit", "GPU", "C++ compiler", "data"})
"""The checks that may fail while everything else works."""

_AIHWKIT_HINT = "run `make aihwkit` in a checkout; all hardware but aihwkit's works without it"
_PROBE = Path(__file__).with_name("aihwkit_probe.py")
_PROBE_LIMIT_S = 300.0


@dataclass(frozen=True)
class Check:
    """One part of the machine or the installation.

    Args:
        name: what was tried.
        status: ``ok``, ``missing``, or ``broken``: there, and not working.
        detail: what was found.
        hint: what would mend it; empty where nothing needs mending.
    """

    name: str
    status: Status
    detail: str
    hint: str = ""


def diagnose() -> list[Check]:
    """Try every part that mortalff uses.

    Returns:
        The checks, in a fixed order. None raises: what fails is ``missing`` or ``broken``.
    """
    checks = (
        ("Python", check_python, "install Python 3.11 or newer"),
        ("mortalff", check_mortalff, "install it again: make setup"),
        ("torch", check_torch, "install it again: make setup"),
        ("numba kernels", check_numba, "install it again: make setup"),
        ("device cards", check_cards, "see `mortalff cards`"),
        ("aihwkit", check_aihwkit, _AIHWKIT_HINT),
        ("C++ compiler", check_compiler, ""),
        ("GPU", check_gpu, ""),
        ("data", check_data, "see `mortalff data list`"),
    )
    return [_guarded(name, check, hint) for name, check, hint in checks]


def works(checks: Iterable[Check]) -> bool:
    """Whether everything is in order that mortalff cannot do without."""
    return all(check.status == "ok" or check.name in OPTIONAL for check in checks)


def check_python() -> Check:
    """The interpreter."""
    return Check("Python", "ok", f"{platform.python_version()} ({sys.executable})")


def check_mortalff() -> Check:
    """This package's version and, in a checkout, its commit."""
    from mortalff import __version__

    commit = _commit(Path(__file__).resolve().parents[1])
    return Check("mortalff", "ok", f"{__version__}, {commit or 'not in a git checkout'}")


def check_torch() -> Check:
    """torch, by a product of two matrices."""
    import torch

    threads = torch.get_num_threads()
    detail = f"{torch.__version__}, {threads} thread{'s' if threads > 1 else ''}"
    right = torch.equal(torch.eye(3) @ torch.ones(3, 3), torch.ones(3, 3))
    return Check("torch", "ok", detail) if right else Check("torch", "broken", f"{detail}: 1·1 ≠ 1")


def check_numba() -> Check:
    """numba, by compiling a small function."""
    import numba

    start = time.perf_counter()
    total = numba.njit()(_sum_of_squares)(4)
    seconds = time.perf_counter() - start
    detail = f"numba {numba.__version__}"
    if total != 14:
        hint = "install it again: make setup"
        return Check("numba kernels", "broken", f"{detail}: 0 + 1 + 4 + 9 gave {total}", hint)
    return Check("numba kernels", "ok", f"{detail}, compiles ({seconds:.1f} s)")


def check_cards() -> Check:
    """Every card that has a name, by reading it."""
    from mortalff.cards import find_cards
    from mortalff.cards.load import read_card

    found = find_cards()
    if not found:
        return Check("device cards", "missing", "none found", "install mortalff again: make setup")
    faults = []
    for card in found:
        try:
            read_card(card.path)
        except MortalffError as error:
            faults.append(f"{card.name}: {error}")
    if faults:
        hint = "see `mortalff cards check PATH`"
        return Check("device cards", "broken", "; ".join(faults), hint)
    return Check("device cards", "ok", ", ".join(card.name for card in found))


def check_aihwkit() -> Check:
    """aihwkit, by a tile's forward pass and update in a process of their own."""
    # -P keeps the package's own file names off the import path.
    command = [sys.executable, "-P", str(_PROBE)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_PROBE_LIMIT_S
        )
    except subprocess.TimeoutExpired:
        detail = f"a tile's forward pass and update did not end within {_PROBE_LIMIT_S:.0f} s"
        return Check("aihwkit", "broken", detail, _AIHWKIT_HINT)
    if done.returncode == 0:
        return Check("aihwkit", "ok", f"{done.stdout.strip()}, a tile runs forward and update")
    said = (done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"])[-1]
    if said == "ModuleNotFoundError: No module named 'aihwkit'":
        return Check("aihwkit", "missing", "not installed", _AIHWKIT_HINT)
    return Check("aihwkit", "broken", f"installed, but a tile does not run: {said}", _AIHWKIT_HINT)


def check_compiler() -> Check:
    """A C++ compiler, needed to build aihwkit and for nothing else."""
    name = "C++ compiler"
    path = next(filter(None, map(shutil.which, ("c++", "g++", "clang++"))), None)
    if path is None:
        hint = "needed only to build aihwkit; on Debian or Ubuntu: apt-get install g++"
        return Check(name, "missing", "no c++, g++ or clang++ on PATH", hint)
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    first = (done.stdout.strip().splitlines() or ["it says no version"])[0]
    return Check(name, "ok" if done.returncode == 0 else "broken", f"{path}: {first}")


def check_gpu() -> Check:
    """A GPU that torch can use, by a sum on it."""
    import torch

    if not torch.cuda.is_available():
        why = "no GPU is visible" if torch.version.cuda else "torch is a build for the CPU"
        return Check("GPU", "missing", f"{why}; everything runs on the CPU")
    total = float(torch.ones(4, device="cuda").sum())
    detail = f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}"
    return Check("GPU", "ok" if total == 4.0 else "broken", detail)


def check_data() -> Check:
    """The data folder: which data sets are complete, with the right checksums."""
    from mortalff.data.mnist import MNIST

    folder = MNIST.folder()
    missing = MNIST.missing()
    if missing:
        detail = f"{len(missing)} of MNIST's {len(MNIST.files)} files are not in {folder}"
        hint = "`mortalff data get mnist`, or set MORTALFF_DATA; the digits are built in"
        return Check("data", "missing", detail, hint)
    try:
        MNIST.verify()
    except DataError as error:
        return Check("data", "broken", str(error), "`mortalff data get mnist`")
    return Check("data", "ok", f"MNIST is complete in {folder}")


def _guarded(name: str, check: Callable[[], Check], hint: str) -> Check:
    """A check's result; what it raises is its result too."""
    try:
        return check()
    except ModuleNotFoundError as error:
        return Check(name, "missing", str(error), hint)
    except Exception as error:  # a broken library may raise anything
        return Check(name, "broken", f"{type(error).__name__}: {error}", hint)


def _sum_of_squares(n: int) -> int:
    total = 0
    for i in range(n):
        total += i * i
    return total


def _commit(root: Path) -> str:
    """The commit of the checkout whose root is ``root``, or ``""`` where it is none."""
    if not (root / ".git").exists() or shutil.which("git") is None:
        return ""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    done = subprocess.run(
        ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    return f"commit {done.stdout.strip()}" if done.returncode == 0 else ""
