"""Which law is taken, and when none is: devices made up by known laws, and by none."""

from __future__ import annotations

import numpy as np
import pytest

from mortalff.errors import InputError
from mortalff.fitting import fit_laws, models_named
from mortalff.fitting.affine_models import ConstantStep, LinearStep, SoftBounds
from mortalff.fitting.curved_models import PowStep
from mortalff.fitting.fit_laws import MODELS
from mortalff.fitting.law_model import LawModel
from mortalff.fitting.readings import Readings
from tests.strategies.pulse_files import Array, cycles, devices, made, responses

N = 10
RIVALS: tuple[LawModel, ...] = (
    ConstantStep(),
    LinearStep(),
    SoftBounds(),
    SoftBounds(additive=True),
    PowStep(),
)


def truth(model: LawModel, rng: np.random.Generator) -> Array:
    """Devices that come to their bounds in thirty pulses."""
    device = devices(rng, N, dw_min=0.04)
    if isinstance(model, LinearStep):
        device = np.concatenate([device, 0.8 + 0.1 * rng.standard_normal((2, N))])
    if isinstance(model, PowStep):
        exponents = [2.0 + 0.2 * rng.standard_normal(N), 0.1 * rng.standard_normal(N)]
        device = np.concatenate([device, exponents])
        device[:2] *= 3.0
    return device


@pytest.mark.parametrize("read_std", [0.0, 0.02])
@pytest.mark.parametrize("model", RIVALS, ids=lambda model: model.name)
def test_the_right_law_is_taken_and_fits(model: LawModel, read_std: float) -> None:
    rng = np.random.default_rng(20)
    readings = responses(model, truth(model, rng), [], cycles(N, 30, 2), rng, read_std=read_std)
    rivals = {ConstantStep(), LinearStep(), SoftBounds(), model}
    verdict = fit_laws(readings, [rival for rival in RIVALS if rival in rivals])
    assert verdict.chosen.fitted.model == model
    assert verdict.fits, [check.found for check in verdict.checks if not check.passed]


def hysteresis(rng: np.random.Generator) -> Readings:
    """The first ten pulses after each change of direction do next to nothing."""
    device = devices(rng, N, dw_min=0.02)
    direction = cycles(N, 30, 2)
    own = np.zeros((0, 1, 1))
    law = SoftBounds().response(device[:, None], own, np.array([[0.3]]))
    w = np.zeros((1, N))
    weights = [w[0]]
    for t, signs in enumerate(direction):
        mean, std = law.pulse(signs, w)
        share = 0.1 if t % 30 < 10 else 1.0
        w = w + share * (mean + std * rng.standard_normal((1, N)))
        weights.append(w[0])
    return made(np.array(weights), direction)


def telegraph(rng: np.random.Generator) -> Readings:
    """Soft bounds seen through a trap that is now full and now empty, and shifts the weight by six steps."""
    plain = responses(SoftBounds(), devices(rng, N), [], cycles(N, 30, 2), rng)
    flips = np.cumsum(rng.random(plain.weight.shape) < 0.04, axis=0) % 2
    return made(plain.weight + 0.12 * flips, plain.direction)


def test_no_law_fits_devices_with_hysteresis() -> None:
    """All laws tried; what fails is named."""
    verdict = fit_laws(hysteresis(np.random.default_rng(30)))
    assert len(verdict.laws) == len(MODELS)
    assert not verdict.fits
    failed = {check.name: check.found for check in verdict.checks if not check.passed}
    assert "first pulses after a change of direction" in failed
    assert "%" in failed["first pulses after a change of direction"]


def test_no_law_fits_devices_with_telegraph_noise() -> None:
    verdict = fit_laws(telegraph(np.random.default_rng(31)), RIVALS)
    assert not verdict.fits
    failed = {check.name for check in verdict.checks if not check.passed}
    assert "shape of the noise" in failed


def test_no_law_fits_where_the_law_tried_is_wrong() -> None:
    rng = np.random.default_rng(32)
    readings = responses(PowStep(), truth(PowStep(), rng), [], cycles(N, 30, 2), rng)
    verdict = fit_laws(readings, [ConstantStep()])
    failed = {check.name: check.found for check in verdict.checks if not check.passed}
    assert "pulses at weights from" in failed["mean step against weight"]


def test_laws_are_named_as_on_cards() -> None:
    assert {model.kind for model in models_named(["SoftBounds", "PowStep"])} == {
        "SoftBounds",
        "PowStep",
    }
    with pytest.raises(InputError, match="did you mean 'SoftBounds'"):
        models_named(["SoftBound"])
