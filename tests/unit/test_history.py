"""What is measured while a learner trains."""

from __future__ import annotations

import pytest
import torch

from mortalff.learners.history import Means


def test_means_are_over_the_steps_that_measured() -> None:
    """Where phases are apart, no step measures all."""
    means = Means()
    means.add({"a": torch.tensor([1.0, 5.0]), "b": torch.tensor([2.0, 2.0])})
    means.add({"a": torch.tensor([2.0, 0.0])})
    means.add({"c": torch.tensor([7.0, 0.5])})
    assert means.lists() == {"a": [1.5, 2.5], "b": [2.0, 2.0], "c": [7.0, 0.5]}


def test_no_steps_measure_nothing() -> None:
    assert Means().lists() == {}


def test_means_are_added_up_in_double_precision() -> None:
    means = Means()
    for _ in range(1000):
        means.add({"a": torch.full((1,), 0.1)})
    assert means.lists()["a"] == pytest.approx([float(torch.tensor(0.1))], rel=1e-12)
