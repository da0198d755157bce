"""Lines of arrays: how many a read drives, and how many cells one passes, on average over a network."""

from __future__ import annotations

from mortalff.energy.architectures.plan import Plan


def lines_of_a_read(plan: Plan, *, backwards: bool = False) -> float:
    """Lines that one read of one array drives, the mean over arrays.

    Forward every layer is read alike, backwards all but the first, as backpropagation does; for learners that read
    layers unequally often it is an approximation.

    Args:
        plan: the learner on its architecture.
        backwards: for transposed reads, which drive outputs.
    """
    layers = list(zip(plan.shapes, plan.arrays, strict=True))
    if backwards:
        layers = layers[1:] or layers
        driven = sum(shape.n_out * down for shape, (down, _) in layers)
    else:
        driven = sum(shape.n_in * across for shape, (_, across) in layers)
    return driven / sum(down * across for _, (down, across) in layers)


def cells_on_a_line(plan: Plan) -> float:
    """Cells that a pulsed line passes, the mean over input and output lines of all arrays."""
    layers = list(zip(plan.shapes, plan.arrays, strict=True))
    ends = sum(across * shape.n_in + down * shape.n_out for shape, (down, across) in layers)
    return 2.0 * plan.weights / ends
