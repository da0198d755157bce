"""The compiled steps of a read give what plain torch does, bit for bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from mortalff.hardware.read_place import Place
from mortalff.hardware.read_reference import (
    add_noise_reference,
    finish_reference,
    prepare_reference,
)
from mortalff.hardware.read_steps import add_noise, finish, prepare
from mortalff.physics.converter import Converter, converter
from tests.strategies.reads import uniform

CHIPS, BATCH = 3, 5
KEYS = np.array([3, 2**63 + 1, 12345], dtype=np.uint64)
CONVERTERS = [
    converter(None, None),
    converter(None, 0.7),
    converter(1, 0.7),
    converter(2, 0.7),
    converter(7, 1.0),
    converter(16, 0.7),
]


@pytest.mark.parametrize("columns", [1, 4, 17, 64, 785])
@pytest.mark.parametrize("dac", CONVERTERS, ids=lambda c: f"{c.kind}-{c.top:g}")
def test_inputs(dac: Converter, columns: int) -> None:
    x = uniform(columns, CHIPS, BATCH, columns)
    x[:, 2] = 0.0
    scale = 2.0 * uniform(1, CHIPS, BATCH).abs()
    ways = [(True, math.inf, None), (True, 0.3, None), (False, math.inf, None)]
    for abs_max, cap, given in [*ways, (False, math.inf, scale), (False, math.inf, scale[:1])]:
        for inputs in (x, x[:1]):
            lines, by = prepare(inputs, abs_max, cap, given, dac)
            wanted, wanted_by = prepare_reference(inputs, abs_max, cap, given, dac)
            assert torch.equal(lines, wanted)
            assert (by is None) == (wanted_by is None)
            assert by is None or torch.equal(by, wanted_by)


@pytest.mark.parametrize("columns", [1, 4, 17, 64, 501])
@pytest.mark.parametrize("adc", CONVERTERS, ids=lambda c: f"{c.kind}-{c.top:g}")
def test_outputs(adc: Converter, columns: int) -> None:
    y = uniform(columns, CHIPS, BATCH, columns)
    y[0] *= 0.1
    scale = uniform(1, CHIPS, BATCH).abs()
    rows = np.array([4, 0, 9, 2, 3])
    for place in (Place(KEYS, 7, 20), Place(KEYS, 7, 20, rows)):
        for std in (0.0, 0.1):
            for by in (None, scale, scale[:1]):
                got, clipped = finish(y.clone(), place, std, adc, by)
                wanted, wanted_clipped = finish_reference(y.clone(), place, std, adc, by)
                assert torch.equal(got, wanted)
                assert (clipped is None) == (wanted_clipped is None)
                assert clipped is None or torch.equal(clipped, wanted_clipped)


def test_a_full_scale_a_chip() -> None:
    adc = converter(6, torch.tensor([0.2, 0.5, 2.0]))
    y = uniform(0, CHIPS, BATCH, 33)
    got, clipped = finish(y.clone(), Place(KEYS, 0), 0.1, adc, None)
    wanted, wanted_clipped = finish_reference(y.clone(), Place(KEYS, 0), 0.1, adc, None)
    assert torch.equal(got, wanted)
    assert clipped is not None
    assert wanted_clipped is not None
    assert torch.equal(clipped, wanted_clipped)
    assert bool(clipped[0].all())
    assert not bool(clipped[2].any())


def test_noise() -> None:
    values, place = uniform(0, CHIPS, BATCH, 33), Place(KEYS, 3, 5)
    for shape in ((1, 1, 1), (CHIPS, BATCH, 1), (CHIPS, BATCH, 33), (1, BATCH, 1)):
        std = uniform(1, *shape).abs()
        got = add_noise(values.clone(), place, std)
        assert torch.equal(got, add_noise_reference(values.clone(), place, std))


def test_a_vector_read_alone_has_the_noise_of_its_row() -> None:
    y = torch.zeros(CHIPS, 6, 9)
    whole, _ = finish(y.clone(), Place(KEYS, 0), 1.0, CONVERTERS[0], None)
    rows = np.array([1, 4])
    part, _ = finish(y[:, rows].clone(), Place(KEYS, 0, 0, rows), 1.0, CONVERTERS[0], None)
    assert torch.equal(part, whole[:, rows])
