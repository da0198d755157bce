"""What one run does, whole; its hash is the run's name."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from mortalff.networks.sizes import LayerSize, rough_weights

NUMERICS_VERSION: Final = 2
"""Raised whenever mortalff's own numbers change for the same specification."""

_ID_LENGTH = 16
_AIHWKIT_SLOWNESS = 4.0  # its tiles go sample by sample


class RunData(BaseModel):
    """The data of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    train: int
    test: int
    checksum: str


class Lesson(BaseModel):
    """The transfers of a run.

    Attributes:
        students: the students' chip numbers, one a teacher.
        methods: ways of transfer, each from new students.
        images: how many training images, the first ones, the students are taught with.
        epochs: the students' epochs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    students: tuple[int, ...] = ()
    methods: tuple[str, ...] = ()
    images: int = 0
    epochs: int = 0


NO_LESSON: Final = Lesson()
"""What a run without transfers has."""


class RunSpec(BaseModel):
    """One point of a study: all that decides its numbers, and nothing of where and how it is run.

    Attributes:
        kind: what is done.
        hardware: what the chips are made of: ``{"card": name}``, or an aihwkit preset with options.
        card_hash: of the card with its condition; of preset and options for aihwkit.
        condition: what was changed on the card.
        learner: the learner's name.
        provider: the distribution and version it is from; empty for mortalff's own.
        settings: all its settings.
        activities: ``digital`` or ``analog``.
        sizes: the layers from the input up: widths, and the fields of local layers.
        data: the images.
        epochs: epochs of training; of a transfer, of the teacher.
        evaluations_per_epoch: after how many equal parts of an epoch errors and counts are kept.
        seed: root seed.
        chips: the chips' numbers; of a transfer, the teachers'.
        lesson: what is transferred, and how.
        numerics: :data:`NUMERICS_VERSION`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["train", "transfer"]
    hardware: dict[str, JsonValue]
    card_hash: str
    condition: dict[str, JsonValue]
    learner: str
    provider: str
    settings: dict[str, JsonValue]
    activities: str
    sizes: tuple[LayerSize, ...]
    data: RunData
    epochs: int
    seed: int
    chips: tuple[int, ...]
    lesson: Lesson = NO_LESSON
    evaluations_per_epoch: int = 1
    numerics: int = NUMERICS_VERSION

    def canonical(self) -> str:
        """Canonical JSON: keys sorted, no white space, one way to write each number.

        One evaluation an epoch is left out, so that runs have the names they had when there was no other number.
        """
        told = self.model_dump(mode="json")
        if self.evaluations_per_epoch == 1:
            del told["evaluations_per_epoch"]
        return canonical_json(told)

    @property
    def run_id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:_ID_LENGTH]

    @property
    def effort(self) -> float:
        """A rough measure of how long the run takes, to weigh progress with."""
        images = self.epochs * self.data.train
        images += len(self.lesson.methods) * self.lesson.epochs * self.lesson.images
        slow = _AIHWKIT_SLOWNESS if "aihwkit" in self.hardware else 1.0
        return slow * len(self.chips) * images * rough_weights(self.sizes)


def canonical_json(value: JsonValue) -> str:
    """JSON in which equal values have equal text: ``1``, ``1.0`` and ``1e0`` are one number.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(_one_way(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _one_way(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _one_way(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_one_way(entry) for entry in value]
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    return value
