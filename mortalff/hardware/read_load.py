"""What the inputs of reads put on the cells and wires of arrays: Σ V² G of cells, and Σ V² of lines.

A read costs V² G t in each cell that a line drives, and C V² for the wire over it. What V and G are depends on inputs
and weights, so that it is summed up as reads are made. Counts have it in units of the card's largest conductance and of
full scale; energy is worked out elsewhere.

Where an input is a duration at full voltage ([conductance] inputs), a cell takes |x| g, and the wire of every line that
is driven at all is charged in full. Wires are taken to lose nothing of the voltage. What lines conduct:
:mod:`mortalff.hardware.line_conductances`.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from mortalff.actions import Counts
from mortalff.hardware.line_conductances import Conductances
from mortalff.hardware.load_kernels import add_loads
from mortalff.hardware.load_reference import loads_reference

_THE_VOLTAGES = np.zeros((0, 0, 0), np.float32)  # what cells are driven with, where that is all
_ALL_CHIPS = np.zeros(0, np.int64)


class ReadLoad:
    """Counts what reads of a block put on its cells and wires.

    Args:
        conductance: of each driven line, (chips, lines), kept and looked at when there are reads.
        per: what Σ V² G is in the first of the counts, and Σ V² in each of the others, (3,). Of durations: Σ |x| G, and
            how many lines are driven: all whose input is not 0, be it by noise alone.
        by_duration: whether inputs are durations at full voltage, rather than voltages.

    Attributes:
        asked: which vectors of the chips are really read, (chips, batch) bool, where a whole batch is worked out though
            only some of it is read again; None for all.
    """

    def __init__(
        self, conductance: Conductances, per: Counts, *, by_duration: bool = False
    ) -> None:
        self._conductance, self._by_duration, self._per = conductance, by_duration, per
        self.begin(np.zeros((3, conductance.shape[0])))

    def begin(self, counts: Counts) -> None:
        """Count a read.

        Args:
            counts: of :data:`mortalff.actions.READ_LOADS`, (3, chips), added to in place.
        """
        self._counts = counts
        self.asked: Tensor | None = None

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
        if isinstance(self._conductance, np.ndarray):
            add_loads(
                lines.contiguous().numpy(),
                _THE_VOLTAGES if drive is lines else drive.contiguous().numpy(),
                self._conductance,
                _ALL_CHIPS if which is None else which.numpy(),
                self._by_duration,
                self._per,
                self._counts,
            )
            return
        own = self._conductance if which is None else self._conductance[which]
        sums = loads_reference(lines, drive, own, by_duration=self._by_duration).cpu().numpy()
        chips = slice(None) if which is None else which.cpu().numpy()
        self._counts[:, chips] += self._per[:, np.newaxis] * sums
