"""What is wrong with a study file, told in the house's order: where, value, rule, what would be right."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mortalff.errors import RuleError, SpecError, message, nearest
from mortalff.studies.yaml_file import Path, Plain, YamlFile

M = TypeVar("M", bound=BaseModel)

_BOUNDS = MappingProxyType(
    {
        "greater_than": "above",
        "greater_than_equal": "at least",
        "less_than": "below",
        "less_than_equal": "at most",
    }
)


def checked(model: type[M], data: Plain, file: YamlFile, above: Path = ()) -> M:
    """Data checked against a model, strictly.

    Args:
        model: what the data must be.
        data: the data.
        file: the file it stands in.
        above: where in the file.

    Raises:
        SpecError: it breaks rules; every one is told, with file, line, key, value and what would be right.
    """
    try:
        # As JSON, in which a list may stand for a tuple and yet "3" for no number.
        return model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        told = dict.fromkeys(_told(error, model, data, file, above))
        raise SpecError("\n".join(told)) from error


def check_each(model: type[BaseModel], data: Plain, file: YamlFile, above: Path = ()) -> None:
    """Check entries as :func:`checked` does, one by one: rules among several of them are not asked.

    Raises:
        SpecError: an entry is unknown, or not what it may be.
    """
    try:
        checked(model, data, file, above)
    except SpecError as error:
        cause = error.__cause__
        assert isinstance(cause, ValidationError)
        if any(detail["loc"] for detail in cause.errors()):
            raise


def _told(
    error: ValidationError, model: type[BaseModel], data: Plain, file: YamlFile, above: Path
) -> Iterator[str]:
    details = error.errors()
    for detail in details:
        if detail["type"] == "too_short" and any(_is_below(detail, other) for other in details):
            continue  # its entries are wrong, not too few
        path = _written(detail["loc"], data)
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, RuleError):
            parts = cause.key.split(".") if cause.key else []
            path = (*path, *(int(part) if part.isdigit() else part for part in parts))
            yield message(file.where((*above, *path)), cause.value, cause.rule, cause.right)
        else:
            yield _explained(detail, path, model, file.where((*above, *path)))


def _is_below(detail: ErrorDetails, other: ErrorDetails) -> bool:
    depth = len(detail["loc"])
    return len(other["loc"]) > depth and other["loc"][:depth] == detail["loc"]


def _written(loc: Sequence[str | int], data: Plain) -> Path:
    """The part of a location that is in the file, and the key missing there."""
    path: list[str | int] = []
    for depth, part in enumerate(loc):
        here: Plain
        if isinstance(data, dict) and part not in data and depth < len(loc) - 1:
            continue  # pydantic's name for which of several kinds the mapping is
        if isinstance(data, dict) and isinstance(part, str):
            here = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            here = data[part]
        else:
            break
        path.append(part)
        data = here
    return tuple(path)


def _explained(detail: ErrorDetails, path: Path, root: type[BaseModel], where: str) -> str:
    got, context = detail["input"], detail.get("ctx", {})
    fields = _fields_at(root, path[:-1])
    last = path[-1] if path else ""
    field = fields.get(last) if isinstance(last, str) else _field_above(root, path)
    meaning = field.description if field is not None and field.description else "part of a study"
    match detail["type"]:
        case "missing":
            return f"{where}: the key is missing; {meaning}; write {last}: ..."
        case "extra_forbidden":
            return message(where, got, "there is no such key", nearest(str(last), fields))
        case "literal_error" if field is not None and isinstance(got, str):
            return message(where, got, meaning, nearest(got, _options(field.annotation)))
        case "float_type" | "int_type" | "int_from_float":
            kind = "number" if detail["type"] == "float_type" else "whole number"
            right = f"write a {kind}" + (", without quotes" if isinstance(got, str) else "")
            return message(where, got, f"{meaning}: it must be a {kind}", right)
        case "string_type":
            return message(where, got, f"{meaning}: it must be text", "write it in quotes")
        case "model_type" | "dict_type" | "mapping_type":
            return message(where, got, f"{meaning}: keys and values", "write {key: value}")
        case "tuple_type" | "list_type":
            return message(where, got, f"{meaning}: a list", "write it in [brackets]")
        case "too_short" if not got:
            return message(where, got, f"{meaning}: a list of at least one", "add one")
        case "string_pattern_mismatch":
            return message(where, got, meaning, f"it must match {context['pattern']}")
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            rule, bound = _BOUNDS[detail["type"]], next(iter(context.values()))
            return message(where, got, f"{meaning}: {rule} {bound}", "write such a number")
        case _:
            rule = str(detail["msg"])
            return message(
                where, got, f"{meaning}: {rule[:1].lower() + rule[1:]}", "mend the value"
            )


def _fields_at(root: type[BaseModel], path: Path) -> dict[str, FieldInfo]:
    """The fields of the model at a path; none where there is no model."""
    model: type[BaseModel] | None = root
    for part in path:
        if isinstance(part, str):
            field = None if model is None else model.model_fields.get(part)
            model = None if field is None else _model_in(field.annotation)
    return {} if model is None else dict(model.model_fields)


def _field_above(root: type[BaseModel], path: Path) -> FieldInfo | None:
    """The field that a list's entry is of."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return _fields_at(root, path[:-1]).get(str(path[-1])) if path else None


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)


def _options(annotation: object) -> list[str]:
    """The words of the literals in an annotation."""
    parts = get_args(annotation)
    words = [part for part in parts if isinstance(part, str)]
    return words + [word for part in parts for word in _options(part)]
