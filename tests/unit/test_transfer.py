"""Asking for a transfer: by name or as an object, and what is refused."""

from __future__ import annotations

import math

import pytest
import torch

from mortalff.errors import InputError
from mortalff.learners import FF, Learner
from mortalff.transfer import METHODS, Lesson, Method, agreement, compare, transfer
from tests.strategies.transfer import SETTINGS, blobs, ff, trained_ff

IMAGES = blobs(40, seed=3)


def test_the_methods_are_known_by_their_names() -> None:
    assert set(METHODS) == {"copy", "distil", "distil_hard", "relearn"}
    assert all(method.name == name for name, method in METHODS.items())
    assert [name for name, method in METHODS.items() if method.privileged] == ["copy"]
    assert [name for name, method in METHODS.items() if not method.trains] == ["copy"]


def test_an_unknown_method_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"method: got 'distill'.*did you mean 'distil'"):
        transfer(trained_ff(), ff(seed=1), "distill", IMAGES, 1)
    with pytest.raises(InputError, match="'copy', 'distil', 'distil_hard', 'relearn'"):
        transfer(trained_ff(), ff(seed=1), "telepathy", IMAGES, 1)


def test_a_method_of_ones_own() -> None:
    def copy_then_tune(teacher: Learner, student: Learner, lesson: Lesson) -> None:
        METHODS["copy"].run(teacher, student, lesson)
        METHODS["distil"].run(teacher, student, lesson)

    method = Method(
        "copy_then_tune", frozenset({"read_weights"}), frozenset({"program"}), True, copy_then_tune
    )
    result = transfer(trained_ff(), ff(seed=1), method, IMAGES, 2)
    assert result.method == "copy_then_tune"
    assert result.needs_student == {"program", "forward", "pulse"}
    assert result.privileged
    assert len(result.history) == 2
    assert result.student_counts["program_cell"].tolist() == [334, 334]


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.inf, math.nan])
def test_a_temperature_that_is_none(temperature: float) -> None:
    with pytest.raises(InputError, match=r"temperature: got .*finite and above 0"):
        transfer(trained_ff(), ff(seed=1), "distil", IMAGES, 1, temperature=temperature)


def test_negative_epochs() -> None:
    with pytest.raises(InputError, match="epochs: got -1"):
        transfer(trained_ff(), ff(seed=1), "relearn", IMAGES, -1)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_pairs_that_do_not_match(method: str) -> None:
    teacher = trained_ff()
    for name, student in (
        ("chips", ff(seed=1, chips=3)),
        ("n_classes", ff(seed=1, n_classes=3)),
        ("n_in", ff(seed=1, sizes=(17, 12, 10))),
    ):
        with pytest.raises(InputError, match=rf"student, {name}: got"):
            transfer(teacher, student, method, IMAGES, 1)
        assert student.history == []


def test_a_learner_cannot_teach_its_own_chips() -> None:
    teacher = trained_ff()
    with pytest.raises(InputError, match="hardware of their own"):
        transfer(teacher, FF(teacher.network, SETTINGS), "distil", IMAGES, 1)


def test_comparing_with_an_exact_copy() -> None:
    teacher, student = trained_ff(), ff(seed=1)
    transfer(teacher, student, "copy", IMAGES, 0)
    measured = compare(teacher, student, IMAGES)
    assert set(measured) == {
        "accuracy_teacher",
        "accuracy_student",
        "accuracy_kept",
        "agreement",
        "kl_divergence",
        "same_wrong",
    }
    for values in measured.values():
        assert values.shape == (2,)
        assert values.dtype == torch.float64
    assert torch.allclose(measured["accuracy_teacher"], teacher.score(IMAGES))
    assert torch.allclose(measured["accuracy_student"], teacher.score(IMAGES))
    assert measured["accuracy_kept"].tolist() == [1.0, 1.0]
    assert measured["agreement"].tolist() == [1.0, 1.0]
    assert measured["kl_divergence"].tolist() == [0.0, 0.0]


def test_comparing_with_chips_that_learned_by_themselves() -> None:
    teacher, student, other = trained_ff(), ff(seed=1), ff(seed=2)
    transfer(teacher, student, "distil", IMAGES, 2)
    transfer(teacher, other, "relearn", IMAGES, 2)
    measured = compare(teacher, student, IMAGES, independent=other)
    said = [learner.predict(IMAGES.images) for learner in (teacher, student, other)]
    assert torch.equal(measured["agreement"], agreement(said[0], said[1]))
    assert torch.equal(measured["agreement_baseline"], agreement(said[0], said[2]))


def test_comparing_different_numbers_of_chips() -> None:
    with pytest.raises(InputError, match="chip by chip"):
        compare(trained_ff(), trained_ff(chips=3), IMAGES)
