"""What every test shares: marks by path, single-threaded torch, Hypothesis's profile, data folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from mortalff.data.mnist import MNIST
from mortalff.data.sources import DATA_VARIABLE
from tests.strategies.run_seed import SEED_VARIABLE, run_seed

TESTS = Path(__file__).resolve().parent
KINDS = ("unit", "integration", "reference")

settings.register_profile(
    "ci",
    deadline=None,
    derandomize=False,
    print_blob=True,
    # How fast examples come depends on what else the machine does.
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci")


def pytest_configure() -> None:
    """One thread: numbers do not depend on the machine, and parallel workers do not compete."""
    torch.set_num_threads(1)


def pytest_report_header() -> str:
    """The seed of what tests draw anew in each run."""
    return _seed_line()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """That seed once more where the header is not shown."""
    if terminalreporter.verbosity < 0:
        terminalreporter.write_line(_seed_line())


def _seed_line() -> str:
    return f"random draws: repeat them with {SEED_VARIABLE}={run_seed()}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the name of its folder."""
    for item in items:
        if not item.path.is_relative_to(TESTS):
            continue
        kind = item.path.relative_to(TESTS).parts[0]
        if kind not in KINDS:
            raise pytest.UsageError(f"{item.path}: tests belong in tests/ {', '.join(KINDS)}")
        item.add_marker(kind)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of data sets: $MORTALFF_DATA, else ``../shared/data`` beside the project."""
    folder = Path(os.environ.get(DATA_VARIABLE) or TESTS.parents[1] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"there is no data folder {folder}; set {DATA_VARIABLE}")
    return folder


@pytest.fixture(scope="session")
def mnist_dir(data_dir: Path) -> Path:
    """The data folder, where all of MNIST is in it."""
    missing = MNIST.missing(data_dir)
    if missing:
        pytest.skip(f"{data_dir} lacks MNIST's {', '.join(missing)}; set {DATA_VARIABLE}")
    return data_dir
