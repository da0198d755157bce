"""Downloading from a server on this machine: good files, bad ones, and servers in trouble."""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from mortalff.data.archive import Archive
from mortalff.data.download import download
from mortalff.data.idx import read_idx
from mortalff.data.sources import DataFile, Source
from mortalff.errors import DataError, InputError
from tests.strategies.cifar import archive_bytes
from tests.strategies.idx import idx_bytes

ARRAYS = {
    "a-images-idx3-ubyte": np.arange(60, dtype=np.uint8).reshape(5, 4, 3),
    "a-labels-idx1-ubyte": np.arange(5, dtype=np.uint8),
}
CONTENT = {name: idx_bytes(array) for name, array in ARRAYS.items()}
FILES = tuple(DataFile(name, hashlib.sha256(raw).hexdigest()) for name, raw in CONTENT.items())
IMAGES, LABELS = FILES


class Server(ThreadingHTTPServer):
    """Serves ``answers`` (path → status and body), and notes what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[tuple[int, bytes]]] = {}
        self.asked: list[str] = []
        self.cut_bodies = 0

    def url(self, folder: str = "") -> str:
        return f"http://127.0.0.1:{self.server_port}/{folder}"

    def serve(self, folder: str = "") -> None:
        for name, raw in CONTENT.items():
            self.answers[f"/{folder}{name}.gz"] = [(200, gzip.compress(raw))]


class Handler(BaseHTTPRequestHandler):
    """Gives the answers of its server; the last one of a path again and again."""

    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        answers = self.server.answers.get(self.path, [(404, b"not here")])
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.cut_bodies > 0:
            self.server.cut_bodies -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what was asked is noted in ``asked``."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def source(*mirrors: str) -> Source:
    return Source("made_up", FILES, mirrors)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_good_files_are_unpacked_into_the_folder(server: Server, tmp_path: Path) -> None:
    server.serve()
    folder = tmp_path / "new" / "folder"
    fetched = download(source(server.url()), folder)
    assert [file.path.name for file in fetched] == list(ARRAYS)
    assert all(file.downloaded for file in fetched)
    assert contents(folder) == CONTENT
    assert np.array_equal(read_idx(fetched[0].path), ARRAYS[IMAGES.name])


def test_good_files_are_not_downloaded_again(server: Server, tmp_path: Path) -> None:
    server.serve()
    download(source(server.url()), tmp_path)
    (tmp_path / LABELS.name).unlink()
    packed = tmp_path / "a-labels.idx1-ubyte.gz"
    packed.write_bytes(gzip.compress(CONTENT[LABELS.name]))
    server.asked.clear()
    fetched = download(source(server.url()), tmp_path)
    assert server.asked == []
    assert [file.path for file in fetched] == [tmp_path / IMAGES.name, packed]
    assert not any(file.downloaded for file in fetched)


def test_only_what_is_missing_is_downloaded(server: Server, tmp_path: Path) -> None:
    server.serve()
    (tmp_path / IMAGES.name).write_bytes(CONTENT[IMAGES.name])
    fetched = download(source(server.url()), tmp_path)
    assert [file.downloaded for file in fetched] == [False, True]
    assert server.asked == [f"/{LABELS.name}.gz"]


def test_a_damaged_file_that_is_there_is_kept_and_named(server: Server, tmp_path: Path) -> None:
    server.serve()
    path = tmp_path / LABELS.name
    path.write_bytes(b"someone's own")
    with pytest.raises(DataError, match=rf"^{path}: .*remove it.*never overwritten"):
        download(source(server.url()), tmp_path)
    assert contents(tmp_path) == {LABELS.name: b"someone's own"}
    assert server.asked == []


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(CONTENT[IMAGES.name])[:-9],
        gzip.compress(CONTENT[LABELS.name]),
        b"<html>log in to the network</html>",
        b"",
    ],
    ids=["truncated", "another file", "a web page", "nothing"],
)
def test_a_corrupt_download_leaves_nothing(server: Server, tmp_path: Path, body: bytes) -> None:
    server.answers[f"/{IMAGES.name}.gz"] = [(200, body)]
    folder = tmp_path / "data"
    with pytest.raises(DataError, match=f"(truncated|the SHA-256 .* is {IMAGES.sha256})"):
        download(source(server.url()), folder, pause_s=0.0)
    assert server.asked == [f"/{IMAGES.name}.gz"]  # other bytes will not become right
    assert list(tmp_path.iterdir()) == []


def test_a_corrupt_second_file_leaves_the_first(server: Server, tmp_path: Path) -> None:
    server.serve()
    server.answers[f"/{LABELS.name}.gz"] = [(200, b"corrupt")]
    with pytest.raises(DataError, match=LABELS.name):
        download(source(server.url()), tmp_path)
    assert contents(tmp_path) == {IMAGES.name: CONTENT[IMAGES.name]}


def test_the_next_mirror_is_tried(server: Server, tmp_path: Path) -> None:
    server.serve("third/")
    server.answers[f"/second/{IMAGES.name}.gz"] = [(200, b"corrupt")]
    mirrors = [server.url(folder) for folder in ("first/", "second", "third")]
    download(source(*mirrors), tmp_path, pause_s=0.0)
    assert contents(tmp_path) == CONTENT
    images = [path for path in server.asked if IMAGES.name in path]
    assert [path.split("/")[1] for path in images] == ["first", "second", "third"]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_busy_server_is_tried_again(server: Server, tmp_path: Path, status: int) -> None:
    server.serve()
    server.answers[f"/{IMAGES.name}.gz"].insert(0, (status, b"busy"))
    download(source(server.url()), tmp_path, pause_s=0.0)
    assert contents(tmp_path) == CONTENT
    assert server.asked.count(f"/{IMAGES.name}.gz") == 2


def test_a_broken_connection_is_tried_again(server: Server, tmp_path: Path) -> None:
    server.serve()
    server.cut_bodies = 2
    download(source(server.url()), tmp_path, pause_s=0.0)
    assert contents(tmp_path) == CONTENT
    assert server.asked.count(f"/{IMAGES.name}.gz") == 3


def test_a_server_that_stays_busy_is_given_up(server: Server, tmp_path: Path) -> None:
    server.answers[f"/{IMAGES.name}.gz"] = [(503, b"busy")]
    with pytest.raises(DataError, match="503 Server Error"):
        download(source(server.url()), tmp_path, pause_s=0.0, rounds=3)
    assert len(server.asked) == 3


def test_a_file_that_is_not_there_is_asked_for_once(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="404 Client Error"):
        download(source(server.url()), tmp_path, pause_s=0.0)
    assert len(server.asked) == 1


def test_without_a_network_the_way_by_hand_is_named(tmp_path: Path) -> None:
    with Server() as closed:
        address = closed.url()
    with pytest.raises(DataError) as caught:
        download(source(address), tmp_path / "data", pause_s=0.0)
    text = str(caught.value)
    assert f"put the files {IMAGES.name}, {LABELS.name} " in text
    assert str(tmp_path / "data") in text
    assert "--base-url" in text
    assert f"{address}{IMAGES.name}.gz: " in text
    assert not (tmp_path / "data").exists()


def test_a_base_url_takes_the_place_of_the_mirrors(server: Server, tmp_path: Path) -> None:
    server.serve("own/")
    download(source(server.url("mirror/")), tmp_path, server.url("own"))
    assert server.asked == [f"/own/{name}.gz" for name in ARRAYS]


@pytest.mark.parametrize("url", ["ftp://example.org/", "example.org/mnist", "https://", ""])
def test_a_base_url_must_be_a_web_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match=f"--base-url: got '{url}'; .*http or https"):
        download(source(), tmp_path, url)


def test_a_folder_that_cannot_be_written_is_named(server: Server, tmp_path: Path) -> None:
    server.serve()
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=f"{tmp_path}/file/{IMAGES.name}: .*cannot be written"):
        download(source(server.url()), tmp_path / "file")


def test_a_terminal_sees_a_bar_and_a_log_does_not(server: Server, tmp_path: Path) -> None:
    server.serve()
    shown = {}
    for terminal in (True, False):
        console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
        download(source(server.url()), tmp_path / str(terminal), console=console)
        assert isinstance(console.file, io.StringIO)
        shown[terminal] = console.file.getvalue()
    assert IMAGES.name in shown[True]
    n_bytes = len(gzip.compress(CONTENT[IMAGES.name]))
    assert f"{n_bytes}/{n_bytes} bytes" in shown[True]
    assert shown[False] == ""


PACKED = archive_bytes(CONTENT, folder="inside")


def archived(*mirrors: str, sha256: str = hashlib.sha256(PACKED).hexdigest()) -> Source:
    return Source("made_up", FILES, mirrors, Archive("all.tar.gz", sha256, "inside"))


def test_an_archive_is_downloaded_once_and_its_files_kept(server: Server, tmp_path: Path) -> None:
    server.answers["/all.tar.gz"] = [(200, PACKED)]
    fetched = download(archived(server.url()), tmp_path)
    assert server.asked == ["/all.tar.gz"]
    assert contents(tmp_path) == CONTENT
    assert all(file.downloaded for file in fetched)
    (tmp_path / LABELS.name).unlink()
    fetched = download(archived(server.url()), tmp_path)
    assert [file.downloaded for file in fetched] == [False, True]
    assert contents(tmp_path) == CONTENT


def test_an_archive_that_is_there_is_not_downloaded(server: Server, tmp_path: Path) -> None:
    (tmp_path / "all.tar.gz").write_bytes(PACKED)
    fetched = download(archived(server.url()), tmp_path)
    assert server.asked == []
    assert [file.path for file in fetched] == [tmp_path / "all.tar.gz"] * 2


def test_a_wrong_archive_is_passed_over(server: Server, tmp_path: Path) -> None:
    server.answers["/other/all.tar.gz"] = [(200, archive_bytes({}, folder="inside"))]
    server.answers["/cut/all.tar.gz"] = [(200, PACKED[: len(PACKED) // 2])]
    server.answers["/good/all.tar.gz"] = [(200, PACKED)]
    mirrors = [server.url(f"{name}/") for name in ("other", "cut", "good")]
    with pytest.raises(DataError, match=r"(?s)lacks inside/a-images.*the archive is damaged"):
        download(archived(*mirrors[:2]), tmp_path)
    with pytest.raises(DataError, match=r"the SHA-256 of all\.tar\.gz is abc"):
        download(archived(mirrors[2], sha256="abc"), tmp_path)
    assert contents(tmp_path) == {}
    download(archived(*mirrors), tmp_path)
    assert contents(tmp_path) == CONTENT
