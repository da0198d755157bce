"""``mortalff reproduce``: experiments are run once, judged, and told; results that are there are judged alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mortalff.cli.main import main
from mortalff.studies.store import Store
from tests.strategies.stores import STUDY, write_store
from tests.strategies.studies import install_breaking_learners, write

TINY = """\
study: tiny
data: {name: digits, train: 60, test: 20}
hidden: [8, 8]
epochs: 1
seeds: [0, 1]
blocks:
  - {name: ff, hardware: [ideal], learners: [ff]}
  - {name: bp, hardware: [ideal], learners: [bp]}
"""
FILE = """\
experiments:
  - name: digits
    title: a net too small to learn
    size: small
    study: tiny.yaml
    minutes: 0.1
    results:
      - name: softmax
        rows: {block: ff, readout: better}
        published: {value: 1.36, source: "nobody | ever"}
        target: {at_most: 100}
      - name: better than no error
        rows: {block: ff}
        minus: {block: bp}
        target: {at_most: -100}
"""
MADE = """\
experiments:
  - name: cards
    title: made-up results
    size: small
    study: made.yaml
    minutes: 1
    results:
      - name: ecram
        rows: {block: cards, hardware: ecram, learner: ff}
        target: {value: 6.4, within: 3}
  - name: other
    title: not in the folder
    size: small
    study: tiny.yaml
    minutes: 1
    results: [{name: error, rows: {block: ff}}]
"""


def experiments(folder: Path, text: str = FILE, study: str = TINY) -> list[str]:
    """The beginning of a command line with a file of experiments."""
    write(folder, study, "tiny.yaml")
    return ["reproduce", "--experiments", str(write(folder, text, "experiments.yaml"))]


def test_an_experiment_is_run_once_and_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, page = tmp_path / "out", tmp_path / "pages" / "table.md"
    command = [*experiments(tmp_path), "--out", str(out), "--workers", "1"]
    command += ["--markdown", str(page)]
    assert main(command) == 0
    said = capsys.readouterr()
    assert re.search(r"digits +softmax .*2 \(2 seeds\) +≤ 100 +met", said.out)
    assert re.search(r"better than no error .*≤ -100 +missed", said.out)
    assert "2 numbers: 1 met, 1 missed" in said.out
    assert "4/4 runs" in said.err
    assert Store(out / "tiny").command.startswith("mortalff reproduce --out")
    text = page.read_text()
    assert r"| digits | softmax | 1.36 (nobody \| ever) | " in text
    assert "| ≤ -100 | missed |" in text
    assert re.search(r"^Made by mortalff \d", text, re.MULTILINE)
    assert main(command) == 0
    again = capsys.readouterr()
    assert again.out == said.out
    assert "4 runs" not in again.err
    assert page.read_text() == text


def test_results_that_are_there_are_judged_and_nothing_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, STUDY, "made.yaml")
    write_store(tmp_path / "results" / "a_name_of_its_own")
    command = [*experiments(tmp_path, MADE), "--from", str(tmp_path / "results")]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert re.search(r"ecram +[\d.]+ ± [\d.]+ +6 \(1 seed × 6 chips\) +6.4 ± 3 +met", said)
    assert "other: not run yet" in said
    assert "1 met, 1 no results" in said
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "experiments.yaml", "made.yaml", "results", "tiny.yaml",
    ]  # fmt: skip
    write_store(tmp_path / "results" / "twice")
    assert main(command) == 2
    assert "study 'demonstration' has results in" in capsys.readouterr().err
    assert main([*command[:-1], str(tmp_path / "empty")]) == 2
    assert "it holds no results" in capsys.readouterr().err
    assert main([*command, "--out", "elsewhere"]) == 2
    assert "either made or looked up" in capsys.readouterr().err


def test_the_list_names_both_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "--list"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^label_in_input +small +\d", said, re.MULTILINE)
    assert re.search(r"^label_in_input +paper +\d", said, re.MULTILINE)


def test_without_its_data_an_experiment_is_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = TINY.replace("{name: digits, train: 60, test: 20}", "{name: mnist}")
    out, empty = tmp_path / "out", tmp_path / "empty"
    empty.mkdir()
    command = [*experiments(tmp_path, study=study), "--out", str(out), "--data", str(empty)]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert re.search(r"^digits: skipped: .*train-images-idx3-ubyte.*missing", said, re.MULTILINE)
    assert "2 no results" in said
    assert not out.exists()


def test_a_failed_run_is_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install_breaking_learners(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    study = TINY.replace("[bp]", "[raises]").replace("[0, 1]", "[0]")
    command = [*experiments(tmp_path, study=study), "--out", str(tmp_path / "out")]
    assert main([*command, "--workers", "1"]) == 1
    said = capsys.readouterr()
    assert "1 met, 1 no results" in said.out
    assert "digits: failed: RuntimeError: this learner always breaks" in said.out
    assert "failed: " in said.err


def test_wrong_names_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*experiments(tmp_path), "digts"]) == 2
    assert "did you mean 'digits'?" in capsys.readouterr().err
