"""What reads, pulses and writes of one array count: a crossbar of a card, or weights in digital memory.

Left out is what depends on values: expected pulses (:mod:`mortalff.energy.pulse_trains`), vectors read again because
they clipped, what resets and verified programming take.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

from mortalff.cards import Card, OneSidedPair
from mortalff.energy.array_forms import LayerShape, ReadScheme, add, pulse, read, read_transposed
from mortalff.energy.forms.counts import Counts, rounds
from mortalff.energy.forms.line_reads import LineReads
from mortalff.energy.forms.widths import SIMULATED, Widths


class ArrayForm(ABC):
    """What one layer's arrays count, on each chip.

    Attributes:
        shape: input lines, a bias line among them, and outputs.
    """

    shape: LayerShape

    @property
    def cells(self) -> int:
        """Weights."""
        return self.shape.n_in * self.shape.n_out

    @abstractmethod
    def read(self, vectors: int) -> Counts:
        """One forward pass of a batch of vectors."""

    @abstractmethod
    def read_transposed(self, vectors: int) -> Counts:
        """One transposed pass of a batch of vectors."""

    @abstractmethod
    def pulse(self, vectors: int) -> Counts:
        """One update by a batch of outer products, less what :meth:`upkeep` counts."""

    def driven_by_voltages(self) -> ArrayForm:
        """The same without converters at its inputs, as far as it has any."""
        return self

    def upkeep(self, updates: float, *, whole: bool = True) -> Counts:
        """What happens once every so many updates, whatever their batches.

        Args:
            updates: how many there were since the arrays were made.
            whole: only what is over by then; else each update's share.
        """
        del updates, whole
        return {}

    def one_line(self) -> tuple[float, float]:
        """Lines of arrays, and cells on them, that one input at full scale drives: none where weights are numbers."""
        return 0.0, 0.0

    def line_reads(self, updates: float) -> LineReads:
        """Of :meth:`upkeep`, each update with its share, the reads of one line at a time."""
        del updates
        return LineReads()

    def program(self) -> Counts:
        """All weights written."""
        return {"program_cell": self.cells}

    def read_weights(self) -> Counts:
        """All weights read out."""
        return {"weight_read": self.cells}


@dataclass(frozen=True)
class CrossbarForm(ArrayForm):
    """Devices of a card behind converters.

    A pair of devices that pulses only raise is read device by device every ``refresh_every`` updates.

    Attributes:
        shape: see :class:`ArrayForm`.
        card: devices, converters and tiling.
        dac: whether input lines have DACs, as far as the card has any.
        adc: whether outputs have ADCs, likewise.
    """

    shape: LayerShape
    card: Card
    dac: bool = True
    adc: bool = True

    @property
    def across(self) -> int:
        """Arrays that an input line crosses."""
        return ReadScheme.of(self.card).arrays(self.shape)[1]

    def one_line(self) -> tuple[float, float]:
        """One in each array that it crosses, for each cell of a weight; of slices of bits the sum of squares."""
        dac, _, cells = self._path()
        path, slices, squares = self.card.periphery, 1, 1.0
        if dac and path.dac_bits is not None and path.input_slice_bits is not None:
            slices = ReadScheme.of(self.card).slices
            width, level = path.input_slice_bits, 2 ** (path.dac_bits - 1) - 1
            full = 2**width - 1
            digits = [level >> (width * s) & full for s in range(slices)]
            squares = sum((digit / full) ** 2 for digit in digits) if slices > 1 else 1.0
        lines = self.across * (1 if path.weight_mapping == "offset" else cells)
        on_them = self.read(1)["cell_read"] / (self.shape.n_in * slices)
        return squares * lines, squares * on_them

    def read(self, vectors: int) -> Counts:
        """Through the converters there are."""
        dac, adc, cells = self._path()
        scheme = ReadScheme.of(self.card)
        return read(self.shape, vectors, dac=dac, adc=adc, cells_per_weight=cells, scheme=scheme)

    def driven_by_voltages(self) -> CrossbarForm:
        """The same without DACs."""
        return replace(self, dac=False)

    def read_transposed(self, vectors: int) -> Counts:
        """Likewise, driven at the outputs."""
        dac, adc, cells = self._path()
        scheme = ReadScheme.of(self.card)
        return read_transposed(
            self.shape, vectors, dac=dac, adc=adc, cells_per_weight=cells, scheme=scheme
        )

    def pulse(self, vectors: int) -> Counts:
        """Outer products of each array, and pulses made for each of its lines."""
        return pulse(self.shape, vectors, scheme=ReadScheme.of(self.card))

    def upkeep(self, updates: float, *, whole: bool = True) -> Counts:
        """Refreshes: both devices of each pair read, a column at a time, and compared."""
        cell = self.card.cell
        if not isinstance(cell, OneSidedPair) or cell.refresh_every == 0:
            return {}
        times = rounds(updates, cell.refresh_every, whole=whole)
        counts: Counts = {}
        add(counts, {"array_read": times * 2 * self.shape.n_in * self.across})
        add(counts, {"cell_read": times * 2 * self.cells})
        numbers = times * 2 * self.cells if self._path()[1] else 0
        add(counts, {"adc_conversion": numbers, "digital_op": numbers})
        return counts

    def line_reads(self, updates: float) -> LineReads:
        """Refreshes: each line of either device's array, of which its own cells alone are counted."""
        kept = self.upkeep(updates, whole=False)
        reads, cells = kept.get("array_read", 0.0), kept.get("cell_read", 0.0)
        return LineReads(reads, cells, reads, cells)

    def _path(self) -> tuple[bool, bool, int]:
        """Whether there are DACs and ADCs, and devices a weight."""
        path, conductance = self.card.periphery, self.card.conductance
        dac = self.dac and path.dac_bits is not None
        adc = self.adc and path.adc_bits is not None
        return dac, adc, 2 if conductance is None else conductance.cells_per_weight


@dataclass(frozen=True)
class DigitalForm(ArrayForm):
    """Weights as numbers in digital memory, whose updates may be smoothed and decayed.

    Attributes:
        shape: see :class:`ArrayForm`.
        smoothed: whether gradients are smoothed, which takes a second number a weight.
        decayed: whether weights are decayed.
        widths: of weights and of what is read and written.
    """

    shape: LayerShape
    smoothed: bool = False
    decayed: bool = False
    widths: Widths = SIMULATED

    def read(self, vectors: int) -> Counts:
        """A product: each weight fetched once, each vector read and its product written."""
        passed = vectors * (self.shape.n_in + self.shape.n_out) * self.widths.number_bits / 8
        fetched = self.widths.word_bytes * self.cells
        return {"digital_mac": vectors * self.cells, "memory_byte": fetched + passed}

    def read_transposed(self, vectors: int) -> Counts:
        """The same the other way."""
        return self.read(vectors)

    def pulse(self, vectors: int) -> Counts:
        """The gradient, and the weights read and written."""
        macs = vectors + 1 + 2 * self.smoothed + self.decayed
        kept = (2 + 2 * self.smoothed) * self.widths.word_bytes
        return {"digital_mac": macs * self.cells, "memory_byte": kept * self.cells}
