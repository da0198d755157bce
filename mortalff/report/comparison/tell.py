"""Prices as text of a page: no line breaks between a number and its unit."""

from __future__ import annotations

from mortalff.energy.library import Price
from mortalff.report.comparison.words import seconds, whole_or_short
from mortalff.report.text import joules

_SPACE = "\u00a0"


def band(price: Price) -> str:
    """An energy with its band: ``392 nJ (219 nJ–1.48 µJ)``."""
    return f"{joules(price.value)} ({joules(price.low)}–{joules(price.high)})"


def ratio_band(ratio: Price) -> str:
    """A ratio with its band: ``0.297 (0.136–0.856)``."""
    low, value, high = (whole_or_short(each) for each in (ratio.low, ratio.value, ratio.high))
    return value if low == value == high else f"{value} ({low}–{high})"


def time_band(price: Price | None) -> str:
    """A duration with its band; a dash where there is none."""
    if price is None:
        return "—"
    low, value, high = (
        seconds(each).replace(" ", _SPACE) for each in (price.low, price.value, price.high)
    )
    return value if low == value == high else f"{value} ({low}–{high})"


def square_mm(price: Price | None) -> str:
    """An area with its band, in mm²; a dash where there is none."""
    if price is None:
        return "—"
    low, value, high = (f"{each * 1e-6:.3g}" for each in (price.low, price.value, price.high))
    return f"{value}{_SPACE}mm² ({low}–{high})"
