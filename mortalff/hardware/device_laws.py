"""From a card to the devices of one array: which law, with which per-device constants."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mortalff.cards import Card, Device, OneSidedPair
from mortalff.cards.laws import (
    ConstantStepLaw,
    ExpStepLaw,
    LinearStepLaw,
    PiecewiseStepLaw,
    PowStepLaw,
    ProgramOnlyLaw,
    SoftBoundsLaw,
    SoftBoundsReferenceLaw,
)
from mortalff.errors import CardError, message
from mortalff.physics.constant_step import constant_step
from mortalff.physics.device_spread import Spread, spread
from mortalff.physics.exp_step import ExpStep
from mortalff.physics.joined import joined
from mortalff.physics.law import Law
from mortalff.physics.linear_step import linear_step
from mortalff.physics.piecewise_step import PiecewiseStep
from mortalff.physics.pow_step import pow_step
from mortalff.physics.soft_bounds import soft_bounds, soft_bounds_reference
from mortalff.streams import Stream

_SLOPE_DOWN = 7  # place of a reference device's down slope; 0 to 5 are other constants, 6 is ageing
_AT_ONCE = 4_000_000  # devices that are made together, as making them takes three times the memory that they do


def device_law(card: Card, fabrication: Stream, n_out: int, n_in: int) -> Law:
    """Make the devices of one array of a row of chips, some chips at a time.

    Args:
        card: mean device, spread and law.
        fabrication: stream of device-to-device variation.
        n_out: rows of weights.
        n_in: columns of weights.

    Raises:
        CardError: the card has no pulsed devices.
    """
    chips, group = len(fabrication.keys), max(1, _AT_ONCE // (n_out * n_in))
    if chips <= group:
        return _law_of(card, fabrication, n_out, n_in)
    parts = (slice(first, first + group) for first in range(0, chips, group))
    return joined(
        ((_law_of(card, fabrication.of_chips(part), n_out, n_in), part) for part in parts), chips
    )


def _law_of(card: Card, fabrication: Stream, n_out: int, n_in: int) -> Law:
    """Make the devices of one array.

    Args:
        card: mean device, spread and law.
        fabrication: stream of device-to-device variation. Every effect has a fixed place in it, so that switching one
            off leaves the others' numbers as they were.
        n_out: rows of weights.
        n_in: columns of weights.

    Raises:
        CardError: the card has no pulsed devices.
    """
    if card.device is not None and isinstance(card.law, ProgramOnlyLaw):
        return _only_programmed(card.device, card.law, fabrication, n_out, n_in)
    if card.device is None or card.variability is None:
        raise CardError(
            message("card", card.name, "it has no pulsed devices", "use a DigitalArray")
        )

    def xi(place: int) -> Tensor:
        return fabrication.normal(n_out, n_in, call=place)

    devices = spread(card.device, card.variability, (xi(0), xi(1), xi(2), xi(3)))
    cycle_std = float(card.variability.dw_min_std)
    law = card.law
    match law:
        case ConstantStepLaw():
            return constant_step(devices, cycle_std)
        case LinearStepLaw():
            return linear_step(law, card.device, devices, cycle_std, (xi(4), xi(5)))
        case SoftBoundsLaw():
            return soft_bounds(law, devices, cycle_std)
        case SoftBoundsReferenceLaw():
            slopes = None
            if float(law.slope_up_dtod) > 0.0 or float(law.slope_down_dtod) > 0.0:
                slopes = (xi(5), fabrication.normal(n_out, n_in, call=_SLOPE_DOWN))
            return soft_bounds_reference(law, devices, cycle_std, xi(4), slopes)
        case ExpStepLaw():
            return ExpStep(law, devices, cycle_std)
        case PowStepLaw():
            consistent = card.variability.enforce_consistency
            exponents = (xi(4), xi(5))
            return pow_step(law, devices, cycle_std, exponents, consistent=consistent)
        case PiecewiseStepLaw():
            return PiecewiseStep(law, devices, cycle_std)
        case _:
            raise CardError(message("law", law.kind, "it has no pulsed devices", "use another law"))


def granularity(card: Card) -> float:
    """Mean weight change of one pulse at w = 0, by which the length of pulse trains is set.

    PowStep's and PiecewiseStep's are taken mid-way between the bounds, as aihwkit's are. So is that of a one-sided pair
    of ExpStep devices, of which no pulse is a down pulse and the first pulse is the largest by far.

    Raises:
        CardError: it is not above zero.
    """
    assert card.device is not None
    dw_min, law = float(card.device.dw_min), card.law
    rule = "no pulse would move a device at w = 0, so that no pulse train has a length"
    match law:
        case PowStepLaw():
            share = math.pow(0.5, float(law.gamma))
            right = "make gamma smaller"
        case PiecewiseStepLaw():
            share = law.nodes_up.values[len(law.nodes_up.values) // 2]
            rule = "the middle node of the up step sets the length of pulse trains"
            right = "make it larger than 0"
        case ExpStepLaw():
            b = float(law.b)
            if isinstance(card.cell, OneSidedPair):
                b += float(law.a)  # z at half of the range
            up = 1.0 - float(law.amplitude_up) * math.exp(float(law.gamma_up) * b)
            down = 1.0 - float(law.amplitude_down) * math.exp(-float(law.gamma_down) * b)
            if isinstance(card.cell, OneSidedPair):
                down = up
            share = (max(up, 0.0) + max(down, 0.0)) / 2.0
            right = "make an amplitude smaller"
        case _:
            return dw_min
    if share <= 0.0:
        raise CardError(message("law", law.kind, rule, right))
    return dw_min * share


def _only_programmed(
    device: Device, law: ProgramOnlyLaw, fabrication: Stream, n_out: int, n_in: int
) -> Law:
    """Devices that no pulse moves, with bounds beyond which nothing lands."""
    room = 1.0 + float(law.overshoot)
    still = torch.zeros(len(fabrication.keys), n_out, n_in, device=fabrication.device)
    low, high = still + float(device.w_min) * room, still + float(device.w_max) * room
    return constant_step(Spread(still, still, bound_up=high, bound_down=low), 0.0)
