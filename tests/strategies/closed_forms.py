"""The device laws in float64, written out from their papers' formulas once more, law by law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from mortalff.cards import (
    Card,
    Device,
    ExpStepLaw,
    LinearStepLaw,
    PiecewiseStepLaw,
    PowStepLaw,
    SoftBoundsReferenceLaw,
    Variability,
)
from tests.strategies.statistics import Array


@dataclass(frozen=True)
class Devices:
    """Constants of each device."""

    up: Array
    down: Array
    top: Array
    bottom: Array
    other: tuple[Array, Array]
    """Standard normals of what a law has of its own: two slopes, two exponents, or a reference."""


def device_of(card: Card) -> tuple[Device, Variability]:
    """The sections that a card of pulsed devices has."""
    return cast("Device", card.device), cast("Variability", card.variability)


def fabricated(card: Card, xi: list[Array]) -> Devices:
    """Devices from standard normals: top, bottom, gain, asymmetry, and two of the law's."""
    mean, spread = device_of(card)
    dw, beta = float(mean.dw_min), float(mean.up_down)
    gain = 1.0 + float(spread.dw_min_dtod) * xi[2]
    if spread.dw_min_dtod_log_normal:
        gain = np.exp(float(spread.dw_min_dtod) * xi[2])
    r = float(spread.up_down_dtod) * xi[3]
    high = float(mean.w_max) * (1 + float(spread.w_max_dtod) * xi[0])
    low = float(mean.w_min) * (1 + float(spread.w_min_dtod) * xi[1])
    return Devices(
        up=dw * np.abs(gain + r + (beta if beta < 0 else 0.0)),
        down=dw * np.abs(gain - r - (beta if beta > 0 else 0.0)),
        top=np.abs(np.maximum(high, low)),
        bottom=-np.abs(np.minimum(high, low)),
        other=(xi[4], xi[5]),
    )


def bounds(card: Card, devices: Devices) -> tuple[Array, Array]:
    """Where each device's weight ends, below and above."""
    shift = _reference(card, devices)
    return devices.bottom - shift, devices.top - shift


def one_pulse(card: Card, devices: Devices, w: Array, sign: int) -> tuple[Array, Array]:
    """Mean change of a pulse in its direction, and its standard deviation, before clipping."""
    law, s = card.law, float(device_of(card)[1].dw_min_std)
    step = devices.up if sign > 0 else devices.down
    extra = np.zeros_like(w)
    match law.kind:
        case "LinearStep":
            mean = step * (1.0 - _slope(card, devices, sign) * w)
        case "SoftBounds" | "SoftBoundsReference":
            edge = devices.top if sign > 0 else devices.bottom
            mean = step * (1.0 - (w + _reference(card, devices)) / edge)
        case "ExpStep":
            law = cast("ExpStepLaw", law)
            z = 2.0 * float(law.a) * w / (devices.top - devices.bottom) + float(law.b)
            amplitude, gamma = float(law.amplitude_up), float(law.gamma_up)
            if sign < 0:
                amplitude, gamma = float(law.amplitude_down), -float(law.gamma_down)
            mean = step * np.maximum(0.0, 1.0 - amplitude * np.exp(gamma * z))
            extra = float(law.noise_add) + float(law.noise_slope) * np.abs(w)
        case "PowStep":
            width = devices.top - devices.bottom
            left = (devices.top - w if sign > 0 else w - devices.bottom) / width
            mean = step * np.clip(left, 0.0, 1.0) ** _exponent(card, devices, sign)
        case "PiecewiseStep":
            law = cast("PiecewiseStepLaw", law)
            nodes = (law.nodes_up if sign > 0 else law.nodes_down).values
            place = (w - devices.bottom) / (devices.top - devices.bottom)
            mean = step * np.interp(place, np.linspace(0.0, 1.0, len(nodes)), nodes)
        case _:
            mean = step * np.ones_like(w)
    if getattr(law, "cycle_noise", "multiplicative") == "additive":
        return mean, s * step
    return mean, s * (np.abs(mean) + extra)


def _slope(card: Card, devices: Devices, sign: int) -> Array:
    """γ/w_ref of a linear step, for the direction."""
    law, mean = cast("LinearStepLaw", card.law), device_of(card)[0]
    if sign > 0:
        gamma = float(law.gamma_up) + float(law.gamma_up_dtod) * devices.other[0]
        return np.abs(gamma) / float(mean.w_max)
    gamma = float(law.gamma_down) + float(law.gamma_down_dtod) * devices.other[1]
    edge = float(mean.w_min)
    return np.abs(gamma) / edge if edge else np.zeros_like(gamma)


def _exponent(card: Card, devices: Devices, sign: int) -> Array:
    law = cast("PowStepLaw", card.law)
    gain = 1.0 + float(law.gamma_dtod) * devices.other[0]
    r, beta = float(law.gamma_up_down_dtod) * devices.other[1], float(law.gamma_up_down)
    share = gain + r + min(beta, 0.0) if sign > 0 else gain - r - max(beta, 0.0)
    return np.abs(share) * float(law.gamma)


def _reference(card: Card, devices: Devices) -> Array:
    if not isinstance(card.law, SoftBoundsReferenceLaw):
        return np.zeros_like(devices.up)
    law = card.law
    reference = float(law.reference_mean) + float(law.reference_std) * devices.other[0]
    if law.subtract_symmetry_point:
        reference = reference + symmetry_point(devices)
    return reference


def symmetry_point(devices: Devices) -> Array:
    """Where a soft-bounds device's up and down steps are equal."""
    slopes = devices.up / devices.top - devices.down / devices.bottom
    return (devices.up - devices.down) / slopes
