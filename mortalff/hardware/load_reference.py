"""What a read's inputs put on cells and wires, in plain torch: what other devices than a CPU run.

The compiled loops of :mod:`mortalff.hardware.load_kernels` are tested against it; sums agree to single precision.
"""

from __future__ import annotations

import torch
from torch import Tensor


def conductances_reference(
    states: Tensor, lines: tuple[int, int, int, int], zero: float, *, both_ways: bool
) -> tuple[Tensor, Tensor]:
    """Conductances of lines' cells together; :func:`mortalff.hardware.load_kernels.add_conductances`.

    Args:
        states: (chips, n_out, n_in).
        lines: the outputs, from the first to the second of these, and the inputs, from the third to the fourth.
        zero: the state that conducts nothing.
        both_ways: whether states below ``zero`` conduct as those above.

    Returns:
        Of input lines, (chips, inputs), and of output lines, (chips, outputs).
    """
    out_0, out_1, in_0, in_1 = lines
    above = states[:, out_0:out_1, in_0:in_1] - zero
    held = above.abs() if both_ways else above.clamp_min(0.0)
    return held.sum(1), held.sum(2)


def loads_reference(
    lines: Tensor, drive: Tensor, conductance: Tensor, *, by_duration: bool
) -> Tensor:
    """Sums over vectors and lines of what cells and wires take; :func:`mortalff.hardware.load_kernels.add_loads`.

    Args:
        lines: voltages, (1 or chips, batch, n).
        drive: what cells are driven with, as many.
        conductance: of each line's cells together, (chips, n).
        by_duration: whether inputs are durations at full voltage.

    Returns:
        (3, chips), in double precision: Σ V² G, and two rows of Σ V²; by duration Σ |x| G, and the number of lines
        driven.
    """
    of_cells = lines.abs() if by_duration else lines * drive
    of_wires = lines.ne(0.0) if by_duration else lines.square()
    cells = (of_cells.sum(1) * conductance).sum(1, dtype=torch.float64)
    wires = of_wires.sum((1, 2), dtype=torch.float64).expand_as(cells)
    return torch.stack([cells, wires, wires])
