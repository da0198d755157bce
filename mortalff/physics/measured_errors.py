"""Programming errors measured on phase-change and resistive memories: a polynomial in the conductance each.

    σ(g) = max(0, Σ cᵢ gⁱ),  g and σ in µS

is what is left after the program-and-verify of the paper. The coefficients are the fits that CrossSim 3.2 makes to the
papers' figures (``PCM_Joshi.py``, ``RRAM_Milo.py``, ``RRAM_Wan.py`` in ``simulator/devices/custom``). Unlike there,
a conductance outside the range of the fit is refused for every model, below it too.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mortalff.physics.conductance_error import Distribution, check_range

_MICRO = 1e-6


@dataclass(frozen=True)
class PolynomialError:
    """Normal scatter about the conductance meant, its spread a polynomial in it.

    Attributes:
        name: what was measured, and by whom.
        coefficients: cᵢ for rising powers, in µS^(1−i).
        g_low: least conductance the fit covers, siemens.
        g_high: greatest, siemens.
    """

    name: str
    coefficients: tuple[float, ...]
    g_low: float
    g_high: float

    @property
    def distribution(self) -> Distribution:
        """Normal."""
        return "normal"

    def mean(self, g: Tensor) -> Tensor:
        """The conductance itself."""
        return g

    def std(self, g: Tensor) -> Tensor:
        """Standard deviation at g, siemens.

        Raises:
            InputError: a conductance lies outside the range of the fit.
        """
        check_range("conductance", g, self.g_low, self.g_high, "µS", _MICRO, self.name)
        micro = g / _MICRO
        total = torch.full_like(micro, self.coefficients[-1])
        for c in self.coefficients[-2::-1]:
            total = total * micro + c
        return total.clamp_min(0.0) * _MICRO


PCM_JOSHI = PolynomialError(
    name="the fit to PCM of Joshi et al., Nature Communications 11, 2473 (2020), Fig. 3(b),",
    # CrossSim 3.2, PCM_Joshi.py: quadratic, 27 s after programming
    coefficients=(0.28638599, 0.07585724, -0.00178767),
    g_low=0.0,
    g_high=25e-6,
)
"""Phase-change memory up to 25 µS; CrossSim suggests an on/off ratio of 100."""

RRAM_MILO = PolynomialError(
    name="the fit to RRAM of Milo et al., IRPS (2021), Fig. 4, algorithm IGVVA-100,",
    coefficients=(4.782321, -0.009107),  # CrossSim 3.2, RRAM_Milo.py: linear
    g_low=50e-6,
    g_high=225e-6,
)
"""Resistive memory from 50 to 225 µS."""

RRAM_WAN = PolynomialError(
    name="the fit to RRAM of Wan et al., Nature 608, 504 (2022), Extended Data Fig. 3, t = 1 s,",
    coefficients=(1.053, 2.374e-1, -1.167e-2, 1.536e-4),  # CrossSim 3.2, RRAM_Wan.py: cubic
    g_low=0.0,
    g_high=39.26e-6,
)
"""Resistive memory up to 39.26 µS."""
