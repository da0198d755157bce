"""What the names in a study file stand for: data, learners, chips; each looked up and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from mortalff.cards import Card, load_card
from mortalff.cards.load import as_path
from mortalff.data.named import check_name, load
from mortalff.doctor import check_aihwkit
from mortalff.errors import (
    CapabilityError,
    CardError,
    DataError,
    InputError,
    MortalffError,
    SpecError,
    message,
)
from mortalff.hardware.aihwkit_library import preset
from mortalff.hardware.scheme import Scheme
from mortalff.learners.evaluation import check_per_epoch
from mortalff.learners.from_card import Task
from mortalff.networks.network import Network
from mortalff.networks.shapes import image_shape_of
from mortalff.networks.sizes import Hidden, narrowest
from mortalff.studies.chips import AihwkitChips, Around, CardChips, ChipSource
from mortalff.studies.chosen import ChosenData, ChosenLearner
from mortalff.studies.parts import DataChoice, HardwareChoice, LearnerChoice, SchemeChoice
from mortalff.studies.problems import check_each, checked
from mortalff.studies.registry import find_learner, find_scheme
from mortalff.studies.run_spec import RunData
from mortalff.studies.spec import Condition
from mortalff.studies.study_file import StudyFile
from mortalff.studies.yaml_file import Path as Keys
from mortalff.transfer import METHODS


class Choices:
    """Looks up what a study file names.

    Args:
        file: the study file, for where things stand in it.
        directory: the folder with data sets, as :func:`mortalff.data.load` takes it.
        device: torch device that simulates chips of cards; aihwkit's tiles stay on the CPU.
    """

    def __init__(
        self, file: StudyFile, directory: str | Path | None = None, device: str = "cpu"
    ) -> None:
        self._file = file
        self._directory = directory
        self._device = device
        self._data: dict[DataChoice, ChosenData] = {}

    def data(self, choice: DataChoice, at: Keys) -> ChosenData:
        """Load a data set.

        Raises:
            SpecError: there is no such data set, or not as many images.
            DataError: its files are missing or damaged.
        """
        if choice in self._data:
            return self._data[choice]
        try:
            check_name(choice.name)
        except DataError as error:
            raise self._at((*at, "name"), error) from error
        whole = load(choice.name, self._directory)
        for part, split in (("train", whole.train), ("test", whole.test)):
            wanted = getattr(choice, part)
            if wanted is not None and wanted > len(split):
                rule = f"data set {whole.name!r} has {len(split)} images in this split"
                where = self._file.yaml.where((*at, part))
                raise SpecError(message(where, wanted, rule, f"write {len(split)} or less"))
        used = whole.take(train=choice.train, test=choice.test)
        data = RunData(
            name=used.name, train=len(used.train), test=len(used.test), checksum=used.checksum
        )
        self._data[choice] = ChosenData(
            data, image_shape_of(used.image_shape, used.n_features), used.n_classes
        )
        return self._data[choice]

    def learner(self, choice: LearnerChoice, at: Keys) -> ChosenLearner:
        """Find a learner and check its settings; where a rule is to set the others, each by itself.

        Raises:
            SpecError: there is no such learner, or a setting is unknown or out of range.
        """
        try:
            found = find_learner(choice.name)
        except SpecError as error:
            raise self._at((*at, "name"), error) from error
        asked = (found.kind.settings_type, choice.settings, self._file.yaml, (*at, "settings"))
        if choice.from_card:
            check_each(*asked)
            unset = found.kind.settings_type.model_construct()
            return ChosenLearner(choice.name, found.kind, found.provider, unset, choice.settings)
        return ChosenLearner(choice.name, found.kind, found.provider, checked(*asked))

    def from_card(
        self, learner: ChosenLearner, source: ChipSource, task: Task, at: Keys
    ) -> tuple[ChosenLearner, ChipSource]:
        """Let a learner's rule set what the study file leaves to it.

        Args:
            learner: the learner.
            source: what the chips are made of.
            task: what is to be learned.
            at: where the learner stands in the file.

        Raises:
            SpecError: it cannot.
        """
        try:
            return learner.set_from_card(source, task)
        except InputError as error:
            raise self._at((*at, "from_card"), error) from error

    def evaluations(self, per_epoch: int, updates: int, at: Keys) -> None:
        """Check that an epoch has so many parts to evaluate after.

        Raises:
            SpecError: it has fewer updates.
        """
        try:
            check_per_epoch(self._file.yaml.where(at), per_epoch, updates)
        except InputError as error:
            raise SpecError(str(error)) from error

    def chips(
        self, choice: HardwareChoice, condition: Condition, at: Keys, condition_at: Keys
    ) -> ChipSource:
        """What chips are to be made of.

        Raises:
            SpecError: there is no such card, preset or scheme, a card breaks a rule, or the condition
                changes what cannot be changed or to what is not allowed.
        """
        around = Around(choice.stage, self._scheme(choice.scheme, (*at, "scheme")))
        if choice.aihwkit is not None:
            tiles = self._preset(choice, choice.aihwkit, condition, at, condition_at)
            return replace(tiles, around=around)
        card = self._card(choice.card or "", (*at, "card"))
        if card.law.kind == "Digital" and choice.pulse_mode != "auto":
            where = self._file.yaml.where((*at, "pulse_mode"))
            rule = f"card {card.name!r} has digital weights, without pulses"
            raise SpecError(message(where, choice.pulse_mode, rule, "leave it out"))
        try:
            around = replace(around, device=self._device)
            return CardChips(card.replace(**condition), choice.pulse_mode, around=around)
        except CardError as error:
            named = [key for key in condition if key in str(error)]
            raise self._at((*condition_at, *named[:1]), error) from error

    @cached_property
    def without_aihwkit(self) -> str:
        """Why aihwkit does not work here; empty where it does."""
        # In a process of its own: a broken aihwkit can take its process with it.
        check = check_aihwkit()
        return "" if check.status == "ok" else f"aihwkit: {check.detail}; {check.hint}"

    def check(
        self,
        learner: ChosenLearner,
        source: ChipSource,
        net: tuple[ChosenData, str, Hidden],
        at: Keys,
        methods: Mapping[Keys, str],
    ) -> None:
        """Build the smallest network and see whether the learner can be had on it.

        Args:
            learner: the learner.
            source: what the chips are made of.
            net: the images; ``digital`` or ``analog`` activities; the hidden layers.
            at: where the learner stands in the file.
            methods: ways of transfer, by where they stand.

        Raises:
            SpecError: it cannot.
        """
        data, activities, hidden = net
        on = f"on hardware {source.name!r}: "
        network: Network | None = None
        try:
            arrays = source.arrays((0,), 0, activities)
            network = learner.kind.build(
                arrays, data.image_shape, narrowest(hidden), data.n_classes, learner.settings
            )
            needs = learner.kind(network, learner.settings).needs
        except (CapabilityError, InputError) as error:
            raise self._at(at, _of_all_arrays(error, network), on) from error
        for place, name in methods.items():
            method = METHODS[name]
            wanted = method.needs_teacher | method.needs_student
            wanted |= needs if method.trains else frozenset()
            try:
                network.require(wanted, f"transfer {name!r}")
            except CapabilityError as error:
                raise self._at(place, _of_all_arrays(error, network), on) from error

    def _preset(
        self, choice: HardwareChoice, name: str, condition: Condition, at: Keys, condition_at: Keys
    ) -> AihwkitChips:
        if condition:
            rule = "a condition changes a card, and an aihwkit preset is none"
            right = "put the preset into a block without conditions"
            raise SpecError(message(self._file.yaml.where(condition_at), condition, rule, right))
        prices = None
        if choice.priced_as is not None:
            prices = self._card(choice.priced_as, (*at, "priced_as"))
        if not self.without_aihwkit:
            try:
                preset(name)
            except InputError as error:
                raise self._at((*at, "aihwkit"), error) from error
        return AihwkitChips(name, choice.w_init_std, prices)

    def _scheme(self, choice: SchemeChoice | None, at: Keys) -> Scheme | None:
        if choice is None:
            return None
        try:
            kind = find_scheme(choice.name)
        except SpecError as error:
            raise self._at((*at, "name"), error) from error
        return checked(kind, choice.settings, self._file.yaml, (*at, "settings"))

    def _card(self, name: str, at: Keys) -> Card:
        path = as_path(name)
        try:
            # A relative path starts where the study file is.
            return load_card(name if path is None else self._file.path.parent / path)
        except CardError as error:
            raise self._at(at, error) from error

    def _at(self, at: Keys, error: MortalffError, before: str = "") -> SpecError:
        """The error, told with where in the study file it comes from."""
        while at and at not in self._file.yaml.lines:
            at = at[:-1]  # a name alone stands for a mapping whose keys are not written
        return SpecError(f"{self._file.yaml.where(at)}: {before}{error}")


def _of_all_arrays(error: MortalffError, network: Network | None) -> MortalffError:
    """The error without the array it names: that is of a network built for the check alone."""
    text = str(error)
    for hardware in [] if network is None else network.hardware:
        text = text.replace(f" on {hardware.describe()}", "")
    return type(error)(text)
