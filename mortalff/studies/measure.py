"""From what a run counted and measured to rows of the tidy table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mortalff.actions import ActionCounts
from mortalff.cards import Card
from mortalff.energy import COMPONENT_OF, Band, Estimate, estimate
from mortalff.learners.history import EpochRecord, Evaluation
from mortalff.studies.table import Row, Value

Each = Sequence[float]

COUNT_SO_FAR = "count_so_far"
"""Metric: how often an action has happened by the end of an epoch, or of a part of it."""


@dataclass(frozen=True)
class Sheet:
    """Writes rows for a row of chips.

    Args:
        common: columns that are the same in all rows.
        chips: one number a chip.
        teachers: one number a chip, in a transfer.
    """

    common: Mapping[str, Value]
    chips: tuple[int, ...]
    teachers: tuple[int, ...] = ()

    def rows(
        self,
        metric: str,
        values: Each,
        unit: str = "1",
        *,
        component: str | None = None,
        epoch: float | None = None,
        band: tuple[Each, Each] | None = None,
    ) -> Iterator[Row]:
        """A row for each chip.

        Args:
            metric: what was measured.
            values: one number a chip.
            unit: its unit.
            component: of which part.
            epoch: epochs done.
            band: lower and upper bounds, one a chip each.
        """
        for index, chip in enumerate(self.chips):
            yield {
                **self.common,
                "chip_id": chip,
                "teacher_chip_id": self.teachers[index] if self.teachers else None,
                "epoch": epoch,
                "metric": metric,
                "component": component,
                "value": float(values[index]),
                "low": None if band is None else float(band[0][index]),
                "high": None if band is None else float(band[1][index]),
                "unit": unit,
            }

    def history(self, records: Sequence[EpochRecord], prepared: ActionCounts) -> Iterator[Row]:
        """What was measured each epoch, and what had been counted at its end; and the same of evaluations within.

        Args:
            records: of the epochs.
            prepared: what happened before the first, such as settling arrays; counted as epoch 0.
        """
        evaluated: list[Evaluation | EpochRecord] = []
        for record in records:
            evaluated += [*record.evaluations, record]
        for one in evaluated:
            for name, values in one.measured.items():
                yield from self.rows(name, values, epoch=one.epoch)
        for one in (EpochRecord(0), *evaluated):
            for action, before in prepared.items():
                counts = before + np.array(one.counts.get(action, 0.0))
                if counts.any():
                    yield from self.rows(
                        COUNT_SO_FAR, counts.tolist(), component=action, epoch=one.epoch
                    )

    def counts(self, counts: ActionCounts) -> Iterator[Row]:
        """How often each action happened; those that did not are left out."""
        for action, values in counts.items():
            if values.any():
                yield from self.rows("count", values.tolist(), component=action)

    def energy(
        self, metrics: Mapping[str, float], counts: ActionCounts, prices: Card | None
    ) -> Iterator[Row]:
        """What counted actions cost, by component and in all.

        Without a price for an action, what needs it is left out, and the action is named.

        Args:
            metrics: name of a metric → by what the energy is divided for it.
            counts: what happened.
            prices: the card with the prices; without one there are no rows.
        """
        if prices is None:
            return
        cost = estimate(counts, prices, strict=False)
        for action in cost.unpriced:
            yield from self.rows("unpriced", counts[action].tolist(), component=action)
        for metric, divisor in metrics.items():
            for component, energy in _known(cost):
                low, value, high = ((bound / divisor).tolist() for bound in energy)
                yield from self.rows(metric, value, "J", component=component, band=(low, high))


def _known(cost: Estimate) -> Iterator[tuple[str | None, Band]]:
    """Components that something was spent on and that are priced whole; None for all of it together."""
    unknown = {COMPONENT_OF[action] for action in cost.unpriced}
    for component, band in cost.by_component.items():
        if component not in unknown and np.any(band.high):
            yield component, band
    if not unknown:
        yield None, cost.total
