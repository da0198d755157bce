"""What a form looks at of a learner's settings."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from mortalff.errors import InputError, message


class Told(BaseModel):
    """Settings that counts depend on, by the names that the learner's own class gives them.

    There are no defaults: they are the learner's. Settings that are not named here change no count.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    batch: int


class UpdateTold(Told):
    """Settings of learners whose arrays may smooth gradients and decay weights."""

    smoothing: float
    weight_decay: float


AnyTold = TypeVar("AnyTold", bound=BaseModel)


def told_of(kind: type[AnyTold], settings: object, whose: str) -> AnyTold:
    """What a form looks at of settings.

    Args:
        kind: what it looks at.
        settings: an object of the learner's settings class.
        whose: of whom they are, for the message.

    Raises:
        InputError: they lack something that counts depend on.
    """
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        missing = ", ".join(str(part["loc"][0]) for part in error.errors() if part["loc"])
        rule = f"counts of {whose} depend on {', '.join(kind.model_fields)}"
        right = f"give its own settings; look at {missing or 'their class'}"
        raise InputError(message("settings", type(settings).__name__, rule, right)) from error
