"""Drift compensation: what it brings back, what it costs, and that it is hardware like any other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import Periphery, load_card
from mortalff.errors import InputError
from mortalff.hardware.base import Hardware
from mortalff.hardware.black_box import BlackBox
from mortalff.hardware.drift_compensation import DriftCompensated, Inputs
from mortalff.hardware.fabricate import fabricate
from mortalff.testing import HardwareConformance

N_OUT, N_IN = 6, 8
INPUTS: tuple[Inputs, Inputs] = ("one_hot", "signs")


def shrinking(factors: Tensor, noise: float = 0.0) -> BlackBox:
    """Two chips whose outputs shrink by these factors, (n_out,) or one number, as soon as time passes."""
    generator = torch.Generator().manual_seed(1)
    weights = torch.randn(N_OUT, N_IN, generator=generator)
    now = torch.ones(N_OUT)

    def forward(x: Tensor) -> Tensor:
        y = x @ (now[:, None] * weights).T
        return y + noise * torch.randn(y.shape, generator=generator)

    def advance(seconds: float) -> None:
        now.mul_(factors)

    return BlackBox(forward, n_out=N_OUT, n_in=N_IN, chips=2, advance=advance)


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("per_column", [False, True])
def test_a_common_loss_is_made_good(inputs: Inputs, per_column: bool) -> None:
    hardware = DriftCompensated(shrinking(torch.tensor(0.7)), inputs, per_column=per_column)
    x = torch.randn(4, N_IN, generator=torch.Generator().manual_seed(0))
    before = hardware.forward(x)
    hardware.record()
    assert torch.equal(hardware.forward(x), before)
    hardware.advance(1.0)
    torch.testing.assert_close(hardware.forward(x), 0.7 * before)
    hardware.compensate()
    torch.testing.assert_close(hardware.forward(x), before)
    torch.testing.assert_close(
        hardware.scales(), torch.full((2, N_OUT if per_column else 1), 1 / 0.7)
    )


def test_a_loss_of_its_own_for_each_column_needs_a_scale_for_each() -> None:
    factors = torch.linspace(0.5, 1.0, N_OUT)
    x = torch.randn(4, N_IN, generator=torch.Generator().manual_seed(0))
    errors = []
    for per_column in (False, True):
        hardware = DriftCompensated(shrinking(factors), per_column=per_column)
        before = hardware.forward(x)
        hardware.record()
        hardware.advance(1.0)
        hardware.compensate()
        errors.append(float((hardware.forward(x) - before).abs().max()))
    assert errors[1] < 1e-5 < 0.1 < errors[0]


def test_repeats_average_the_noise_out() -> None:
    """At noise as large as weights, |noise| is taken for signal, less so the more reads are averaged."""
    scale = {}
    for repeats in (1, 400):
        hardware = DriftCompensated(shrinking(torch.tensor(0.5), noise=1.0), repeats=repeats)
        hardware.record()
        hardware.advance(1.0)
        hardware.compensate()
        scale[repeats] = float(hardware.scales().mean())
    assert scale[1] < 1.7
    assert scale[400] == pytest.approx(2.0, abs=0.1)


def test_power_law_drift_is_made_good_but_for_its_spread() -> None:
    """What is left is the variance of t^-nu about its mean: exp(s^2) - 1 with s = sigma ln t, log-normal."""
    card = load_card("gokmen_vlasov").replace(**{"time.drift_nu": 0.1, "time.drift_nu_dtod": 0.02})
    made = fabricate(card, n_out=80, n_in=60, chips=2, w_init_std=0.2, periphery=Periphery())
    chips = DriftCompensated(made)
    chips.record()
    weights = chips.probe().read_weights()
    chips.advance(1e4)
    drifted = chips.probe().read_weights()
    chips.compensate()
    power = float(weights.square().mean())
    without = float((drifted - weights).square().mean()) / power
    left = float((drifted * chips.scales()[:, :, None] - weights).square().mean()) / power
    s = 0.02 * math.log(1e4)
    assert without > 0.3
    assert left == pytest.approx(math.expm1(s**2), rel=0.2)


def test_measuring_counts_as_reads_and_scaling_as_macs() -> None:
    hardware = DriftCompensated(shrinking(torch.tensor(0.5)), "one_hot", repeats=3)
    hardware.record()
    assert list(hardware.counts["black_box_pass"]) == [3.0 * N_IN] * 2
    hardware.advance(1.0)
    hardware.compensate()
    assert list(hardware.counts["black_box_pass"]) == [6.0 * N_IN] * 2
    assert not np.any(hardware.counts["digital_mac"])
    hardware.forward(torch.zeros(5, N_IN))
    assert list(hardware.counts["digital_mac"]) == [5.0 * N_OUT] * 2


def test_programming_ends_it() -> None:
    card = load_card("gokmen_vlasov").replace(**{"time.drift_nu": 0.1})
    chips = DriftCompensated(fabricate(card, n_out=4, n_in=5, w_init_std=0.2))
    chips.record()
    chips.advance(1e4)
    chips.compensate()
    chips.probe().program(torch.full((4, 5), 0.2))
    assert torch.equal(chips.scales(), torch.ones(1, 1))
    with pytest.raises(InputError, match=r"record\(\)"):
        chips.compensate()


def test_wrong_settings_are_refused() -> None:
    box = shrinking(torch.tensor(0.5))
    with pytest.raises(InputError, match="one_hot"):
        DriftCompensated(box, "onehot")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="repeats"):
        DriftCompensated(box, repeats=0)
    with pytest.raises(InputError, match="shape of inputs"):
        DriftCompensated(box, torch.zeros(3, N_IN + 1))


def _drifting(chips: int | Sequence[int], seed: int) -> Hardware:
    card = load_card("ecram").replace(**{"time.drift_nu": 0.05, "time.drift_nu_dtod": 0.02})
    return fabricate(card, n_out=4, n_in=5, chips=chips, seed=seed)


class TestCompensated(HardwareConformance):
    """A crossbar that drifts, not yet compensated."""

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        return DriftCompensated(_drifting(chips, seed))


class TestCompensatedByColumn(HardwareConformance):
    """The same, with scales set."""

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        made = DriftCompensated(_drifting(chips, seed), "signs", per_column=True)
        state = made.state_dict()
        state["scale"] = torch.full_like(state["scale"], 1.25)
        made.load_state_dict(state)
        return made

    def read_counts(self, hardware: Hardware, vectors: int) -> Mapping[str, float] | None:
        plain = _drifting(1, 0)
        plain.forward(torch.zeros(vectors, 5))
        counts = plain.counts.chip(0)
        return {**counts, "digital_mac": counts["digital_mac"] + vectors * 4.0}
