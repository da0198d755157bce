"""Study files for tests, and a distribution with learners that break."""

from __future__ import annotations

import textwrap
from pathlib import Path

from hypothesis import strategies as st

from mortalff.studies.study_file import StudyFile, read_study

SMALL = """\
study: small
data: {name: digits, train: 200, test: 100}
hidden: [12, 12]
epochs: 2
blocks:
  - name: in_situ
    hardware: [gokmen_vlasov, ecram]
    learners:
      - {name: ff, settings: {lr: 0.03, batch: 20, readout_from_layer: 1}}
    chips: 2
  - name: reference
    hardware: [ideal]
    learners: [bp]
    seeds: [0, 1]
transfers:
  - name: mortality
    hardware: [gokmen_vlasov]
    learner: {name: ff, settings: {lr: 0.03, batch: 20, readout_from_layer: 1}}
    methods: [copy, distil, relearn]
    transfer_images: 100
    chips: 2
"""
"""Five runs that take a second or so together."""

LONGER = """\
study: longer
data: {name: digits, train: 400, test: 50}
hidden: [40, 40]
epochs: 6
blocks:
  - name: in_situ
    hardware: [gokmen_vlasov]
    learners: [{name: ff, settings: {lr: 0.03, batch: 20, readout_from_layer: 1}}]
    seeds: [0, 1, 2, 3]
transfers:
  - name: mortality
    hardware: [gokmen_vlasov]
    learner: {name: ff, settings: {lr: 0.03, batch: 20, readout_from_layer: 1}}
    methods: [distil, relearn]
"""
"""Five runs, long enough that a study can be stopped between the first and the last."""

BREAKING = """\
study: breaking
data: {name: digits, train: 60, test: 20}
hidden: [8]
epochs: 1
blocks:
  - {name: good, hardware: [ideal], learners: [bp], seeds: [0, 1, 2]}
  - {name: raises, hardware: [ideal], learners: [raises]}
  - {name: dies, hardware: [ideal], learners: [dies]}
"""
"""Runs of which one raises an error and one kills its process."""

_BREAKING_LEARNERS = '''
"""Learners that break."""

import os
import signal

from mortalff.learners.bp import BP


class Raises(BP):
    name = "raises"

    def step(self, images, targets, rate):
        raise RuntimeError("this learner always breaks")


class Dies(BP):
    name = "dies"

    def step(self, images, targets, rate):
        os.kill(os.getpid(), signal.SIGKILL)
'''


def write(folder: Path, text: str, name: str = "study.yaml") -> Path:
    """Write a study file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def study_file(folder: Path, text: str) -> StudyFile:
    """Write and read a study file."""
    return read_study(write(folder, text))


def install_breaking_learners(folder: Path) -> None:
    """Make a folder into what an installed distribution with two learners looks like."""
    install(folder, "breaking", {"raises": "breaking:Raises", "dies": "breaking:Dies"})
    (folder / "breaking.py").write_text(_BREAKING_LEARNERS, encoding="utf-8")


def install(folder: Path, name: str, learners: dict[str, str]) -> None:
    """The metadata of an installed distribution that declares learners."""
    info = folder / f"{name}-1.5.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
    points = "".join(f"{key} = {value}\n" for key, value in learners.items())
    (info / "entry_points.txt").write_text("[mortalff.learners]\n" + points)


def dedented(text: str) -> str:
    """Text without the indentation of the code around it."""
    return textwrap.dedent(text).lstrip("\n")


json_numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
"""Numbers as a study file may hold them."""

words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
"""Plain text; JSON writes other characters in a way that YAML reads differently."""

json_values = st.recursive(
    st.none() | st.booleans() | json_numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
"""What a study file may hold."""
