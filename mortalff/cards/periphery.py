"""Converters, ranging and noise of the read path."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mortalff.cards.quantity import Quantity, RuleError, Section, quantity


class Periphery(Section):
    """Converters, ranging and noise of the read path.

    Inputs are in units of the full-scale line voltage; outputs in units of a full-scale weight
    times a full-scale input.
    """

    dac_bits: int | None = Field(
        default=None, ge=1, le=16, description="input converter; none: analog"
    )
    adc_bits: int | None = Field(
        default=None, ge=1, le=16, description="output converter; none: analog"
    )
    input_bound: Quantity | None = quantity("1", "inputs are clipped here", gt=0, optional=True)
    output_bound: Quantity | None = quantity("1", "outputs are clipped here", gt=0, optional=True)
    input_noise_std: Quantity = quantity("1", "noise added to each input line", ge=0, default=0.0)
    output_noise_std: Quantity = quantity("1", "noise added to each output", ge=0, default=0.0)
    weight_noise_std: Quantity = quantity(
        "weight", "noise of each device at each read", ge=0, default=0.0
    )
    input_ranging: Literal["none", "abs_max"] = Field(
        default="none",
        description="abs_max: divide each vector by its largest |x|, undo it digitally",
    )
    output_ranging: Literal["none", "iterative"] = Field(
        default="none", description="iterative: halve the input until no output clips"
    )

    @model_validator(mode="after")
    def _bounds_where_converters(self) -> Periphery:
        for bits, bound in (("dac_bits", "input_bound"), ("adc_bits", "output_bound")):
            if getattr(self, bits) is not None and getattr(self, bound) is None:
                raise RuleError(
                    bits,
                    getattr(self, bits),
                    f"a converter needs its full scale, {bound}",
                    f'write {bound} = {{ value = ..., unit = "1", source = "..." }}',
                )
        return self
