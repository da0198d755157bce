"""Voltages along a line: both ways of working them out, on every kind of terminal."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mortalff.cards.wires import End
from mortalff.physics.ladder import Line, compiled_steps, ladder_voltages, tensor_steps
from tests.strategies.wires import exact, wires


@pytest.mark.parametrize("terminals", ["first", "last", "both"])
@pytest.mark.parametrize(("wire_ohm", "terminal_ohm"), [(0.0, 40.0), (3.0, 0.0), (3.0, 40.0)])
def test_voltages_are_those_of_the_network(
    terminals: End, wire_ohm: float, terminal_ohm: float
) -> None:
    cells = torch.rand(3, 9, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    cells = cells * 1e-2 + 1e-9
    made = wires(wire_ohm, 0.0, terminal_ohm, 0.0, driven_from=terminals)
    voltages = ladder_voltages(cells, Line(wire_ohm, terminal_ohm, terminals))
    for chip in range(3):
        right = exact(cells[chip].numpy(), made) / cells[chip].numpy()
        np.testing.assert_allclose(voltages[chip].numpy(), right, rtol=1e-9)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n", [1, 2, 50])
def test_compiled_steps_are_the_tensor_steps(both: bool, dtype: torch.dtype, n: int) -> None:
    generator = torch.Generator().manual_seed(2)
    cells = torch.rand(2, n, 5, dtype=dtype, generator=generator) * 1e-3
    line = Line(2.0, 7.0, "both" if both else "first")
    by_tensors, compiled = torch.empty_like(cells), torch.empty_like(cells)
    tensor_steps(cells, line, both, by_tensors)
    ohms = np.array([2.0, 9.0], compiled.numpy().dtype)
    compiled_steps(cells.numpy(), ohms, both, compiled.numpy())
    rtol = 1e-5 if dtype == torch.float32 else 1e-13
    torch.testing.assert_close(compiled, by_tensors, rtol=rtol, atol=0.0)


def test_no_cell_gets_more_than_the_terminal() -> None:
    voltages = ladder_voltages(torch.full((1, 40, 3), 1e-12), Line(1.0, 1.0, "both"))
    assert float(voltages.max()) <= 1.0
