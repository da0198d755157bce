"""Learning rates over a training."""

from __future__ import annotations

import pytest

from mortalff.learners.settings import Settings


def _rates(schedule: str, epochs: int, batches: int) -> list[float]:
    settings = Settings.model_validate({"lr": 1.0, "schedule": schedule})
    return [
        settings.rate(epoch, epochs, batch / batches)
        for epoch in range(epochs)
        for batch in range(batches)
    ]


def test_constant() -> None:
    assert set(_rates("constant", 3, 4)) == {1.0}


def test_by_epochs_as_in_hintons_code() -> None:
    assert _rates("half_linear", 4, 2) == [1.0] * 4 + [0.75] * 2 + [0.25] * 2


def test_by_steps_it_falls_from_half_way_on_without_jumps() -> None:
    rates = _rates("half_linear_steps", 2, 5)
    assert rates[:6] == [1.0] * 6
    assert rates[5:] == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2])
