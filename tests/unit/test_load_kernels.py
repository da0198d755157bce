"""The compiled sums of what reads put on cells and wires against the plain torch that other devices run."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from mortalff.hardware.load_kernels import add_conductances, add_loads
from mortalff.hardware.load_reference import conductances_reference, loads_reference
from tests.strategies.reads import uniform

WIDTHS = st.integers(1, 40)
PER = np.array([0.5, 2.0, 3.0])
ALL = np.zeros(0, np.int64)
NONE = np.zeros((0, 0, 0), np.float32)


@given(
    chips=st.integers(1, 3),
    n_out=WIDTHS,
    n_in=WIDTHS,
    both_ways=st.booleans(),
    data=st.data(),
)
def test_conductances(
    chips: int, n_out: int, n_in: int, both_ways: bool, data: st.DataObject
) -> None:
    states = uniform(0, chips, n_out, n_in)
    out_0, in_0 = data.draw(st.integers(0, n_out - 1)), data.draw(st.integers(0, n_in - 1))
    out_1, in_1 = data.draw(st.integers(out_0 + 1, n_out)), data.draw(st.integers(in_0 + 1, n_in))
    lines, zero = (out_0, out_1, in_0, in_1), -0.25
    found = (
        np.full((chips, in_1 - in_0), 0.5, np.float32),
        np.full((chips, out_1 - out_0), 0.5, np.float32),
    )
    add_conductances(states.numpy(), lines, np.float32(zero), both_ways, *found)
    due = conductances_reference(states, lines, zero, both_ways=both_ways)
    for one, other in zip(found, due, strict=True):
        np.testing.assert_allclose(one, 0.5 + other.numpy(), rtol=1e-5)


@given(
    chips=st.integers(1, 3),
    alike=st.booleans(),
    batch=st.integers(1, 5),
    n=WIDTHS,
    by_duration=st.booleans(),
    linear=st.booleans(),
)
def test_loads(
    chips: int, alike: bool, batch: int, n: int, by_duration: bool, linear: bool
) -> None:
    lines = uniform(0, 1 if alike else chips, batch, n)
    lines[lines.abs() < 0.2] = 0.0
    drive = lines if linear else torch.sinh(lines)
    conductance = uniform(1, chips, n) + 1.0
    found = np.ones((3, chips))
    driven = NONE if linear else drive.numpy()
    add_loads(lines.numpy(), driven, conductance.numpy(), ALL, by_duration, PER, found)
    due = loads_reference(lines, drive, conductance, by_duration=by_duration)
    np.testing.assert_allclose(found, 1.0 + PER[:, np.newaxis] * due.numpy(), rtol=1e-5)


def test_loads_of_some_chips_go_to_these() -> None:
    lines, conductance = uniform(0, 2, 4, 7), uniform(1, 3, 7) + 1.0
    which = torch.tensor([2, 0])
    found = np.zeros((3, 3))
    add_loads(lines.numpy(), NONE, conductance.numpy(), which.numpy(), False, PER, found)
    due = loads_reference(lines, lines, conductance[which], by_duration=False)
    np.testing.assert_allclose(found[:, [2, 0]], PER[:, np.newaxis] * due.numpy(), rtol=1e-5)
    assert found[:, 1].tolist() == [0.0, 0.0, 0.0]
