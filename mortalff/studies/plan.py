"""From a study file to the runs it asks for, all of it checked before anything runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar

from mortalff.errors import SpecError, message, nearest
from mortalff.hardware.torch_device import checked_device
from mortalff.learners.from_card import Task
from mortalff.networks.sizes import Hidden
from mortalff.studies.chips import ChipSource
from mortalff.studies.choices import Choices
from mortalff.studies.chosen import ChosenData, ChosenLearner
from mortalff.studies.parts import LearnerChoice
from mortalff.studies.run_spec import NO_LESSON, Lesson, RunSpec
from mortalff.studies.spec import (
    Block,
    Common,
    Condition,
    Study,
    TransferBlock,
    common,
    numbered_pairs,
)
from mortalff.studies.study_file import StudyFile
from mortalff.studies.yaml_file import Path as Keys
from mortalff.transfer import METHODS

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class PlannedRun:
    """A run, and what it takes to do it.

    Attributes:
        run_id: the run's name.
        spec: what it does.
        block: the block or transfer that asks for it.
        source: what its chips are made of.
        hidden: the hidden layers of its network, from the input up.
        skipped: why it cannot be done here; empty where it can.
        from_card: whether the learner's rule set from the card what the study file left to it.
    """

    run_id: str
    spec: RunSpec
    block: str
    source: ChipSource
    hidden: Hidden
    skipped: str = ""
    from_card: bool = False


@dataclass(frozen=True)
class Plan:
    """What a study asks for.

    Attributes:
        study: the study.
        text: the study file, as it was written.
        runs: its runs, in the file's order; one that two blocks ask for is there for each.
    """

    study: Study
    text: str
    runs: tuple[PlannedRun, ...]

    def distinct(self) -> list[PlannedRun]:
        """Each run once."""
        return list({run.run_id: run for run in reversed(self.runs)}.values())[::-1]


def make_plan(file: StudyFile, directory: str | Path | None = None, device: str = "cpu") -> Plan:
    """Look everything up that a study names, and list its runs.

    Args:
        file: the study file.
        directory: the folder with data sets, as :func:`mortalff.data.load` takes it.
        device: torch device that simulates chips of cards, such as ``cuda``.

    Raises:
        InputError: there is no such device.
        SpecError: something named does not exist, a setting is wrong, a learner needs what hardware
            lacks; all that is wrong is told, each with file, line and key.
        DataError: the files of a data set are missing or damaged.
    """
    maker = _Maker(Choices(file, directory, str(checked_device(device))), file)
    runs = [
        run
        for index, block in enumerate(file.study.blocks)
        for run in maker.training(block, ("blocks", index))
    ]
    runs += [
        run
        for index, transfer in enumerate(file.study.transfers)
        for run in maker.transfers(transfer, ("transfers", index))
    ]
    if maker.problems:
        raise SpecError("\n".join(maker.problems))
    return Plan(file.study, file.text, tuple({(r.run_id, r.block): r for r in runs}.values()))


@dataclass(frozen=True)
class _Point:
    """One combination of a block, looked up."""

    data: ChosenData
    learner: ChosenLearner
    source: ChipSource
    condition: Condition
    seed: int
    skipped: str

    @property
    def updates(self) -> int:
        """Updates of an epoch."""
        return math.ceil(self.data.data.train / self.learner.settings.batch)

    def run(
        self,
        block: str,
        kind: Literal["train", "transfer"],
        shared: Common,
        chips: tuple[int, ...],
        lesson: Lesson = NO_LESSON,
        evaluations_per_epoch: int = 1,
    ) -> PlannedRun:
        """The run that this combination is."""
        spec = RunSpec(
            kind=kind,
            hardware=self.source.identity(),
            card_hash=self.source.digest(),
            condition=self.condition,
            learner=self.learner.name,
            provider=self.learner.provider,
            settings=self.learner.told,
            activities=shared.activities,
            sizes=self.learner.sizes(self.data, shared.hidden),
            data=self.data.data,
            epochs=shared.epochs,
            seed=self.seed,
            chips=chips,
            lesson=lesson,
            evaluations_per_epoch=evaluations_per_epoch,
        )
        ruled = self.learner.from_card
        return PlannedRun(spec.run_id, spec, block, self.source, shared.hidden, self.skipped, ruled)


class _Maker:
    """Turns blocks into runs, and collects what is wrong, so that all of it can be told at once."""

    def __init__(self, choices: Choices, file: StudyFile) -> None:
        self._choices = choices
        self._file = file
        self._problems: dict[str, None] = {}

    @property
    def problems(self) -> list[str]:
        """What is wrong, each thing once."""
        return list(self._problems)

    def training(self, block: Block, at: Keys) -> Iterator[PlannedRun]:
        """The runs of a block."""
        learners = {(*at, "learners", i): choice for i, choice in enumerate(block.learners)}
        shared = common(self._file.study, block)
        chips = block.chips or self._file.study.chips
        evaluations = block.evaluations_per_epoch or self._file.study.evaluations_per_epoch
        given_at: Keys = ("evaluations_per_epoch",)
        if block.evaluations_per_epoch is not None:
            given_at = (*at, *given_at)
        for point in self._points(block, shared, learners, {}, at):
            self._tried(self._choices.evaluations, evaluations, point.updates, given_at)
            yield point.run(block.name, "train", shared, chips, evaluations_per_epoch=evaluations)

    def transfers(self, block: TransferBlock, at: Keys) -> Iterator[PlannedRun]:
        """The runs of transfers."""
        shared = common(self._file.study, block)
        pairs = block.chips or numbered_pairs(len(self._file.study.chips))
        methods = {(*at, "methods", i): name for i, name in enumerate(block.methods)}
        for place, name in methods.items():
            if name not in METHODS:
                rule = "there is no such way of transfer"
                where = self._file.yaml.where(place)
                self._problems[message(where, name, rule, nearest(name, METHODS))] = None
        known = {place: name for place, name in methods.items() if name in METHODS}
        learners = {(*at, "learner"): block.learner}
        for point in self._points(block, shared, learners, known, at):
            images = block.transfer_images or point.data.data.train
            if images > point.data.data.train:
                rule = f"they are taken from {point.data.data.train} training images"
                where = self._file.yaml.where((*at, "transfer_images"))
                self._problems[message(where, images, rule, "write as many or fewer")] = None
            lesson = Lesson(
                students=tuple(student for _, student in pairs),
                methods=block.methods,
                images=images,
                epochs=block.transfer_epochs or shared.epochs,
            )
            teachers = tuple(teacher for teacher, _ in pairs)
            yield point.run(block.name, "transfer", shared, teachers, lesson)

    def _points(
        self,
        block: Block | TransferBlock,
        shared: Common,
        learners: Mapping[Keys, LearnerChoice],
        methods: Mapping[Keys, str],
        at: Keys,
    ) -> Iterator[_Point]:
        """Hardware x learners x conditions x seeds, as far as they can be had."""
        choices, conditions = self._choices, list(enumerate(block.conditions))
        data_at: Keys = ("data",) if block.data is None else (*at, "data")
        data = self._tried(choices.data, shared.data, data_at)
        found = {key: self._tried(choices.learner, each, key) for key, each in learners.items()}
        for index, hardware in enumerate(block.hardware):
            place = (*at, "hardware", index)
            sources = [
                self._tried(choices.chips, hardware, change, place, (*at, "conditions", i))
                for i, change in conditions
            ]
            for key, learner in found.items():
                for (_, change), source in zip(conditions, sources, strict=True):
                    if data is None or learner is None or source is None:
                        continue
                    task = _task(data, shared)
                    chosen = self._tried(choices.from_card, learner, source, task, key)
                    if chosen is None:
                        continue
                    skipped = "" if hardware.aihwkit is None else choices.without_aihwkit
                    if not skipped:
                        net = (data, shared.activities, shared.hidden)
                        self._tried(choices.check, *chosen, net, key, methods)
                    for seed in shared.seeds:
                        yield _Point(data, *chosen, change, seed, skipped)

    def _tried(self, look_up: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What is looked up; None where that fails, with the problem kept."""
        try:
            return look_up(*args, **kwargs)
        except SpecError as error:
            self._problems.update(dict.fromkeys(str(error).splitlines()))
            return None


def _task(data: ChosenData, shared: Common) -> Task:
    return Task(
        data.image_shape,
        data.n_classes,
        shared.hidden,
        data.data.train,
        shared.epochs,
        shared.activities,
    )
