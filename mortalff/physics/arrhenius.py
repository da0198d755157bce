"""Arrhenius: by how much heat speeds a thermally activated clock, exp(E_a/k_B (1/T_ref − 1/T))."""

from __future__ import annotations

import math

BOLTZMANN_EV_PER_K = 8.617333262e-5
"""Boltzmann's constant (CODATA 2018, from exact values)."""


def acceleration(
    activation_energy_ev: float, temperature_k: float, reference_temperature_k: float
) -> float:
    """Seconds that a device lives through at the reference temperature for each second at the temperature.

    Args:
        activation_energy_ev: E_a in electronvolts; 0 makes heat harmless.
        temperature_k: where the device is.
        reference_temperature_k: where its times were measured.
    """
    inverse = 1.0 / reference_temperature_k - 1.0 / temperature_k
    return math.exp(activation_energy_ev / BOLTZMANN_EV_PER_K * inverse)
