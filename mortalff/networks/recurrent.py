"""A recurrent network between an image and a label: each layer sees the one below and the one above.

Hinton 2022 (arXiv 2212.13345), section 4. Image and label are clamped to the bottom and the top. A bottom-up pass with
nothing above gives the first states. Then all layers are updated at once, from their neighbours' states of the step
before: with x̂ = x/√mean(x²),

    y_l ← ReLU(gain · W_l [x̂_{l−1}, x̂_{l+1}, 1]),    x_l ← damping · x_l + (1 − damping) · y_l

so that what a layer hands on changes one step later, and what comes down from the label meets what comes up from the
image.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mortalff.errors import InputError, message
from mortalff.networks.activities import Activities
from mortalff.networks.arrays import ArrayMaker
from mortalff.networks.layer import Layer
from mortalff.networks.network import Network
from mortalff.networks.normalise import rms_normalise
from mortalff.networks.shapes import ImageShape
from mortalff.networks.sizes import LayerSize
from mortalff.seeds import Seeds

States = tuple[Tensor, ...]
"""Each layer's state before normalisation, (chips, batch, units), from the bottom up."""


class Iteration(NamedTuple):
    """One synchronous update, each part a tensor a layer.

    Attributes:
        inputs: what the layer's array was driven with, the bias line left out, (chips, batch, inputs).
        outputs: what came out of it, rectified, (chips, batch, units).
        states: the states afterwards.
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    states: States


class RecurrentNetwork(Network):
    """Layers between an image and a label, which are no layers themselves.

    Args:
        layers: from the bottom up, each with as many inputs as there are units below and above it together; below the
            first are pixels, above the last the lines of the label.
        n_classes: number of classes.
        label_copies: lines that carry each class. One line among hundreds is hardly heard, and no line can be driven
            harder than others by much.
        seeds: for what a learner draws; layers have their own.
        activities: must be digital, for states are kept as numbers from one iteration to the next.

    Raises:
        InputError: layers that do not fit together; analog activities.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        n_classes: int = 10,
        label_copies: int = 1,
        seeds: int | Seeds = 0,
        activities: Activities | None = None,
    ) -> None:
        self.label_copies = label_copies  # which the widths are checked against
        super().__init__(layers, n_classes=n_classes, seeds=seeds, activities=activities)
        if self.activities.name != "digital":
            rule = "a recurrent network keeps its states as numbers"
            right = "build it with activities='digital'"
            raise InputError(message("activities", self.activities.name, rule, right))

    @classmethod
    def stack(
        cls,
        arrays: ArrayMaker,
        image_shape: ImageShape,
        sizes: Sequence[LayerSize],
        n_classes: int = 10,
        *,
        label_copies: int = 1,
    ) -> RecurrentNetwork:
        """A recurrent network of dense layers; their arrays are ``layer1``, ``layer2`` and so on.

        Args:
            arrays: makes the arrays.
            image_shape: height, width and planes of the image.
            sizes: widths of the layers from the bottom up.
            n_classes: number of classes.
            label_copies: lines that carry each class.

        Raises:
            InputError: no layers, one without units or with local fields; no copies; analog activities.
        """
        widths = [size for size in sizes if isinstance(size, int)]
        if not widths or len(widths) < len(sizes) or min(*widths, label_copies) < 1:
            rule, shown = "a recurrent network has dense layers", [*sizes, label_copies]
            right = "give widths and copies of at least 1, such as 500, 500 and 10"
            raise InputError(message("sizes and label_copies", shown, rule, right))
        ends = (math.prod(image_shape), *widths, n_classes * label_copies)
        layers = [
            arrays.layer(ends[i], ends[i - 1] + ends[i + 1], f"layer{i}", first=i == 1)
            for i in range(1, len(ends) - 1)
        ]
        return cls(
            layers,
            n_classes=n_classes,
            label_copies=label_copies,
            seeds=arrays.seeds,
            activities=arrays.activities,
        )

    @property
    def n_in(self) -> int:
        """Number of pixels."""
        return self.layers[0].n_in - self._above(0)

    def clamped(self, label: Tensor) -> Tensor:
        """The state of the top: a label as what drives its lines, with mean square 1.

        A digital multiply-add and a scaling a class and vector.

        Args:
            label: class numbers (batch,) or (chips, batch), or class probabilities with a last axis of n_classes.

        Returns:
            (batch, n_classes · label_copies), with chips in front where the label has.
        """
        if label.dtype == torch.int64:
            label = torch.nn.functional.one_hot(label, self.n_classes).to(torch.float32)
        work = label.shape[-2] * label.shape[-1]
        self.tally.add("digital_mac", work)
        self.tally.add("digital_op", work)
        return rms_normalise(label).repeat_interleave(self.label_copies, dim=-1)

    def bottom_up(self, image: Tensor) -> States:
        """The first states: one pass from the image up, with nothing above. Only what the arrays do is counted.

        Args:
            image: normalised, (batch, n_in) or (chips, batch, n_in).
        """
        below = image if image.ndim == 3 else image.unsqueeze(0)
        states = []
        for index, layer in enumerate(self.layers):
            nothing = below.new_zeros(*below.shape[:-1], self._above(index))
            states.append(layer(torch.cat((below, nothing), dim=-1)))
            below = rms_normalise(states[-1])
        return tuple(states)

    def iterate(self, image: Tensor, states: States, top: Tensor, damping: float) -> Iteration:
        """Update all layers at once. What the arrays do is counted here, and the damping.

        Damping takes two multiply-adds a unit; the states are read from memory and written back.

        Args:
            image: normalised, (batch, n_in) or (chips, batch, n_in).
            states: as they were after the step before.
            top: the clamped label, as :meth:`clamped` gives it.
            damping: share of the old state in the new, in [0, 1).
        """
        lead = states[0].shape[:-1]
        seen = (image, *(rms_normalise(state) for state in states), top)
        seen = tuple(part.expand(*lead, -1) for part in seen)
        inputs = tuple(torch.cat((seen[i], seen[i + 2]), dim=-1) for i in range(len(self.layers)))
        outputs = tuple(layer(x) for layer, x in zip(self.layers, inputs, strict=True))
        new = tuple(
            damping * state + (1.0 - damping) * y for state, y in zip(states, outputs, strict=True)
        )
        for layer in self.layers:
            self.tally.add("digital_mac", 2 * lead[-1] * layer.n_out)
            bits = 2 * layer.n_out * self.activities.input_bits
            self.tally.add("memory_byte", lead[-1] * bits / 8)
        return Iteration(inputs, outputs, new)

    def _above(self, index: int) -> int:
        """Lines from above layer ``index``."""
        if index + 1 < len(self.layers):
            return self.layers[index + 1].n_out
        return self.n_classes * self.label_copies

    def _check_widths(self) -> None:
        """Check that layers have their neighbours' units as inputs, and the first one room for pixels."""
        for index, layer in enumerate(self.layers):
            above = self._above(index)
            if index == 0:
                fits, right = layer.n_in > above, f"at least {above + 1}"
            else:
                around = self.layers[index - 1].n_out + above
                fits, right = layer.n_in == around, f"{around}"
            if not fits:
                rule = f"layer {index + 1} sees the units below and above it"
                raise InputError(message("layers", layer.n_in, rule, f"give {right} inputs"))
