"""What a weight is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mortalff.cards.quantity import SPREAD, Quantity, Section, quantity


class SingleCell(Section):
    """The weight is one device's, read against a fixed reference; up and down pulses move it."""

    kind: Literal["single"]


class OneSidedPair(Section):
    """The weight is a difference, w = g⁺ − g⁻, of two devices that pulses only raise.

    Up pulses go to g⁺ and down pulses to g⁻. A refresh resets a pair of which both run out of range, and pulses their
    difference back: PCM, whose reset is abrupt, and ReRAM pulsed one way.
    """

    kind: Literal["one_sided_pair"]
    refresh_every: int = Field(
        default=1, ge=0, description="pulsed updates from refresh to refresh; 0: never"
    )
    refresh_upper: Quantity = quantity(
        "1",
        "a pair is refreshed where its larger device is above this share of w_max",
        gt=0,
        default=0.75,
        default_source="aihwkit 1.2.0 OneSidedUnitCell",
    )
    refresh_lower: Quantity = quantity(
        "1",
        "and its smaller device above this share",
        ge=0,
        default=0.25,
        default_source="aihwkit 1.2.0 OneSidedUnitCell",
    )
    refresh_bit_length_max: int = Field(
        default=31, ge=1, le=1023, description="longest pulse train that writes differences back"
    )
    reset: Quantity = quantity("weight", "mean state after a reset", ge=0, default=0.0)
    reset_dtod: Quantity = quantity(
        "weight", "device-to-device spread of that state", ge=0, usual=SPREAD, default=0.0
    )
    reset_std: Quantity = quantity(
        "weight", "spread of that state from reset to reset", ge=0, usual=SPREAD, default=0.0
    )


Cell = Annotated[SingleCell | OneSidedPair, Field(discriminator="kind")]
