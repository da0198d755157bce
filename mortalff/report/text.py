"""Numbers as text for people."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from mortalff.energy.text import format_joules
from mortalff.report.intervals import Interval
from mortalff.report.trials import Measured

_SPACE = "\u00a0"  # between a number and its unit, where no line may break
_PREFIXES = {0: "", 1: "k", 2: "M", 3: "G", 4: "T"}


def percent(share: float) -> str:
    """A share as a percentage with what digits it needs: ``5.13 %``, ``45.2 %``."""
    return f"{_percent_digits(share)}{_SPACE}%"


def percent_interval(interval: Interval | None) -> str:
    """A mean share with its interval: ``5.13 % (4.80–5.42)``."""
    if interval is None:
        return "—"
    if interval.low is None or interval.high is None:
        return percent(interval.mean)
    low, high = _percent_digits(interval.low), _percent_digits(interval.high)
    return f"{percent(interval.mean)} ({low}–{high})"


def joules(energy_j: float) -> str:
    """An energy with an SI prefix: ``1.85 pJ``."""
    return format_joules(energy_j).replace(" ", _SPACE)


def joules_band(band: Measured | None) -> str:
    """An energy with its band: ``1.85 nJ (0.4 nJ–7.1 nJ)``."""
    if band is None:
        return "—"
    if band.low is None or band.high is None:
        return joules(band.value)
    return f"{joules(band.value)} ({joules(band.low)}–{joules(band.high)})"


def amount(count: float) -> str:
    """A count with three digits and an SI prefix: ``12``, ``1.53 M``."""
    if not math.isfinite(count) or abs(count) < 1000:
        return f"{count:.3g}"
    rounded = float(f"{count:.2e}")
    step = min(int(math.log10(abs(rounded)) / 3 + 1e-9), max(_PREFIXES))
    return f"{rounded / 10.0 ** (3 * step):.3g}{_SPACE}{_PREFIXES[step]}"


def number(value: float, digits: int) -> str:
    """A number with so many digits and a proper minus sign: ``−0.18``."""
    return f"{value:.{digits}g}".replace("-", "−")


def plural(n: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 chip``, ``6 chips``."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def listed(names: list[str]) -> str:
    """Names as a list in a sentence: ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]


def in_lines(text: str, width: int) -> str:
    """Text in lines of at most so many characters; names longer than a line are broken."""
    return "\n".join(textwrap.wrap(text, width))


def hundredths(value: float) -> str:
    """A number with no more digits than it needs behind the point, and at most two: ``3``, ``0.25``, ``1.33``."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def span(numbers: Sequence[float]) -> str:
    """The one number, or the least and the greatest: ``6``, ``4–6``, ``0.25–1.5``; ``0`` of none."""
    if not numbers:
        return "0"
    low, high = min(numbers), max(numbers)
    return hundredths(low) if low == high else f"{hundredths(low)}–{hundredths(high)}"


def _percent_digits(share: float) -> str:
    value = 100.0 * share
    return f"{value:.1f}" if abs(value) >= 9.995 or value == 0.0 else f"{value:.2f}"
