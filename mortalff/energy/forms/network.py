"""The closed form of a network: of each layer, and of what stands between them."""

from __future__ import annotations

from dataclasses import dataclass

from mortalff.energy.forms.arrays import ArrayForm
from mortalff.energy.forms.between import Between


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
    """

    layers: tuple[LayerForm, ...]
    between: Between
    n_in: int
    n_classes: int
