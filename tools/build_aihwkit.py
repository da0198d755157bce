"""Build aihwkit from its source distribution, install it, and prove that it works.

aihwkit must be compiled against the very torch it will run with, and its build wants the headers
of a BLAS. Those come from the wheel scipy-openblas32, so nothing is needed of the system but a C++
compiler and Python's headers. The wheel is kept in ``~/.cache/mortalff/wheels`` (or
$MORTALFF_WHEEL_CACHE), in a folder named after everything that it was built against.

Run it with the Python of the virtual environment. Exit status: 0 aihwkit is installed and works;
3 the system lacks something that the build needs; 4 it was built and does not work, or could not
be built.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

AIHWKIT = "1.2.0"
LACKING, FAILED = 3, 4
PROBE = Path(__file__).resolve().parent.parent / "mortalff" / "aihwkit_probe.py"
GIB_PER_COMPILER = 1.5


class NotAvailableError(Exception):
    """aihwkit cannot be had; the message says why, the status for whom to mend it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def cache_folder() -> Path:
    """Where the wheel belongs that fits this Python, torch, BLAS and kind of machine."""
    named = os.environ.get("MORTALFF_WHEEL_CACHE")
    root = Path(named).expanduser() if named else Path.home() / ".cache" / "mortalff" / "wheels"
    parts = (
        f"aihwkit-{AIHWKIT}",
        f"torch-{version('torch')}",
        sys.implementation.cache_tag,
        f"scipy_openblas32-{version('scipy-openblas32')}",
        sysconfig.get_platform(),
    )
    return root / "_".join(parts)


def check_tools() -> None:
    """Name what the system lacks."""
    lacking = []
    for variable, names, label in (
        ("CXX", ("c++", "g++", "clang++"), "C++ compiler"),
        ("CC", ("cc", "gcc", "clang"), "C compiler"),
    ):
        chosen = shlex.split(os.environ.get(variable, ""))[:1] or names
        if not any(shutil.which(name) for name in chosen):
            lacking.append((f"{label} ({', '.join(chosen)})", "g++"))
    headers = Path(sysconfig.get_path("include"), "Python.h")
    if not headers.is_file():
        lacking.append(
            (f"headers of Python ({headers})", f"python{sysconfig.get_python_version()}-dev")
        )
    if lacking:
        what = " and no ".join(label for label, _ in lacking)
        packages = " ".join(dict.fromkeys(package for _, package in lacking))
        raise NotAvailableError(
            LACKING,
            f"aihwkit {AIHWKIT} was not built: this machine has no {what}.\n"
            f"On Debian or Ubuntu: apt-get install {packages}",
        )


def package_folder(name: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise NotAvailableError(
            FAILED,
            f"aihwkit {AIHWKIT} was not built: the Python package {name} is not installed.\n"
            "Install what the build needs: pip install 'mortalff[aihwkit]'",
        )
    return Path(spec.origin).parent


def write_blas_headers(folder: Path, blas: Path) -> None:
    """Give scipy-openblas32's prefixed functions the names that aihwkit's sources use."""
    folder.mkdir()
    real = blas / "include"
    names = sorted(set(re.findall(r"\bscipy_(cblas_\w+)\s*\(", (real / "cblas.h").read_text())))
    names += ["openblas_set_num_threads", "openblas_get_num_threads"]
    defines = "".join(f"#define {name} scipy_{name}\n" for name in names)
    (folder / "cblas.h").write_text(f'{defines}#include "{real / "cblas.h"}"\n')
    (folder / "openblas_config.h").write_text(f'#include "{real / "openblas_config.h"}"\n')


def write_torch_config(folder: Path, torch: Path) -> None:
    """Tell cmake where torch's headers and libraries are, and nothing more.

    The configuration that comes with a CUDA torch stops where no CUDA toolkit is installed, though
    the part of aihwkit that is built here uses none of it.
    """
    folder.mkdir()
    include = torch / "include"
    (folder / "TorchConfig.cmake").write_text(
        f'set(TORCH_INCLUDE_DIRS "{include}" "{include}/torch/csrc/api/include")\n'
        f'set(TORCH_LIB_DIR "{torch / "lib"}")\n'
        "set(TORCH_FOUND TRUE)\n"
    )


def jobs() -> int:
    """Compilers to run at once: as many as cores and memory allow."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return max(1, min(len(os.sched_getaffinity(0)), int(memory_gib / GIB_PER_COMPILER)))


def build_environment(scratch: Path) -> dict[str, str]:
    """The environment of the build; writes the helper files that it names into ``scratch``."""
    blas, torch = package_folder("scipy_openblas32"), package_folder("torch")
    write_blas_headers(scratch / "include", blas)
    write_torch_config(scratch / "torch", torch)
    cmake_args = (
        f"-DOpenBLAS_INCLUDE_DIR={scratch / 'include'}",
        f"-DOpenBLAS_LIB={blas / 'lib' / 'libscipy_openblas.so'}",
        f"-DTorch_DIR={scratch / 'torch'}",
    )
    # Found from aihwkit/simulator/ wherever the environment stands; cmake keeps the backslash
    # until the linker's shell.
    rpath = r"-Wl,-rpath,\$ORIGIN/../../scipy_openblas32/lib"
    scripts = sysconfig.get_path("scripts")  # stubgen must be on PATH
    return {
        "CMAKE_BUILD_PARALLEL_LEVEL": str(jobs()),
        **os.environ,
        "CMAKE_ARGS": shlex.join(cmake_args),
        "LDFLAGS": f"{os.environ.get('LDFLAGS', '')} {rpath}".strip(),
        "PATH": scripts + os.pathsep + os.environ.get("PATH", os.defpath),
        "USE_CUDA": "OFF",
        "VIRTUAL_ENV": sys.prefix,
    }


def build(folder: Path) -> Path:
    """Build the wheel into ``folder``; it appears there whole or not at all."""
    check_tools()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "build.log"
    print(f"Building aihwkit {AIHWKIT} (2 to 6 minutes on two cores; log: {log})", flush=True)
    with tempfile.TemporaryDirectory(prefix="build-", dir=folder) as name:
        scratch = Path(name)
        command = [
            *(sys.executable, "-m", "pip", "wheel", "-v", "--no-cache-dir", "--no-deps"),
            *("--no-build-isolation", "--no-binary", "aihwkit", "--wheel-dir", str(scratch)),
            f"aihwkit=={AIHWKIT}",
        ]
        status = run_logged(command, build_environment(scratch), log)
        built = list(scratch.glob("aihwkit-*.whl"))
        if status != 0 or not built:
            raise NotAvailableError(FAILED, build_failure(log))
        return built[0].replace(folder / built[0].name)


def run_logged(command: list[str], environment: dict[str, str], log: Path) -> int:
    """Run a command with its output in ``log``; on a terminal, show how far it has come."""
    start = time.monotonic()
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            step = re.match(r"\s*\[(\d+/\d+)\]", line)
            if step and sys.stderr.isatty():
                seconds = time.monotonic() - start
                print(f"\r  step {step[1]}, {seconds:.0f} s ", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return process.returncode


def build_failure(log: Path) -> str:
    """A few lines on a failed build: the first errors in its log, and where it is."""
    lines = log.read_text(encoding="utf-8").splitlines()
    wrong = dict.fromkeys(line.strip() for line in lines if re.search(r"(?i)\berror\b", line))
    shown = "".join(f"  {line[:160]}\n" for line in list(wrong)[:3])
    return f"aihwkit {AIHWKIT} could not be built. The first errors:\n{shown}The full log: {log}"


def pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this environment's pip, quietly."""
    command = [sys.executable, "-m", "pip", "--quiet", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def fault(wheel: Path) -> str:
    """Install a wheel in place of any aihwkit that is there; what is wrong with it, or ``""``."""
    done = pip("install", "--force-reinstall", "--no-deps", str(wheel))
    if done.returncode != 0:
        return f"pip could not install {wheel}: {done.stderr.strip()[-300:]}"
    # -P keeps the script's folder, and so the package's own file names, off the import path.
    command = [sys.executable, "-P", str(PROBE)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    except subprocess.TimeoutExpired:
        return "a tile's forward pass and update did not end within 300 s"
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        return f"a tile failed with status {done.returncode}: {said[-1]}"
    return ""


def provide() -> str:
    """Install an aihwkit that works, from the cache or newly built; say which."""
    folder = cache_folder()
    kept = next(iter(sorted(folder.glob("aihwkit-*.whl"))), None)
    if kept is not None:
        wrong = fault(kept)
        if not wrong:
            return f"from {kept}"
        print(f"The kept wheel {kept} does not work ({wrong}); building it again", flush=True)
        kept.unlink()
    wheel = build(folder)
    wrong = fault(wheel)
    if wrong:
        wheel.unlink()
        pip("uninstall", "--yes", "aihwkit")  # absent is clearer than broken
        log = folder / "build.log"
        raise NotAvailableError(
            FAILED, f"aihwkit {AIHWKIT} was built and does not work: {wrong}\nThe full log: {log}"
        )
    return f"built and kept as {wheel}"


def main() -> int:
    try:
        how = provide()
    except NotAvailableError as error:
        print(error, file=sys.stderr)
        return error.status
    print(f"aihwkit {AIHWKIT} works ({how})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
