"""CIFAR-10's binary files: where they are found, what is made of them, and what is refused."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mortalff.data import load, load_cifar10
from mortalff.data.archive import Archive
from mortalff.data.cifar10 import CIFAR10
from mortalff.data.sources import DATA_VARIABLE, DataFile
from mortalff.errors import DataError
from tests.strategies.cifar import FOLDER, NAMES, archive_bytes, batch_bytes, cifar_like

ARRAYS = cifar_like()
CONTENTS = {name: batch_bytes(*arrays) for name, arrays in ARRAYS.items()}
ARCHIVE = "cifar-10-binary.tar.gz"


def write_loose(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("child", ["", "cifar10"])
@pytest.mark.parametrize("form", ["loose", "unpacked", "archive"])
def test_every_form_of_the_files_is_found(tmp_path: Path, child: str, form: str) -> None:
    place = tmp_path / child
    if form == "archive":
        place.mkdir(exist_ok=True)
        (place / ARCHIVE).write_bytes(archive_bytes(CONTENTS))
    else:
        write_loose(place / FOLDER if form == "unpacked" else place)
    data = load("cifar10", tmp_path, verify=False)
    images = np.concatenate([ARRAYS[name][0] for name in NAMES[:5]]).reshape(20, -1)
    assert torch.equal(data.train.images, torch.from_numpy(images) / 255)
    labels = np.concatenate([ARRAYS[name][1] for name in NAMES[:5]])
    assert data.train.labels.tolist() == labels.tolist()
    assert torch.equal(
        data.test.images.reshape(4, 32, 32, 3) * 255, torch.tensor(ARRAYS[NAMES[5]][0])
    )
    assert (data.name, data.image_shape, data.n_classes) == ("cifar10_unverified", (32, 32, 3), 10)
    assert data.n_features == 3072


def test_validation_is_the_end_of_the_last_batch(tmp_path: Path) -> None:
    write_loose(tmp_path)
    whole, parted = (load_cifar10(tmp_path, validation=n, verify=False) for n in (0, 3))
    assert parted.validation is not None
    assert torch.equal(parted.validation.images, whole.train.images[17:])
    assert len(parted.train) == 17


def test_other_data_is_not_cifar10(tmp_path: Path) -> None:
    write_loose(tmp_path)
    found = hashlib.sha1(CONTENTS["data_batch_1.bin"], usedforsecurity=False).hexdigest()
    with pytest.raises(
        DataError, match=f"got '{found}'; the SHA-1 .* data_batch_1.bin is aadd24ac"
    ):
        load_cifar10(tmp_path)


@pytest.mark.parametrize("name", ["cifar-10-python.tar.gz", "data_batch_1"])
def test_pickles_are_refused(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).write_bytes(b"\x80\x04.")
    with pytest.raises(DataError, match=f"got '{name}'; this is the Python version: pickles"):
        load_cifar10(tmp_path)
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match=r"run any code .*mortalff data get cifar10"):
        load_cifar10()


def test_a_missing_file_is_named_with_the_archive(tmp_path: Path) -> None:
    write_loose(tmp_path)
    (tmp_path / "test_batch.bin").unlink()
    with pytest.raises(DataError, match=f"got 'test_batch.bin'; missing: .* or {ARCHIVE}"):
        load_cifar10(tmp_path, verify=False)
    assert CIFAR10.missing(tmp_path) == ("test_batch.bin",)


def test_half_an_image_is_an_error(tmp_path: Path) -> None:
    write_loose(tmp_path)
    (tmp_path / "data_batch_3.bin").write_bytes(CONTENTS["data_batch_3.bin"][:-1])
    with pytest.raises(DataError, match=r"data_batch_3.bin.*got '12291 bytes'; .*truncated"):
        load_cifar10(tmp_path, verify=False)


def test_a_label_must_be_a_class(tmp_path: Path) -> None:
    write_loose(tmp_path)
    (tmp_path / "test_batch.bin").write_bytes(b"\x0a" + CONTENTS["test_batch.bin"][1:])
    with pytest.raises(DataError, match=r"test_batch.bin\), label 0: got 10; .* 0 to 9"):
        load_cifar10(tmp_path, verify=False)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_cut_archive_is_an_error(tmp_path: Path, share: float) -> None:
    packed = archive_bytes(CONTENTS)
    (tmp_path / ARCHIVE).write_bytes(packed[: int(share * len(packed))])
    with pytest.raises(DataError, match=f"{ARCHIVE}.*the archive is damaged or truncated"):
        load_cifar10(tmp_path, verify=False)


def test_an_archive_must_hold_all_files_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / ARCHIVE).write_bytes(archive_bytes(CONTENTS, folder="elsewhere"))
    with pytest.raises(DataError, match=f"the archive lacks {FOLDER}/data_batch_1.bin"):
        load_cifar10(tmp_path, verify=False)


def test_a_source_with_an_archive_verifies_what_is_in_it(tmp_path: Path) -> None:
    packed = archive_bytes(CONTENTS)
    files = tuple(DataFile(name, hashlib.sha256(raw).hexdigest()) for name, raw in CONTENTS.items())
    archive = Archive(ARCHIVE, hashlib.sha256(packed).hexdigest(), FOLDER)
    source = replace(CIFAR10, files=files, archive=archive)
    (tmp_path / ARCHIVE).write_bytes(packed)
    source.verify(tmp_path)
    # A loose file comes before that in the archive.
    (tmp_path / "data_batch_2.bin").write_bytes(CONTENTS["data_batch_3.bin"])
    with pytest.raises(DataError, match=r"data_batch_2.bin: got .*the SHA-256"):
        source.verify(tmp_path)
