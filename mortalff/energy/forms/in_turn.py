"""What has to follow one another: of all arrays of a layer, which work at once, the one that takes longest."""

from __future__ import annotations

import copy
from dataclasses import replace

from mortalff.energy.forms.arrays import ArrayForm
from mortalff.energy.forms.form import Form
from mortalff.energy.forms.joined_arrays import SeveralForm, SideBySideForm, TwoArraysForm


def in_turn(form: Form) -> Form:
    """A form whose layers count as one array each does, of those that act as one and those side by side.

    What one of two arrays teaches the other is left out: it happens at another time.

    Args:
        form: of a network whose arrays are not tiled; stays as it is.
    """
    changed = copy.copy(form)
    layers = [replace(layer, array=one_of(layer.array)) for layer in form.network.layers]
    changed.network = replace(form.network, layers=tuple(layers))
    return changed


def one_of(array: ArrayForm) -> ArrayForm:
    """The array that the others do not outlast; of several side by side the one with most input lines."""
    if isinstance(array, SeveralForm | TwoArraysForm):
        return one_of(array.one)
    if isinstance(array, SideBySideForm):
        return one_of(max(array.arrays, key=lambda one: one.shape.n_in))
    return array
