"""Program and verify: read, pulse what is off towards its target, read again, until reads agree or patience ends.

A burst of n pulses at weight w moves a device by n s(w) ± √n σ(w), with s and σ the mean and the spread of one pulse
there: exact for n = 1, else without the law's bend over the burst.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from mortalff.cards.programming import Verify
from mortalff.errors import InputError, message
from mortalff.physics.law import Law
from mortalff.streams import Stream

VerifyRead = Callable[[Tensor, Tensor, int], Tensor]
"""What reads show: (states, which of them the last burst touched, round) to visible weights, before verify noise.

It must go on showing a device that was not touched as it did before.
"""
Reset = Callable[[int], Tensor]
"""States of all devices, were they reset in this round."""


class Verified(NamedTuple):
    """How programming ended, each of shape (chips, n_out, n_in).

    Attributes:
        w: the devices' states.
        pulses: pulses that each got, int32.
        reads: reads that each took, int32.
        resets: resets of each, int32.
        reached: whether the last read of it was within the tolerance.
    """

    w: Tensor
    pulses: Tensor
    reads: Tensor
    resets: Tensor
    reached: Tensor


def program_and_verify(
    w: Tensor,
    target: Tensor,
    law: Law,
    settings: Verify,
    granularity: float,
    stream: Stream,
    *,
    read: VerifyRead | None = None,
    reset: Reset | None = None,
    call: int | None = None,
) -> Verified:
    """Bring devices to a target by their own pulses.

    Round k reads the devices that are not done; those within the tolerance are done, the others get a burst. It has as
    many pulses as would close the gap if each were of the mean device's size, at least one and at most
    ``pulses_per_round_max``. After ``rounds_max`` bursts there is one more read and no more pulses: a device that
    cannot get there, stuck or with the target beyond its bounds, ends so, and is reported.

    Round k draws its numbers at places of its own for every device, so when one device or chip is done changes nobody
    else's numbers.

    Args:
        w: states now, (chips, n_out, n_in); left as they are.
        target: weights meant, of that shape or one that broadcasts to it.
        law: how devices respond to pulses, and their bounds.
        settings: tolerance, rounds, pulses, noise of a verifying read.
        granularity: mean weight change of one training pulse, above 0; all the controller knows of the devices.
        stream: the stream of programming.
        read: what a read shows of the states where that is not the states themselves.
        reset: for devices that pulses only raise: one that reads too high is reset, without a pulse, instead of
            pulsed down.
        call: a place reserved in the stream, of which every sub may be used; by default a new one.

    Raises:
        InputError: a target is not finite, or the granularity not above 0.
    """
    _check(target, granularity)
    place = stream.next_call() if call is None else call
    amplitude, noise = float(settings.pulse_amplitude), float(settings.read_std)
    w, wanted = w.clone(), target.expand_as(w)
    pulses, reads, resets = (torch.zeros_like(w, dtype=torch.int32) for _ in range(3))
    active = torch.ones_like(w, dtype=torch.bool)
    touched = torch.zeros_like(active)
    for k in range(settings.rounds_max + 1):
        seen = w if read is None else read(w, touched, k)
        if noise > 0.0:
            seen = seen + noise * stream.normal(*w.shape[1:], call=place, sub=2 * k + 1)
        reads += active
        gap = wanted - seen
        active = active & ~(gap.abs() <= float(settings.tolerance))
        if k == settings.rounds_max or not bool(active.any()):
            break
        burst = (gap.abs() / (granularity * amplitude)).round()
        burst = burst.clamp(1.0, float(settings.pulses_per_round_max))
        up, down = law.up(w), law.down(w)
        rises = gap > 0.0
        mean = torch.where(rises, up.mean, -down.mean) * (burst * amplitude)
        std = torch.where(rises, up.std, down.std) * (burst.sqrt() * amplitude)
        xi = stream.normal(*w.shape[1:], call=place, sub=2 * k)
        pulsed, after = active, mean + std * xi
        moved = torch.clamp(w + after, law.w_min, law.w_max)
        if reset is not None:
            too_high = active & ~rises
            moved = torch.where(too_high, reset(k).clamp(law.w_min, law.w_max), moved)
            pulsed = active & rises
            resets += too_high
        w = torch.where(active, moved, w)
        pulses += torch.where(pulsed, burst, 0.0).to(torch.int32)
        touched = active
    return Verified(w, pulses, reads, resets, ~active)


def _check(target: Tensor, granularity: float) -> None:
    if not bool(target.isfinite().all()):
        rule = "a target must be a finite number"
        raise InputError(message("target", "not finite", rule, "give weights in normalised units"))
    if not granularity > 0.0:
        rule = "it is the mean step by which bursts are measured, above 0"
        raise InputError(message("granularity", granularity, rule, "give the card's dw_min"))
