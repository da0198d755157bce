"""What is lost to unknown hardware, by the committed results of its studies."""

from __future__ import annotations

import numpy as np
import pytest

from tests.strategies.committed_results import errors


def points_lost(learner: str, readout: str, stage: str, card: str, data: str = "") -> float:
    """To an unknown stage, on average over ten chips; over two on MNIST."""
    block = "exact weights" if card == "ideal" else "pulsed devices"
    lost: list[float] = []
    for hardware, sign in ((f"{card} + unknown stage {stage}", 1.0), (card, -1.0)):
        found = errors(f"unknown_hardware{data}", readout, hardware, block=block, learner=learner)
        assert len(found) == (2 if data else 10)
        lost.append(sign * float(np.mean(found)))
    return sum(lost)


@pytest.mark.parametrize(
    ("card", "stage"),
    [("ideal", "2"), ("ideal", "3"), ("ideal", "1, mixing 1"), ("gokmen_vlasov", "3")],
)
def test_ff_stands_unknown_hardware_where_a_wrong_model_does_not(card: str, stage: str) -> None:
    assert points_lost("bp_in_silico", "softmax", stage, card) >= 20.0
    for readout in ("softmax", "energy"):
        assert points_lost("ff", readout, stage, card) <= 3.0


@pytest.mark.parametrize("stage", ["2", "1, mixing 1", "2, mixing 0.5"])
def test_ff_stands_unknown_hardware_on_mnist(stage: str) -> None:
    assert points_lost("bp_in_silico", "softmax", stage, "ideal", "_mnist") >= 20.0
    for readout in ("softmax", "energy"):
        assert points_lost("ff", readout, stage, "ideal", "_mnist") <= 3.0


def test_where_units_mix_strongly_goodness_misses_the_line() -> None:
    """As the README says."""
    for card in ("ideal", "gokmen_vlasov"):
        assert points_lost("bp", "softmax", "2, mixing 0.5", card) >= 20.0
        assert points_lost("ff", "softmax", "2, mixing 0.5", card) <= 3.0
        assert points_lost("ff", "energy", "2, mixing 0.5", card) > 3.0
