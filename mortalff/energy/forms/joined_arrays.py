"""What several arrays count that act as one: averaged, one teaching the other, or side by side."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mortalff.energy.array_forms import LayerShape, add
from mortalff.energy.forms.arrays import ArrayForm
from mortalff.energy.forms.counts import Counts, rounds, times, total
from mortalff.energy.forms.line_reads import LineReads, all_of
from mortalff.energy.forms.widths import SIMULATED
from mortalff.errors import InputError, message


@dataclass(frozen=True)
class SeveralForm(ArrayForm):
    """Arrays that are driven alike and whose outputs are averaged.

    Attributes:
        one: one of them.
        number: how many.
    """

    one: ArrayForm
    number: int
    shape: LayerShape = field(init=False)

    def __post_init__(self) -> None:
        """The shape is that of each."""
        object.__setattr__(self, "shape", self.one.shape)

    def read(self, vectors: int) -> Counts:
        """All of them, and an addition an output for each but the first."""
        counts = times(self.one.read(vectors), self.number)
        add(counts, {"digital_op": (self.number - 1) * vectors * self.shape.n_out})
        return counts

    def read_transposed(self, vectors: int) -> Counts:
        """Not offered: averaged arrays pass vectors forward and are pulsed, and that is all."""
        raise self._not_offered("transposed reads")

    def program(self) -> Counts:
        """Not offered."""
        raise self._not_offered("programming")

    def read_weights(self) -> Counts:
        """Not offered."""
        raise self._not_offered("weights read out")

    def _not_offered(self, what: str) -> InputError:
        rule = f"several devices a weight offer no {what}"
        return InputError(message("devices", self.number, rule, "choose 1, or another learner"))

    def pulse(self, vectors: int) -> Counts:
        """All of them."""
        return times(self.one.pulse(vectors), self.number)

    def upkeep(self, updates: float, *, whole: bool = True) -> Counts:
        """All of them."""
        return times(self.one.upkeep(updates, whole=whole), self.number)

    def one_line(self) -> tuple[float, float]:
        """Those of all of them."""
        lines, cells = self.one.one_line()
        return self.number * lines, self.number * cells

    def line_reads(self, updates: float) -> LineReads:
        """All of them."""
        return self.one.line_reads(updates).times(self.number)


@dataclass(frozen=True)
class TwoArraysForm(ArrayForm):
    """A fast array that is pulsed and a slow one that is read; every so often the fast one teaches the slow one.

    The fast one may take part in passes too; each output is then joined by a multiply-add.

    Attributes:
        one: either of them.
        every: updates between two transfers.
        lines: input lines that a transfer reads.
        reads: reads of a line that are averaged.
        joined: whether both are read in passes.
        against_rest: whether both are read against a weight that stands for zero, taken off as a number.
        settled: whether both were pulsed once before first use.
        word_bytes: bytes of a number read from the fast array.
    """

    one: ArrayForm
    every: int
    lines: int
    reads: int
    joined: bool
    against_rest: bool
    settled: bool
    word_bytes: float = SIMULATED.word_bytes
    shape: LayerShape = field(init=False)

    def __post_init__(self) -> None:
        """The shape is that of each."""
        object.__setattr__(self, "shape", self.one.shape)

    def read(self, vectors: int) -> Counts:
        """The slow array, or both."""
        return self._passed(self.one.read(vectors), vectors, self.shape.n_out)

    def read_transposed(self, vectors: int) -> Counts:
        """The slow array, or both."""
        return self._passed(self.one.read_transposed(vectors), vectors, self.shape.n_in)

    def pulse(self, vectors: int) -> Counts:
        """The fast array."""
        return self.one.pulse(vectors)

    def program(self) -> Counts:
        """The slow array, less what the fast one holds where it takes part."""
        return total([self.one.program(), self._read_fast()])

    def read_weights(self) -> Counts:
        """The slow array, and the fast one where it takes part."""
        return total([self.one.read_weights(), self._read_fast()])

    def _read_fast(self) -> Counts:
        """Weights of the fast array read out, where passes have it join."""
        return self.one.read_weights() if self.joined else {}

    def upkeep(self, updates: float, *, whole: bool = True) -> Counts:
        """The transfers, and the upkeep of both arrays."""
        transfers = rounds(updates, self.every, whole=whole)
        counts = times(self.transfer(), transfers)
        for pulsed in (updates, transfers):
            add(counts, self._upkeep_since_settled(pulsed, whole))
        return counts

    def _upkeep_since_settled(self, updates: float, whole: bool) -> Counts:
        before = 1 if self.settled and whole else 0
        counts = self.one.upkeep(before + updates, whole=whole)
        add(counts, times(self.one.upkeep(before, whole=whole), -1))
        return {action: number for action, number in counts.items() if number}

    def line_reads(self, updates: float) -> LineReads:
        """Lines of the fast array that transfers read, and the upkeep of both arrays."""
        often = updates / self.every
        read = self.one.read(self.lines)
        lines, cells = (self.lines * driven for driven in self.one.one_line())
        one = LineReads(read.get("array_read", 0.0), read.get("cell_read", 0.0), lines, cells)
        both = [self.one.line_reads(pulsed) for pulsed in (updates, often)]
        return all_of([one.times(often * self.reads), *both])

    def transfer(self) -> Counts:
        """Lines read from the fast array as numbers, held against the dead zone, and pulsed into the slow one."""
        numbers = self.lines * self.shape.n_out
        counts = self._against_rest(self.one.read(self.lines), self.lines)
        counts = times(counts, self.reads)
        add(counts, self.one.pulse(self.lines))
        add(counts, {"digital_op": numbers, "digital_mac": (self.reads - 1) * numbers})
        add(counts, {"memory_byte": 2 * self.word_bytes * self.reads * numbers})
        return counts

    def _passed(self, one: Counts, vectors: int, outputs: int) -> Counts:
        counts = self._against_rest(one, vectors)
        if not self.joined:
            return counts
        counts = times(counts, 2)
        add(counts, {"digital_mac": vectors * outputs})
        return counts

    def _against_rest(self, counts: Counts, vectors: int) -> Counts:
        lines = self.shape.n_in + self.shape.n_out
        add(counts, {"digital_op": vectors * lines if self.against_rest else 0})
        return counts


@dataclass(frozen=True)
class SideBySideForm(ArrayForm):
    """Arrays each with input lines and outputs of its own, as local receptive fields have them.

    Attributes:
        shape: lines below, and all outputs.
        arrays: the arrays.
    """

    shape: LayerShape
    arrays: tuple[ArrayForm, ...]

    @property
    def cells(self) -> int:
        """Those there are; where a dense array would hold zeros there are none."""
        return sum(array.cells for array in self.arrays)

    def read(self, vectors: int) -> Counts:
        """Each array its lines."""
        return total([array.read(vectors) for array in self.arrays])

    def driven_by_voltages(self) -> SideBySideForm:
        """All of them so."""
        arrays = tuple(array.driven_by_voltages() for array in self.arrays)
        return replace(self, arrays=arrays)

    def read_transposed(self, vectors: int) -> Counts:
        """Each array its outputs; currents are added where arrays share a line."""
        return total([array.read_transposed(vectors) for array in self.arrays])

    def pulse(self, vectors: int) -> Counts:
        """Each array its lines and outputs."""
        return total([array.pulse(vectors) for array in self.arrays])

    def upkeep(self, updates: float, *, whole: bool = True) -> Counts:
        """Each array's."""
        return total([array.upkeep(updates, whole=whole) for array in self.arrays])

    def line_reads(self, updates: float) -> LineReads:
        """Each array's."""
        return all_of([array.line_reads(updates) for array in self.arrays])
