"""Layers on hardware, each fed the normalised activity of the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from mortalff.actions import ActionCounts, Tally
from mortalff.cards import Card
from mortalff.errors import InputError, message
from mortalff.hardware.base import Hardware
from mortalff.hardware.crossbar import PulseMode
from mortalff.hardware.saved_state import counts_from_tensor, counts_to_tensor
from mortalff.networks.activities import Activities, DigitalActivities
from mortalff.networks.arrays import ArrayMaker, CardArrays
from mortalff.networks.layer import Layer
from mortalff.networks.normalise import rms_normalise
from mortalff.networks.shapes import ImageShape
from mortalff.networks.sizes import LayerSize, stacked
from mortalff.seeds import Seeds


class Network:
    """A stack of layers on the same chips.

    Args:
        layers: from the input up; widths must follow.
        n_classes: number of classes.
        seeds: for what a learner draws; layers have their own.
        activities: whether activities pass between layers as numbers or as voltages, which decides what is counted.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        n_classes: int = 10,
        seeds: int | Seeds = 0,
        activities: Activities | None = None,
    ) -> None:
        if not layers:
            raise InputError(message("layers", [], "a network has layers", "give at least one"))
        self.layers = tuple(layers)
        self.n_classes = n_classes
        self.seeds = Seeds.of(seeds)
        self.tally = Tally(self.chips)
        self.activities = DigitalActivities() if activities is None else activities
        self._check_same_chips()
        self._check_widths()

    @classmethod
    def build(
        cls,
        card: Card,
        sizes: Sequence[int],
        *,
        chips: int | Sequence[int] = 1,
        seed: int | Seeds = 0,
        n_classes: int = 10,
        activities: str = "digital",
        device: str | torch.device = "cpu",
        w_init_std: float | None = None,
        pulse_mode: PulseMode = "auto",
    ) -> Network:
        """Fabricate a network on chips of a card.

        Args:
            card: device, array and periphery.
            sizes: widths from the input up, such as (784, 500, 500).
            chips: how many, or which.
            seed: root seed, or seeds with single streams held.
            n_classes: number of classes.
            activities: ``digital`` converts at every layer; ``analog`` keeps activities as voltages from the first
                layer's outputs on.
            device: torch device.
            w_init_std: spread of initial weights, the card's by default.
            pulse_mode: ``auto``, ``fast`` or ``exact``.

        Raises:
            InputError: fewer than two sizes, one below 1, unknown activities, analog ones between digital weights.
        """
        if len(sizes) < 2 or min(sizes) < 1:
            raise InputError(
                message("sizes", list(sizes), "a network needs an input and a layer", "784, 500")
            )
        arrays = CardArrays(
            card,
            chips=chips,
            seed=seed,
            activities=activities,
            device=device,
            w_init_std=w_init_std,
            pulse_mode=pulse_mode,
        )
        return cls.stack(arrays, (1, sizes[0], 1), sizes[1:], n_classes)

    @classmethod
    def stack(
        cls,
        arrays: ArrayMaker,
        image_shape: ImageShape,
        sizes: Sequence[LayerSize],
        n_classes: int = 10,
    ) -> Network:
        """A network of layers each on the one below; their arrays are ``layer1``, ``layer2`` and so on.

        Args:
            arrays: makes the arrays.
            image_shape: height, width and planes of the input; ``(1, n, 1)`` for n numbers that are no image.
            sizes: the layers, the input left out: widths of dense ones, fields of local ones.
            n_classes: number of classes.

        Raises:
            InputError: no layers, one without units, local fields that do not fit what is below.
        """
        layers = stacked(arrays, image_shape, sizes)
        return cls(layers, n_classes=n_classes, seeds=arrays.seeds, activities=arrays.activities)

    @property
    def hardware(self) -> Iterator[Hardware]:
        """Every piece of hardware, arrays and stages."""
        for layer in self.layers:
            yield layer.hardware
            if layer.stage is not None:
                yield layer.stage

    @property
    def chips(self) -> int:
        """Number of chips."""
        return self.layers[0].hardware.chips

    @property
    def chip_ids(self) -> tuple[int, ...]:
        """The chips' numbers."""
        return self.layers[0].hardware.chip_ids

    @property
    def n_in(self) -> int:
        """Number of inputs, the bias line not counted."""
        return self.layers[0].n_in

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return self.layers[0].hardware.device

    @property
    def counts(self) -> ActionCounts:
        """What all arrays, and all that stands between them, have done so far."""
        total = self.tally.snapshot()
        for hardware in self.hardware:
            total = total + hardware.counts
        return total

    @property
    def diverged(self) -> Tensor:
        """Chips on which some layer diverged, (chips,) bool."""
        return torch.stack([layer.diverged for layer in self.layers]).any(0)

    def normalised(self, images: Tensor) -> Tensor:
        """Input vectors with mean square 1, (..., n_in): a digital operation, a multiply-add and a scaling a pixel."""
        work = images.shape[-2] * images.shape[-1]
        self.tally.add("digital_mac", work)
        self.tally.add("digital_op", work)
        return rms_normalise(images)

    def require(self, needs: frozenset[str], who: str) -> None:
        """Check that every array offers what a learner needs.

        Raises:
            CapabilityError: one does not.
        """
        for layer in self.layers:
            layer.hardware.require(needs, who)

    def state_dict(self) -> dict[str, Tensor]:
        """The state of all hardware, by layer, and of the counts between."""
        state = {"counts": counts_to_tensor(self.tally.snapshot())}
        state["diverged"] = torch.stack([layer.diverged for layer in self.layers])
        for index, hardware in enumerate(self.hardware):
            for name, tensor in hardware.state_dict().items():
                state[f"hardware{index}.{name}"] = tensor
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.

        Raises:
            InputError: it is of another network.
        """
        for index, hardware in enumerate(self.hardware):
            prefix = f"hardware{index}."
            part = {n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}
            hardware.load_state_dict(part)
        for layer, diverged in zip(self.layers, state["diverged"], strict=True):
            layer.diverged.copy_(diverged)
        self.tally.restore(counts_from_tensor(state["counts"]))

    def _check_same_chips(self) -> None:
        for layer in self.layers:
            if layer.hardware.chip_ids != self.chip_ids:
                rule = "all layers must be on the same chips"
                right = f"use chips {self.chip_ids}"
                raise InputError(message("layers", layer.hardware.chip_ids, rule, right))

    def _check_widths(self) -> None:
        """Check that layers fit together; networks of another structure have a rule of their own."""
        for below, above in pairwise(self.layers):
            if above.n_in != below.n_out:
                rule = f"the layer below has {below.n_out} units"
                right = f"give the layer above {below.n_out} inputs"
                raise InputError(message("layers", above.n_in, rule, right))
