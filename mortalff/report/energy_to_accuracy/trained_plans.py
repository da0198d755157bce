"""On which architectures the trainings of a group can be priced, and whether by their own counts."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mortalff.cards import Card, card_hash, load_card
from mortalff.energy.architectures import Architecture, Net, Plan
from mortalff.energy.architectures.laid_layer import LaidLayer
from mortalff.energy.array_forms import ReadScheme
from mortalff.errors import InputError, MortalffError
from mortalff.hardware.scheme import Scheme
from mortalff.report.trials import Setup
from mortalff.studies.registry import find_learner, find_scheme


@dataclass(frozen=True)
class TrainedPlan:
    """A learner as it was trained, on an architecture.

    Attributes:
        plan: both.
        counted: whether the architecture does what was simulated, so that the run's own counts are priced. Where it has
            other converters or tiles, smooths gradients, or sends errors back as voltages where numbers were
            simulated, closed forms count, and pulses are the run's.
        card_given: whether the card is a user's, which need not be the one that ran.
        batch: examples of an update.
        examples: of an epoch.
    """

    plan: Plan
    counted: bool
    batch: int
    examples: int
    card_given: bool = False

    @property
    def architecture(self) -> str:
        """Its name."""
        return self.plan.architecture.name

    @property
    def updates(self) -> int:
        """Updates of an epoch."""
        return math.ceil(self.examples / self.batch)

    def updates_of(self, epochs: float) -> int:
        """Updates done after so many epochs, the last of which may be in part."""
        return round(epochs * self.updates)


@dataclass(frozen=True)
class NotPriced:
    """Why the trainings of a group cannot be priced on any architecture."""

    reason: str


def trained_plans(
    setup: Setup, architectures: Iterable[Architecture], cards: Mapping[str, Card] | None = None
) -> tuple[TrainedPlan, ...] | NotPriced:
    """The architectures that do what trainings of one setup did, or would do it otherwise.

    Args:
        setup: what the trainings share.
        architectures: those to choose from.
        cards: users' cards by name, which stand in place of mortalff's, whether or not they are those that ran.
    """
    spec = json.loads(setup.spec)
    card = _card(spec, cards or {})
    if isinstance(card, NotPriced):
        return card
    try:
        kind = find_learner(setup.learner).kind
        settings = kind.settings_type.model_validate(spec["settings"])
        scheme = _scheme(spec["hardware"])
    except (MortalffError, ValueError):
        return NotPriced(f"learner {setup.learner!r}, or its scheme, is not here or not as it was")
    holder = "digital" if card.law.kind == "Digital" else "crossbar"
    found: list[TrainedPlan] = []
    refused: list[NotPriced] = []
    for one in architectures:
        if setup.learner not in one.learners or one.weights != holder:
            continue
        alike = one.activities == setup.activities and one.errors != "analog"
        voltages = one.errors == "analog" and setup.activities == "digital" and scheme is None
        if not (alike or voltages):
            continue
        plan = _plan(one, setup.learner, settings, card, spec["sizes"], scheme)
        if isinstance(plan, NotPriced):
            refused.append(plan)
        else:
            counted = alike and _as_simulated(plan, card)
            given = card.name in (cards or {})
            examples = int(spec["data"]["train"])
            found.append(TrainedPlan(plan, counted, int(settings.batch), examples, given))
    if refused and not found:
        return refused[0]
    if not found:
        kinds = f"{setup.activities} activities and {holder} weights"
        return NotPriced(f"no architecture is for {setup.learner!r} with {kinds}")
    return tuple(found)


def _card(spec: Mapping[str, object], cards: Mapping[str, Card]) -> Card | NotPriced:
    """The card that ran, its condition applied."""
    hardware, condition = spec["hardware"], spec["condition"]
    assert isinstance(hardware, dict)
    assert isinstance(condition, dict)
    if "card" not in hardware:
        return NotPriced("the hardware is no card's, and has no prices")
    if "stage" in hardware:
        return NotPriced("an unknown stage behind its arrays has no price")
    name = str(hardware["card"])
    try:
        card = cards[name] if name in cards else load_card(name)
        card = card.replace(**condition) if condition else card
    except MortalffError:
        return NotPriced(f"card {name!r} is not one of mortalff's: give its file")
    if name not in cards and card_hash(card) != spec["card_hash"]:
        right = "give the file of that one, or this one's to have it priced all the same"
        return NotPriced(f"card {name!r} is no longer the one that ran: {right}")
    return card


def _as_simulated(plan: Plan, card: Card) -> bool:
    """Whether the architecture's converters and tiles count what the card's did."""
    if plan.architecture.gradient.smoothed:
        return False
    if plan.architecture.weights == "digital":
        return True
    ran = ReadScheme.of(card)
    laid = tuple(LaidLayer.of(layer.array, ran) for layer in plan.form.network.layers)
    many = any(place.down * place.across > 1 for layer in laid for place in layer.places)
    joined = plan.card.tiling.partial_sums == card.tiling.partial_sums
    return laid == plan.layers and (joined or not many) and plan.card.periphery == card.periphery


def _scheme(hardware: Mapping[str, object]) -> Scheme | None:
    """How layers held their weights; None for one array each."""
    told = hardware.get("scheme")
    if not isinstance(told, dict):
        return None
    options = {key: value for key, value in told.items() if key != "name"}
    return find_scheme(str(told["name"])).model_validate(options)


def _plan(
    architecture: Architecture,
    learner: str,
    settings: object,
    card: Card,
    sizes: Iterable[object],
    scheme: object | None,
) -> Plan | NotPriced:
    """The plan whose layers are those that ran: with output units of its own, or without."""
    widths = [size for size in sizes if isinstance(size, int)]
    if len(widths) != len([*sizes]):
        return NotPriced("layers with local fields need the images' shape, which a store has not")
    n_in, *layers = widths
    for net in (Net(n_in, tuple(layers)), Net(n_in, tuple(layers[:-1]), layers[-1])):
        try:
            plan = Plan(architecture, learner, settings, card, net, scheme)
            if [shape.n_out for shape in plan.shapes] == layers:
                return plan
        except InputError as error:
            return NotPriced(str(error))
    return NotPriced(f"closed forms lay {learner!r} out in other layers than ran")
