"""Splits and data sets: what they accept, what taking a part gives, and their checksum."""

from __future__ import annotations

import hashlib
import struct

import pytest
import torch

from mortalff.data import Dataset, Split, load, load_digits
from mortalff.errors import DataError, InputError

DIGITS_CHECKSUM = "ace5a909a45356601ffb9e5a96786772aec0b6917c76c057d347857d5bb1a636"


def make_split(n: int, offset: float = 0.0) -> Split:
    images = (torch.arange(n * 6, dtype=torch.float32).reshape(n, 6) / 1000 + offset).clamp(max=1)
    return Split(images, torch.arange(n) % 3)


def make_dataset(n_validation: int = 4) -> Dataset:
    validation = make_split(n_validation, 0.2) if n_validation else None
    return Dataset("made_up", make_split(9), validation, make_split(5, 0.1), (2, 3, 1), 3)


def test_the_checksum_is_that_of_the_bytes() -> None:
    split = Split(torch.tensor([[0.5]]), torch.tensor([1]))
    content = struct.pack("<fq", 0.5, 1)
    expected = hashlib.sha256(b"train (1, 1)\n" + content + b"test (1, 1)\n" + content)
    assert Dataset("one", split, None, split, (1, 1, 1), 2).checksum == expected.hexdigest()


def test_the_checksum_tells_data_apart() -> None:
    whole = make_dataset()
    parts = [
        make_dataset(n_validation=0),
        whole.take(train=8),
        whole.take(validation=3),
        whole.take(test=4),
    ]
    labels = whole.train.labels.clone()
    labels[0] = 2
    changed = Split(whole.train.images, labels)
    parts.append(Dataset("made_up", changed, whole.validation, whole.test, (2, 3, 1), 3))
    assert len({whole.checksum, *(part.checksum for part in parts)}) == 6
    assert make_dataset().checksum == whole.checksum
    assert make_dataset(n_validation=3).checksum == whole.take(validation=3).checksum


def test_take_gives_the_first_and_owns_them() -> None:
    whole = make_dataset()
    part = whole.take(train=3, validation=2, test=1)
    assert part.validation is not None
    assert whole.validation is not None
    assert (len(part.train), len(part.validation), len(part.test)) == (3, 2, 1)
    assert torch.equal(part.train.images, whole.train.images[:3])
    assert torch.equal(part.train.labels, whole.train.labels[:3])
    assert torch.equal(part.validation.images, whole.validation.images[:2])
    assert torch.equal(part.test.images, whole.test.images[:1])
    assert part.train.images.untyped_storage().nbytes() == 3 * 6 * 4
    assert whole.take(train=5).take(train=3).checksum == whole.take(train=3).checksum
    assert whole.take().checksum == whole.checksum


@pytest.mark.parametrize("n", [0, -1, 10])
def test_take_beyond_the_split_is_an_error(n: int) -> None:
    with pytest.raises(InputError, match=f"got {n}; the split holds 9 images; .*from 1 to 9"):
        make_dataset().take(train=n)


def test_take_from_no_validation_is_an_error() -> None:
    with pytest.raises(InputError, match="'made_up' has no validation split"):
        make_dataset(n_validation=0).take(validation=1)


IMAGES = torch.full((3, 2), 0.5)
LABELS = torch.tensor([0, 1, 2])


@pytest.mark.parametrize(
    ("images", "labels", "fault"),
    [
        (IMAGES[0], LABELS, r"split.images: got 'shape \(2,\) of torch.float32'"),
        (IMAGES.double(), LABELS, "split.images: .*float64"),
        (IMAGES, LABELS.int(), "split.labels: .*int32"),
        (IMAGES, LABELS[:, None], r"split.labels: .*shape \(3, 1\)"),
        (IMAGES, LABELS[:2], "3 images, 2 labels"),
        (IMAGES[:0], LABELS[:0], "at least one image"),
        (IMAGES * 255, LABELS, r"range \[127.5, 127.5\]"),
        (IMAGES - 1, LABELS, r"range \[-0.5, -0.5\]"),
        (IMAGES * torch.nan, LABELS, r"range \[nan, nan\]"),
    ],
)
def test_a_wrong_split_is_an_error(images: torch.Tensor, labels: torch.Tensor, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        Split(images, labels)


@pytest.mark.parametrize("part", ["train", "validation", "test"])
@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_that_is_no_class_is_an_error(part: str, label: int) -> None:
    splits = {"train": make_split(4), "validation": make_split(4), "test": make_split(4)}
    splits[part].labels[2] = label
    with pytest.raises(DataError, match=f"{part}, label 2: got {label}; .* from 0 to 2"):
        Dataset("wrong", splits["train"], splits["validation"], splits["test"], (2, 3, 1), 3)


def test_pixels_must_fit_the_image_shape() -> None:
    with pytest.raises(DataError, match=r"'wrong', train: got '6 pixels'; .* have 4"):
        Dataset("wrong", make_split(2), None, make_split(2), (2, 2, 1), 3)


def test_the_digits_never_change() -> None:
    digits = load_digits()
    assert digits.checksum == DIGITS_CHECKSUM
    assert digits.train.images.shape == (1400, 64)
    assert digits.test.images.shape == (397, 64)
    assert digits.validation is None
    assert (digits.name, digits.image_shape, digits.n_classes) == ("digits", (8, 8, 1), 10)
    assert digits.n_features == 64
    assert float(digits.train.images.max()) == 1.0


def test_the_digits_are_scikit_learns_each_once() -> None:
    from sklearn.datasets import load_digits as load_bunch

    pixels, targets = load_bunch(return_X_y=True)
    digits = load_digits()
    images = torch.cat([digits.train.images, digits.test.images]) * 16
    labels = torch.cat([digits.train.labels, digits.test.labels])
    found = torch.cat([images.long(), labels[:, None]], dim=1).tolist()
    expected = torch.cat([torch.tensor(pixels).long(), torch.tensor(targets)[:, None]], dim=1)
    assert sorted(found) == sorted(expected.tolist())


def test_the_digits_are_the_same_where_scikit_learn_keeps_them_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mortalff.data.digits.find_spec", lambda name: None)
    assert load_digits().checksum == DIGITS_CHECKSUM


def test_another_seed_gives_another_split_of_the_digits() -> None:
    checksums = {load_digits(seed=seed).checksum for seed in (0, 1, 2**64 - 1)}
    assert len(checksums) == 3
    with pytest.raises(InputError, match="seed: got -1"):
        load_digits(seed=-1)


def test_validation_comes_from_the_end_of_the_training_images() -> None:
    whole, parted = load_digits(), load_digits(validation=400)
    assert parted.validation is not None
    assert torch.equal(parted.train.images, whole.train.images[:1000])
    assert torch.equal(parted.validation.images, whole.train.images[1000:])
    assert torch.equal(parted.validation.labels, whole.train.labels[1000:])
    assert torch.equal(parted.test.images, whole.test.images)


@pytest.mark.parametrize("n", [-1, 1400])
def test_validation_leaves_something_to_train_on(n: int) -> None:
    with pytest.raises(InputError, match=f"validation: got {n}; .*from 0 to 1399"):
        load_digits(validation=n)


def test_loading_by_name() -> None:
    assert load("digits", validation=3).checksum == load_digits(3).checksum
    with pytest.raises(DataError, match=r"got 'mnits'; .* did you mean 'mnist'"):
        load("mnits")
