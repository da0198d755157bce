"""Files of reference experiments: what they may say, what is told of wrong ones, and choosing by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from mortalff.errors import SpecError
from mortalff.studies.experiments import Target
from mortalff.studies.experiments_file import read_experiments, select
from tests.strategies.studies import write

STUDY = """\
study: tiny
data: {name: digits}
hidden: [8]
epochs: 1
blocks:
  - {name: plain, hardware: [ideal], learners: [ff, bp]}
"""
FILE = """\
experiments:
  - name: label
    title: labels
    size: small
    study: tiny.yaml
    minutes: 1
    results:
      - name: error
        rows: {block: plain, learner: ff, readout: better}
        published: {value: 1.36, source: "Hinton 2022"}
        target: {value: 2.0, within: 0.5}
  - name: label_twice
    title: labels again
    size: paper
    study: tiny.yaml
    minutes: 1
    results:
      - {name: error, rows: {block: plain, learner: bp}}
"""


def written(folder: Path, text: str = FILE) -> Path:
    """A file of experiments and its study."""
    write(folder, STUDY, "tiny.yaml")
    return write(folder, text, "experiments.yaml")


def test_a_file_is_read_with_its_studies(tmp_path: Path) -> None:
    first, second = read_experiments(written(tmp_path))
    assert (first.experiment.name, first.study) == ("label", "tiny")
    assert first.experiment.results[0].target == Target(value=2.0, within=0.5)
    assert second.experiment.results[0].target is None


WRONG = {
    "unknown key": ("minutes: 1\n", "minuts: 1\n", r":6: experiments\[0\].minuts: .*'minutes'"),
    "unknown size": ("size: small", "size: smal", r":4: experiments\[0\].size: .*'small'"),
    "no number": ("value: 1.36", 'value: "low"', r":10: .*published.value: .*number"),
    "half a target": (", within: 0.5", "", r":11: .*target: .*value and within"),
    "two targets": ("within: 0.5", "at_most: 3", r":11: .*target: .*value and within"),
    "bounds the wrong way round": (
        "{value: 2.0, within: 0.5}", "{at_least: 3, at_most: 2}", r":11: .*at_least: .*bound is 2",
    ),
    "a read-out that is no word": ("readout: better", 'readout: "a b"', r":9: .*readout: .*must match"),
    "no such block": ("block: plain, learner: ff", "block: plane", r":9: .*block: .*'plain'"),
    "no such learner": ("learner: ff", "learner: fff", r":9: .*learner: .*'ff'"),
    "no such study": ("study: tiny.yaml", "study: tyni.yaml", r":5: .*study: .*no such file"),
    "a name twice": (
        "name: label_twice\n    title: labels again\n    size: paper",
        "name: label\n    title: labels again\n    size: small",
        r":12: experiments\[1\].name: .*another small experiment",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_with_file_line_and_key(tmp_path: Path, what: str) -> None:
    old, new, told = WRONG[what]
    assert old in FILE
    with pytest.raises(SpecError, match=r"experiments.yaml" + told):
        read_experiments(written(tmp_path, FILE.replace(old, new, 1)))


def test_two_studies_of_one_name_are_told(tmp_path: Path) -> None:
    write(tmp_path, STUDY, "other.yaml")
    text = FILE.replace("size: paper\n    study: tiny", "size: paper\n    study: other")
    with pytest.raises(SpecError, match=r"experiments.yaml:15: .*'tiny' is .*tiny.yaml already"):
        read_experiments(written(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"gone.yaml: got 'No such file"):
        read_experiments(tmp_path / "gone.yaml")


def test_the_experiments_that_come_along_are_valid() -> None:
    assert {planned.experiment.size for planned in read_experiments()} == {"small", "paper"}


def test_choosing_by_name_beginning_and_size(tmp_path: Path) -> None:
    planned = read_experiments(written(tmp_path))

    def names(*given: str, size: str = "all") -> list[str]:
        return [one.experiment.name for one in select(planned, given, size)]  # type: ignore[arg-type]

    assert names() == ["label", "label_twice"]
    assert names(size="paper") == ["label_twice"]
    assert names("lab") == ["label", "label_twice"]
    assert names("label") == ["label"]  # the whole name of one
    assert names("label_t") == ["label_twice"]
    with pytest.raises(SpecError, match=r"'lable'; .*'label'"):
        names("lable")
    with pytest.raises(SpecError, match=r"none of size 'small'; add --size paper"):
        names("label_t", size="small")


@pytest.mark.parametrize(
    ("target", "shown", "met", "missed"),
    [
        (Target(value=2.08, within=0.25), "2.08 ± 0.25", (1.83, 2.33), (1.82, 2.34)),
        (Target(at_most=3), "≤ 3", (-1.0, 3.0), (3.01,)),
        (Target(at_least=0.5), "≥ 0.5", (0.5, 9.0), (0.49,)),
        (Target(at_least=1.4, at_most=1.7), "1.4 to 1.7", (1.4, 1.7), (1.39, 1.71)),
    ],
)
def test_targets(
    target: Target, shown: str, met: tuple[float, ...], missed: tuple[float, ...]
) -> None:
    assert str(target) == shown
    assert all(target.met(value) for value in met)
    assert not any(target.met(value) for value in missed)
