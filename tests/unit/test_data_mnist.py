"""MNIST's folder: where it is looked for, and what is wrong with a wrong one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import platformdirs
import pytest
import torch

from mortalff.data import load, load_mnist
from mortalff.data.mnist import MNIST
from mortalff.data.sources import DATA_VARIABLE, DataFile, Source
from mortalff.errors import DataError, InputError
from tests.strategies.idx import idx_bytes, mnist_like, write_folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's data folder of the test's own, and no data folder in the environment."""
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_, **__: tmp_path / "home")
    return tmp_path / "home" / "data"


@pytest.mark.parametrize("child", ["", "mnist"])
@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize("dotted", [False, True])
def test_every_form_of_the_files_is_found(
    tmp_path: Path, child: str, gz: bool, dotted: bool
) -> None:
    arrays = mnist_like()
    write_folder(tmp_path / child, arrays, gz=gz, dotted=dotted)
    data = load_mnist(tmp_path, verify=False)
    images = torch.from_numpy(arrays["train-images-idx3-ubyte"]).reshape(30, 12)
    assert torch.equal(data.train.images, images / 255)
    assert data.test.labels.tolist() == arrays["t10k-labels-idx1-ubyte"].tolist()
    assert data.train.images.dtype == torch.float32
    assert data.train.labels.dtype == torch.int64
    assert (data.name, data.image_shape, data.n_classes) == ("mnist_unverified", (4, 3, 1), 10)


def test_a_folder_comes_before_the_environment_before_the_users(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(home / "mnist", mnist_like(n_train=5))
    assert len(load("mnist", verify=False).train) == 5
    write_folder(tmp_path / "env" / "mnist", mnist_like(n_train=6))
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "env"))
    assert len(load("mnist", verify=False).train) == 6
    write_folder(tmp_path / "given", mnist_like(n_train=7))
    assert len(load("mnist", tmp_path / "given", verify=False).train) == 7


def test_a_named_folder_without_data_is_not_replaced_by_another(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(home / "mnist", mnist_like())
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "empty"))
    with pytest.raises(DataError, match=rf"empty/mnist \(from \${DATA_VARIABLE}\)"):
        load_mnist(verify=False)
    with pytest.raises(DataError, match=r"other \(the folder that was named\)"):
        load_mnist(tmp_path / "other", verify=False)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    write_folder(tmp_path, mnist_like())
    (tmp_path / "t10k-labels-idx1-ubyte").rename(tmp_path / "t10k-labels-idx1-ubyte.bz2")
    fault = (
        "got 't10k-labels-idx1-ubyte'; missing: .*did you mean 't10k-labels-idx1-ubyte.bz2'"
        r".*run 'mortalff data get mnist', or .*--data or \$MORTALFF_DATA"
    )
    with pytest.raises(DataError, match=fault):
        load_mnist(tmp_path, verify=False)


def test_the_folder_with_more_of_the_files_is_meant(tmp_path: Path) -> None:
    write_folder(tmp_path / "mnist", mnist_like())
    stray = tmp_path / "train-images-idx3-ubyte"
    stray.write_bytes(b"")
    assert MNIST.folder(tmp_path) == tmp_path / "mnist"
    assert len(load_mnist(tmp_path, verify=False).train) == 30


def test_where_files_would_be_put(tmp_path: Path, home: Path) -> None:
    assert MNIST.folder() == home / "mnist"
    assert MNIST.folder(tmp_path / "new") == tmp_path / "new"
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    assert MNIST.folder(tmp_path / "data") == tmp_path / "data" / "mnist"


def test_a_wrong_checksum_names_both(tmp_path: Path) -> None:
    arrays = mnist_like()
    write_folder(tmp_path, arrays)
    found = hashlib.sha256(idx_bytes(arrays["train-images-idx3-ubyte"])).hexdigest()
    with pytest.raises(DataError, match=rf"ubyte: got '{found}'; .* is ba891046\w+; .*verify"):
        load_mnist(tmp_path)


def test_a_truncated_file_is_told_from_a_wrong_one(tmp_path: Path) -> None:
    write_folder(tmp_path, mnist_like())
    path = tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"truncated: expected 38 bytes .*, found 37"):
        load_mnist(tmp_path, verify=False)


def test_more_labels_than_images_is_an_error(tmp_path: Path) -> None:
    arrays = mnist_like()
    name = "train-labels-idx1-ubyte"
    arrays[name] = np.append(arrays[name], np.uint8(1))
    write_folder(tmp_path, arrays)
    with pytest.raises(DataError, match=f"{name}: got '31 labels'; .*ubyte holds 30 images"):
        load_mnist(tmp_path, verify=False)


def test_a_label_above_9_names_the_file(tmp_path: Path) -> None:
    arrays = mnist_like()
    arrays["t10k-labels-idx1-ubyte"][4] = 10
    write_folder(tmp_path, arrays)
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte, label 4: got 10; .*0 to 9"):
        load_mnist(tmp_path, verify=False)


def test_images_in_the_place_of_labels_are_an_error(tmp_path: Path) -> None:
    arrays = mnist_like()
    arrays["train-labels-idx1-ubyte"] = arrays["train-images-idx3-ubyte"]
    write_folder(tmp_path, arrays)
    with pytest.raises(DataError, match=r"labels-idx1-ubyte: got '3 axes .*file of labels"):
        load_mnist(tmp_path, verify=False)


def test_train_and_test_images_must_have_one_shape(tmp_path: Path) -> None:
    arrays = mnist_like()
    arrays["t10k-images-idx3-ubyte"] = mnist_like(shape=(5, 5))["t10k-images-idx3-ubyte"]
    write_folder(tmp_path, arrays)
    with pytest.raises(DataError, match="test: got '25 pixels'"):
        load_mnist(tmp_path, verify=False)


def test_validation_is_the_end_of_the_training_images(tmp_path: Path) -> None:
    write_folder(tmp_path, mnist_like())
    whole = load_mnist(tmp_path, verify=False)
    parted = load_mnist(tmp_path, validation=10, verify=False)
    assert parted.validation is not None
    assert torch.equal(parted.train.images, whole.train.images[:20])
    assert torch.equal(parted.validation.images, whole.train.images[20:])
    with pytest.raises(InputError, match="validation: got 30"):
        load_mnist(tmp_path, validation=30, verify=False)


def test_verifying_a_source_reads_every_file(tmp_path: Path) -> None:
    arrays = {"a-idx1-ubyte": np.arange(3, dtype=np.uint8)}
    good = hashlib.sha256(idx_bytes(arrays["a-idx1-ubyte"])).hexdigest()
    source = Source("own", (DataFile("a-idx1-ubyte", good),), ())
    assert source.missing(tmp_path) == ("a-idx1-ubyte",)
    write_folder(tmp_path, arrays, gz=True)
    assert source.missing(tmp_path) == ()
    source.verify(tmp_path)
    (tmp_path / "a-idx1-ubyte").write_bytes(b"other")
    with pytest.raises(DataError, match=good):
        source.verify(tmp_path)
