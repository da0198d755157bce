"""SONOS charge-trap memory, 40 nm: error of its current after programming, its shift with time, and read noise.

With currents in nA and t in days since programming (Agrawal et al., IEDM 2022, 21.7, Figs. 10 and 11; 128K devices):

    mean(I, t) = I + Σ pᵢ(t) Iⁱ,   i = 0 … 10, no shift at t = 0
    σ(I, t) = A(t) (1 − exp(−mean/B(t)))
    read noise: σ(I) = 12.58037 (1 − exp(−I/215.36557))

The coefficients are the fits of CrossSim 3.2 (``simulator/devices/custom/SONOS.py``), known at t = 0 … 5 days and
linear between. CrossSim extrapolates beyond 5 days; this refuses. CrossSim lets the shift act up to 1800 nA, where its
polynomials say −3456 nA after a day; they bend away from some 1450 nA on, so this refuses shifts above 1400 nA.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mortalff.errors import InputError, message
from mortalff.physics.conductance_error import Distribution, check_range

CURRENT_MAX_A = 3200e-9
"""Greatest current that the spread was fitted for (CrossSim 3.2)."""
SHIFT_CURRENT_MAX_A = 1400e-9
"""Greatest current at which the polynomials of the shift with time are smooth."""
ELAPSED_MAX_S = 5 * 86_400.0
"""Last measurement after programming."""

_NANO = 1e-9
_DAY_S = 86_400.0
_WHY = "the fit to SONOS of Agrawal et al., IEDM (2022), 21.7,"

# (A, B) of the spread in nA at 0, 1, ... 5 days: Fig. 10(a), CrossSim 3.2, SONOS.py
_SPREAD = (
    (19.88665, 176.3115),
    (25.59102, 186.85544),
    (28.72753, 193.56834),
    (31.04318, 198.90332),
    (33.76214, 204.77023),
    (34.57909, 207.34309),
)
_READ = (12.58037, 215.36557)  # Fig. 11(b), as above

# Coefficients of the mean shift for rising powers of nA, at 0, 1, ... 5 days: Fig. 10(b), as above
# fmt: off
_SHIFT = (
    (0.0,) * 11,
    (6.83650e-01, 6.51250e-03, -4.03163e-04, 3.37944e-06, -1.87435e-08, 5.88902e-11,
     -1.07685e-13, 1.17751e-16, -7.60016e-20, 2.67255e-23, -3.94954e-27),
    (6.60925e-01, 8.60627e-03, -1.72936e-04, 7.44096e-07, -5.94866e-09, 2.36734e-11,
     -4.83740e-14, 5.56072e-17, -3.65397e-20, 1.28405e-23, -1.87450e-27),
    (1.15821e+00, 1.96116e-02, -4.70807e-04, 3.67510e-06, -2.08786e-08, 6.59752e-11,
     -1.19499e-13, 1.28435e-16, -8.11574e-20, 2.78802e-23, -4.02057e-27),
    (8.72216e-01, 1.70926e-02, -2.23370e-04, 1.57526e-06, -1.32779e-08, 5.08256e-11,
     -1.01251e-13, 1.14633e-16, -7.46124e-20, 2.60559e-23, -3.78724e-27),
    (1.15294e+00, 1.03149e-02, -6.05199e-05, 1.76086e-08, -6.46690e-09, 3.39044e-11,
     -7.53872e-14, 8.98185e-17, -6.00346e-20, 2.12615e-23, -3.11099e-27),
)
# fmt: on


def mean_current(current_a: Tensor, elapsed_s: float) -> Tensor:
    """Mean current of devices programmed to a current, some time later.

    Args:
        current_a: current at programming, ampere, any shape.
        elapsed_s: time since, seconds.

    Raises:
        InputError: a current or the time lies outside the range of the fit.
    """
    coefficients = _between(_SHIFT, elapsed_s)
    high = SHIFT_CURRENT_MAX_A if elapsed_s > 0.0 else CURRENT_MAX_A
    check_range("SONOS current", current_a, 0.0, high, "nA", _NANO, _WHY)
    if elapsed_s == 0.0:
        return current_a
    nano = current_a.double() / _NANO  # terms of 10⁵ nA leave some ten
    shift = torch.zeros_like(nano)
    for c in reversed(coefficients):
        shift = shift * nano + c
    return ((nano + shift) * _NANO).to(current_a.dtype)


def current_std(current_a: Tensor, elapsed_s: float) -> Tensor:
    """Spread of the current about its mean some time after programming, ampere.

    Args:
        current_a: current at programming, ampere.
        elapsed_s: time since, seconds.

    Raises:
        InputError: a current or the time lies outside the range of the fit.
    """
    amplitude, scale = _between(_SPREAD, elapsed_s)
    return _saturating(mean_current(current_a, elapsed_s), amplitude, scale)


def read_std(current_a: Tensor) -> Tensor:
    """Spread of the current from read to read, ampere; any current not negative."""
    return _saturating(current_a, *_READ)


@dataclass(frozen=True)
class SONOSError:
    """The error in conductance, current over read voltage, some time after programming.

    Attributes:
        read_voltage_v: voltage across a device that is read.
        elapsed_s: time since programming, at most 5 days.
    """

    read_voltage_v: float
    elapsed_s: float = 0.0

    @property
    def distribution(self) -> Distribution:
        """Normal."""
        return "normal"

    def mean(self, g: Tensor) -> Tensor:
        """Mean conductance by then, siemens."""
        if self.elapsed_s == 0.0:
            return g
        return mean_current(g * self.read_voltage_v, self.elapsed_s) / self.read_voltage_v

    def std(self, g: Tensor) -> Tensor:
        """Spread about it, siemens."""
        return current_std(g * self.read_voltage_v, self.elapsed_s) / self.read_voltage_v


@dataclass(frozen=True)
class SONOSReadNoise:
    """Read noise in conductance: a new error at every read.

    Attributes:
        read_voltage_v: voltage across a device that is read.
    """

    read_voltage_v: float

    @property
    def distribution(self) -> Distribution:
        """Normal."""
        return "normal"

    def mean(self, g: Tensor) -> Tensor:
        """The conductance itself."""
        return g

    def std(self, g: Tensor) -> Tensor:
        """Spread from read to read, siemens."""
        return read_std(g * self.read_voltage_v) / self.read_voltage_v


def _saturating(current_a: Tensor, amplitude: float, scale: float) -> Tensor:
    share = 1.0 - (-current_a / (scale * _NANO)).exp()
    return share.clamp_min(0.0) * (amplitude * _NANO)


def _between(table: tuple[tuple[float, ...], ...], elapsed_s: float) -> tuple[float, ...]:
    """A row of a table of days, linear between two of them."""
    if not 0.0 <= elapsed_s <= ELAPSED_MAX_S:
        rule = f"{_WHY} covers 0 to {ELAPSED_MAX_S:g} s (5 days) after programming"
        raise InputError(message("elapsed_s", elapsed_s, rule, "give a time in that range"))
    days = elapsed_s / _DAY_S
    day = min(math.floor(days), len(table) - 2)
    rest = days - day
    return tuple(
        (1.0 - rest) * a + rest * b for a, b in zip(table[day], table[day + 1], strict=True)
    )
