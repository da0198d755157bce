"""Several arrays side by side that act as one: each reads some of the input lines and drives outputs of its own.

So local receptive fields without weight sharing are built, as FF uses them (Hinton 2022, arXiv 2212.13345, section
3.2): where a dense array would hold zeros there are no devices, hence nothing to read, pulse or pay for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from mortalff.actions import ActionCounts, Tally
from mortalff.errors import InputError, message, nearest
from mortalff.hardware.base import Hardware


class BlockArrays(Hardware):
    """Arrays on the same chips, each with its own input lines.

    Outputs are those of the arrays, one array's after another's. Reads, pulses and time go to the arrays, which count
    them; what is counted is their sum. Weights read out are a dense matrix (chips, n_out, n_in) with zeros where there
    is no device; weights to be programmed must be zero there.

    Args:
        arrays: any hardware, all on the same chips and device.
        lines: the input lines that each array reads, int64 of shape (its n_in,), none of them twice.
        n_in: number of input lines. Lines may be read by several arrays, or by none.

    Raises:
        InputError: no arrays; chips or devices that differ; lines that do not fit an array or do not exist.
    """

    def __init__(self, arrays: Sequence[Hardware], lines: Sequence[Tensor], n_in: int) -> None:
        if not arrays:
            raise InputError(message("arrays", [], "a layer has arrays", "give at least one"))
        first = arrays[0]
        super().__init__(sum(a.n_out for a in arrays), n_in, first.chip_ids, first.device)
        if len(arrays) != len(lines):
            right = f"give {len(arrays)} tensors of lines"
            raise InputError(message("lines", len(lines), "each array has its own", right))
        for number, (array, own) in enumerate(zip(arrays, lines, strict=True)):
            self._check_array(number, array)
            self._check_lines(number, array, own)
        self.reproducible = all(array.reproducible for array in arrays)
        self._arrays = tuple(arrays)
        self._lines = tuple(own.to(first.device, copy=True) for own in lines)
        self._widths = [array.n_out for array in arrays]

    @property
    def capabilities(self) -> frozenset[str]:
        """What all of the arrays offer."""
        return frozenset.intersection(*(array.capabilities for array in self._arrays))

    @property
    def counts(self) -> ActionCounts:
        """What the arrays have done so far, added up."""
        total = Tally(self.chips)
        for array in self._arrays:
            for action, times in array.counts.table.items():
                total.add(action, times)
        return total.snapshot()

    def describe(self) -> str:
        """How many arrays, and the first of them."""
        return (
            f"{len(self._arrays)} arrays side by side, {self.n_out}x{self.n_in}, "
            f"the first a {self._arrays[0].describe()}"
        )

    def state_dict(self) -> dict[str, Tensor]:
        """Each array's state under its number; a copy."""
        return {
            f"array{number}.{name}": tensor
            for number, array in enumerate(self._arrays)
            for name, tensor in array.state_dict().items()
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.

        Raises:
            InputError: the state is of other hardware; then nothing has changed.
        """
        parts: list[dict[str, Tensor]] = [{} for _ in self._arrays]
        owners = {f"array{number}": part for number, part in enumerate(parts)}
        for name, tensor in state.items():
            owner, _, rest = name.partition(".")
            if owner not in owners:
                rule = "there is no such array"
                where = f"state of {self.describe()}"
                raise InputError(message(where, name, rule, nearest(owner, owners)))
            owners[owner][rest] = tensor
        before = [array.state_dict() for array in self._arrays]
        try:
            for array, part in zip(self._arrays, parts, strict=True):
                array.load_state_dict(part)
        except InputError:
            for array, part in zip(self._arrays, before, strict=True):
                array.load_state_dict(part)
            raise

    def _forward(self, x: Tensor) -> Tensor:
        return torch.cat([array.forward(x[..., own]) for array, own in self._each()], dim=-1)

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        for (array, own), part in zip(
            self._each(), torch.split(d, self._widths, dim=-1), strict=True
        ):
            array.pulse(x[..., own], part, lr)

    def _advance(self, seconds: float) -> None:
        for array in self._arrays:
            array.advance(seconds)

    def _set_digital_update(self, smoothing: float, decay: float) -> None:
        for array in self._arrays:
            array.set_digital_update(smoothing, decay)

    def _forward_transposed(self, d: Tensor) -> Tensor:
        """Currents of arrays that share a line are added there."""
        out = torch.zeros(self.chips, d.shape[1], self.n_in, device=self.device)
        for (array, own), part in zip(
            self._each(), torch.split(d, self._widths, dim=-1), strict=True
        ):
            out[..., own] += array.probe().forward_transposed(part)
        return out

    def _read_weights(self) -> Tensor:
        dense = torch.zeros(self.chips, self.n_out, self.n_in, device=self.device)
        for (array, own), rows in zip(
            self._each(), torch.split(dense, self._widths, dim=1), strict=True
        ):
            rows[:, :, own] = array.probe().read_weights()
        return dense

    def _program(self, weights: Tensor) -> None:
        parts = torch.split(weights, self._widths, dim=1)
        absent = weights.clone()
        for own, rows in zip(self._lines, torch.split(absent, self._widths, dim=1), strict=True):
            rows[:, :, own] = 0.0
        if bool(absent.any()):
            _, row, line = (int(i) for i in torch.nonzero(absent)[0])
            where, rule = f"weights[{row}, {line}]", "this output does not read this input line"
            right = "give 0 where there is no device; probe().read_weights() shows where"
            raise InputError(message(where, float(absent[0, row, line]), rule, right))
        for (array, own), rows in zip(self._each(), parts, strict=True):
            array.probe().program(rows[:, :, own])

    def _each(self) -> Iterator[tuple[Hardware, Tensor]]:
        return zip(self._arrays, self._lines, strict=True)

    def _check_array(self, number: int, array: Hardware) -> None:
        if (array.chip_ids, array.device) != (self.chip_ids, self.device):
            where, rule = f"arrays[{number}]", "arrays side by side are on the same chips"
            right = f"use chips {self.chip_ids} on {self.device}"
            raise InputError(message(where, (array.chip_ids, str(array.device)), rule, right))

    def _check_lines(self, number: int, array: Hardware, own: Tensor) -> None:
        where = f"lines[{number}]"
        if own.dtype != torch.int64 or tuple(own.shape) != (array.n_in,):
            rule = f"the array has {array.n_in} input lines"
            right = f"give int64 numbers of shape ({array.n_in},)"
            raise InputError(message(where, (own.dtype, tuple(own.shape)), rule, right))
        low, high = int(own.min()), int(own.max())
        if low < 0 or high >= self.n_in or len(set(own.tolist())) < own.numel():
            rule = f"lines are numbered from 0 to {self.n_in - 1}, and each is read once"
            raise InputError(message(where, own.tolist(), rule, "give each line once"))
