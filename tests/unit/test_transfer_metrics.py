"""Measures of a student against its teacher: cases counted by hand, and what holds for any."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mortalff.errors import InputError
from mortalff.transfer import (
    accuracy,
    accuracy_kept,
    agreement,
    agreement_baseline,
    kl_divergence,
    same_wrong,
)
from tests.strategies.transfer import choices, chosen, logit_pairs

LABELS = torch.tensor([0, 1, 2, 0, 1])
# Chip 0 gets images 0, 1 and 3 right; chip 1 gets all but image 4 right.
TEACHER = torch.tensor([[0, 1, 1, 0, 2], [0, 1, 2, 0, 0]])
# Chip 0 gets images 0 and 4 right; chip 1 gets all right.
STUDENT = torch.tensor([[0, 2, 1, 1, 1], [0, 1, 2, 0, 1]])


def test_accuracy_by_hand() -> None:
    assert accuracy(TEACHER, LABELS).tolist() == [0.6, 0.8]
    assert accuracy(STUDENT, LABELS).tolist() == [0.4, 1.0]


def test_accuracy_kept_by_hand() -> None:
    assert accuracy_kept(TEACHER, STUDENT, LABELS).tolist() == [2 / 3, 5 / 4]


def test_accuracy_kept_of_a_teacher_that_is_never_right_is_not_a_number() -> None:
    wrong = torch.tensor([[1, 2, 0, 1, 2]])
    assert accuracy_kept(wrong, LABELS[None], LABELS).isnan().all()


def test_agreement_by_hand() -> None:
    assert agreement(TEACHER, STUDENT).tolist() == [0.4, 0.8]


def test_agreement_baseline_by_hand() -> None:
    # Pairs of chips agree on 2 (0 and 1), 1 (0 and 2) and 3 (1 and 2) of 4 images.
    said = torch.tensor([[0, 0, 0, 0], [0, 0, 1, 1], [1, 0, 1, 1]])
    expected = torch.tensor([(2 + 1) / 8, (2 + 3) / 8, (1 + 3) / 8], dtype=torch.float64)
    assert torch.equal(agreement_baseline(said), expected)


def test_kl_divergence_by_hand() -> None:
    # p = (3/4, 1/4) and (1/2, 1/2) from the teacher, q = (1/2, 1/2) always.
    teacher = torch.tensor([[[math.log(3.0), 0.0], [5.0, 5.0]]])
    first = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    found = kl_divergence(teacher, torch.zeros_like(teacher))
    assert found.item() == pytest.approx(first / 2, rel=1e-6)


def test_kl_divergence_is_from_the_teacher() -> None:
    sure, unsure = torch.tensor([[[20.0, 0.0]]]), torch.tensor([[[0.0, 0.0]]])
    assert kl_divergence(sure, unsure).item() == pytest.approx(math.log(2.0), rel=1e-6)
    assert kl_divergence(unsure, sure).item() == pytest.approx(10.0 - math.log(2.0), rel=1e-6)


def test_same_wrong_by_hand() -> None:
    # Chip 0's teacher is wrong on images 2 and 4, the student says the same on image 2.
    assert same_wrong(TEACHER, STUDENT, LABELS).tolist() == [0.5, 0.0]


def test_same_wrong_of_a_teacher_without_mistakes_is_not_a_number() -> None:
    assert same_wrong(LABELS[None], STUDENT[:1], LABELS).isnan().all()


@given(choices())
def test_agreement_is_symmetric_and_whole_with_itself(
    case: tuple[Tensor, Tensor, Tensor],
) -> None:
    teacher, student, _ = case
    assert torch.equal(agreement(teacher, student), agreement(student, teacher))
    assert (agreement(teacher, teacher) == 1.0).all()


@given(choices())
def test_agreement_with_the_truth_is_accuracy(case: tuple[Tensor, Tensor, Tensor]) -> None:
    teacher, _, labels = case
    truth = labels.expand_as(teacher)
    assert torch.equal(agreement(teacher, truth), accuracy(teacher, labels))


@given(choices())
def test_agreement_follows_from_same_right_and_same_wrong(
    case: tuple[Tensor, Tensor, Tensor],
) -> None:
    teacher, student, labels = case
    both_right = ((teacher == labels) & (student == labels)).to(torch.float64).mean(1)
    errors = 1.0 - accuracy(teacher, labels)
    same = torch.where(errors > 0, same_wrong(teacher, student, labels), 0.0)
    assert torch.allclose(agreement(teacher, student), both_right + errors * same)


@given(choices())
def test_an_equal_student_keeps_everything(case: tuple[Tensor, Tensor, Tensor]) -> None:
    teacher, _, labels = case
    kept = accuracy_kept(teacher, teacher, labels)
    assert ((kept == 1.0) | (accuracy(teacher, labels) == 0.0)).all()
    same = same_wrong(teacher, teacher, labels)
    assert ((same == 1.0) | (accuracy(teacher, labels) == 1.0)).all()


@given(choices(), st.integers(0, 3))
def test_chips_are_measured_apart(case: tuple[Tensor, Tensor, Tensor], index: int) -> None:
    teacher, student, labels = case
    chip = index % teacher.shape[0]
    one = slice(chip, chip + 1)
    together = same_wrong(teacher, student, labels)[one]
    alone = same_wrong(teacher[one], student[one], labels)
    assert torch.equal(together.nan_to_num(-1.0), alone.nan_to_num(-1.0))
    assert torch.equal(agreement(teacher, student)[one], agreement(teacher[one], student[one]))


@given(chosen(4, 9), st.permutations(range(4)))
def test_the_baseline_is_the_mean_agreement_with_the_others(said: Tensor, order: list[int]) -> None:
    expected = [
        sum(agreement(said[i : i + 1], said[j : j + 1]).item() for j in range(4) if j != i) / 3
        for i in range(4)
    ]
    found = agreement_baseline(said)
    assert found.tolist() == pytest.approx(expected)
    assert torch.equal(agreement_baseline(said[order]), found[order])


@given(logit_pairs())
def test_kl_divergence_is_no_less_than_zero(case: tuple[Tensor, Tensor]) -> None:
    teacher, student = case
    assert (kl_divergence(teacher, student) >= 0.0).all()
    assert (kl_divergence(teacher, teacher) == 0.0).all()


@given(logit_pairs(), st.floats(-10.0, 10.0))
def test_kl_divergence_does_not_see_a_common_shift(
    case: tuple[Tensor, Tensor], shift: float
) -> None:
    teacher, student = (logits.to(torch.float64) for logits in case)
    shifted = kl_divergence(teacher + shift, student - shift)
    assert torch.allclose(shifted, kl_divergence(teacher, student), atol=1e-9)


def test_shapes_that_would_broadcast_are_errors() -> None:
    with pytest.raises(InputError, match=r"\(1, 5\).*chip by chip"):
        agreement(TEACHER, STUDENT[:1])
    with pytest.raises(InputError, match=r"\(2,\).*one label for each of 5 images.*\(5,\)"):
        accuracy(TEACHER, LABELS[:2])
    with pytest.raises(InputError, match=r"\(chips, n, n_classes\)"):
        kl_divergence(torch.zeros(2, 5, 3), torch.zeros(5, 3))
    with pytest.raises(InputError, match="at least one image"):
        agreement(TEACHER[:, :0], STUDENT[:, :0])
    with pytest.raises(InputError, match="2 or more"):
        agreement_baseline(TEACHER[:1])
