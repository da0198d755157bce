"""The batch updates in plain torch: what kernels are tested against, and what serves devices without one."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.physics.law import Law, Step
from mortalff.physics.pulse_trains import Coincidences, Trains
from mortalff.streams import Stream

_LONGEST = 1024  # slots of a train


def fast_update_reference(
    w: Tensor,
    law: Law,
    up: Coincidences | None,
    down: Coincidences | None,
    noise: Stream,
    call: int | None = None,
    reached: Tensor | None = None,
) -> None:
    """What :func:`fast_update` computes, in plain torch on any device and for any law.

    Args:
        w: weights (chips, n_out, n_in).
        law: how devices respond.
        up: moments of the number of up coincidences, None where there are none.
        down: likewise down.
        noise: the stream of pulse noise; one normal a device is drawn.
        call: place in it, by default a new one.
        reached: which devices any pulse reached, bool, shaped as w; the others stay where they are.
    """
    xi = noise.normal(w.shape[1], w.shape[2], call=call)
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
    if reached is not None:
        share = chance_of_any(up, down)
        mean = mean / share
        variance = variance / share - mean.square() * (1.0 - share)
    moved = w + mean.addcmul(variance.clamp_min(0.0).sqrt(), xi)
    moved = torch.clamp(moved, law.w_min, law.w_max)
    w.copy_(moved if reached is None else torch.where(reached, moved, w))


def chance_of_any(up: Coincidences | None, down: Coincidences | None) -> Tensor:
    """The probability that any pulse reaches a device, above 0, (chips or 1, n_out, n_in)."""
    none = [c.none() for c in (up, down) if c is not None]
    return (1.0 - (none[0] if len(none) == 1 else none[0] * none[1])).clamp_min(1e-30)


def hits_reference(up: Coincidences | None, down: Coincidences | None, u: Tensor) -> Tensor:
    """How many pulses reached each device, as :func:`fast_update` draws it.

    Args:
        up: moments of the number of up coincidences, None where there are none.
        down: likewise down.
        u: uniforms, (chips, n_out, n_in), one a device.

    Returns:
        Zero where none came; elsewhere a whole number that keeps the mean, float32, shaped as u.
    """
    numbers = [c.mean for c in (up, down) if c is not None]
    if not numbers:
        return torch.zeros_like(u)
    share, expected = chance_of_any(up, down), sum(numbers[1:], start=numbers[0])
    # What is left of the uniform above its threshold is a uniform itself, and rounds without bias.
    number = ((expected + u - (1.0 - share)) / share).floor().clamp(1.0, 65535.0)
    return torch.where(u >= 1.0 - share, number, 0.0)


def exact_update_reference(
    w: Tensor,
    law: Law,
    trains: Trains,
    bits: Stream,
    noise: Stream,
    only: int = 0,
    place: int | None = None,
) -> Tensor:
    """What :func:`exact_update` computes, in plain torch on any device and for any law, with other random numbers.

    Every slot draws its rows and columns anew and moves the devices where both fire; devices on a line share its train.

    Args:
        w: weights (chips, n_out, n_in).
        law: how devices respond.
        trains: the batch's trains.
        bits: stream that decides which slots fire.
        noise: stream of cycle-to-cycle variation.
        only: 0; or 1 or -1 to take up or down coincidences alone, as up pulses.
        place: reserved in the stream of bits, so that two arrays see the same trains; by default new ones.

    Returns:
        How many pulses reached each device, (chips, n_out, n_in).
    """
    chips, call = w.shape[0], bits.next_call() if place is None else place
    hits = torch.zeros_like(w)
    slots = trains.slots.expand(chips, -1)
    for sample in range(slots.shape[1]):
        rows = trains.rows[:, sample].expand(chips, -1)
        columns = trains.columns[:, sample].expand(chips, -1)
        longest = int(slots[:, sample].max())
        cycle = noise.next_call()
        for slot in range(longest):
            lit = slot < slots[:, sample, None]
            fired = bits.uniform(w.shape[1] + w.shape[2], call=call, sub=sample * _LONGEST + slot)
            row = (fired[:, : w.shape[2]] < rows.abs()) & lit
            column = (fired[:, w.shape[2] :] < columns.abs()) & lit
            sign = (columns.sign() * column)[:, :, None] * (rows.sign() * row)[:, None, :]
            if only != 0:
                sign = (sign == only).to(sign.dtype)
            xi = noise.normal(w.shape[1], w.shape[2], call=cycle, sub=slot)
            up, down = law.up(w), law.down(w)
            moved = torch.where(sign > 0, up.mean + up.std * xi, -(down.mean + down.std * xi))
            w.add_(moved.mul_(sign != 0))
            torch.clamp(w, law.w_min, law.w_max, out=w)
            hits += sign != 0
    return hits


def _moments(coincidences: Coincidences, step: Step) -> tuple[Tensor, Tensor]:
    mean = coincidences.mean * step.mean
    spread = (coincidences.mean - coincidences.excess) * step.mean.square()
    return mean, spread.addcmul_(coincidences.mean, step.std.square())
