"""Which keys a card may hold, and what stands behind each."""

from __future__ import annotations

import collections.abc
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, get_args, get_origin

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
    annotation, data = _at(root, path, data)
    if _values(annotation) is not None:
        return None
    model = _chosen(_models_in(annotation), data)
    return None if model is None else model.model_fields


def holds_names(root: type[BaseModel], path: Sequence[str], data: object) -> bool:
    """Whether the keys of the table at a path are free names, such as those of components; arguments as above."""
    annotation, _ = _at(root, path, data)
    return _values(annotation) is not None


def _at(root: type[BaseModel], path: Sequence[str], data: object) -> tuple[object, object]:
    """What the schema says of a path, None where it knows none, and what the document has there."""
    annotation: object = root
    for key in path:
        values = _values(annotation)
        if values is None:
            model = _chosen(_models_in(annotation), data)
            field = None if model is None else model.model_fields.get(key)
            values = None if field is None else field.annotation
        annotation = values
        data = data.get(key) if isinstance(data, Mapping) else None
    return annotation, data


def _values(annotation: object) -> object:
    """What the schema says of the values of a mapping whose keys are free names; None where it is none."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return get_args(annotation)[1] if get_origin(annotation) is collections.abc.Mapping else None


def leaves(section: Section, above: Keys = ()) -> Iterator[tuple[Keys, FieldInfo, object]]:
    """Every value below a card's sections, as path, field and value; absent sections left out."""
    for key, field in type(section).model_fields.items():
        value: object = getattr(section, key)
        path = (*above, key)
        if isinstance(value, Section):
            yield from leaves(value, path)
        elif isinstance(value, Mapping):
            yield from ((keys, field, entry) for keys, entry in _entries(value, path))
        elif value is not None or not any(
            issubclass(model, Section) for model in _models_in(field.annotation)
        ):
            yield path, field, value


def _entries(tables: Mapping[str, object], above: Keys) -> Iterator[tuple[Keys, object]]:
    for name, entry in tables.items():
        if isinstance(entry, Mapping):
            yield from _entries(entry, (*above, name))
        else:
            yield (*above, name), entry


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
