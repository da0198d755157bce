"""Fast and slow: one step takes a layer's goodness to its goal, and later layers need not wait for it.

An FF update of a layer changes how long its activity vector is for the present input, not where it points. So the next
layer, which is given the direction alone, sees the same input before the update and after it: all layers can learn at
once, at rates of their own (Hinton 2022, arXiv 2212.13345, section 10). With S_L = Σ y² now and S* the goal, weights
that move by

    Δw = ε y xᵀ / |x|²,   ε = √(S*/S_L) − 1

give S* at once, where the pre-activity is linear in the weights.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.errors import InputError, message
from mortalff.networks.layer import Layer


def reach_goodness(layer: Layer, x: Tensor, goal: float | Tensor) -> Tensor:
    """Pulse a layer once, so that its goodness for one input becomes the goal.

    Exact where the array does what it is asked (digital weights, no stage behind it); elsewhere as near as its devices,
    their steps and their noise allow.

    Args:
        layer: the layer.
        x: one input, (1, n_in) for all chips or (chips, 1, n_in).
        goal: S*, above 0; a number, or one a chip (chips,).

    Returns:
        Goodness before the step, (chips,).

    Raises:
        InputError: more inputs than one, a goal that is not above 0, a chip on which no unit is active.
    """
    x = x.unsqueeze(0) if x.ndim == 2 else x
    if x.shape[1] != 1:
        rule = "one step is exact for one input"
        raise InputError(message("batch of x", x.shape[1], rule, "give one input at a time"))
    wanted = torch.as_tensor(goal, dtype=torch.float32, device=x.device).reshape(-1, 1, 1)
    if not bool((wanted > 0.0).all()):
        rule = "the goal is a sum of squares above 0"
        raise InputError(
            message("goal", wanted.flatten().tolist(), rule, "give the layer's width, say")
        )
    y = layer(x)
    now = y.square().sum(-1, keepdim=True)
    silent = torch.nonzero(now.flatten() == 0.0).flatten().tolist()
    if silent:
        rule = "no unit is active for this input, so that no direction can be lengthened"
        right = "give another input, or lift the silent units by peer normalisation"
        raise InputError(message("chips", silent, rule, right))
    epsilon = (wanted / now).sqrt() - 1.0
    length = layer.drive(x).square().sum(-1, keepdim=True)
    layer.pulse(x, epsilon * y / length, 1.0)
    return now.flatten()
