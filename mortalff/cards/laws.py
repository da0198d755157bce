"""The parameters of each device law. The equations are in the physics that reads them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mortalff.cards.quantity import SPREAD, Quantity, Section, quantity
from mortalff.errors import RuleError

CycleNoise = Literal["multiplicative", "additive"]
_EXP_STEP = "aihwkit 1.2.0 ExpStepDevice"
_POW_STEP = "aihwkit 1.2.0 PowStepDevice"
_REVERSE_OFFSET = "aihwkit 1.2.0 LinearStepDevice; without effect unless a direction is reversed"


def _reversed_needs_multiplicative(law: LinearStepLaw | SoftBoundsLaw) -> None:
    if (law.reverse_up or law.reverse_down) and law.cycle_noise == "additive":
        raise RuleError(
            "cycle_noise",
            law.cycle_noise,
            "a step that grows with the weight takes multiplicative noise alone",
            'write cycle_noise = "multiplicative"',
        )


class DigitalLaw(Section):
    """Numbers in digital memory: an update is exactly what was asked for."""

    kind: Literal["Digital"]


class ProgramOnlyLaw(Section):
    """Devices whose response to single pulses is not known: privileged programming alone moves them."""

    kind: Literal["ProgramOnly"]
    overshoot: Quantity = quantity(
        "1",
        "how far beyond its nominal bound a device may be written, as a share of the bound",
        ge=0,
        usual=(1e-3, 10),
        default=0.5,
        default_source="wider than any scatter measured, so that none is cut off",
    )


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
    mean_bound_reference: bool = Field(
        default=True, description="whether slopes refer to the mean bound; false: the device's own"
    )
    allow_increasing: bool = Field(
        default=False, description="whether a device may be drawn whose step grows to its bound"
    )
    reverse_up: bool = Field(
        default=False, description="whether the up step grows with the weight instead of falling"
    )
    reverse_down: bool = Field(
        default=False, description="whether the down step falls with the weight instead of growing"
    )
    reverse_offset: Quantity = quantity(
        "weight",
        "how far beyond its bound a reversed step vanishes",
        ge=0,
        default=0.01,
        default_source=_REVERSE_OFFSET,
    )

    @model_validator(mode="after")
    def _multiplicative_where_reversed(self) -> LinearStepLaw:
        _reversed_needs_multiplicative(self)
        return self


class SoftBoundsLaw(Section):
    """The step vanishes linearly at the device's own bound."""

    kind: Literal["SoftBounds"]
    cycle_noise: CycleNoise = Field(
        default="multiplicative", description="noise on the whole step, or on its constant part"
    )
    reverse_up: bool = Field(
        default=False, description="whether the up step grows from the lower bound instead"
    )
    reverse_down: bool = Field(
        default=False, description="whether the down step grows from the upper bound instead"
    )
    reverse_offset: Quantity = quantity(
        "weight",
        "how far beyond its bound a reversed step vanishes",
        ge=0,
        default=0.01,
        default_source=_REVERSE_OFFSET,
    )

    @model_validator(mode="after")
    def _multiplicative_where_reversed(self) -> SoftBoundsLaw:
        _reversed_needs_multiplicative(self)
        return self


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
    slope_up_dtod: Quantity = quantity(
        "1", "device-to-device spread of the up step's slope", ge=0, usual=SPREAD, default=0.0
    )
    slope_down_dtod: Quantity = quantity(
        "1", "device-to-device spread of the down step's slope", ge=0, usual=SPREAD, default=0.0
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


class PowStepLaw(Section):
    """The step falls as a power of the distance to the bound."""

    kind: Literal["PowStep"]
    gamma: Quantity = quantity(
        "1", "mean exponent of both steps", ge=0, default=1.0, default_source=_POW_STEP
    )
    gamma_dtod: Quantity = quantity(
        "1",
        "device-to-device spread of gamma, as a share of it",
        ge=0,
        usual=SPREAD,
        default=0.1,
        default_source=_POW_STEP,
    )
    gamma_up_down: Quantity = quantity(
        "1",
        "asymmetry of gamma: where above zero gamma_down is smaller by this share, else gamma_up",
        default=0.0,
    )
    gamma_up_down_dtod: Quantity = quantity(
        "1",
        "device-to-device spread of that asymmetry, as a share of gamma",
        ge=0,
        usual=SPREAD,
        default=0.0,
    )


class Nodes(Section):
    """A step at weights equally spaced from the lower to the upper bound, in units of dw_min."""

    values: tuple[float, ...] = Field(
        min_length=1, max_length=1024, strict=False, description="steps from w_min to w_max"
    )
    source: str = Field(min_length=3, description="where the numbers are from")


_FLAT = Nodes(values=(1.0,), source="schema default: aihwkit 1.2.0 PiecewiseStepDevice")


class PiecewiseStepLaw(Section):
    """The step is interpolated between nodes over the device's own range."""

    kind: Literal["PiecewiseStep"]
    nodes_up: Nodes = Field(default=_FLAT, description="the up step over the range")
    nodes_down: Nodes = Field(default=_FLAT, description="the down step over the range")

    @model_validator(mode="after")
    def _as_many_up_as_down(self) -> PiecewiseStepLaw:
        up, down = len(self.nodes_up.values), len(self.nodes_down.values)
        if up != down:
            raise RuleError(
                "nodes_down",
                list(self.nodes_down.values),
                "there must be as many nodes down as up",
                f"give {up} values",
            )
        return self
