"""Data and learners as a study uses them, looked up and checked; and what a learner's rule makes of a card."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from pydantic import JsonValue, ValidationError

from mortalff.errors import InputError, RuleError, message
from mortalff.learners.base import Learner
from mortalff.learners.from_card import Task
from mortalff.learners.settings import Settings
from mortalff.networks.shapes import ImageShape
from mortalff.networks.sizes import Hidden, LayerSize
from mortalff.studies.chips import CardChips, ChipSource
from mortalff.studies.run_spec import RunData


@dataclass(frozen=True)
class ChosenData:
    """A data set as it is used: its sizes and checksum, and the form of its images."""

    data: RunData
    image_shape: ImageShape
    n_classes: int


@dataclass(frozen=True)
class ChosenLearner:
    """A learner with its settings.

    Attributes:
        name: its name in study files.
        kind: its class.
        provider: the distribution and version it is from; empty for mortalff's own.
        settings: all its settings; not yet those of the study where a rule is still to set some.
        given: the settings that the study file gives, where a rule is to set the others from each card; None where the
            others have their defaults.
        from_card: whether a rule has set them.
    """

    name: str
    kind: type[Learner]
    provider: str
    settings: Settings
    given: dict[str, JsonValue] | None = None
    from_card: bool = False

    @property
    def told(self) -> dict[str, JsonValue]:
        """All settings, the defaults included."""
        dumped: dict[str, JsonValue] = self.settings.model_dump(mode="json")
        return dumped

    def sizes(self, data: ChosenData, hidden: Hidden) -> tuple[LayerSize, ...]:
        """The layers of the network it trains, from the input up."""
        return (math.prod(data.image_shape), *self.kind.sizes(hidden, data.n_classes))

    def set_from_card(self, source: ChipSource, task: Task) -> tuple[ChosenLearner, ChipSource]:
        """The learner with what its rule sets for these chips, and the chips with the scheme that the rule chooses.

        Where no rule is asked for, both as they are. What the study file gives goes before the rule.

        Raises:
            InputError: there is no card, the learner has no rule, or the rule sets what cannot be set.
        """
        if self.given is None:
            return self, source
        if not isinstance(source, CardChips):
            rule = "settings come from a card, and this is none"
            right = (
                "give the learner's settings, and put the card's own hardware in a block of its own"
            )
            raise InputError(message("from_card", source.name, rule, right))
        chosen = self.kind.from_card(source.card, task, self.given, source.around.scheme)
        merged = {**chosen.settings, **self.given}
        try:
            settings = self.kind.settings_type.model_validate(merged)
        except ValidationError as error:
            raise self._told(error, source.card.name) from error
        learner = replace(self, settings=settings, given=None, from_card=True)
        if source.around.scheme is None:
            source = source.held_in(chosen.scheme)
        return learner, source

    def _told(self, error: ValidationError, card: str) -> InputError:
        """What is wrong with the settings that the rule made of a card and of those that were given."""
        first = error.errors()[0]
        key, value = ".".join(map(str, first["loc"])), first["input"]
        rule = f"learner {self.name!r} set this from card {card!r}: {first['msg']}"
        right = f"give {key} in the study file, and report the rule to who wrote it"
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, RuleError):
            key, value, right = cause.key, cause.value, cause.right
            rule = f"beside what learner {self.name!r} sets from card {card!r}: {cause.rule}"
        return InputError(message(f"settings.{key}", value, rule, right))
