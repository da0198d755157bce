"""The command line: exit codes, plain messages, nothing left behind by wrong input."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mortalff import __version__
from mortalff.cards.search import built_in
from mortalff.cli import main as cli
from mortalff.cli.main import main
from mortalff.studies.store import Store
from tests.strategies.studies import SMALL, dedented, install_breaking_learners, write

TINY = dedented("""
    study: tiny
    data: {name: digits, train: 60, test: 20}
    hidden: [8]
    epochs: 1
    blocks:
      - {name: a, hardware: [ideal], learners: [bp], seeds: [0, 1]}
""")

WRONG = (
    "unknown key",
    "wrong unit",
    "negative spread",
    "no such card",
    "no such learner",
    "learner on hardware that lacks what it needs",
    "data folder without data",
    "truncated file",
    "no such data folder",
    "not YAML",
    "no workers",
    "workers that are no number",
    "workers that are no whole number",
    "no such option",
)


def card(folder: Path, old: str, new: str) -> Path:
    """A copy of a card with something wrong in it."""
    home = folder / "ecram"
    shutil.copytree(Path(str(built_in())) / "ecram", home)
    text = (home / "card.toml").read_text()
    assert old in text
    (home / "card.toml").write_text(text.replace(old, new, 1))
    return home


def mnist(folder: Path) -> Path:
    """A folder with MNIST's files, the first of them cut short."""
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    for name in names:
        content = b"\0\0\x08" + bytes([int(name[-1])]) + b"\0\0\0\x05" * int(name[-1]) + b"\1\2\3"
        (folder / f"{name}-ubyte.gz").write_bytes(gzip.compress(content))
    return folder


def wrong_input(folder: Path) -> dict[str, tuple[str, str, list[str]]]:
    """What is wrong → the study, words of the message, and more of the command line."""
    digits = "{name: digits, train: 200, test: 100}"
    whole = SMALL.replace(digits, "{name: mnist}")
    empty = folder / "empty"
    empty.mkdir()
    misprinted = card(folder, 'unit = "weight"', 'unit = "V"')
    return {
        "unknown key": (SMALL.replace("hidden", "hiden"), "study.yaml:3: hiden: .*'hidden'", []),
        "wrong unit": (
            SMALL.replace("ecram]", str(misprinted) + "]"),
            r"study.yaml:7: blocks\[0\].hardware\[1\]: .*card.toml:\d+: device.dw_min",
            [],
        ),
        "negative spread": (
            SMALL.replace("    chips: 2", '    conditions: [{"variability.dw_min_std": -0.1}]', 1),
            'study.yaml:10: .*"variability.dw_min_std": .*got -0.1; .*at least 0',
            [],
        ),
        "no such card": (SMALL.replace("ecram]", "ecrm]"), "study.yaml:7: .*'ecrm'.*'ecram'", []),
        "no such learner": (SMALL.replace("[bp]", "[pb]"), "study.yaml:13: .*'pb'.*'bp'", []),
        "learner on hardware that lacks what it needs": (
            SMALL.replace("lr: 0.03", "weight_decay: 0.1"),
            r"study.yaml:9: blocks\[0\].learners\[0\]: on hardware 'gokmen_vlasov': learner 'ff': it"
            r" needs 'digital_update'",
            [],
        ),
        "data folder without data": (
            whole, "empty .*train-images-idx3-ubyte.*missing", ["--data", str(empty)],
        ),
        "truncated file": (
            whole, "train-images-idx3-ubyte.gz: .*truncated", ["--data", str(mnist(folder))],
        ),
        "no such data folder": (whole, "nowhere", ["--data", str(folder / "nowhere")]),
        "not YAML": ("study: [", "study.yaml:1: not valid YAML", []),
        "no workers": (TINY, "--workers: got 0", ["--workers", "0"]),
        "workers that are no number": (TINY, "--workers", ["--workers", "two"]),
        "workers that are no whole number": (
            TINY, "for --workers: got '1.5'; it must be a whole number", ["--workers", "1.5"],
        ),
        "no such option": (TINY, "--wrkers.*--workers", ["--wrkers", "2"]),
    }  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_input_is_told_with_exit_code_2_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text, told, more = wrong_input(tmp_path)[name]
    study, out = write(tmp_path, text), tmp_path / "out"
    assert main(["run", str(study), "--out", str(out), *more]) == 2
    said = capsys.readouterr()
    assert re.search(told, said.err), said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not out.exists()


def test_every_wrong_input_is_tried(tmp_path: Path) -> None:
    assert set(wrong_input(tmp_path)) == set(WRONG)


def test_a_study_is_run_and_found_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study, out = write(tmp_path, TINY), tmp_path / "out"
    command = ["run", str(study), "--out", str(out), "--workers", "1"]
    assert main([*command, "--dry-run"]) == 0
    assert "2 runs: 2 to do, 0 there, 0 skipped" in capsys.readouterr().out
    assert not out.exists()
    assert main(command) == 0
    said = capsys.readouterr()
    assert f"2 runs done, 0 were there; results in {out}" in said.out
    assert "2/2 runs" in said.err
    assert Store(out).command == "mortalff " + " ".join(command)
    assert (out / "study.yaml").read_text() == TINY
    assert main([*command, "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "2 runs: 0 to do, 2 there, 0 skipped" in shown
    assert all(run_id in shown for run_id in Store(out).table()["run_id"].to_pylist())
    assert main(command) == 0
    assert "0 runs done, 2 were there" in capsys.readouterr().out


def test_another_study_in_the_folder_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["run", str(write(tmp_path, TINY)), "--out", str(out), "--workers", "1"]) == 0
    before = sorted(path.name for path in out.rglob("*"))
    other = write(tmp_path, TINY.replace("study: tiny", "study: other"), "other.yaml")
    assert main(["run", str(other), "--out", str(out)]) == 2
    assert "it holds the results of study 'tiny'" in capsys.readouterr().err
    assert sorted(path.name for path in out.rglob("*")) == before


def test_failed_runs_are_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install_breaking_learners(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    text, out = TINY.replace("[bp]", "[bp, raises]").replace("[0, 1]", "[0]"), tmp_path / "out"
    assert main(["run", str(write(tmp_path, text)), "--out", str(out), "--workers", "1"]) == 1
    said = capsys.readouterr()
    assert "1 runs done, 0 were there, 1 failed: the same command tries them again" in said.out
    (path,) = (out / "failures").iterdir()
    assert f"RuntimeError: this learner always breaks; see {path}" in said.err
    assert main(["run", str(write(tmp_path, text)), "--out", str(out), "--dry-run"]) == 0
    assert "failed, to do" in capsys.readouterr().out


def test_ctrl_c_elsewhere_is_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", interrupted)
    assert main(["doctor"]) == 130
    assert capsys.readouterr().err == "stopped\n"


def test_a_folder_that_cannot_be_written_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "out"
    assert main(["run", str(write(tmp_path, TINY)), "--out", str(out), "--workers", "1"]) == 2
    assert str(out) in capsys.readouterr().err


def in_a_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mortalff.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from mortalff.cli.main import main; main(['--help']); main(['run', '--help']);"
        "print([name for name in ('torch', 'numba', 'pyarrow', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    commands = ("doctor", "cards", "data", "energy", "run", "report")
    assert all(f"│ {name} " in done.stdout for name in commands)
    assert "mortalff run mine.yaml --out results/mine --workers 4" in done.stdout
    assert "--dry-run" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_told() -> None:
    assert in_a_process("--version").stdout == f"{__version__}\n"


def test_a_reader_that_leaves_early_is_no_error() -> None:
    for words in (["--help"], ["energy", "adc", "--bits", "8", "--node", "32", "--rate", "1e8"],
                  ["cards"]):  # fmt: skip
        for mode in ("", "-u"):  # with and without a buffer
            command = [sys.executable, *mode.split(), "-m", "mortalff.cli.main", *words]
            environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
            read, written = os.pipe()
            os.close(read)
            done = subprocess.run(
                command, stdout=written, stderr=subprocess.PIPE, text=True, check=False,
                timeout=60, env=environment,
            )  # fmt: skip
            os.close(written)
            assert (done.returncode, done.stderr) == (1, ""), (words, mode)


def test_a_pipe_broken_elsewhere_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(BrokenPipeError):
        main(["doctor"])


def test_in_a_process_of_its_own_wrong_input_is_2_without_a_traceback(tmp_path: Path) -> None:
    done = in_a_process("run", str(tmp_path / "gone.yaml"))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("study: got ")
    assert "there is no such file" in done.stderr
    assert in_a_process("rnu").returncode == 2
    assert in_a_process("report", str(tmp_path)).returncode == 2
