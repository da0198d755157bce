"""A layer that learns by FF's local rule: what it saw, which way that pulls it, and the pulses that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from torch import Tensor

from mortalff.learners.local_rule import Halves, LocalRule, by_difference, together
from mortalff.learners.local_settings import LocalRuleSettings
from mortalff.networks.network import Network


class Seen(NamedTuple):
    """What a layer saw of one kind of data: inputs and activities, (chips or 1, batch, units)."""

    x: Tensor
    y: Tensor


class LocalLayer:
    """A layer of a network and its rule.

    Attributes:
        layer: the layer.
        rule: what it wants of its goodness.

    Args:
        network: whose layer it is.
        number: which layer, from 0.
        settings: of the rule.
        share: of the rate; 0 for a layer that does not learn.
    """

    def __init__(
        self, network: Network, number: int, settings: LocalRuleSettings, share: float = 1.0
    ) -> None:
        self.layer = layer = network.layers[number]
        self.rule = LocalRule(settings, layer.n_in, layer.n_out, network.chips, network.device)
        self._network, self._name = network, f"layer{number + 1}"
        self._settings, self._share = settings, share

    @property
    def learns(self) -> bool:
        """Whether it is ever pulsed; if not, nothing has to be held for an update or known of its goodness."""
        return self._settings.layers != "frozen" and self._share > 0.0

    def learn(self, positive: Seen | None, negative: Seen | None, rate: float) -> dict[str, Tensor]:
        """The layer's own update from what went in and what came out.

        Counts peer normalisation, what a pair's hold takes, and sums and differences where pulses are of these; of a
        layer that does not learn, nothing.

        Args:
            positive: what it saw of positive data; None where a phase has none.
            negative: and of negative data, as many vectors.
            rate: learning rate.

        Returns:
            The mean goodness of each half, (chips,).
        """
        layer, settings = self.layer, self._settings
        tally, activities = self._network.tally, self._network.activities
        seen = [half for half in (positive, negative) if half is not None]
        halves = Halves(*(None if half is None else half.y for half in (positive, negative)))
        errors, good = self.rule.errors(halves)
        measured = {f"goodness_{kind}_{self._name}": value for kind, value in good.items()}
        if not self.learns:
            return measured
        if positive is not None and settings.peer > 0.0:
            activities.count_peer(tally, layer, positive.y.shape[1])
        if settings.hold > 0.0:
            # A mean, its distance from θ, a product, and what is added to two pulls.
            tally.add("digital_op", 5 * halves.pairs)
        lines = [layer.drive(half.x) for half in seen]
        if settings.pulses == "difference":
            lines, errors = by_difference(lines, errors)
            activities.count_difference(tally, layer, lines[0].shape[1])
        # The mean over both halves of the batch is half the mean over pairs.
        share = len(lines) * self._share
        layer.pulse_lines(together(lines), together(errors), share * rate)
        return measured


def peers_state(layers: Sequence[LocalLayer]) -> dict[str, Tensor]:
    """The running means of all layers' units; a copy."""
    return {f"means{number}": one.rule.peers.means.clone() for number, one in enumerate(layers)}


def load_peers_state(layers: Sequence[LocalLayer], state: Mapping[str, Tensor]) -> None:
    """Go back to what :func:`peers_state` gave."""
    for number, one in enumerate(layers):
        one.rule.peers.means.copy_(state[f"means{number}"])
