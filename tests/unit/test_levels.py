"""Finite levels of a device."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mortalff.physics.levels import nearest_level


@given(
    levels=st.integers(2, 300),
    low=st.floats(-2.0, 0.0, width=32),
    width=st.floats(0.015625, 4.0, width=32),
    w=arrays.arrays(np.float32, (1, 4, 5), elements=st.floats(-3.0, 3.0, width=32)),
)
def test_the_nearest_of_n_equally_far_apart(
    levels: int, low: float, width: float, w: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> None:
    weights = torch.from_numpy(w)
    w_min = torch.full_like(weights, low)
    w_max = w_min + width
    got = nearest_level(weights, w_min, w_max, levels)
    states = np.linspace(float(w_min[0, 0, 0]), float(w_max[0, 0, 0]), levels)
    far = np.abs(w[..., None].astype(np.float64) - states).min(-1)
    assert np.abs(got.numpy()[..., None] - states).min(-1).max() < 1e-6
    assert np.all(np.abs(got.numpy() - w.astype(np.float64)) < far + 1e-5)
    again = nearest_level(got, w_min, w_max, levels)
    assert torch.equal(again, got)


def test_bounds_are_levels_and_a_stuck_device_stays() -> None:
    w_min, w_max = torch.tensor([[[-0.3, 0.1]]]), torch.tensor([[[0.7, 0.1]]])
    assert torch.equal(nearest_level(w_min, w_min, w_max, 7), w_min)
    assert torch.equal(nearest_level(w_max, w_min, w_max, 7), w_max)
    assert torch.equal(nearest_level(w_max + 1, w_min, w_max, 7), w_max)
