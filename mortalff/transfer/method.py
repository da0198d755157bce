"""What every way of transfer is: a name, what it needs of both chips, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from mortalff.actions import ActionCounts
from mortalff.data import Split
from mortalff.hardware.base import PRIVILEGED
from mortalff.learners.base import Learner
from mortalff.learners.history import EpochRecord


@dataclass(frozen=True)
class Lesson:
    """What a transfer is given beside teacher and student.

    Attributes:
        images: the transfer images, with labels.
        epochs: epochs to train the student, beyond those it has.
        temperature: T of the teacher's probabilities softmax(logits / T).
        checkpoint: a folder that the student's training is saved to and resumed from.
        progress: show a bar on a terminal.
    """

    images: Split
    epochs: int
    temperature: float = 1.0
    checkpoint: Path | None = None
    progress: bool = True

    def train(self, student: Learner, targets: Tensor | None = None) -> None:
        """Train the student on the images.

        Args:
            student: what learns.
            targets: class probabilities (chips, n, n_classes); the labels by default.
        """
        student.fit(
            self.images,
            len(student.history) + self.epochs,
            targets=targets,
            checkpoint=self.checkpoint,
            progress=self.progress,
        )


@dataclass(frozen=True)
class Method:
    """A way of transfer.

    Attributes:
        name: short name, as in study files.
        needs_teacher: capabilities that the teacher's hardware must offer.
        needs_student: likewise the student's, beside what a student that is trained needs to learn.
        trains: whether the student is trained.
        run: what is done to teacher and student.
    """

    name: str
    needs_teacher: frozenset[str]
    needs_student: frozenset[str]
    trains: bool
    run: Callable[[Learner, Learner, Lesson], None]

    @property
    def privileged(self) -> bool:
        """Whether it needs more than inputs, outputs and pulses."""
        return bool((self.needs_teacher | self.needs_student) & PRIVILEGED)


@dataclass(frozen=True)
class TransferResult:
    """What a transfer took.

    Attributes:
        method: its name.
        needs_teacher: capabilities used of the teacher's hardware.
        needs_student: likewise of the student's, those of its learner included.
        teacher_counts: what the teacher did for it; asking the teacher is counted here.
        student_counts: what the student did for it.
        history: the student's record of each epoch; empty where it was not trained.
    """

    method: str
    needs_teacher: frozenset[str]
    needs_student: frozenset[str]
    teacher_counts: ActionCounts
    student_counts: ActionCounts
    history: tuple[EpochRecord, ...]

    @property
    def privileged(self) -> bool:
        """Whether it used more than inputs, outputs and pulses, in either chip."""
        return bool((self.needs_teacher | self.needs_student) & PRIVILEGED)
