"""What tests draw anew in each run: the seed, and how many draws."""

from __future__ import annotations

import os
import secrets

import pytest

SEED_VARIABLE = "MORTALFF_TEST_SEED"
DRAWS_VARIABLE = "MORTALFF_TEST_DRAWS"


def run_seed() -> int:
    """The seed in the environment, else one from the operating system, kept there for worker processes."""
    written = os.environ.setdefault(SEED_VARIABLE, str(secrets.randbits(32)))
    if not written.isdecimal():
        raise pytest.UsageError(
            f"{SEED_VARIABLE}: got {written!r}; it must be a whole number; unset it to draw one"
        )
    return int(written)


def run_draws(usual: int) -> int:
    """How many devices are drawn: what the environment says, else ``usual``, which keeps a run short."""
    written = os.environ.get(DRAWS_VARIABLE, str(usual))
    if not written.isdecimal() or int(written) < 1:
        raise pytest.UsageError(
            f"{DRAWS_VARIABLE}: got {written!r}; it must be a whole number of 1 or more; unset it for {usual}"
        )
    return int(written)
