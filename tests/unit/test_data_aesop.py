"""Aesop's fables: the real text where it is there, and made-up ones for what can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mortalff.data import Dataset, load, load_aesop
from mortalff.data.aesop import AESOP, WINDOWS_PER_STRING, fables
from mortalff.data.text import codes_of, decode, openings
from mortalff.data.text_baselines import bigram_error, unigram_cross_entropy, unigram_error
from mortalff.errors import DataError, InputError

AESOP_CHECKSUM = "c62884fe5b8f32486d7ebfa0e575c4fe003ccb91c2bdfcbd1ebc476e56618471"


@pytest.fixture(scope="module")
def whole(data_dir: Path) -> Dataset:
    if AESOP.missing(data_dir):
        pytest.skip(f"{data_dir} lacks aesop.txt")
    return load("aesop", data_dir)


def test_it_is_the_task_of_the_paper(whole: Dataset) -> None:
    assert (whole.name, whole.image_shape, whole.n_classes) == ("aesop", None, 30)
    assert whole.n_features == 300
    for split in (whole.train, whole.test):
        assert split.images.shape == (248 * 90, 300)
        assert split.images.reshape(-1, 10, 30).sum(2).eq(1.0).all()
        assert set(split.images.unique().tolist()) == {0.0, 1.0}
    assert whole.train.labels.unique().tolist() == list(range(30))
    assert whole.checksum == AESOP_CHECKSUM
    assert decode(codes_of(whole.train.images[0])) == "a hungry f"
    assert decode(whole.train.labels[:21]) == "ox saw some fine bunc"


def test_strings_are_cut_from_fables_and_the_test_ones_from_other_fables(
    whole: Dataset, data_dir: Path
) -> None:
    bodies = fables((data_dir / "aesop.txt").read_text("utf-8-sig"))
    assert len(bodies) == 284
    owners = []
    for split in (whole.train, whole.test):
        starts = openings(split, WINDOWS_PER_STRING)
        follow = split.labels.reshape(-1, WINDOWS_PER_STRING)
        texts = [
            decode(codes_of(start)) + decode(rest)
            for start, rest in zip(starts, follow, strict=True)
        ]
        assert len(set(texts)) == 248
        owners.append({next(i for i, body in enumerate(bodies) if text in body) for text in texts})
    assert max(owners[0]) + 1 == min(owners[1])


def test_counting_gives_the_floor(whole: Dataset) -> None:
    assert unigram_error(whole.train, whole.test) == pytest.approx(0.8036, abs=5e-5)
    assert bigram_error(whole.train, whole.test) == pytest.approx(0.6957, abs=5e-5)
    assert unigram_cross_entropy(whole.train, whole.test) == pytest.approx(2.8863, abs=5e-5)


def test_strings_and_windows_can_be_chosen(whole: Dataset, data_dir: Path) -> None:
    small = load_aesop(data_dir, train_strings=20, test_strings=5, window=6, validation=2 * 94)
    assert small.validation is not None
    assert [len(part) for part in (small.train, small.validation, small.test)] == [1692, 188, 470]
    assert small.n_features == 180
    assert torch.equal(small.train.images[0], whole.train.images[0, :180])


def write(folder: Path, text: str) -> Path:
    (folder / "aesop.txt").write_text(text, encoding="utf-8")
    return folder


def test_titles_part_fables_and_text_without_titles_is_one() -> None:
    assert fables("THE FOX\nA Fox\nran.\nTHE DOG, AND I\nA Dog--\nslept.\n") == [
        "a fox ran.",
        "a dog slept.",
    ]
    assert fables("A Fox\nran.") == ["a fox ran."]


def test_strings_of_another_text(tmp_path: Path) -> None:
    text = f"ONE\n{'a' * 250}\nTWO\n{'b' * 99}\nTHREE\n{'c' * 130}\nFOUR\n{'d' * 200}\n"
    data = load_aesop(write(tmp_path, text), verify=False, train_strings=1, test_strings=3)
    # The second string of the first fable is for neither; the second fable is too short.
    assert data.name == "aesop_unverified"
    assert decode(data.train.labels) == "a" * 90
    assert decode(data.test.labels) == "c" * 90 + "d" * 180
    with pytest.raises(
        DataError, match="got '2 strings for training, then 3 for testing'; 2 and 4"
    ):
        load_aesop(tmp_path, verify=False, train_strings=2, test_strings=4)
    with pytest.raises(InputError, match="train_strings: got 0"):
        load_aesop(tmp_path, verify=False, train_strings=0)


def test_a_missing_or_other_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"got 'aesop.txt'; missing: .*put the fables .*MORTALFF_DATA"
    ):
        load("aesop", tmp_path)
    with pytest.raises(
        DataError, match=r"aesop.txt: got .*the SHA-256 .* of aesop.txt is 4f1e7463"
    ):
        load("aesop", write(tmp_path, "THE FOX\nA Fox ran."))
    (tmp_path / "aesop.txt").write_bytes("naïve".encode("latin-1"))
    with pytest.raises(DataError, match="the text is not UTF-8"):
        load("aesop", tmp_path, verify=False)
