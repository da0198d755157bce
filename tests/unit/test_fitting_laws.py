"""The laws as they are fitted are those that hardware follows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import (
    Card,
    ExpStepLaw,
    LinearStepLaw,
    PiecewiseStepLaw,
    PowStepLaw,
    SoftBoundsLaw,
    SoftBoundsReferenceLaw,
)
from mortalff.fitting.affine_models import (
    ConstantStep,
    LinearStep,
    SoftBounds,
    SoftBoundsReference,
)
from mortalff.fitting.curved_models import ExpStep, PiecewiseStep, PowStep
from mortalff.fitting.law_model import LawModel, Population, steps
from mortalff.physics.constant_step import constant_step
from mortalff.physics.device_spread import Spread
from mortalff.physics.exp_step import ExpStep as PhysicalExpStep
from mortalff.physics.law import Law
from mortalff.physics.linear_step import linear_step
from mortalff.physics.piecewise_step import PiecewiseStep as PhysicalPiecewiseStep
from mortalff.physics.pow_step import PowStep as PhysicalPowStep
from mortalff.physics.soft_bounds import soft_bounds, soft_bounds_reference
from tests.strategies.devices import made_up
from tests.strategies.pulse_files import devices

N, S = 40, 0.3
EXTRA: Mapping[str, tuple[list[tuple[float, float]], list[float]]] = {
    "ConstantStep": ([], []),
    "LinearStep": ([(0.5, 0.1), (0.8, 0.1)], []),
    "SoftBounds": ([], []),
    "SoftBoundsReference": ([(0.05, 0.05)], []),
    "ExpStep": ([], [-0.7, 3.0, -0.5, -2.0]),
    "PowStep": ([(1.5, 0.2), (0.1, 0.1)], []),
    "PiecewiseStep": ([], [0.4, 1.3, 0.6, 0.2, 0.3, 0.7, 1.2, 1.1]),
}
MODELS: list[LawModel] = [
    ConstantStep(),
    LinearStep(),
    LinearStep(additive=True),
    SoftBounds(),
    SoftBounds(additive=True),
    SoftBoundsReference(),
    SoftBoundsReference(additive=True),
    SoftBoundsReference(additive=True, subtract_symmetry_point=True),
    ExpStep(),
    PowStep(),
    PiecewiseStep(),
]


def drawn(model: LawModel) -> tuple[np.ndarray, np.ndarray]:
    """Parameters of devices, (p, N), and shared ones."""
    rng = np.random.default_rng(3)
    extra, shared = EXTRA[model.kind]
    more = [mean + std * rng.standard_normal(N) for mean, std in extra]
    return np.concatenate([devices(rng, N), np.array(more).reshape(-1, N)]), np.array(shared)


def tensor(values: np.ndarray) -> Tensor:
    return torch.as_tensor(values)[None, None]


def physical(model: LawModel, device: np.ndarray, shared: np.ndarray) -> Law:
    """Our physics with the same devices, in float64."""
    up, down = steps(device)
    spread = Spread(*(tensor(values) for values in (up, down, device[2], device[3])))
    population = Population(device.mean(1), device.std(1), shared)
    law = {"kind": model.kind, **model.settings(population)}
    card: Card = made_up()
    one = torch.ones((), dtype=torch.float64)
    match model:
        case ConstantStep():
            return constant_step(spread, S)
        case SoftBoundsReference():
            found = SoftBoundsReferenceLaw.model_validate(
                {**law, "reference_std": {"value": 1.0, "unit": "weight", "source": "test"}}
            )
            return soft_bounds_reference(found, spread, S, tensor(device[4]))
        case SoftBounds():
            return soft_bounds(SoftBoundsLaw.model_validate(law), spread, S)
        case LinearStep():
            assert card.device is not None
            high, low = float(card.device.w_max), -float(card.device.w_min)
            unit = {"value": 1.0, "unit": "1", "source": "test"}
            linear = LinearStepLaw.model_validate(
                {**law, "gamma_up_dtod": unit, "gamma_down_dtod": unit}
            )
            xi = (tensor(device[4] * high), tensor(device[5] * low))
            return linear_step(linear, card.device, spread, S, xi)
        case ExpStep():
            numbers = {
                key: {"value": float(value), "unit": "1", "source": "test"}
                for key, value in model.numbers(population).items()
            }
            return PhysicalExpStep(
                ExpStepLaw.model_validate({**law, **numbers}), _scaled(spread, one), S
            )
        case PowStep():
            assert PowStepLaw.model_validate({"kind": model.kind})
            gamma, half = device[4], device[5]
            return PhysicalPowStep(spread, tensor(gamma + half), tensor(gamma - half), S)
        case PiecewiseStep():
            for key in ("nodes_up", "nodes_down"):
                nodes = law[key]
                assert isinstance(nodes, dict)
                law[key] = {**nodes, "source": "test"}
            return PhysicalPiecewiseStep(PiecewiseStepLaw.model_validate(law), spread, S)
    raise AssertionError(model)


def _scaled(spread: Spread, factor: Tensor) -> Spread:
    return Spread(
        spread.step_up * factor, spread.step_down * factor, spread.bound_up, spread.bound_down
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_fitted_laws_are_those_of_physics(model: LawModel) -> None:
    """Mean and noise of a pulse anywhere between the bounds, and the bounds, to 1e-6 of a step."""
    device, shared = drawn(model)
    ours = model.response(device[:, None], shared[:, None, None], np.array([[S]]))
    theirs = physical(model, device, shared)
    np.testing.assert_allclose(ours.upper, theirs.w_max[0], rtol=1e-12)
    np.testing.assert_allclose(ours.lower, theirs.w_min[0], rtol=1e-12)
    for place in (0.01, 0.2, 0.5, 0.77, 0.99):
        w = ours.lower + place * (ours.upper - ours.lower)
        for (mean, std), step in (
            (ours.up(w), theirs.up(torch.as_tensor(w)[None])),
            (ours.down(w), theirs.down(torch.as_tensor(w)[None])),
        ):
            np.testing.assert_allclose(mean, step.mean[0], rtol=1e-6, atol=1e-9)
            np.testing.assert_allclose(std, step.std[0], rtol=1e-6, atol=1e-9)
    assert float(np.ptp(ours.up(ours.lower)[0])) > 1e-4
