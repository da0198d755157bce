"""What one analog-to-digital conversion costs, three ways.

* The reference regression: the best that a converter of a node and rate may be hoped to reach.
* The survey model: what published converters need, as quantiles.
* Comparators: below 4 bits, where neither holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from mortalff.energy.library import Library, built_in_library
from mortalff.errors import InputError, message

NODE_FLOOR_NM = 22.0
"""The smallest node at which the reference regression may be believed; it falls as nm^1.88.

Converters of 16 nm and below in the survey take 16 times what it says (median, ENOB rounded); with the
node floored here 5 times, as those of 22 to 65 nm do."""

BITS_MAX, NODE_MAX_NM, RATE_MAX_HZ = 16, 1000.0, 1e10
"""The most bits, the largest node and the highest rate that the models are asked for."""

_REFERENCE_BITS = (4, BITS_MAX)


class AdcBand(NamedTuple):
    """Energy of one conversion, in joules: a lower bound, a typical value, an upper bound."""

    low_j: float
    energy_j: float
    high_j: float


def reference_energy_j(
    bits: int, node_nm: float, rate_hz: float, *, node_floor_nm: float | None = None
) -> float:
    """Energy of one conversion by the regression of Andrulis et al. (arXiv 2404.06553).

    An optimistic bound, which about one published converter in eight beats. Resolution is the
    effective number of bits (ENOB), in whole numbers, for the regression jumps in between.

    Args:
        bits: effective number of bits, a whole number from 4 to 16.
        node_nm: technology node, in nm.
        rate_hz: conversions a second of one converter, at most 1e10.
        node_floor_nm: smaller nodes are taken for this one, usually :data:`NODE_FLOOR_NM`; None
            takes each as it is.

    Returns:
        Joules per conversion: the larger of a floor at low rates and a part that grows as
        rate^0.66.

    Raises:
        InputError: an argument out of its range.
    """
    _check_reference(bits, node_nm, rate_hz)
    node = _floored(node_nm, node_floor_nm)
    common = math.pow(node, 1.88004) * math.pow(bits, -2.82913)
    flat_pj = 5.23702e-3 * common * math.pow(10, 0.280009 * bits)
    fast_pj = 1.48491e-11 * common * math.pow(10, 0.602060 * bits) * math.pow(rate_hz, 0.661280)
    return max(flat_pj, fast_pj) * 1e-12


def reference_area_um2(
    bits: int,
    node_nm: float,
    rate_hz: float,
    *,
    converters: int = 1,
    node_floor_nm: float | None = None,
) -> float:
    """Area of converters by the same regression (arXiv 2404.06553).

    Args:
        bits: effective number of bits, a whole number from 4 to 16.
        node_nm: technology node, in nm.
        rate_hz: conversions a second of each converter.
        converters: how many there are.
        node_floor_nm: as for :func:`reference_energy_j`.

    Returns:
        Area of all of them, in µm².

    Raises:
        InputError: an argument out of its range.
    """
    _check_whole("converters", converters, 1, None)
    energy_pj = reference_energy_j(bits, node_nm, rate_hz, node_floor_nm=node_floor_nm) * 1e12
    node = _floored(node_nm, node_floor_nm)
    each = math.exp(1.346192) * math.pow(node, 0.993279)
    each *= math.pow(rate_hz, 0.180715) * math.pow(energy_pj, 0.299124)
    return converters * each


class SurveyFit(NamedTuple):
    """One quantile of the survey: E = FoM_W 2^b (1 + f/f_c) + 10^((SNDR - FoM_S)/10) / 2."""

    walden_j: float
    schreier_db: float
    corner_hz: float


SURVEY_FITS: Mapping[float, SurveyFit] = MappingProxyType(
    {
        0.10: SurveyFit(2.28e-15, 184.9, 6.6e8),
        0.25: SurveyFit(5.87e-15, 183.7, 1.2e9),
        0.50: SurveyFit(18.5e-15, 180.2, 4.5e9),
    }
)
"""Fits to the converters since 2015 in B. Murmann's ADC Performance Survey (rev. 2025-06-09)."""

SURVEY_SPREAD_DECADES = 0.7
"""Standard deviation of published converters about the median fit, in decades."""

SURVEY_RATE_MAX_HZ = 2e11
"""The fastest converters of the survey."""


def survey_energy_j(enob: float, rate_hz: float, quantile: float = 0.5) -> float:
    """Energy of one conversion that this share of published converters stays under.

    Those above 10 GS/s are slower ones, interleaved: from there on the energy of a conversion grows no
    further. So 9 % of the 306 converters since 2015 of 3.5 bits and more stay under the 10 % quantile,
    and 48 % under the median; of the 276 up to 10 GS/s 9 % and 50 %.

    Args:
        enob: effective number of bits, 3.5 or more; SNDR is 6.0206 enob + 1.7609 dB.
        rate_hz: Nyquist conversions a second, at most 2e11.
        quantile: one of :data:`SURVEY_FITS`: 0.1, 0.25 or 0.5.

    Returns:
        Joules per conversion, whatever the node.

    Raises:
        InputError: an argument out of its range.
    """
    if quantile not in SURVEY_FITS:
        known = ", ".join(f"{known:g}" for known in SURVEY_FITS)
        right = f"choose one of {known}"
        raise InputError(message("quantile", quantile, "the survey was fitted at three", right))
    if not 3.5 <= enob <= 20.0:
        rule = "the survey covers 3.5 to 20 effective bits"
        raise InputError(message("bits", enob, rule, "below it use the comparator model"))
    _check_positive("rate", rate_hz, "Hz", SURVEY_RATE_MAX_HZ)
    fit = SURVEY_FITS[quantile]
    sndr_db = 6.0206 * enob + 1.7609
    switching_j = (
        fit.walden_j * math.pow(2.0, enob) * (1.0 + min(rate_hz, RATE_MAX_HZ) / fit.corner_hz)
    )
    noise_j = 0.5 * math.pow(10.0, (sndr_db - fit.schreier_db) / 10.0)
    return switching_j + noise_j


def survey_band(enob: float, rate_hz: float) -> AdcBand:
    """Energy of one conversion in published converters, with the band they fill.

    Returns:
        The 10 % quantile, the median, and the median raised by one standard deviation
        (:data:`SURVEY_SPREAD_DECADES`), under which about five converters in six lie.

    Raises:
        InputError: as :func:`survey_energy_j`.
    """
    median = survey_energy_j(enob, rate_hz, 0.5)
    return AdcBand(
        survey_energy_j(enob, rate_hz, 0.1), median, median * 10.0**SURVEY_SPREAD_DECADES
    )


def comparator_band(bits: int, library: Library | None = None) -> AdcBand:
    """Energy of a conversion to 1, 2 or 3 bits, below what the other models cover.

    It takes as many comparator decisions as bits (``adc.comparator``), and from 2 bits on a capacitive
    DAC (``dac.cdac_8bit``). The DAC's capacitance, and with it its energy, is taken to double with
    each bit (low and value), or to be that of 8 bits (high). The figures are of 65 and 40 nm and are
    not scaled to other nodes: so small a converter is sized by matching and noise.

    Args:
        bits: 1, 2 or 3.
        library: where the two constants are; by default the built-in one.

    Raises:
        InputError: other numbers of bits.
    """
    _check_whole("bits", bits, 1, 3)
    known = built_in_library() if library is None else library
    decision = known.price("adc.comparator.energy")
    if bits == 1:
        return AdcBand(decision.low, decision.value, decision.high)
    eight = known.price("dac.cdac_8bit.energy").value
    small = eight * 2.0 ** (bits - 8)
    return AdcBand(
        bits * decision.low + small, bits * decision.value + small, bits * decision.high + eight
    )


def _check_reference(bits: int, node_nm: float, rate_hz: float) -> None:
    if isinstance(bits, int) and 1 <= bits < _REFERENCE_BITS[0]:
        rule = f"the regression starts at {_REFERENCE_BITS[0]} bits"
        raise InputError(message("bits", bits, rule, "below it use the comparator model"))
    _check_whole("bits", bits, *_REFERENCE_BITS)
    _check_positive("node", node_nm, "nm", NODE_MAX_NM)
    _check_positive("rate", rate_hz, "Hz", RATE_MAX_HZ)


def _floored(node_nm: float, node_floor_nm: float | None) -> float:
    return node_nm if node_floor_nm is None else max(node_nm, node_floor_nm)


def _check_whole(name: str, value: int, least: int, most: int | None) -> None:
    if isinstance(value, int) and value >= least and (most is None or value <= most):
        return
    span = f"{least} or more" if most is None else f"{least} to {most}"
    raise InputError(message(name, value, "it must be a whole number", f"give {span}"))


def _check_positive(name: str, value: float, unit: str, most: float) -> None:
    if not 0.0 < value <= most:
        rule = f"it is in {unit}, and must be above 0"
        raise InputError(message(name, value, rule, f"give at most {most:g} {unit}"))
