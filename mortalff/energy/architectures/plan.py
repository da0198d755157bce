"""A learner on an architecture: the closed forms that count for it, and how its layers lie on arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from string import ascii_lowercase

from mortalff.cards import Card, Tiling, load_card
from mortalff.energy.architectures.laid_layer import LaidLayer
from mortalff.energy.architectures.net import Net
from mortalff.energy.architectures.schema import Architecture
from mortalff.energy.array_forms import LayerShape, ReadScheme
from mortalff.energy.forms import Form, NetworkPlan, analog_error_form, learner_form
from mortalff.energy.forms.in_turn import in_turn
from mortalff.energy.forms.widths import SIMULATED, Widths
from mortalff.errors import InputError, message, nearest


@dataclass(frozen=True)
class Plan:
    """What counts for one learner on one architecture.

    Attributes:
        architecture: the hardware.
        learner: the learner's name.
        settings: an object of its settings class.
        device: the card of the arrays' devices; not looked at where weights are digital.
        net: the network.
        scheme: how layers hold their weights, such as :class:`mortalff.hardware.TwoArrays`; None for one array each.
            Not looked at where weights are digital.
    """

    architecture: Architecture
    learner: str
    settings: object
    device: Card
    net: Net
    scheme: object | None = None

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
        return laid_out(self.device, self.architecture)

    @cached_property
    def form(self) -> Form:
        """The closed form of its counts."""
        return self._form(self.card)

    @cached_property
    def stored(self) -> Form:
        """The same with numbers in memory as wide as the architecture's, and not as simulation counts them."""
        return self._form(self.card, self.widths)

    @property
    def widths(self) -> Widths:
        """Of numbers in digital memory. Beside crossbars errors are as simulated, and activities the converters'."""
        digital = self.architecture.digital
        if self.architecture.weights == "digital":
            bits = int(digital.number.lstrip(ascii_lowercase))
            return Widths(digital.word_bytes, bits, bits)
        return Widths(digital.word_bytes, round(8 * digital.word_bytes))

    @cached_property
    def untiled(self) -> Form:
        """The same with all of a layer in arrays as large as it takes."""
        return self._form(self.card.model_copy(update={"tiling": Tiling()}))

    @cached_property
    def in_turn(self) -> Form:
        """The same with a single array a layer: its reads and updates follow one another."""
        return in_turn(self.untiled)

    @cached_property
    def layers(self) -> tuple[LaidLayer, ...]:
        """How each layer lies on arrays; each of its arrays on one where weights are digital."""
        scheme = ReadScheme.of(self.card)
        return tuple(LaidLayer.of(layer.array, scheme) for layer in self.form.network.layers)

    @property
    def shapes(self) -> tuple[LayerShape, ...]:
        """Lines of each layer, the bias among its inputs."""
        return tuple(layer.shape for layer in self.layers)

    @property
    def weights(self) -> int:
        """Weights that are learned, each counted once however many devices hold it."""
        return sum(layer.weights for layer in self.layers)

    def on(self, architecture: Architecture) -> Plan:
        """The same on another architecture."""
        return replace(self, architecture=architecture)

    def _form(self, card: Card, widths: Widths = SIMULATED) -> Form:
        plan = NetworkPlan(
            card,
            self.net.image_shape,
            self.net.hidden,
            self.net.n_classes,
            self.architecture.activities,
            None if self.architecture.weights == "digital" else self.scheme,
            widths=widths,
        )
        if self.architecture.errors == "analog":
            return analog_error_form(self.learner, self.settings, plan)
        return learner_form(self.learner, self.settings, plan)


def laid_out(card: Card, architecture: Architecture) -> Card:
    """The card with the architecture's converters and tiling; ``ideal`` where weights are digital.

    Args:
        card: of the arrays' devices.
        architecture: the hardware.

    Raises:
        InputError: the card's weights are numbers, and the architecture has crossbars.
        CardError: the card cannot be changed as the architecture asks.
    """
    if architecture.weights == "digital":
        return load_card("ideal")
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
