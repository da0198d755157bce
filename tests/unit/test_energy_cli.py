"""The ``energy`` commands."""

from __future__ import annotations

import pytest

from mortalff.cli.energy import app
from mortalff.cli.main import main
from mortalff.errors import InputError


def command(*tokens: str) -> None:
    app(tokens, exit_on_error=False, print_error=False, result_action="return_value")


def test_adc_shows_each_model(capsys: pytest.CaptureFixture[str]) -> None:
    command("adc", "--bits", "8", "--node", "32", "--rate", "1.2e9")
    shown = capsys.readouterr().out
    assert "8 bits, 32 nm, 1.2e+09 conversions a second" in shown
    lines = shown.splitlines()
    regression = next(line for line in lines if "2404.06553" in line).split()
    assert regression[-6:] == ["1.85", "pJ", "7.22", "fJ", "6313", "µm²"]
    assert sum("% quantile of those since 2015" in line for line in lines) == 3
    assert "taken as 22 nm" not in shown


def test_adc_warns_of_small_nodes(capsys: pytest.CaptureFixture[str]) -> None:
    command("adc", "--bits", "8", "--node", "7", "--rate", "1e8")
    shown = capsys.readouterr().out
    assert "with the node taken as 22 nm" in shown
    assert "use that line" in shown


def test_adc_takes_a_comparator_for_few_bits(capsys: pytest.CaptureFixture[str]) -> None:
    command("adc", "--bits", "1", "--node", "65", "--rate", "1e8")
    shown = capsys.readouterr().out
    assert "one comparator, typical" in shown
    assert "67 fJ" in shown
    assert "2404.06553" not in shown


@pytest.mark.parametrize("bits", ["8.5", "inf", "nan", "eight"])
def test_bits_that_are_no_whole_number_are_refused(
    bits: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["energy", "adc", "--bits", bits, "--node", "32", "--rate", "1e8"]) == 2
    said = capsys.readouterr()
    assert f"--bits: got '{bits}'; it must be a whole number" in said.err
    assert said.out == ""


def test_a_whole_number_may_be_written_with_a_point(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["energy", "adc", "--bits", "8.0", "--node", "32", "--rate", "1e8"]) == 0
    assert capsys.readouterr().out.startswith("8 bits")


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (("--bits", "17", "--node", "32", "--rate", "1e8"), "--bits: got 17; .*give 1 to 16"),
        (("--bits", "0", "--node", "32", "--rate", "1e8"), "--bits: got 0; .*give 1 to 16"),
        (("--bits", "8", "--node", "-1", "--rate", "1e8"), "--node: got -1.0; .*above 0"),
        (("--bits", "2", "--node", "32", "--rate", "0"), "--rate: got 0.0; .*above 0"),
    ],
)
def test_adc_refuses_what_makes_no_sense(
    tokens: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match=said):
        command("adc", *tokens)
    assert capsys.readouterr().out == ""
