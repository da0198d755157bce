"""The doctor says ok only of what works, and never fails itself."""

from __future__ import annotations

import subprocess
import textwrap
from pathlib import Path

import pytest

from mortalff import __version__, doctor
from mortalff.cli import doctor as command
from mortalff.data.mnist import MNIST
from mortalff.data.sources import DATA_VARIABLE
from mortalff.doctor import OPTIONAL, Check, diagnose, works

NAMES = [
    "Python",
    "mortalff",
    "torch",
    "numba kernels",
    "device cards",
    "aihwkit",
    "C++ compiler",
    "GPU",
    "data",
]

# An aihwkit of a few lines, whose faults can be chosen.
FAKE_CONFIGS = """
    import os
    import torch

    class ConstantStepDevice: ...

    class IOParameters:
        def __init__(self, is_perfect): ...

    class Tile:
        def __init__(self, n_out, n_in, config): ...
        def set_weights(self, w): self.w = w
        def get_weights(self): return self.w.clone(), None
        def set_learning_rate(self, lr): self.lr = lr
        def forward(self, x): {forward}
        def update(self, x, d): {update}

    class SingleRPUConfig:
        tile_class = Tile
        def __init__(self, device, forward): ...
"""
RIGHT_FORWARD = "return x @ self.w.T"
RIGHT_UPDATE = "self.w -= self.lr * d.T @ x"


def fake_aihwkit(folder: Path, forward: str = RIGHT_FORWARD, update: str = RIGHT_UPDATE) -> None:
    simulator = folder / "aihwkit" / "simulator"
    simulator.mkdir(parents=True)
    (folder / "aihwkit" / "__init__.py").write_text("__version__ = '0.fake'\n")
    (simulator / "__init__.py").touch()
    source = textwrap.dedent(FAKE_CONFIGS).format(forward=forward, update=update)
    (simulator / "configs.py").write_text(source)


def test_each_part_is_tried_and_what_is_needed_works() -> None:
    checks = diagnose()
    assert [check.name for check in checks] == NAMES
    assert not [check for check in checks if check.status == "ok" and check.hint]
    assert works(checks), checks
    details = {check.name: check.detail for check in checks}
    assert __version__ in details["mortalff"]
    assert "gokmen_vlasov" in details["device cards"]


def test_only_what_is_optional_may_fail() -> None:
    fine = [Check(name, "ok", "") for name in NAMES]
    for name in NAMES:
        checks = [Check(c.name, "broken", "") if c.name == name else c for c in fine]
        assert works(checks) == (name in OPTIONAL)


def test_a_working_tile_is_ok(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_aihwkit(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    check = doctor.check_aihwkit()
    assert (check.status, check.hint) == ("ok", "")
    assert check.detail.startswith("0.fake")


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ({"update": "pass"}, "update moved the weights by"),
        ({"forward": "return 2 * x @ self.w.T"}, "forward gave"),
        ({"forward": "raise TypeError('built for another torch')"}, "built for another torch"),
        ({"forward": "os.abort()"}, "status -6"),
    ],
)
def test_a_tile_that_does_not_work_is_broken(
    faults: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_aihwkit(tmp_path, **faults)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    check = doctor.check_aihwkit()
    assert check.status == "broken"
    assert said in check.detail
    assert "make aihwkit" in check.hint


def test_no_aihwkit_is_missing_not_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = tmp_path / "probe.py"
    probe.write_text("import sys\nsys.exit(\"ModuleNotFoundError: No module named 'aihwkit'\")\n")
    monkeypatch.setattr(doctor, "_PROBE", probe)
    assert doctor.check_aihwkit().status == "missing"


def test_a_tile_that_never_ends_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = tmp_path / "probe.py"
    probe.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(doctor, "_PROBE", probe)
    monkeypatch.setattr(doctor, "_PROBE_LIMIT_S", 0.2)
    check = doctor.check_aihwkit()
    assert (check.status, "did not end" in check.detail) == ("broken", True)


def test_what_a_check_raises_is_its_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode() -> Check:
        raise OSError("libc10.so: cannot open")

    def lack() -> Check:
        raise ModuleNotFoundError("No module named 'torch'")

    monkeypatch.setattr(doctor, "check_gpu", explode)
    monkeypatch.setattr(doctor, "check_torch", lack)
    monkeypatch.setattr(doctor, "check_aihwkit", lack)  # only to be quick
    checks = {check.name: check for check in diagnose()}
    assert checks["GPU"] == Check("GPU", "broken", "OSError: libc10.so: cannot open")
    assert checks["torch"].status == "missing"
    assert not works(checks.values())


def test_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    check = doctor.check_compiler()
    assert (check.status, "apt-get install g++" in check.hint) == ("missing", True)


def test_data_missing_and_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    check = doctor.check_data()
    assert check.status == "missing"
    assert f"4 of MNIST's 4 files are not in {tmp_path}" in check.detail
    for file in MNIST.files:
        (tmp_path / file.name).write_bytes(b"not MNIST")
    check = doctor.check_data()
    assert (check.status, MNIST.files[0].name in check.detail) == ("broken", True)


def test_complete_data_is_ok(mnist_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(mnist_dir))
    assert doctor.check_data().status == "ok"


def test_a_card_that_breaks_the_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.toml").write_text('name = "mine"\n')
    monkeypatch.setenv("MORTALFF_CARDS", str(tmp_path))
    check = doctor.check_cards()
    assert (check.status, check.detail.startswith("mine: ")) == ("broken", True)


def test_the_commit_is_that_of_a_checkout(tmp_path: Path) -> None:
    assert doctor._commit(tmp_path) == ""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "first"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    assert doctor._commit(tmp_path) == f"commit {head.stdout[:12]}"


@pytest.mark.parametrize(
    ("name", "code", "verdict"),
    [
        (None, 0, "Everything works."),
        ("aihwkit", 0, "Everything works, but for what needs aihwkit."),
        ("torch", 1, "mortalff does not work here: mend torch."),
    ],
)
def test_the_command_prints_and_answers_with_a_code(
    name: str | None,
    code: int,
    verdict: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    checks = [
        Check(n, "broken", "it [does] not run", "mend it") if n == name else Check(n, "ok", "fine")
        for n in NAMES
    ]
    monkeypatch.setattr(command, "diagnose", lambda: checks)
    assert command.doctor() == code
    printed = capsys.readouterr().out
    assert verdict in printed
    if name is not None:
        assert "it [does] not run" in printed
        assert "mend it" in printed
