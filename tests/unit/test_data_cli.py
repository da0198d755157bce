"""The ``data`` commands, without files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mortalff.cli.data import app
from mortalff.errors import DataError, InputError


def command(*tokens: str) -> None:
    app(tokens, exit_on_error=False, print_error=False, result_action="return_value")


def test_every_data_set_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command("list", "--dir", str(tmp_path))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "digits   ready    built in"
    assert lines[1] == (
        f"mnist    missing  4 of 4 files not in {tmp_path}; run 'mortalff data get mnist'"
    )
    assert lines[2].startswith(f"cifar10  missing  6 of 6 files not in {tmp_path}; run ")
    assert lines[3].startswith(f"aesop    missing  1 of 1 files not in {tmp_path}; put the fables")
    assert len(lines) == 4


def test_what_no_server_has_must_be_put_there(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"'aesop'.*no server .*put the fables .*: " + str(tmp_path)
    ):
        command("get", "aesop", "--dir", str(tmp_path))


def test_the_digits_need_no_download(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command("get", "digits", "--dir", str(tmp_path))
    assert "built in: there is nothing to download" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_data_set_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data set: got 'minst'; .* did you mean 'mnist'\?"):
        command("get", "minst", "--dir", str(tmp_path))


def test_a_wrong_address_makes_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with pytest.raises(InputError, match="--base-url: got 'mirror'"):
        command("get", "mnist", "--dir", str(folder), "--base-url", "mirror")
    assert not folder.exists()
