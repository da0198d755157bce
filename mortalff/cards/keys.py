"""Which keys a card may hold, and what stands behind each."""

from __future__ import annotations

import collections.abc
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mortalff.cards.quantity import Section

Keys = tuple[str, ...]


def fields_at(
    root: type[BaseModel], path: Sequence[str], data: object
) -> Mapping[str, FieldInfo] | None:
    """The fields of the table at a path.

    Args:
        root: the model of the whole document.
        path: keys from the root to the table.
        data: the document, which settles the law where the schema leaves a choice.

    Returns:
        Fields by key; None where the path leads to no table, or to one whose keys are free names.
    """
    model: type[BaseModel] | None = root
    entry: type[BaseModel] | None = None  # the model behind every name of a mapping
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
        if entry is not None:
            model, entry = entry, None
            continue
        field = None if model is None else model.model_fields.get(key)
        if field is None:
            return None
        models = _models_in(field.annotation)
        if get_origin(field.annotation) is collections.abc.Mapping:
            model, entry = None, models[0]
        else:
            model = _chosen(models, data)
    return None if model is None else model.model_fields


def leaves(section: Section, above: Keys = ()) -> Iterator[tuple[Keys, FieldInfo, object]]:
    """Every value below a card's sections, as path, field and value; absent sections left out."""
    for key, field in type(section).model_fields.items():
        value: object = getattr(section, key)
        path = (*above, key)
        if isinstance(value, Section):
            yield from leaves(value, path)
        elif isinstance(value, Mapping):
            yield from (((*path, name), field, entry) for name, entry in value.items())
        elif value is not None or not any(
            issubclass(model, Section) for model in _models_in(field.annotation)
        ):
            yield path, field, value


def _models_in(annotation: object) -> list[type[BaseModel]]:
    """The pydantic models that an annotation such as ``A | B | None`` is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _chosen(models: Sequence[type[BaseModel]], data: object) -> type[BaseModel] | None:
    """The one model, or that whose ``kind`` the data names."""
    if len(models) == 1:
        return models[0]
    kind = data.get("kind") if isinstance(data, Mapping) else None
    for model in models:
        if kind in get_args(model.model_fields["kind"].annotation):
            return model
    return None
