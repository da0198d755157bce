"""What recurrent Forward-Forward can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mortalff.errors import RuleError
from mortalff.learners.local_settings import LocalRuleSettings


class RecurrentFFSettings(LocalRuleSettings):
    """Settings of recurrent FF. The defaults learn in situ, by pulses alone."""

    damping: float = Field(default=0.3, ge=0, lt=1, description="share of the old state in the new")
    learn: tuple[int, int] = Field(
        default=(3, 5), description="first and last iteration that is learned from, one pulse each"
    )
    read: tuple[int, int] = Field(
        default=(3, 5), description="first and last iteration whose goodness is read out"
    )
    label_copies: int = Field(
        default=10, ge=1, description="lines that carry each class into the top layer"
    )
    negatives: Literal["hard", "random"] = Field(
        default="hard", description="wrong labels drawn by the softmax head, or at random"
    )
    readout_from_layer: int = Field(
        default=1, ge=1, description="first layer whose goodness and features are read out"
    )

    @model_validator(mode="after")
    def _iterations_follow(self) -> RecurrentFFSettings:
        for name, (first, last) in (("learn", self.learn), ("read", self.read)):
            if not 1 <= first <= last:
                rule = "iterations are numbered from 1, the first comes first"
                raise RuleError(name, (first, last), rule, "give (3, 5), say")
        if max(self.learn[1], self.read[1]) == 1:
            rule = "one iteration sees no state that is damped, and there is no other"
            self.refuse_unused("damping", rule=rule, right="leave it out, or learn or read later")
        return self

    @classmethod
    def hinton(cls) -> RecurrentFFSettings:
        """Gradients smoothed and weights decayed as in Hinton's recipe for MNIST: a digital number for every weight."""
        return cls(lr=0.01, smoothing=0.9, weight_decay=0.001)
