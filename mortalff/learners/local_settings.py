"""What every learner that follows FF's local rule can be told of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mortalff.learners.goodness import GoodnessName
from mortalff.learners.local_loss import LossName
from mortalff.learners.pulsed import PulsedSettings


class LocalRuleSettings(PulsedSettings):
    """Settings of the local rule. The defaults learn by pulses alone.

    Beside ``layers = frozen`` all others are taken, whether or not anything comes of them: the floor of a recipe is the
    recipe and this word.
    """

    goodness: GoodnessName = Field(
        default="ssq", description="sum of squares, min_ssq (its negative), sum, or log_ssq"
    )
    loss: LossName = Field(
        default="logistic",
        description="logistic: against θ; symba: a pair's difference of goodness",
    )
    pulses: Literal["halves", "difference"] = Field(
        default="halves",
        description="halves: an outer product for each half of a pair; difference: the same change as outer products "
        "of the halves' differences and means, which takes far fewer pulses",
    )
    threshold: float = Field(
        default=1.0,
        gt=0,
        description="θ as a share of the layer's width, inputs having mean square 1",
    )
    temperature: float = Field(default=1.0, gt=0, description="T, in units of goodness")
    temperature_share: float | None = Field(
        default=None, gt=0, description="T as a share of θ, in place of temperature"
    )
    hold: float = Field(
        default=0.0,
        ge=0,
        description="with loss symba, which knows no θ: pull of a pair's mean goodness towards θ, "
        "in units of 1/(lr · inputs of the layer); above about 2 it overshoots",
    )
    peer: float = Field(
        default=0.03, ge=0, description="pull of each unit's mean activity towards its layer's"
    )
    layers: Literal["learn", "frozen"] = Field(
        default="learn",
        description="frozen: all alike but for the pulses, so that the head alone learns: the floor of random features",
    )

    @model_validator(mode="after")
    def _nothing_of_the_rule_unused(self) -> LocalRuleSettings:
        if self.loss != "symba":
            rule = "it is for loss 'symba'; the logistic loss has its own threshold"
            self.refuse_unused("hold", rule=rule)
        elif self.hold == 0.0 and self.temperature_share is None:
            rule = "loss 'symba' knows no θ, unless pairs are held there or T is a share of it"
            right = "leave it out, or give hold or temperature_share"
            self.refuse_unused("threshold", rule=rule, right=right)
        if self.temperature_share is not None:
            rule = f"temperature_share {self.temperature_share} stands in its place"
            self.refuse_unused("temperature", rule=rule, right="give one of them")
        return self
