"""Conformance suites: what any hardware or learner of one's own must pass. They run under pytest."""

from __future__ import annotations

from mortalff.errors import MissingDependencyError

try:
    import pytest
except ModuleNotFoundError as error:
    raise MissingDependencyError(
        "mortalff.testing needs pytest, which is not installed; run `pip install pytest`"
    ) from error

# So that a failing assertion in a suite shows its values, as one in a test file does.
pytest.register_assert_rewrite(
    "mortalff.testing.conformance_of_changes",
    "mortalff.testing.conformance_of_reads",
    "mortalff.testing.conformance_of_states",
    "mortalff.testing.learner_conformance",
)

from mortalff.testing.hardware_case import HardwareCase  # noqa: E402 - after the registration
from mortalff.testing.hardware_conformance import HardwareConformance  # noqa: E402
from mortalff.testing.learner_case import LearnerCase  # noqa: E402
from mortalff.testing.learner_conformance import LearnerConformance  # noqa: E402

__all__ = ["HardwareCase", "HardwareConformance", "LearnerCase", "LearnerConformance"]
