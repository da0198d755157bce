"""The seed of what tests draw anew in each run."""

from __future__ import annotations

import os
import secrets

import pytest

SEED_VARIABLE = "MORTALFF_TEST_SEED"


def run_seed() -> int:
    """The seed in the environment, else one from the operating system, kept there for worker processes."""
    written = os.environ.setdefault(SEED_VARIABLE, str(secrets.randbits(32)))
    if not written.isdecimal():
        raise pytest.UsageError(
            f"{SEED_VARIABLE}: got {written!r}; it must be a whole number; unset it to draw one"
        )
    return int(written)
