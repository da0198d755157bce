"""Does every layer learn, and if not, why? Measured layer by layer, as a trained read-out hides what no layer learned.

Of each layer, on examples and as many wrong ones:

* ``separation``: d′ = (mean G⁺ − mean G⁻)/√(½(var G⁺ + var G⁻)), how far apart goodness holds real and negative data;
* ``error``: share of examples that goodness of this layer alone gets wrong (where classes are part of the data);
* ``midpoint``: ½(mean G⁺ + mean G⁻) in units of |θ|: where a threshold drifted it is far from ±1;
* ``dead``: share of units that no example activates;
* ``effective_bits``: (SINAD − 1.76 dB)/6.02 dB of the activities, from reading the same inputs twice (IEEE 1241);
* ``saturated``: share of weights within 2 % of the range from a bound of the card; needs ``read_weights``, so it is
  left out unless asked for;
* ``pulses``: device pulses a weight so far, where weights are devices.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mortalff.cards import Card
from mortalff.data import Split
from mortalff.hardware.crossbar import Crossbar
from mortalff.learners.ff import FF

LEAST_SEPARATION = 0.3
"""A layer with less does not learn: at d′ = 0.3 goodness takes 42 % of the pairs the wrong way round."""

_NEAR_BOUND = 0.02
_FEW_PULSES = 0.1  # a weight: nine of ten never moved
_NOISY_BITS = 2.0
_MANY = 0.5  # share of dead units or saturated devices that is enough of a reason
_FAR = 3.0  # factor between the middle of goodness and its threshold


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes:
        layers: for each layer a measurement's name → its values, one a chip, float64.
        logistic: whether a threshold took part in learning.
    """

    layers: tuple[Mapping[str, Tensor], ...]
    logistic: bool

    def problems(self) -> list[str]:
        """A sentence for each layer that does not learn on at least one chip: on how many, and why."""
        found = []
        for number, values in enumerate(self.layers):
            bad = values["separation"] < LEAST_SEPARATION
            if bool(bad.any()):
                of_bad = {name: float(each[bad].median()) for name, each in values.items()}
                found.append(
                    f"layer {number + 1} does not learn on {int(bad.sum())} of {len(bad)} chips: "
                    f"goodness of real and negative data lies {of_bad['separation']:.2f} standard "
                    f"deviations apart (at least {LEAST_SEPARATION}); {self._why(of_bad)}"
                )
        return found

    def _why(self, of: Mapping[str, float]) -> str:
        """The likeliest cause first."""
        middle, saturated = abs(of["midpoint"]), of.get("saturated", 0.0)
        pulses = of.get("pulses", math.inf)
        causes = {
            f"{of['dead']:.0%} of its units are dead: raise peer, or lower the rate": (
                of["dead"] > _MANY
            ),
            f"{saturated:.0%} of its devices are at a bound: lower the rate": saturated > _MANY,
            f"only {pulses:.2g} pulses a weight: raise the rate, or train longer": (
                pulses < _FEW_PULSES
            ),
            f"its outputs have {of['effective_bits']:.1f} effective bits: average reads, or use "
            "more of the weights' range": of["effective_bits"] < _NOISY_BITS,
            f"goodness is {middle:.2g} times the threshold: change threshold, or lower the rate": (
                self.logistic and not 1.0 / _FAR < middle < _FAR
            ),
        }
        likely = [cause for cause, holds in causes.items() if holds]
        return (
            "; ".join(likely)
            if likely
            else (
                "nothing else is conspicuous: try another rate, pulses of differences, or a scheme with two arrays"
            )
        )


def diagnose(ff: FF, split: Split, *, card: Card | None = None) -> Diagnosis:
    """Measure each layer.

    Its reads are counted and, on hardware with read noise, draw from its stream; the learner's own state stays.

    Args:
        ff: the learner.
        split: examples to measure on; some hundreds will do.
        card: the card of the arrays, to look how many devices of crossbars are at a bound: it reads their weights out.
    """
    positive, negative = ff.contrasted(split)
    real, again, unreal = (ff.activities(data) for data in (positive, positive, negative))
    errors = _errors(ff, split)
    layers = []
    for number, layer in enumerate(ff.network.layers):
        good, bad = (ff.goodness(number, y[number]).double() for y in (real, unreal))
        unit = ff.goodness_unit(number)
        (up, up_spread), (down, down_spread) = _moments(good), _moments(bad)
        spread = (0.5 * (up_spread + down_spread)).sqrt()
        values = {
            "separation": (up - down) / spread.clamp_min(1e-12),
            "midpoint": 0.5 * (up + down) / unit,
            "dead": 1.0 - (real[number] > 0.0).any(1).double().mean(1),
            "effective_bits": _effective_bits(real[number].double(), again[number].double()),
        }
        if "digital_update" not in layer.hardware.capabilities:
            pulses = torch.tensor(
                layer.hardware.counts["device_pulse"].tolist(), dtype=torch.float64
            )
            values["pulses"] = pulses / (layer.hardware.n_in * layer.n_out)
        if errors:
            values["error"] = errors[number]
        if card is not None and card.device is not None and isinstance(layer.hardware, Crossbar):
            values["saturated"] = _saturated(layer.hardware.probe().read_weights(), card)
        layers.append({name: value.cpu() for name, value in values.items()})
    return Diagnosis(tuple(layers), ff.settings.loss == "logistic")


def _errors(ff: FF, split: Split) -> list[Tensor]:
    """Of each layer's goodness alone."""
    if "energy" not in ff.readouts:
        return []
    labels = split.labels.to(ff.network.device)
    by_class = ff.goodness_by_class(split.images.to(ff.network.device))
    return [(found.argmax(-1) != labels).double().mean(1) for found in by_class]


def _moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of each chip's own, (chips,), one by one: together they would round by how many there are."""
    each = values.unbind(0)
    return torch.stack([v.mean() for v in each]), torch.stack([v.var() for v in each])


def _effective_bits(first: Tensor, second: Tensor) -> Tensor:
    """From two reads (chips, batch, units) of the same inputs."""
    noise = torch.stack([d.square().mean() for d in (first - second).unbind(0)]) / 2.0
    power = torch.stack([p.mean() for p in (first * second).unbind(0)])
    offset = torch.stack([m.mean() for m in (first + second).unbind(0)]) / 2.0
    signal = power - offset.square()
    sinad_db = 10.0 * torch.log10(signal.clamp_min(1e-30) / noise.clamp_min(1e-30))
    # Without noise float32 is what limits.
    return ((sinad_db - 1.76) / 6.02).clamp(0.0, 24.0)


def _saturated(weights: Tensor, card: Card) -> Tensor:
    assert card.device is not None
    low, high = float(card.device.w_min), float(card.device.w_max)
    margin = _NEAR_BOUND * (high - low)
    if not math.isfinite(margin):
        return torch.zeros(len(weights), dtype=torch.float64)
    return ((weights > high - margin) | (weights < low + margin)).double().mean((1, 2))
