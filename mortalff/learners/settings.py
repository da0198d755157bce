"""What every learner can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mortalff.errors import RuleError


class Settings(BaseModel):
    """Settings common to all learners."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lr: float = Field(default=0.01, gt=0, description="learning rate of the effective weights")
    batch: int = Field(default=100, ge=1, description="examples an update")
    schedule: Literal["constant", "half_linear", "half_linear_steps"] = Field(
        default="half_linear",
        description="half_linear: constant to half way, then linear to 0 by epochs, or by steps",
    )

    def rate(self, epoch: int, epochs: int, done: float = 0.0) -> float:
        """The learning rate of an epoch, numbered from 0.

        Half-linear as in Hinton's code: constant in the first half, then falling to 1/epochs of itself in the last.

        Args:
            epoch: epochs finished.
            epochs: how many there are to be.
            done: share of the present one that is done; only ``half_linear_steps`` looks at it.
        """
        if self.schedule == "half_linear_steps":
            return self.lr * min(1.0, 2.0 * (1.0 - (epoch + done) / epochs))
        if self.schedule == "constant" or epoch < epochs / 2:
            return self.lr
        return self.lr * (1 + 2 * (epochs - epoch - 1)) / epochs

    def refuse_unused(self, *names: str, rule: str, right: str = "leave it out") -> None:
        """Refuse settings that nothing looks at beside the others, for validators to call.

        Defaults pass: results keep all settings written out, defaults included, and these must load again.

        Args:
            names: the settings.
            rule: why nothing looks at them.
            right: what to do about it.

        Raises:
            RuleError: one of them is not its default.
        """
        for name in names:
            value = getattr(self, name)
            if value != type(self).model_fields[name].get_default():
                raise RuleError(name, value, rule, right)
