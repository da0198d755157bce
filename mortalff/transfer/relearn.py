"""Learning from labels alone: what the student could do without a teacher."""

from __future__ import annotations

from mortalff.learners.base import Learner
from mortalff.transfer.method import Lesson, Method


def relearn(teacher: Learner, student: Learner, lesson: Lesson) -> None:
    """Train the student on the images' labels; the teacher is not asked."""
    del teacher
    lesson.train(student)


RELEARN = Method(
    name="relearn",
    needs_teacher=frozenset(),
    needs_student=frozenset({"forward"}),
    trains=True,
    run=relearn,
)
"""Learn from the labels: the control of every other method."""
