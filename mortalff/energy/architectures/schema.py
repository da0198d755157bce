"""What an architecture is: which component does which action, and how many of each there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from mortalff.cards.prices import ActionName
from mortalff.cards.quantity import Quantity, Section, quantity
from mortalff.energy.adc_models import AdcModel
from mortalff.errors import RuleError, nearest


class Arrays(Section):
    """Arrays that hold weights."""

    rows: int | None = Field(default=512, ge=2, description="input lines of an array at most")
    columns: int | None = Field(default=512, ge=1, description="output lines of an array at most")
    partial_sums: Literal["analog", "digital"] = Field(
        default="analog",
        description="analog: currents of a column of arrays meet before one converter; digital: each is converted",
    )


class Converters(Section):
    """Converters of an array's lines. Bits of none are the card's."""

    adc_bits: int | None = Field(default=None, ge=1, le=16, description="of outputs and scalars")
    dac_bits: int | None = Field(default=None, ge=1, le=16, description="of inputs")
    adc_model: AdcModel = Field(default="reference", description="which model of ADCs prices them")
    adc_rate_hz: float = Field(default=1e8, gt=0, le=1e10, description="conversions a second")
    columns_per_adc: int = Field(default=8, ge=1, description="lines that share one ADC in turn")


class Digital(Section):
    """Digital work and memory."""

    number: str = Field(
        default="int8",
        description="format of factors; of stored activities and errors too where weights are digital",
    )
    sum_number: str = Field(default="int32", description="format of sums and other operations")
    sram_kb: float = Field(default=32.0, gt=0, description="size of a memory, in KB")
    word_bytes: float = Field(
        default=2.0,
        gt=0,
        le=8,
        description="bytes of a stored weight, or of a number kept for one; simulation counts 4",
    )
    processor: str | None = Field(default=None, description="part in processor.<part>.energy")
    utilisation: float = Field(default=1.0, gt=0, le=1, description="of the processor's peak")
    operations_per_s: Quantity | None = quantity(
        "1/s", "operations a second at that utilisation; a MAC is two", gt=0, optional=True
    )
    accesses_per_s: Quantity | None = quantity(
        "1/s",
        "accesses of 64 bits a second to each memory of sram_kb, as many as hold the weights",
        gt=0,
        optional=True,
    )


class Pipeline(Section):
    """What happens at the same time."""

    layers_overlap: bool = Field(
        default=True, description="whether layers work on different vectors at the same time"
    )


class Gradient(Section):
    """What arrays are pulsed with."""

    smoothed: bool = Field(
        default=False,
        description="whether each weight's gradient is smoothed in digital memory, and written line by line",
    )


class Architecture(Section):
    """An architecture: hardware for some learners, and the price list of what they do on it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="the name of the file")
    summary: str = Field(min_length=10, description="one sentence on it")
    learners: tuple[str, ...] = Field(
        strict=False, min_length=1, description="names of the learners that it is for"
    )
    weights: Literal["crossbar", "digital"] = Field(description="what holds weights")
    activities: Literal["analog", "digital"] = Field(description="what layers hand to one another")
    errors: Literal["none", "analog", "digital"] = Field(
        description="how errors reach hidden layers; none: learning is local; analog: as voltages, or one factor"
    )
    settings: Mapping[str, Mapping[str, object]] = Field(
        default_factory=dict, description="learner → what it asks of that learner's settings"
    )
    node_nm: float = Field(default=32.0, ge=7, le=65, description="of ADCs, logic and SRAM, in nm")
    arrays: Arrays = Arrays()
    converters: Converters = Converters()
    digital: Digital = Digital()
    pipeline: Pipeline = Pipeline()
    gradient: Gradient = Gradient()
    components: Mapping[ActionName, str] = Field(
        description="action → what does it: a constant of the library, a model, 'card' or 'included'"
    )
    notes: tuple[str, ...] = Field(default=(), strict=False, description="what it assumes")

    @model_validator(mode="after")
    def _settings_of_its_learners(self) -> Architecture:
        for learner in self.settings:
            if learner not in self.learners:
                rule = "these are settings of a learner that it is not for"
                right = nearest(learner, self.learners)
                raise RuleError(f"settings.{learner}", learner, rule, right)
        return self

    @model_validator(mode="after")
    def _holds_together(self) -> Architecture:
        if self.weights == "digital" and "analog" in (self.activities, self.errors):
            rule, right = "weights in digital memory make numbers", "write 'digital'"
            key = "activities" if self.activities == "analog" else "errors"
            raise RuleError(key, "analog", rule, right)
        if self.errors == "analog" and self.activities == "digital":
            rule = "errors stay analog between activities that do"
            raise RuleError("errors", "analog", rule, "write activities = 'analog'")
        if self.errors == "digital" and self.activities == "analog":
            rule = "errors as numbers need the activities as numbers"
            raise RuleError("activities", "analog", rule, "write 'digital'")
        if self.gradient.smoothed and self.weights == "digital":
            rule = "there the learner's own settings smooth gradients"
            right = "leave it out, and write settings.ff = { smoothing = 0.9 }"
            raise RuleError("gradient.smoothed", True, rule, right)
        return self

    def changed(self, **changes: object) -> Architecture:
        """The architecture with other values by dotted key, such as ``converters.adc_bits``, checked anew.

        Raises:
            InputError: a key is unknown, or a value breaks a rule.
        """
        from mortalff.energy.architectures.load import checked

        document = self.model_dump(exclude_unset=True)
        for key, value in changes.items():
            *above, last = key.split(".")
            table = document
            for part in above:
                table = table.setdefault(part, {})
            table[last] = value
        return checked(document, f"architecture {self.name!r}")
