"""Phase-change memory after programming: scatter, drift exponents and 1/f read noise.

With x = g/g_max (Nandakumar et al., "Phase-change memory models for deep learning training and inference", ICECS 2019,
in the form and with the numbers of aihwkit 1.2.0's ``PCMLikeNoiseModel``):

    programming  g' = max(0, g + σ ξ),  σ = (0.26348 + 1.9650 x − 1.1731 x²) µS · g_max/25 µS
    drift        ν = |μ + σ_ν ξ|,  μ = clip(−0.0155 ln x + 0.0244, 0.049, 0.1),
                 σ_ν = clip(−0.0125 ln x − 0.0059, 0.008, 0.045)
    read         std = g Q √ln((t + t_r)/2t_r),  Q = min(0.0088/max(x^0.65, 10⁻³), 0.2)

where t counts from the end of programming, t_r = 250 ns, g is what drift has left, and Q's x is from the programmed
conductance. The drift itself, (t/t₀)^−ν with t₀ = 20 s, is :func:`mortalff.physics.drift.drift_factor`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mortalff.physics.conductance_error import Distribution, check_range

_LEAST_SHARE = 1e-7  # where aihwkit cuts the logarithm off


@dataclass(frozen=True)
class PCMProgramming:
    """Scatter of the conductance about its target.

    Attributes:
        g_max: full scale, siemens.
        coefficients: cᵢ of σ = Σ cᵢ xⁱ, siemens, for rising powers, measured at g_reference.
        g_reference: full scale at which they were measured, siemens; at another, σ scales with it.
        scale: factor on σ.
    """

    g_max: float
    coefficients: tuple[float, ...] = (0.26348e-6, 1.9650e-6, -1.1731e-6)
    g_reference: float = 25e-6
    scale: float = 1.0

    @property
    def distribution(self) -> Distribution:
        """Normal."""
        return "normal"

    def mean(self, g: Tensor) -> Tensor:
        """The conductance itself."""
        return g

    def std(self, g: Tensor) -> Tensor:
        """Standard deviation at a target g, siemens.

        Raises:
            InputError: a conductance lies outside [0, g_max].
        """
        why = "the model of PCM of Nandakumar et al., ICECS (2019),"
        check_range("conductance", g, 0.0, self.g_max, "µS", 1e-6, why)
        x = g / self.g_max
        total = torch.full_like(x, self.coefficients[-1])
        for c in self.coefficients[-2::-1]:
            total = total * x + c
        return total.clamp_min(0.0) * (self.scale * self.g_max / self.g_reference)


@dataclass(frozen=True)
class ClippedLogLine:
    """clip(slope · ln x + offset, low, high)."""

    slope: float
    offset: float
    low: float
    high: float

    def __call__(self, x: Tensor) -> Tensor:
        """Its value at shares x of the full scale, any shape."""
        line = self.slope * x.abs().clamp_min(_LEAST_SHARE).log() + self.offset
        return line.clamp(self.low, self.high)


@dataclass(frozen=True)
class PCMDrift:
    """Drift exponents: a mean and a spread for each conductance.

    Attributes:
        mean: μ. std: σ_ν. scale: factor on exponents.
    """

    mean: ClippedLogLine = ClippedLogLine(-0.0155, 0.0244, 0.049, 0.1)
    std: ClippedLogLine = ClippedLogLine(-0.0125, -0.0059, 0.008, 0.045)
    scale: float = 1.0

    def exponents(self, x: Tensor, xi: Tensor) -> Tensor:
        """Each device's ν, none negative.

        Args:
            x: g/g_max, any shape.
            xi: standard normals of its shape.
        """
        return (self.mean(x) + self.std(x) * xi).abs() * self.scale


@dataclass(frozen=True)
class PCMReadNoise:
    """1/f noise that has gathered since programming, as a share of the conductance.

    Attributes:
        factor: Q at full scale.
        power: exponent of x in it.
        factor_max: greatest Q.
        read_time_s: t_r, duration of one read.
        scale: factor on the noise.
    """

    factor: float = 0.0088
    power: float = 0.65
    factor_max: float = 0.2
    read_time_s: float = 250e-9
    scale: float = 1.0

    @property
    def log_least(self) -> float:
        """Logarithm of what x^power is not let below."""
        return math.log(1e-3)

    def share(self, x: Tensor, age_s: Tensor) -> Tensor:
        """Standard deviation over present conductance.

        Args:
            x: programmed conductance over g_max.
            age_s: time since programming, seconds, broadcast with x; nothing has gathered before t_r.
        """
        # Not pow(): where a device lies in memory decides how torch rounds that.
        powered = (self.power * x.abs().log()).clamp_min(self.log_least).exp()
        q = (self.factor / powered).clamp_max(self.factor_max)
        gathered = ((age_s + self.read_time_s) / (2.0 * self.read_time_s)).log().clamp_min(0.0)
        return self.scale * q * gathered.sqrt()
