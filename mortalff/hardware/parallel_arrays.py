"""Several arrays that hold one layer's weights together: a weight is the mean of a device in each.

All are driven alike, by the same inputs and the same requests for change; each follows them as its own devices can, so
that what is random in n devices is smaller by √n in their mean, and the range is that of one. It costs n times the
devices, reads and pulses (multi-memristive synapses: Boybat et al., Nat. Commun. 9:2514, 2018, there pulsed in turn).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from mortalff.actions import ActionCounts, Tally
from mortalff.errors import InputError, message
from mortalff.hardware.base import Hardware
from mortalff.hardware.saved_state import check_state, counts_from_tensor, counts_to_tensor

_OFFERED = frozenset({"forward", "pulse", "advance"})


class ParallelArrays(Hardware):
    """Arrays whose outputs are averaged.

    Counts are those of all arrays and, for each vector read, (n − 1) · n_out additions (``digital_op``); the division
    is left to the layer's gain.

    Args:
        arrays: of one shape and on the same chips; use them through this object alone.

    Raises:
        InputError: no arrays, or arrays that do not fit together.
    """

    def __init__(self, arrays: Sequence[Hardware]) -> None:
        if not arrays:
            rule = "a mean is of something"
            raise InputError(message("arrays", [], rule, "give at least one array"))
        first = arrays[0]
        super().__init__(first.n_out, first.n_in, first.chip_ids, first.device)
        for array in arrays:
            shape = (array.n_out, array.n_in, array.chip_ids)
            if shape != (first.n_out, first.n_in, first.chip_ids):
                rule = f"the first has outputs, inputs and chips {(self.n_out, self.n_in, self.chip_ids)}"
                raise InputError(message("arrays", shape, rule, "make all of the same shape"))
        self._arrays = tuple(arrays)
        self.reproducible = all(array.reproducible for array in arrays)

    @property
    def capabilities(self) -> frozenset[str]:
        """Of forward passes, pulses and time, what all arrays offer."""
        return _OFFERED.intersection(*(array.capabilities for array in self._arrays))

    @property
    def counts(self) -> ActionCounts:
        """What all arrays did, and the additions behind them."""
        total = self._tally.snapshot()
        for array in self._arrays:
            total = total + array.counts
        tally = Tally(self.chips)
        tally.restore(total)
        return tally.snapshot()

    def describe(self) -> str:
        """The first array, and how many there are."""
        return f"{self._arrays[0].describe()}, {len(self._arrays)} devices a weight"

    def state_dict(self) -> dict[str, Tensor]:
        """The states of all arrays; a copy."""
        state = self._own_state()
        for index, array in enumerate(self._arrays):
            state |= {f"{index}.{name}": tensor for name, tensor in array.state_dict().items()}
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.

        Raises:
            InputError: the state is of other hardware.
        """
        check_state(self.describe(), state, self.state_dict())
        before = [array.state_dict() for array in self._arrays]
        try:
            for index, array in enumerate(self._arrays):
                prefix = f"{index}."
                own = {n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}
                array.load_state_dict(own)
        except InputError:
            for array, old in zip(self._arrays, before, strict=True):
                array.load_state_dict(old)
            raise
        self._tally.restore(counts_from_tensor(state["counts"]))

    def _own_state(self) -> dict[str, Tensor]:
        return {"counts": counts_to_tensor(self._tally.snapshot())}

    def _forward(self, x: Tensor) -> Tensor:
        y = self._arrays[0].forward(x)
        for array in self._arrays[1:]:
            y = y + array.forward(x)
        if len(self._arrays) > 1:
            self._tally.add("digital_op", x.shape[1] * self.n_out * (len(self._arrays) - 1))
        return y / len(self._arrays)

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        for array in self._arrays:
            array.pulse(x, d, lr)

    def _advance(self, seconds: float) -> None:
        for array in self._arrays:
            array.advance(seconds)
