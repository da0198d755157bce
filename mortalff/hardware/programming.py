"""Privileged programming in one shot: what is written, with the device's scatter, within its bounds."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mortalff.hardware.conductance_models import ReadNoiseModel
from mortalff.hardware.pcm_read_kernel import pcm_read_stds
from mortalff.physics.conductance_error import ConductanceError, scattered, unit_uniform
from mortalff.physics.conductance_scale import ConductanceScale
from mortalff.physics.law import Law
from mortalff.physics.pcm import PCMDrift, PCMReadNoise
from mortalff.streams import Stream


def program_one_shot(
    target: Tensor,
    law: Law,
    error: ConductanceError | None,
    scale: ConductanceScale | None,
    stream: Stream,
    call: int | None = None,
) -> Tensor:
    """Write weights once.

    The two devices of a pair scatter each by itself, also the one that holds nothing; what they come to is kept as one
    weight. Without an error this is the target within the bounds, and nothing is drawn.

    Args:
        target: weights, of the law's shape (chips, n_out, n_in) or one that broadcasts to it. With an error, what lies
            beyond the nominal range of the scale is written as its end.
        law: has each device's bounds.
        error: how conductances scatter; None: not at all.
        scale: what weights are in siemens; needed with an error.
        stream: the stream of programming.
        call: a place reserved in the stream, of which subs 0 and 1 are used; by default a new one.

    Returns:
        The weights that the devices now have, shape (chips, n_out, n_in).

    Raises:
        InputError: a conductance lies outside the range of the error's fit.
    """
    if error is None or scale is None:
        return torch.clamp(target.expand_as(law.w_max), law.w_min, law.w_max)
    place = stream.next_call() if call is None else call
    written = scale.conductances(target.expand_as(law.w_max))
    landed = tuple(
        scattered(error, g, _draw(error, stream, g, place, sub)) for sub, g in enumerate(written)
    )
    return torch.clamp(scale.weights(landed), law.w_min, law.w_max)


def programmed_drift(drift: PCMDrift, scale: ConductanceScale, w: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and spread of the drift exponents that programming gives, each from the device that holds the weight.

    An exponent is |mean + spread ξ|.

    Args:
        drift: the model.
        scale: what weights are in siemens.
        w: weights (chips, n_out, n_in). aihwkit takes those that were meant, not those that came out.
    """
    x = _held(scale, w) / scale.g_max
    return drift.mean(x) * drift.scale, drift.std(x) * drift.scale


def read_noise_std(
    noise: ReadNoiseModel,
    scale: ConductanceScale,
    present: Tensor,
    programmed: Tensor,
    age_s: Tensor,
) -> Tensor:
    """How far a weight's reads scatter, both devices of a pair together.

    Args:
        noise: the model.
        scale: what weights are in siemens.
        present: weights as they are now, (chips, n_out, n_in).
        programmed: weights as they were programmed, of that shape.
        age_s: time since then, seconds, broadcast with the weights.

    Returns:
        Standard deviation in units of weights, of the same shape. That no conductance reads as negative is left out.
    """
    if isinstance(noise, PCMReadNoise) and present.device.type == "cpu":
        return _of_pcm(noise, scale, present, programmed, age_s)
    now, then = scale.conductances(present), scale.conductances(programmed)
    variance: Tensor | None = None
    for g, g_then in zip(now, then, strict=True):
        std = _std_of_reads(noise, g, g_then / scale.g_max, age_s)
        variance = std.square() if variance is None else variance + std.square()
    assert variance is not None
    return variance.sqrt() / scale.siemens_per_weight


def _of_pcm(
    noise: PCMReadNoise, scale: ConductanceScale, present: Tensor, programmed: Tensor, age_s: Tensor
) -> Tensor:
    """Likewise, compiled."""
    out = torch.empty(present.shape)
    flat = [
        tensor.to(torch.float32).expand_as(out).reshape(-1).numpy()
        for tensor in (present, programmed, age_s)
    ]
    q, of_scale = (
        (noise.factor, noise.power, noise.log_least, noise.factor_max),
        (scale.w_min, scale.w_max, scale.siemens_per_weight, scale.g_min, scale.g_max),
    )
    pcm_read_stds(
        flat[0],
        flat[1],
        flat[2],
        tuple(np.float32(number) for number in q),
        tuple(np.float32(number) for number in of_scale),
        np.float32(noise.read_time_s),
        np.float32(noise.scale),
        scale.encoding == "pair",
        out.view(-1).numpy(),
    )
    return out


def _std_of_reads(noise: ReadNoiseModel, g: Tensor, x_then: Tensor, age_s: Tensor) -> Tensor:
    if isinstance(noise, PCMReadNoise):
        return g * noise.share(x_then, age_s)
    return noise.std(g)


def _draw(error: ConductanceError, stream: Stream, g: Tensor, call: int, sub: int) -> Tensor:
    if error.distribution == "normal":
        return stream.normal(*g.shape[1:], call=call, sub=sub)
    return unit_uniform(stream.uniform(*g.shape[1:], call=call, sub=sub))


def _held(scale: ConductanceScale, w: Tensor) -> Tensor:
    """Conductance of the device that holds each weight: the larger of a pair."""
    first, *rest = scale.conductances(w)
    return torch.maximum(first, rest[0]) if rest else first
