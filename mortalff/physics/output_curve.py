"""The S-shaped curve of an array's outputs before they are converted."""

from __future__ import annotations

from torch import Tensor


def s_shape(y: Tensor, strength: Tensor, slope: Tensor | float = 1.0) -> Tensor:
    """Slope · y / (1 + n|y|).

    Source: aihwkit's ``IOParameters.out_nonlinearity`` (``rpu_forward_backward_pass.cpp``, 1.2.0).

    Args:
        y: outputs, (chips, batch, n_out).
        strength: n of each output, (chips, 1, n_out), in the inverse of y's unit.
        slope: factor of the whole curve; :func:`calibrated_slope`.
    """
    return slope * y / (1.0 + strength * y.abs())


def calibrated_slope(strength: Tensor, at: float) -> Tensor:
    """The factor with which an average curve has slope 1 at an output: (1 + mean n · at)².

    Args:
        strength: n of each output, (chips, 1, n_out); the mean is taken over a chip's outputs.
        at: the output.

    Returns:
        (chips, 1, 1).
    """
    factor = 1.0 + strength.mean(2, keepdim=True) * at
    return factor * factor
