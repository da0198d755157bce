"""Analog periphery that depends on bits: sample-and-hold, converters of inputs."""

from __future__ import annotations

import math

from mortalff.energy.library.library import Library
from mortalff.energy.library.load import built_in_library
from mortalff.energy.library.price import Price
from mortalff.errors import InputError, message

BOLTZMANN_J_PER_K = 1.380649e-23
ROOM_K = 300.0
_CDAC_BITS = 8
_BITS_MAX = 16


def hold_capacitance(bits: float, full_scale_v: float, temperature_k: float = ROOM_K) -> float:
    """The least capacitance that holds a voltage to so many bits.

    Its noise kT/C is no more than that of rounding to the bits, (V/2^b)²/12: C = 12 kT 2^(2b) / V².

    Args:
        bits: resolution, above 0 and up to 16.
        full_scale_v: range of the voltage, in V.
        temperature_k: temperature, in K.

    Returns:
        Farads.

    Raises:
        InputError: an argument out of its range.
    """
    _check("full-scale voltage", full_scale_v, "V")
    return hold_floor(bits, temperature_k) / full_scale_v**2


def hold_floor(bits: float, temperature_k: float = ROOM_K) -> float:
    """The least energy of holding a value to so many bits: that capacitor charged once, 12 kT 2^(2b), at any voltage.

    Args:
        bits: resolution, above 0 and up to 16.
        temperature_k: temperature, in K.

    Returns:
        Joules. Amplifier and leakage come on top.

    Raises:
        InputError: an argument out of its range.
    """
    _check("bits", bits, "bits", _BITS_MAX)
    _check("temperature", temperature_k, "K")
    return 12.0 * BOLTZMANN_J_PER_K * temperature_k * math.pow(2.0, 2.0 * bits)


def sample_hold(bits: float, library: Library | None = None) -> Price:
    """One value held to so many bits: ISAAC's stage, but no less than the noise allows. High: NeuRRAM's, of 130 nm.

    Args:
        bits: resolution.
        library: where ``hold.*`` are; by default the built-in one.

    Raises:
        InputError: as :func:`hold_floor`.
    """
    known = built_in_library() if library is None else library
    floor, least = hold_floor(bits), known.price("hold.isaac.energy")
    value = max(floor, least.value)
    return Price(max(floor, least.low), value, max(value, known["hold.neurram.energy"].value))


def capacitive_dac(bits: int, library: Library | None = None) -> Price:
    """One step of a capacitive DAC, from that of 8 bits.

    Its capacitors are taken to double with each bit. Fewer bits may save less, so below 8 the upper bound is that of 8.

    Args:
        bits: 1 to 16.
        library: where ``dac.cdac_8bit.energy`` is; by default the built-in one.

    Raises:
        InputError: bits out of range.
    """
    known = built_in_library() if library is None else library
    _check_whole(bits)
    eight = known.price("dac.cdac_8bit.energy")
    scaled = eight * 2.0 ** (bits - _CDAC_BITS)
    return Price(scaled.low, scaled.value, max(scaled.high, eight.high))


def serial_driver(bits: int, library: Library | None = None) -> Price:
    """One input sent as bits, one after the other, by a driver of one bit (ISAAC's).

    Args:
        bits: 1 to 16.
        library: where ``driver.isaac.energy`` is; by default the built-in one.

    Raises:
        InputError: bits out of range.
    """
    known = built_in_library() if library is None else library
    _check_whole(bits)
    return known.price("driver.isaac.energy") * bits


def _check(name: str, value: float, unit: str, most: float = 1e6) -> None:
    if not 0.0 < value <= most:
        rule = f"it is in {unit}, and must be above 0"
        raise InputError(message(name, value, rule, f"give at most {most:g} {unit}"))


def _check_whole(bits: int) -> None:
    if not (isinstance(bits, int) and 1 <= bits <= _BITS_MAX):
        raise InputError(
            message("bits", bits, "it must be a whole number", f"give 1 to {_BITS_MAX}")
        )
