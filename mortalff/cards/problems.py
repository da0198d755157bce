"""What is wrong with a card, told in the house's order: where, value, rule, what would be right."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mortalff.cards.keys import Keys, fields_at
from mortalff.cards.quantity import expectation_of
from mortalff.errors import RuleError, message, nearest

Where = Callable[[Keys], str]


def problems(
    error: ValidationError, root: type[BaseModel], data: object, where: Where
) -> list[tuple[Keys, str]]:
    """One message for each thing that is wrong.

    Args:
        error: what pydantic found.
        root: the model that the data was checked against.
        data: the data.
        where: turns the path of a key into the words a message opens with.

    Returns:
        Path and message of each problem, in pydantic's order.
    """
    found = []
    for detail in error.errors():
        path = _path(detail, data)
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, RuleError):
            path = (*path, *cause.key.split(".")) if cause.key else path
            text = message(where(path), cause.value, cause.rule, cause.right)
        else:
            text = _explained(detail, path, root, data, where)
        found.append((path, text))
    return found


def _path(detail: ErrorDetails, data: object) -> Keys:
    """The keys as written: without the kind that pydantic chose where there is a choice, or its mark for a key."""
    path: list[str] = []
    for part in (str(part) for part in detail["loc"] if part != "[key]"):
        if isinstance(data, dict) and part not in data and data.get("kind") == part:
            continue
        path.append(part)
        data = data.get(part) if isinstance(data, dict) else None
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        path.append("kind")
    return tuple(path)


def _explained(
    detail: ErrorDetails, path: Keys, root: type[BaseModel], data: object, where: Where
) -> str:
    place, got = where(path), detail["input"]
    fields = fields_at(root, path[:-1], data) or {}
    field = fields.get(path[-1]) if path else None
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return f"{place}: the key is missing; {_meaning(field)}; write {_example(path, field)}"
        case "extra_forbidden":
            return message(place, got, "there is no such key", nearest(path[-1], fields))
        case "union_tag_not_found":
            laws = context.get("expected_tags") or _kinds(root)
            what = "device law" if path[0] == "law" else "kind"
            return f"{place}: the key is missing; it names the {what}; choose one of {laws}"
        case "union_tag_invalid":
            laws = str(context["expected_tags"]).replace("'", "").split(", ")
            tag = str(context["tag"])
            what = "law" if path[0] == "law" else "kind"
            return message(place, tag, f"there is no such {what}", nearest(tag, laws))
        case "literal_error" if field is not None and isinstance(got, str):
            options = [str(option) for option in get_args(field.annotation)]
            return message(place, got, _meaning(field), nearest(got, options))
        case "float_type" | "int_type":
            kind = "number" if detail["type"] == "float_type" else "whole number"
            right = f"write a {kind}" + (", without quotes" if isinstance(got, str) else "")
            return message(place, got, f"{_meaning(field)}: it must be a {kind}", right)
        case "model_type":
            return message(
                place, got, f"{_meaning(field)}: a table", f"write {_example(path, field)}"
            )
        case _:
            rule = str(detail["msg"])
            return message(place, got, rule[:1].lower() + rule[1:], f"it is {_meaning(field)}")


def _kinds(root: type[BaseModel]) -> str:
    annotation = root.model_fields["law"].annotation
    kinds = [get_args(law.model_fields["kind"].annotation)[0] for law in get_args(annotation)]
    return ", ".join(repr(kind) for kind in kinds)


def _meaning(field: FieldInfo | None) -> str:
    return field.description if field is not None and field.description else "part of a card"


def _example(path: Keys, field: FieldInfo | None) -> str:
    expectation = expectation_of(field) if field is not None else None
    if expectation is None:
        return f"{path[-1]} = ..."
    return f'{path[-1]} = {{ value = ..., unit = "{expectation.unit}", source = "..." }}'
