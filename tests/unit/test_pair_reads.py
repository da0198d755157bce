"""Reads of the devices of pairs: the compiled pass marks the pairs that plain torch does, and waits for no noise."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mortalff.hardware import pair_reads
from mortalff.hardware.pair_reads import DeviceReads, Full, full_pairs, full_pairs_reference
from mortalff.physics.converter import converter
from mortalff.seeds import Seeds
from mortalff.streams import Stream
from tests.strategies.devices import CPU

CHIPS, N_OUT, N_IN = 2, 9, 131
FULL = Full(w_max=2.0, upper=0.75, lower=0.25)
CONVERTERS = {"ideal": (None, None), "clipped": (None, 1.8), "sign": (1, 2.0), "6 bits": (6, 2.0)}


def reads(
    seed: int, adc: str, variance: float, *, own: bool, states: Tensor | None = None
) -> DeviceReads:
    generator = torch.Generator().manual_seed(seed)
    shape = (CHIPS, N_OUT, N_IN)
    seen = 2.0 * torch.rand(shape, generator=generator) if states is None else states
    std = 0.1 * torch.rand(shape, generator=generator) if own else None
    noise = Stream(Seeds.of(seed), "resets", (3, 8), CPU)
    return DeviceReads(seen, std, variance, converter(*CONVERTERS[adc]), noise, (4, 1))


@given(
    seed=st.integers(0, 1000),
    adc=st.sampled_from(list(CONVERTERS)),
    variance=st.sampled_from([0.0, 0.01]),
    own=st.booleans(),
)
def test_the_compiled_pass_marks_the_same_pairs(
    seed: int, adc: str, variance: float, own: bool
) -> None:
    plus, minus = (reads(seed + k, adc, variance, own=own) for k in range(2))
    full = full_pairs(plus, minus, FULL)
    assert torch.equal(full, full_pairs_reference(plus, minus, FULL))
    assert full.any()
    assert not full.all() or adc == "sign"  # which shows any device as full


def test_exact_reads_show_states_and_noise_spreads_them() -> None:
    everywhere = torch.ones(CHIPS, N_OUT, N_IN, dtype=torch.bool)
    exact = reads(1, "ideal", 0.0, own=False)
    assert torch.equal(exact.shown(everywhere), exact.seen.flatten())
    noisy = reads(1, "ideal", 0.04, own=False, states=torch.zeros(CHIPS, N_OUT, N_IN))
    assert float(noisy.shown(everywhere).std()) == pytest.approx(0.2, rel=0.1)
    some = everywhere & (torch.arange(N_IN) % 3 == 0)
    assert torch.equal(noisy.shown(some), noisy.shown(everywhere).view_as(some)[some])


def test_noise_beyond_some_standard_deviations_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both devices three standard deviations short of the upper end: one in a few hundred reads shows that."""
    states = torch.full((CHIPS, N_OUT, N_IN), 0.9)
    one = reads(1, "ideal", 0.2**2, own=False, states=states)
    two = reads(2, "ideal", 0.2**2, own=False, states=states)
    assert full_pairs(one, two, FULL).any()
    assert full_pairs_reference(one, two, FULL).any()
    monkeypatch.setattr(pair_reads, "_WAITED_FOR", 2.0)
    assert not full_pairs(one, two, FULL).any()
    assert not full_pairs_reference(one, two, FULL).any()
