"""What every learner's closed form is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from mortalff.energy.array_forms import LayerShape, whole
from mortalff.energy.forms.counts import Counts
from mortalff.energy.forms.lay_out import LayerMaker, network_of
from mortalff.energy.forms.ledger import Ledger
from mortalff.energy.forms.network import LayerForm
from mortalff.energy.forms.plan import NetworkPlan
from mortalff.energy.forms.told import Told, UpdateTold, told_of
from mortalff.errors import InputError, message, nearest


class When(NamedTuple):
    """At what time of a training an update is made; all numbers are from 0.

    Attributes:
        epoch: which epoch.
        epochs: how many there are to be.
        number: which update of the epoch.
        before: updates in all epochs before this one.
    """

    epoch: int
    epochs: int
    number: int
    before: int


class Form(ABC):
    """How often each action happens while one learner trains, or uses, one network.

    Counts are those of one chip; on none does a count differ. They equal what a run counts, exactly, but for what
    depends on values: ``line_pulse`` and ``device_pulse``, for whose expectations see
    :mod:`mortalff.energy.pulse_trains`, ``device_reset``, vectors that are read again where output ranging is
    iterative, and what verified programming takes.

    Args:
        settings: an object of the learner's settings class.
        plan: what the network is to be made of; its hidden layers, if the learner adds others.

    Attributes:
        learner: the learner's name.
        told_type: what counts depend on of its settings.
        network: the network it trains.
        told: what it was told.

    Raises:
        InputError: other settings, a network that cannot be, analog activities where the learner needs numbers.
    """

    learner: ClassVar[str]
    told_type: ClassVar[type[Told]] = Told
    needs_numbers: ClassVar[bool] = True
    told: Told

    def __init__(self, settings: object, plan: NetworkPlan) -> None:
        self.told = told_of(self.told_type, settings, f"learner {self.learner!r}")
        if self.needs_numbers and plan.activities != "digital":
            rule = f"learner {self.learner!r} works on activities as numbers"
            raise InputError(message("activities", plan.activities, rule, "choose 'digital'"))
        kept = self.told if isinstance(self.told, UpdateTold) and self.updates_arrays() else None
        maker = LayerMaker(
            plan,
            smoothed=kept is not None and kept.smoothing > 0.0,
            decayed=kept is not None and kept.weight_decay > 0.0,
        )
        self.network = network_of(plan, self.layers(maker, plan))

    def layers(self, maker: LayerMaker, plan: NetworkPlan) -> tuple[LayerForm, ...]:
        """The layers of the network it trains; by default just the hidden ones."""
        return maker.stacked(plan.hidden)

    def updates_arrays(self) -> bool:
        """Whether smoothing and decay are the arrays'; not so where weights are learned elsewhere."""
        return True

    @property
    def readouts(self) -> tuple[str, ...]:
        """The ways it can predict, the usual one first."""
        return ("softmax",)

    @property
    def kinds(self) -> Mapping[int, int]:
        """Kinds of updates, and how many of each there are in a round of its routine."""
        return {0: 1}

    def kind(self, when: When) -> int:
        """Which kind of update it makes at a time."""
        del when
        return 0

    @abstractmethod
    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """Write one update of a kind down."""

    @abstractmethod
    def scores(self, ledger: Ledger, vectors: int, readout: str) -> None:
        """Write down what classifying a batch of vectors takes."""

    def start_epoch(self, ledger: Ledger, examples: int) -> None:  # noqa: B027 - nothing, unless there is
        """Write down what comes before each epoch's updates."""

    def finish_epoch(self, ledger: Ledger, last: bool) -> None:  # noqa: B027 - nothing, unless there is
        """Write down what comes after each epoch's updates."""

    def update_counts(self, batch: int | None = None) -> Counts:
        """One update, the mean over a round of the learner's routine, within an epoch.

        Args:
            batch: examples of it; the settings' by default.
        """
        ledger = self._round(batch)
        return ledger.mean(sum(self.kinds.values()))

    @property
    def other_arrays(self) -> tuple[LayerShape, ...]:
        """Arrays beside the layers' own, each read once a vector of an update: by default none."""
        return ()

    def pulsings(self) -> tuple[float, ...]:
        """How often each layer is pulsed by a batch of outer products in one update, the mean over a round."""
        updates, parts = self._round(None).updates, sum(self.kinds.values())
        return tuple(times / parts for times in updates)

    def inference_counts(self, vectors: int = 1, readout: str | None = None) -> Counts:
        """Classifying a batch of vectors, all at once.

        Args:
            vectors: how many.
            readout: one of :attr:`readouts`, the first by default.

        Raises:
            InputError: there is no such read-out.
        """
        chosen = self.readouts[0] if readout is None else readout
        if chosen not in self.readouts:
            rule = f"learner {self.learner!r} has no such read-out"
            raise InputError(message("readout", chosen, rule, nearest(chosen, self.readouts)))
        ledger = Ledger(self.network)
        self.scores(ledger, whole("vectors", vectors, 1), chosen)
        return ledger.counts()

    def training_counts(self, examples: int, epochs: int) -> Counts:
        """A whole training on new arrays, as :meth:`mortalff.learners.Learner.fit` has it; nothing is validated.

        Args:
            examples: training images, each seen once an epoch, in batches of the settings'.
            epochs: times through them.
        """
        whole("examples", examples, 1)
        ledger = Ledger(self.network)
        full, rest = divmod(examples, self.told.batch)
        sizes = [self.told.batch] * full + [rest] * (rest > 0)
        made: Counter[tuple[int, int]] = Counter()
        for epoch in range(whole("epochs", epochs, 0)):
            self.start_epoch(ledger, examples)
            for number, size in enumerate(sizes):
                when = When(epoch, epochs, number, epoch * len(sizes))
                made[size, self.kind(when)] += 1
            self.finish_epoch(ledger, last=epoch + 1 == epochs)
        for (size, kind), times in made.items():
            ledger.include(self._update(size, kind), times)
        return ledger.counts()

    def _round(self, batch: int | None) -> Ledger:
        """A round of its routine, each update of so many examples."""
        size = whole("batch", self.told.batch if batch is None else batch, 1)
        ledger = Ledger(self.network)
        for kind, number in self.kinds.items():
            ledger.include(self._update(size, kind), number)
        return ledger

    def _update(self, batch: int, kind: int) -> Ledger:
        ledger = Ledger(self.network)
        self.update(ledger, batch, kind)
        return ledger
