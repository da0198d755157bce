"""What lists of commands say: each has its line."""

from __future__ import annotations

import re

import pytest

from mortalff.cli.main import main


@pytest.mark.parametrize("group", [[], ["energy"], ["cards"], ["data"]])
def test_every_command_says_what_it_does(
    group: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*group, "--help"]) == 0
    commands = re.findall(r"^│ ([a-z]+)( .*)│$", capsys.readouterr().out, re.MULTILINE)
    assert commands
    assert not [name for name, said in commands if not said.strip()]
