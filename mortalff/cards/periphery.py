"""Converters, ranging, noise and curves of the read path."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mortalff.cards.quantity import SPREAD, Quantity, Section, quantity
from mortalff.errors import RuleError


class Periphery(Section):
    """Converters, ranging, noise and curves of the read path.

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
    weight_noise_share: Quantity = quantity(
        "1",
        "noise of each device at each read as a share of its weight, besides weight_noise_std",
        ge=0,
        default=0.0,
    )
    input_ranging: Literal["none", "abs_max", "constant", "average_abs_max", "calibrated"] = Field(
        default="none",
        description="what inputs are divided by, undone digitally: abs_max: each vector's largest"
        " |x|; constant: input_range; average_abs_max: a running average of abs_max; calibrated:"
        " the largest |x| of the first calibration_vectors vectors, which are ranged by abs_max",
    )
    input_range: Quantity | None = quantity(
        "1", "what constant ranging divides by; abs_max divides by no more", gt=0, optional=True
    )
    input_range_decay: Quantity = quantity(
        "1",
        "weight of the newest vector in the running average",
        gt=0,
        le=1,
        default=0.001,
        default_source="aihwkit 1.2.0 IOParameters nm_decay",
    )
    output_ranging: Literal["none", "iterative", "calibrated"] = Field(
        default="none",
        description="iterative: halve the input until no output clips; calibrated: the ADC's"
        " full scale is set to the largest |output| of the first calibration_vectors vectors",
    )
    calibration_vectors: int = Field(
        default=1000, ge=1, description="vectors by which calibrated ranges are found"
    )
    input_slice_bits: int | None = Field(
        default=None,
        ge=1,
        le=15,
        description="bit-serial inputs: bits of |x| in one read; none: all of them at once",
    )
    dac_offset_std: Quantity = quantity(
        "1", "spread of input converters' offsets", ge=0, default=0.0
    )
    dac_gain_std: Quantity = quantity(
        "1", "spread of input converters' gains", ge=0, usual=SPREAD, default=0.0
    )
    dac_inl_std: Quantity = quantity(
        "1",
        "spread of input converters' integral nonlinearity, a share of input_bound, or of 1",
        ge=0,
        default=0.0,
    )
    adc_offset_std: Quantity = quantity(
        "1", "spread of output converters' offsets", ge=0, default=0.0
    )
    adc_gain_std: Quantity = quantity(
        "1", "spread of output converters' gains", ge=0, usual=SPREAD, default=0.0
    )
    adc_inl_std: Quantity = quantity(
        "1",
        "spread of output converters' integral nonlinearity, a share of output_bound, or of 1",
        ge=0,
        default=0.0,
    )
    output_nonlinearity: Quantity = quantity(
        "1",
        "S-shaped output y / (1 + n |y| / output_bound), or over 1 without that bound; its mean n",
        ge=0,
        default=0.0,
    )
    output_nonlinearity_dtod: Quantity = quantity(
        "1", "output-to-output spread of n, as a share of it", ge=0, usual=SPREAD, default=0.0
    )
    output_slope_calibration: Quantity = quantity(
        "1",
        "share of output_bound at which that curve is scaled to have slope 1",
        ge=0,
        le=1,
        default=0.0,
    )
    iv_cubic: Quantity = quantity(
        "1",
        "cubic I-V curve: a line voltage v drives i = g (v + k v^3) / (1 + k), its mean k",
        ge=0,
        default=0.0,
    )
    iv_cubic_dtod: Quantity = quantity(
        "1", "device-to-device spread of k, as a share of it", ge=0, usual=SPREAD, default=0.0
    )
    weight_mapping: Literal["differential", "offset"] = Field(
        default="differential",
        description="differential: w is the difference of two devices; offset: of a device and"
        " a reference column's, one column an array",
    )
    reference_weight: Quantity = quantity(
        "weight",
        "offset mapping: weight of the reference column's devices",
        gt=0,
        default=1.0,
        default_source="full scale; without effect while weight_mapping is differential",
    )
    reference_dtod: Quantity = quantity(
        "weight", "offset mapping: spread of those devices", ge=0, default=0.0
    )
    reference_subtraction: Literal["analog", "digital"] = Field(
        default="analog",
        description="offset mapping: whether the reference column is taken off before or after"
        " conversion; after it, converters must span the common mode",
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

    @model_validator(mode="after")
    def _ranging_has_its_range(self) -> Periphery:
        if self.input_ranging == "constant" and self.input_range is None:
            right = 'write input_range = { value = ..., unit = "1", source = "..." }'
            raise RuleError("input_ranging", "constant", "it divides by input_range", right)
        if self.input_range is not None and self.input_ranging not in ("constant", "abs_max"):
            rule = 'only input_ranging "constant" and "abs_max" use it'
            right = 'leave input_range out, or write input_ranging = "constant"'
            raise RuleError("input_range", float(self.input_range), rule, right)
        if self.output_ranging == "calibrated" and self.output_bound is None:
            right = 'write output_bound = { value = ..., unit = "1", source = "..." }'
            raise RuleError(
                "output_ranging",
                "calibrated",
                "it starts from output_bound, the widest range",
                right,
            )
        return self

    @model_validator(mode="after")
    def _slices_have_bits(self) -> Periphery:
        bits, width = self.dac_bits, self.input_slice_bits
        if width is not None and (bits is None or width > max(1, bits - 1)):
            most = "dac_bits" if bits is None else f"input_slice_bits of at most {max(1, bits - 1)}"
            rule = "inputs are cut into slices of the bits that dac_bits has besides the sign"
            raise RuleError("input_slice_bits", width, rule, f"write {most}")
        sliced = width is not None and bits is not None and width < bits - 1
        if sliced and self.output_ranging == "iterative":
            raise RuleError(
                "output_ranging",
                "iterative",
                "half an input has its slices at the same voltages, so outputs clip as before",
                'write output_ranging = "none" or "calibrated" with input_slice_bits',
            )
        return self
