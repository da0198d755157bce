"""From the name or the file of a card to a card."""

from __future__ import annotations

import os
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from mortalff.cards.problems import problems
from mortalff.cards.schema import Card
from mortalff.cards.search import CARD_FILE, FoundCard, find_cards, places
from mortalff.cards.toml_text import line_of, parse_toml
from mortalff.errors import CardError, message, nearest


def load_card(name_or_path: str | os.PathLike[str]) -> Card:
    """Read and check a card.

    Args:
        name_or_path: a card's name, looked up as :func:`~mortalff.cards.find_cards` says; or a
            path, which is anything with a separator or the suffix ``.toml``: a file, or a folder
            that holds a ``card.toml``.

    Returns:
        The card.

    Raises:
        CardError: there is no such card, or it breaks a rule; all that is wrong is listed, each
            with file, line, key, value, rule and what would be right.
    """
    path = as_path(name_or_path)
    if path is None:
        return read_card(find_card(os.fspath(name_or_path)).path)
    if path.is_dir():
        path = path / CARD_FILE
    if not path.is_file():
        raise CardError(
            message(
                "card",
                str(path),
                "there is no such file",
                "give a TOML file, a folder with a card.toml, or a name that"
                " `mortalff cards` lists",
            )
        )
    return read_card(path)


def as_path(name_or_path: str | os.PathLike[str]) -> Path | None:
    """The path that the argument of :func:`load_card` is, or None where it is a name."""
    text = os.fspath(name_or_path)
    separators = [os.sep, *([os.altsep] if os.altsep else [])]
    if isinstance(name_or_path, str) and not (
        text.endswith(".toml") or any(separator in text for separator in separators)
    ):
        return None
    return Path(text).expanduser()


def find_card(name: str) -> FoundCard:
    """The card that a name stands for.

    Raises:
        CardError: no card has that name; the nearest names and the places searched are listed.
    """
    cards = find_cards()
    for card in cards:
        if card.name == name:
            return card
    hint = nearest(name.lower(), [card.name for card in cards])
    if (Path(name) / CARD_FILE).is_file():
        hint = f"for the folder here write {os.path.join(os.curdir, name)!r}"
    searched = "; ".join(f"{folder} ({origin})" for folder, origin in places())
    raise CardError(message("card", name, f"there is no such card in {searched}", hint))


def read_card(path: Traversable) -> Card:
    """Read and check the card in a file.

    Raises:
        CardError: as :func:`load_card`.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CardError(
            f"{path}: {error.strerror}; a card must be a file that can be read; check its rights"
        ) from None
    data, lines = parse_toml(content, str(path))
    found = _misnamed(path, data)
    try:
        card = Card.model_validate(data)
    except ValidationError as error:
        found += problems(error, Card, data, lambda keys: ".".join(keys))
    if found:
        told = sorted((line_of(keys, lines), text) for keys, text in found)
        texts = [f"{path}:{line}: {text}" for line, text in told]
        head = f"{path}: {len(texts)} errors\n" if len(texts) > 1 else ""
        raise CardError(head + "\n".join(texts))
    return card


def _misnamed(path: Traversable, data: dict[str, object]) -> list[tuple[tuple[str, ...], str]]:
    """A card is asked for by the name of its folder, so the name in it must be the same."""
    place = Path(str(path))
    if place.name == CARD_FILE:
        due, what = place.resolve().parent.name, "folder"
    else:
        due, what = place.stem, "file"
    name = data.get("name")
    if not isinstance(name, str) or name == due:
        return []
    rule = f"it must be the name of the card's {what}"
    right = f"write name = {due!r} or rename the {what}"
    return [(("name",), message("name", name, rule, right))]
