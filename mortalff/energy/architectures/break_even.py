"""Where one learner takes less than another: over ADC bits, size of arrays, and node."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from mortalff.energy.architectures.bill import EnergyBill, energy_bill
from mortalff.energy.architectures.draws import Draws, band_about
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.work import Purpose, Task, work_for
from mortalff.energy.library import Library, Price

ADC_BITS = (4, 6, 8, 10)
ARRAY_SIZES = (128, 256, 512, 1024)
NODES_NM = (45.0, 22.0, 7.0)
"""What is looked at unless said otherwise."""

SURE = 0.95
"""Share of the draws in which one of two takes less, from which on it is taken to be sure."""


class Corner(NamedTuple):
    """One design.

    Attributes:
        adc_bits: of all converters of outputs and scalars.
        size: rows and columns of an array at most.
        node_nm: of converters, logic and SRAM.
        ratio: energy of the first over that of the second, with the band of the draws.
        wins: share of the draws in which the first takes less.
    """

    adc_bits: int
    size: int
    node_nm: float
    ratio: Price
    wins: float

    @property
    def surely_won(self) -> bool:
        """Whether the first takes less in so many draws as :data:`SURE` says."""
        return self.wins >= SURE

    @property
    def surely_lost(self) -> bool:
        """Whether the second does."""
        return self.wins <= 1.0 - SURE


def break_even(
    one: Plan,
    other: Plan,
    task: Task,
    library: Library,
    draws: Draws,
    *,
    purpose: Purpose = "update",
    adc_bits: Sequence[int] = ADC_BITS,
    sizes: Sequence[int] = ARRAY_SIZES,
    nodes_nm: Sequence[float] = NODES_NM,
) -> list[Corner]:
    """The ratio of two energies over designs; both get the same bits, arrays and node.

    Args:
        one: the first learner on its architecture.
        other: the second.
        task: batch and epoch.
        library: where constants are.
        draws: of the constants, common to both.
        purpose: what for.
        adc_bits: bits of ADCs.
        sizes: rows and columns of arrays.
        nodes_nm: nodes.

    Raises:
        InputError: a design outside a model.
    """
    corners = []
    for bits, size, node in product(adc_bits, sizes, nodes_nm):
        design = {
            "converters.adc_bits": bits,
            "arrays.rows": size,
            "arrays.columns": size,
            "node_nm": float(node),
        }
        first, second = (
            _bill(plan.on(plan.architecture.changed(**design)), purpose, task, library)
            for plan in (one, other)
        )
        ratios = draws.energy(first.terms) / draws.energy(second.terms)
        value = first.total.value / second.total.value
        ratio = band_about(value, ratios)
        corners.append(Corner(bits, size, float(node), ratio, float(np.mean(ratios < 1.0))))
    return corners


def _bill(plan: Plan, purpose: Purpose, task: Task, library: Library) -> EnergyBill:
    return energy_bill(plan, work_for(purpose, plan, task).stored, library)
