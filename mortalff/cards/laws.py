"""The parameters of each device law. The equations are in the physics that reads them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mortalff.cards.quantity import SPREAD, Quantity, Section, quantity

CycleNoise = Literal["multiplicative", "additive"]
_EXP_STEP = "aihwkit 1.2.0 ExpStepDevice"


class DigitalLaw(Section):
    """Numbers in digital memory: an update is exactly what was asked for."""

    kind: Literal["Digital"]


class ConstantStepLaw(Section):
    """Each pulse moves the weight by the same amount until a bound."""

    kind: Literal["ConstantStep"]


class LinearStepLaw(Section):
    """The step falls linearly with the weight."""

    kind: Literal["LinearStep"]
    gamma_up: Quantity = quantity("1", "slope of the up step, per mean bound", default=0.0)
    gamma_down: Quantity = quantity("1", "slope of the down step, per mean bound", default=0.0)
    gamma_up_dtod: Quantity = quantity(
        "1",
        "device-to-device spread of gamma_up",
        ge=0,
        usual=SPREAD,
        default=0.05,
        default_source="aihwkit 1.2.0 LinearStepDevice",
    )
    gamma_down_dtod: Quantity = quantity(
        "1",
        "device-to-device spread of gamma_down",
        ge=0,
        usual=SPREAD,
        default=0.05,
        default_source="aihwkit 1.2.0 LinearStepDevice",
    )
    cycle_noise: CycleNoise = Field(
        default="multiplicative", description="noise on the whole step, or on its constant part"
    )


class SoftBoundsLaw(Section):
    """The step vanishes linearly at the device's own bound."""

    kind: Literal["SoftBounds"]
    cycle_noise: CycleNoise = Field(
        default="multiplicative", description="noise on the whole step, or on its constant part"
    )


class SoftBoundsReferenceLaw(Section):
    """Soft bounds acting on w + reference, each device against a reference device of its own."""

    kind: Literal["SoftBoundsReference"]
    cycle_noise: CycleNoise = Field(
        default="additive", description="noise on the whole step, or on its constant part"
    )
    reference_std: Quantity = quantity(
        "weight", "device-to-device spread of the reference weight", ge=0, default=0.0
    )
    reference_mean: Quantity = quantity("weight", "mean reference weight", default=0.0)
    subtract_symmetry_point: bool = Field(
        default=False, description="whether the reference is each device's own symmetry point"
    )


class ExpStepLaw(Section):
    """The step saturates exponentially towards either bound."""

    kind: Literal["ExpStep"]
    a: Quantity = quantity(
        "1", "scale of the weight inside the exponent", default=0.244, default_source=_EXP_STEP
    )
    b: Quantity = quantity(
        "1", "shift inside the exponent", default=0.2425, default_source=_EXP_STEP
    )
    amplitude_up: Quantity = quantity(
        "1", "factor of the up step's exponential", default=0.00081, default_source=_EXP_STEP
    )
    amplitude_down: Quantity = quantity(
        "1", "factor of the down step's exponential", default=0.36833, default_source=_EXP_STEP
    )
    gamma_up: Quantity = quantity(
        "1", "exponent of the up step", default=12.44625, default_source=_EXP_STEP
    )
    gamma_down: Quantity = quantity(
        "1", "exponent of the down step", default=12.78785, default_source=_EXP_STEP
    )
    noise_add: Quantity = quantity(
        "weight", "cycle noise: part that does not scale with the step", ge=0, default=0.0
    )
    noise_slope: Quantity = quantity(
        "1", "cycle noise: part that scales with |w|", ge=0, default=0.0
    )
