"""What Forward-Forward can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mortalff.learners.contrast import ContrastName
from mortalff.learners.goodness import GoodnessName
from mortalff.learners.local_loss import LossName
from mortalff.learners.settings import Settings


class FFSettings(Settings):
    """Settings of FF. The defaults learn in situ, by pulses alone."""

    contrast: ContrastName = Field(
        default="label",
        description="what is held against what: label, hybrid, pairs (these two without labels) or next_symbol",
    )
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
    layers: Literal["learn", "frozen"] = Field(
        default="learn",
        description="frozen: all alike but for the pulses, so that the head alone learns: the floor of random features",
    )
    layer_rates: tuple[float, ...] = Field(
        default=(), description="share of the rate for each layer, 0 for none; all 1 if left out"
    )
    smoothing: float = Field(default=0.0, ge=0, lt=1, description="of each weight's gradient")
    weight_decay: float = Field(default=0.0, ge=0, lt=1, description="decoupled, per unit of rate")

    @model_validator(mode="after")
    def _drawn_by_something(self) -> FFSettings:
        if self.head:
            return self
        if self.contrast in ("hybrid", "pairs"):
            raise ValueError(
                f"contrast {self.contrast!r} has no classes in its data, so that only the softmax head, which is "
                "switched off, predicts; set head to true"
            )
        if self.negatives != "random":
            what = "hard negatives are" if self.negatives == "hard" else "roll-outs are"
            raise ValueError(
                f"{what} drawn by the softmax head, which is switched off; "
                "set negatives to 'random', or head to true"
            )
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> FFSettings:
        if self.negatives == "rollout" and self.contrast != "next_symbol":
            raise ValueError(
                f"negatives 'rollout' are windows of symbols, and contrast is {self.contrast!r}; "
                "set contrast to 'next_symbol', or negatives to 'hard'"
            )
        if self.phases == "apart" and self.loss == "symba":
            raise ValueError(
                "loss 'symba' compares the two halves of a pair, which phases 'apart' never sees together; "
                "set loss to 'logistic'"
            )
        if self.hold > 0.0 and self.loss != "symba":
            raise ValueError(
                f"hold {self.hold} is for loss 'symba'; the logistic loss has its own threshold; leave it out"
            )
        if self.phases == "apart" and self.pulses == "difference":
            raise ValueError(
                "pulses 'difference' are of the two halves of a pair, which phases 'apart' never sees together; "
                "set pulses to 'halves'"
            )
        if any(rate < 0.0 for rate in self.layer_rates):
            raise ValueError(f"layer_rates {self.layer_rates}: shares of a rate are at least 0")
        return self

    @classmethod
    def hinton(cls) -> FFSettings:
        """Hinton's recipe for MNIST: rate .01, smoothing .9, decay .001; a digital number for every weight."""
        return cls(lr=0.01, smoothing=0.9, weight_decay=0.001)
