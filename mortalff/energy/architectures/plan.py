"""A learner on an architecture: the closed forms that count for it, and how its layers lie on arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from mortalff.cards import Card, Tiling, load_card
from mortalff.energy.architectures.schema import Architecture
from mortalff.energy.array_forms import LayerShape, ReadScheme
from mortalff.energy.forms import Form, NetworkPlan, analog_error_form, learner_form
from mortalff.errors import InputError, message, nearest


@dataclass(frozen=True)
class Net:
    """A fully connected network and its task.

    Attributes:
        n_in: numbers an input has.
        hidden: widths of the hidden layers; output units are added for learners that have them.
        n_classes: number of classes.
    """

    n_in: int
    hidden: tuple[int, ...]
    n_classes: int = 10

    @classmethod
    def of(cls, text: str, n_classes: int = 10) -> Net:
        """A network written as ``784-500-500``: inputs, then hidden layers.

        Raises:
            InputError: it is not written so.
        """
        parts = text.split("-")
        sizes = [int(part) for part in parts if part.isdecimal()]
        if len(sizes) != len(parts) or len(sizes) < 2 or min(sizes) < 1:
            rule = "a network is its inputs and hidden layers, joined by '-'"
            raise InputError(message("net", text, rule, "such as 784-500-500"))
        return cls(sizes[0], tuple(sizes[1:]), n_classes)

    def __str__(self) -> str:
        """As it is read."""
        return "-".join(str(size) for size in (self.n_in, *self.hidden))


@dataclass(frozen=True)
class Plan:
    """What counts for one learner on one architecture.

    Attributes:
        architecture: the hardware.
        learner: the learner's name.
        settings: an object of its settings class.
        device: the card of the arrays' devices; not looked at where weights are digital.
        net: the network.
    """

    architecture: Architecture
    learner: str
    settings: object
    device: Card
    net: Net

    def __post_init__(self) -> None:
        """Check that the architecture is for the learner, and that the card can be laid out on it.

        Raises:
            InputError: it is not.
            CardError: the card cannot be changed as the architecture asks.
        """
        if self.learner not in self.architecture.learners:
            rule = f"architecture {self.architecture.name!r} is not for it"
            right = nearest(self.learner, self.architecture.learners)
            raise InputError(message("learner", self.learner, rule, right))
        _ = self.card

    @cached_property
    def card(self) -> Card:
        """The card with the architecture's bits and tiling; ``ideal`` where weights are digital."""
        if self.architecture.weights == "digital":
            return load_card("ideal")
        return _laid_out(self.device, self.architecture)

    @cached_property
    def form(self) -> Form:
        """The closed form of its counts."""
        return self._form(self.card)

    @cached_property
    def untiled(self) -> Form:
        """The same with a single array a layer: its reads and updates follow one another."""
        return self._form(self.card.model_copy(update={"tiling": Tiling()}))

    @cached_property
    def shapes(self) -> tuple[LayerShape, ...]:
        """Lines of each layer, the bias among its inputs."""
        return tuple(layer.array.shape for layer in self.form.network.layers)

    @cached_property
    def arrays(self) -> tuple[tuple[int, int], ...]:
        """Arrays down and across, for each layer; all ones where weights are digital."""
        scheme = ReadScheme.of(self.card)
        return tuple(scheme.arrays(shape) for shape in self.shapes)

    @property
    def weights(self) -> int:
        """Weights that are learned."""
        return sum(shape.n_in * shape.n_out for shape in self.shapes)

    def on(self, architecture: Architecture) -> Plan:
        """The same on another architecture."""
        return replace(self, architecture=architecture)

    def _form(self, card: Card) -> Form:
        plan = NetworkPlan(
            card,
            (1, self.net.n_in, 1),
            self.net.hidden,
            self.net.n_classes,
            self.architecture.activities,
        )
        if self.architecture.errors == "analog":
            return analog_error_form(self.learner, self.settings, plan)
        return learner_form(self.learner, self.settings, plan)


def _laid_out(card: Card, architecture: Architecture) -> Card:
    """The card with the architecture's converters and tiling."""
    if card.law.kind == "Digital":
        rule = "its weights are numbers, and the architecture has crossbars"
        right = "choose a card of devices, such as 'ecram', or architecture 'sram'"
        raise InputError(message("card", card.name, rule, right))
    converters, arrays = architecture.converters, architecture.arrays
    asked = {"adc_bits": converters.adc_bits, "dac_bits": converters.dac_bits}
    changes = {
        f"periphery.{key}": bits
        for key, bits in asked.items()
        if bits not in (None, getattr(card.periphery, key))
    }
    tiling = Tiling(
        rows_max=arrays.rows, columns_max=arrays.columns, partial_sums=arrays.partial_sums
    )
    changed = card.replace(**changes) if changes else card
    return changed.model_copy(update={"tiling": tiling})
