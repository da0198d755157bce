"""FF's local rule: a layer's error from what it gave for positive and for negative data, and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mortalff.learners.goodness import goodness_of
from mortalff.learners.local_loss import logistic_doubt, symba_doubt
from mortalff.learners.local_settings import LocalRuleSettings
from mortalff.learners.peers import Peers

_CUT_FROM = 32768  # numbers that are summed to one, from which PyTorch cuts the sum among threads


class Halves(NamedTuple):
    """Something of positive and of negative data; None where a phase has only one of them."""

    positive: Tensor | None
    negative: Tensor | None

    @property
    def there(self) -> dict[str, Tensor]:
        """Those that are there, by name."""
        found = {"positive": self.positive, "negative": self.negative}
        return {kind: tensor for kind, tensor in found.items() if tensor is not None}

    @property
    def pairs(self) -> int:
        """Vectors of each half."""
        return max(tensor.shape[1] for tensor in self.there.values())


class LocalRule:
    """The rule of one layer.

    Attributes:
        peers: the running means of its units.
        theta: the threshold of its goodness.
        unit: what goodness is measured in, |θ| but where that can be zero.

    Args:
        settings: goodness, loss, threshold, temperature, strength of peer normalisation.
        n_in: inputs of the layer.
        units: of the layer.
        chips: number of chips.
        device: torch device.
    """

    def __init__(
        self, settings: LocalRuleSettings, n_in: int, units: int, chips: int, device: torch.device
    ) -> None:
        self.peers = Peers(chips, units, settings.peer, device)
        self._settings = settings
        self._goodness = goodness_of(settings.goodness)
        self.theta = self._goodness.threshold(settings.threshold, units)
        self.unit = self._goodness.unit(settings.threshold, units)
        share = settings.temperature_share
        # A step of rate lr moves goodness by about 4 lr n_in κ of itself for each unit of pull, κ the mean cos² between
        # inputs: so measured, hold is the gain of a control loop, whatever the rate and the layer.
        self._hold = settings.hold / (settings.lr * n_in)
        self._temperature = settings.temperature if share is None else share * self.unit

    def goodness(self, y: Tensor) -> Tensor:
        """Goodness (chips, batch) of activities (chips, batch, units)."""
        return self._goodness.of(y).squeeze(-1)

    def errors(self, y: Halves) -> tuple[list[Tensor], Mapping[str, Tensor]]:
        """Which way each unit should go on each vector.

        Args:
            y: activities, (chips, batch, units).

        Returns:
            The errors d of the halves that are there, positive first, (chips, batch, units), and each half's mean
            goodness in units of θ, (chips,).
        """
        good = {kind: self._goodness.of(tensor) for kind, tensor in y.there.items()}
        errors = []
        for kind, tensor in y.there.items():
            sign = 1.0 if kind == "positive" else -1.0
            error = sign * self._pull(kind, sign, good) * self._goodness.slope(tensor)
            if kind == "positive" and self._settings.peer > 0.0:
                error = error + self.peers.pull(tensor)
            errors.append(error)
        return errors, {kind: chip_means(g) / self.unit for kind, g in good.items()}

    def _pull(self, kind: str, sign: float, good: Mapping[str, Tensor]) -> Tensor:
        """How strongly each vector of a kind pulls goodness its way, (chips, batch, 1)."""
        if self._settings.loss == "logistic":
            return logistic_doubt(good[kind], self.theta, self._temperature, sign)
        positive, negative = good["positive"], good["negative"]
        doubt = symba_doubt(positive, negative, self._temperature)
        if self._hold > 0.0:
            away = (0.5 * (positive + negative) - self.theta) / self.unit
            doubt = doubt - sign * self._hold * away
        return doubt


def chip_means(goodness: Tensor) -> Tensor:
    """Mean of goodness (chips, batch, 1) over the batch, (chips,), however many threads there are."""
    batch = goodness.shape[1]
    if batch < _CUT_FROM:
        return goodness.mean((1, 2))
    total, *others = (part.sum((1, 2)) for part in torch.split(goodness, _CUT_FROM // 2, dim=1))
    for part in others:
        total = total + part
    return total / batch


def by_difference(
    lines: Sequence[Tensor], errors: Sequence[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """The update of pairs, d⁺x⁺ᵀ + d⁻x⁻ᵀ, as (d⁺ + d⁻) x̄ᵀ + ½(d⁺ − d⁻) (x⁺ − x⁻)ᵀ with x̄ = ½(x⁺ + x⁻).

    The same change with far fewer pulses: the halves of a pair are much alike, so that most of what d⁺ does d⁻ undoes,
    which devices whose steps up and down differ do not forgive. Only vectors are subtracted, never weights.

    Args:
        lines: what the array's lines carried for positive and for negative data, (1 or chips, batch, lines).
        errors: of both, (chips, batch, units).
    """
    (x_up, x_down), (d_up, d_down) = lines, errors
    return [0.5 * (x_up + x_down), x_up - x_down], [d_up + d_down, 0.5 * (d_up - d_down)]


def together(parts: Sequence[Tensor]) -> Tensor:
    """Batches after one another, each chip's own where one of them is."""
    chips = max(part.shape[0] for part in parts)
    return torch.cat([part.expand(chips, -1, -1) for part in parts], dim=1)
