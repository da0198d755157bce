"""The closed form of a network: of each layer, and of what stands between them."""

from __future__ import annotations

from dataclasses import dataclass

from mortalff.energy.forms.arrays import ArrayForm
from mortalff.energy.forms.between import Between
from mortalff.energy.forms.head import HeadForm
from mortalff.energy.forms.widths import SIMULATED, Widths


@dataclass(frozen=True)
class LayerForm:
    """One layer.

    Attributes:
        array: what its arrays count.
        stage: whether an unknown stage stands behind them.
    """

    array: ArrayForm
    stage: bool

    @property
    def n_in(self) -> int:
        """Inputs, the bias line not counted."""
        return self.array.shape.n_in - 1

    @property
    def n_out(self) -> int:
        """Units."""
        return self.array.shape.n_out


@dataclass(frozen=True)
class NetworkForm:
    """A network, as far as counts depend on it.

    Attributes:
        layers: from the input up.
        between: what stands between them.
        n_in: numbers an input has.
        n_classes: number of classes.
        widths: of numbers in digital memory.
    """

    layers: tuple[LayerForm, ...]
    between: Between
    n_in: int
    n_classes: int
    widths: Widths = SIMULATED

    def head(
        self, features: int, classes: int, smoothed: bool = True, decayed: bool = True
    ) -> HeadForm:
        """A linear read-out in digital memory, or a matrix there that carries errors."""
        return HeadForm(features, classes, smoothed, decayed, self.widths.word_bytes)
