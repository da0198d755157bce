"""What a device is and does is the same wherever in memory it lies: beside however many others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mortalff.physics.device_spread import Spread
from mortalff.physics.endurance import log_normal_lifetimes, weibull_lifetimes
from mortalff.physics.pow_step import PowStep
from mortalff.physics.refresh import rewriting_pulses

N, PART = 1003, 7


def lifetimes(u: Tensor) -> Tensor:
    return weibull_lifetimes(1e6, 1.7, u) + log_normal_lifetimes(1e6, 0.4, u)


def pulses(u: Tensor) -> Tensor:
    wanted = u.reshape(1, 1, -1)
    slots = torch.full_like(wanted, 20.0)
    return rewriting_pulses(wanted, 0.06, slots, (13.0 * wanted).frac().flatten())


@pytest.mark.parametrize("compute", [lifetimes, pulses])
def test_the_same_beside_others(compute: Callable[[Tensor], Tensor]) -> None:
    u = torch.rand(N, generator=torch.Generator().manual_seed(1)).clamp(1e-6, 1.0 - 1e-6)
    together = compute(u).flatten()
    apart = torch.cat([compute(part.clone()).flatten() for part in u.split(PART)])
    assert torch.equal(together, apart)


def test_power_steps_are_the_same_beside_others() -> None:
    generator = torch.Generator().manual_seed(2)
    w, gamma = torch.rand(N, generator=generator), 3.0 * torch.rand(N, generator=generator)

    def step(at: Tensor, power: Tensor) -> Tensor:
        one = torch.ones_like(at)
        return PowStep(Spread(one, one, one, 0.0 * one), power, power, 0.0).down(at).mean

    pieces = zip(w.split(PART), gamma.split(PART), strict=True)
    apart = torch.cat([step(a.clone(), b.clone()) for a, b in pieces])
    assert torch.equal(step(w, gamma), apart)
    torch.testing.assert_close(apart, w.pow(gamma), rtol=2e-6, atol=1e-9)


@pytest.mark.parametrize(("power", "share"), [(0.0, 1.0), (0.01, 0.0), (2.0, 0.0), (-1.0, 1e6)])
def test_a_power_step_at_its_bound(power: float, share: float) -> None:
    one = torch.ones(1)
    law = PowStep(Spread(one, one, one, -one), power * one, power * one, 0.0)
    assert float(law.up(one).mean) == float(law.down(-one).mean) == share
