"""Energies and other measures as text for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mortalff.energy.components import COMPONENT_OF

Three = tuple[float, float, float]

_PREFIXES = ("a", "f", "p", "n", "µ", "m", "", "k", "M", "G")
_LEAST_EXPONENT = -18


def format_joules(energy_j: float) -> str:
    """Three significant digits with an SI prefix: ``1.85 pJ``."""
    if energy_j == 0.0 or not math.isfinite(energy_j):
        return f"{energy_j:g} J"
    # Rounded first, so that 999.9 pJ is shown as 1 nJ.
    rounded = float(f"{energy_j:.2e}")
    step = (math.floor(math.log10(abs(rounded))) - _LEAST_EXPONENT) // 3
    step = min(max(step, 0), len(_PREFIXES) - 1)
    return f"{rounded / 10.0 ** (_LEAST_EXPONENT + 3 * step):.3g} {_PREFIXES[step]}J"


def format_measure(value: float, unit: str) -> str:
    """Three significant digits with an SI prefix; areas in µm²."""
    if unit == "um2":
        return f"{value:,.0f} µm²" if value >= 100.0 else f"{value:.3g} µm²"
    return format_joules(value).removesuffix("J") + unit


def describe(
    chips: int,
    total: Three,
    components: Mapping[str, Three],
    actions: Mapping[str, tuple[float, Three]],
    unpriced: Sequence[str],
) -> str:
    """A table of energies, each as low, value, high in joules.

    Args:
        chips: how many chips the energies are a mean of.
        total: energy of all.
        components: energy of each component.
        actions: count and energy of each action.
        unpriced: actions that are missing for want of a price.
    """
    low, value, high = (format_joules(bound) for bound in total)
    scope = "one chip" if chips == 1 else f"mean of {chips} chips"
    lines = [
        f"{value} ({low} to {high}), {scope}",
        f"  {'':<24}{'count':>12}{'low':>12}{'energy':>12}{'high':>12}{'share':>8}",
    ]
    for component, band in components.items():
        of_it = [action for action in actions if COMPONENT_OF[action] == component]
        if not of_it:
            continue
        share = band[1] / total[1] if total[1] > 0.0 else 0.0
        lines.append(f"  {component:<24}{'':>12}{_cells(band)}{share:>8.1%}")
        lines += [f"    {a:<22}{actions[a][0]:>12.5g}{_cells(actions[a][1])}" for a in of_it]
    if unpriced:
        lines.append(f"  not counted, for want of a price: {', '.join(unpriced)}")
    return "\n".join(lines)


def _cells(band: Three) -> str:
    return "".join(f"{format_joules(bound):>12}" for bound in band)
