"""FF in situ, set from a card: one rule for all cards, nothing tuned by hand for one of them.

Pulses alone, no digital number for any weight. What makes it learn, and what each choice is worth, is in
``docs/in_situ.md``.

- **Pairs** (``loss = symba``, T = 0.03 θ): both halves of a pair pull alike, by how far their goodness is apart. A
  threshold weights them unlike; since they differ in a label alone, what is left over moves all goodness at once, and
  only low rates, or smoothed gradients, keep it from swinging.
- **A temperature above the devices' noise**, where they forget: at least three times what their wandering puts into a
  pair's difference of goodness, 2√2 · gain · σ · x_label/√n of θ for n units whose weights have the noise σ. Below that
  noise alone decides whether a pair is pulled in full or not at all.
- **Hold** 0.6: a weak pull of a pair's mean goodness towards θ, which the loss of pairs does not know. None where each
  pulse uses up range for good, as it pulls whether or not anything is wrong. Less where the rate is low, as for
  batches of a few examples: the pull on an example, hold · (deviation of its goodness)/(rate · n_in), is at most a
  tenth of that deviation in the first layer at the rule's rate, so that its scatter between examples is not pulsed into
  the devices.
- **Differences**: the update of a pair by its halves' differences, in a sixth of the pulses.
- **Rate** 31 / n_in for batches of 40 and more, 0.78 / n_in an example for smaller ones, n_in the inputs of the first
  layer: a step changes goodness by a share of it that goes with rate · n_in. It falls by steps in the second half.
  Where each pulse uses up range for good, no more than asks each weight for one device's range in a whole training;
  where devices forget, no more than makes the fast array's noise a quarter, in outputs, of what initial weights of the
  card's spread give.
- **Two arrays** (:mod:`mortalff.hardware.two_array`), where devices forget what they learned while noise moves them:
  where wandering about their symmetry point and write noise come to more than a tenth of the way to the nearer bound,
  unless what is asked for in a whole training does not draw them there. Their numbers come from
  :func:`mortalff.hardware.two_array_rule.two_arrays_for`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from mortalff.cards import Card
from mortalff.errors import CardError
from mortalff.hardware.device_laws import granularity
from mortalff.hardware.scheme import Plain, Scheme
from mortalff.hardware.two_array import TwoArrays
from mortalff.hardware.two_array_rule import (
    FAST_DIFFERENCE,
    Resting,
    nearer_bound,
    resting,
    runs_out,
    shown_noise,
    two_arrays_for,
    write_noise,
)
from mortalff.learners.from_card import FromCard, Task
from mortalff.networks.arrays import initial_gain

RATE: Final = 31.36  # times the inputs of the first layer: 0.04 for MNIST's 784
RATE_AN_EXAMPLE: Final = 0.784
BATCH: Final = 100
_QUIET: Final = 0.1  # of the way from zero to the nearer bound
_HOLD: Final = 0.6
_HOLD_AN_EXAMPLE: Final = 0.1
_TEMPERATURE: Final = 0.03  # of θ
_ABOVE_NOISE: Final = 3.0
_LABEL: Final = 3.0  # a pixel of 1 after normalisation: 3.2 of MNIST's, 2.2 of the digits'
# Change of weight, up and down together, that tens of thousands of updates ask for.
_ASKED: Final = 10.0
_MEAN_RATE: Final = 0.75  # of a rate that is constant for half of the time and then falls to zero
_LOUD: Final = 0.25  # of the outputs at the start
_ASKED_A_RATE: Final = 2.0 * _MEAN_RATE  # as both halves of a pair make the mean
_UPDATES_A_TRANSFER: Final = 5
# Mean |d x| of differences without a hold: digits, 64-40-40, 15 epochs of gokmen_vlasov.
_ASKED_A_PAIR: Final = 0.0135


def ff_in_situ(
    card: Card, task: Task, given: Mapping[str, JsonValue], scheme: Scheme | None = None
) -> FromCard:
    """FF's settings and scheme for a card.

    Args:
        card: the card, with the run's condition.
        task: what is to be learned.
        given: settings that were chosen already; they stay.
        scheme: the scheme that was chosen already; None where the rule may choose.
    """
    batch = int(str(given.get("batch", BATCH)))
    updates = math.ceil(task.examples / batch) * task.epochs
    # The gain is the first layer's: a scheme and a rate are the same for all layers, whose gains differ by the root of
    # their inputs.
    gain = initial_gain(card, task.n_in + 1)
    rate = min(RATE, RATE_AN_EXAMPLE * batch) / task.n_in
    if runs_out(card):
        spent = nearer_bound(card) * gain / (_ASKED_A_RATE * _ASKED_A_PAIR * updates)
        rate = min(rate, spent)
    forgetful = forgets(card)
    two = scheme is None and forgetful
    if two:
        # gamma times σ, gain and the root of the inputs, each of mean square 1, is what noise adds to an output.
        noise = shown_noise(card, resting(card)) * math.sqrt(task.n_in + 1)
        rate = min(rate, _LOUD * FAST_DIFFERENCE / (_ASKED_A_RATE * noise))
    settings: dict[str, JsonValue] = {
        "lr": rate,
        "batch": batch,
        "schedule": "half_linear_steps",
        "loss": "symba",
        "temperature_share": _TEMPERATURE,
        "hold": min(_HOLD, _HOLD_AN_EXAMPLE * rate * task.n_in),
        "pulses": "difference",
    }
    if given.get("phases") == "apart":  # pairs are never seen together
        for name in ("loss", "temperature_share", "hold", "pulses"):
            del settings[name]
    elif given.get("loss", "symba") != "symba":
        del settings["hold"]  # another loss has a threshold of its own
    elif runs_out(card):
        settings["hold"] = 0.0
    if "temperature" in given:
        settings.pop("temperature_share", None)
    settings |= dict(given)
    if forgetful:
        if two:
            scheme = two_arrays_for(
                card,
                rate=_ASKED_A_RATE * float(str(settings["lr"])) / gain,
                updates=updates,
                every=_UPDATES_A_TRANSFER,
                fast=FAST_DIFFERENCE,
            )
        if "temperature_share" in settings and "temperature_share" not in given:
            devices = scheme.devices if isinstance(scheme, TwoArrays) else 1
            noise = gain * _noise(card, resting(card)) / math.sqrt(devices)
            settings["temperature_share"] = _temperature(noise, task, settings)
    return FromCard(settings, None if isinstance(scheme, Plain) else scheme)


def _temperature(noise: float, task: Task, settings: Mapping[str, JsonValue]) -> float:
    """T as a share of θ, from the noise of a weight times the gain.

    The halves of a pair differ in two labels, so that noise changes what a unit makes of them by √2 · noise · x_label.
    G⁺ − G⁻ has 2y times that of each of n units, whose y² are n in all; θ is n.
    """
    width = task.hidden[0]
    derived_for = {"loss": "symba", "contrast": "label", "goodness": "ssq", "threshold": 1.0}
    others = any(settings.get(name, value) != value for name, value in derived_for.items())
    if others or not isinstance(width, int):
        return _TEMPERATURE
    difference = 2.0 * math.sqrt(2.0 / width) * noise * _LABEL
    return max(_TEMPERATURE, _ABOVE_NOISE * difference)


def forgets(card: Card) -> bool:
    """Whether a card's devices forget what they learned while noise moves them, so that one array will not do."""
    if card.law.kind == "Digital" or card.device is None or card.variability is None:
        return False
    try:
        rest = resting(card)
    except CardError:  # equal steps everywhere, or pairs that run out of range
        return False
    noisy = _noise(card, rest) > _QUIET * nearer_bound(card)
    return noisy and granularity(card) * rest.pulses < _ASKED


def _noise(card: Card, rest: Resting) -> float:
    """Standard deviation of what a device shows where nothing was learned: wandering and write noise."""
    return math.hypot(rest.wander, write_noise(card))
