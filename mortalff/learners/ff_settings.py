"""What Forward-Forward can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mortalff.errors import RuleError
from mortalff.learners.contrast import ContrastName
from mortalff.learners.local_settings import LocalRuleSettings


class FFSettings(LocalRuleSettings):
    """Settings of FF. The defaults learn in situ, by pulses alone."""

    contrast: ContrastName = Field(
        default="label",
        description="what is held against what: label, hybrid, pairs (these two without labels) or next_symbol",
    )
    negatives: Literal["hard", "random", "rollout"] = Field(
        default="hard",
        description="wrong classes drawn by the softmax head, or at random; rollout: windows of the head's own "
        "predictions, made before each epoch (next_symbol)",
    )
    rollout_steps: int = Field(
        default=90, ge=1, description="symbols that a roll-out predicts from one real window"
    )
    phases: Literal["together", "apart"] = Field(
        default="together",
        description="apart: positive data alone while awake, negative data alone in sleep",
    )
    phase_batches: int = Field(default=100, ge=1, description="batches awake, and then in sleep")
    shift: int = Field(
        default=0, ge=0, le=8, description="images are moved by up to so many pixels each way"
    )
    head: bool = Field(default=True, description="train a softmax head on the features")
    readout_from_layer: int = Field(
        default=2, ge=1, description="first layer whose goodness and features are read out"
    )
    layer_rates: tuple[float, ...] = Field(
        default=(), description="share of the rate for each layer, 0 for none; all 1 if left out"
    )

    @model_validator(mode="after")
    def _drawn_by_something(self) -> FFSettings:
        if self.head:
            return self
        if self.contrast in ("hybrid", "pairs"):
            rule = f"contrast {self.contrast!r} has no classes in its data, so that only the softmax head predicts"
            raise RuleError("head", False, rule, "set head to true")
        if self.negatives != "random":
            what = "hard negatives are" if self.negatives == "hard" else "roll-outs are"
            rule = f"{what} drawn by the softmax head, which is switched off"
            right = "set negatives to 'random', or head to true"
            raise RuleError("negatives", self.negatives, rule, right)
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> FFSettings:
        if self.negatives == "rollout" and self.contrast != "next_symbol":
            rule = f"roll-outs are windows of symbols, and contrast is {self.contrast!r}"
            right = "set contrast to 'next_symbol', or negatives to 'hard'"
            raise RuleError("negatives", "rollout", rule, right)
        if self.phases == "apart" and self.loss == "symba":
            rule = "it compares the two halves of a pair, which phases 'apart' never sees together"
            raise RuleError("loss", "symba", rule, "set loss to 'logistic'")
        if self.phases == "apart" and self.pulses == "difference":
            rule = "it is of the two halves of a pair, which phases 'apart' never sees together"
            raise RuleError("pulses", "difference", rule, "set pulses to 'halves'")
        if any(share < 0.0 for share in self.layer_rates):
            rule, right = "shares of a rate are at least 0", "give 0 for a layer that is to stay"
            raise RuleError("layer_rates", self.layer_rates, rule, right)
        return self

    @model_validator(mode="after")
    def _nothing_unused(self) -> FFSettings:
        if self.contrast in ("hybrid", "pairs"):
            rule = f"contrast {self.contrast!r} has no classes, of which wrong ones could be drawn"
            self.refuse_unused("negatives", rule=rule)
        if self.negatives != "rollout":
            rule = f"no roll-outs are made, as negatives are {self.negatives!r}"
            right = "leave it out, or set negatives to 'rollout'"
            self.refuse_unused("rollout_steps", rule=rule, right=right)
        if self.phases == "together":
            rule = "each batch is of both phases, as these are 'together'"
            right = "leave it out, or set phases to 'apart'"
            self.refuse_unused("phase_batches", rule=rule, right=right)
        if self.contrast == "next_symbol":
            rule = "images are moved, and contrast 'next_symbol' is of windows of symbols"
            self.refuse_unused("shift", rule=rule)
        return self

    @classmethod
    def hinton(cls) -> FFSettings:
        """Hinton's recipe for MNIST: rate .01, smoothing .9, decay .001; a digital number for every weight."""
        return cls(lr=0.01, smoothing=0.9, weight_decay=0.001)
