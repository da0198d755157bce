"""Length normalisation between layers, so that a layer hands on the direction of its activity and not its goodness."""

from __future__ import annotations

from torch import Tensor

_SMALLEST = 1e-8


def rms_normalise(x: Tensor) -> Tensor:
    """Divide each vector by √mean(x²), so that its mean square is 1 (Hinton 2022, released code).

    Args:
        x: (..., n).

    Returns:
        The same shape; a vector of zeros stays one.
    """
    mean_square = x.square().mean(-1, keepdim=True)
    return x * mean_square.clamp_min(_SMALLEST).rsqrt()
