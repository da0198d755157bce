"""The steps of a read in plain torch: the reference of the compiled loops, and what other devices than a CPU run.

On a CPU the numbers are the compiled loops' bit for bit; elsewhere normals agree to single precision.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff import philox
from mortalff.hardware.read_place import Place
from mortalff.physics.converter import THROUGH, Converter, converted


def prepare_reference(
    x: Tensor, abs_max: bool, cap: float, scale: Tensor | None, dac: Converter
) -> tuple[Tensor, Tensor | None]:
    """Inputs to line voltages; :func:`mortalff.hardware.read_steps.prepare`."""
    if abs_max:
        scale = x.abs().amax(2).clamp_max(cap)
    if scale is not None:
        x = x / torch.where(scale > 0.0, scale, 1.0).unsqueeze(2)
    return converted(x, dac), scale


def add_noise_reference(values: Tensor, place: Place, std: Tensor) -> Tensor:
    """Values with noise; :func:`mortalff.hardware.read_steps.add_noise`."""
    return values + std * normals(place, values)


def finish_reference(
    y: Tensor, place: Place, std: float, adc: Converter, scale: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """Noise, conversion and the scale undone; :func:`mortalff.hardware.read_steps.finish`."""
    if std > 0.0:
        y = y + torch.tensor(std, dtype=torch.float32, device=y.device) * normals(place, y)
    clipped = None
    if adc.kind != THROUGH:
        clipped = (y.abs() > adc.clips_above.to(y.device).reshape(-1, 1, 1)).any(2)
    y = converted(y, adc)
    return (y if scale is None else y * scale.unsqueeze(2)), clipped


def normals(place: Place, like: Tensor) -> Tensor:
    """Standard normals for values (chips, batch, n), each vector's those of its row."""
    rows = like.shape[1] if place.rows is None else int(place.rows.max()) + 1
    xi = philox.normals(place.keys, place.call, place.sub, rows, like.shape[2], like.device)
    return xi if place.rows is None else xi[:, torch.from_numpy(place.rows).to(like.device)]
