"""The one-step update: exact in goodness, and without effect on the direction that later layers see."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mortalff.cards import load_card
from mortalff.errors import InputError
from mortalff.hardware.unknown_stage import UnknownStage
from mortalff.learners.fast_and_slow import reach_goodness
from mortalff.networks import Layer, Network, rms_normalise

WIDTHS = (20, 30, 25)


def _net(seed: int = 0, chips: int = 3) -> Network:
    return Network.build(load_card("ideal"), WIDTHS, chips=chips, seed=seed)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), goal=st.floats(5.0, 300.0))
def test_one_step_reaches_the_goal_and_later_layers_see_no_change(seed: int, goal: float) -> None:
    net = _net(seed)
    x = rms_normalise(torch.rand(1, WIDTHS[0], generator=torch.Generator().manual_seed(seed)))
    first, second = net.layers
    before = second(rms_normalise(first(x)))
    reach_goodness(first, x, goal)
    y = first(x)
    after = second(rms_normalise(y))
    # About 20 to begin with: much smaller goals lose digits of float32 by cancellation.
    assert (y.double().square().sum(-1) / goal - 1.0).abs().max() < 1e-6
    assert (after - before).abs().max() < 1e-5


def test_each_chip_has_its_own_goal() -> None:
    net = _net()
    x = rms_normalise(torch.rand(1, WIDTHS[0]))
    goals = torch.tensor([5.0, 50.0, 500.0])
    was = reach_goodness(net.layers[0], x, goals)
    assert was.shape == (3,)
    torch.testing.assert_close(
        net.layers[0](x).square().sum(-1).flatten(), goals, rtol=2e-6, atol=0
    )


def test_a_black_box_between_layers_may_be_anything() -> None:
    # Layers learn at once, each to its own goal, with something unknown between them that nobody differentiates.
    net = _net(chips=1)
    stage = UnknownStage(WIDTHS[1], 1, 3, strength=2.0)
    x = rms_normalise(torch.rand(1, WIDTHS[0]))
    between = stage.forward(rms_normalise(net.layers[0](x)))
    reach_goodness(net.layers[0], x, 60.0)
    reach_goodness(net.layers[1], between, 40.0)
    again = stage.forward(rms_normalise(net.layers[0](x)))
    torch.testing.assert_close(again, between, rtol=1e-4, atol=1e-5)
    assert float(net.layers[1](again).square().sum()) == pytest.approx(40.0, rel=1e-4)


def test_behind_a_stage_in_the_layer_it_is_not_exact() -> None:
    net = _net(chips=1)
    layer = Layer(net.layers[0].hardware, 1.0, stage=UnknownStage(WIDTHS[1], 1, 3, strength=2.0))
    x = rms_normalise(torch.rand(1, WIDTHS[0]))
    reach_goodness(layer, x, 60.0)
    assert abs(float(layer(x).square().sum()) / 60.0 - 1.0) > 1e-3


def test_wrong_calls_are_told() -> None:
    layer = _net().layers[0]
    with pytest.raises(InputError, match="one input at a time"):
        reach_goodness(layer, torch.rand(2, WIDTHS[0]), 1.0)
    with pytest.raises(InputError, match="above 0"):
        reach_goodness(layer, torch.rand(1, WIDTHS[0]), 0.0)
    with pytest.raises(InputError, match="no unit is active"):
        reach_goodness(Layer(layer.hardware, -0.0), torch.rand(1, WIDTHS[0]), 1.0)
