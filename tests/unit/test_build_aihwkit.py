"""aihwkit's build: what the machine lacks is said, and no wheel is trusted that does not work."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import build_aihwkit as tool
from tools.build_aihwkit import FAILED, LACKING, NotAvailableError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder, with nothing in it."""
    monkeypatch.setattr(tool, "cache_folder", lambda: tmp_path / "key")
    (tmp_path / "key").mkdir()
    return tmp_path / "key"


def build_instead(monkeypatch: pytest.MonkeyPatch, verdicts: list[str]) -> list[str]:
    """Replace build, installation and pip; return what was done, in order.

    ``verdicts`` are what is wrong with each wheel that is installed, in order.
    """
    done: list[str] = []

    def build(folder: Path) -> Path:
        done.append("build")
        wheel = folder / "aihwkit-new.whl"
        wheel.touch()
        return wheel

    def fault(wheel: Path) -> str:
        done.append(f"try {wheel.name}")
        return verdicts.pop(0)

    monkeypatch.setattr(tool, "build", build)
    monkeypatch.setattr(tool, "fault", fault)
    monkeypatch.setattr(tool, "pip", lambda *arguments: done.append(f"pip {arguments[0]}"))
    return done


def test_the_cache_is_keyed_by_all_that_the_wheel_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {"torch": "2.13.0+cpu", "scipy-openblas32": "0.3.34"}
    monkeypatch.setattr(tool, "version", versions.__getitem__)
    monkeypatch.setenv("MORTALFF_WHEEL_CACHE", str(tmp_path))
    first = tool.cache_folder()
    assert first.parent == tmp_path
    versions["torch"] = "2.13.0+cu130"
    second = tool.cache_folder()
    versions["scipy-openblas32"] = "0.3.35"
    assert len({first, second, tool.cache_folder()}) == 3
    assert str(sys.implementation.cache_tag) in first.name


def test_no_compiler_is_said_with_what_to_install(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.delenv("CC", raising=False)
    assert tool.main() == LACKING
    said = capsys.readouterr().err
    assert "no C++ compiler (c++, g++, clang++) and no C compiler" in said
    assert said.endswith("apt-get install g++\n")


def test_python_without_headers_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("c++", "cc"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(tool.sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(NotAvailableError, match=r"apt-get install python3\.\d+-dev$") as caught:
        tool.check_tools()
    assert caught.value.status == LACKING


def test_a_kept_wheel_that_works_is_not_built_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "aihwkit-old.whl").touch()
    done = build_instead(monkeypatch, [""])
    assert tool.main() == 0
    assert done == ["try aihwkit-old.whl"]


def test_a_kept_wheel_that_fails_is_built_again_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "aihwkit-old.whl").touch()
    done = build_instead(monkeypatch, ["crashed", ""])
    assert tool.main() == 0
    assert done == ["try aihwkit-old.whl", "build", "try aihwkit-new.whl"]
    assert [wheel.name for wheel in folder.iterdir()] == ["aihwkit-new.whl"]


def test_a_new_wheel_that_fails_is_neither_kept_nor_left_installed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = build_instead(monkeypatch, ["the weights did not move"])
    assert tool.main() == FAILED
    assert done == ["build", "try aihwkit-new.whl", "pip uninstall"]
    assert list(folder.iterdir()) == []
    said = capsys.readouterr().err
    assert "the weights did not move" in said
    assert str(folder / "build.log") in said


def test_a_build_that_fails_shows_the_first_errors_and_the_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(command: list[str], environment: dict[str, str], log: Path) -> int:
        log.write_text("[1/9] building\nrng.cpp:3: fatal error: no such header\nmore\n")
        return 1

    monkeypatch.setattr(tool, "check_tools", lambda: None)
    monkeypatch.setattr(tool, "build_environment", lambda scratch: {})
    monkeypatch.setattr(tool, "run_logged", fail)
    assert tool.main() == FAILED
    said = capsys.readouterr().err
    assert "fatal error: no such header" in said
    assert str(folder / "build.log") in said
    assert [path.name for path in folder.iterdir()] == ["build.log"]


def test_the_log_holds_all_that_the_build_says(tmp_path: Path) -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
    log = tmp_path / "log"
    assert tool.run_logged([sys.executable, "-c", script], {}, log) == 7
    assert sorted(log.read_text().split()) == ["err", "out"]


def test_blas_functions_get_the_names_of_the_sources(tmp_path: Path) -> None:
    real = tmp_path / "blas" / "include"
    real.mkdir(parents=True)
    (real / "cblas.h").write_text("void scipy_cblas_sgemm(int n);\nint scipy_cblas_isamax (int);\n")
    tool.write_blas_headers(tmp_path / "include", tmp_path / "blas")
    lines = (tmp_path / "include" / "cblas.h").read_text().splitlines()
    assert lines[:2] == [
        "#define cblas_isamax scipy_cblas_isamax",
        "#define cblas_sgemm scipy_cblas_sgemm",
    ]
    assert lines[-1] == f'#include "{real / "cblas.h"}"'


def test_the_build_finds_its_blas_beside_itself_and_ignores_cuda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "cblas.h").touch()
    monkeypatch.setattr(tool, "package_folder", lambda name: tmp_path)
    monkeypatch.setenv("USE_CUDA", "ON")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = tool.build_environment(scratch)
    assert environment["USE_CUDA"] == "OFF"
    assert environment["LDFLAGS"].endswith(r"-rpath,\$ORIGIN/../../scipy_openblas32/lib")
    assert f"-DTorch_DIR={scratch / 'torch'}" in environment["CMAKE_ARGS"]
    assert int(environment["CMAKE_BUILD_PARALLEL_LEVEL"]) >= 1
