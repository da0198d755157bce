"""What every learner is: something that declares its needs, fits, predicts and can be saved."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from mortalff.actions import ActionCounts
from mortalff.data import Split
from mortalff.errors import InputError, message, nearest
from mortalff.hardware.saved_state import counts_from_tensor, counts_to_tensor
from mortalff.learners.buildable import Buildable
from mortalff.learners.checkpoint import load_checkpoint, save_checkpoint
from mortalff.learners.evaluation import Evaluations
from mortalff.learners.examples import check_split, class_targets
from mortalff.learners.history import EpochRecord, Evaluation, Means
from mortalff.learners.order import data_order
from mortalff.learners.progress import TrainingBar
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network

_CHUNK = 1000  # examples a forward pass when predicting


class Learner(Buildable, ABC):
    """Trains a network on hardware.

    Args:
        network: what to train.
        settings: how.

    Attributes:
        name: short name, as in study files.
        needs: capabilities of hardware it cannot do without.
        readouts: the ways it can predict, the usual one first.
        settings_type: the class of its settings.
        history: one record for every epoch trained.
        training_counts: what those epochs did on each chip; validation is left out.

    Raises:
        CapabilityError: the network's hardware lacks a need.
    """

    readouts: tuple[str, ...]

    def __init__(self, network: Network, settings: Settings) -> None:
        self.network = network
        self.settings = settings
        self.history: list[EpochRecord] = []
        self.training_counts = ActionCounts(network.chips, {})
        network.require(self.needs, f"learner {self.name!r}")

    @property
    @abstractmethod
    def needs(self) -> frozenset[str]:
        """What the hardware must offer, names of :data:`mortalff.hardware.base.CAPABILITIES`."""

    @abstractmethod
    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """One update from a batch.

        Args:
            images: (batch, n_in) in [0, 1].
            targets: class probabilities (1 or chips, batch, n_classes); one-hot for true labels.
            rate: learning rate.

        Returns:
            Measurements, each of shape (chips,).
        """

    @abstractmethod
    def scores(self, images: Tensor, readout: str) -> Tensor:
        """How much each class is favoured, (chips, batch, n_classes)."""

    @abstractmethod
    def own_state(self) -> dict[str, Tensor]:
        """The learner's state beside the network's; a copy."""

    @abstractmethod
    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state of the learner's own."""

    def start_epoch(self, train: Split, epoch: int, epochs: int) -> None:
        """Called before each epoch's updates; what it does counts as training.

        Args:
            train: all examples.
            epoch: which epoch starts, from 0.
            epochs: how many there are to be in all.
        """

    def finish_epoch(self, last: bool) -> None:
        """Called after each epoch's updates, before anything is measured; what it does counts as training.

        Args:
            last: whether :meth:`fit` ends with this epoch.
        """

    def readout_state(self) -> dict[str, Tensor]:
        """Weights of the digital read-out beside the hardware, chips in front; a copy.

        Empty for a learner that has none.
        """
        return {}

    def load_readout_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over another learner's read-out, as :meth:`readout_state` gave it.

        Raises:
            InputError: its names or shapes are not those of this learner's read-out.
        """
        given = {name: tuple(tensor.shape) for name, tensor in state.items()}
        own = {name: tuple(tensor.shape) for name, tensor in self.readout_state().items()}
        if given != own:
            raise InputError(
                message(
                    f"read-out for learner {self.name!r}",
                    given,
                    f"its own read-out is {own or 'none'}",
                    "take it from a learner of the same kind, widths, classes and chips",
                )
            )

    def fit(
        self,
        train: Split,
        epochs: int,
        *,
        targets: Tensor | None = None,
        validation: Split | None = None,
        evaluations_per_epoch: int = 1,
        checkpoint: Path | None = None,
        progress: bool = True,
        on_epoch: Callable[[EpochRecord], None] | None = None,
    ) -> list[EpochRecord]:
        """Train to a number of epochs in all.

        Args:
            train: examples.
            epochs: where to stop, counted from the first ever; a learner that resumes does the rest.
            targets: class probabilities (n, n_classes) or (chips, n, n_classes) to learn in place of the labels, as a
                teacher gives them.
            validation: examples to measure the error on after each epoch.
            evaluations_per_epoch: the error is measured, and noted what had been counted, after each of so many equal
                parts of an epoch. What an evaluation before an epoch's end changes is undone, counts and places in
                random streams included, so that training is the same however many there are (on aihwkit's tiles up to
                their noise, which cannot be repeated).
            checkpoint: a folder written after each epoch and, where it exists already, resumed from.
            progress: show a bar on a terminal.
            on_epoch: called with each epoch's record.

        Returns:
            The history.

        Raises:
            InputError: images of the wrong width, labels out of range, no examples; more evaluations than updates.
            CapabilityError: the state of hardware that changes cannot be had, to save it or to undo an evaluation.
        """
        check_split(train, self.network)
        updates = math.ceil(len(train) / self.settings.batch)
        evaluations = Evaluations.spread(validation, evaluations_per_epoch, updates)
        if epochs < 0:
            raise InputError(message("epochs", epochs, "epochs are counted", "give 0 or more"))
        if checkpoint is not None and checkpoint.exists():
            self.load(checkpoint)
        soft = class_targets(train, targets, self.network)
        with TrainingBar(self.name, epochs, len(self.history), progress) as bar:
            for epoch in range(len(self.history), epochs):
                record = self._epoch(train, soft, epoch, epochs, evaluations, bar)
                self.history.append(record)
                if checkpoint is not None:
                    self.save(checkpoint)
                if on_epoch is not None:
                    on_epoch(record)
        return self.history

    def predict(self, images: Tensor, readout: str | None = None) -> Tensor:
        """The class each chip takes each image for, (chips, batch), int64.

        Args:
            images: (batch, n_in) in [0, 1].
            readout: one of :attr:`readouts`, the first by default.

        Raises:
            InputError: there is no such read-out.
        """
        return self._chunked(images, readout).argmax(-1)

    def error(self, split: Split, readout: str | None = None) -> Tensor:
        """Share of examples each chip gets wrong, (chips,), float64, in [0, 1]."""
        check_split(split, self.network)
        wrong = self.predict(split.images, readout) != split.labels.to(self.network.device)
        return wrong.to(torch.float64).mean(1)

    def score(self, split: Split, readout: str | None = None) -> Tensor:
        """Share of examples each chip gets right, (chips,), float64."""
        return 1.0 - self.error(split, readout)

    def save(self, folder: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        parts = {
            "network": self.network.state_dict(),
            "learner": self.own_state(),
            "training": {"counts": counts_to_tensor(self.training_counts)},
        }
        save_checkpoint(folder, parts, self._description(), self.history)

    def load(self, folder: Path) -> None:
        """Resume from a checkpoint, bit for bit.

        Raises:
            InputError: it is of another learner, network or settings, or is damaged.
        """
        parts, history = load_checkpoint(folder, self._description())
        self.network.load_state_dict(parts["network"])
        self.load_own_state(parts.get("learner", {}))
        self.training_counts = counts_from_tensor(parts["training"]["counts"])
        self.history = history

    def _description(self) -> dict[str, object]:
        return {
            "learner": self.name,
            "settings": self.settings.model_dump(mode="json"),
            "network": [hardware.describe() for hardware in self.network.hardware],
            "gains": [layer.gain for layer in self.network.layers],
            "classes": self.network.n_classes,
            "activities": self.network.activities.name,
            "seeds": [self.network.seeds.root, dict(self.network.seeds.held)],
        }

    def _epoch(
        self,
        train: Split,
        targets: Tensor,
        epoch: int,
        epochs: int,
        evaluations: Evaluations,
        bar: TrainingBar,
    ) -> EpochRecord:
        order = data_order(self.network.seeds, epoch, len(train))
        device = self.network.device
        means = Means()
        within: list[Evaluation] = []
        before = self.network.counts
        self.start_epoch(train, epoch, epochs)
        batches = torch.split(order, self.settings.batch)
        for number, index in enumerate(batches):
            rate = self.settings.rate(epoch, epochs, number / len(batches))
            measured = self.step(train.images[index].to(device), targets[:, index].to(device), rate)
            means.add(measured)
            bar.batch(epoch, number + 1, len(batches), measured, self.network)
            if number + 1 in evaluations.within:
                done = epoch + (number + 1) / len(batches)
                within.append(self._evaluation(done, evaluations.split, before))
        self.finish_epoch(last=epoch + 1 == epochs)
        found = means.lists()
        self.training_counts = self.training_counts + (self.network.counts - before)
        diverged = self.network.diverged
        if bool(diverged.any()):
            found["diverged"] = diverged.to(torch.float64).tolist()
        found |= self._evaluate(evaluations.split)
        record = EpochRecord(epoch + 1, found, _happened(self.training_counts), tuple(within))
        bar.epoch(record)
        return record

    def _evaluation(self, epoch: float, split: Split | None, before: ActionCounts) -> Evaluation:
        """Evaluate within an epoch that started at some counts, and undo what that changed."""
        counts = self.training_counts + (self.network.counts - before)
        network, own = self.network.state_dict(), self.own_state()
        found = self._evaluate(split)
        self.network.load_state_dict(network)
        self.load_own_state(own)
        return Evaluation(epoch, found, _happened(counts))

    def _evaluate(self, split: Split | None) -> dict[str, list[float]]:
        """Pulses so far, and the error by each read-out."""
        found = {"device_pulses": self.network.counts["device_pulse"].tolist()}
        if split is not None:
            for readout in self.readouts:
                found[f"error_{readout}"] = self.error(split, readout).tolist()
        return found

    def _chunked(self, images: Tensor, readout: str | None) -> Tensor:
        chosen = self.readouts[0] if readout is None else readout
        if chosen not in self.readouts:
            rule = f"learner {self.name!r} has no such read-out"
            raise InputError(message("readout", chosen, rule, nearest(chosen, self.readouts)))
        parts = [
            self.scores(chunk.to(self.network.device), chosen)
            for chunk in torch.split(images, _CHUNK)
        ]
        return torch.cat(parts, dim=1)


def _happened(counts: ActionCounts) -> dict[str, list[float]]:
    """Actions that happened on some chip."""
    return {action: values.tolist() for action, values in counts.items() if values.any()}
