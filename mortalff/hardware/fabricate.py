"""From a card and a seed to chips."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mortalff.cards import Card, Periphery
from mortalff.errors import InputError, message
from mortalff.hardware.base import Hardware
from mortalff.hardware.chip_numbers import chip_numbers
from mortalff.hardware.crossbar import Crossbar, PulseMode
from mortalff.hardware.digital import DigitalArray
from mortalff.seeds import Seeds


def fabricate(
    card: Card,
    *,
    n_out: int,
    n_in: int,
    chips: int | Sequence[int] = 1,
    seed: int | Seeds = 0,
    device: str | torch.device = "cpu",
    w_init_std: float | None = None,
    periphery: Periphery | None = None,
    pulse_mode: PulseMode = "auto",
) -> Hardware:
    """Make chips of a card.

    Two chips of the same card, seed, number and size are equal, whatever chips are made beside them.

    Args:
        card: device, array and periphery.
        n_out: outputs of each chip.
        n_in: inputs of each chip.
        chips: how many (numbered from 0), or the numbers of the chips wanted.
        seed: fabrication seed, or seeds with single streams held.
        device: torch device.
        w_init_std: spread of the weights chips leave the fab with; by default the card's, and 1/√n_in for digital
            weights.
        periphery: read path in place of the card's.
        pulse_mode: ``auto``, ``fast`` or ``exact`` (:mod:`mortalff.hardware.pulses`).

    Raises:
        InputError: a name in place of a card, no chips, a number twice, a negative spread; converters or a way of
            pulsing for digital weights.
    """
    given: object = card
    if not isinstance(given, Card):
        right = f"load it: mortalff.load_card({given!r})"
        raise InputError(message("card", given, "it is a card, not its name or path", right))
    chip_ids = chip_numbers(chips)
    if w_init_std is not None and not 0.0 <= w_init_std < float("inf"):
        raise InputError(
            message("w_init_std", w_init_std, "a spread is at least 0", "0.3 uses most ranges well")
        )
    seeds, target = Seeds.of(seed), torch.device(device)
    if card.law.kind == "Digital":
        for name, value in (("periphery", periphery), ("pulse_mode", pulse_mode)):
            if value not in (None, "auto"):
                rule = f"card {card.name!r} has digital weights, without converters or pulses"
                raise InputError(message(name, value, rule, "leave it out"))
        return DigitalArray(n_out, n_in, chip_ids, seeds, target, w_init_std=w_init_std)
    return Crossbar(
        card,
        n_out,
        n_in,
        chip_ids,
        seeds,
        target,
        w_init_std=w_init_std,
        periphery=periphery,
        pulse_mode=pulse_mode,
    )
