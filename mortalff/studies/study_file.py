"""Finding and reading study files, one's own and those that come with mortalff."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from mortalff.errors import SpecError, message, nearest
from mortalff.studies.problems import checked
from mortalff.studies.spec import Study
from mortalff.studies.yaml_file import YamlFile, parse_yaml

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class StudyFile:
    """A study file, read.

    Attributes:
        path: where it is.
        text: its text, as it was written.
        yaml: its content with line numbers.
        study: its content, checked.
    """

    path: Path
    text: str
    yaml: YamlFile
    study: Study


def read_study(name_or_path: str | os.PathLike[str]) -> StudyFile:
    """Read and check a study file.

    Args:
        name_or_path: a path; or the name of a study that comes with mortalff, such as ``demo``,
            where there is no such file.

    Raises:
        SpecError: there is no such study, or it breaks a rule; all that is wrong is told, each with
            file, line, key, value and what would be right.
    """
    path = _found(os.fspath(name_or_path))
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        right = "give a YAML file, as in 'mortalff run mine.yaml'"
        raise SpecError(message(str(path), error.strerror, "it cannot be read", right)) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise SpecError(f"{path}:{line}: not text in UTF-8; save the file as UTF-8") from None
    yaml = parse_yaml(text, str(path))
    return StudyFile(path, text, yaml, checked(Study, yaml.data, yaml))


def shipped_studies() -> dict[str, Path]:
    """The studies that come with mortalff, by name."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "studies_examples"
    folder = packed if packed.is_dir() else package.parent / "studies"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def _found(name: str) -> Path:
    path = Path(name).expanduser()
    if path.is_file():
        return path
    shipped = shipped_studies()
    if name in shipped:
        return shipped[name]
    if path.is_dir():
        rule, right = "it is a folder", "give the study file"
    elif path.suffix in _SUFFIXES or os.sep in name:
        rule = "there is no such file"
        folder = path.parent
        near = (
            [p.name for p in folder.iterdir() if p.suffix in _SUFFIXES] if folder.is_dir() else []
        )
        right = nearest(path.name, near) if near else "give a YAML file that exists"
    else:
        rule = "there is no such file, and no study of that name comes with mortalff"
        right = nearest(name, shipped) if shipped else "give a YAML file that exists"
    raise SpecError(message("study", name, rule, right))
