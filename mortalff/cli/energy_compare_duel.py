"""One learner against a rival as text: the ratio, what it hangs on, and a grid of where it turns."""

from __future__ import annotations

from mortalff.cli.energy_compare_cells import OF
from mortalff.energy.architectures import Corner, Purpose, Swing
from mortalff.energy.architectures.break_even import SURE
from mortalff.energy.architectures.duel import Duel

_SWINGS = 8


def duel_lines(duel: Duel, purpose: Purpose) -> list[str]:
    """All of one duel."""
    ratio = duel.ratio
    found = f"{ratio.value:.3g} ({ratio.low:.3g} to {ratio.high:.3g})"
    return [
        f"{duel.one} over {duel.other}, energy of {OF[purpose]}: {found}",
        "  what it hangs on, one constant at a time at its low and its high bound",
        *(_swing(swing) for swing in duel.swings[:_SWINGS]),
        *_grid(duel),
    ]


def _grid(duel: Duel) -> list[str]:
    sizes = sorted({corner.size for corner in duel.corners})
    table = {(c.node_nm, c.adc_bits, c.size): c for c in duel.corners}
    designs = sorted({(-c.node_nm, c.adc_bits) for c in duel.corners})
    learner, rival = duel.one.split()[0], duel.other.split()[0]
    lines = [
        f"  break-even: below 1 {learner} takes less; +: so in {SURE:.0%} of draws or more; -: {rival} does",
        f"  {'node':>6}{'ADC bits':>10}" + "".join(f"{f'{size}²':>9}" for size in sizes),
    ]
    for node, bits in designs:
        cells = "".join(_cell(table[-node, bits, size]) for size in sizes)
        lines.append(f"  {-node:>3g} nm{bits:>10}{cells}")
    return lines


def _cell(corner: Corner) -> str:
    mark = "+" if corner.surely_won else "-" if corner.surely_lost else " "
    return f"{corner.ratio.value:>8.2f}{mark}"


def _swing(swing: Swing) -> str:
    return f"  {swing.key:<28}{swing.low:>8.3g} to {swing.high:.3g}"
