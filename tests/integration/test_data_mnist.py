"""The real MNIST: what it holds, and getting it with the command line from a server."""

from __future__ import annotations

import functools
import gzip
import os
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from mortalff.cli.data import app
from mortalff.data import load_mnist
from mortalff.data.idx import read_unpacked
from mortalff.data.mnist import MNIST
from mortalff.data.sources import DATA_VARIABLE
from mortalff.errors import DataError

MNIST_CHECKSUM = "983b5835c3c8eb2ef598ccd803beaa8d3659b645c70c4db5448d0cd0547b9868"
TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.fixture(scope="module")
def data_folder() -> Path:
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get(DATA_VARIABLE) or beside)
    if MNIST.missing(folder):
        pytest.skip(f"MNIST is not in {folder}; set {DATA_VARIABLE} to the folder that has it")
    return folder


def test_it_is_the_mnist_of_the_papers(data_folder: Path) -> None:
    data = load_mnist(data_folder)
    assert data.train.images.shape == (60000, 784)
    assert data.test.images.shape == (10000, 784)
    assert data.train.labels.bincount().tolist() == TRAIN_COUNTS
    assert data.test.labels.bincount().tolist() == TEST_COUNTS
    assert data.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert float(data.train.images.mean()) == pytest.approx(0.1307, abs=5e-5)
    assert float(data.train.images.std()) == pytest.approx(0.3081, abs=5e-5)
    assert (data.name, data.image_shape, data.n_classes) == ("mnist", (28, 28, 1), 10)
    assert data.checksum == MNIST_CHECKSUM


def test_validation_is_the_last_ten_thousand(data_folder: Path) -> None:
    whole, parted = load_mnist(data_folder), load_mnist(data_folder, validation=10000)
    assert parted.validation is not None
    assert torch.equal(parted.train.images, whole.train.images[:50000])
    assert torch.equal(parted.validation.images, whole.train.images[50000:])
    assert parted.checksum != whole.checksum


@pytest.fixture
def address(data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server with the four files gzipped, whatever their form in the data folder is."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served = tmp_path / "served"
    served.mkdir()
    for file in MNIST.files:
        content = read_unpacked(MNIST.path(file, data_folder))
        (served / f"{file.name}.gz").write_bytes(gzip.compress(content, compresslevel=1))
    handler = functools.partial(SimpleHTTPRequestHandler, directory=served)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def command(*tokens: str) -> None:
    app(tokens, exit_on_error=False, print_error=False, result_action="return_value")


def test_getting_and_listing_it(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    command("list", "--dir", str(folder))
    assert f"mnist    missing  4 of 4 files not in {folder}" in capsys.readouterr().out
    command("get", "mnist", "--dir", str(folder), "--base-url", address)
    assert capsys.readouterr().out.count("downloaded, checksum good") == 4
    command("list", "--dir", str(folder))
    assert f"mnist    ready    {folder}" in capsys.readouterr().out
    assert load_mnist(folder).checksum == MNIST_CHECKSUM
    assert sorted(path.name for path in folder.iterdir()) == sorted(f.name for f in MNIST.files)
    # A second time nothing is asked of any server: this address has none.
    command("get", "mnist", "--dir", str(folder), "--base-url", "http://127.0.0.1:9/")
    assert capsys.readouterr().out.count("already there, checksum good") == 4


def test_what_is_got_without_a_folder_is_found_without_one(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "named"))
    command("get", "mnist", "--base-url", address)
    assert (tmp_path / "named" / "mnist" / "t10k-labels-idx1-ubyte").is_file()
    assert load_mnist().checksum == MNIST_CHECKSUM


def test_a_damaged_copy_is_listed_as_such(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    command("get", "mnist", "--dir", str(folder), "--base-url", address)
    path = folder / "train-labels-idx1-ubyte"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    capsys.readouterr()
    command("list", "--dir", str(folder))
    assert f"mnist    damaged  {path}: got" in capsys.readouterr().out
    with pytest.raises(DataError, match=r"remove it, .*never overwritten"):
        command("get", "mnist", "--dir", str(folder), "--base-url", address)
