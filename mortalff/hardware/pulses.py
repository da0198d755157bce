"""What a batch of pulse trains does to devices.

``fast`` treats a batch at once: each device's change is a Gaussian with the mean and the variance that the batch's
trains give it at the weight it had before,

    mean = N⁺ s⁺ − N⁻ s⁻,   variance = Σ± (N± − Q±) s±² + N± σ±²

with N, Q from :mod:`mortalff.physics.pulse_trains` and s, σ the mean and spread of one pulse. It drops the correlation
between devices that share a row or a column, the order of pulses within the batch, the discreteness of single pulses,
and the bend of the law over the batch's change. ``exact`` draws every slot of every train, sample by sample.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.hardware.pulse_kernels import fast_update_compiled
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.exp_step import ExpStep
from mortalff.physics.law import Law, Step
from mortalff.physics.pulse_trains import Coincidences, Trains
from mortalff.streams import Stream


def fast_update(
    w: Tensor,
    law: Law,
    up: Coincidences | None,
    down: Coincidences | None,
    noise: Stream,
) -> None:
    """Move weights by a whole batch's pulses, in place: compiled on a CPU, plain torch elsewhere."""
    if w.device.type == "cpu" and isinstance(law, AffineStep | ExpStep):
        fast_update_compiled(w, law, up, down, noise)
    else:
        fast_update_reference(w, law, up, down, noise)


def fast_update_reference(
    w: Tensor,
    law: Law,
    up: Coincidences | None,
    down: Coincidences | None,
    noise: Stream,
) -> None:
    """What :func:`fast_update` computes, in plain torch on any device.

    Args:
        w: weights (chips, n_out, n_in).
        law: how devices respond.
        up: moments of the number of up coincidences, None where there are none.
        down: likewise down.
        noise: the stream of pulse noise; one normal a device is drawn.
    """
    xi = noise.normal(w.shape[1], w.shape[2])
    mean: Tensor | None = None
    variance: Tensor | None = None
    for sign, coincidences, respond in ((1.0, up, law.up), (-1.0, down, law.down)):
        if coincidences is None:
            continue
        change, spread = _moments(coincidences, respond(w))
        mean = change.mul_(sign) if mean is None else mean.add_(change, alpha=sign)
        variance = spread if variance is None else variance.add_(spread)
    if mean is None or variance is None:
        return
    w.add_(mean).addcmul_(variance.clamp_min_(0.0).sqrt_(), xi)
    torch.clamp(w, law.w_min, law.w_max, out=w)


def _moments(coincidences: Coincidences, step: Step) -> tuple[Tensor, Tensor]:
    mean = coincidences.mean * step.mean
    spread = (coincidences.mean - coincidences.excess) * step.mean.square()
    return mean, spread.addcmul_(coincidences.mean, step.std.square())


def exact_update(w: Tensor, law: Law, trains: Trains, bits: Stream, noise: Stream) -> Tensor:
    """Move weights pulse by pulse, sample by sample, in place.

    Every slot draws its rows and columns anew and moves the devices where both fire; devices on a line share its train.

    Args:
        w: weights (chips, n_out, n_in).
        law: how devices respond.
        trains: the batch's trains.
        bits: stream that decides which slots fire.
        noise: stream of cycle-to-cycle variation.

    Returns:
        Which devices a pulse reached, bool, (chips, n_out, n_in).
    """
    chips = w.shape[0]
    reached = torch.zeros_like(w, dtype=torch.bool)
    slots = trains.slots.expand(chips, -1)
    for sample in range(slots.shape[1]):
        rows = trains.rows[:, sample].expand(chips, -1)
        columns = trains.columns[:, sample].expand(chips, -1)
        longest = int(slots[:, sample].max())
        call = bits.next_call()
        cycle = noise.next_call()
        for slot in range(longest):
            lit = slot < slots[:, sample, None]
            fired = bits.uniform(w.shape[1] + w.shape[2], call=call, sub=slot)
            row = (fired[:, : w.shape[2]] < rows.abs()) & lit
            column = (fired[:, w.shape[2] :] < columns.abs()) & lit
            sign = (columns.sign() * column)[:, :, None] * (rows.sign() * row)[:, None, :]
            xi = noise.normal(w.shape[1], w.shape[2], call=cycle, sub=slot)
            up, down = law.up(w), law.down(w)
            moved = torch.where(sign > 0, up.mean + up.std * xi, -(down.mean + down.std * xi))
            w.add_(moved.mul_(sign != 0))
            torch.clamp(w, law.w_min, law.w_max, out=w)
            reached |= sign != 0
    return reached
