"""Finding, reading and choosing reference experiments: those that come with mortalff, or one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mortalff.errors import SpecError, message, nearest
from mortalff.studies.experiments import Experiment, Experiments
from mortalff.studies.problems import checked
from mortalff.studies.spec import Block
from mortalff.studies.study_file import StudyFile, read_study, shipped_studies
from mortalff.studies.yaml_file import Path as Keys
from mortalff.studies.yaml_file import YamlFile, parse_yaml


@dataclass(frozen=True)
class Planned:
    """An experiment with its study, read."""

    experiment: Experiment
    file: StudyFile

    @property
    def study(self) -> str:
        """The study's name, which its results bear."""
        return self.file.study.study


def shipped_experiments() -> Path:
    """The file of the experiments that come with mortalff."""
    return shipped_studies()["demo"].parent / "reproduce" / "experiments.yaml"


def read_experiments(path: Path | None = None) -> list[Planned]:
    """Read and check a file of experiments and the studies that it names.

    Args:
        path: the file; by default :func:`shipped_experiments`.

    Raises:
        SpecError: the file or a study breaks a rule, or the file asks for rows that a study does not have; all that is
            wrong is told, each with file, line and key.
    """
    path = shipped_experiments() if path is None else path
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text in UTF-8"
        right = "give a YAML file of experiments"
        raise SpecError(message(str(path), reason, "it cannot be read", right)) from None
    yaml = parse_yaml(text, str(path))
    content = checked(Experiments, yaml.data, yaml)
    planned: list[Planned] = []
    problems: list[str] = []
    for index, experiment in enumerate(content.experiments):
        at: Keys = ("experiments", index)
        try:
            file = read_study(_place(experiment.study, path))
        except SpecError as error:
            problems.append(f"{yaml.where((*at, 'study'))}: {error}")
            continue
        problems += _lacking(experiment, file, yaml, at)
        problems += _confused(file, planned, yaml.where((*at, "study")))
        planned.append(Planned(experiment, file))
    if problems:
        raise SpecError("\n".join(problems))
    return planned


def select(
    planned: Sequence[Planned], names: Sequence[str], size: Literal["small", "paper", "all"]
) -> list[Planned]:
    """The experiments of a size whose name is, or begins with, one of the names; all of the size where none is given.

    Raises:
        SpecError: a name fits none.
    """
    fitting = [p for p in planned if size in ("all", p.experiment.size)]
    for name in names:
        if any(p.experiment.name.startswith(name) for p in fitting):
            continue
        other = [p.experiment.size for p in planned if p.experiment.name.startswith(name)]
        if other:
            rule, right = f"there is none of size {size!r}", f"add --size {other[0]}"
        else:
            rule = "there is no experiment whose name begins so"
            right = nearest(name, {p.experiment.name for p in planned})
        raise SpecError(message("experiment", name, rule, right))
    chosen = []
    for one in fitting:
        own = one.experiment.name
        # A whole name means that experiment alone, though others may begin with it.
        exact = {p.experiment.name for p in fitting} & set(names)
        if not names or any(own == n or (n not in exact and own.startswith(n)) for n in names):
            chosen.append(one)
    return chosen


def _place(study: str, path: Path) -> str:
    """A study's name, or its path where that is a file beside the experiments."""
    beside = path.parent / study
    return str(beside) if beside.is_file() else study


def _confused(file: StudyFile, before: Sequence[Planned], where: str) -> list[str]:
    """Another study file of the same name, whose results would go into the same folder."""
    others = [p.file.path for p in before if p.study == file.study.study]
    if all(path == file.path for path in others):
        return []
    rule = f"study {file.study.study!r} is {others[0]} already"
    return [message(where, str(file.path), rule, "give one of the studies another name")]


def _lacking(experiment: Experiment, file: StudyFile, yaml: YamlFile, at: Keys) -> Iterator[str]:
    """What results ask for that the study does not have."""
    blocks = {block.name: block for block in file.study.blocks}
    for index, result in enumerate(experiment.results):
        for key, rows in (("rows", result.rows), ("minus", result.minus)):
            if rows is None:
                continue
            place = (*at, "results", index, key)
            if rows.block not in blocks:
                rule = f"study {file.study.study!r} has no such block"
                where = yaml.where((*place, "block"))
                yield message(where, rows.block, rule, nearest(rows.block, blocks))
            elif rows.learner is not None:
                yield from _unlearned(rows.learner, blocks[rows.block], yaml, (*place, "learner"))


def _unlearned(learner: str, block: Block, yaml: YamlFile, place: Keys) -> Iterator[str]:
    names = {choice.name for choice in block.learners}
    if learner not in names:
        rule = f"block {block.name!r} has no such learner"
        yield message(yaml.where(place), learner, rule, nearest(learner, names))
