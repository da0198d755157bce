"""Parts of a study file: data, hardware, learners and layers, each as it is chosen there."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    model_validator,
)

from mortalff.errors import RuleError
from mortalff.hardware.crossbar import PulseMode
from mortalff.networks.local import LocalFields
from mortalff.networks.stage_choice import UnknownStageChoice


def named(key: str) -> BeforeValidator:
    """Lets a name alone stand for a mapping with that name."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


Width = Annotated[int, Field(ge=1)]
Layer = Annotated[
    Annotated[Width, Tag("width")] | Annotated[LocalFields, Tag("fields")],
    Discriminator(lambda value: "fields" if isinstance(value, dict | LocalFields) else "width"),
]
Layers = Annotated[tuple[Layer, ...], Field(min_length=1)]


class Part(BaseModel):
    """A part of a study file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class DataChoice(Part):
    """Which data, and how much of it."""

    name: str = Field(description="the data set's name")
    train: int | None = Field(default=None, ge=1, description="training images; all if left out")
    test: int | None = Field(default=None, ge=1, description="test images; all if left out")


class SchemeChoice(Part):
    """How layers hold their weights, and what the scheme is told."""

    name: str = Field(description="the scheme's name; plain for one array each")
    settings: dict[str, JsonValue] = Field(default_factory=dict, description="its settings")


class HardwareChoice(Part):
    """What the chips are: a card, or an aihwkit preset."""

    card: str | None = Field(default=None, description="a card's name, or a path to one")
    aihwkit: str | None = Field(default=None, description="an aihwkit preset's name")
    w_init_std: float | None = Field(
        default=None, gt=0, description="spread of an aihwkit tile's initial weights"
    )
    priced_as: str | None = Field(
        default=None, description="the card whose prices an aihwkit tile's actions have"
    )
    pulse_mode: PulseMode = Field(
        default="auto", description="how a card's pulses are worked out: auto, fast or exact"
    )
    stage: UnknownStageChoice | None = Field(
        default=None, description="an unknown stage behind each array: {strength: ..., mixing: ...}"
    )
    scheme: Annotated[SchemeChoice | None, named("name")] = Field(
        default=None, description="how weights are held: a name, or {name: ..., settings: {...}}"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> HardwareChoice:
        if (self.card is None) == (self.aihwkit is None):
            found = self.model_dump(exclude_none=True)
            rule = "hardware is either a card or an aihwkit preset"
            raise RuleError("", found, rule, "write one of card: and aihwkit:")
        if self.card is not None:
            for key in ("w_init_std", "priced_as"):
                if getattr(self, key) is not None:
                    rule = "this is for aihwkit tiles; a card has its own"
                    right = 'for a card write the condition {"device.w_init_std": ...}'
                    raise RuleError(key, getattr(self, key), rule, right)
        elif self.pulse_mode != "auto":
            rule = "this is for cards; an aihwkit tile draws each pulse"
            raise RuleError("pulse_mode", self.pulse_mode, rule, "leave it out")
        return self


class LearnerChoice(Part):
    """A learner and what it is told."""

    name: str = Field(description="the learner's name")
    settings: dict[str, JsonValue] = Field(default_factory=dict, description="its settings")
    from_card: bool = Field(
        default=False,
        description="whether the learner's own rule sets from each card what settings leave out",
    )
