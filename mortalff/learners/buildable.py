"""What a learner's class says before there is a network: which it trains, and how it is set from a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import JsonValue

from mortalff.cards import Card
from mortalff.errors import InputError, message
from mortalff.hardware.scheme import Scheme
from mortalff.learners.from_card import FromCard, Task
from mortalff.learners.settings import Settings
from mortalff.networks.arrays import ArrayMaker
from mortalff.networks.network import Network
from mortalff.networks.shapes import ImageShape
from mortalff.networks.sizes import AnySize, Hidden


class Buildable:
    """Something that studies choose by name and build networks for.

    Attributes:
        name: short name, as in study files.
        settings_type: the class of its settings.
    """

    name: ClassVar[str]
    settings_type: ClassVar[type[Settings]]

    @classmethod
    def sizes(cls, hidden: Sequence[AnySize], n_classes: int) -> tuple[AnySize | int, ...]:
        """The layers of the network it trains, given the hidden ones.

        By default just those; a learner with output units of its own adds them.
        """
        del n_classes
        return tuple(hidden)

    @classmethod
    def build(
        cls,
        arrays: ArrayMaker,
        image_shape: ImageShape,
        hidden: Hidden,
        n_classes: int,
        settings: Settings,
    ) -> Network:
        """The network it trains.

        By default a stack of layers of :meth:`sizes`; a learner of networks of another structure makes its own.

        Args:
            arrays: makes the arrays.
            image_shape: height, width and planes of an image.
            hidden: the hidden layers from the input up.
            n_classes: number of classes.
            settings: the learner's.

        Raises:
            InputError: there is no such network on these chips.
        """
        del settings
        return Network.stack(arrays, image_shape, cls.sizes(hidden, n_classes), n_classes)

    @classmethod
    def from_card(
        cls, card: Card, task: Task, given: Mapping[str, JsonValue], scheme: Scheme | None = None
    ) -> FromCard:
        """Settings, and a scheme for the arrays, that suit a card: a documented rule, not a search.

        Args:
            card: the card, with the run's condition.
            task: what is to be learned.
            given: settings that were chosen already; they stay.
            scheme: the scheme that was chosen already; None where the rule may choose.

        Raises:
            InputError: this learner has no such rule.
        """
        del task, given, scheme
        rule = f"learner {cls.name!r} has no rule that sets it from a card"
        right = "leave out from_card and give its settings, or choose a learner that has one"
        raise InputError(message("from_card", card.name, rule, right))
