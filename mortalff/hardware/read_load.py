"""What the inputs of reads put on the cells and wires of arrays: Σ V² G of cells, and Σ V² of lines.

A read costs V² G t in each cell that a line drives, and C V² for the wire over it. What V and G are depends on inputs
and weights, so that it is summed up as reads are made: conductances in units of the card's largest, voltages in units
of full scale. Energy is worked out elsewhere.

    reference:  g = max(w − w_min, 0)/(w_max − w_min), beside a cell fixed at w = 0
    pair:       g⁺ + g⁻, each over w_max; |w|/w_max where one number stands for both

Where an input is a duration at full voltage ([conductance] inputs), a cell takes |x| g, and the wire of every line that
is driven at all is charged in full.

A pair is a one-sided pair, whose devices have states of their own, or devices that are only ever programmed; all
others are read against a reference: a cell each, one a line where weights are mapped by offset, or none where a weight
is one cell. Wires are taken to lose nothing of the voltage, devices' slow noise to be none, and a reference to hold w =
0 exactly, whatever the read path's ``reference_weight`` says of its mean.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mortalff.actions import Counts
from mortalff.cards import Card, OneSidedPair, Periphery
from mortalff.hardware.cell import Cell
from mortalff.hardware.load_kernels import add_conductances, add_loads
from mortalff.hardware.tiles import Block

_F32 = np.float32


class LineConductances:
    """What the cells of each driven line conduct together, in cells of the card's largest conductance.

    Args:
        card: says how weights are conductances; it has a device and [conductance].
        periphery: says how weights are mapped.
        cell: the devices.
    """

    def __init__(self, card: Card, periphery: Periphery, cell: Cell) -> None:
        assert card.device is not None
        assert card.conductance is not None
        w_min, w_max = float(card.device.w_min), float(card.device.w_max)
        offset, cells = periphery.weight_mapping == "offset", card.conductance.cells_per_weight
        one_sided = isinstance(card.cell, OneSidedPair)
        self._cell = cell
        self._both_ways = (
            card.law.kind == "ProgramOnly" and cells == 2 and not (one_sided or offset)
        )
        paired = one_sided or self._both_ways
        self._zero = 0.0 if paired else w_min
        self._full = w_max if paired else w_max - w_min
        self.by_duration = card.conductance.inputs == "duration"
        self._fixed = 0.0 if paired or (cells == 1 and not offset) else -w_min / self._full
        self._a_line = offset
        self._known: dict[tuple[int, bool], tuple[tuple[int, ...], Tensor]] = {}

    def of(self, block: Block, *, transposed: bool = False) -> Tensor:
        """Of each line that drives a block, (chips, lines); not to be written to.

        Args:
            block: which lines drive, and which are read.
            transposed: driven at the outputs.
        """
        version = tuple(array.version for array in self._cell.arrays.values())
        known = self._known.get((block.number, transposed))
        if known is None or known[0] != version:
            known = version, self._sums(block, transposed)
            self._known[block.number, transposed] = known
        return known[1]

    def _sums(self, block: Block, transposed: bool) -> Tensor:
        outputs, inputs = block.lines_out, block.lines_in
        if transposed:
            outputs, inputs = inputs, outputs
        states = [array.seen() for array in self._cell.arrays.values()]
        fixed = self._fixed * (1 if self._a_line else block.n_out)
        sums = torch.full((states[0].shape[0], block.n_in), fixed, device=states[0].device)
        for each in states:
            if each.device.type == "cpu":
                add_conductances(
                    each.numpy(),
                    *(outputs.start, outputs.stop, inputs.start, inputs.stop),
                    _F32(self._zero),
                    _F32(self._full),
                    self._both_ways,
                    transposed,
                    sums.numpy(),
                )
            else:
                above = each[:, outputs, inputs] - self._zero
                above = above.abs() if self._both_ways else above.clamp_min(0.0)
                sums += above.sum(2 if transposed else 1) / self._full
        return sums


class ReadLoad:
    """Sums of one read of a block.

    Args:
        conductance: of each driven line, (chips, lines).
        bound: the line voltage of full scale.
        by_duration: whether inputs are durations at full voltage, rather than voltages.

    Attributes:
        asked: which vectors of the chips are really read, (chips, batch) bool, where a whole batch is worked out though
            only some of it is read again; None for all.
    """

    asked: Tensor | None = None

    def __init__(self, conductance: Tensor, bound: float, *, by_duration: bool = False) -> None:
        self._conductance, self._by_duration = conductance, by_duration
        full = (bound, 1.0) if by_duration else (bound * bound, bound * bound)
        self._full = np.array(full)[:, np.newaxis]
        self._sums = np.zeros((2, conductance.shape[0]))

    def add(self, lines: Tensor, drive: Tensor, which: Tensor | None) -> None:
        """Take in voltages that were applied.

        Args:
            lines: voltages, (1 or chips, batch, n).
            drive: what cells are driven with; the voltages themselves where cells are linear.
            which: the chips; None for all.
        """
        if self.asked is not None:
            plain, read = drive is lines, self.asked.unsqueeze(2)
            lines = lines * read
            drive = lines if plain else drive * read
        chips = np.arange(self._sums.shape[1]) if which is None else which.cpu().numpy()
        if lines.device.type == "cpu":
            volts = lines.contiguous().numpy()
            driven = volts if drive is lines else drive.contiguous().numpy()
            held = self._conductance.numpy()
            add_loads(volts, driven, held, chips, self._by_duration, self._sums)
            return
        own = self._conductance if which is None else self._conductance[which]
        of_cells = lines.abs() if self._by_duration else lines * drive
        of_wires = lines.ne(0.0) if self._by_duration else lines.square()
        cells = (of_cells.sum(1) * own).sum(1, dtype=torch.float64)
        wire = of_wires.sum((1, 2), dtype=torch.float64).expand_as(cells)
        self._sums[:, chips] += torch.stack([cells, wire]).cpu().numpy()

    @property
    def sums(self) -> Counts:
        """Σ V² G of the cells, in cells of the largest conductance, and Σ V² of the lines, (2, chips).

        Voltages are in units of full scale. Of durations: Σ |x| G, and how many lines were driven.
        """
        sums: Counts = self._sums / self._full
        return sums


def make_line_conductances(card: Card, periphery: Periphery, cell: Cell) -> LineConductances | None:
    """As :class:`LineConductances`; None where the card says no conductances."""
    return None if card.conductance is None else LineConductances(card, periphery, cell)
