"""From a network's plan to the closed forms of its layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from mortalff.energy.array_forms import LayerShape, whole
from mortalff.energy.forms.arrays import ArrayForm, CrossbarForm, DigitalForm
from mortalff.energy.forms.between import between_of
from mortalff.energy.forms.joined_arrays import SeveralForm, SideBySideForm, TwoArraysForm
from mortalff.energy.forms.network import LayerForm, NetworkForm
from mortalff.energy.forms.plan import Fields, ImageShape, NetworkPlan
from mortalff.energy.forms.told import told_of
from mortalff.errors import InputError, message, nearest

SCHEMES: Final = ("plain", "two_arrays")
"""The schemes there are closed forms of."""


class LayerMaker:
    """Makes the forms of a plan's layers.

    Args:
        plan: what they are made of.
        smoothed: whether arrays smooth gradients.
        decayed: whether they decay weights.

    Raises:
        InputError: arrays that are to smooth or decay and cannot; unknown activities or scheme.
    """

    def __init__(self, plan: NetworkPlan, *, smoothed: bool = False, decayed: bool = False) -> None:
        self._plan, self._digital = plan, plan.card.law.kind == "Digital"
        self._smoothed, self._decayed = smoothed, decayed
        scheme = None if _is_plain(plan.scheme) else plan.scheme
        self._scheme = None if scheme is None else _two_arrays(scheme)
        if (smoothed or decayed) and (not self._digital or scheme is not None):
            rule = "smoothing and decay take a digital number for every weight"
            right = "set both to 0, or choose card 'ideal' without a scheme"
            raise InputError(message("card", plan.card.name, rule, right))

    def dense(self, n_out: int, n_in: int, *, first: bool) -> LayerForm:
        """A dense layer of ``n_in`` inputs and a bias line; ``first`` where the inputs are the network's."""
        shape = LayerShape(whole("inputs", n_in, 1) + 1, n_out)
        return LayerForm(self._array(shape, first), self._plan.stage)

    def stacked(self, sizes: Sequence[int | Fields]) -> tuple[LayerForm, ...]:
        """Layers each on the one below, the first on the input."""
        layers: list[LayerForm] = []
        below = self._plan.image_shape
        for size in sizes:
            first = not layers
            if isinstance(size, int):
                layers.append(self.dense(size, math.prod(below), first=first))
                below = (1, 1, size)
            else:
                layers.append(self._local(size, below, first))
                below = size.shape(below)
        return tuple(layers)

    def _local(self, fields: Fields, below: ImageShape, first: bool) -> LayerForm:
        arrays = tuple(
            self._array(LayerShape(len(seen) + 1, fields.channels), first)
            for seen in fields.lines(below)
        )
        shape = LayerShape(math.prod(below) + 1, fields.channels * len(arrays))
        return LayerForm(SideBySideForm(shape, arrays), self._plan.stage)

    def _array(self, shape: LayerShape, first: bool) -> ArrayForm:
        scheme = self._scheme
        if scheme is None:
            return self._one(shape, first)
        one = self._one(shape, first)
        if scheme.devices > 1:
            one = SeveralForm(one, scheme.devices)
        lines = shape.n_in if scheme.lines is None else scheme.lines
        whole("lines", lines, 1, shape.n_in)
        return TwoArraysForm(
            one,
            scheme.every,
            lines,
            scheme.reads,
            joined=scheme.gamma > 0.0,
            against_rest=scheme.rest != 0.0,
            settled=scheme.settle > 0.0,
            word_bytes=self._plan.widths.word_bytes,
        )

    def _one(self, shape: LayerShape, first: bool) -> ArrayForm:
        if self._digital:
            return DigitalForm(shape, self._smoothed, self._decayed, self._plan.widths)
        analog = self._plan.activities == "analog"
        return CrossbarForm(shape, self._plan.card, dac=first or not analog, adc=not analog)


class TwoArraysTold(BaseModel):
    """What counts depend on of :class:`mortalff.hardware.TwoArrays`."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    every: int
    lines: int | None
    reads: int
    gamma: float
    rest: float
    settle: float
    devices: int


def network_of(plan: NetworkPlan, layers: tuple[LayerForm, ...]) -> NetworkForm:
    """The form of a network of these layers.

    Raises:
        InputError: no layers; activities that are unknown, or analog where weights or what is read are numbers.
    """
    if not layers:
        raise InputError(
            message("hidden", plan.hidden, "a network has layers", "give at least one")
        )
    between = between_of(plan.activities, plan.card.periphery, plan.widths.number_bits)
    if between.name != "digital":
        for is_so, what in (
            (plan.card.law.kind == "Digital", f"card {plan.card.name!r} has digital weights"),
            (not _is_plain(plan.scheme), "a scheme reads its arrays as numbers"),
        ):
            if is_so:
                raise InputError(message("activities", between.name, what, "choose 'digital'"))
    return NetworkForm(layers, between, plan.n_in, plan.n_classes, plan.widths)


def _is_plain(scheme: object | None) -> bool:
    return scheme is None or getattr(scheme, "name", None) == "plain"


def _two_arrays(scheme: object) -> TwoArraysTold:
    name = getattr(scheme, "name", type(scheme).__name__)
    if name != "two_arrays":
        rule = "there is no closed form of its counts"
        raise InputError(message("scheme", name, rule, nearest(str(name), SCHEMES)))
    return told_of(TwoArraysTold, scheme, "scheme 'two_arrays'")
