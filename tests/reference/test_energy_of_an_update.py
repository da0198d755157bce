"""What docs/energy.md concludes of an update of FF and of BP at 784-500-500, inputs being voltages or durations."""

from __future__ import annotations

import pytest

from mortalff.cards import load_card
from mortalff.cli.energy_compare_rule import Training, chosen
from mortalff.energy.architectures import Net, Plan, Task, compare, load_architecture
from mortalff.energy.library import Price

FF, DIGITAL, ANALOG = "ff on ff_analog", "bp on bp_digital", "bp on bp_analog"


def ratios(name: str, inputs: str) -> tuple[Price, Price]:
    """Of FF with analog activities over BP with errors as numbers, and over BP with errors as voltages."""
    card, net = load_card(name).replace(**{"conductance.inputs": inputs}), Net.of("784-500-500", 10)
    plans = []
    for entrant in (FF, DIGITAL, ANALOG):
        learner, architecture = entrant.split(" on ")
        found = load_architecture(architecture)
        settings, _ = chosen(learner, found, card, net, Training(), "one")
        plans.append(Plan(found, learner, settings, card, net))
    told = compare(plans, Task())
    return told.ratio(FF, DIGITAL), told.ratio(FF, ANALOG)


@pytest.mark.parametrize(
    ("card", "inputs", "digital", "analog"),
    [
        ("gokmen_vlasov", "amplitude", (0.087, 0.132, 0.539), (1.51, 1.60, 3.45)),
        ("gokmen_vlasov", "duration", (0.163, 0.248, 0.616), (1.65, 1.71, 2.79)),
        ("ecram", "amplitude", (0.074, 0.104, 0.552), (1.57, 2.00, 4.35)),
        ("ecram", "duration", (0.079, 0.110, 0.559), (1.57, 1.95, 4.08)),
    ],
)
def test_ff_over_bp(
    card: str, inputs: str, digital: tuple[float, float, float], analog: tuple[float, float, float]
) -> None:
    """With today's constants; bounds of bands are those of 2000 draws."""
    for found, due in zip(ratios(card, inputs), (digital, analog), strict=True):
        assert found.value == pytest.approx(due[1], rel=0.01)
        assert (found.low, found.high) == pytest.approx((due[0], due[2]), rel=0.05)
