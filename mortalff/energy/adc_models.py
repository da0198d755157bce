"""One conversion by every model that covers it, side by side; and one price of it, with a band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mortalff.energy.adc import (
    NODE_FLOOR_NM,
    SURVEY_FITS,
    comparator_band,
    reference_area_um2,
    reference_energy_j,
    survey_band,
    survey_energy_j,
)
from mortalff.energy.library import Library, Price
from mortalff.errors import InputError, message

COMPARATOR_BITS = 3
"""The most bits for which comparators are taken."""

MEDIAN_OVER_REFERENCE = 5.0
"""How many times the reference regression the median converter takes, of those of 22 to 65 nm in Murmann's survey
(rev. 2025-06-09, ENOB rounded)."""

AdcModel = Literal["reference", "survey"]

_REFERENCE, _SURVEY = "arXiv 2404.06553", "B. Murmann, ADC Performance Survey 1997-2025"
_FEW_BITS = "comparator of 65 nm and CDAC of 40 nm, see `mortalff energy components --kind adc`"


@dataclass(frozen=True)
class AdcRow:
    """What one model says of one conversion: energy in J, area of one converter in µm² where the model has one."""

    model: str
    energy_j: float
    area_um2: float | None
    source: str


def adc_table(
    bits: int, node_nm: float, rate_hz: float, library: Library | None = None
) -> list[AdcRow]:
    """One conversion by each model that covers it.

    Args:
        bits: effective number of bits, a whole number from 1 to 16.
        node_nm: technology node, in nm.
        rate_hz: conversions a second of one converter.
        library: where the constants of comparators are; by default the built-in one.

    Returns:
        Up to 3 bits: low, typical and high of comparator decisions. Above: the reference regression; below 22 nm also
        with its node clamped there; the survey's 10 %, 25 % and 50 % quantiles, and its median and one standard
        deviation.

    Raises:
        InputError: an argument out of its range.
    """
    if bits <= COMPARATOR_BITS:
        what = "one comparator" if bits == 1 else f"{bits} comparator decisions and a CDAC"
        names = ("low", "typical", "high")
        band = comparator_band(bits, library)
        return [
            AdcRow(f"{what}, {name}", energy, None, _FEW_BITS)
            for name, energy in zip(names, band, strict=True)
        ]
    rows = [_reference_row(f"reference regression ({_REFERENCE})", bits, node_nm, rate_hz)]
    if node_nm < NODE_FLOOR_NM:
        clamped = f"  with the node taken as {NODE_FLOOR_NM:g} nm"
        rows.append(_reference_row(clamped, bits, NODE_FLOOR_NM, rate_hz))
    rows += [
        AdcRow(
            f"{quantile:.0%} quantile of those since 2015 (Murmann)",
            survey_energy_j(bits, rate_hz, quantile),
            None,
            _SURVEY,
        )
        for quantile in SURVEY_FITS
    ]
    high = survey_band(bits, rate_hz).high_j
    rows.append(AdcRow("median and one standard deviation, 0.7 decades", high, None, _SURVEY))
    return rows


def adc_price(
    bits: int,
    node_nm: float,
    rate_hz: float,
    model: AdcModel = "reference",
    library: Library | None = None,
) -> Price:
    """One conversion, with a band.

    * "reference": the regression with its node clamped at 22 nm, what a good converter may be hoped to take. Low:
      without the clamp. High: five times as much, as the median published converter takes.
    * "survey": the median of converters published since 2015. Low: their 10 % quantile. High: one standard deviation
      above the median.
    * Up to 3 bits: comparator decisions, whatever the model.

    Args:
        bits: effective number of bits, a whole number from 1 to 16.
        node_nm: technology node, in nm; the survey model does not depend on it.
        rate_hz: conversions a second of one converter.
        model: "reference" or "survey".
        library: where the constants of comparators are; by default the built-in one.

    Returns:
        Joules per conversion.

    Raises:
        InputError: an argument out of its range.
    """
    if model not in ("reference", "survey"):
        right = "give 'reference' or 'survey'"
        raise InputError(message("model", model, "there are two models of converters", right))
    if bits <= COMPARATOR_BITS:
        return Price(*comparator_band(bits, library))
    if model == "survey":
        return Price(*survey_band(bits, rate_hz))
    value = reference_energy_j(bits, node_nm, rate_hz, node_floor_nm=NODE_FLOOR_NM)
    low = reference_energy_j(bits, node_nm, rate_hz)
    return Price(low, value, value * MEDIAN_OVER_REFERENCE)


def _reference_row(model: str, bits: int, node_nm: float, rate_hz: float) -> AdcRow:
    energy = reference_energy_j(bits, node_nm, rate_hz)
    return AdcRow(model, energy, reference_area_um2(bits, node_nm, rate_hz), _REFERENCE)
