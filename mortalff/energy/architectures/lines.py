"""Lines of arrays: how many a read drives, and how many cells one passes, on average over a network."""

from __future__ import annotations

from mortalff.energy.architectures.plan import Plan


def lines_of_a_read(plan: Plan, *, backwards: bool = False) -> float:
    """Lines that one read of one array drives, the mean over arrays.

    Forward every layer is read alike, backwards all but the first, as backpropagation does; for learners that read
    layers unequally often it is an approximation. Arrays that hold weights together are of one shape.

    Args:
        plan: the learner on its architecture.
        backwards: for transposed reads, which drive outputs.
    """
    layers = plan.layers
    if backwards:
        layers = layers[1:] or layers
    places = [place for layer in layers for place in layer.places]
    if backwards:
        driven = sum(place.shape.n_out * place.down for place in places)
    else:
        driven = sum(place.shape.n_in * place.across for place in places)
    return driven / sum(place.down * place.across for place in places)


def cells_on_a_line(plan: Plan) -> float:
    """Cells that a pulsed line passes, the mean over input and output lines of all arrays."""
    places = [place for layer in plan.layers for place in layer.places]
    ends = sum(place.across * place.shape.n_in + place.down * place.shape.n_out for place in places)
    return 2.0 * plan.weights / ends
